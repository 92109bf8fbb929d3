//! Ends a query that runs too long.
//!
//! The engine asks every few thousand instructions whether the deadline has passed. Only
//! queries have one: SQLite answers an interrupted *change* by rolling back the whole
//! transaction, and with it units of other callers. Changes are bounded by what they are given.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::clock;

const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Deadline {
    epoch: Instant,
    /// Nanoseconds after `epoch`.
    at: AtomicU64,
}

/// A query under way; ends its deadline when dropped. Queries nest.
pub(crate) struct Armed<'a> {
    deadline: &'a Deadline,
    outer: u64,
}

impl Deadline {
    pub(crate) fn new() -> Self {
        Self { epoch: clock::instant(), at: AtomicU64::new(NEVER) }
    }

    pub(crate) fn arm(&self, timeout: Duration) -> Armed<'_> {
        let at = nanos(self.epoch.elapsed().saturating_add(timeout));
        let outer = self.at.load(Ordering::Relaxed);
        self.at.store(at.min(outer), Ordering::Relaxed);
        Armed { deadline: self, outer }
    }

    pub(crate) fn has_passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != NEVER && at < nanos(self.epoch.elapsed())
    }
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.deadline.at.store(self.outer, Ordering::Relaxed);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER)
}
