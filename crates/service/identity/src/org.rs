//! Orgs on disk: made, opened, listed.
//!
//! A data directory holds `orgs/00D…/`, one directory for each org, named by its 18-character
//! id. An org is made beside its place and gets its name when it is whole, so what a crash left
//! is never taken for an org.

mod seed;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{KeyPrefix, RecordId};
use records::Org;
use store::Options;

use crate::{Error, password, secret, user};

const ORGS: &str = "orgs";

/// How the directory of an org that is being made begins.
const UNFINISHED: &str = "unfinished-";

/// What a new org is to be.
#[derive(Debug, Clone)]
pub struct NewOrg {
    pub name: String,
    /// The administrator's username, in the form of an e-mail address.
    pub username: String,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: String,
    /// Drawn if none is given.
    pub password: Option<String>,
    /// Such as `en_US`.
    pub locale: String,
    /// Such as `en_US`, or `de`.
    pub language: String,
    /// Such as `Europe/Berlin`.
    pub time_zone: String,
    /// Such as `EUR`.
    pub currency: String,
    pub country: Option<String>,
}

/// An org that was just made, and the only time its administrator's secrets are seen.
#[derive(Debug)]
pub struct Created {
    pub org: Arc<Org>,
    pub administrator: RecordId,
    pub password: String,
    pub security_token: String,
}

/// Makes an org with its administrator in `data_dir`, and opens it.
pub fn create_org(data_dir: &Path, new: &NewOrg, options: &Options) -> Result<Created, Error> {
    if let Some(password) = &new.password {
        password::check(password, &new.username).map_err(Error::WeakPassword)?;
    }
    let id = new_id()?;
    let orgs = data_dir.join(ORGS);
    fs::create_dir_all(&orgs).map_err(|source| Error::Io { path: orgs.clone(), source })?;
    clear_unfinished(&orgs)?;
    let unfinished = orgs.join(format!("{UNFINISHED}{id}"));
    let made = make(&unfinished, id, new, options);
    if made.is_err() && unfinished.exists() {
        remove(&unfinished)?;
    }
    let (administrator, secrets) = made?;
    let dir = orgs.join(id.to_string());
    fs::rename(&unfinished, &dir).map_err(|source| Error::Io { path: dir.clone(), source })?;
    sync_dir(&orgs)?;
    Ok(Created {
        org: open_org(&dir, options)?,
        administrator,
        password: secrets.password,
        security_token: secrets.security_token,
    })
}

/// Opens the org in `dir`.
pub fn open_org(dir: &Path, options: &Options) -> Result<Arc<Org>, Error> {
    let store = store::Org::open(dir, options).map_err(|error| match error {
        store::Error::Missing { dir } => Error::NoOrg { dir },
        other => Error::Store(other),
    })?;
    let schema = metadata::load(&store)?;
    let org = Org::open(store, schema, options.clock.clone())?;
    if let Err(error) = metadata::settle(&org) {
        // The org works; clients that ask for its metadata as rows see those of before.
        let error = &error as &dyn std::error::Error;
        tracing::warn!(org.id = org.store.id(), error, "rows that show metadata are outdated");
    }
    Ok(org)
}

/// An org on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub id: RecordId,
    pub dir: PathBuf,
}

/// The orgs in `data_dir`, in the order of their ids.
pub fn list_orgs(data_dir: &Path) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for (name, dir) in entries(&data_dir.join(ORGS))? {
        let id = RecordId::parse(&name).ok();
        let is_org = |it: &RecordId| it.to_string() == name && it.prefix() == prefix();
        found.extend(id.filter(is_org).map(|id| Found { id, dir }));
    }
    found.sort_by_key(|it| it.id);
    Ok(found)
}

/// Makes the whole org in a directory, and closes it.
fn make(
    dir: &Path,
    id: RecordId,
    new: &NewOrg,
    options: &Options,
) -> Result<(RecordId, user::Secrets), Error> {
    let metadata::Founding { schema, tables, components } = metadata::founding()?;
    let store = store::Org::create(dir, &id.to_string(), options, &tables)?;
    let org = Org::found(store, schema, options.clock.clone())?;
    metadata::found(&org, &components)?;
    let administrator = seed::plant(&org, id, new)?;
    let ctx = org.system("give the administrator a password");
    let secrets = user::store_password(&ctx, administrator, new.password.as_deref())?;
    Ok((administrator, secrets))
}

fn new_id() -> Result<RecordId, Error> {
    let random = i64::from_le_bytes(secret::bytes::<8>()?);
    // Neither zero nor the number that names no record.
    let sequence = 1 + random.rem_euclid(RecordId::SEQUENCE_MAX - 1);
    Ok(RecordId::new(prefix(), sequence))
}

fn prefix() -> KeyPrefix {
    KeyPrefix::parse("00D").expect("invariant: three base-62 characters")
}

/// Removes what crashes left. Another process may be making an org right now: its is locked.
fn clear_unfinished(orgs: &Path) -> Result<(), Error> {
    for (name, dir) in entries(orgs)? {
        let is_free = || {
            let lock = File::options().write(true).open(dir.join("lock"));
            lock.is_ok_and(|it| it.try_lock().is_ok())
        };
        if name.starts_with(UNFINISHED) && is_free() {
            remove(&dir)?;
        }
    }
    Ok(())
}

fn entries(dir: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = |source| Error::Io { path: dir.to_path_buf(), source };
    let read = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in read {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

fn remove(dir: &Path) -> Result<(), Error> {
    fs::remove_dir_all(dir).map_err(|source| Error::Io { path: dir.to_path_buf(), source })
}

/// Makes a rename in `dir` last.
fn sync_dir(dir: &Path) -> Result<(), Error> {
    // Elsewhere directories cannot be opened, and renames last without it.
    if cfg!(unix) {
        let synced = File::open(dir).and_then(|it| it.sync_all());
        synced.map_err(|source| Error::Io { path: dir.to_path_buf(), source })?;
    }
    Ok(())
}
