//! The writer's connection, and everything that a unit's failure must take back.
//!
//! A batch is one transaction; each unit in it, and each part of a unit that may fail alone, runs
//! under a savepoint. Only a batch's first unit runs under none, since taking it back is taking
//! back the transaction: a savepoint makes the engine copy each page before its first change,
//! which a lone bulk load would pay for nothing. What lives in memory beside the transaction (the
//! ledger's frontier, the count of changes) is part of a savepoint's [`Mark`], so memory and file
//! go back together. Where that cannot be sure, after a failed commit, the session is thrown away
//! and the next one is loaded from the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::batch::Batch;
use crate::reader::{Purpose, Source};
use crate::sqlite::connection::Connection;
use crate::tail::{Standing, Tail, stored_index};
use crate::{Cause, Error, Options, Reader, Status, clock};

/// Pages of the write-ahead log at which the writer writes them back, 16 MiB: what changes
/// often is then written back once, and a crash leaves little to recover.
const LOG_PAGES_MAX: u32 = 4000;

/// How long to look for the outcome of a commit, in busy timeouts, and how often.
const DOUBT_TIME: u32 = 4;
const DOUBT_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Session {
    // Fields drop in order: whoever waits for a batch hears of its end after the connection
    // has rolled back.
    pub(crate) reader: Reader,
    pub(crate) tail: Tail,
    /// How many rows and tables were changed and how many entries appended so far.
    pub(crate) changes: u64,
    /// Whether numbers were taken from a sequence since the batch began.
    pub(crate) took_numbers: bool,
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
    standing: Standing,
}

impl Session {
    pub(crate) fn open(source: &Source, org: &str, options: &Options) -> Result<Self, Error> {
        Self::start(source.open(Purpose::Write, options)?, org, options)
    }

    /// Starts on a connection whose system tables are the present version's.
    pub(crate) fn start(mut reader: Reader, org: &str, options: &Options) -> Result<Self, Error> {
        let log_pages = Arc::new(AtomicU32::new(0));
        let tail = match reader.sqlite_mut() {
            Some(it) => {
                it.watch_log(Arc::clone(&log_pages))?;
                Tail::load(&reader, org)?
            }
            None => Tail::unread(&reader, org),
        };
        let options = options.clone();
        Ok(Self {
            reader,
            tail,
            changes: 0,
            took_numbers: false,
            depth: 0,
            log_pages,
            options,
            batch: None,
        })
    }

    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        self.reader.begin_unit()?;
        if let Err(error) = self.tail.take_turn(&self.reader) {
            self.reader.roll_back()?;
            return Err(error);
        }
        self.took_numbers = false;
        self.batch = Some(Batch::new(self.changes, self.tail.standing().clone()));
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Begun)?;
        Ok(())
    }

    pub(crate) fn mark(&mut self) -> Result<Mark, Error> {
        let depth = self.depth;
        let is_begin = depth == 0 && self.batch.as_ref().is_some_and(Batch::is_new);
        if !is_begin {
            self.reader.savepoint(depth)?;
        }
        self.depth += 1;
        let standing = self.tail.standing().clone();
        Ok(Mark { depth, is_begin, changes: self.changes, standing })
    }

    /// Keeps what happened since `mark`. Its last changes may still wait to be sent, with their
    /// errors, if it is all there is and the commit comes next: where others follow
    /// (`is_followed`), they must not have those errors.
    pub(crate) fn release(&mut self, mark: &Mark, is_followed: bool) -> Result<(), Error> {
        self.check_transaction()?;
        if !mark.is_begin {
            self.reader.release(mark.depth)?;
        } else if is_followed {
            self.reader.settle()?;
        }
        self.depth = mark.depth;
        Ok(())
    }

    /// Takes back what happened since `mark`, in the file and in memory. If that is all there
    /// was, no batch is open any more.
    pub(crate) fn undo(&mut self, mark: &Mark) -> Result<(), Error> {
        if mark.is_begin {
            self.reader.roll_back()?;
            self.batch = None;
        } else {
            self.check_transaction()?;
            self.reader.roll_back_to(mark.depth)?;
        }
        self.tail.restore(mark.standing.clone());
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
        Err(Error::Unavailable { place: self.reader.place(), source })
    }

    /// Whether everything since `mark` is under an entry: `leaf` must be one of its own, and
    /// there may be none only if nothing changed.
    pub(crate) fn admit(&mut self, mark: &Mark, leaf: Option<u64>) -> Result<(), Error> {
        let logged = match leaf {
            None => self.changes == mark.changes,
            Some(index) => (mark.standing.frontier.size()..self.tail.size()).contains(&index),
        };
        if !logged {
            return Err(Error::Unlogged);
        }
        let standing = self.tail.standing_mut();
        if let Some(index) = leaf
            && standing.touches_meta
        {
            standing.meta = stored_index(index);
        }
        standing.touches_meta = false;
        Ok(())
    }

    /// Begins a unit, if the org takes any.
    pub(crate) fn start_unit(&mut self) -> Result<(), Error> {
        self.tail.set_time(self.options.clock.now());
        match &self.tail.standing().status {
            status if status.admits_units() => Ok(()),
            status => Err(Error::Closed { status: status.clone() }),
        }
    }

    /// Gives the org another status, with the batch that is open.
    pub(crate) fn set_status(&mut self, status: &Status) {
        self.tail.standing_mut().status = status.clone();
    }

    /// Commits the batch that began with the ledger as `began`, if anything was changed in it.
    pub(crate) fn commit(&mut self, began: &Standing) -> Result<(), Error> {
        if self.tail.standing() != began {
            self.tail.store(&self.reader)?;
        } else if !self.took_numbers {
            return self.reader.roll_back();
        }
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Committing)?;
        if let Err(error) = self.reader.commit() {
            self.resolve_doubt(began, error)?;
        }
        #[cfg(test)]
        self.options.probe.at(crate::tests::probe::Point::Committed)?;
        Ok(())
    }

    /// A commit has failed with `error`: finds out whether it came about all the same, where the
    /// connection was lost before the answer came.
    fn resolve_doubt(&self, began: &Standing, error: Error) -> Result<(), Error> {
        let standing = self.tail.standing();
        let (Some(link), Some(last)) = (self.reader.postgres(), &standing.last) else {
            return Err(error);
        };
        let size = standing.frontier.size();
        if link.is_in_transaction() || size == began.frontier.size() {
            // The server has said no; or there is nothing that anybody could miss.
            return Err(error);
        }
        let until = clock::instant() + self.options.busy_timeout * DOUBT_TIME;
        loop {
            match link.settled_leaf(stored_index(size - 1)) {
                Ok(Some(hash)) if hash == last => return Ok(()),
                Ok(_) => return Err(error),
                Err(_) if clock::instant() < until => clock::pause(DOUBT_PAUSE),
                Err(cause) => {
                    tracing::error!(
                        error = &cause as &dyn std::error::Error,
                        "a commit is in doubt"
                    );
                    return Err(Error::InDoubt);
                }
            }
        }
    }

    /// Keeps the write-ahead log short. Done when nobody waits for the commit any more.
    pub(crate) fn tidy(&self) {
        if self.log_pages.load(Ordering::Relaxed) < LOG_PAGES_MAX {
            return;
        }
        if let Some(Err(error)) = self.reader.sqlite().map(Connection::checkpoint) {
            // The log grows until a later one succeeds; nothing is lost.
            tracing::warn!(error = &error as &dyn std::error::Error, "checkpoint failed");
        }
    }

    #[cfg(test)]
    pub(crate) fn probe(&self, point: crate::tests::probe::Point) -> Result<(), Error> {
        self.options.probe.at(point)
    }
}
