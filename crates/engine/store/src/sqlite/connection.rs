//! A connection to a database file.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use sql::{Dialect, Insert, Rendered, Select, Statement, ValueRef};

use super::deadline::Deadline;
use super::open::{self, Mode, Sync};
use super::shape::Shapes;
use super::{bind, classify, copy};
use crate::catalog::{self, Part, Table};
use crate::{Error, Options, file};

/// Longer statements hold lists of ids and hardly come again, so they are not kept.
const CACHED_LEN_MAX: usize = 8 * 1024;

pub(crate) struct Connection {
    conn: rusqlite::Connection,
    file: PathBuf,
    dialect: Dialect,
    deadline: Arc<Deadline>,
    timeout: Duration,
    shapes: RefCell<Shapes>,
    /// Where the next query is rendered.
    room: RefCell<Rendered>,
}

impl Connection {
    pub(crate) fn open(
        file: &Path,
        mode: Mode,
        sync: Sync,
        options: &Options,
    ) -> Result<Self, Error> {
        if mode == Mode::Create {
            file::make_private(file)?;
        }
        let deadline = Arc::new(Deadline::new());
        let conn = open::open(file, mode, sync, options, &deadline)
            .map_err(|error| classify::plain(error, file, "open"))?;
        Ok(Self {
            conn,
            file: file.to_owned(),
            dialect: Dialect::sqlite(),
            deadline,
            timeout: options.statement_timeout,
            shapes: RefCell::default(),
            room: RefCell::default(),
        })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    /// Runs `query` and hands each of its rows to `each`.
    pub(crate) fn query<E: From<Error>>(
        &self,
        query: &Select,
        mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let rendered = Statement::Select(query).render_over(&self.dialect, self.room.take());
        let done = self.run_query(&rendered, &mut each);
        self.room.replace(rendered);
        done
    }

    fn run_query<E: From<Error>>(
        &self,
        rendered: &Rendered,
        each: &mut impl FnMut(&rusqlite::Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| E::from(self.failed(error, &rendered.text));
        let _armed = self.deadline.arm(self.timeout);
        self.with_statement(&rendered.text, |statement| {
            let values = rendered.params.iter().map(ValueRef::from);
            bind::bind(statement, values).map_err(failed)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(failed)? {
                each(row)?;
            }
            Ok(())
        })
    }

    /// How the engine would run `query`: a line for each step of its plan.
    pub(crate) fn explain(&self, query: &Select) -> Result<Vec<String>, Error> {
        let Rendered { text, params, .. } = Statement::Select(query).render(&self.dialect);
        let text = format!("EXPLAIN QUERY PLAN {text}");
        let failed = |error| self.failed(error, &text);
        let mut statement = self.conn.prepare(&text).map_err(failed)?;
        bind::bind(&mut statement, params.iter().map(ValueRef::from)).map_err(failed)?;
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            steps.push(row.get::<_, String>(3).map_err(failed)?);
        }
        Ok(steps)
    }

    /// The tables, by name.
    pub(crate) fn tables(&self) -> Result<Vec<Table>, Error> {
        const TEXT: &str = "SELECT m.name, 0, c.cid, c.name FROM sqlite_schema m \
             JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
             UNION ALL SELECT tbl_name, 1, 0, name FROM sqlite_schema \
             WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1, 2, 3, 4";
        let failed = |error| self.failed(error, TEXT);
        let mut statement = self.conn.prepare(TEXT).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut tables = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let text = |at| row.get::<_, String>(at).map_err(failed);
            let is_index = row.get::<_, bool>(1).map_err(failed)?;
            let part = if is_index { Part::Index } else { Part::Column };
            catalog::add(&mut tables, text(0)?, part(text(3)?));
        }
        Ok(tables)
    }

    /// Runs a statement of the store's own that takes no values: `BEGIN`, `COMMIT` and such.
    pub(crate) fn control(&self, text: &str) -> Result<(), Error> {
        self.run(text, std::iter::empty()).map(|_| ())
    }

    /// Runs a statement that changes something, and returns how many rows.
    pub(crate) fn change(&self, statement: Statement<'_>) -> Result<usize, Error> {
        let Rendered { text, params, .. } = statement.render(&self.dialect);
        let rows = self.run(&text, params.iter().map(ValueRef::from))?;
        // The engine leaves the count of the statement before where it changes tables.
        let is_ddl = matches!(statement, Statement::Ddl(_));
        Ok(if is_ddl { 0 } else { rows })
    }

    /// Inserts a row, and returns how many that were.
    pub(crate) fn insert(&self, insert: &Insert) -> Result<usize, Error> {
        self.shapes.borrow_mut().insert(self, insert)
    }

    pub(crate) fn run<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<usize, Error> {
        let failed = |error| self.failed(error, text);
        self.with_statement(text, |statement| {
            bind::bind(statement, values).map_err(failed)?;
            statement.raw_execute().map_err(failed)
        })
    }

    /// Runs a statement of the store's own that answers with one integer.
    pub(crate) fn ask_int<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<Option<i64>, Error> {
        let failed = |error| self.failed(error, text);
        self.with_statement(text, |statement| {
            bind::bind(statement, values).map_err(failed)?;
            let mut rows = statement.raw_query();
            let int = match rows.next().map_err(failed)? {
                Some(row) => Some(row.get(0).map_err(failed)?),
                None => None,
            };
            // To its end, which is when a change is made.
            while rows.next().map_err(failed)?.is_some() {}
            Ok(int)
        })
    }

    /// Asks a query of the store's own, and hands out the rows.
    pub(crate) fn ask<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
        mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error| self.failed(error, text);
        let _armed = self.deadline.arm(self.timeout);
        self.with_statement(text, |statement| {
            bind::bind(statement, values).map_err(failed)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(failed)? {
                each(row)?;
            }
            Ok(())
        })
    }

    pub(crate) fn version(&self) -> Result<i64, Error> {
        let text = "PRAGMA user_version";
        let version = self.conn.query_row(text, [], |row| row.get(0));
        version.map_err(|error| self.failed(error, text))
    }

    /// Part of the transaction that is open.
    pub(crate) fn set_version(&self, version: i64) -> Result<(), Error> {
        let set = self.conn.pragma_update(None, "user_version", version);
        set.map_err(|error| self.failed(error, "PRAGMA user_version"))
    }

    /// Counts the pages of the write-ahead log after each commit into `pages`.
    pub(crate) fn watch_log(&mut self, pages: Arc<AtomicU32>) -> Result<(), Error> {
        let hook = move |_: &mut Wal, n: std::ffi::c_int| {
            pages.store(n.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        };
        let watched = self.conn.wal_hook(Some(hook));
        watched.map_err(|error| classify::plain(error, &self.file, "wal hook"))
    }

    /// Writes what readers no longer need in the log back into the database.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        let done = self.conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE);
        done.map(|_| ()).map_err(|error| self.failed(error, "checkpoint"))
    }

    pub(crate) fn copy_to(&self, file: &Path) -> Result<(), Error> {
        copy::copy(&self.conn, file)
    }

    fn failed(&self, error: rusqlite::Error, text: &str) -> Error {
        classify::statement(error, &self.conn, &self.file, text)
    }

    fn with_statement<T, E: From<Error>>(
        &self,
        text: &str,
        run: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = |error| E::from(self.failed(error, text));
        if CACHED_LEN_MAX < text.len() {
            return run(&mut self.conn.prepare(text).map_err(failed)?);
        }
        let mut statement = self.conn.prepare_cached(text).map_err(failed)?;
        run(&mut statement)
    }
}
