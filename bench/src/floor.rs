//! The same work in SQL through rusqlite: what nobody can do with less.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::now;

/// Reads the columns of `fields` from candor's own file and makes JSON of the rows.
pub(crate) fn page(database: &Path, fields: &[&str], rows: usize) -> Result<Duration> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let columns: Vec<String> =
        fields.iter().map(|it| format!("\"{}\"", it.to_lowercase())).collect();
    let text = format!(
        "SELECT {} FROM account WHERE isdeleted = 0 ORDER BY id LIMIT {rows}",
        columns.join(", ")
    );
    let mut statement = connection.prepare(&text)?;
    // Once unmeasured, so that the file's pages are in memory as they are in a server's.
    json(&mut statement, fields)?;
    let start = now();
    let out = json(&mut statement, fields)?;
    let elapsed = start.elapsed();
    anyhow::ensure!(rows < out.len(), "the floor read nothing");
    Ok(elapsed)
}

fn json(statement: &mut rusqlite::Statement<'_>, fields: &[&str]) -> Result<Vec<u8>> {
    let mut out = vec![b'['];
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        out.push(if out.len() == 1 { b'{' } else { b',' });
        if out.last() == Some(&b',') {
            out.push(b'{');
        }
        for (n, field) in fields.iter().enumerate() {
            if 0 < n {
                out.push(b',');
            }
            serde_json::to_writer(&mut out, field)?;
            out.push(b':');
            match row.get_ref(n)? {
                ValueRef::Null => out.extend_from_slice(b"null"),
                ValueRef::Integer(it) => serde_json::to_writer(&mut out, &it)?,
                ValueRef::Real(it) => serde_json::to_writer(&mut out, &it)?,
                ValueRef::Text(it) => serde_json::to_writer(&mut out, std::str::from_utf8(it)?)?,
                ValueRef::Blob(_) => out.extend_from_slice(b"null"),
            }
        }
        out.push(b'}');
    }
    out.push(b']');
    Ok(out)
}

/// Inserts candor's account rows into an empty table with the same columns and indexes, with
/// the same durability, `rows_per_commit` rows a transaction.
pub(crate) fn inserts(database: &Path, rows_per_commit: usize) -> Result<Duration> {
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let dir = tempfile::TempDir::new()?;
    let target = Connection::open(dir.path().join("floor.db"))?;
    target.pragma_update(None, "journal_mode", "WAL")?;
    target.pragma_update(None, "synchronous", "FULL")?;
    let mut definitions = source
        .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'account' AND sql IS NOT NULL")?;
    for definition in definitions.query_map([], |row| row.get::<_, String>(0))? {
        target.execute_batch(&definition?)?;
    }
    let mut select = source.prepare("SELECT * FROM account ORDER BY id")?;
    let width = select.column_count();
    let rows: Vec<Vec<Value>> = select
        .query_map([], |row| (0..width).map(|n| row.get(n)).collect())?
        .collect::<Result<_, _>>()?;
    let places: Vec<String> = (1..=width).map(|n| format!("?{n}")).collect();
    let mut insert =
        target.prepare(&format!("INSERT INTO account VALUES ({})", places.join(", ")))?;
    let start = now();
    for some in rows.chunks(rows_per_commit) {
        target.execute_batch("BEGIN IMMEDIATE")?;
        for row in some {
            insert.execute(params_from_iter(row))?;
        }
        target.execute_batch("COMMIT")?;
    }
    Ok(start.elapsed())
}
