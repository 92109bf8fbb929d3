//! A home as it was configured: a name, a region, and the store's home.
//!
//! A server that is down may take seconds to be known to be. Whoever looks for an org or for a
//! person asks all homes, so a home that did not answer is not asked again for some time
//! ([`Home::ask`]): what lives elsewhere must not wait for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base::{DateTime, RecordId};
use store::{Clock, Roster, Status};

use super::Error;
use crate::secret;

/// A place where orgs live.
#[derive(Debug)]
pub struct Home {
    pub name: String,
    /// Where its machines stand, in a word that says what must not leave it: `eu`, `us`.
    pub region: String,
    pub store: store::Home,
    roster: OnceLock<Roster>,
    /// Of the databases that are asked beside this one, if there are any.
    ids: OnceLock<Arc<Ids>>,
    /// Held by who opens the roster.
    opening: Mutex<()>,
    silence: Mutex<Option<Silence>>,
}

/// The ids of the databases that have answered, and the names of the homes.
type Ids = Mutex<BTreeMap<String, String>>;

/// A home that did not answer when it was asked last.
#[derive(Debug)]
struct Silence {
    error: store::Error,
    /// How long it took to know.
    took_ms: i64,
    /// Whoever asks before this is told the same.
    until: DateTime,
}

/// How much longer a home is left alone than it took to know that it does not answer.
const SILENCE_FACTOR: i64 = 4;
const SILENCE_MAX_MS: i64 = 20_000;

/// What is in the homes, as far as they answer.
#[derive(Debug)]
pub struct Listings {
    /// In the order of homes and ids.
    pub orgs: Vec<Listing>,
    pub away: Vec<Away>,
}

/// A home that cannot be asked now.
#[derive(Debug)]
pub struct Away {
    pub home: String,
    pub region: String,
    pub error: Error,
}

/// An org as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub id: RecordId,
    /// None where the org was not open since it came here.
    pub name: Option<String>,
    pub home: String,
    pub region: String,
    pub status: Status,
}

impl Listings {
    /// The orgs, if every home has answered.
    pub fn whole(self) -> Result<Vec<Listing>, Error> {
        match self.away.into_iter().next() {
            None => Ok(self.orgs),
            Some(away) => Err(away.error),
        }
    }
}

impl Home {
    pub fn new(name: impl Into<String>, region: impl Into<String>, store: store::Home) -> Self {
        Self {
            name: name.into(),
            region: region.into(),
            store,
            roster: OnceLock::new(),
            ids: OnceLock::new(),
            opening: Mutex::default(),
            silence: Mutex::default(),
        }
    }

    /// Asks the home something. If it did not answer a moment ago, or somebody else is finding
    /// out whether it does, the error of that time stands.
    pub(super) fn ask<T>(
        &self,
        clock: &Clock,
        ask: impl FnOnce(&Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let began = clock.now();
        if let Some(it) = &mut *self.silence() {
            if began < it.until {
                return Err(it.error.clone().into());
            }
            // One goes ahead.
            it.until = DateTime(began.0 + it.took_ms);
        }
        // Which may find that the home is another one.
        let asked = self.roster().and_then(|_| ask(self));
        let silence = match &asked {
            Err(Error::Store(error @ store::Error::Unavailable { .. })) => {
                let (error, now) = (error.clone(), clock.now().0);
                let took_ms = (now - began.0).clamp(0, SILENCE_MAX_MS);
                let until = DateTime(now + (took_ms * SILENCE_FACTOR).min(SILENCE_MAX_MS));
                Some(Silence { error, took_ms, until })
            }
            _ => None,
        };
        *self.silence() = silence;
        asked
    }

    /// Whether it did not answer when it was asked last.
    pub(super) fn is_silent(&self) -> bool {
        self.silence().is_some()
    }

    fn silence(&self) -> MutexGuard<'_, Option<Silence>> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The orgs in it, with what they are called.
    pub(super) fn list(&self) -> Result<Vec<Listing>, Error> {
        let mut notes = self.roster()?.notes()?;
        let mut listings = Vec::new();
        for store::Listed { id, status } in self.store.orgs()? {
            let Ok(id) = RecordId::parse(&id) else { continue };
            let name = notes.remove(&id.to_string()).map(|it| it.name);
            let (home, region) = (self.name.clone(), self.region.clone());
            listings.push(Listing { id, name, home, region, status });
        }
        Ok(listings)
    }

    /// What the home remembers of its orgs. Opened when first needed: a database that does not
    /// answer now may do so later.
    pub(super) fn roster(&self) -> Result<&Roster, Error> {
        if let Some(roster) = self.roster.get() {
            return Ok(roster);
        }
        let _one = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if self.roster.get().is_none() {
            let roster = Roster::open(&self.store)?;
            self.tell_apart(&roster)?;
            return Ok(self.roster.get_or_init(|| roster));
        }
        self.roster()
    }

    /// Refuses a database that is another home's, too, under another name of its server.
    fn tell_apart(&self, roster: &Roster) -> Result<(), Error> {
        let Some(ids) = self.ids.get() else { return Ok(()) };
        let Some(id) = roster.home_id(&secret::token()?)? else { return Ok(()) };
        let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
        match ids.get(&id) {
            Some(other) if *other != self.name => {
                Err(Error::OneHome { home: other.clone(), other: self.name.clone() })
            }
            _ => {
                ids.insert(id, self.name.clone());
                Ok(())
            }
        }
    }

    /// Makes a directory this process's own, and clears away what crashes left in it.
    fn take(&self) -> Result<(), Error> {
        if !self.store.is_shared() {
            self.roster()?;
            self.store.clear_unfinished()?;
        }
        Ok(())
    }
}

/// Takes homes into service, and refuses to if two of them are the same place.
pub(super) fn take_all(homes: &[Home], clock: &Clock) -> Result<(), Error> {
    for (n, home) in homes.iter().enumerate() {
        // Those before it have been made, if they were not there.
        if let Some(it) = homes[..n].iter().find(|it| it.store.is_same_place(&home.store)) {
            return Err(Error::OneHome { home: it.name.clone(), other: home.name.clone() });
        }
        home.take()?;
    }
    let shared: Vec<&Home> = homes.iter().filter(|it| it.store.is_shared()).collect();
    if shared.len() < 2 {
        return Ok(());
    }
    let ids = Arc::new(Ids::default());
    for home in &shared {
        home.ids.get_or_init(|| Arc::clone(&ids));
    }
    for home in shared {
        match home.ask(clock, |_| Ok(())) {
            Err(error @ Error::OneHome { .. }) => return Err(error),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(home = home.name, error, "a home does not answer yet");
            }
            Ok(()) => {}
        }
    }
    Ok(())
}
