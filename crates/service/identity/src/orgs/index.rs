//! Which usernames and connected apps an org has, told to its home.
//!
//! A home finds orgs by digests of folded usernames and of app ids: nobody reads names out of it,
//! and none leaves its region. The store counts changes to users and rights (`meta`); an org is
//! told anew when that has moved on: after a request that may have changed it, when it is opened,
//! and when it is closed. Where a directory is one process's own, the home also knows which orgs
//! were open, so that what a crash kept from being told is told at the next start.

use std::collections::BTreeSet;

use base::RecordId;
use records::Org;
use sql::Expr;
use store::{Key, Note};

use super::{Error, Home, Orgs};
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

impl Orgs {
    /// Tells an org's home of users and apps that have changed. For whoever has run something that
    /// may have changed them.
    pub fn settle(&self, org: &Org) {
        let id = RecordId::parse(org.store.id()).ok();
        let known = id.and_then(|id| self.with_opened(id, |it| (it.home, it.settled)));
        let Some((home, settled)) = known else { return };
        if let Err(error) = self.settle_one(org, home, settled) {
            // Opening or closing the org does it again.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(org.id = org.store.id(), error, "a home was not told of usernames");
        }
    }

    fn settle_one(&self, org: &Org, home: usize, settled: i64) -> Result<bool, Error> {
        // What this process has changed or come across: no trip to a database, if there is one.
        if org.store.meta_seen() <= settled {
            return Ok(false);
        }
        let home = &self.homes[home];
        let told = tell(home, org, !home.store.is_shared())?;
        if let Ok(id) = RecordId::parse(org.store.id()) {
            self.with_opened(id, |it| it.settled = it.settled.max(told));
        }
        Ok(true)
    }

    /// Tells homes what open orgs have changed: for a server, between requests.
    pub fn tend(&self) {
        if let Err(error) = self.settle_open() {
            // Opening or closing the org does it again.
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a home was not told of usernames");
        }
    }

    /// Tells homes what open orgs have changed. Returns whether there was anything to tell.
    pub(super) fn settle_open(&self) -> Result<bool, Error> {
        let mut any = false;
        for (org, home, settled) in self.open_now() {
            any |= self.settle_one(&org, home, settled)?;
        }
        Ok(any)
    }

    /// Tells the home of an org that was just opened in it. Returns the `meta` that it knows now.
    pub(super) fn settle_opened(&self, home: &Home, org: &Org) -> Result<i64, Error> {
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

    /// Tells the home of an org that is about to be closed.
    pub(super) fn settle_closing(&self, home: &Home, org: &Org, settled: i64) -> Result<(), Error> {
        if settled < org.store.meta_seen() {
            tell(home, org, false)?;
        } else if !home.store.is_shared() {
            home.roster()?.mark(org.store.id(), false)?;
        }
        Ok(())
    }

    /// Opens orgs that their homes were told nothing of, or that were open when a process ended
    /// without closing them, so that their users are found. Returns whether that was all of them:
    /// a server does the rest while it answers. A home that cannot be asked is left out.
    pub fn settle_untold(&self) -> Result<bool, Error> {
        let mut left = UNTOLD_MAX;
        let mut is_all = true;
        for (n, home) in self.homes.iter().enumerate() {
            let asked = home.roster().and_then(|it| Ok((it.notes()?, home.store.orgs()?)));
            let (notes, listed) = match asked {
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
                    return Ok(false);
                }
                left -= 1;
                if let Err(error) = self.open(id) {
                    // One damaged org keeps no server from starting.
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(org.id = %id, error, "an org cannot be opened");
                }
            }
        }
        Ok(is_all)
    }

    /// What an org calls itself.
    pub(super) fn name_of(&self, id: RecordId) -> Result<String, Error> {
        match self.open(id)? {
            Some(org) => name(&org),
            None => Ok(String::new()),
        }
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
