//! What a home remembers of its orgs, so that none has to be opened to be found.
//!
//! | table   | what                                                                     |
//! |---------|--------------------------------------------------------------------------|
//! | `login` | digests of what people sign in with, and the org that has it              |
//! | `note`  | how far an org's digests are true, its name, whether a process has it open |
//! | `lease` | who is doing with an org what only one may do, until when                 |
//! | `home`  | in a database: the home's own id, which tells it from others              |
//!
//! In a directory it is the file `roster.db`, and whoever has it open owns the directory: a
//! second process is refused. In a database the tables stand beside the register of orgs
//! (`postgres::register`). Nothing here is the only copy of anything: a roster that is lost is
//! filled again as orgs are opened.
//!
//! **Absent on purpose.** What is digested, and when: `identity` knows. Names of people.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use access::{Access, Guarded};
use base::DateTime;
use sql::Value;
use sql::{Alias, ColumnType, CompareOp, Ddl, Delete, Expr, Insert, Select, Statement, Update};

use crate::file::{self, Lock};
use crate::home::Engine;
use crate::migrate::{names, table};
use crate::postgres::classify::is_absent;
use crate::postgres::register::Register;
use crate::reader::{Purpose, Source};
use crate::sqlite::connection::Connection;
use crate::sqlite::open::{Mode, Sync};
use crate::{Cause, Error, Home, Options, Reader, Row};

/// A digest of something that leads to an org.
pub type Key = [u8; 32];

/// What is remembered of an org beside its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What [`crate::Org::meta`] said when the keys were read.
    pub meta: i64,
    /// What the org calls itself.
    pub name: String,
    /// Whether a process has it open, or ended without closing it. Known of directories only,
    /// which one process owns.
    pub is_open: bool,
}

const LOGIN: &str = "login";
const NOTE: &str = "note";
const LEASE: &str = "lease";
const HOME: &str = "home";

const FILE: &str = "roster.db";
const VERSION: i64 = 1;

/// Keys that one statement takes out.
const KEYS_MAX: usize = 200;

/// How often a change is tried when the engine refuses it for another one's sake.
const TRIES_MAX: u32 = 4;

const T: Alias = Alias(0);

/// The memory of a home.
#[derive(Debug)]
pub struct Roster(Place);

enum Place {
    Directory {
        reader: Box<Mutex<Reader>>,
        /// Dropped last: the directory is free when its file is closed.
        _lock: Lock,
    },
    Schema {
        register: Arc<Register>,
        source: Source,
        options: Options,
    },
}

impl Roster {
    /// Opens the roster of `home`, which makes a directory this process's own. A database is
    /// asked nothing yet.
    pub fn open(home: &Home) -> Result<Self, Error> {
        Ok(Self(match home.engine() {
            Engine::Directory(dir) => {
                file::make_dir(dir)?;
                let lock = Lock::take(dir)?;
                let reader = Box::new(Mutex::new(open(&dir.join(FILE))?));
                Place::Directory { reader, _lock: lock }
            }
            Engine::Postgres(register) => Place::Schema {
                source: Source::Schema(register.own_schema()),
                register: Arc::clone(register),
                options: Options::default(),
            },
        }))
    }

    /// The id of the home, which is `new` from now on if it had none. None for a directory: where
    /// it is tells it from others.
    pub fn home_id(&self, new: &str) -> Result<Option<String>, Error> {
        if matches!(self.0, Place::Directory { .. }) {
            return Ok(None);
        }
        let known = || {
            let rows = self.read(&select(HOME, &["id"], Expr::True), |row| {
                row.text(0).unwrap_or_default().to_owned()
            })?;
            Ok::<_, Error>(rows.into_iter().next())
        };
        if let Some(id) = known()? {
            return Ok(Some(id));
        }
        let values = || vec![Value::Int(1), Value::from(new)];
        match self.change(|reader| insert(reader, HOME, &["one", "id"], values())) {
            Ok(()) => Ok(Some(new.to_owned())),
            // Another process was faster.
            Err(Error::Unique { .. }) => known(),
            Err(error) => Err(error),
        }
    }

    /// The orgs that have `key`, in the order of their ids.
    pub fn find(&self, key: &Key) -> Result<Vec<String>, Error> {
        let where_ = column("hash").eq(Expr::Value(Value::Blob(key.to_vec())));
        let mut found = self.read(&select(LOGIN, &["org_id"], where_), |row| {
            row.text(0).unwrap_or_default().to_owned()
        })?;
        found.sort_unstable();
        Ok(found)
    }

    /// What is remembered of an org.
    pub fn noted(&self, org: &str) -> Result<Option<Note>, Error> {
        Ok(self.notes_where(column("org_id").eq(Expr::text(org)))?.into_values().next())
    }

    /// What is remembered of each org, by its id.
    pub fn notes(&self) -> Result<BTreeMap<String, Note>, Error> {
        self.notes_where(Expr::True)
    }

    fn notes_where(&self, where_: Expr) -> Result<BTreeMap<String, Note>, Error> {
        let columns = ["org_id", "meta", "name", "is_open"];
        let rows = self.read(&select(NOTE, &columns, where_), |row| {
            let text = |at| row.text(at).unwrap_or_default().to_owned();
            let meta = row.int(1).unwrap_or(i64::MIN);
            (text(0), Note { meta, name: text(2), is_open: row.int(3) == Some(1) })
        })?;
        Ok(rows.into_iter().collect())
    }

    /// Remembers all keys of an org, unless they are older than those that are known.
    pub fn note(&self, org: &str, note: &Note, keys: &BTreeSet<Key>) -> Result<(), Error> {
        match self.change(|reader| put(reader, org, note, keys)) {
            // Another process told of the org for the first time, a moment earlier.
            Err(Error::Unique { .. }) => self.change(|reader| put(reader, org, note, keys)),
            noted => noted,
        }
    }

    /// Remembers whether a process has the org open.
    pub fn mark(&self, org: &str, is_open: bool) -> Result<(), Error> {
        let set = vec![("is_open".to_owned(), Expr::int(is_open.into()))];
        let where_ = own("org_id").eq(Expr::text(org));
        self.change(|reader| update(reader, NOTE, set.clone(), where_.clone()).map(|_| ()))
    }

    /// Forgets an org: it lives here no more.
    pub fn forget(&self, org: &str) -> Result<(), Error> {
        let of_org = || own("org_id").eq(Expr::text(org));
        self.change(|reader| {
            // The row that whoever tells of the org holds.
            delete(reader, NOTE, of_org())?;
            delete(reader, LOGIN, of_org())
        })
    }

    /// Takes or renews the lease of an org until `until`. Returns until when somebody else has
    /// it; none where it is `holder`'s now.
    pub fn lease(
        &self,
        org: &str,
        holder: &str,
        now: DateTime,
        until: DateTime,
    ) -> Result<Option<DateTime>, Error> {
        let of_org = || own("org_id").eq(Expr::text(org));
        let free = Expr::any([
            own("holder").eq(Expr::text(holder)),
            own("until").compare(CompareOp::Lt, Expr::int(now.0)),
        ]);
        let set = vec![
            ("holder".to_owned(), Expr::text(holder)),
            ("until".to_owned(), Expr::int(until.0)),
        ];
        let where_ = Expr::all([of_org(), free]);
        let is_ours =
            self.change(|reader| Ok(0 < update(reader, LEASE, set.clone(), where_.clone())?))?;
        if is_ours {
            return Ok(None);
        }
        let taken = self.change(|reader| {
            let values = vec![Value::from(org), Value::from(holder), Value::Int(until.0)];
            insert(reader, LEASE, &["org_id", "holder", "until"], values)
        });
        match taken {
            Ok(()) => Ok(None),
            Err(Error::Unique { .. }) => {
                let held = select(LEASE, &["until"], column("org_id").eq(Expr::text(org)));
                let until = self.read(&held, |row| row.int(0).unwrap_or(now.0))?;
                Ok(Some(until.first().map_or(now, |it| DateTime(*it))))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a lease back.
    pub fn release(&self, org: &str, holder: &str) -> Result<(), Error> {
        let of = [own("org_id").eq(Expr::text(org)), own("holder").eq(Expr::text(holder))];
        let where_ = Expr::all(of);
        self.change(|reader| delete(reader, LEASE, where_.clone()))
    }

    fn read<T>(&self, query: &Guarded, of: impl FnMut(&Row<'_>) -> T) -> Result<Vec<T>, Error> {
        match &self.0 {
            Place::Directory { reader, .. } => {
                rows(&reader.lock().unwrap_or_else(PoisonError::into_inner), query, of)
            }
            Place::Schema { source, options, .. } => {
                let reader = source.open(Purpose::ReadState, options)?;
                reader.begin_read()?;
                match rows(&reader, query, of) {
                    // Nobody has told anything yet.
                    Err(error) if is_absent(&error) => Ok(Vec::new()),
                    rows => rows,
                }
            }
        }
    }

    /// Runs a transaction, again where others were in its way.
    fn change<T>(&self, mut work: impl FnMut(&Reader) -> Result<T, Error>) -> Result<T, Error> {
        match &self.0 {
            Place::Directory { reader, .. } => {
                unit(&reader.lock().unwrap_or_else(PoisonError::into_inner), &mut work)
            }
            Place::Schema { register, source, options } => {
                for _ in 1..TRIES_MAX {
                    let reader = source.open(Purpose::Write, options)?;
                    match unit(&reader, &mut work) {
                        Err(error) if is_absent(&error) => register.found()?,
                        Err(_) if reader.is_conflict() => {}
                        done => return done,
                    }
                }
                unit(&source.open(Purpose::Write, options)?, &mut work)
            }
        }
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Directory { .. } => "Directory",
            Self::Schema { .. } => "Schema",
        })
    }
}

/// Opens the file, and makes its tables if it is new.
fn open(file: &Path) -> Result<Reader, Error> {
    let conn = Connection::open(file, Mode::Create, Sync::Normal, &Options::default())?;
    match conn.version()? {
        0 => {
            conn.control("BEGIN IMMEDIATE")?;
            for ddl in tables() {
                conn.change(Statement::Ddl(&ddl))?;
            }
            conn.set_version(VERSION)?;
            conn.control("COMMIT")?;
        }
        VERSION => {}
        found => {
            let place = file.display().to_string();
            if VERSION < found {
                return Err(Error::Newer { place, found, known: VERSION });
            }
            return Err(Error::Corrupt { place, source: Cause::new("it has no version") });
        }
    }
    Ok(Reader::of(conn))
}

/// The tables and indexes of a roster in a database.
pub(crate) fn shared_tables() -> Vec<Ddl> {
    let mut all = tables();
    all.push(table(HOME, &[("one", ColumnType::Int), ("id", ColumnType::Text)], &["one"]));
    all
}

/// The roster's tables and indexes.
fn tables() -> Vec<Ddl> {
    use ColumnType::{Blob, Int, Text};
    vec![
        table(LOGIN, &[("hash", Blob), ("org_id", Text)], &["hash", "org_id"]),
        Ddl::CreateIndex(sql::CreateIndex {
            name: format!("{LOGIN}__org_id"),
            table: LOGIN.to_owned(),
            columns: names(&["org_id"]),
            unique: false,
            where_: Expr::True,
        }),
        table(
            NOTE,
            &[("org_id", Text), ("meta", Int), ("name", Text), ("is_open", Int)],
            &["org_id"],
        ),
        table(LEASE, &[("org_id", Text), ("holder", Text), ("until", Int)], &["org_id"]),
    ]
}

fn unit<T>(
    reader: &Reader,
    work: &mut impl FnMut(&Reader) -> Result<T, Error>,
) -> Result<T, Error> {
    reader.begin_unit()?;
    let done = work(reader).and_then(|value| reader.commit().map(|()| value));
    if done.is_err() {
        reader.roll_back()?;
    }
    done
}

/// Makes an org's note and keys these ones.
fn put(reader: &Reader, org: &str, note: &Note, keys: &BTreeSet<Key>) -> Result<(), Error> {
    let of_org = || own("org_id").eq(Expr::text(org));
    let older = own("meta").compare(CompareOp::Le, Expr::int(note.meta));
    let set = vec![
        ("meta".to_owned(), Expr::int(note.meta)),
        ("name".to_owned(), Expr::text(&*note.name)),
        ("is_open".to_owned(), Expr::int(note.is_open.into())),
    ];
    let where_ = Expr::all([of_org(), older]);
    // The row is held from here on, so that two who tell do not mix.
    if update(reader, NOTE, set.clone(), where_.clone())? == 0 {
        let known = select(NOTE, &["meta"], column("org_id").eq(Expr::text(org)));
        if rows(reader, &known, |_| ())?.is_empty() {
            let values = vec![
                Value::from(org),
                Value::Int(note.meta),
                Value::from(&*note.name),
                Value::Int(note.is_open.into()),
            ];
            insert(reader, NOTE, &["org_id", "meta", "name", "is_open"], values)?;
        } else if update(reader, NOTE, set, where_)? == 0 {
            // Newer ones are known; not just the first ones, told of a moment ago.
            return Ok(());
        }
    }
    let known = select(LOGIN, &["hash"], column("org_id").eq(Expr::text(org)));
    let known = rows(reader, &known, |row| row.blob(0).and_then(|it| it.try_into().ok()))?;
    let known: BTreeSet<Key> = known.into_iter().flatten().collect();
    let gone: Vec<Value> = known.difference(keys).map(|it| Value::Blob(it.to_vec())).collect();
    for gone in gone.chunks(KEYS_MAX) {
        let is_gone = Expr::In(Box::new(own("hash")), gone.to_vec());
        delete(reader, LOGIN, Expr::all([of_org(), is_gone]))?;
    }
    for new in keys.difference(&known) {
        let values = vec![Value::Blob(new.to_vec()), Value::from(org)];
        insert(reader, LOGIN, &["hash", "org_id"], values)?;
    }
    Ok(())
}

fn select(table: &str, columns: &[&str], where_: Expr) -> Guarded {
    let mut select = Select::from_table(table, T);
    select.columns = columns.iter().map(|it| column(it)).collect();
    select.where_ = where_;
    Access::system("find the org that is meant").guard(select)
}

fn rows<T>(
    reader: &Reader,
    query: &Guarded,
    mut of: impl FnMut(&Row<'_>) -> T,
) -> Result<Vec<T>, Error> {
    let mut rows = Vec::new();
    reader.query::<Error>(query, |row| {
        rows.push(of(row));
        Ok(())
    })?;
    Ok(rows)
}

fn insert(reader: &Reader, table: &str, columns: &[&str], values: Vec<Value>) -> Result<(), Error> {
    let insert = Insert {
        table: table.to_owned(),
        columns: names(columns),
        values,
        on_conflict_update: Vec::new(),
    };
    reader.change(Statement::Insert(&insert)).map(|_| ())
}

fn update(
    reader: &Reader,
    table: &str,
    set: Vec<(String, Expr)>,
    where_: Expr,
) -> Result<usize, Error> {
    let update = Update { table: table.to_owned(), set, where_ };
    reader.change(Statement::Update(&update))
}

fn delete(reader: &Reader, table: &str, where_: Expr) -> Result<(), Error> {
    let delete = Delete { table: table.to_owned(), where_ };
    reader.change(Statement::Delete(&delete)).map(|_| ())
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}
