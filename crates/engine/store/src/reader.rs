//! Reading: a connection that runs guarded queries and hands out their rows.
//!
//! What [`crate::Read`], [`crate::Tx`] and the state's units have in common: a function that
//! takes a `&Reader` serves all of them. Rows are passed to the caller one by one as the engine
//! finds them, so a result of any size takes the memory of one row.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::Guarded;
use rusqlite::Connection;
use sql::{Rendered, ValueRef};

use crate::sqlite::deadline::Deadline;
use crate::sqlite::open::{self, Mode, Sync};
use crate::sqlite::{bind, classify, copy};
use crate::{Error, Options};

/// Statements longer than this hold lists of ids and never come again, so they are not kept.
const CACHED_LEN_MAX: usize = 8 * 1024;

/// A connection, as far as its holder may use it: to read.
pub struct Reader {
    conn: Connection,
    file: PathBuf,
    deadline: Arc<Deadline>,
    timeout: Duration,
}

/// One row of a result, valid while it is handed out.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl Reader {
    /// Runs `query` and hands each of its rows to `each`, whose error ends it.
    pub fn query<E: From<Error>>(
        &self,
        query: &Guarded,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let rendered = sql::Statement::Select(query.select()).render();
        let failed = |error| E::from(self.failed(error, &rendered.text));
        let _armed = self.deadline.arm(self.timeout);
        self.with_statement(&rendered.text, |statement| {
            let values = rendered.params.iter().map(ValueRef::from);
            bind::bind(statement, values).map_err(failed)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(failed)? {
                each(&Row(row))?;
            }
            Ok(())
        })
    }

    /// How the engine would run `query`: a line for each step of its plan.
    pub fn explain(&self, query: &Guarded) -> Result<Vec<String>, Error> {
        let Rendered { text, params } = sql::Statement::Select(query.select()).render();
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

    pub(crate) fn open(
        file: &Path,
        mode: Mode,
        sync: Sync,
        options: &Options,
    ) -> Result<Self, Error> {
        let deadline = Arc::new(Deadline::new());
        let conn = open::open(file, mode, sync, options, &deadline)
            .map_err(|error| classify::plain(error, file, "open"))?;
        Ok(Self { conn, file: file.to_owned(), deadline, timeout: options.statement_timeout })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    /// Runs a statement of the store's own that takes no values: `BEGIN`, `COMMIT` and such.
    pub(crate) fn control(&self, text: &str) -> Result<(), Error> {
        self.run(text, std::iter::empty()).map(|_| ())
    }

    /// Runs a statement that changes something, and returns how many rows.
    pub(crate) fn change(&self, statement: sql::Statement<'_>) -> Result<usize, Error> {
        let Rendered { text, params } = statement.render();
        if let sql::Statement::Select(_) = statement {
            // Reading goes through a guarded query.
            return Err(classify::bug(&text, "a query changes nothing"));
        }
        let rows = self.run(&text, params.iter().map(ValueRef::from))?;
        // The engine leaves the count of the statement before where it changes tables.
        let is_ddl = matches!(statement, sql::Statement::Ddl(_));
        Ok(if is_ddl { 0 } else { rows })
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
    pub(crate) fn watch_log(
        &mut self,
        pages: Arc<std::sync::atomic::AtomicU32>,
    ) -> Result<(), Error> {
        let hook = move |_: &mut rusqlite::hooks::Wal, n: std::ffi::c_int| {
            pages.store(n.unsigned_abs(), std::sync::atomic::Ordering::Relaxed);
            Ok(())
        };
        let watched = self.conn.wal_hook(Some(hook));
        watched.map_err(|error| classify::plain(error, &self.file, "wal hook"))
    }

    /// Writes what readers no longer need in the log back into the database.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        let done =
            self.conn.wal_checkpoint_v2(None::<&str>, rusqlite::wal::CheckpointMode::PASSIVE);
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
        let value = self.0.get_ref(i).expect("invariant: the query selects this column");
        bind::from_driver(value)
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
