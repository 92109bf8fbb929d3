//! Moving an org to another home, exporting it, importing it.
//!
//! A move is journaled by the statuses of the two copies, each of them durable before the next
//! step:
//!
//! | step                                     | source | target   |
//! |------------------------------------------|--------|----------|
//! | nothing has happened                     | active |          |
//! | a snapshot is copied, then what changed  | active | incoming |
//! | the last changes are copied, and checked | frozen | incoming |
//! | the org has arrived                      | frozen | active   |
//! | the source is kept until confirmed       | moved  | active   |
//!
//! Nobody serves an incoming copy, and nobody writes to a frozen or moved one, so there are never
//! two that can change. Up to the fourth row a move that was cut off is taken back or begun
//! again; from there on it only goes forward.
//!
//! | module  | what                                                    |
//! |---------|---------------------------------------------------------|
//! | `move_` | moving: start or resume, confirm, cancel                |
//! | `copy`  | the copy itself, begun again when metadata is deployed  |
//! | `file`  | export and import                                       |
//! | `lease` | keeps other processes from doing the same               |

mod copy;
mod file;
mod lease;
mod move_;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use base::RecordId;
use records::Org;
use store::Status;

use super::{Error, Orgs};

/// What has just been done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The target exists, incoming and empty.
    Begun { home: String },
    /// A page was copied; so many rows of the table, or entries of the ledger, are there.
    Copied { table: String, n_rows: u64 },
    /// The changes of so many entries were brought.
    Followed { n_entries: u64 },
    /// Metadata was deployed meanwhile, and the copy begins anew.
    Anew,
    /// The source takes no changes any more.
    Frozen,
    /// The copy is whole, and its ledger has the source's root.
    Verified { n_entries: u64, root: ledger::Hash },
    /// The target is in service.
    Arrived { home: String },
    /// The source is out of service, and kept.
    Left { home: String },
}

/// Told of each step, right after it. Who breaks leaves things as they are then, as the end of
/// the process would.
pub type Watch<'a> = &'a mut dyn FnMut(&Step) -> ControlFlow<()>;

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun { home } => write!(f, "copying to {home}; the org goes on meanwhile"),
            Self::Copied { table, n_rows } => write!(f, "{table}: {n_rows} rows"),
            Self::Followed { n_entries } => write!(f, "brought {n_entries} changes"),
            Self::Anew => f.write_str("metadata was deployed meanwhile; copying anew"),
            Self::Frozen => f.write_str("frozen: the org can be read, not changed"),
            Self::Verified { n_entries, root } => {
                let root = ledger::hex(root);
                write!(f, "verified: all rows and {n_entries} ledger entries; root {root}")
            }
            Self::Arrived { home } => write!(f, "in service in {home}"),
            Self::Left { home } => write!(f, "out of service in {home}, and kept there"),
        }
    }
}

fn tell(watch: Watch<'_>, step: &Step) -> Result<(), Error> {
    match watch(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped),
    }
}

/// A copy of an org: the number of its home, and its status.
type Copy = (usize, Status);

/// The copies of an org, as homes list them now.
struct Copies {
    found: Vec<Copy>,
    /// Why there may be more.
    away: Option<Error>,
}

impl Orgs {
    fn copies(&self, id: RecordId) -> Copies {
        let mut copies = Copies { found: Vec::new(), away: None };
        let text = id.to_string();
        for (n, home) in self.homes.iter().enumerate() {
            match home.ask(self.clock(), |it| Ok(it.store.orgs()?)) {
                Ok(listed) => {
                    let ours = listed.into_iter().filter(|it| it.id == text);
                    copies.found.extend(ours.map(|it| (n, it.status)));
                }
                Err(error) => copies.away = Some(error),
            }
        }
        copies
    }

    /// The number of a home.
    fn number(&self, name: &str) -> Result<usize, Error> {
        let n = self.homes.iter().position(|it| it.name == name);
        n.ok_or_else(|| Error::UnknownHome { name: name.to_owned() })
    }

    /// The copy in a home, whatever its status: the one that is in service, or opened for now.
    fn copy_in(&self, id: RecordId, home: usize) -> Result<Arc<Org>, Error> {
        let opened = self.with_opened(id, |it| (it.home == home).then(|| Arc::clone(&it.org)));
        match opened.flatten() {
            Some(org) => Ok(org),
            None => self.open_at(home, id),
        }
    }

    /// The copy in the home that serves the org, which was just looked up. It is where others who
    /// ask for the org find it.
    fn served_in(&self, id: RecordId, home: usize) -> Result<Arc<Org>, Error> {
        self.places.put(id, home);
        let _kept_open = self.get(id)?;
        self.copy_in(id, home)
    }

    /// Removes a copy and what its home remembers of it.
    fn remove(&self, id: RecordId, home: usize) -> Result<(), Error> {
        let home = &self.homes[home];
        match home.store.remove(&id.to_string()) {
            Err(store::Error::Locked { .. }) => return Err(Error::InUse),
            removed => removed?,
        }
        home.roster()?.forget(&id.to_string())?;
        Ok(())
    }
}
