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
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::reader::Source;
use crate::reentry::Inside;
use crate::session::{Mark, Session};
use crate::tail::Standing;
use crate::{Cause, Commit, Error, Options, Reader, Status, Tx, clock};

/// Bounds of a batch. Beyond them waiting costs more than another commit.
const UNITS_MAX: u32 = 256;
const CHANGES_MAX: u64 = 10_000;
const AGE_MAX: Duration = Duration::from_millis(20);

/// How often a unit is run when the engine refuses it for another process's sake.
const TRIES_MAX: u32 = 4;

pub(crate) struct Writer {
    source: Source,
    org: String,
    options: Options,
    /// Empty after a failure that left the connection in doubt, until the next unit.
    session: Mutex<Option<Session>>,
    waiting: AtomicUsize,
    commits: AtomicU64,
    /// Of the last commit.
    meta: AtomicI64,
}

/// An open transaction that units share. Dropped without an outcome, it has failed.
pub(crate) struct Batch {
    outcome: Arc<Outcome>,
    units: u32,
    began: Instant,
    /// The session's changes and how the ledger stood when it began.
    changes: u64,
    standing: Standing,
}

struct Outcome {
    result: Mutex<Option<Result<(), Failure>>>,
    known: Condvar,
}

/// The writer's lock, held, with a batch open.
struct Turn<'a> {
    writer: &'a Writer,
    session: MutexGuard<'a, Option<Session>>,
    settled: bool,
}

/// Why a batch was not kept.
#[derive(Debug, Clone)]
struct Failure {
    error: Error,
    /// Whether that was for the sake of another process's unit, and may be tried again.
    made_way: bool,
}

/// What became of a unit when it ended.
struct Settled {
    /// Whether it is part of the batch, if it was to be kept.
    unit: Result<(), Error>,
    /// Whether it failed for the sake of another process's unit.
    made_way: bool,
    outcome: Arc<Outcome>,
}

/// One run of a unit.
enum Attempt<T, E> {
    Done(Result<T, E>),
    /// It failed for the sake of another process's unit.
    MadeWay(E),
}

/// How a unit's work ended.
enum End<T, E> {
    Kept(T),
    Failed(E),
    Panicked(Box<dyn std::any::Any + Send>),
}

impl Writer {
    /// Writes to the org `org` at `source`, which `reader` is connected to.
    pub(crate) fn new(
        source: Source,
        org: &str,
        reader: Reader,
        options: &Options,
    ) -> Result<Self, Error> {
        let session = Session::start(reader, org, options)?;
        Ok(Self {
            source,
            org: org.to_owned(),
            options: options.clone(),
            meta: AtomicI64::new(session.tail.standing().meta),
            session: Mutex::new(Some(session)),
            waiting: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
        })
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) fn meta(&self) -> i64 {
        self.meta.load(Ordering::SeqCst)
    }

    pub(crate) fn status(&self) -> Result<Status, Error> {
        let mut session = self.lock();
        let session = self.open(&mut session)?;
        // A batch that is open may be about to change it.
        let standing = session.batch.as_ref().map_or(session.tail.standing(), |it| &it.standing);
        Ok(standing.status.clone())
    }

    /// Gives the org another status; what else says it is written by `also`.
    pub(crate) fn set_status(
        &self,
        status: &Status,
        also: impl FnOnce(&Reader) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let _inside = Inside::enter(self)?;
        let (mut turn, mark) = self.marked_turn()?;
        turn.session().set_status(status);
        also(&turn.session().reader)?;
        let Settled { unit, outcome, .. } = turn.settle(&mark, true);
        unit?;
        outcome.wait().map_err(|it| it.error)
    }

    pub(crate) fn write<T, E: From<Error>>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Commit<T>, E>,
    ) -> Result<T, E> {
        let _inside = Inside::enter(self)?;
        for _ in 1..TRIES_MAX {
            match self.attempt(&mut work) {
                Attempt::Done(done) => return done,
                Attempt::MadeWay(_) => {}
            }
        }
        match self.attempt(&mut work) {
            Attempt::Done(done) => done,
            Attempt::MadeWay(error) => Err(error),
        }
    }

    fn attempt<T, E: From<Error>>(
        &self,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<Commit<T>, E>,
    ) -> Attempt<T, E> {
        let (mut turn, mark) = match self.marked_turn() {
            Ok(marked) => marked,
            Err(error) => return Attempt::Done(Err(error.into())),
        };
        let session = turn.session();
        let run = || {
            session.start_unit()?;
            work(&mut Tx::new(session))
        };
        let end = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(commit)) => match turn.session().admit(&mark, commit.leaf) {
                Ok(()) => End::Kept(commit.value),
                Err(error) => End::Failed(error.into()),
            },
            Ok(Err(error)) => End::Failed(error),
            Err(panic) => End::Panicked(panic),
        };
        let settled = turn.settle(&mark, matches!(end, End::Kept(_)));
        match (end, settled) {
            (End::Kept(value), Settled { unit: Ok(()), outcome, .. }) => match outcome.wait() {
                Ok(()) => Attempt::Done(Ok(value)),
                Err(Failure { error, made_way: true }) => Attempt::MadeWay(error.into()),
                Err(Failure { error, .. }) => Attempt::Done(Err(error.into())),
            },
            (End::Kept(_), Settled { unit: Err(error), made_way: true, .. }) => {
                Attempt::MadeWay(error.into())
            }
            (End::Kept(_), Settled { unit: Err(error), .. }) => Attempt::Done(Err(error.into())),
            // What was not kept need not become durable.
            (End::Failed(error), Settled { made_way: true, .. }) => Attempt::MadeWay(error),
            (End::Failed(error), _) => Attempt::Done(Err(error)),
            (End::Panicked(panic), _) => resume_unwind(panic),
        }
    }

    fn marked_turn(&self) -> Result<(Turn<'_>, Mark), Error> {
        let mut turn = self.turn()?;
        let mark = turn.session().mark()?;
        Ok((turn, mark))
    }

    /// Takes the lock and sees to it that a batch is open.
    fn turn(&self) -> Result<Turn<'_>, Error> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut session = self.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.open(&mut session)?;
        let mut turn = Turn { writer: self, session, settled: false };
        if turn.session().batch.is_none() {
            turn.session().begin()?;
        }
        Ok(turn)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Session>> {
        // A panic under the lock has thrown the session away, so there is nothing half-done.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session, a new one if the last one was given up.
    fn open<'a>(&self, session: &'a mut Option<Session>) -> Result<&'a mut Session, Error> {
        match session {
            Some(session) => Ok(session),
            None => Ok(session.insert(Session::open(&self.source, &self.org, &self.options)?)),
        }
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

    /// Ends the unit, and either commits the batch or leaves it to who waits.
    fn settle(mut self, mark: &Mark, keep: bool) -> Settled {
        let waiting = self.writer.waiting.load(Ordering::SeqCst);
        let session = self.session();
        let changes = session.changes;
        let batch = session.batch.as_mut().expect("invariant: a turn has a batch");
        batch.units += 1;
        let stays_open = batch.is_open(changes) && 0 < waiting;
        let outcome = Arc::clone(&batch.outcome);
        let mut unit = Ok(());
        if keep {
            unit = session.release(mark, stays_open);
        }
        let made_way = (!keep || unit.is_err()) && session.reader.is_conflict();
        if (!keep || unit.is_err())
            && let Err(error) = session.undo(mark)
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "a batch is lost");
            outcome.resolve(Err(Failure { error, made_way }));
            return Settled { unit, made_way, outcome };
        }
        // A first unit that was taken back has ended the batch, and nobody else was in it.
        if self.session().batch.is_some() && !stays_open {
            self.commit();
        }
        // A session that `commit` gave up is gone already.
        self.settled = true;
        Settled { unit, made_way, outcome }
    }

    fn commit(&mut self) {
        let session = self.session();
        let Some(batch) = session.batch.take() else { return };
        let committed = session.commit(&batch.standing);
        if committed.is_ok() {
            let meta = session.tail.standing().meta;
            self.writer.meta.store(meta, Ordering::SeqCst);
            self.writer.commits.fetch_add(1, Ordering::Relaxed);
            batch.outcome.resolve(Ok(()));
            self.session().tidy();
        } else {
            let made_way = session.reader.is_conflict();
            // Memory is ahead of the database now. The next unit starts from the database.
            *self.session = None;
            batch.outcome.resolve(committed.map_err(|error| Failure { error, made_way }));
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
    pub(crate) fn new(changes: u64, standing: Standing) -> Self {
        let outcome = Outcome { result: Mutex::new(None), known: Condvar::new() };
        Self { outcome: Arc::new(outcome), units: 0, began: clock::instant(), changes, standing }
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
        let error = Error::Unavailable { place: "the org's database".to_owned(), source };
        self.outcome.resolve(Err(Failure { error, made_way: false }));
    }
}

impl Outcome {
    /// The first result stands.
    fn resolve(&self, result: Result<(), Failure>) {
        self.lock().get_or_insert(result);
        self.known.notify_all();
    }

    fn wait(&self) -> Result<(), Failure> {
        let known = self.known.wait_while(self.lock(), |it| it.is_none());
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.clone().expect("invariant: waited until it was known")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<(), Failure>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
