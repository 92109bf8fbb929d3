//! Why storage could not do it, in the few kinds that services act on.
//!
//! What the driver said is a [`Cause`], for the log; no driver type is public. Errors can be
//! cloned because one failed commit is the error of every unit that shared it.

use std::fmt;
use std::sync::Arc;

use crate::Status;

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

    /// The disk is full, a file cannot be read or written, memory is exhausted, a server does
    /// not answer. Nothing was changed.
    #[error("{place} is unavailable")]
    Unavailable { place: String, source: Cause },

    #[error("{place} is damaged")]
    Corrupt { place: String, source: Cause },

    #[error(
        "{place} has version {found}, and this program knows versions up to {known}: \
         open it with a newer program"
    )]
    Newer { place: String, found: i64, known: i64 },

    #[error("{place} is in use by another process")]
    Locked { place: String },

    #[error("{place} already exists")]
    Exists { place: String },

    #[error("there is no org in {place}")]
    Missing { place: String },

    /// The org is being moved, or has moved away.
    #[error("the org takes no changes: it is {status}")]
    Closed { status: Status },

    /// The connection was lost during the commit, and whether it came about could not be found
    /// out in time.
    #[error("it is not known whether the changes were kept")]
    InDoubt,

    #[error("{what}")]
    Unsupported { what: &'static str },

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

/// How much of a statement's text an error quotes.
const STATEMENT_LEN_MAX: usize = 500;

impl Error {
    /// The error for a statement that should not have been made.
    pub(crate) fn bug(
        statement: &str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let statement = statement.chars().take(STATEMENT_LEN_MAX).collect();
        Self::Sql { statement, source: Cause::new(cause) }
    }

    /// The error for a statement that changed `rows` rows where it should have changed one.
    pub(crate) fn not_one(statement: &str, rows: u64) -> Self {
        Self::bug(statement, format!("it changed {rows} rows, and should have changed one"))
    }
}

/// What lies under an error, for the log.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }

    /// The cause, if it is a `T`.
    pub(crate) fn downcast<T: std::error::Error + 'static>(&self) -> Option<&T> {
        self.0.downcast_ref()
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
