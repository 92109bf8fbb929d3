//! What the tests share: an org with one table, units that log, and reads.

mod batch;
mod crash;
mod ledger;
mod open;
pub(crate) mod probe;
mod read;
mod state;
mod unit;

use ::ledger::{Actor, ActorKind, Kind};
use access::{Access, Guarded};
use base::{DateTime, KeyPrefix, RecordId};
use sql::{Alias, ColumnType, CreateIndex, Ddl, Expr, Insert, Select, Statement, Value};
use tempfile::TempDir;

use crate::{Clock, Draft, Durability, Error, Logged, Options, Org, Reader, Row, Tx, migrate};

const ORG_ID: &str = "00D000000000001";

/// An org in a directory that vanishes with it.
struct TestOrg {
    org: Org,
    dir: TempDir,
}

impl TestOrg {
    fn new() -> Self {
        Self::with(&options())
    }

    fn with(options: &Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let org = Org::create(&dir.path().join("org"), ORG_ID, options, &tables()).unwrap();
        Self { org, dir }
    }

    /// Closes the org, has `change` do something to its database, and opens it again.
    fn reopen(self, options: &Options, change: impl FnOnce(&rusqlite::Connection)) -> Self {
        let Self { org, dir } = self;
        drop(org);
        change(&rusqlite::Connection::open(dir.path().join("org/org.db")).unwrap());
        let org = Org::open(&dir.path().join("org"), options).unwrap();
        Self { org, dir }
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
