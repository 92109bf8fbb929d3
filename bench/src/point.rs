//! Reads of one row by its id on SQLite: what the storage layer adds to the driver.
//!
//! Both read the same rows of the same database in the same order, all columns of
//! [`crate::FIELDS`], within one read transaction.

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use access::{Access, Guarded};
use anyhow::{Context, Result};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};
use sql::{Alias, ColumnDef, ColumnType, CreateTable, Ddl, Expr, Select};
use store::{Home, Options, Org, Read};

use crate::table::Table;
use crate::{FIELDS, ROUNDS, now};

const ORG_ID: &str = "00D000000000001AAA";
const TABLE: &str = "account";
const ROWS: i64 = 10_000;
/// Reads before it is the other one's turn.
const TURN: usize = 50;

pub(crate) fn run(table: &mut Table) -> Result<()> {
    let dir = tempfile::TempDir::new()?;
    let home = Home::directory(dir.path());
    let org = fill(&home)?;
    let file = org.dir().context("no directory")?.join("org.db");
    let text = text_by_hand();
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("BEGIN")?;
    let snapshot = org.read()?;
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..2 * ROUNDS {
        let (mut in_ours, mut in_floor) = (Duration::ZERO, Duration::ZERO);
        // In turns so short that whatever else the machine does meets both.
        for from in (0..ROWS).step_by(TURN) {
            let turn = from..from + TURN as i64;
            // What makes a query is the caller's work, a moment before; running it is the layer's.
            let queries: Vec<Guarded> = turn.clone().map(|n| query(id(n))).collect();
            in_ours += read(&snapshot, &queries)?;
            in_floor += read_by_hand(&connection, &text, turn)?;
        }
        ours.push(in_ours);
        by_hand.push(in_floor);
    }
    table.at_most("SQLite: 10,000 point reads by id through `store`", &ours, &by_hand, 1.2);
    Ok(())
}

/// An org with one table, filled past the layer that is measured.
fn fill(home: &Home) -> Result<Org> {
    let columns = (0..FIELDS.len()).map(|n| ColumnDef {
        name: column(n),
        ty: if is_text(n) { ColumnType::Text } else { ColumnType::Int },
        primary_key: n == 0,
        not_null: n == 0,
        default: None,
    });
    let columns = columns.collect();
    let definition = CreateTable { table: TABLE.to_owned(), columns, primary_key: Vec::new() };
    let options = Options::default();
    let org = home.create(ORG_ID, &options, &[Ddl::CreateTable(definition)])?;
    home.publish(org)?;
    let file = home.open(ORG_ID, &options)?.dir().context("no directory")?.join("org.db");
    let mut connection = Connection::open(file)?;
    let transaction = connection.transaction()?;
    let places: Vec<String> = (1..=FIELDS.len()).map(|n| format!("?{n}")).collect();
    let insert = format!("INSERT INTO {TABLE} VALUES ({})", places.join(", "));
    for n in 0..ROWS {
        let value = |at: usize| match at {
            0 => Value::Integer(n),
            at if is_text(at) => Value::Text(format!("{} {n}", FIELDS[at])),
            at => Value::Integer(n * at as i64),
        };
        let row = params_from_iter((0..FIELDS.len()).map(value));
        transaction.prepare_cached(&insert)?.execute(row)?;
    }
    transaction.commit()?;
    drop(connection);
    Ok(home.open(ORG_ID, &options)?)
}

/// Half of the columns, as of an account.
fn is_text(n: usize) -> bool {
    n % 2 == 1
}

fn column(n: usize) -> String {
    FIELDS[n].to_lowercase()
}

/// The id of row `n`: neighbors in time are not neighbors on disk.
fn id(n: i64) -> i64 {
    n * 7919 % ROWS
}

fn read(read: &Read<'_>, queries: &[Guarded]) -> Result<Duration> {
    let start = now();
    let mut n_text = 0;
    for query in queries {
        read.query::<store::Error>(query, |row| {
            for n in 0..FIELDS.len() {
                if let sql::ValueRef::Text(text) = black_box(row.get(n)) {
                    n_text += text.len();
                }
            }
            Ok(())
        })?;
    }
    let elapsed = start.elapsed();
    anyhow::ensure!(n_text != 0, "nothing was read");
    Ok(elapsed)
}

fn query(id: i64) -> Guarded {
    let at = |column: String| Expr::Column(Alias(0), column);
    let mut select = Select::from_table(TABLE, Alias(0));
    select.columns = (0..FIELDS.len()).map(|n| at(column(n))).collect();
    select.where_ = at("id".to_owned()).eq(Expr::int(id));
    Access::system("measure point reads").guard(select)
}

fn text_by_hand() -> String {
    let columns: Vec<String> = (0..FIELDS.len()).map(column).collect();
    format!("SELECT {} FROM {TABLE} WHERE id = ?1", columns.join(", "))
}

fn read_by_hand(connection: &Connection, text: &str, rows: Range<i64>) -> Result<Duration> {
    let start = now();
    let mut n_text = 0;
    for n in rows {
        let mut statement = connection.prepare_cached(text)?;
        let mut rows = statement.query([id(n)])?;
        while let Some(row) = rows.next()? {
            for n in 0..FIELDS.len() {
                if let ValueRef::Text(text) = black_box(row.get_ref(n)?) {
                    n_text += std::str::from_utf8(text)?.len();
                }
            }
        }
    }
    let elapsed = start.elapsed();
    anyhow::ensure!(n_text != 0, "nothing was read");
    Ok(elapsed)
}
