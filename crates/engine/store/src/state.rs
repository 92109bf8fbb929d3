//! An org's `state.db`: sessions and query cursors.
//!
//! Its units need no ledger entry, and that is no hole: nothing of a customer's records or
//! metadata lives here, only what expires or can be made again. A commit does not wait for the
//! disk either (`synchronous = NORMAL`): a loss of power may take the last ones, which signs
//! somebody out or ends a cursor. The file may be deleted while the org is closed.
//!
//! There is no group commit, since a commit costs microseconds here.

use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::pool::Pool;
use crate::reentry::Inside;
use crate::sqlite::open::{Mode, Sync};
use crate::{Error, Options, Reader, migrate};

/// Session lookups are short; more readers would only hold memory.
const READERS_MAX: usize = 2;

pub struct State {
    // Readers close first: the last connection tidies the file, and a reader cannot.
    readers: Pool,
    writer: Mutex<Reader>,
}

/// A unit of work on the state under way.
pub struct StateTx<'a> {
    writer: MutexGuard<'a, Reader>,
}

impl State {
    pub(crate) fn open(file: &Path, options: &Options) -> Result<Self, Error> {
        let options = Options { readers: options.readers.min(READERS_MAX), ..options.clone() };
        let writer = Reader::open(file, Mode::Create, Sync::Normal, &options)?;
        migrate::upgrade_state(&writer)?;
        Ok(Self { readers: Pool::new(file, &options), writer: Mutex::new(writer) })
    }

    /// Reads from one snapshot.
    pub fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&*self.readers.read()?)
    }

    /// Runs a unit of work, which is kept if it succeeds. It must not start another one.
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut StateTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _inside = Inside::enter(self)?;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.control("BEGIN IMMEDIATE")?;
        let mut tx = StateTx { writer };
        let value = work(&mut tx)?;
        tx.writer.control("COMMIT")?;
        Ok(value)
    }
}

impl StateTx<'_> {
    /// Runs a statement that changes rows, and returns their number.
    pub fn execute(&mut self, statement: sql::Statement<'_>) -> Result<usize, Error> {
        self.writer.change(statement)
    }
}

impl Deref for StateTx<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.writer
    }
}

impl Drop for StateTx<'_> {
    fn drop(&mut self) {
        if self.writer.is_in_transaction()
            && let Err(error) = self.writer.control("ROLLBACK")
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "rollback failed");
        }
    }
}
