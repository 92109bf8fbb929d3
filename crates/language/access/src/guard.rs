//! The only form of a query that the store runs.

use sql::Select;

use crate::Access;

/// A query that somebody's rights have shaped.
///
/// Made by [`Access::guard`] alone, so there is no way to read the store without saying on whose
/// behalf: `query` guards with the caller's rights after it has added their predicate, the
/// system's own reads name their reason in [`Access::system`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    select: Select,
}

impl Guarded {
    /// The query, for the store to render.
    pub fn select(&self) -> &Select {
        &self.select
    }
}

impl Access {
    /// Declares that `select` reads nothing that these rights do not grant.
    pub fn guard(&self, select: Select) -> Guarded {
        Guarded { select }
    }
}
