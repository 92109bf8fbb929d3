//! An org: its databases, held open.
//!
//! On a server, an org is a schema with all its tables. In a directory, it is:
//!
//! | file            | what                                                             |
//! |-----------------|------------------------------------------------------------------|
//! | `org.db`        | the customer's records, metadata, credentials; and their ledger   |
//! | `state.db`      | sessions and query cursors; may be deleted while the org is closed |
//! | `lock`          | locked by the process that has the org open                       |
//! | `status`        | what the org is, unless it is active                              |
//! | `org.db.vN.bak` | the database as it was before version N was left                  |
//!
//! An org that is being created stands beside its place under another name, so a directory with
//! the org's name holds a whole org.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use ledger::Head;

use crate::batch::Writer;
use crate::file::{self, Lock, Unfinished};
use crate::migrate::{self, Step};
use crate::pool::Pool;
use crate::postgres::link::Schema;
use crate::postgres::register::{Hold, Maker, Register};
use crate::reader::{Purpose, Source};
use crate::sqlite::connection::Connection;
use crate::sqlite::open::{self, Mode};
use crate::tail::{Standing, stored};
use crate::verify::verify;
use crate::{
    Cause, Commit, Error, Home, Options, Read, Reader, State, Status, Tx, Unverified, status,
};

const DATABASE: &str = "org.db";
const STATE: &str = "state.db";

pub struct Org {
    id: String,
    home: Home,
    // Dropped in this order: readers close before the writer, which then tidies the file, and
    // the place is free when all are closed.
    readers: Pool,
    state: State,
    writer: Writer,
    /// What is done before a unit is acknowledged that changed metadata, users or rights.
    told: OnceLock<Box<dyn Fn() + Send + Sync>>,
    place: Place,
}

/// Where an org is, and what keeps it ours.
pub(crate) enum Place {
    Directory {
        dir: PathBuf,
        lock: Lock,
        /// What is removed if nobody publishes it.
        unfinished: Option<Unfinished>,
    },
    Schema {
        schema: Arc<Schema>,
        register: Arc<Register>,
        // The one before the other: what is removed with its maker must not be held.
        hold: Hold,
        maker: Option<Maker>,
    },
}

/// Whether the directory `dir` holds an org.
pub(crate) fn is_in(dir: &Path) -> bool {
    dir.join(DATABASE).is_file()
}

/// The database of the org in `dir`.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// Creates the org `org_id` that will stand in `dir` when it is published.
pub(crate) fn create_in(
    home: Home,
    dir: &Path,
    org_id: &str,
    options: &Options,
    tables: &[sql::Ddl],
) -> Result<Org, Error> {
    let (unfinished, lock) = Unfinished::make(dir)?;
    let dir = unfinished.path().to_owned();
    let file = dir.join(DATABASE);
    let conn = Connection::open(&file, Mode::Create, options.durability.into(), options)?;
    migrate::create_org(&conn, org_id, tables)?;
    drop(conn);
    let place = Place::Directory { dir, lock, unfinished: Some(unfinished) };
    start_in(home, place, options, migrate::ORG)
}

/// Opens the org in `dir`, and brings its system tables to the version of `steps`.
pub(crate) fn open_in(
    home: Home,
    dir: &Path,
    options: &Options,
    steps: &[Step],
) -> Result<Org, Error> {
    if !is_in(dir) {
        return Err(Error::Missing { place: dir.display().to_string() });
    }
    let place = Place::Directory { dir: dir.to_owned(), lock: Lock::take(dir)?, unfinished: None };
    let org = start_in(home, place, options, steps)?;
    // A crash may have come between the two places that say it.
    let status = org.status()?;
    if status::in_directory(dir)? != status {
        status::put_in_directory(dir, &status)?;
    }
    Ok(org)
}

fn start_in(home: Home, place: Place, options: &Options, steps: &[Step]) -> Result<Org, Error> {
    let dir = place.dir().expect("invariant: it is a directory");
    let file = dir.join(DATABASE);
    let conn = Connection::open(&file, Mode::Write, options.durability.into(), options)?;
    migrate::upgrade_org(&conn, steps)?;
    let reader = Reader::of(conn);
    let id = migrate::org_id(&reader)?;
    let source = Source::File(file);
    let state = dir.join(STATE);
    let conn = Connection::open(&state, Mode::Create, open::Sync::Normal, options)?;
    migrate::upgrade_state(&conn)?;
    Ok(Org {
        home,
        readers: Pool::new(source.clone(), Purpose::Read, options),
        state: State::new(Source::File(state), Some(Reader::of(conn)), options),
        writer: Writer::new(source, &id, reader, options)?,
        told: OnceLock::new(),
        place,
        id,
    })
}

/// Takes the org `org_id` that is `schema` into service.
pub(crate) fn start(
    home: Home,
    org_id: &str,
    schema: Arc<Schema>,
    (register, maker): (&Arc<Register>, Option<Maker>),
    options: &Options,
) -> Result<Org, Error> {
    let source = Source::Schema(Arc::clone(&schema));
    let writer = source.open(Purpose::Write, options)?;
    Ok(Org {
        id: org_id.to_owned(),
        home,
        readers: Pool::new(source.clone(), Purpose::Read, options),
        state: State::new(source.clone(), None, options),
        writer: Writer::new(source, org_id, writer, options)?,
        told: OnceLock::new(),
        place: Place::Schema {
            schema,
            register: Arc::clone(register),
            maker,
            hold: register.hold(org_id),
        },
    })
}

impl Place {
    fn dir(&self) -> Option<&Path> {
        match self {
            Self::Directory { dir, .. } => Some(dir),
            Self::Schema { .. } => None,
        }
    }
}

impl Org {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Whether other processes may write to the org while this one has it open.
    pub fn is_shared(&self) -> bool {
        self.home.is_shared()
    }

    /// The org's directory; none where its home is no directory.
    pub fn dir(&self) -> Option<&Path> {
        self.place.dir()
    }

    /// How much the org's databases take up.
    pub fn size_bytes(&self) -> Result<u64, Error> {
        match &self.place {
            Place::Directory { dir, .. } => size_of(dir),
            Place::Schema { schema, register, .. } => register.size_bytes(schema),
        }
    }

    pub fn status(&self) -> Result<Status, Error> {
        if self.is_shared() { self.standing().map(|it| it.status) } else { self.writer.status() }
    }

    /// Whether a unit or a read has found that another process has removed the org.
    pub fn is_gone(&self) -> bool {
        match &self.place {
            Place::Directory { .. } => false,
            Place::Schema { schema, .. } => schema.gone.load(Ordering::SeqCst),
        }
    }

    /// Gives the org another status, after the units that are under way.
    pub fn set_status(&self, status: Status) -> Result<(), Error> {
        match &self.place {
            Place::Directory { dir, .. } => {
                self.writer.set_status(&status, |_| Ok(()))?;
                status::put_in_directory(dir, &status)
            }
            // Who makes it holds its row, and says it when it is published.
            Place::Schema { maker: Some(_), .. } => self.writer.set_status(&status, |_| Ok(())),
            Place::Schema { register, .. } => self.writer.set_status(&status, |reader| {
                let link = reader.postgres().expect("invariant: a schema is on a server");
                register.put_status(link, &self.id, &status)
            }),
        }
    }

    /// The index of the ledger's entry under which metadata, users or rights changed last
    /// ([`Tx::touch_meta`]); below 0 if they never did. Where other processes write too, it
    /// takes a trip to the database to know.
    pub fn meta(&self) -> Result<i64, Error> {
        if self.is_shared() { self.standing().map(|it| it.meta) } else { Ok(self.writer.meta()) }
    }

    /// The same as far as this process knows without asking: what its last unit has seen or done.
    /// Below what [`Self::meta`] says where nothing was written yet.
    pub fn meta_seen(&self) -> i64 {
        self.writer.meta()
    }

    /// How the ledger stands, whoever wrote to it last.
    fn standing(&self) -> Result<Standing, Error> {
        self.state.read(|reader| {
            stored(reader)?.ok_or_else(|| Error::Corrupt {
                place: reader.place(),
                source: Cause::new("the ledger's frontier is missing or malformed"),
            })
        })
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
    ///
    /// Where other processes write too ([`Self::is_shared`]), the engine may refuse a unit for
    /// another one's sake; `work` is then run again, from nothing.
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<Commit<T>, E>,
    ) -> Result<T, E> {
        let meta = self.writer.meta();
        let done = self.writer.write(work);
        if let Some(tell) = self.told.get()
            && self.writer.meta() != meta
        {
            tell();
        }
        done
    }

    /// Has `tell` called after each unit with which metadata, users or rights have changed, or
    /// which has seen that they have: it is durable then, and not acknowledged yet. `tell` may
    /// read the org, and starts no unit on it. Only the first one that is given is called.
    pub fn on_meta(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _known = self.told.set(Box::new(tell));
    }

    /// How many times the disk was waited for, by all units together.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Makes `to` a directory of an org with everything that is committed now, except sessions
    /// and cursors. Reads and writes go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] where the org is no file: its server has ways of its own.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        let read = self.read()?;
        let what = "an org on a server is backed up with the server, or exported";
        let conn = read.sqlite().ok_or(Error::Unsupported { what })?;
        let (unfinished, _lock) = Unfinished::make(to)?;
        conn.copy_to(&unfinished.path().join(DATABASE))?;
        unfinished.finish()
    }

    /// Reads the whole ledger, and returns its head if nothing in it was changed.
    pub fn verify_ledger(&self) -> Result<Head, Unverified> {
        verify(&*self.read()?, &self.id)
    }

    /// Closes an org that was made out of sight, and shows it with its status.
    pub(crate) fn publish(self) -> Result<(), Error> {
        let status = self.status()?;
        let Self { readers, state, writer, place, .. } = self;
        // Closing files writes their logs back, under the names that the files have now.
        drop((readers, state, writer));
        match place {
            Place::Directory { lock, unfinished, .. } => {
                unfinished.map_or(Ok(()), Unfinished::finish)?;
                // Held until now, so that nobody took it for what a crash left.
                drop(lock);
                Ok(())
            }
            Place::Schema { maker, hold, .. } => {
                drop(hold);
                maker.map_or(Ok(()), |it| it.publish(&status))
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.writer.waiting()
    }
}

fn size_of(dir: &Path) -> Result<u64, Error> {
    let failed = |error| file::unavailable(dir, error);
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(failed)? {
        // Files of the log come and go.
        if let Ok(metadata) = entry.map_err(failed)?.metadata()
            && metadata.is_file()
        {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org")
            .field("id", &self.id)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}
