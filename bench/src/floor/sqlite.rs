//! The floor on SQLite, through rusqlite.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::{Cell, Json, insert_statement, select};
use crate::now;

pub(super) fn page(database: &Path, fields: &[&str], rows: usize) -> Result<Duration> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(&select("account", fields, rows))?;
    // Once unmeasured, so that the file's pages are in memory as they are in a server's.
    json(&mut statement, fields)?;
    let start = now();
    let out = json(&mut statement, fields)?;
    let elapsed = start.elapsed();
    anyhow::ensure!(rows < out.len(), "the floor read nothing");
    Ok(elapsed)
}

fn json(statement: &mut rusqlite::Statement<'_>, fields: &[&str]) -> Result<Vec<u8>> {
    let mut json = Json::new(fields);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        json.row(|n| {
            Ok(match row.get_ref(n)? {
                ValueRef::Null | ValueRef::Blob(_) => Cell::Null,
                ValueRef::Integer(it) => Cell::Int(it),
                ValueRef::Real(it) => Cell::Real(it),
                ValueRef::Text(it) => Cell::Text(std::str::from_utf8(it)?),
            })
        })?;
    }
    Ok(json.end())
}

pub(super) fn inserts(database: &Path, rows_per_commit: usize) -> Result<Duration> {
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let dir = tempfile::TempDir::new()?;
    let target = Connection::open(dir.path().join("floor.db"))?;
    target.pragma_update(None, "journal_mode", "WAL")?;
    target.pragma_update(None, "synchronous", "FULL")?;
    // As `store` has them: less would make the floor easy to reach.
    target.pragma_update(None, "cache_size", -8192)?;
    target.pragma_update(None, "wal_autocheckpoint", 4000)?;
    let mut definitions = source
        .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'account' AND sql IS NOT NULL")?;
    for definition in definitions.query_map([], |row| row.get::<_, String>(0))? {
        target.execute_batch(&definition?)?;
    }
    let mut select = source.prepare("SELECT * FROM account ORDER BY id")?;
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let width = names.len();
    let rows: Vec<Vec<Value>> = select
        .query_map([], |row| (0..width).map(|n| row.get(n)).collect())?
        .collect::<Result<_, _>>()?;
    let used: Vec<usize> =
        (0..width).filter(|&n| rows.iter().any(|row| row[n] != Value::Null)).collect();
    let names: Vec<&str> = used.iter().map(|&n| names[n].as_str()).collect();
    let mut insert = target.prepare(&insert_statement("account", &names, '?'))?;
    let start = now();
    for some in rows.chunks(rows_per_commit) {
        target.execute_batch("BEGIN IMMEDIATE")?;
        for row in some {
            insert.execute(params_from_iter(used.iter().map(|&n| &row[n])))?;
        }
        target.execute_batch("COMMIT")?;
    }
    Ok(start.elapsed())
}
