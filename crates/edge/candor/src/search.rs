//! The thread that keeps the search indexes of the orgs that are open.
//!
//! It looks at each of them a few times a second. An org in which something was committed is
//! indexed when nothing more comes for a moment, so that the work does not meet the load that it
//! follows from; while commits keep coming, soon enough for what they changed to be found within
//! a second. An org that was just opened may have no index yet, or one that is behind.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use records::Org;
use records::search::{Progress, keep};

/// Between two looks.
const TICK: Duration = Duration::from_millis(150);

/// Looks after which commits are indexed, whether more of them come or not.
const TICKS_MAX: u32 = 4;

/// Looks after which an org that other processes serve, too, is looked after without a commit of
/// ours: whoever committed last may be gone.
const TICKS_SHARED: u32 = 200;

/// Looks to wait after a failure.
const TICKS_FAILED: u32 = 30;

/// Entries and records after which the other orgs get their turn.
const PORTION: u64 = 3_000;

/// The thread; it ends when this is dropped.
pub(crate) struct Indexer {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Stop {
    wanted: Mutex<bool>,
    told: Condvar,
}

impl Indexer {
    /// Keeps the indexes of what `open` says is open, from now on.
    pub(crate) fn start(open: impl Fn() -> Vec<Arc<Org>> + Send + 'static) -> Result<Self> {
        let stop = Arc::new(Stop::default());
        let told = Arc::clone(&stop);
        let run = move || {
            let mut watched = Watched::default();
            let mut behind = false;
            while !told.wait(if behind { Duration::ZERO } else { TICK }) {
                behind = look(&mut watched, open());
            }
        };
        let thread = std::thread::Builder::new().name("search".to_owned()).spawn(run);
        let thread = Some(thread.context("cannot start a thread")?);
        Ok(Self { stop, thread })
    }
}

impl Stop {
    /// Waits, and says whether it is time to stop.
    fn wait(&self, time: Duration) -> bool {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(wanted, time, |wanted| !*wanted);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        *self.stop.wanted.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.told.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that keeps the search index has panicked");
        }
    }
}

/// Gives each org its turn. Says whether one of them has more to do at once.
fn look(watched: &mut Watched, open: Vec<Arc<Org>>) -> bool {
    let mut behind = false;
    watched.retain(&open);
    for org in open {
        let (id, commits) = (org.store.id().to_owned(), org.store.commits());
        if !watched.is_due(&id, commits, org.store.is_shared()) {
            continue;
        }
        match keep(&org, PORTION) {
            Ok(Progress::Current) => watched.done(&id, commits),
            Ok(Progress::Behind) => behind = true,
            Ok(Progress::Elsewhere) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(org.id = id, error, "the search index cannot be kept");
                watched.failed(&id);
            }
        }
    }
    behind
}

/// What was seen of the orgs.
#[derive(Default)]
struct Watched(HashMap<String, Seen>);

#[derive(Default)]
struct Seen {
    /// How many commits there were when all of them were indexed.
    indexed: Option<u64>,
    /// How many there were at the last look.
    last: Option<u64>,
    /// Looks since something was committed that is not indexed.
    busy: u32,
    /// Looks since the last success, where nothing was committed.
    idle: u32,
    /// Looks to let pass.
    pause: u32,
}

impl Watched {
    fn is_due(&mut self, org: &str, commits: u64, shared: bool) -> bool {
        let seen = self.0.entry(org.to_owned()).or_default();
        if 0 < seen.pause {
            seen.pause -= 1;
            return false;
        }
        if seen.indexed == Some(commits) {
            seen.idle += 1;
            if !shared || seen.idle < TICKS_SHARED {
                return false;
            }
        }
        seen.busy += 1;
        let quiet = seen.last == Some(commits);
        seen.last = Some(commits);
        quiet || TICKS_MAX <= seen.busy
    }

    fn done(&mut self, org: &str, commits: u64) {
        if let Some(seen) = self.0.get_mut(org) {
            (seen.indexed, seen.busy, seen.idle) = (Some(commits), 0, 0);
        }
    }

    fn failed(&mut self, org: &str) {
        if let Some(seen) = self.0.get_mut(org) {
            seen.pause = TICKS_FAILED;
        }
    }

    /// Forgets orgs that are closed.
    fn retain(&mut self, open: &[Arc<Org>]) {
        if open.len() < self.0.len() {
            self.0.retain(|id, _| open.iter().any(|it| it.store.id() == id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an org is due at each of several looks, which find so many commits.
    fn looks(watched: &mut Watched, commits: impl IntoIterator<Item = u64>) -> Vec<bool> {
        commits.into_iter().map(|it| watched.is_due("a", it, false)).collect()
    }

    #[test]
    fn what_is_committed_is_indexed_soon() {
        let mut watched = Watched::default();
        assert_eq!(looks(&mut watched, [0, 0]), [false, true], "it was just opened");
        watched.done("a", 0);
        assert_eq!(looks(&mut watched, [0; 9]), [false; 9], "nothing has happened");
        assert_eq!(looks(&mut watched, [1, 1]), [false, true], "nothing more came");
        watched.done("a", 1);
        assert_eq!(looks(&mut watched, [2, 3, 4, 5]), [false, false, false, true], "more came");
        assert_eq!(looks(&mut watched, [6]), [true], "and it is not done");
        watched.failed("a");
        assert_eq!(looks(&mut watched, [6]), [false]);
    }

    #[test]
    fn what_others_commit_is_looked_after() {
        let mut watched = Watched::default();
        watched.is_due("a", 0, true);
        watched.done("a", 0);
        let n = (0..2 * TICKS_SHARED).filter(|_| watched.is_due("a", 0, true)).count();
        assert!(0 < n);
    }
}
