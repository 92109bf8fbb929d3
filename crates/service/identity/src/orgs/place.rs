//! Which org lives in which home.
//!
//! What is known is kept, and homes are listed again when an org is asked for that nobody knows:
//! another process may have made or moved it. That is bounded in time, since anybody can ask for
//! orgs that do not exist. Homes that did not answer are listed apart, and last.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError, RwLock};

use base::{DateTime, RecordId};
use store::Status;

use super::{Error, Home, Orgs};

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
        let mut listed = self.list_again(orgs);
        // What lives in a home that answers does not wait for one that may not.
        if self.known(orgs, id)?.is_none() {
            listed = listed.and(self.list_silent(orgs));
        }
        match (self.known(orgs, id)?, listed) {
            (Some(home), _) => Ok(Some(home)),
            // It may live where nobody can look.
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Ok(None),
        }
    }

    /// Every org that a home serves, in the order of their ids.
    pub(super) fn served(&self, orgs: &Orgs) -> Result<Vec<RecordId>, Error> {
        self.list_again(orgs)?;
        self.list_silent(orgs)?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<RecordId> = known.keys().copied().collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The number of the home in which the org was found last, without asking any.
    pub(super) fn remembered(&self, id: RecordId) -> Option<usize> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(&id) {
            Some(Found::In(home)) => Some(*home),
            Some(Found::Twice(..)) | None => None,
        }
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

    /// Lists the homes that answered when they were asked last.
    fn list_again(&self, orgs: &Orgs) -> Result<(), Error> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = orgs.clock().now();
        if listed.is_some_and(|it| (0..LISTED_AGAIN_MS).contains(&(now.0 - it.0))) {
            return Ok(());
        }
        self.list(orgs, |it| !it.is_silent())?;
        *listed = Some(now);
        Ok(())
    }

    /// Lists the homes that did not. Nobody else waits for that.
    fn list_silent(&self, orgs: &Orgs) -> Result<(), Error> {
        if orgs.homes.iter().any(Home::is_silent) {
            self.list(orgs, Home::is_silent)
        } else {
            Ok(())
        }
    }

    fn list(&self, orgs: &Orgs, which: impl Fn(&Home) -> bool) -> Result<(), Error> {
        let mut found: BTreeMap<RecordId, (Status, Found)> = BTreeMap::new();
        let (mut trouble, mut is_all) = (None, true);
        for (n, home) in orgs.homes.iter().enumerate() {
            if !which(home) {
                is_all = false;
                continue;
            }
            match home.ask(orgs.clock(), |it| Ok(it.store.orgs()?)) {
                Ok(listed) => add(&mut found, n, listed),
                Err(error) => {
                    let error_ref = &error as &dyn std::error::Error;
                    tracing::warn!(home = home.name, error = error_ref, "a home cannot be listed");
                    trouble = Some(error);
                }
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if is_all && trouble.is_none() {
            known.clear();
        }
        for (id, (status, found)) in found {
            // A frozen copy is no news of an org that may be active where nobody has looked.
            if status == Status::Active || !known.contains_key(&id) {
                known.insert(id, found);
            }
        }
        drop(known);
        trouble.map_or(Ok(()), Err)
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
