//! The same work in SQL by hand, through the engine's own driver: what nobody can do with less.
//!
//! On each engine: prepared statements that name the columns that are used, the tables and
//! indexes that candor made, the same durability and memory, as many rows a transaction; on a
//! server the rows of a transaction in one trip, as whoever loads rows there sends them.

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::server::Server;

pub(crate) use postgres::{Observer, clear, connect, org_schema};

/// A value of a row, borrowed from the driver.
enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
}

/// Reads the columns of `fields` from candor's own table, and makes JSON of the rows.
pub(crate) fn page(server: &Server, fields: &[&str], rows: usize) -> Result<Duration> {
    match server.place() {
        Place::Directory { .. } => sqlite::page(&server.database()?, fields, rows),
        Place::Postgres { url, .. } => postgres::page(url, fields, rows),
    }
}

/// Inserts candor's account rows into an empty table with the same columns and indexes,
/// `rows_per_commit` rows a transaction.
pub(crate) fn inserts(server: &Server, rows_per_commit: usize) -> Result<Duration> {
    wait_for_quiet();
    match server.place() {
        Place::Directory { slow_flush: None } => {
            sqlite::inserts(&server.database()?, rows_per_commit)
        }
        Place::Directory { slow_flush: Some(shim) } => {
            inserts_elsewhere(shim, &server.database()?, rows_per_commit)
        }
        Place::Postgres { url, .. } => postgres::inserts(url, rows_per_commit),
    }
}

/// How long candor takes at most to index what it was sent. It would do so on the processors and
/// the disk that the floor is measured on, which would make the floor easy to reach.
const QUIET: Duration = Duration::from_secs(3);

#[expect(clippy::disallowed_methods, reason = "the server does not tell when it has nothing to do")]
pub(crate) fn wait_for_quiet() {
    std::thread::sleep(QUIET);
}

/// The program's other use, by [`inserts_elsewhere`].
pub(crate) const INSERTS: &str = "floor-inserts";

/// Inserts in a process of its own, whose flushes are slow.
fn inserts_elsewhere(shim: &Path, database: &Path, rows_per_commit: usize) -> Result<Duration> {
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let mut command = Command::new(own);
    command.arg(INSERTS).arg(database).arg(rows_per_commit.to_string()).env("LD_PRELOAD", shim);
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let micros = String::from_utf8_lossy(&output.stdout).trim().parse()?;
    Ok(Duration::from_micros(micros))
}

/// What the process started by [`inserts_elsewhere`] does.
#[expect(clippy::print_stdout, reason = "its result, for the process that started it")]
pub(crate) fn inserts_here(args: &[String]) -> Result<()> {
    let [database, rows_per_commit] = args else { anyhow::bail!("a database and a number") };
    let took = sqlite::inserts(&PathBuf::from(database), rows_per_commit.parse()?)?;
    println!("{}", took.as_micros());
    Ok(())
}

/// The columns of `fields`, as both engines have them.
fn select(table: &str, fields: &[&str], rows: usize) -> String {
    let columns: Vec<String> =
        fields.iter().map(|it| format!("\"{}\"", it.to_lowercase())).collect();
    format!(
        "SELECT {} FROM {table} WHERE isdeleted = 0 ORDER BY id LIMIT {rows}",
        columns.join(", ")
    )
}

/// The statement that inserts one row; `placeholder` stands before a parameter's number. By hand
/// one names the columns that have values, not the many that have none.
fn insert_statement(table: &str, names: &[&str], placeholder: char) -> String {
    let places: Vec<String> = (1..=names.len()).map(|n| format!("{placeholder}{n}")).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", listed(names), places.join(", "))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ")
}

/// Writes rows as JSON.
struct Json<'a> {
    fields: &'a [&'a str],
    out: Vec<u8>,
}

impl<'a> Json<'a> {
    fn new(fields: &'a [&'a str]) -> Self {
        Self { fields, out: vec![b'['] }
    }

    fn row<'b>(&mut self, cell: impl Fn(usize) -> Result<Cell<'b>>) -> Result<()> {
        let out = &mut self.out;
        out.extend_from_slice(if out.len() == 1 { b"{" } else { b",{" });
        for (n, field) in self.fields.iter().enumerate() {
            if 0 < n {
                out.push(b',');
            }
            serde_json::to_writer(&mut *out, field)?;
            out.push(b':');
            match cell(n)? {
                Cell::Null => out.extend_from_slice(b"null"),
                Cell::Int(it) => serde_json::to_writer(&mut *out, &it)?,
                Cell::Real(it) => serde_json::to_writer(&mut *out, &it)?,
                Cell::Text(it) => serde_json::to_writer(&mut *out, it)?,
            }
        }
        out.push(b'}');
        Ok(())
    }

    fn end(mut self) -> Vec<u8> {
        self.out.push(b']');
        self.out
    }
}
