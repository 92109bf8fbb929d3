//! Reading: a connection that runs guarded queries and hands out their rows.
//!
//! What [`crate::Read`], [`crate::Tx`] and the state's units have in common: a function that
//! takes a `&Reader` serves all of them. Rows are passed to the caller one by one as the engine
//! finds them, so a result of any size takes the memory of one row, or of a portion.
//!
//! Here the engines part: everything below this is an engine's own, nothing above names one.

use std::path::PathBuf;
use std::sync::Arc;

use access::Guarded;
use sql::{Insert, Statement, ValueRef};

use crate::catalog::Table;
use crate::postgres::link::{Link, Schema};
use crate::sqlite::connection::Connection;
use crate::sqlite::open::{Mode, Sync};
use crate::{Error, Options, postgres, sqlite};

/// A connection, as far as its holder may use it: to read.
pub struct Reader(Engine);

#[expect(
    clippy::large_enum_variant,
    reason = "readers are few, and a box is one more step a query"
)]
enum Engine {
    Sqlite(Connection),
    Postgres(Box<Link>),
}

/// One row of a result, valid while it is handed out.
pub struct Row<'a>(EngineRow<'a>);

#[derive(Clone, Copy)]
enum EngineRow<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::bind::Row),
}

/// Where an org's records, or its state, are.
#[derive(Clone)]
pub(crate) enum Source {
    File(PathBuf),
    Schema(Arc<Schema>),
}

/// What a connection is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    /// Units of work of the org, whose commits are durable as the options say.
    Write,
    ReadState,
    /// Units on what may be lost: their commits wait for no disk.
    WriteState,
}

impl Source {
    pub(crate) fn open(&self, purpose: Purpose, options: &Options) -> Result<Reader, Error> {
        let file = match self {
            Self::File(file) => file,
            Self::Schema(schema) => return Ok(Reader::of(Link::new(schema, purpose, options))),
        };
        let (mode, sync) = match purpose {
            Purpose::Read | Purpose::ReadState => (Mode::Read, Sync::Full),
            Purpose::Write => (Mode::Write, options.durability.into()),
            Purpose::WriteState => (Mode::Create, Sync::Normal),
        };
        Ok(Reader(Engine::Sqlite(Connection::open(file, mode, sync, options)?)))
    }

    /// What people are told that it is.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File(file) => file.display().to_string(),
            Self::Schema(schema) => schema.place(),
        }
    }
}

impl Reader {
    /// Runs `query` and hands each of its rows to `each`, whose error ends it.
    pub fn query<E: From<Error>>(
        &self,
        query: &Guarded,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let select = query.select();
        match &self.0 {
            Engine::Sqlite(it) => it.query(select, |row| each(&Row(EngineRow::Sqlite(row)))),
            Engine::Postgres(it) => it.query(select, |row| each(&Row(EngineRow::Postgres(row)))),
        }
    }

    /// How the engine would run `query`: a line for each step of its plan.
    pub fn explain(&self, query: &Guarded) -> Result<Vec<String>, Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.explain(query.select()),
            Engine::Postgres(it) => it.explain(query.select()),
        }
    }

    /// The org's tables, the store's own among them, by name.
    pub fn tables(&self) -> Result<Vec<Table>, Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.tables(),
            Engine::Postgres(it) => it.tables(),
        }
    }

    pub(crate) fn of(connection: impl Into<Self>) -> Self {
        connection.into()
    }

    pub(crate) fn sqlite(&self) -> Option<&Connection> {
        match &self.0 {
            Engine::Sqlite(it) => Some(it),
            Engine::Postgres(_) => None,
        }
    }

    pub(crate) fn sqlite_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.0 {
            Engine::Sqlite(it) => Some(it),
            Engine::Postgres(_) => None,
        }
    }

    pub(crate) fn postgres(&self) -> Option<&Link> {
        match &self.0 {
            Engine::Sqlite(_) => None,
            Engine::Postgres(it) => Some(it),
        }
    }

    /// What people are told that it is.
    pub(crate) fn place(&self) -> String {
        match &self.0 {
            Engine::Sqlite(it) => it.file().display().to_string(),
            Engine::Postgres(it) => it.schema().place(),
        }
    }

    pub(crate) fn dialect(&self) -> &sql::Dialect {
        match &self.0 {
            Engine::Sqlite(it) => it.dialect(),
            Engine::Postgres(it) => &it.schema().dialect,
        }
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(it) => it.is_in_transaction(),
            Engine::Postgres(it) => it.is_in_transaction(),
        }
    }

    /// Whether the last transaction failed only to make way for another one.
    pub(crate) fn is_conflict(&self) -> bool {
        self.postgres().is_some_and(Link::is_conflict)
    }

    pub(crate) fn begin_read(&self) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.control("BEGIN"),
            Engine::Postgres(it) => it.begin(),
        }
    }

    pub(crate) fn begin_unit(&self) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.control("BEGIN IMMEDIATE"),
            Engine::Postgres(it) => it.begin(),
        }
    }

    pub(crate) fn commit(&self) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.control("COMMIT"),
            Engine::Postgres(it) => it.commit(),
        }
    }

    /// Ends the transaction, if one is open.
    pub(crate) fn roll_back(&self) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) if it.is_in_transaction() => it.control("ROLLBACK"),
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(it) => {
                it.end();
                Ok(())
            }
        }
    }

    /// Begins a part of the transaction that may be taken back.
    pub(crate) fn savepoint(&self, depth: u32) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.control(&format!("SAVEPOINT s{depth}")),
            Engine::Postgres(it) => it.savepoint(depth),
        }
    }

    /// Runs what waits to be sent.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(it) => it.settle(),
        }
    }

    pub(crate) fn release(&self, depth: u32) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.control(&format!("RELEASE s{depth}")),
            Engine::Postgres(it) => it.release(depth),
        }
    }

    pub(crate) fn roll_back_to(&self, depth: u32) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => {
                it.control(&format!("ROLLBACK TO s{depth}"))?;
                it.control(&format!("RELEASE s{depth}"))
            }
            Engine::Postgres(it) => it.roll_back_to(depth),
        }
    }

    /// Runs a statement that changes something, and returns how many rows. Plain inserts may
    /// wait until something else is asked, which then has their errors.
    pub(crate) fn change(&self, statement: Statement<'_>) -> Result<usize, Error> {
        match (&self.0, statement) {
            // Reading goes through a guarded query.
            (_, Statement::Select(_)) => {
                Err(Error::bug(&statement.render(self.dialect()).text, "a query changes nothing"))
            }
            (Engine::Sqlite(it), Statement::Insert(insert)) => it.insert(insert),
            (Engine::Sqlite(it), _) => it.change(statement),
            (Engine::Postgres(it), Statement::Insert(insert))
                if insert.on_conflict_update.is_empty() =>
            {
                it.insert_row(insert).map(|()| 1)
            }
            (Engine::Postgres(it), _) => it.change(statement),
        }
    }

    /// Runs a statement that must change exactly one row; it may wait as well.
    pub(crate) fn change_one(&self, statement: Statement<'_>) -> Result<(), Error> {
        if let Engine::Postgres(it) = &self.0 {
            return it.change_one(statement);
        }
        match self.change(statement)? {
            1 => Ok(()),
            rows => Err(Error::not_one(&statement.render(self.dialect()).text, rows as u64)),
        }
    }

    /// Inserts a row of the store's own, of which `text` is the statement; it may wait as well.
    pub(crate) fn insert<'a>(
        &self,
        insert: &Insert,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.run(text, values).map(|_| ()),
            Engine::Postgres(it) => it.insert(&insert.table, &insert.columns, values),
        }
    }

    /// Runs a statement of the store's own whose number of rows is known; it may wait as well.
    pub(crate) fn run_later<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<(), Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.run(text, values).map(|_| ()),
            Engine::Postgres(it) => it.run_later(text, values),
        }
    }

    /// Runs a statement of the store's own that answers with one integer.
    pub(crate) fn ask_int<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<Option<i64>, Error> {
        match &self.0 {
            Engine::Sqlite(it) => it.ask_int(text, values),
            Engine::Postgres(it) => it.ask_int(text, values),
        }
    }
}

impl From<Connection> for Reader {
    fn from(connection: Connection) -> Self {
        Self(Engine::Sqlite(connection))
    }
}

impl From<Link> for Reader {
    fn from(link: Link) -> Self {
        Self(Engine::Postgres(Box::new(link)))
    }
}

impl sql::Row for Row<'_> {
    fn get(&self, index: usize) -> ValueRef<'_> {
        Self::get(self, index)
    }
}

impl Row<'_> {
    /// The value of column `i`, counted from 0.
    ///
    /// # Panics
    ///
    /// If the query has no such column.
    pub fn get(&self, i: usize) -> ValueRef<'_> {
        match self.0 {
            EngineRow::Sqlite(row) => sqlite::bind::value(row, i),
            EngineRow::Postgres(row) => row.get(i),
        }
    }

    /// The integer in column `i`; none where it holds anything else.
    pub fn int(&self, i: usize) -> Option<i64> {
        match self.get(i) {
            ValueRef::Int(int) => Some(int),
            _ => None,
        }
    }

    pub fn text(&self, i: usize) -> Option<&str> {
        match self.get(i) {
            ValueRef::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn blob(&self, i: usize) -> Option<&[u8]> {
        match self.get(i) {
            ValueRef::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}
