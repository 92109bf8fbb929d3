//! Units of work in the name of a context.
//!
//! A context may be older than what holds when its unit begins: metadata was deployed meanwhile,
//! or rights were taken away, by this process or another. Values checked under an old schema may
//! not fit the tables any more, and a right that was revoked must not be used, so such a unit
//! ends with [`Error::Stale`] before it has done anything. Rights that only grew do no harm.
//!
//! A unit may run more than once: on a shared home, two processes may have met. What it uses up
//! comes from a [`Supply`].

use std::sync::atomic::Ordering;

use store::{Commit, Reader, Tx};

use super::{Ctx, actor};
use crate::error::Error;

impl Ctx {
    /// Runs a unit of work, if the context still holds.
    pub(crate) fn write<T>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Commit<T>, Error>,
    ) -> Result<T, Error> {
        let mut meta = i64::MIN;
        let value = self.org.store.write(|tx| {
            meta = tx.meta();
            self.check(meta, tx)?;
            work(tx)
        })?;
        // Only now is it certain that what `meta` numbers has happened.
        self.checked.store(meta, Ordering::Relaxed);
        Ok(value)
    }

    /// Whether the context holds where the store's `meta` is what it is.
    fn check(&self, meta: i64, reader: &Reader) -> Result<(), Error> {
        if self.checked.load(Ordering::Relaxed) == meta {
            return Ok(());
        }
        if (self.org.source.version)(reader)? != self.snapshot.version {
            return Err(Error::Stale);
        }
        let Some(user) = self.actor.access.user() else { return Ok(()) };
        let now = actor::grants(reader, &self.schema, user)?;
        if self.actor.grants.is_within(&now) { Ok(()) } else { Err(Error::Stale) }
    }
}

/// A value that each run of a unit takes whole.
pub(crate) struct Supply<T> {
    next: Option<T>,
    /// For further runs; none where a unit runs once.
    kept: Option<T>,
}

impl<T: Clone> Supply<T> {
    pub(crate) fn new(ctx: &Ctx, value: T) -> Self {
        let kept = ctx.org.store.is_shared().then(|| value.clone());
        Self { next: Some(value), kept }
    }

    pub(crate) fn take(&mut self) -> Result<T, Error> {
        let next = self.next.take().or_else(|| self.kept.clone());
        next.ok_or(Error::Store(store::Error::Busy))
    }
}
