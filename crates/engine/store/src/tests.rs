//! What the tests share: an org with one table, units that log, and reads.

mod batch;
mod crash;
mod ledger;
mod open;
pub(crate) mod probe;
mod read;
mod roster;
mod search;
mod server;
mod state;
mod transfer;
mod unit;
mod url;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use ::ledger::{Actor, ActorKind, Kind};
use access::{Access, Guarded};
use base::{DateTime, KeyPrefix, RecordId};
use sql::{Alias, ColumnType, CreateIndex, Ddl, Expr, Insert, Select, Statement, Value};
use tempfile::TempDir;

use crate::postgres::connection::Connection;
use crate::{
    Clock, Draft, Durability, Error, Home, Logged, Options, Org, PostgresOptions, Reader, Row, Tx,
    migrate,
};

const ORG_ID: &str = "00D000000000001";

/// A home that vanishes when it is dropped: a directory, or part of the database that
/// `CANDOR_TEST_POSTGRES` names.
struct TestHome {
    home: Home,
    // Removed after it is erased.
    dir: TempDir,
    postgres: Option<PostgresOptions>,
}

impl TestHome {
    fn new() -> Self {
        match postgres_options() {
            Some(options) => {
                let home = Home::postgres(&options);
                Self { home, dir: tempfile::tempdir().unwrap(), postgres: Some(options) }
            }
            None => Self::directory(),
        }
    }

    fn directory() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { home: Home::directory(dir.path()), dir, postgres: None }
    }
}

impl Drop for TestHome {
    fn drop(&mut self) {
        if let Err(error) = self.home.erase() {
            println!("the test's home stays: {error}");
        }
    }
}

/// A database of the machine's choice, under a name of this test's own.
#[expect(clippy::disallowed_methods, reason = "the machine says which server to test")]
fn postgres_options() -> Option<PostgresOptions> {
    static N: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("CANDOR_TEST_POSTGRES").ok()?;
    let n = N.fetch_add(1, Ordering::SeqCst);
    let namespace = format!("t{}_{n}", std::process::id());
    let options = PostgresOptions::parse(&url).expect("CANDOR_TEST_POSTGRES is a URL");
    Some(PostgresOptions { namespace, connections: 10, ..options })
}

/// The schema of the tests' org.
fn schema_of(options: &PostgresOptions) -> String {
    let id = RecordId::parse(ORG_ID).unwrap();
    format!("{}_org_{id}", options.namespace).to_lowercase()
}

/// An org in a home that vanishes with it.
struct TestOrg {
    org: Org,
    home: TestHome,
}

/// An org that is open.
fn make(home: &Home, options: &Options) -> Org {
    home.publish(home.create(ORG_ID, options, &tables()).unwrap()).unwrap();
    home.open(ORG_ID, options).unwrap()
}

impl TestOrg {
    fn new() -> Self {
        Self::with(&options())
    }

    fn with(options: &Options) -> Self {
        Self::in_home(TestHome::new(), options)
    }

    /// An org in a directory, whatever else is tested.
    fn on_disk(options: &Options) -> Self {
        Self::in_home(TestHome::directory(), options)
    }

    fn in_home(home: TestHome, options: &Options) -> Self {
        Self { org: make(&home.home, options), home }
    }

    /// Closes the org, has `change` do something, and opens it again.
    fn reopen(self, options: &Options, change: impl FnOnce(&TestHome)) -> Self {
        let Self { org, home } = self;
        drop(org);
        change(&home);
        let org = home.home.open(ORG_ID, options).unwrap();
        Self { org, home }
    }

    fn path(&self) -> PathBuf {
        self.org.dir().unwrap().to_owned()
    }
}

impl TestHome {
    /// Changes the org's tables behind the store's back. The org is closed.
    fn tamper(&self, sql: &str) {
        match &self.postgres {
            None => {
                let file = self.dir.path().join("orgs").join(ORG_ID).join("org.db");
                rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
            }
            Some(options) => {
                let mut other = Connection::open(options, &"test".into()).unwrap();
                let schema = schema_of(options);
                other.run_script(&format!("SET search_path TO {schema}; {sql}")).unwrap();
            }
        }
    }
}

/// Without fsync, which tests of everything but crashes do not need.
fn options() -> Options {
    Options {
        clock: Clock::fixed(DateTime(1_700_000_000_000)),
        durability: Durability::Off,
        ..Options::default()
    }
}

fn tables() -> Vec<Ddl> {
    let table = migrate::table(
        "account",
        &[("id", ColumnType::Int), ("name", ColumnType::Text), ("number", ColumnType::Text)],
        &["id"],
    );
    let unique = Ddl::CreateIndex(CreateIndex {
        name: "account_number".to_owned(),
        table: "account".to_owned(),
        columns: vec!["number".to_owned()],
        unique: true,
        where_: Expr::IsNotNull(Box::new(Expr::OwnColumn("number".to_owned()))),
    });
    vec![table, unique]
}

fn record_id(n: i64) -> RecordId {
    RecordId::new(KeyPrefix::parse("001").unwrap(), n)
}

fn insert(n: i64) -> Insert {
    Insert {
        table: "account".to_owned(),
        columns: migrate::names(&["id", "name", "number"]),
        values: vec![Value::Int(record_id(n).raw()), Value::Text(format!("Acme {n}")), Value::Null],
        on_conflict_update: Vec::new(),
    }
}

fn numbered(n: i64, number: &str) -> Insert {
    let mut insert = insert(n);
    insert.values[2] = Value::from(number);
    insert
}

fn draft(n: i64) -> Draft {
    Draft {
        kind: Kind::RecordCreate,
        object: Some(("Account".to_owned(), record_id(n))),
        previous: None,
        row: Some(format!("Acme {n}").into_bytes()),
        fields: vec!["Name".to_owned()],
        actor: Actor { kind: ActorKind::User, pseudonym: [7; 32] },
        body: None,
        why: None,
        policy: None,
        request: Some("req-1".to_owned()),
    }
}

/// Inserts account `n` and logs it.
fn add(tx: &mut Tx<'_>, n: i64) -> Result<Logged, Error> {
    tx.execute(Statement::Insert(&insert(n)))?;
    tx.append(draft(n))
}

fn write(org: &Org, n: i64) -> Result<(), Error> {
    org.write(|tx| {
        let logged = add(tx, n)?;
        Ok(tx.commit(logged, ()))
    })
}

fn column(name: &str) -> Expr {
    Expr::Column(Alias(0), name.to_owned())
}

fn accounts() -> Select {
    let mut select = Select::from_table("account", Alias(0));
    select.columns = vec![column("id"), column("name")];
    select
}

fn guard(select: Select) -> Guarded {
    Access::system("test").guard(select)
}

/// The numbers of the accounts that `reader` sees.
fn numbers(reader: &Reader) -> Vec<i64> {
    let mut numbers: Vec<i64> =
        rows(reader, accounts(), |row| RecordId::from_raw(row.int(0).unwrap()).sequence());
    numbers.sort_unstable();
    numbers
}

fn rows<T>(reader: &Reader, select: Select, mut of: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    let mut rows = Vec::new();
    let each = |row: &Row<'_>| {
        rows.push(of(row));
        Ok(())
    };
    reader.query::<Error>(&guard(select), each).unwrap();
    rows
}
