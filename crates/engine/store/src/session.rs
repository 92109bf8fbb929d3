//! The writer's connection, and everything that a unit's failure must take back.
//!
//! A batch is one transaction; each unit in it, and each part of a unit that may fail alone, runs
//! under a savepoint. Only a batch's first unit runs under none, since taking it back is taking
//! back the transaction: a savepoint makes the engine copy each page before its first change,
//! which a lone bulk load would pay for nothing. What lives in memory beside the transaction (the
//! ledger's frontier, the count of changes) is part of a savepoint's [`Mark`], so memory and file
//! go back together. Where that cannot be sure, after a failed commit, the session is thrown away
//! and the next one is loaded from the file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ledger::Frontier;

use crate::batch::Batch;
use crate::shape::Shapes;
use crate::sqlite::open::Mode;
use crate::tail::Tail;
use crate::{Cause, Error, Options, Reader, migrate};

/// Pages of the write-ahead log at which the writer writes them back, 16 MiB: what changes
/// often is then written back once, and a crash leaves little to recover.
const LOG_PAGES_MAX: u32 = 4000;

pub(crate) struct Session {
    // Fields drop in order: whoever waits for a batch hears of its end after the connection
    // has rolled back.
    pub(crate) reader: Reader,
    pub(crate) tail: Tail,
    pub(crate) shapes: Shapes,
    /// How many rows and tables were changed and how many entries appended so far.
    pub(crate) changes: u64,
    /// The marks that are open.
    depth: u32,
    log_pages: Arc<AtomicU32>,
    options: Options,
    pub(crate) batch: Option<Batch>,
}

/// A moment to go back to.
pub(crate) struct Mark {
    depth: u32,
    /// It is the transaction's beginning, and has no savepoint.
    is_begin: bool,
    changes: u64,
    frontier: Frontier,
}

impl Session {
    pub(crate) fn open(file: &Path, options: &Options) -> Result<Self, Error> {
        Self::start(Reader::open(file, Mode::Write, options.durability.into(), options)?, options)
    }

    /// Starts on a connection whose system tables are the present version's.
    pub(crate) fn start(mut reader: Reader, options: &Options) -> Result<Self, Error> {
        let tail = Tail::load(&reader, migrate::org_id(&reader)?)?;
        let log_pages = Arc::new(AtomicU32::new(0));
        reader.watch_log(Arc::clone(&log_pages))?;
        let options = options.clone();
        Ok(Self {
            reader,
            tail,
            shapes: Shapes::default(),
            changes: 0,
            depth: 0,
            log_pages,
            options,
            batch: None,
        })
    }

    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        self.reader.control("BEGIN IMMEDIATE")?;
        self.batch = Some(Batch::new(self.changes, self.tail.frontier().size()));
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Begun)?;
        Ok(())
    }

    pub(crate) fn mark(&mut self) -> Result<Mark, Error> {
        let depth = self.depth;
        let is_begin = depth == 0 && self.batch.as_ref().is_some_and(Batch::is_new);
        if !is_begin {
            self.reader.control(&format!("SAVEPOINT s{depth}"))?;
        }
        self.depth += 1;
        let frontier = self.tail.frontier().clone();
        Ok(Mark { depth, is_begin, changes: self.changes, frontier })
    }

    /// Keeps what happened since `mark`.
    pub(crate) fn release(&mut self, mark: &Mark) -> Result<(), Error> {
        self.check_transaction()?;
        if !mark.is_begin {
            self.reader.control(&format!("RELEASE s{}", mark.depth))?;
        }
        self.depth = mark.depth;
        Ok(())
    }

    /// Takes back what happened since `mark`, in the file and in memory. If that is all there
    /// was, no batch is open any more.
    pub(crate) fn undo(&mut self, mark: &Mark) -> Result<(), Error> {
        if mark.is_begin {
            if self.reader.is_in_transaction() {
                self.reader.control("ROLLBACK")?;
            }
            self.batch = None;
        } else {
            self.check_transaction()?;
            self.reader.control(&format!("ROLLBACK TO s{}", mark.depth))?;
            self.reader.control(&format!("RELEASE s{}", mark.depth))?;
        }
        self.tail.restore(mark.frontier.clone());
        self.changes = mark.changes;
        self.depth = mark.depth;
        Ok(())
    }

    /// Some failures, a full disk for one, make the engine roll back everything by itself.
    fn check_transaction(&self) -> Result<(), Error> {
        if self.reader.is_in_transaction() {
            return Ok(());
        }
        let source = Cause::new("the engine rolled back the transaction");
        Err(Error::Unavailable { path: self.reader.file().to_owned(), source })
    }

    /// Whether everything since `mark` is under an entry: `leaf` must be one of its own, and
    /// there may be none only if nothing changed.
    pub(crate) fn admit(&self, mark: &Mark, leaf: Option<u64>) -> Result<(), Error> {
        let logged = match leaf {
            None => self.changes == mark.changes,
            Some(index) => (mark.frontier.size()..self.tail.frontier().size()).contains(&index),
        };
        if logged { Ok(()) } else { Err(Error::Unlogged) }
    }

    pub(crate) fn start_unit(&mut self) {
        self.tail.set_time(self.options.clock.now());
    }

    /// Commits the batch that began at ledger size `size`.
    pub(crate) fn commit(&mut self, size: u64) -> Result<(), Error> {
        if self.tail.frontier().size() != size {
            self.tail.store(&self.reader)?;
        }
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Committing)?;
        self.reader.control("COMMIT")?;
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Committed)?;
        Ok(())
    }

    /// Keeps the write-ahead log short. Done when nobody waits for the commit any more.
    pub(crate) fn tidy(&self) {
        if self.log_pages.load(Ordering::Relaxed) < LOG_PAGES_MAX {
            return;
        }
        if let Err(error) = self.reader.checkpoint() {
            // The log grows until a later one succeeds; nothing is lost.
            tracing::warn!(error = &error as &dyn std::error::Error, "checkpoint failed");
        }
    }

    #[cfg(test)]
    pub(crate) fn probe(&self, point: crate::tests::probe::Point) -> Result<(), Error> {
        self.options.probe.at(point)
    }
}
