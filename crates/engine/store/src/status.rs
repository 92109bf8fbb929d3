//! What may be done with an org now.
//!
//! The status stands in the org's own database, beside the ledger's frontier, where each batch
//! of units sees it; and once more where orgs are listed, so that a list need not open each of
//! them. The first one decides.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::{Error, file};

/// What may be done with an org now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is not whole, and nobody sees it but its maker.
    Making,
    Active,
    /// It is the target of a move: it takes what the move brings, and no units yet.
    Incoming,
    /// It is read only, while the last of it moves to another home.
    Frozen {
        to: String,
    },
    /// It lives in another home; what is here is kept until that is confirmed.
    Moved {
        to: String,
    },
}

impl Status {
    /// Whether units of work may change the org.
    pub fn admits_units(&self) -> bool {
        matches!(self, Self::Making | Self::Active)
    }

    /// Reads what `Display` wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let to = || rest.to_owned();
        match (word, rest) {
            ("making", "") => Some(Self::Making),
            ("active", "") => Some(Self::Active),
            ("incoming", "") => Some(Self::Incoming),
            ("frozen", _) => Some(Self::Frozen { to: to() }),
            ("moved", _) => Some(Self::Moved { to: to() }),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Making => f.write_str("making"),
            Self::Active => f.write_str("active"),
            Self::Incoming => f.write_str("incoming"),
            Self::Frozen { to } => write!(f, "frozen {to}"),
            Self::Moved { to } => write!(f, "moved {to}"),
        }
    }
}

const FILE: &str = "status";

/// The status that a directory says its org has; most say nothing, and are active.
pub(crate) fn in_directory(dir: &Path) -> Result<Status, Error> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Status::parse(text.trim_end()).ok_or_else(|| Error::Corrupt {
            place: path.display().to_string(),
            source: crate::Cause::new("it names no status"),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Status::Active),
        Err(error) => Err(file::unavailable(&path, error)),
    }
}

/// Says the org's status for whoever lists it.
pub(crate) fn put_in_directory(dir: &Path, status: &Status) -> Result<(), Error> {
    let path = dir.join(FILE);
    if *status == Status::Active {
        return file::remove_if_there(&path);
    }
    let unfinished = dir.join("status.new");
    let write = || {
        let mut file = file::private().truncate(true).open(&unfinished)?;
        writeln!(file, "{status}")?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)
    };
    write().map_err(|error| file::unavailable(&path, error))?;
    file::sync_parent(&path)
}
