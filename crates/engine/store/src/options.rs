//! How an org's databases are opened.

use std::time::Duration;

use crate::Clock;

#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections that read at once; each is opened when first needed.
    pub readers: usize,
    /// How long a query may run, the time that its rows are handled in included.
    pub statement_timeout: Duration,
    /// How long to wait for a free reader, or for another program's lock.
    pub busy_timeout: Duration,
    pub clock: Clock,
    pub durability: Durability,
    /// Sees, and may fail, the steps of the write path.
    #[cfg(test)]
    pub(crate) probe: crate::tests::probe::Probe,
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The disk: what was acknowledged survives a loss of power.
    Full,
    /// Nothing: a loss of power may damage the database. For tests and measurements.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            statement_timeout: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(5),
            clock: Clock::system(),
            durability: Durability::Full,
            #[cfg(test)]
            probe: crate::tests::probe::Probe::default(),
        }
    }
}
