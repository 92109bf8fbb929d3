//! A home as it was configured: a name, a region, and the store's home.

use std::sync::{Mutex, OnceLock, PoisonError};

use base::RecordId;
use store::{Roster, Status};

use super::Error;

/// A place where orgs live.
#[derive(Debug)]
pub struct Home {
    pub name: String,
    /// Where its machines stand, in a word that says what must not leave it: `eu`, `us`.
    pub region: String,
    pub store: store::Home,
    roster: OnceLock<Roster>,
    /// Held by who opens the roster.
    opening: Mutex<()>,
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

impl Home {
    pub fn new(name: impl Into<String>, region: impl Into<String>, store: store::Home) -> Self {
        let (roster, opening) = (OnceLock::new(), Mutex::default());
        Self { name: name.into(), region: region.into(), store, roster, opening }
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
            return Ok(self.roster.get_or_init(|| roster));
        }
        self.roster()
    }

    /// Makes a directory this process's own, and clears away what crashes left in it.
    pub(super) fn take(&self) -> Result<(), Error> {
        if !self.store.is_shared() {
            self.roster()?;
            self.store.clear_unfinished()?;
        }
        Ok(())
    }
}
