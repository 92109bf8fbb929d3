//! An org: a directory with its databases, held by one process.
//!
//! | file            | what                                                             |
//! |-----------------|------------------------------------------------------------------|
//! | `org.db`        | the customer's records, metadata, credentials; and their ledger   |
//! | `state.db`      | sessions and query cursors; may be deleted while the org is closed |
//! | `lock`          | locked by the process that has the org open                       |
//! | `org.db.vN.bak` | the database as it was before version N was left                  |
//!
//! An org that is being created stands beside its place under another name, so a directory with
//! the org's name holds a whole org.

use std::fmt;
use std::path::{Path, PathBuf};

use ledger::Head;

use crate::batch::Writer;
use crate::file::{Lock, Unfinished};
use crate::migrate::{self, Step};
use crate::pool::Pool;
use crate::sqlite::open::Mode;
use crate::verify::verify;
use crate::{Commit, Error, Options, Read, Reader, State, Tx, Unverified};

const DATABASE: &str = "org.db";
const STATE: &str = "state.db";

pub struct Org {
    id: String,
    dir: PathBuf,
    // Dropped in this order: readers close before the writer, which then tidies the file, and
    // the directory is free when all are closed.
    readers: Pool,
    state: State,
    writer: Writer,
    _lock: Lock,
}

impl Org {
    /// Creates the org `org_id` with its first `tables` in the directory `dir`, which must not
    /// exist.
    pub fn create(
        dir: &Path,
        org_id: &str,
        options: &Options,
        tables: &[sql::Ddl],
    ) -> Result<Self, Error> {
        let plain = |it: u8| it.is_ascii_alphanumeric();
        if org_id.is_empty()
            || ledger::entry::TOKEN_LEN_MAX < org_id.len()
            || !org_id.bytes().all(plain)
        {
            // Each of its entries would be refused.
            return Err(Error::Entry(ledger::Error::Token { key: "org" }));
        }
        let (unfinished, lock) = Unfinished::make(dir)?;
        let file = unfinished.path().join(DATABASE);
        let reader = Reader::open(&file, Mode::Create, options.durability.into(), options)?;
        migrate::create_org(&reader, org_id, tables)?;
        // Closing it writes the log back, under the name that the file has now.
        drop(reader);
        unfinished.finish()?;
        tracing::info!(org.id = org_id, "org created");
        Self::start(dir, options, lock, migrate::ORG)
    }

    /// Opens the org in `dir`, and brings its system tables to the present version.
    pub fn open(dir: &Path, options: &Options) -> Result<Self, Error> {
        Self::open_at(dir, options, migrate::ORG)
    }

    pub(crate) fn open_at(dir: &Path, options: &Options, steps: &[Step]) -> Result<Self, Error> {
        if !dir.join(DATABASE).is_file() {
            return Err(Error::Missing { dir: dir.to_owned() });
        }
        Self::start(dir, options, Lock::take(dir)?, steps)
    }

    fn start(dir: &Path, options: &Options, lock: Lock, steps: &[Step]) -> Result<Self, Error> {
        let file = dir.join(DATABASE);
        let reader = Reader::open(&file, Mode::Write, options.durability.into(), options)?;
        migrate::upgrade_org(&reader, steps)?;
        Ok(Self {
            id: migrate::org_id(&reader)?,
            dir: dir.to_owned(),
            readers: Pool::new(&file, options),
            state: State::open(&dir.join(STATE), options)?,
            writer: Writer::new(reader, options)?,
            _lock: lock,
        })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A snapshot to read from, of the moment of its first query. Writes go on meanwhile and are
    /// not seen.
    pub fn read(&self) -> Result<Read<'_>, Error> {
        self.readers.read()
    }

    /// Runs a unit of work and returns when it is durable; if it fails, nothing of it is kept.
    ///
    /// Units run one after another, and each sees the ones before it. Several may share one
    /// commit: if that fails, all of them return its error. A unit must not start another one
    /// on the same org. A panic in `work` takes the unit back and goes on to the caller.
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<Commit<T>, E>,
    ) -> Result<T, E> {
        self.writer.write(work)
    }

    /// How many times the disk was waited for, by all units together.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Makes `to` an org with everything that is committed now, except sessions and cursors.
    /// Reads and writes go on meanwhile.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        let (unfinished, _lock) = Unfinished::make(to)?;
        self.read()?.copy_to(&unfinished.path().join(DATABASE))?;
        unfinished.finish()
    }

    /// Reads the whole ledger, and returns its head if nothing in it was changed.
    pub fn verify_ledger(&self) -> Result<Head, Unverified> {
        verify(&*self.read()?, &self.id)
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.writer.waiting()
    }
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").field("id", &self.id).field("dir", &self.dir).finish_non_exhaustive()
    }
}
