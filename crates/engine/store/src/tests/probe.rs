//! Steps of the write path that a test can look into, or fail.

use std::fmt;
use std::sync::Arc;

use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// A transaction was begun.
    Begun,
    /// A statement of a unit has run.
    Executed,
    /// The frontier is stored, the commit is next.
    Committing,
    /// The commit is done, and nobody was told.
    Committed,
}

type Look = dyn Fn(Point) -> Result<(), Error> + Send + Sync;

#[derive(Clone, Default)]
pub(crate) struct Probe(Option<Arc<Look>>);

impl Probe {
    pub(crate) fn new(look: impl Fn(Point) -> Result<(), Error> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(look)))
    }

    pub(crate) fn at(&self, point: Point) -> Result<(), Error> {
        self.0.as_ref().map_or(Ok(()), |look| look(point))
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}
