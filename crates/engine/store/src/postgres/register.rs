//! Which orgs a database holds; makes, opens and removes them.
//!
//! The schema that the namespace names (`candor`) has the table `org`: id, status, and how many
//! steps of `migrate` the org's tables have taken; beside it stand those of [`crate::roster`]. An
//! org's own schema is named after its id, `candor_org_00d…`: an 18-character id says in its last
//! three which letters are capitals, so it is unique in small letters too.
//!
//! **Who makes an org** holds its row locked until it is published, on a connection of its own.
//! A row in the making that is not locked is what a crash left.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::RecordId;
use sql::{Ddl, Dialect, Statement, ValueRef};

use super::bind::{Params, Row};
use super::classify::{is_absent, is_not_empty};
use super::connection::{Ask, Connection, Timeouts};
use super::lay;
use super::link::{Link, Schema};
use super::options::PostgresOptions;
use super::pool::{Class, Pool};
use super::statement;
use crate::home::Listed;
use crate::migrate::{self, Step};
use crate::{Cause, Error, Status, roster};

#[derive(Debug)]
pub(crate) struct Register {
    pool: Arc<Pool>,
    /// How often each org is open in this process.
    open: Mutex<BTreeMap<String, usize>>,
}

/// Keeps an org from being removed by this process.
#[derive(Debug)]
pub(crate) struct Hold {
    register: Arc<Register>,
    org: String,
}

/// Holds the row of an org that is being made.
pub(crate) struct Maker {
    connection: Box<Connection>,
    register: Arc<Register>,
    org: String,
    published: bool,
}

/// What the register says of an org.
struct Entry {
    status: Status,
    version: i64,
    state_version: i64,
}

/// How long the register's own statements may take; a schema of a thousand tables goes slowly.
const TIMEOUTS: Timeouts =
    Timeouts { statement: Duration::from_secs(5 * 60), lock: Duration::from_secs(5) };

/// Tables dropped in one transaction: each needs a lock, of which a server has not many.
const DROPS_MAX: usize = 50;

impl Register {
    pub(crate) fn new(options: &PostgresOptions) -> Self {
        Self { pool: Arc::new(Pool::new(options)), open: Mutex::default() }
    }

    /// Whether both were named in the same way.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let (one, other) = (self.pool.options(), other.pool.options());
        (&one.host, one.port, &one.database, &one.namespace)
            == (&other.host, other.port, &other.database, &other.namespace)
    }

    /// The orgs that are whole.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, Error> {
        let text = format!("SELECT id, status FROM {}", self.table());
        let rows = self.with(|it| it.rows(&text, &[]));
        let rows = match rows {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            rows => rows?,
        };
        let mut listed = Vec::new();
        for row in rows {
            let status = self.status(&row, 1)?;
            if status != Status::Making {
                listed.push(Listed { id: text_of(&row, 0), status });
            }
        }
        Ok(listed)
    }

    /// Makes the schema of a new org with its first tables and rows.
    pub(crate) fn create(
        self: &Arc<Self>,
        org: &str,
        tables: &[Ddl],
    ) -> Result<(Arc<Schema>, Maker), Error> {
        let schema = self.schema(org)?;
        let maker = self.enter(org)?;
        // What fails from here on is removed with the maker.
        self.with(|it| it.run_script(&format!("CREATE SCHEMA \"{}\"", schema.name)))?;
        let steps = [migrate::ORG, migrate::STATE].into_iter().flatten().flat_map(|step| step());
        let steps: Vec<Ddl> = steps.chain(tables.iter().cloned()).collect();
        lay::out(&schema, &steps, TIMEOUTS)?;
        self.with(|it| {
            for insert in migrate::first_rows(org) {
                let rendered = Statement::Insert(&insert).render(&schema.dialect);
                let params = Params::of(rendered.params.iter().map(ValueRef::from));
                it.put(&rendered.text, params.as_slice(), false)?;
            }
            it.exchange()
        })?;
        Ok((schema, maker))
    }

    /// Enters an org that is being made, and locks its row.
    fn enter(self: &Arc<Self>, org: &str) -> Result<Maker, Error> {
        let enter = format!(
            "INSERT INTO {} (id, status, version, state_version) VALUES ($1, $2, {}, {})",
            self.table(),
            migrate::ORG.len(),
            migrate::STATE.len()
        );
        let making = Status::Making.to_string();
        let values = [ValueRef::Text(org), ValueRef::Text(&making)];
        let entered = self.with(|it| it.run(&enter, &Params::of(values.into_iter()), false));
        match entered {
            Err(error) if is_absent(&error) => {
                self.found()?;
                self.with(|it| it.run(&enter, &Params::of(values.into_iter()), false))?;
            }
            Err(Error::Unique { .. }) => {
                return Err(Error::Exists { place: format!("org {org} in {}", self.pool.place()) });
            }
            entered => drop(entered?),
        }
        let mut connection = self.pool.open_apart()?;
        connection.set_timeouts(TIMEOUTS)?;
        connection.run(
            "SET idle_in_transaction_session_timeout TO 0",
            &Params::default(),
            false,
        )?;
        connection.run("BEGIN", &Params::default(), false)?;
        let lock = format!("SELECT id FROM {} WHERE id = $1 FOR UPDATE", self.table());
        if connection.rows(&lock, &[ValueRef::Text(org)])?.is_empty() {
            return Err(self.pool.unavailable("the org that was being made was cleared away"));
        }
        Ok(Maker {
            connection: Box::new(connection),
            register: Arc::clone(self),
            org: org.to_owned(),
            published: false,
        })
    }

    /// Makes the register itself, and the tables of the roster beside it.
    pub(crate) fn found(&self) -> Result<(), Error> {
        let encoding = "SELECT CAST(pg_catalog.current_setting('server_encoding') AS TEXT)";
        let rows = self.with(|it| it.rows(encoding, &[]))?;
        if rows.first().map(|it| text_of(it, 0)).as_deref() != Some("UTF8") {
            // Others lack characters, and have another order of bytes.
            return Err(Error::Unsupported { what: "the database's encoding is not UTF8" });
        }
        let mut text = format!(
            "CREATE SCHEMA IF NOT EXISTS \"{}\"; \
             CREATE TABLE IF NOT EXISTS {} (id TEXT COLLATE \"C\" PRIMARY KEY, \
             status TEXT NOT NULL, version BIGINT NOT NULL, state_version BIGINT NOT NULL)",
            self.pool.options().namespace,
            self.table()
        );
        let own = self.own_schema();
        for ddl in roster::shared_tables() {
            let ddl = Statement::Ddl(&ddl).render(&own.dialect).text;
            text.push_str("; ");
            // Others may found it at the same time, or have done so long ago.
            text.push_str(&ddl.replacen(" TABLE ", " TABLE IF NOT EXISTS ", 1).replacen(
                " INDEX ",
                " INDEX IF NOT EXISTS ",
                1,
            ));
        }
        match self.with(|it| it.run_script(&text)) {
            // Another process was faster by a moment, which the engine does not see in time.
            Err(Error::Unique { .. }) => self.with(|it| it.run_script(&text)),
            founded => founded,
        }
    }

    /// Opens an org, and brings its tables to the version of `steps`.
    pub(crate) fn schema_of(&self, org: &str, steps: &[Step]) -> Result<Arc<Schema>, Error> {
        let missing = || Error::Missing { place: format!("{} as {org}", self.pool.place()) };
        let schema = self.schema(org).map_err(|_| missing())?;
        let entry = match self.with(|it| self.entry(it, org, "")) {
            Err(error) if is_absent(&error) => return Err(missing()),
            entry => entry?.filter(|it| it.status != Status::Making).ok_or_else(missing)?,
        };
        let place = || schema.place();
        let version = migrate::check_version(entry.version, steps, place)?;
        let state_version = migrate::check_version(entry.state_version, migrate::STATE, place)?;
        if version < steps.len() || state_version < migrate::STATE.len() {
            self.with(|it| self.upgrade(it, org, &schema, steps))?;
        }
        Ok(schema)
    }

    /// Takes the steps that are missing, each in its transaction. Another process that opens the
    /// org meanwhile waits, and finds them taken.
    fn upgrade(
        &self,
        on: &mut Connection,
        org: &str,
        schema: &Schema,
        steps: &[Step],
    ) -> Result<(), Error> {
        for (column, steps) in [("version", steps), ("state_version", migrate::STATE)] {
            for (n, step) in steps.iter().enumerate() {
                on.put("BEGIN", Params::default().as_slice(), false)?;
                let entry = self.entry(on, org, " FOR UPDATE")?;
                let entry = entry.ok_or_else(|| self.pool.unavailable("the org was removed"))?;
                let taken = if column == "version" { entry.version } else { entry.state_version };
                if taken == n as i64 {
                    tracing::info!(org.id = org, column, from = n, "upgrading an org's tables");
                    for ddl in step() {
                        let text = Statement::Ddl(&ddl).render(&schema.dialect).text;
                        on.put(&text, Params::default().as_slice(), false)?;
                    }
                    let text = format!("UPDATE {} SET {column} = $2 WHERE id = $1", self.table());
                    let values = [ValueRef::Text(org), ValueRef::Int(n as i64 + 1)];
                    on.put(&text, Params::of(values.into_iter()).as_slice(), false)?;
                }
                on.run("COMMIT", &Params::default(), false)?;
            }
        }
        Ok(())
    }

    /// Says an org's status for whoever lists it, as part of the transaction of `link`. The org's
    /// own row decides.
    pub(crate) fn put_status(&self, link: &Link, org: &str, status: &Status) -> Result<(), Error> {
        let text = format!("UPDATE {} SET status = $2 WHERE id = $1", self.table());
        let status = status.to_string();
        link.run_later(&text, [ValueRef::Text(org), ValueRef::Text(&status)].into_iter())
    }

    /// Notes that this process has the org open, until what is returned is dropped.
    pub(crate) fn hold(self: &Arc<Self>, org: &str) -> Hold {
        *self.open().entry(org.to_owned()).or_default() += 1;
        Hold { register: Arc::clone(self), org: org.to_owned() }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes an org. Its row goes last, so that what a crash leaves can be found.
    pub(crate) fn remove(&self, org: &str) -> Result<(), Error> {
        let missing = || Error::Missing { place: format!("{} as {org}", self.pool.place()) };
        let schema = self.schema(org).map_err(|_| missing())?;
        if self.open().contains_key(org) {
            return Err(Error::Locked { place: schema.place() });
        }
        let hide = format!("UPDATE {} SET status = $2 WHERE id = $1", self.table());
        let making = Status::Making.to_string();
        let values = [ValueRef::Text(org), ValueRef::Text(&making)];
        match self.with(|it| it.run(&hide, &Params::of(values.into_iter()), false)) {
            Ok(0) => return Err(missing()),
            Err(error) if is_absent(&error) => return Err(missing()),
            hidden => hidden?,
        };
        self.with(|it| {
            self.drop_schema(it, &schema)?;
            let text = format!("DELETE FROM {} WHERE id = $1", self.table());
            it.run(&text, &Params::of(std::iter::once(ValueRef::Text(org))), false)
        })?;
        Ok(())
    }

    /// Removes all orgs, and the register itself.
    #[cfg(test)]
    pub(crate) fn erase(&self) -> Result<(), Error> {
        let text = format!("SELECT id FROM {}", self.table());
        let rows = match self.with(|it| it.rows(&text, &[])) {
            Err(error) if is_absent(&error) => Vec::new(),
            rows => rows?,
        };
        for row in rows {
            self.remove(&text_of(&row, 0))?;
        }
        let namespace = &self.pool.options().namespace;
        let text = format!("DROP SCHEMA IF EXISTS \"{namespace}\" CASCADE");
        self.with(|it| it.run_script(&text))
    }

    /// The ledger's state goes first: where it is not, readers know that the org is not.
    fn drop_schema(&self, on: &mut Connection, schema: &Schema) -> Result<(), Error> {
        let text = format!(
            "SELECT CAST(tablename AS TEXT) FROM pg_catalog.pg_tables \
             WHERE schemaname = $1 ORDER BY tablename <> '{}' LIMIT {DROPS_MAX}",
            migrate::LEDGER_STATE
        );
        let mut is_late = false;
        loop {
            let rows = on.rows(&text, &[ValueRef::Text(&schema.name)])?;
            if rows.is_empty() {
                match on.run_script(&format!("DROP SCHEMA IF EXISTS \"{}\"", schema.name)) {
                    // Of who made it and is gone, a connection may have finished a table.
                    Err(error) if is_not_empty(&error) && !is_late => is_late = true,
                    dropped => return dropped,
                }
            }
            let table = |row: &Row| {
                let ddl = Ddl::DropTable { table: text_of(row, 0) };
                Statement::Ddl(&ddl).render(&schema.dialect).text
            };
            let drops: Vec<String> = rows.iter().map(table).collect();
            on.run_script(&drops.join("; "))?;
        }
    }

    /// Removes what crashes left.
    pub(crate) fn clear_unfinished(&self) -> Result<(), Error> {
        let text = format!("SELECT id FROM {} WHERE status = $1", self.table());
        let making = Status::Making.to_string();
        let rows = match self.with(|it| it.rows(&text, &[ValueRef::Text(&making)])) {
            Err(error) if is_absent(&error) => return Ok(()),
            rows => rows?,
        };
        let lock = format!(
            "SELECT id FROM {} WHERE id = $1 AND status = $2 FOR UPDATE SKIP LOCKED",
            self.table()
        );
        let delete = format!("DELETE FROM {} WHERE id = $1", self.table());
        for row in rows {
            let org = text_of(&row, 0);
            let schema = self.schema(&org)?;
            // The lock is held on one connection, what is removed on another.
            self.with(|holder| {
                holder.put("BEGIN", Params::default().as_slice(), false)?;
                let values = [ValueRef::Text(&org), ValueRef::Text(&making)];
                if !holder.rows(&lock, &values)?.is_empty() {
                    tracing::info!(org.id = org, "clearing away an org that was never whole");
                    self.with(|it| self.drop_schema(it, &schema))?;
                    let params = Params::of(std::iter::once(ValueRef::Text(&org)));
                    holder.put(&delete, params.as_slice(), false)?;
                }
                holder.run("COMMIT", &Params::default(), false)
            })?;
        }
        Ok(())
    }

    /// How much the org's tables and indexes take up.
    pub(crate) fn size_bytes(&self, schema: &Schema) -> Result<u64, Error> {
        let text = "SELECT CAST(COALESCE(SUM(pg_catalog.pg_total_relation_size(c.oid)), 0) \
                    AS BIGINT) FROM pg_catalog.pg_class c \
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                    WHERE n.nspname = $1 AND c.relkind = 'r'";
        let rows = self.with(|it| it.rows(text, &[ValueRef::Text(&schema.name)]))?;
        let bytes = rows.first().map(|it| it.get(0));
        Ok(match bytes {
            Some(ValueRef::Int(bytes)) => u64::try_from(bytes).unwrap_or(0),
            _ => 0,
        })
    }

    fn entry(&self, on: &mut Connection, org: &str, lock: &str) -> Result<Option<Entry>, Error> {
        let text = format!(
            "SELECT status, version, state_version FROM {} WHERE id = $1{lock}",
            self.table()
        );
        let rows = on.rows(&text, &[ValueRef::Text(org)])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let int = |at| if let ValueRef::Int(int) = row.get(at) { int } else { 0 };
        Ok(Some(Entry { status: self.status(row, 0)?, version: int(1), state_version: int(2) }))
    }

    fn status(&self, row: &Row, at: usize) -> Result<Status, Error> {
        Status::parse(&text_of(row, at)).ok_or_else(|| Error::Corrupt {
            place: self.pool.place().to_owned(),
            source: Cause::new("it does not say an org's status"),
        })
    }

    /// The place of an org.
    fn schema(&self, org: &str) -> Result<Arc<Schema>, Error> {
        let id = RecordId::parse(org);
        let id = id.map_err(|_| Error::Entry(ledger::Error::Token { key: "org" }))?;
        let name = format!("{}_org_{}", self.pool.options().namespace, id).to_lowercase();
        Ok(Arc::new(Schema {
            pool: Arc::clone(&self.pool),
            dialect: Dialect::postgres(name.clone()),
            key: statement::key(&name),
            name,
            is_org: true,
            gone: AtomicBool::new(false),
        }))
    }

    /// The schema of the register's own tables.
    pub(crate) fn own_schema(&self) -> Arc<Schema> {
        let name = self.pool.options().namespace.clone();
        Arc::new(Schema {
            pool: Arc::clone(&self.pool),
            dialect: Dialect::postgres(name.clone()),
            key: statement::key(&name),
            name,
            is_org: false,
            gone: AtomicBool::new(false),
        })
    }

    /// The register's table, as statements write it.
    fn table(&self) -> String {
        format!("\"{}\".\"org\"", self.pool.options().namespace)
    }

    /// Does something outside of any org's transaction, once more on another connection if the
    /// first one turns out to be dead before it has answered anything.
    fn with<T>(
        &self,
        mut run: impl FnMut(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let key = statement::key(&self.pool.options().namespace);
        let mut connection = self.pool.take(Class::State, key, TIMEOUTS.lock)?;
        let ready = connection.set_timeouts(TIMEOUTS);
        // What it owed from before says nothing: the answers may have been on their way.
        let owed = connection.n_answers() + connection.n_unanswered();
        let mut done = ready.and_then(|()| run(&mut connection));
        if done.is_err() && connection.is_lost() && connection.n_answers() <= owed {
            connection = self.pool.replace(connection)?;
            done = connection.set_timeouts(TIMEOUTS).and_then(|()| run(&mut connection));
        }
        if !connection.is_free() && !connection.is_lost() {
            connection.forgive();
            let put = connection.put("ROLLBACK", Params::default().as_slice(), true);
            // One that cannot be told is lost, and its transaction with it.
            let _lost = put.and_then(|()| connection.send());
        }
        self.pool.give_back(connection, key);
        done
    }
}

impl Maker {
    /// Makes the org one of the database's, and lets go of it.
    pub(crate) fn publish(mut self, status: &Status) -> Result<(), Error> {
        let text = format!("UPDATE {} SET status = $2 WHERE id = $1", self.register.table());
        let status = status.to_string();
        let values = [ValueRef::Text(&self.org), ValueRef::Text(&status)];
        self.connection.put(&text, Params::of(values.into_iter()).as_slice(), false)?;
        self.connection.run("COMMIT", &Params::default(), false)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        if self.published {
            return;
        }
        self.connection.forgive();
        // One that cannot be told is lost, and holds nothing any more.
        let _lost = self.connection.run("ROLLBACK", &Params::default(), false);
        if let Err(error) = self.register.remove(&self.org) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(org.id = self.org, error, "an org that is not whole was left");
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut open = self.register.open();
        if let Some(n) = open.get_mut(&self.org) {
            *n -= 1;
            if *n == 0 {
                open.remove(&self.org);
            }
        }
    }
}

fn text_of(row: &Row, at: usize) -> String {
    match row.get(at) {
        ValueRef::Text(text) => text.to_owned(),
        _ => String::new(),
    }
}

impl Connection {
    /// Asks a query of few rows.
    pub(crate) fn rows(&mut self, text: &str, values: &[ValueRef<'_>]) -> Result<Vec<Row>, Error> {
        let params = Params::of(values.iter().copied());
        let mut all = self.query_all(&[Ask { text, params, keep: true, few: true }])?;
        Ok(all.pop().unwrap_or_default())
    }
}
