//! Which usernames and connected apps an org has, told to its home.
//!
//! A home finds orgs by digests of folded usernames and of app ids: nobody reads names out of it,
//! and none leaves its region. The store counts changes to users and rights (`meta`); an org is
//! told anew when that has moved on: before the unit that moved it is acknowledged, so that
//! whoever was told of a user can sign in as them, through whatever process; when the org is
//! opened, and when it is closed. Where a directory is one process's own, the home also knows
//! which orgs were open, so that what a crash kept from being told is told at the next start.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base::RecordId;
use records::Org;
use sql::Expr;
use store::{Clock, Key, Note};

use super::{Error, Home, Orgs, is_away};
use crate::{row, secret};

/// How many orgs that nobody was told of are looked into before a server answers.
const UNTOLD_MAX: usize = 200;

/// The key of a username, in whatever case.
pub(super) fn username(username: &str) -> Key {
    secret::digest(&format!("candor username\n{}", base::fold(username)))
}

/// The key of a connected app.
pub(super) fn client(id: &str) -> Key {
    secret::digest(&format!("candor client\n{id}"))
}

/// Tells a home what an open org has changed.
pub(super) struct Teller {
    homes: Arc<[Home]>,
    home: usize,
    clock: Clock,
    /// What the store's `meta` was when the home was told last.
    told: AtomicI64,
    /// Held by who tells; who comes meanwhile waits until it is told.
    telling: Mutex<()>,
}

impl Teller {
    /// Takes an org up that was just opened in a home, and tells the home of it.
    pub(super) fn start(orgs: &Orgs, home: usize, org: &Org) -> Result<Self, Error> {
        let told = settle_opened(&orgs.homes[home], org)?;
        Ok(Self {
            homes: Arc::clone(&orgs.homes),
            home,
            clock: orgs.clock().clone(),
            told: AtomicI64::new(told),
            telling: Mutex::default(),
        })
    }

    /// The home of the org.
    pub(super) fn home(&self) -> &Home {
        &self.homes[self.home]
    }

    fn told(&self) -> i64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Tells what has changed, as far as this process has changed or come across it: no trip to
    /// a database, if nothing has. Returns whether there was anything to tell.
    fn settle(&self, org: &Org) -> Result<bool, Error> {
        if org.store.meta_seen() <= self.told() {
            return Ok(false);
        }
        let _one = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if org.store.meta_seen() <= self.told() {
            return Ok(true);
        }
        let told = self.home().ask(&self.clock, |it| tell(it, org, !it.store.is_shared()))?;
        self.told.fetch_max(told, Ordering::SeqCst);
        Ok(true)
    }

    /// The same, where nobody waits for an error: opening or closing the org does it again.
    pub(super) fn settle_quietly(&self, org: &Org) -> bool {
        self.settle(org).unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(org.id = org.store.id(), error, "a home was not told of usernames");
            false
        })
    }

    /// Tells the home of an org that is about to be closed.
    pub(super) fn close(&self, org: &Org) -> Result<(), Error> {
        if self.told() < org.store.meta_seen() {
            tell(self.home(), org, false)?;
        } else if !self.home().store.is_shared() {
            self.home().roster()?.mark(org.store.id(), false)?;
        }
        Ok(())
    }
}

impl Orgs {
    /// Tells homes what open orgs have changed and could not tell at once: for a server, between
    /// requests. Returns whether there was anything to tell.
    pub fn tend(&self) -> bool {
        let mut any = false;
        for (org, teller) in self.open_now() {
            any |= teller.settle_quietly(&org);
        }
        any
    }

    /// Opens orgs that their homes were told nothing of, or that were open when a process ended
    /// without closing them, so that their users are found. Returns whether that was all of them:
    /// a server does the rest while it answers. A home that cannot be asked is left out.
    pub fn settle_untold(&self) -> bool {
        let mut left = UNTOLD_MAX;
        let mut is_all = true;
        for (n, home) in self.homes.iter().enumerate() {
            let asked = |it: &Home| Ok((it.roster()?.notes()?, it.store.orgs()?));
            let (notes, listed) = match home.ask(self.clock(), asked) {
                Ok(asked) => asked,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(home = home.name, error, "a home cannot be asked for its users");
                    is_all = false;
                    continue;
                }
            };
            for store::Listed { id, .. } in listed {
                let told = notes.get(&id).is_some_and(|it| !it.is_open);
                let Ok(id) = RecordId::parse(&id) else { continue };
                let is_here = || matches!(self.places.find(self, id), Ok(Some(home)) if home == n);
                if told || !is_here() {
                    continue;
                }
                if left == 0 {
                    return false;
                }
                left -= 1;
                if let Err(error) = self.open(id) {
                    // One damaged org keeps no server from starting.
                    let error_ref = &error as &dyn std::error::Error;
                    tracing::warn!(org.id = %id, error = error_ref, "an org cannot be opened");
                    if is_away(&error) {
                        is_all = false;
                        break;
                    }
                }
            }
        }
        is_all
    }

    /// What an org calls itself.
    pub(super) fn name_of(&self, id: RecordId) -> Result<String, Error> {
        match self.open(id)? {
            Some(org) => name(&org),
            None => Ok(String::new()),
        }
    }
}

/// Tells the home of an org that was just opened in it. Returns the `meta` that it knows now.
fn settle_opened(home: &Home, org: &Org) -> Result<i64, Error> {
    let is_open = !home.store.is_shared();
    let roster = home.roster()?;
    let meta = org.store.meta()?;
    match roster.noted(org.store.id())? {
        // It was closed in order, and nothing has changed since.
        Some(note) if note.meta == meta && !note.is_open => {
            if is_open {
                roster.mark(org.store.id(), true)?;
            }
            Ok(meta)
        }
        _ => tell(home, org, is_open),
    }
}

/// Tells `home` all keys of `org`. Returns the `meta` that they are of, or an older one.
pub(super) fn tell(home: &Home, org: &Org, is_open: bool) -> Result<i64, Error> {
    // Asked first: what changes while the keys are read is told the next time.
    let meta = org.store.meta()?;
    let keys = keys(org)?;
    let note = Note { meta, name: name(org)?, is_open };
    home.roster()?.note(org.store.id(), &note, &keys)?;
    Ok(meta)
}

fn keys(org: &Org) -> Result<BTreeSet<Key>, Error> {
    let mut keys = BTreeSet::new();
    let schema = org.schema();
    let user = schema.object("User").ok_or(crate::Error::NotShipped { name: "User" })?;
    let field = user.field("Username").ok_or(crate::Error::NotShipped { name: "Username" })?;
    let read = org.store.read()?;
    let users = row::select(&user.table, &[field.column()], Expr::True);
    read.query::<store::Error>(&users, |row| {
        keys.extend(row.text(0).map(username));
        Ok(())
    })?;
    let clients = row::select(crate::client::TABLE, &["client_id"], Expr::True);
    read.query::<store::Error>(&clients, |row| {
        keys.extend(row.text(0).map(client));
        Ok(())
    })?;
    Ok(keys)
}

fn name(org: &Org) -> Result<String, Error> {
    let schema = org.schema();
    let object = schema.object("Organization");
    let object = object.ok_or(crate::Error::NotShipped { name: "Organization" })?;
    let field = object.field("Name").ok_or(crate::Error::NotShipped { name: "Name" })?;
    let mut name = String::new();
    let query = row::select(&object.table, &[field.column()], Expr::True);
    org.store.read()?.query::<store::Error>(&query, |row| {
        row.text(0).unwrap_or_default().clone_into(&mut name);
        Ok(())
    })?;
    Ok(name)
}
