//! An org's use of a connection, one transaction at a time.
//!
//! Between transactions a link holds no connection. A transaction begins with the first thing
//! that is asked in it, so a connection that turns out to be dead then, or to know old tables, is
//! replaced and nobody notices: nothing has happened on it. One that dies later takes the
//! transaction with it.
//!
//! Reads see one moment (`REPEATABLE READ READ ONLY`). Units of work see what is committed when
//! they ask (`READ COMMITTED`), and lock the org's one row of the ledger's state first of all:
//! so an org's units run one after another, whichever process they come from, as on an engine
//! with one writer.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sql::{Delete, Dialect, Insert, Rendered, Select, Statement, Update, ValueRef};

use super::bind::{Params, Row};
use super::classify;
use super::connection::{Ask, Connection, Doubt, Rows, Timeouts};
use super::grown::Grown;
use super::insert::Inserts;
use super::pool::{Class, Pool};
use crate::catalog::{self, Part, Table};
use crate::migrate::{LEDGER, LEDGER_STATE};
use crate::reader::Purpose;
use crate::{Durability, Error, Options};

/// An org's place in a database.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) pool: Arc<Pool>,
    pub(crate) dialect: Dialect,
    /// Its name, as statements write it.
    pub(crate) name: String,
    /// Whether it is an org's, not the register's own.
    pub(crate) is_org: bool,
    /// Whether somebody found that the org is not here any more.
    pub(crate) gone: AtomicBool,
    /// Stands for the org where connections are shared out.
    pub(crate) key: u64,
}

pub(crate) struct Link {
    schema: Arc<Schema>,
    purpose: Purpose,
    timeouts: Timeouts,
    /// How long to wait for a connection.
    wait: Duration,
    /// Whether commits need not reach the disk.
    lazy: bool,
    connection: RefCell<Option<Connection>>,
    /// Whether nothing has been answered in the transaction.
    fresh: Cell<bool>,
    /// Whether the last transaction made way for another one.
    conflict: Cell<bool>,
    inserts: RefCell<Inserts>,
}

/// How an org's ledger stands.
pub(crate) struct Turn {
    pub(crate) frontier: Vec<u8>,
    pub(crate) meta: i64,
    pub(crate) status: String,
    /// The last entry.
    pub(crate) last: Option<Vec<u8>>,
}

/// A change of tables may have to read them whole.
const DDL_TIME: Duration = Duration::from_secs(15 * 60);

/// How long to find out whether an org is there.
const GONE_TIME: Duration = Duration::from_secs(2);

/// Whether a schema has a table.
const IS_THERE: &str = "\
    SELECT CAST(1 AS BIGINT) FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = $1 AND c.relname = $2";

/// Results of up to this many rows are fetched in one go.
const FEW: u64 = 4096;

impl Schema {
    /// What people are told that it is.
    pub(crate) fn place(&self) -> String {
        format!("schema `{}` of {}", self.name, self.pool.place())
    }

    /// Whether this was an org's schema and the org has been removed. Its ledger goes first of
    /// all, so where that is, an org is.
    fn is_gone(&self) -> bool {
        // The caller's own connection has a transaction that failed.
        let asked = || -> Result<bool, Error> {
            let mut connection = self.pool.take(Class::State, self.key, GONE_TIME)?;
            let ready = connection.set_timeouts(Timeouts { statement: GONE_TIME, lock: GONE_TIME });
            let values = [ValueRef::Text(&self.name), ValueRef::Text(LEDGER_STATE)];
            let rows = ready.and_then(|()| connection.rows(IS_THERE, &values));
            self.pool.give_back(connection, self.key);
            Ok(rows?.is_empty())
        };
        let is_gone = self.is_org && asked().unwrap_or(false);
        self.gone.fetch_or(is_gone, Ordering::SeqCst);
        is_gone
    }
}

impl Link {
    pub(crate) fn new(schema: &Arc<Schema>, purpose: Purpose, options: &Options) -> Self {
        let is_lazy = purpose == Purpose::WriteState || options.durability == Durability::Off;
        Self {
            schema: Arc::clone(schema),
            purpose,
            timeouts: Timeouts { statement: options.statement_timeout, lock: options.busy_timeout },
            wait: options.busy_timeout,
            lazy: is_lazy,
            connection: RefCell::default(),
            fresh: Cell::new(false),
            conflict: Cell::new(false),
            inserts: RefCell::default(),
        }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        self.connection.borrow().as_ref().is_some_and(|it| !it.is_lost())
    }

    /// Whether the transaction, or the last one, failed only to make way for another one.
    pub(crate) fn is_conflict(&self) -> bool {
        let now = || self.connection.borrow().as_ref().is_some_and(Connection::is_conflict);
        self.conflict.get() || now()
    }

    /// Takes a connection; the transaction begins with the first thing asked.
    pub(crate) fn begin(&self) -> Result<(), Error> {
        self.end();
        self.conflict.set(false);
        let mut connection = self.schema.pool.take(self.class(), self.schema.key, self.wait)?;
        let put = self.put_begin(&mut connection);
        *self.connection.borrow_mut() = Some(connection);
        self.fresh.set(true);
        put
    }

    fn class(&self) -> Class {
        match self.purpose {
            Purpose::Read => Class::Read,
            Purpose::Write => Class::Write,
            Purpose::ReadState | Purpose::WriteState => Class::State,
        }
    }

    fn put_begin(&self, connection: &mut Connection) -> Result<(), Error> {
        connection.forget_conflict();
        connection.set_timeouts(self.timeouts)?;
        let begin = match self.purpose {
            Purpose::Read | Purpose::ReadState => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Purpose::Write | Purpose::WriteState => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        connection.put_control(begin)?;
        let writes = [Purpose::Write, Purpose::WriteState].contains(&self.purpose);
        if self.lazy && writes {
            connection.put_control("SET LOCAL synchronous_commit TO OFF")?;
        }
        Ok(())
    }

    /// Makes the transaction durable, and returns when it is.
    pub(crate) fn commit(&self) -> Result<(), Error> {
        self.with(|it| {
            if it.doubt() == Doubt::Us {
                // The server would commit what we refuse.
                it.exchange()?;
            }
            it.run("COMMIT", &Params::default(), true)?;
            // The server ends what has failed with a rollback, and calls that a success.
            if it.was("COMMIT") { Ok(()) } else { Err(self.schema.pool.unavailable(ROLLED_BACK)) }
        })?;
        self.give_back();
        for (table, n_rows) in self.inserts.borrow_mut().take_sent() {
            // The ledger is read by its key alone, which needs no plan.
            if self.purpose == Purpose::Write && table != LEDGER {
                Grown::add(&self.schema.pool, self.table(&table), n_rows);
            }
        }
        Ok(())
    }

    /// Ends the transaction and takes it back. Nobody waits for that.
    pub(crate) fn end(&self) {
        self.inserts.borrow_mut().clear();
        self.inserts.borrow_mut().take_sent();
        if let Some(connection) = self.connection.borrow_mut().as_mut() {
            connection.forgive();
            self.conflict.set(self.conflict.get() || connection.is_conflict());
            if !connection.is_lost() {
                let put = connection.put_control("ROLLBACK");
                // One that cannot be told is lost, and its transaction with it.
                let _lost = put.and_then(|()| connection.send());
            }
        }
        self.give_back();
    }

    fn give_back(&self) {
        if let Some(connection) = self.connection.take() {
            self.schema.pool.give_back(connection, self.schema.key);
        }
    }

    /// Sends what waits and may be refused, and returns when it is not.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let doubt = |it: &Connection| it.doubt() != Doubt::None;
        let doubts = self.connection.borrow().as_ref().is_some_and(doubt);
        if doubts || !self.inserts.borrow().is_empty() {
            self.with(Connection::exchange)?;
        }
        Ok(())
    }

    /// Begins a part that may be taken back.
    pub(crate) fn savepoint(&self, depth: u32) -> Result<(), Error> {
        // What is wrong with rows from before is not this part's fault.
        self.settle()?;
        self.put(&format!("SAVEPOINT s{depth}"))
    }

    /// Keeps a part.
    pub(crate) fn release(&self, depth: u32) -> Result<(), Error> {
        self.settle()?;
        self.put(&format!("RELEASE SAVEPOINT s{depth}"))
    }

    /// Takes a part back.
    pub(crate) fn roll_back_to(&self, depth: u32) -> Result<(), Error> {
        self.inserts.borrow_mut().clear();
        if let Some(connection) = self.connection.borrow_mut().as_mut()
            && !connection.is_lost()
        {
            self.conflict.set(self.conflict.get() || connection.is_conflict());
            connection.forgive();
        }
        self.put(&format!("ROLLBACK TO SAVEPOINT s{depth}"))?;
        self.put(&format!("RELEASE SAVEPOINT s{depth}"))
    }

    /// Puts a statement without values, which goes out with what is asked next.
    fn put(&self, text: &str) -> Result<(), Error> {
        let mut held = self.connection.borrow_mut();
        let connection = held.as_mut().ok_or_else(|| self.gone())?;
        connection.put_control(text)
    }

    /// Runs `query` and hands each of its rows to `each`.
    pub(crate) fn query<E: From<Error>>(
        &self,
        query: &Select,
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let Rendered { text, params, once } = Statement::Select(query).render(&self.schema.dialect);
        let few = query.limit.is_some_and(|it| it <= FEW)
            || !query.group_by.is_empty()
            || query.columns.contains(&sql::Expr::CountRows);
        let params = Params::of(params.iter().map(ValueRef::from));
        self.rows(&Ask { text: &text, params, keep: !once, few }, &mut each)
    }

    /// Asks, and hands out the rows.
    fn rows<E: From<Error>>(
        &self,
        ask: &Ask<'_>,
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let begun = self.with(|it| {
            let mut rows = it.query(ask)?;
            match it.next(&mut rows) {
                Ok(()) => Ok(rows),
                Err(error) => {
                    it.end(&rows);
                    Err(error)
                }
            }
        })?;
        let mut running = Running { link: self, rows: begun };
        while let Some(row) = running.rows.row() {
            each(row)?;
            running.next()?;
        }
        Ok(())
    }

    /// How the engine would run `query`: a line for each step of its plan.
    pub(crate) fn explain(&self, query: &Select) -> Result<Vec<String>, Error> {
        let Rendered { text, params, .. } = Statement::Select(query).render(&self.schema.dialect);
        let text = format!("EXPLAIN {text}");
        let params = Params::of(params.iter().map(ValueRef::from));
        let mut steps = Vec::new();
        self.rows(&Ask { text: &text, params, keep: false, few: true }, |row| {
            if let ValueRef::Text(step) = row.get(0) {
                steps.push(step.to_owned());
            }
            Ok::<_, Error>(())
        })?;
        Ok(steps)
    }

    /// The tables of the org, by name.
    pub(crate) fn tables(&self) -> Result<Vec<Table>, Error> {
        let schema = ValueRef::Text(&self.schema.name);
        let params = Params::of([schema, schema].into_iter());
        let mut tables = Vec::new();
        self.rows(&Ask { text: TABLES, params, keep: false, few: true }, |row| {
            let text = |at| match row.get(at) {
                ValueRef::Text(text) => text.to_owned(),
                _ => String::new(),
            };
            let part = if row.get(1) == ValueRef::Int(0) { Part::Column } else { Part::Index };
            catalog::add(&mut tables, text(0), part(text(3)));
            Ok::<_, Error>(())
        })?;
        Ok(tables)
    }

    /// Runs a statement that changes something, and returns how many rows.
    pub(crate) fn change(&self, statement: Statement<'_>) -> Result<usize, Error> {
        let Rendered { text, params, once } = statement.render(&self.schema.dialect);
        let params = Params::of(params.iter().map(ValueRef::from));
        let rows = if let Statement::Ddl(_) = statement {
            self.with(|it| {
                let time = format!("SET LOCAL statement_timeout TO {}", DDL_TIME.as_millis());
                it.put(&time, Params::default().as_slice(), true)?;
                it.set_patience(DDL_TIME)?;
                it.run(&text, &params, false).map(|_| 0)
            })?
        } else {
            self.with(|it| it.run(&text, &params, !once))?
        };
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// Runs a statement that must change exactly one row, later: with what is asked next.
    pub(crate) fn change_one(&self, statement: Statement<'_>) -> Result<(), Error> {
        let Rendered { text, params, once } = statement.render(&self.schema.dialect);
        let params = Params::of(params.iter().map(ValueRef::from));
        let put = |it: &mut Connection| it.put_one(&text, params.as_slice(), !once);
        let (Statement::Update(Update { table, .. }) | Statement::Delete(Delete { table, .. })) =
            statement
        else {
            return self.with(put);
        };
        if self.fresh.get() || self.inserts.borrow().has(table) {
            return self.with(put);
        }
        // Rows of other tables may wait on: nobody looks meanwhile.
        put(self.connection.borrow_mut().as_mut().ok_or_else(|| self.gone())?)
    }

    /// Inserts a row, later: with what is asked next.
    pub(crate) fn insert<'a>(
        &self,
        table: &str,
        columns: &[String],
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<(), Error> {
        self.inserts.borrow_mut().add(table, columns, values);
        if self.inserts.borrow().is_full() { self.with(|_| Ok(())) } else { Ok(()) }
    }

    /// The same for a statement of the tree's.
    pub(crate) fn insert_row(&self, insert: &Insert) -> Result<(), Error> {
        self.insert(&insert.table, &insert.columns, insert.values.iter().map(ValueRef::from))
    }

    /// Puts a statement of the store's own, which goes out with what is asked next.
    pub(crate) fn run_later<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<(), Error> {
        let params = Params::of(values);
        self.with(|it| it.put(text, params.as_slice(), true))
    }

    /// Runs a statement of the store's own that answers with one integer.
    pub(crate) fn ask_int<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
    ) -> Result<Option<i64>, Error> {
        let mut int = None;
        self.ask(text, values, |row| {
            if let ValueRef::Int(it) = row.get(0) {
                int = Some(it);
            }
            Ok(())
        })?;
        Ok(int)
    }

    /// Asks a query of the store's own, and hands out the rows.
    pub(crate) fn ask<'a>(
        &self,
        text: &str,
        values: impl Iterator<Item = ValueRef<'a>>,
        each: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.rows(&Ask { text, params: Params::of(values), keep: true, few: true }, each)
    }

    /// Waits for this transaction's turn among those that append to the org's ledger, and reads
    /// how the ledger stands then. None if it does not say.
    pub(crate) fn take_turn(&self) -> Result<Option<Turn>, Error> {
        let (state, ledger) = (self.table(LEDGER_STATE), self.table(LEDGER));
        let own = format!("SELECT frontier, meta, status FROM {state} WHERE id = 1 FOR UPDATE");
        // A statement of its own: it has to see what was committed while the first one waited.
        let last = format!("SELECT entry FROM {ledger} ORDER BY idx DESC LIMIT 1");
        let ask = |text| Ask { text, params: Params::default(), keep: true, few: true };
        let all = self.with(|it| it.query_all(&[ask(&own), ask(&last)]))?;
        let [own, last] = all.as_slice() else { return Ok(None) };
        let bytes = |row: &Row, at| match row.get(at) {
            ValueRef::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        };
        let turn = |row: &Row| match (row.get(0), row.get(1), row.get(2)) {
            (ValueRef::Blob(frontier), ValueRef::Int(meta), ValueRef::Text(status)) => Some(Turn {
                frontier: frontier.to_vec(),
                meta,
                status: status.to_owned(),
                last: last.first().and_then(|it| bytes(it, 0)),
            }),
            _ => None,
        };
        Ok(own.first().and_then(turn))
    }

    /// The hash of the entry at `index`, when all transactions that might add it are over.
    pub(crate) fn settled_leaf(&self, index: i64) -> Result<Option<Vec<u8>>, Error> {
        self.begin()?;
        self.take_turn()?;
        let text = format!("SELECT hash FROM {} WHERE idx = $1", self.table(LEDGER));
        let mut hash = None;
        self.ask(&text, std::iter::once(ValueRef::Int(index)), |row| {
            if let ValueRef::Blob(bytes) = row.get(0) {
                hash = Some(bytes.to_vec());
            }
            Ok(())
        })?;
        self.end();
        Ok(hash)
    }

    /// A table of the store's own, as statements write it.
    pub(crate) fn table(&self, table: &str) -> String {
        format!("\"{}\".\"{table}\"", self.schema.name)
    }

    /// Does something with the connection, after the rows that wait.
    fn with<T>(&self, run: impl FnMut(&mut Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.with_connection(run).map_err(|error| self.missed(error))
    }

    /// The error of whoever missed a table: either the org is not here any more, since another
    /// process has removed it; or it is a bug.
    fn missed(&self, error: Error) -> Error {
        if classify::is_absent(&error) && self.schema.is_gone() {
            return Error::Missing { place: self.schema.place() };
        }
        error
    }

    fn with_connection<T>(
        &self,
        mut run: impl FnMut(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut held = self.connection.borrow_mut();
        if self.fresh.get() && !self.inserts.borrow().is_empty() {
            // Rows are sent once; see first that somebody is there.
            self.first(&mut held, &mut Connection::exchange)?;
        }
        if self.fresh.get() {
            return self.first(&mut held, &mut run);
        }
        let connection = held.as_mut().ok_or_else(|| self.gone())?;
        self.inserts.borrow_mut().put(connection, &self.schema.dialect)?;
        run(connection)
    }

    /// Does the first thing in the transaction, on another connection if this one is of no use.
    fn first<T>(
        &self,
        held: &mut Option<Connection>,
        run: &mut impl FnMut(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = held.as_mut().ok_or_else(|| self.gone())?;
        let mut result = run(connection);
        let useless = connection.is_lost() || connection.is_conflict();
        if result.is_err() && useless {
            if let Some(useless) = held.take() {
                *held = Some(self.schema.pool.replace(useless)?);
            }
            let connection = held.as_mut().ok_or_else(|| self.gone())?;
            self.put_begin(connection)?;
            result = run(connection);
        }
        self.fresh.set(result.is_err());
        result
    }

    fn gone(&self) -> Error {
        self.schema.pool.unavailable("the transaction is gone")
    }
}

const ROLLED_BACK: &str = "the server rolled back the transaction";

/// Columns first, then indexes that belong to no constraint, each by its table.
const TABLES: &str = "\
    SELECT * FROM ( \
      SELECT CAST(t.relname AS TEXT) COLLATE \"C\", 0, CAST(c.attnum AS BIGINT), \
             CAST(c.attname AS TEXT) COLLATE \"C\" \
      FROM pg_catalog.pg_class t \
      JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
      JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid \
      WHERE n.nspname = $1 AND t.relkind IN ('r', 'p') AND 0 < c.attnum AND NOT c.attisdropped \
      UNION ALL \
      SELECT CAST(t.relname AS TEXT) COLLATE \"C\", 1, CAST(0 AS BIGINT), \
             CAST(i.relname AS TEXT) COLLATE \"C\" \
      FROM pg_catalog.pg_index x \
      JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
      JOIN pg_catalog.pg_class t ON t.oid = x.indrelid \
      JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
      WHERE n.nspname = $2 AND NOT x.indisprimary \
    ) parts ORDER BY 1, 2, 3, 4";

impl Drop for Link {
    fn drop(&mut self) {
        self.end();
    }
}

/// A query under way; it ends when this is dropped, however that comes about.
struct Running<'a> {
    link: &'a Link,
    rows: Rows,
}

impl Running<'_> {
    fn next(&mut self) -> Result<(), Error> {
        let mut held = self.link.connection.borrow_mut();
        let connection = held.as_mut().ok_or_else(|| self.link.gone())?;
        connection.next(&mut self.rows).map_err(|error| self.link.missed(error))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.link.connection.borrow_mut().as_mut() {
            connection.end(&self.rows);
        }
    }
}
