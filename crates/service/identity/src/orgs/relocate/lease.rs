//! Keeps other processes from moving the same org.
//!
//! Where homes are shared, any process may begin a move. The one that does holds a lease, which
//! it renews while it works and which runs out when it has ended. Before each step that cannot be
//! taken back the lease is renewed once more, and a process that has lost it does nothing further.

use std::ops::ControlFlow;

use base::{DateTime, RecordId};

use super::super::{Error, Home, Orgs};
use super::{Step, Watch};

const LASTS_MS: i64 = 20_000;
const RENEWED_AFTER_MS: i64 = 5_000;

pub(super) struct Lease<'a> {
    orgs: &'a Orgs,
    id: RecordId,
    homes: Vec<&'a Home>,
    renewed: DateTime,
}

impl<'a> Lease<'a> {
    /// Takes the leases of an org in those of `homes` that are shared.
    pub(super) fn take(orgs: &'a Orgs, id: RecordId, homes: &[usize]) -> Result<Self, Error> {
        let homes = homes.iter().map(|&n| &orgs.homes[n]).filter(|it| it.store.is_shared());
        let mut lease = Self { orgs, id, homes: homes.collect(), renewed: orgs.clock().now() };
        lease.renew()?;
        Ok(lease)
    }

    pub(super) fn renew(&mut self) -> Result<(), Error> {
        let now = self.orgs.clock().now();
        let until = DateTime(now.0 + LASTS_MS);
        for home in &self.homes {
            let id = self.id.to_string();
            let other = home.roster()?.lease(&id, &self.orgs.holder, now, until)?;
            if let Some(until) = other {
                let seconds = 1 + (until.0 - now.0).max(0) / 1000;
                return Err(Error::Leased { id: self.id, seconds });
            }
        }
        self.renewed = now;
        Ok(())
    }

    /// Runs `work`, renewing the lease at its steps. A lease that is lost stops it there.
    pub(super) fn watching<T>(
        &mut self,
        watch: Watch<'_>,
        work: impl FnOnce(Watch<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut lost = None;
        let done = work(&mut |step| {
            let is_page = matches!(step, Step::Copied { .. });
            let age = self.orgs.clock().now().0 - self.renewed.0;
            if (!is_page || RENEWED_AFTER_MS < age)
                && let Err(error) = self.renew()
            {
                lost = Some(error);
                return ControlFlow::Break(());
            }
            watch(step)
        });
        lost.map_or(done, Err)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        for home in &self.homes {
            let released = home.roster().and_then(|it| {
                it.release(&self.id.to_string(), &self.orgs.holder).map_err(Error::from)
            });
            if let Err(error) = released {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(org.id = %self.id, error, "a lease runs out by itself");
            }
        }
    }
}
