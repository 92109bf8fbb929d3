//! Homes: where orgs live.
//!
//! A home is a PostgreSQL database with a schema for each org (`postgres::register`), which
//! several processes may serve; or a directory with an SQLite database for each org, owned by
//! one process. An org's directory has the org's id as its name:
//!
//! | path under the home   | what                                             |
//! |-----------------------|--------------------------------------------------|
//! | `orgs/ID/`            | an org that is whole (see `org` for its files)   |
//! | `orgs/unfinished-ID/` | one that is being made, or being removed         |
//!
//! **Invariant.** An org that is listed is whole: it is made out of sight and appears when it is
//! published, all at once and durably.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file::{self, Lock, Unfinished};
use crate::migrate::{self, Step};
use crate::org::{self, Org};
use crate::postgres::register::Register;
use crate::status::{self, Status};
use crate::{Error, Options, PostgresOptions};

const ORGS: &str = "orgs";

/// Where orgs live. Clones are the same home.
#[derive(Debug, Clone)]
pub struct Home(Arc<Engine>);

#[derive(Debug)]
pub(crate) enum Engine {
    Directory(PathBuf),
    Postgres(Arc<Register>),
}

/// An org of a home, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub status: Status,
}

impl Home {
    /// Orgs in SQLite databases under `path`.
    pub fn directory(path: &Path) -> Self {
        Self(Arc::new(Engine::Directory(path.to_owned())))
    }

    /// Orgs in the PostgreSQL database that `options` name. Connections are opened when they are
    /// needed, and shared by all orgs.
    pub fn postgres(options: &PostgresOptions) -> Self {
        Self(Arc::new(Engine::Postgres(Arc::new(Register::new(options)))))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0
    }

    /// Whether other processes may write to the home's orgs while this one has them open.
    pub fn is_shared(&self) -> bool {
        match &*self.0 {
            Engine::Directory(_) => false,
            Engine::Postgres(_) => true,
        }
    }

    /// Whether both are known to be the same place. Of databases it is not known where two names
    /// lead to the same server: [`crate::Roster::home_id`] tells.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (&*self.0, &*other.0) {
            (Engine::Directory(one), Engine::Directory(other)) => file::is_same(one, other),
            (Engine::Postgres(one), Engine::Postgres(other)) => one.is_same_place(other),
            (Engine::Directory(_), Engine::Postgres(_))
            | (Engine::Postgres(_), Engine::Directory(_)) => false,
        }
    }

    /// The orgs that are whole, in the order of their ids.
    pub fn orgs(&self) -> Result<Vec<Listed>, Error> {
        let mut listed = match &*self.0 {
            Engine::Directory(path) => list(&path.join(ORGS))?,
            Engine::Postgres(register) => register.list()?,
        };
        listed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(listed)
    }

    /// Makes the org `org_id` with its first `tables`. Nobody sees it until [`Self::publish`];
    /// dropped before, it is gone.
    pub fn create(
        &self,
        org_id: &str,
        options: &Options,
        tables: &[sql::Ddl],
    ) -> Result<Org, Error> {
        check_id(org_id)?;
        let org = match &*self.0 {
            Engine::Directory(path) => {
                let dir = path.join(ORGS).join(org_id);
                org::create_in(self.clone(), &dir, org_id, options, tables)?
            }
            Engine::Postgres(register) => {
                let (schema, maker) = register.create(org_id, tables)?;
                org::start(self.clone(), org_id, schema, (register, Some(maker)), options)?
            }
        };
        tracing::info!(org.id = org_id, "org created");
        Ok(org)
    }

    /// Closes an org that was just made, and makes it one of the home's, whole and durable.
    /// It is active, unless it was given another status meanwhile.
    pub fn publish(&self, org: Org) -> Result<(), Error> {
        if org.status()? == Status::Making {
            org.set_status(Status::Active)?;
        }
        org.publish()
    }

    /// Opens an org, and brings its system tables to the present version.
    pub fn open(&self, org_id: &str, options: &Options) -> Result<Org, Error> {
        self.open_at(org_id, options, migrate::ORG)
    }

    pub(crate) fn open_at(
        &self,
        org_id: &str,
        options: &Options,
        steps: &[Step],
    ) -> Result<Org, Error> {
        match &*self.0 {
            Engine::Directory(path) => {
                let dir = path.join(ORGS).join(org_id);
                if check_id(org_id).is_err() {
                    return Err(Error::Missing { place: dir.display().to_string() });
                }
                org::open_in(self.clone(), &dir, options, steps)
            }
            Engine::Postgres(register) => {
                let schema = register.schema_of(org_id, steps)?;
                org::start(self.clone(), org_id, schema, (register, None), options)
            }
        }
    }

    /// Removes an org and everything in it. It must not be open.
    pub fn remove(&self, org_id: &str) -> Result<(), Error> {
        match &*self.0 {
            Engine::Directory(path) => remove(&path.join(ORGS), org_id),
            Engine::Postgres(register) => register.remove(org_id),
        }
    }

    /// Removes what crashes left of orgs that were being made or removed. What another process
    /// is making right now stays.
    pub fn clear_unfinished(&self) -> Result<(), Error> {
        match &*self.0 {
            Engine::Directory(path) => clear_unfinished(&path.join(ORGS)),
            Engine::Postgres(register) => register.clear_unfinished(),
        }
    }

    /// Removes all orgs of the home, and what it keeps of them.
    #[cfg(test)]
    pub(crate) fn erase(&self) -> Result<(), Error> {
        match &*self.0 {
            Engine::Directory(path) => {
                let orgs = path.join(ORGS);
                if orgs.is_dir() { remove_dir(&orgs) } else { Ok(()) }
            }
            Engine::Postgres(register) => register.erase(),
        }
    }
}

/// Where an org of the directory `home` is.
pub(crate) fn org_dir(home: &Path, org_id: &str) -> PathBuf {
    home.join(ORGS).join(org_id)
}

/// An id stands in each entry of the ledger and in the name of a directory.
fn check_id(org_id: &str) -> Result<(), Error> {
    let plain = |it: u8| it.is_ascii_alphanumeric();
    if org_id.is_empty()
        || ledger::entry::TOKEN_LEN_MAX < org_id.len()
        || !org_id.bytes().all(plain)
    {
        return Err(Error::Entry(ledger::Error::Token { key: "org" }));
    }
    Ok(())
}

fn list(orgs: &Path) -> Result<Vec<Listed>, Error> {
    let mut listed = Vec::new();
    for (id, dir) in directories(orgs)? {
        if check_id(&id).is_ok() && org::is_in(&dir) {
            listed.push(Listed { id, status: status::in_directory(&dir)? });
        }
    }
    Ok(listed)
}

fn remove(orgs: &Path, org_id: &str) -> Result<(), Error> {
    let dir = orgs.join(org_id);
    if check_id(org_id).is_err() || !dir.is_dir() {
        return Err(Error::Missing { place: dir.display().to_string() });
    }
    let lock = Lock::take(&dir)?;
    // A name under which what a crash leaves is cleared and never taken for an org.
    let unfinished = file::unfinished(&dir);
    fs::rename(&dir, &unfinished).map_err(|error| file::unavailable(&dir, error))?;
    file::sync_parent(&dir)?;
    drop(lock);
    remove_dir(&unfinished)
}

fn clear_unfinished(orgs: &Path) -> Result<(), Error> {
    for (name, dir) in directories(orgs)? {
        if name.starts_with(Unfinished::PREFIX) {
            match Lock::take(&dir) {
                Ok(_lock) => remove_dir(&dir)?,
                Err(Error::Locked { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn remove_dir(dir: &Path) -> Result<(), Error> {
    fs::remove_dir_all(dir).map_err(|error| file::unavailable(dir, error))
}

/// The directories in `dir` by name; none if there is no `dir`.
fn directories(dir: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = |error| file::unavailable(dir, error);
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}
