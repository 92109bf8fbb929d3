//! The one place that reads the system's time.
//!
//! Services take the time from a [`Clock`] that is handed to them, so a test decides what time
//! it is. The monotonic time here measures durations only and never reaches stored data.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base::DateTime;

/// Tells the time. Clones of a fixed clock share its hands.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` until [`Self::advance`] moves it.
    pub fn fixed(at: DateTime) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.0))))
    }

    pub fn now(&self) -> DateTime {
        match &self.0 {
            Source::System => system_time(),
            Source::Fixed(at) => DateTime(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock forward.
    ///
    /// # Panics
    ///
    /// If this is the system's clock, which nobody moves.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System => panic!("invariant: only a fixed clock is moved"),
            Source::Fixed(at) => at.fetch_add(millis(by), Ordering::SeqCst),
        };
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock that everything else asks")]
fn system_time() -> DateTime {
    // A system that believes to be before 1970 is at most off by its own mistake.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime(millis(since))
}

/// The monotonic time, for deadlines and for the age of a batch.
#[expect(clippy::disallowed_methods, reason = "an edge that measures: deadlines of statements")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Waits for something that does not say when it comes.
#[expect(clippy::disallowed_methods, reason = "a server that starts again says so to nobody")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
