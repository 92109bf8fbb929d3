//! The connections of a home, shared by all its orgs.
//!
//! A server's memory grows with each table that a connection touches, and does not shrink while
//! the connection lasts. So an org comes back to the connection that served it last, or at least
//! to one of its own share of them; a connection ends when it has touched many tables, or is
//! old; and one that nobody used for a while ends too.
//!
//! Waiting for a connection while holding one could go round in a circle. So the last few are
//! kept for those whom others may wait for: reads may take the fewest, units of work some more,
//! and units on the state, which begin inside reads and wait for nobody, all.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::classify;
use super::connection::Connection;
use super::grown::Grown;
use super::options::PostgresOptions;
use crate::{Error, clock};

/// Into how many shares the orgs fall.
const SHARES: u64 = 4;

/// How long a connection may be idle.
const IDLE_MAX: Duration = Duration::from_secs(5 * 60);

/// What a connection is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Read,
    Write,
    State,
}

pub(crate) struct Pool {
    options: PostgresOptions,
    place: Arc<str>,
    connections: Mutex<Connections>,
    returned: Condvar,
    grown: Grown,
}

#[derive(Default)]
struct Connections {
    /// The latest used last.
    idle: Vec<Idle>,
    /// Idle, in use and being opened.
    open: usize,
}

struct Idle {
    connection: Connection,
    /// Whom it served.
    org: u64,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(options: &PostgresOptions) -> Self {
        Self {
            options: options.clone(),
            place: options.place().into(),
            connections: Mutex::default(),
            returned: Condvar::new(),
            grown: Grown::default(),
        }
    }

    pub(crate) fn options(&self) -> &PostgresOptions {
        &self.options
    }

    pub(crate) fn grown(&self) -> &Grown {
        &self.grown
    }

    /// The database, as people are told of it.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Takes a connection for the org that `org` stands for, and waits for one at most `wait`.
    pub(crate) fn take(&self, class: Class, org: u64, wait: Duration) -> Result<Connection, Error> {
        let max = self.max(class);
        let all_in_use = |it: &mut Connections| max <= it.open - it.idle.len();
        let (mut connections, waited) = self
            .returned
            .wait_timeout_while(self.lock(), wait, all_in_use)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && all_in_use(&mut connections) {
            return Err(Error::Busy);
        }
        if let Some(connection) = self.choose(&mut connections, org) {
            return Ok(connection);
        }
        connections.open += 1;
        drop(connections);
        self.open()
    }

    /// A connection in place of one that was lost.
    pub(crate) fn replace(&self, lost: Connection) -> Result<Connection, Error> {
        drop(lost);
        self.open()
    }

    /// Opens one that is counted already.
    fn open(&self) -> Result<Connection, Error> {
        Connection::open(&self.options, &self.place).inspect_err(|_| self.forget())
    }

    /// A connection beside the pool, for a caller that keeps it long.
    pub(crate) fn open_apart(&self) -> Result<Connection, Error> {
        Connection::open(&self.options, &self.place)
    }

    pub(crate) fn give_back(&self, connection: Connection, org: u64) {
        if connection.is_outdated() {
            // The others lead to the same server.
            self.forget_idle();
        }
        let is_over = !connection.is_free()
            || connection.is_outdated()
            || self.options.age_max <= connection.age()
            || self.options.tables_max <= connection.n_tables();
        if is_over {
            drop(connection);
            return self.forget();
        }
        let mut connections = self.lock();
        connections.idle.push(Idle { connection, org, since: clock::instant() });
        let old = connections.take_old();
        drop(connections);
        self.returned.notify_one();
        // Closing one tells the server, and holds nobody up here.
        drop(old);
    }

    /// One that is gone makes room.
    pub(crate) fn forget(&self) {
        self.lock().open -= 1;
        self.returned.notify_one();
    }

    fn forget_idle(&self) {
        let mut connections = self.lock();
        let idle = std::mem::take(&mut connections.idle);
        connections.open -= idle.len();
        drop(connections);
        self.returned.notify_all();
        drop(idle);
    }

    fn choose(&self, connections: &mut Connections, org: u64) -> Option<Connection> {
        let idle = &mut connections.idle;
        let own = idle.iter().rposition(|it| it.org == org);
        let share = || idle.iter().rposition(|it| it.org % SHARES == org % SHARES);
        let is_full = self.options.connections <= connections.open;
        let at = own.or_else(share).or((is_full && !idle.is_empty()).then_some(0))?;
        Some(idle.remove(at).connection)
    }

    /// How many may be in use when one more is asked for.
    fn max(&self, class: Class) -> usize {
        let all = self.options.connections.max(3);
        let kept = (all / 8).max(1);
        match class {
            Class::Read => all - 2 * kept,
            Class::Write => all - kept,
            Class::State => all,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error of this database.
    pub(crate) fn unavailable(&self, cause: &'static str) -> Error {
        classify::unavailable(&self.place, cause)
    }
}

impl Connections {
    /// Takes out one that was idle for long; one at a time is enough.
    fn take_old(&mut self) -> Option<Idle> {
        let is_old = self.idle.first().is_some_and(|it| IDLE_MAX < it.since.elapsed());
        if !is_old {
            return None;
        }
        self.open -= 1;
        Some(self.idle.remove(0))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("place", &self.place).finish_non_exhaustive()
    }
}
