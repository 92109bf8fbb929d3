//! Which org lives in which home.
//!
//! What is known is kept, and homes are listed again when an org is asked for that nobody knows:
//! another process may have made or moved it. That is bounded in time, since anybody can ask for
//! orgs that do not exist.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError, RwLock};

use base::{DateTime, RecordId};
use store::Status;

use super::{Error, Orgs};

/// Between two listings for the sake of an org that may not exist.
const LISTED_AGAIN_MS: i64 = 1000;

#[derive(Debug, Default)]
pub(super) struct Places {
    known: RwLock<HashMap<RecordId, Found>>,
    /// When homes were listed last; held while they are.
    listed: Mutex<Option<DateTime>>,
}

/// Where an org was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    In(usize),
    /// Active in two homes, which nobody may serve.
    Twice(usize, usize),
}

impl Places {
    /// The number of the home that serves the org.
    pub(super) fn find(&self, orgs: &Orgs, id: RecordId) -> Result<Option<usize>, Error> {
        if let Some(home) = self.known(orgs, id)? {
            return Ok(Some(home));
        }
        let trouble = self.list_again(orgs);
        match (self.known(orgs, id)?, trouble) {
            (Some(home), _) => Ok(Some(home)),
            // It may live where nobody can look.
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Ok(None),
        }
    }

    /// Every org that a home serves, in the order of their ids.
    pub(super) fn served(&self, orgs: &Orgs) -> Result<Vec<RecordId>, Error> {
        self.list_again(orgs)?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<RecordId> = known.keys().copied().collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Says where an org lives from now on.
    pub(super) fn put(&self, id: RecordId, home: usize) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, Found::In(home));
    }

    pub(super) fn forget(&self, id: RecordId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // Whoever asks next looks.
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn known(&self, orgs: &Orgs, id: RecordId) -> Result<Option<usize>, Error> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let name = |n: usize| orgs.homes[n].name.clone();
        match known.get(&id).copied() {
            None => Ok(None),
            Some(Found::In(home)) => Ok(Some(home)),
            Some(Found::Twice(home, other)) => {
                Err(Error::Twice { id, home: name(home), other: name(other) })
            }
        }
    }

    fn list_again(&self, orgs: &Orgs) -> Result<(), Error> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = orgs.clock().now();
        if listed.is_some_and(|it| (0..LISTED_AGAIN_MS).contains(&(now.0 - it.0))) {
            return Ok(());
        }
        let mut found: BTreeMap<RecordId, (Status, Found)> = BTreeMap::new();
        let mut trouble = None;
        for (n, home) in orgs.homes.iter().enumerate() {
            match home.store.orgs() {
                Ok(listed) => add(&mut found, n, listed),
                Err(error) => {
                    let error_ref = &error as &dyn std::error::Error;
                    tracing::warn!(home = home.name, error = error_ref, "a home cannot be listed");
                    trouble = Some(error);
                }
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if trouble.is_none() {
            known.clear();
        }
        known.extend(found.into_iter().map(|(id, (_, found))| (id, found)));
        drop(known);
        match trouble {
            Some(error) => Err(error.into()),
            None => {
                *listed = Some(now);
                Ok(())
            }
        }
    }
}

fn add(found: &mut BTreeMap<RecordId, (Status, Found)>, n: usize, listed: Vec<store::Listed>) {
    for store::Listed { id, status } in listed {
        let Ok(id) = RecordId::parse(&id) else { continue };
        if status != Status::Active && !matches!(status, Status::Frozen { .. }) {
            continue;
        }
        match found.get_mut(&id) {
            None => {
                found.insert(id, (status, Found::In(n)));
            }
            // Once the target is active, the frozen source is the past.
            Some((Status::Active, _)) if status != Status::Active => {}
            Some((Status::Active, at)) => {
                if let Found::In(other) = *at {
                    *at = Found::Twice(other, n);
                }
            }
            Some(at) => *at = (status, Found::In(n)),
        }
    }
}
