//! Group commit: units of work that arrive together share one durable commit.
//!
//! An fsync is what a commit costs, so under load many units should share one. The usual way is
//! a thread that owns the connection and a queue of closures before it. Here the callers do it
//! themselves, by **combining**: whoever holds the lock runs its unit, and leaves the commit to
//! the next one if there is a next one. Units then need neither `'static` nor a hop to another
//! thread, and a lone caller pays nothing.
//!
//! A caller:
//!
//! 1. announces itself (`waiting`), takes the lock, and is announced no longer;
//! 2. begins a transaction if none is open: the **batch**;
//! 3. runs its unit, and keeps it or takes it back (`session`);
//! 4. if somebody is announced and the batch is within its bounds, unlocks and waits for the
//!    batch's outcome; otherwise commits, tells everybody the outcome, and unlocks.
//!
//! **Somebody always answers for an open batch.** A batch is open while unlocked only after
//! step 4 saw `waiting` above zero. Who is counted there announced itself before, does not
//! have the lock yet, and between the two does nothing but wait for it: it (or a caller that
//! comes between, of which the same holds) finds the batch open and reaches step 4 in turn. So
//! the duty is handed on, and since each holder adds a unit and units are bounded, some holder
//! commits. Nobody can leave with the duty: a unit that fails or panics passes step 4 all the
//! same (or ends the batch, if nobody else was in it), and if our own code fails in between,
//! dropping the [`Turn`] throws the session away, which rolls back, and dropping the [`Batch`]
//! tells the waiting that it failed.
//!
//! Outcomes are kept in the batch until they are read, so it does not matter whether a waiter
//! comes before or after the answer.
//!
//! A unit must not start another one on the same org: it would wait for itself, and gets an
//! error instead (`reentry`).

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::reentry::Inside;
use crate::session::{Mark, Session};
use crate::{Cause, Commit, Error, Options, Reader, Tx, clock};

/// Bounds of a batch. Beyond them waiting costs more than another commit.
const UNITS_MAX: u32 = 256;
const CHANGES_MAX: u64 = 10_000;
const AGE_MAX: Duration = Duration::from_millis(20);

pub(crate) struct Writer {
    file: PathBuf,
    options: Options,
    /// Empty after a failure that left the connection in doubt, until the next unit.
    session: Mutex<Option<Session>>,
    waiting: AtomicUsize,
    commits: AtomicU64,
}

/// An open transaction that units share. Dropped without an outcome, it has failed.
pub(crate) struct Batch {
    outcome: Arc<Outcome>,
    units: u32,
    began: Instant,
    /// The session's changes and the ledger's size when it began.
    changes: u64,
    size: u64,
}

struct Outcome {
    result: Mutex<Option<Result<(), Error>>>,
    known: Condvar,
}

/// The writer's lock, held, with a batch open.
struct Turn<'a> {
    writer: &'a Writer,
    session: MutexGuard<'a, Option<Session>>,
    settled: bool,
}

/// How a unit's work ended.
enum End<T, E> {
    Kept(T),
    Failed(E),
    Panicked(Box<dyn std::any::Any + Send>),
}

impl Writer {
    pub(crate) fn new(reader: Reader, options: &Options) -> Result<Self, Error> {
        Ok(Self {
            file: reader.file().to_owned(),
            options: options.clone(),
            session: Mutex::new(Some(Session::start(reader, options)?)),
            waiting: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
        })
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<Commit<T>, E>,
    ) -> Result<T, E> {
        let _inside = Inside::enter(self)?;
        let mut turn = self.turn()?;
        let mark = turn.start_unit()?;
        let session = turn.session();
        let end = match catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(session)))) {
            Ok(Ok(commit)) => match turn.session().admit(&mark, commit.leaf) {
                Ok(()) => End::Kept(commit.value),
                Err(error) => End::Failed(error.into()),
            },
            Ok(Err(error)) => End::Failed(error),
            Err(panic) => End::Panicked(panic),
        };
        let outcome = turn.settle(&mark, matches!(end, End::Kept(_)));
        match end {
            End::Kept(value) => outcome.wait().map(|()| value).map_err(E::from),
            // What was not kept need not become durable.
            End::Failed(error) => Err(error),
            End::Panicked(panic) => resume_unwind(panic),
        }
    }

    /// Takes the lock and sees to it that a batch is open.
    fn turn(&self) -> Result<Turn<'_>, Error> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // A panic under the lock has thrown the session away, so there is nothing half-done.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if session.is_none() {
            *session = Some(Session::open(&self.file, &self.options)?);
        }
        let mut turn = Turn { writer: self, session, settled: false };
        if turn.session().batch.is_none() {
            turn.session().begin()?;
        }
        Ok(turn)
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

impl Turn<'_> {
    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("invariant: a turn has a session until it is settled")
    }

    fn start_unit(&mut self) -> Result<Mark, Error> {
        let session = self.session();
        session.start_unit();
        session.mark()
    }

    /// Ends the unit, and either commits the batch or leaves it to who waits.
    fn settle(mut self, mark: &Mark, keep: bool) -> Arc<Outcome> {
        let session = self.session();
        let batch = session.batch.as_ref().expect("invariant: a turn has a batch");
        let outcome = Arc::clone(&batch.outcome);
        let ended = if keep { session.release(mark) } else { session.undo(mark) };
        if let Err(error) = ended {
            tracing::warn!(error = &error as &dyn std::error::Error, "a batch is lost");
            outcome.resolve(Err(error));
            return outcome;
        }
        let changes = session.changes;
        // A first unit that was taken back has ended the batch, and nobody else was in it.
        if let Some(batch) = session.batch.as_mut() {
            batch.units += 1;
            let is_open = batch.is_open(changes);
            if !(is_open && 0 < self.writer.waiting.load(Ordering::SeqCst)) {
                self.commit();
            }
        }
        // A session that `commit` gave up is gone already.
        self.settled = true;
        outcome
    }

    fn commit(&mut self) {
        let session = self.session();
        let Some(batch) = session.batch.take() else { return };
        let committed = session.commit(batch.size);
        if committed.is_ok() {
            self.writer.commits.fetch_add(1, Ordering::Relaxed);
            batch.outcome.resolve(Ok(()));
            self.session().tidy();
        } else {
            // Memory is ahead of the file now. The next unit starts from the file.
            *self.session = None;
            batch.outcome.resolve(committed);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.settled {
            *self.session = None;
        }
    }
}

impl Batch {
    pub(crate) fn new(changes: u64, size: u64) -> Self {
        let outcome = Outcome { result: Mutex::new(None), known: Condvar::new() };
        Self { outcome: Arc::new(outcome), units: 0, began: clock::instant(), changes, size }
    }

    /// Whether no unit has been part of it.
    pub(crate) fn is_new(&self) -> bool {
        self.units == 0
    }

    /// Whether more units may join.
    fn is_open(&self, changes: u64) -> bool {
        self.units < UNITS_MAX
            && changes - self.changes < CHANGES_MAX
            && self.began.elapsed() < AGE_MAX
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let source = Cause::new("the batch was given up");
        self.outcome.resolve(Err(Error::Unavailable { path: PathBuf::from("org.db"), source }));
    }
}

impl Outcome {
    /// The first result stands.
    fn resolve(&self, result: Result<(), Error>) {
        self.lock().get_or_insert(result);
        self.known.notify_all();
    }

    fn wait(&self) -> Result<(), Error> {
        let known = self.known.wait_while(self.lock(), |it| it.is_none());
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.clone().expect("invariant: waited until it was known")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<(), Error>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
