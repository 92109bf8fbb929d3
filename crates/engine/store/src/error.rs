//! Why storage could not do it, in the few kinds that services act on.
//!
//! What the driver said is a [`Cause`], for the log; no driver type is public. Errors can be
//! cloned because one failed commit is the error of every unit that shared it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A row with the same values exists. `index` is none for a primary key.
    #[error("table `{table}` already has a row with the same {}", .columns.join(", "))]
    Unique { table: String, columns: Vec<String>, index: Option<String> },

    /// Somebody else held the database, or all readers, for longer than the busy timeout.
    #[error("the database is busy")]
    Busy,

    #[error("the query ran longer than the statement timeout")]
    Timeout,

    /// The disk is full, a file cannot be read or written, memory is exhausted.
    #[error("{} is unavailable", .path.display())]
    Unavailable { path: PathBuf, source: Cause },

    #[error("{} is damaged", .file.display())]
    Corrupt { file: PathBuf, source: Cause },

    #[error(
        "{} has version {found}, and this program knows versions up to {known}: \
         open it with a newer program",
        .file.display()
    )]
    Newer { file: PathBuf, found: i64, known: i64 },

    #[error("{} is in use by another process", .dir.display())]
    Locked { dir: PathBuf },

    #[error("{} already exists", .path.display())]
    Exists { path: PathBuf },

    #[error("there is no org in {}", .dir.display())]
    Missing { dir: PathBuf },

    /// A unit changed rows and did not commit with a ledger entry of its own.
    #[error("rows were changed without a ledger entry")]
    Unlogged,

    /// A bug of the caller: the entry is not one that the ledger takes.
    #[error("the ledger refuses the entry")]
    Entry(#[source] ledger::Error),

    /// A bug: the engine, or the store's own rules, refuse the statement.
    #[error("the statement cannot run: {statement}")]
    Sql { statement: String, source: Cause },
}

/// What lies under an error, for the log.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
