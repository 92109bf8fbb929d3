//! The open orgs.
//!
//! Each org that is open, or being opened or closed, has a slot. Whoever opens or closes it holds
//! the slot, so nobody opens an org twice or while it is still closing; the map of slots is held
//! for moments only. Beyond the bound, orgs that nobody uses are closed, the one that was used
//! longest ago first. Nobody uses an org when the slot's own reference is the only one: references
//! are handed out under the slot's lock alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use base::{DateTime, RecordId};
use records::Org;
use store::Status;

use super::index::Teller;
use super::{Error, Orgs};

/// How long a process goes on without looking whether another one has moved the org away.
const CHECKED_AGAIN_MS: i64 = 1000;

pub(super) struct Slots {
    map: Mutex<HashMap<RecordId, Arc<Slot>>>,
    /// Grows with each use, and orders the uses.
    uses: AtomicU64,
    max: usize,
}

#[derive(Default)]
struct Slot {
    opened: Mutex<Option<Opened>>,
    used: AtomicU64,
}

pub(super) struct Opened {
    pub org: Arc<Org>,
    /// The number of its home.
    pub home: usize,
    teller: Arc<Teller>,
    /// When the status was looked at last, where others may change it.
    checked: DateTime,
}

impl Slots {
    pub(super) fn new(max: usize) -> Self {
        Self { map: Mutex::default(), uses: AtomicU64::new(0), max }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<RecordId, Arc<Slot>>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, id: RecordId) -> Arc<Slot> {
        let slot = Arc::clone(self.map().entry(id).or_default());
        slot.used.store(self.uses.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        slot
    }

    /// Takes slots out of the map that hold nothing and that nobody is about to fill.
    fn sweep(&self) {
        self.map().retain(|_, slot| {
            let is_idle =
                Arc::strong_count(slot) == 1 && slot.opened.try_lock().is_ok_and(|it| it.is_none());
            !is_idle
        });
    }

    /// The slots of open orgs beyond the bound that nobody uses, the least recently used first.
    fn superfluous(&self) -> Vec<Arc<Slot>> {
        let map = self.map();
        let excess = map.len().saturating_sub(self.max);
        if excess == 0 {
            return Vec::new();
        }
        let mut idle: Vec<&Arc<Slot>> = map.values().filter(|it| it.is_unused()).collect();
        idle.sort_by_key(|it| it.used.load(Ordering::Relaxed));
        idle.into_iter().take(excess).map(Arc::clone).collect()
    }
}

impl Slot {
    fn opened(&self) -> MutexGuard<'_, Option<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_unused(self: &Arc<Self>) -> bool {
        let alone = Arc::strong_count(self) == 1;
        match self.opened.try_lock() {
            Ok(opened) => alone && opened.as_ref().is_some_and(Opened::is_unused),
            Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => false,
        }
    }
}

impl Opened {
    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.org) == 1
    }
}

impl Orgs {
    /// The org, opened if it is not open; none where no home serves one of this id.
    pub(super) fn open(&self, id: RecordId) -> Result<Option<Arc<Org>>, Error> {
        let slot = self.slots.slot(id);
        let found = self.open_in(&slot, id);
        drop(slot);
        if !matches!(found, Ok((Some(_), false))) {
            self.close_superfluous();
        }
        Ok(found?.0)
    }

    /// The org, and whether it was opened just now.
    fn open_in(&self, slot: &Slot, id: RecordId) -> Result<(Option<Arc<Org>>, bool), Error> {
        let mut opened = slot.opened();
        if let Some(it) = &mut *opened {
            if self.is_still_here(it, id)? {
                return Ok((Some(Arc::clone(&it.org)), false));
            }
            *opened = None;
            self.places.forget(id);
        }
        let Some(home) = self.places.find(self, id)? else { return Ok((None, false)) };
        let org = match self.open_at(home, id) {
            // Gone since it was listed.
            Err(Error::Identity(crate::Error::NoOrg { .. })) => {
                self.places.forget(id);
                return Ok((None, false));
            }
            org => org?,
        };
        let teller = Arc::new(Teller::start(self, home, &org)?);
        let (told, of) = (Arc::clone(&teller), Arc::downgrade(&org));
        org.store.on_meta(move || {
            if let Some(org) = of.upgrade() {
                told.settle_quietly(&org);
            }
        });
        let checked = self.clock().now();
        *opened = Some(Opened { org: Arc::clone(&org), home, teller, checked });
        Ok((Some(org), true))
    }

    /// Opens the org in a home, whatever its status. The slot must be held.
    pub(super) fn open_at(&self, home: usize, id: RecordId) -> Result<Arc<Org>, Error> {
        let home = &self.homes[home];
        let org = crate::open_org(&home.store, &id.to_string(), &self.options)?;
        super::region::check(&org, home)?;
        Ok(org)
    }

    fn is_still_here(&self, opened: &mut Opened, id: RecordId) -> Result<bool, Error> {
        if opened.org.store.is_gone() {
            return Ok(false);
        }
        let now = self.clock().now();
        let is_fresh = (0..CHECKED_AGAIN_MS).contains(&(now.0 - opened.checked.0));
        if is_fresh || !opened.org.store.is_shared() {
            return Ok(true);
        }
        match opened.org.store.status() {
            Ok(Status::Active) => {
                opened.checked = now;
                Ok(true)
            }
            // It may be in service in its new home already, if whoever moves it was cut off there.
            Ok(Status::Frozen { .. }) => {
                opened.checked = now;
                self.places.forget(id);
                Ok(self.places.find(self, id)? == Some(opened.home))
            }
            Ok(Status::Making | Status::Incoming | Status::Moved { .. })
            | Err(store::Error::Missing { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Closes orgs beyond the bound that nobody uses.
    fn close_superfluous(&self) {
        for slot in self.slots.superfluous() {
            let mut opened = slot.opened();
            let Some(it) = opened.take_if(|it| it.is_unused()) else { continue };
            close(it);
        }
        self.slots.sweep();
    }

    /// Takes the open org out of service, so that the next one who asks finds where it lives then.
    /// Requests under way keep what they have.
    pub(super) fn put_away(&self, id: RecordId) {
        let slot = self.slots.slot(id);
        let opened = slot.opened().take();
        drop(slot);
        drop(opened);
        self.slots.sweep();
    }

    /// Changes what is remembered of an open org; nothing happens to one that is not open.
    pub(super) fn with_opened<T>(
        &self,
        id: RecordId,
        change: impl FnOnce(&mut Opened) -> T,
    ) -> Option<T> {
        let slot = self.slots.map().get(&id).map(Arc::clone)?;
        slot.opened().as_mut().map(change)
    }

    /// The open orgs of this process. Orgs that are being opened or closed are not among them.
    pub(super) fn open_now(&self) -> Vec<(Arc<Org>, Arc<Teller>)> {
        let slots: Vec<Arc<Slot>> = self.slots.map().values().map(Arc::clone).collect();
        let mut open = Vec::new();
        for slot in slots {
            if let Ok(opened) = slot.opened.try_lock()
                && let Some(it) = &*opened
            {
                open.push((Arc::clone(&it.org), Arc::clone(&it.teller)));
            }
        }
        open
    }

    /// How many orgs are open.
    pub fn n_open(&self) -> usize {
        self.open_now().len()
    }

    /// The orgs that are open now.
    pub fn open_orgs(&self) -> Vec<Arc<Org>> {
        self.open_now().into_iter().map(|(org, ..)| org).collect()
    }

    /// Closes every org that nobody uses.
    pub fn close_all(&self) {
        let slots: Vec<Arc<Slot>> = self.slots.map().values().map(Arc::clone).collect();
        for slot in slots {
            let it = slot.opened().take_if(|it| it.is_unused());
            if let Some(it) = it {
                close(it);
            }
        }
        self.slots.sweep();
    }
}

/// Closes an org that nobody uses.
fn close(opened: Opened) {
    let Opened { org, teller, .. } = opened;
    if let Err(error) = teller.close(&org) {
        // Opening it again tells the home.
        let error = &error as &dyn std::error::Error;
        tracing::warn!(org.id = org.store.id(), error, "a home was not told of usernames");
    }
}

impl Drop for Orgs {
    fn drop(&mut self) {
        self.close_all();
    }
}
