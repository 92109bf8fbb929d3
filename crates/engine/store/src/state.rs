//! An org's state: sessions and query cursors, in a file or tables of their own.
//!
//! Its units need no ledger entry, and that is no hole: nothing of a customer's records or
//! metadata lives here, only what expires or can be made again. A commit does not wait for the
//! disk either: a loss of power may take the last ones, which signs somebody out or ends a
//! cursor. A file `state.db` may be deleted while the org is closed.
//!
//! There is no group commit, since a commit costs little here.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::pool::Pool;
use crate::reader::{Purpose, Source};
use crate::reentry::Inside;
use crate::{Error, Options, Reader};

/// Session lookups are short; more connections of its own would only hold memory.
const READERS_MAX: usize = 2;

pub struct State {
    // Readers close first: the last connection tidies the file, and a reader cannot.
    readers: Pool,
    writer: Writer,
}

enum Writer {
    /// The engine takes one at a time.
    One(Box<Mutex<Reader>>),
    /// The engine takes many; each unit has its own.
    Many { source: Source, options: Options },
}

enum Held<'a> {
    One(MutexGuard<'a, Reader>),
    Own(Box<Reader>),
}

/// How often a unit is run when the engine refuses it for another one's sake.
const TRIES_MAX: u32 = 4;

/// A unit of work on the state under way.
pub struct StateTx<'a> {
    writer: Held<'a>,
}

impl State {
    /// Opens the state at `source`, of which `writer` is the one to write with, where the engine
    /// takes only one.
    pub(crate) fn new(source: Source, writer: Option<Reader>, options: &Options) -> Self {
        let mut options = options.clone();
        if writer.is_some() {
            options.readers = options.readers.min(READERS_MAX);
        }
        let readers = Pool::new(source.clone(), Purpose::ReadState, &options);
        let writer = match writer {
            Some(writer) => Writer::One(Box::new(Mutex::new(writer))),
            None => Writer::Many { source, options },
        };
        Self { readers, writer }
    }

    /// Reads from one snapshot.
    pub fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&*self.readers.read()?)
    }

    /// Runs a unit of work, which is kept if it succeeds. It must not start another one, and it
    /// may be run again, from nothing, where other processes write too.
    pub fn write<T, E: From<Error>>(
        &self,
        mut work: impl FnMut(&mut StateTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _inside = Inside::enter(self)?;
        for _ in 1..TRIES_MAX {
            let mut tx = self.begin()?;
            let done = tx.run(&mut work);
            if done.is_ok() || !tx.is_conflict() {
                return done;
            }
        }
        self.begin()?.run(&mut work)
    }

    fn begin(&self) -> Result<StateTx<'_>, Error> {
        let writer = match &self.writer {
            Writer::One(one) => Held::One(one.lock().unwrap_or_else(PoisonError::into_inner)),
            Writer::Many { source, options } => {
                Held::Own(Box::new(source.open(Purpose::WriteState, options)?))
            }
        };
        let tx = StateTx { writer };
        tx.begin_unit()?;
        Ok(tx)
    }
}

impl StateTx<'_> {
    /// Runs a statement that changes rows, and returns their number.
    pub fn execute(&mut self, statement: sql::Statement<'_>) -> Result<usize, Error> {
        self.change(statement)
    }

    fn run<T, E: From<Error>>(
        &mut self,
        work: &mut impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = work(self)?;
        self.commit()?;
        Ok(value)
    }
}

impl Deref for StateTx<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        match &self.writer {
            Held::One(one) => one,
            Held::Own(own) => own,
        }
    }
}

impl Drop for StateTx<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.roll_back() {
            tracing::warn!(error = &error as &dyn std::error::Error, "rollback failed");
        }
    }
}
