//! Export and import: an org as a directory that is a home of its own.
//!
//! What is exported is one snapshot, while the org goes on. It is a whole org: a server that is
//! given the directory serves it, and it keeps its id, its key and its ledger. Importing it
//! somewhere is therefore refused where an org of that id is known already.

use std::path::Path;

use base::RecordId;
use store::Status;

use super::super::{Error, Home, Orgs, Place, region};
use super::copy::Job;
use super::lease::Lease;
use super::{Step, Watch, tell};

impl Orgs {
    /// Writes an org as it is now into the directory `dir`.
    pub fn export(
        &self,
        id: RecordId,
        dir: &Path,
        watch: Watch<'_>,
    ) -> Result<ledger::Head, Error> {
        let _claim = self.claim(id)?;
        let org = self.get(id)?.ok_or_else(|| Error::UnknownOrg { name: id.to_string() })?;
        let name = dir.display().to_string();
        let to = store::Home::directory(dir);
        // A directory that somebody serves is no place for a second copy.
        let _owned = store::Roster::open(&to)?;
        clear(&to, id, &name)?;
        let (source, options) = (&*org, &self.options);
        let job = Job { source, to: &to, to_name: &name, options, leaves: false };
        let head = job.run(watch)?;
        to.open(&id.to_string(), &self.options)?.set_status(Status::Active)?;
        tell(watch, &Step::Arrived { home: name })?;
        Ok(head)
    }

    /// Takes the org in the directory `dir`, which must be the only one there or the one named
    /// by `id`, into a home: the one of `place`, else the first one of the org's region. The
    /// directory keeps what it has.
    pub fn import(
        &self,
        dir: &Path,
        id: Option<RecordId>,
        place: &Place<'_>,
        watch: Watch<'_>,
    ) -> Result<RecordId, Error> {
        let from = store::Home::directory(dir);
        let id = in_directory(&from, dir, id)?;
        let _claim = self.claim(id)?;
        let org = crate::open_org(&from, &id.to_string(), &self.options)?;
        let region = region::of(&org)?;
        let n = match place.home {
            Some(name) => self.number(name)?,
            None => self.home_for(&Place { region: place.region.or(Some(&region)), ..*place })?,
        };
        self.check_region(&org, id, n)?;
        let home: &Home = &self.homes[n];
        let mut lease = Lease::take(self, id, &[n])?;
        let copies = self.copies(id);
        if let Some(away) = copies.away {
            return Err(away);
        }
        for (other, status) in copies.found {
            // What an import left that was cut off.
            if other == n && status == Status::Incoming {
                self.remove(id, n)?;
            } else {
                return Err(Error::Exists { id, home: self.homes[other].name.clone() });
            }
        }
        lease.watching(watch, |watch| {
            let (to, to_name, options) = (&home.store, &*home.name, &self.options);
            Job { source: &org, to, to_name, options, leaves: false }.run(watch)?;
            self.activate(id, n)?;
            self.places.put(id, n);
            // Opening it tells its home who signs in there.
            self.get(id)?;
            tell(watch, &Step::Arrived { home: home.name.clone() })
        })?;
        Ok(id)
    }
}

/// Removes what an export left that was cut off; anything else that is there stays.
fn clear(to: &store::Home, id: RecordId, name: &str) -> Result<(), Error> {
    let text = id.to_string();
    match to.orgs()?.into_iter().find(|it| it.id == text).map(|it| it.status) {
        None => Ok(()),
        Some(Status::Incoming) => Ok(to.remove(&text)?),
        Some(_) => Err(Error::Exists { id, home: name.to_owned() }),
    }
}

/// The org that is meant.
fn in_directory(from: &store::Home, dir: &Path, id: Option<RecordId>) -> Result<RecordId, Error> {
    let mut ids = Vec::new();
    for store::Listed { id, status } in from.orgs()? {
        if status == Status::Active {
            ids.extend(RecordId::parse(&id));
        }
    }
    let wanted = |it: &&RecordId| id.is_none_or(|id| id == **it);
    let found: Vec<&RecordId> = ids.iter().filter(wanted).collect();
    let name = || dir.display().to_string();
    match found[..] {
        [id] => Ok(*id),
        [] => Err(Error::UnknownOrg { name: id.map_or_else(name, |it| it.to_string()) }),
        _ => Err(Error::Ambiguous { name: name(), n: found.len() }),
    }
}
