//! A consistent copy of a database that is in use, by SQLite's online backup.
//!
//! One step copies everything under one read transaction: writers go on meanwhile (WAL), and
//! the copy is the database of one moment. The file appears under its name when it is whole.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::classify;
use crate::{Error, file};

/// Copies what `from` is connected to into the file `to`, replacing an older one.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), Error> {
    let unfinished = to.with_added_extension("new");
    file::remove_if_there(&unfinished)?;
    file::make_private(&unfinished)?;
    fill(from, &unfinished)?;
    let unavailable = |error| file::unavailable(&unfinished, error);
    File::open(&unfinished).and_then(|it| it.sync_all()).map_err(unavailable)?;
    fs::rename(&unfinished, to).map_err(unavailable)?;
    file::sync_parent(to)
}

fn fill(from: &Connection, to: &Path) -> Result<(), Error> {
    let error = |error| classify::plain(error, to, "backup");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags).map_err(error)?;
    {
        let backup = Backup::new(from, &mut copy).map_err(error)?;
        loop {
            match backup.step(-1).map_err(error)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(Error::Busy),
            }
        }
    }
    copy.close().map_err(|(_, it)| error(it))
}
