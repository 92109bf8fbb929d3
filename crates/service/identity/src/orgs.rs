//! The registry of homes and orgs: where each org lives, and the ones that are open.
//!
//! A process serves many orgs and holds few of them open. An org is opened when somebody asks
//! for it, and closed again when others need its place and nobody uses it. Which org somebody
//! means is found without opening any: by its id, by a username or a connected app through an
//! index that each home keeps, by its name.
//!
//! | module      | what                                                               |
//! |-------------|--------------------------------------------------------------------|
//! | [`home`]    | the homes that were configured                                      |
//! | `place`     | which org lives in which home, as far as it is known                |
//! | `open`      | the open orgs: opened once, closed when idle and in the way         |
//! | `index`     | which usernames and apps an org has, told to its home               |
//! | `region`    | the region that an org belongs to                                    |
//! | `make`      | new orgs                                                             |
//! | [`relocate`] | moving, exporting, importing                                        |
//! | [`error`]   | why it could not be done                                             |
//!
//! **Invariants.** An org is served from one home only: the one where it is active, or frozen
//! while its last changes move. An org that is in use is not closed. A login looks into the orgs
//! that have the username and into no others, and writes into one of them if it accepts the
//! password.
//!
//! **Absent on purpose.** Configuration and its file: the program's. Rights: whoever runs the
//! program may do all of this.

mod home;
mod place;
mod open;
mod index;
mod region;
mod make;
pub mod relocate;
mod error;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use base::RecordId;
use records::Org;
use store::{Clock, Options, Status};

use crate::{Attempt, SignedIn, password};

pub use error::Error;
pub use home::{Away, Home, Listing, Listings};
pub use make::Place;
pub use relocate::{Step, Watch};

/// How many orgs are open at most, beyond those in use.
const OPEN_MAX: usize = 500;

/// Into how many orgs of the same username a login looks: each costs a password hash.
const TWINS_MAX: usize = 4;

/// Homes and orgs of this process.
pub struct Orgs {
    /// Never empty. The first one takes new orgs when nobody says otherwise.
    homes: Arc<[Home]>,
    options: Options,
    places: place::Places,
    slots: open::Slots,
    /// Orgs that are being moved, exported or imported by this process.
    busy: Mutex<HashSet<RecordId>>,
    /// Tells this process from others where they must not do the same thing.
    holder: String,
}

impl Orgs {
    /// Takes homes into service. A directory is this process's alone from now on. The same place
    /// twice is refused, as far as homes answer; one that turns out later to be another one, when
    /// it answers, is not asked anything else.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn new(homes: Vec<Home>, options: Options) -> Result<Self, Error> {
        Self::with_open_max(homes, options, OPEN_MAX)
    }

    /// The same, with another bound of open orgs.
    pub fn with_open_max(
        homes: Vec<Home>,
        options: Options,
        open_max: usize,
    ) -> Result<Self, Error> {
        assert!(!homes.is_empty(), "invariant: orgs have a home");
        let holder = crate::secret::token()?;
        home::take_all(&homes, &options.clock)?;
        Ok(Self {
            homes: homes.into(),
            options,
            places: place::Places::default(),
            slots: open::Slots::new(open_max),
            busy: Mutex::default(),
            holder,
        })
    }

    pub fn clock(&self) -> &Clock {
        &self.options.clock
    }

    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    pub fn home(&self, name: &str) -> Result<&Home, Error> {
        let known = self.homes.iter().find(|it| it.name == name);
        known.ok_or_else(|| Error::UnknownHome { name: name.to_owned() })
    }

    /// The place in [`Orgs::homes`] of the home where the org was found last; none where it was
    /// not looked for yet. No home is asked.
    pub fn remembered_home(&self, id: RecordId) -> Option<usize> {
        self.places.remembered(id)
    }

    /// The org of this id; none where there is none. It is opened if it is not open.
    pub fn get(&self, id: RecordId) -> Result<Option<Arc<Org>>, Error> {
        self.open(id)
    }

    /// The org that has a user of this name. Where several have, the one with the lowest id.
    pub fn of_username(&self, username: &str) -> Result<Option<Arc<Org>>, Error> {
        Ok(self.of_key(&index::username(username), 1)?.into_iter().next())
    }

    /// The org that has a connected app of this id.
    pub fn of_client(&self, client: &str) -> Result<Option<Arc<Org>>, Error> {
        Ok(self.of_key(&index::client(client), 1)?.into_iter().next())
    }

    /// The only org there is; none where there are none or several.
    pub fn only(&self) -> Result<Option<Arc<Org>>, Error> {
        let served = self.places.served(self)?;
        match served[..] {
            [id] => self.open(id),
            _ => Ok(None),
        }
    }

    /// Signs somebody in who did not say to which org.
    ///
    /// A username that no org has costs the same hash as one with a wrong password. It is written
    /// into the ledger of the only org there is, and of none where there are several: an org's
    /// ledger does not fill with strangers to it.
    ///
    /// Where several orgs have the username, the first one that accepts the password is meant,
    /// and the others are told nothing. Where none does, each of them counts the failure, or
    /// somebody could go on guessing; what the first one says is the answer.
    pub fn login(&self, attempt: &Attempt<'_>) -> Result<(Arc<Org>, SignedIn), Error> {
        let key = index::username(attempt.username);
        let silent = self.silent();
        let mut orgs = self.of_key(&key, TWINS_MAX)?;
        if orgs.is_empty() {
            orgs.extend(self.only()?);
        }
        if orgs.is_empty() {
            password::verify_nobody(attempt.password)?;
            return Err(crate::Error::InvalidLogin.into());
        }
        let refused = match crate::login::login_to_one(&orgs, attempt) {
            Ok((n, signed_in)) => return Ok((orgs.swap_remove(n), signed_in)),
            Err(refused) => refused,
        };
        // A home that was silent may answer again, and have another org of the username.
        let mut others = self.indexed_in(&silent, &key, TWINS_MAX, &mut None);
        others.retain(|it| orgs.iter().all(|known| known.store.id() != it.store.id()));
        match crate::login::login_to_one(&others, attempt) {
            Ok((n, signed_in)) => Ok((others.swap_remove(n), signed_in)),
            Err(_) => Err(refused.into()),
        }
    }

    /// Every org of every home that answers, and the homes that do not.
    pub fn list(&self) -> Listings {
        let mut listings = Listings { orgs: Vec::new(), away: Vec::new() };
        for home in self.homes.iter() {
            match home.ask(self.clock(), Home::list) {
                Ok(listed) => listings.orgs.extend(listed),
                Err(error) => {
                    let (home, region) = (home.name.clone(), home.region.clone());
                    listings.away.push(Away { home, region, error });
                }
            }
        }
        listings
    }

    /// The org that is meant by its id, in either form, or by its name, without regard to case.
    pub fn find(&self, text: &str) -> Result<RecordId, Error> {
        let Listings { orgs: listings, away } = self.list();
        if let Ok(id) = RecordId::parse(text)
            && listings.iter().any(|it| it.id == id)
        {
            return Ok(id);
        }
        let mut found: Vec<RecordId> = Vec::new();
        let mut trouble = away.into_iter().next().map(|it| it.error);
        for it in &listings {
            if it.status != Status::Active && !matches!(it.status, Status::Frozen { .. }) {
                continue;
            }
            let name = match &it.name {
                Some(name) => name.clone(),
                // Never opened since it came here.
                None => match self.name_of(it.id) {
                    Ok(name) => name,
                    Err(error) => {
                        trouble = Some(error);
                        continue;
                    }
                },
            };
            if base::fold(&name) == base::fold(text) {
                found.push(it.id);
            }
        }
        found.sort_unstable();
        found.dedup();
        match (&found[..], trouble) {
            ([id], _) => Ok(*id),
            // It may be where nobody can look.
            ([], Some(error)) => Err(error),
            ([], None) => Err(Error::UnknownOrg { name: text.to_owned() }),
            _ => Err(Error::Ambiguous { name: text.to_owned(), n: found.len() }),
        }
    }

    fn of_key(&self, key: &store::Key, max: usize) -> Result<Vec<Arc<Org>>, Error> {
        let mut found = self.indexed(key, max);
        // It may have come with a change that was not told yet.
        if !matches!(&found, Ok(orgs) if !orgs.is_empty()) && self.tend() {
            found = self.indexed(key, max);
        }
        found
    }

    /// The orgs that have the key, as far as homes know, in the order of their ids and at most
    /// `max`. Homes that did not answer when they were asked last are asked where the others do
    /// not know it: whoever lives elsewhere is let in all the same, and does not wait for them.
    fn indexed(&self, key: &store::Key, max: usize) -> Result<Vec<Arc<Org>>, Error> {
        let silent = self.silent();
        let answering: Vec<usize> = (0..self.homes.len()).filter(|n| !silent.contains(n)).collect();
        let mut trouble = None;
        for homes in [answering, silent] {
            let orgs = self.indexed_in(&homes, key, max, &mut trouble);
            if !orgs.is_empty() {
                return Ok(orgs);
            }
        }
        trouble.map_or(Ok(Vec::new()), Err)
    }

    /// The same, of some homes. `trouble` is why there may be more.
    fn indexed_in(
        &self,
        homes: &[usize],
        key: &store::Key,
        max: usize,
        trouble: &mut Option<Error>,
    ) -> Vec<Arc<Org>> {
        let mut ids: Vec<(RecordId, usize)> = Vec::new();
        for &n in homes {
            match self.homes[n].ask(self.clock(), |it| Ok(it.roster()?.find(key)?)) {
                Ok(found) => {
                    let found = found.iter().filter_map(|it| RecordId::parse(it).ok());
                    ids.extend(found.map(|it| (it, n)));
                }
                Err(error) => _ = trouble.get_or_insert(error),
            }
        }
        ids.sort_unstable();
        let mut orgs: Vec<Arc<Org>> = Vec::new();
        for (id, home) in ids {
            if orgs.len() == max {
                break;
            }
            match self.open_if_in(id, home) {
                Ok(found) => orgs.extend(found),
                // What is wrong with one org is nothing to another that has the key.
                Err(error) => _ = trouble.get_or_insert(error),
            }
        }
        orgs
    }

    /// The homes that did not answer when they were asked last.
    fn silent(&self) -> Vec<usize> {
        (0..self.homes.len()).filter(|&n| self.homes[n].is_silent()).collect()
    }

    /// The org, if it lives in that home: what it leaves behind when it moves leads nowhere.
    fn open_if_in(&self, id: RecordId, home: usize) -> Result<Option<Arc<Org>>, Error> {
        if self.places.find(self, id)? != Some(home) {
            // Another process may have moved it there since homes were listed.
            self.places.forget(id);
            if self.places.find(self, id)? != Some(home) {
                return Ok(None);
            }
        }
        if self.with_opened(id, |it| it.home).is_some_and(|it| it != home) {
            self.put_away(id);
        }
        self.open(id)
    }

    /// Keeps others of this process from moving the org too; given back when dropped.
    fn claim(&self, id: RecordId) -> Result<Claim<'_>, Error> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if busy.insert(id) { Ok(Claim { orgs: self, id }) } else { Err(Error::Busy { id }) }
    }
}

/// Whether somebody does not answer, which says nothing of others.
pub(crate) fn is_away(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(it) = next {
        if let Some(store::Error::Unavailable { .. }) = it.downcast_ref() {
            return true;
        }
        next = it.source();
    }
    false
}

impl std::fmt::Debug for Orgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orgs").field("homes", &self.homes).finish_non_exhaustive()
    }
}

struct Claim<'a> {
    orgs: &'a Orgs,
    id: RecordId,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.orgs.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
