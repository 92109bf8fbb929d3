//! Where an org is measured: on which engine, and on a disk how slow.

use std::path::PathBuf;

#[derive(Clone)]
pub(crate) enum Place {
    /// A directory that vanishes; `slow_flush` is the library that delays flushes.
    Directory { slow_flush: Option<PathBuf> },
    /// A database that is ours alone; `is_slow` if its server was started with that library.
    Postgres { url: String, is_slow: bool },
}

impl Place {
    /// How rows of the table begin.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    pub(crate) fn is_slow(&self) -> bool {
        match self {
            Self::Directory { slow_flush } => slow_flush.is_some(),
            Self::Postgres { is_slow, .. } => *is_slow,
        }
    }
}
