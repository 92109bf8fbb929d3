//! The readers of an org, each opened when first needed and then kept.
//!
//! A [`Read`] holds one of them in a read transaction, so everything read through it is of one
//! moment, whatever is written meanwhile. Whoever finds all in use waits for one, at most for
//! the busy timeout: a thread that holds a `Read` while it asks for another can so end up
//! waiting for itself, but not forever.

use std::fmt;
use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::reader::{Purpose, Source};
use crate::{Error, Options, Reader};

pub(crate) struct Pool {
    source: Source,
    purpose: Purpose,
    options: Options,
    connections: Mutex<Connections>,
    returned: Condvar,
}

struct Connections {
    idle: Vec<Reader>,
    /// Idle and in use.
    open: usize,
}

/// A snapshot of the database to read from.
pub struct Read<'a> {
    pool: &'a Pool,
    /// Taken when dropped.
    reader: Option<Reader>,
}

impl Pool {
    pub(crate) fn new(source: Source, purpose: Purpose, options: &Options) -> Self {
        Self {
            source,
            purpose,
            options: options.clone(),
            connections: Mutex::new(Connections { idle: Vec::new(), open: 0 }),
            returned: Condvar::new(),
        }
    }

    pub(crate) fn read(&self) -> Result<Read<'_>, Error> {
        let read = Read { pool: self, reader: Some(self.take()?) };
        read.begin_read()?;
        Ok(read)
    }

    fn take(&self) -> Result<Reader, Error> {
        let max = self.options.readers.max(1);
        let all_in_use = |it: &mut Connections| it.idle.is_empty() && max <= it.open;
        let (mut connections, _) = self
            .returned
            .wait_timeout_while(self.lock(), self.options.busy_timeout, all_in_use)
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = connections.idle.pop() {
            return Ok(reader);
        }
        if max <= connections.open {
            return Err(Error::Busy);
        }
        connections.open += 1;
        drop(connections);
        let reader = self.source.open(self.purpose, &self.options);
        reader.inspect_err(|_| self.forget())
    }

    fn give_back(&self, reader: Reader) {
        self.lock().idle.push(reader);
        self.returned.notify_one();
    }

    /// Makes room for a new connection in place of one that is gone.
    fn forget(&self) {
        self.lock().open -= 1;
        self.returned.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Read<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader.as_ref().expect("invariant: only dropping takes the reader")
    }
}

impl fmt::Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("place", &self.pool.source.place()).finish_non_exhaustive()
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        if reader.roll_back().is_ok() {
            self.pool.give_back(reader);
        } else {
            drop(reader);
            self.pool.forget();
        }
    }
}
