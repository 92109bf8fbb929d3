//! A driver's error as one of the store's.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, ffi};

use crate::{Cause, Error};

/// Says what `error` means for whoever ran `statement` on `conn`; `file` is its database.
pub(crate) fn statement(
    error: rusqlite::Error,
    conn: &Connection,
    file: &Path,
    statement: &str,
) -> Error {
    if let Some((failure, message)) = failure(&error) {
        let code = failure.extended_code;
        if [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY].contains(&code) {
            return unique(conn, message);
        }
    }
    plain(error, file, statement)
}

/// Says what `error` means where no connection can be asked.
pub(crate) fn plain(error: rusqlite::Error, file: &Path, statement: &str) -> Error {
    let place = file.display().to_string();
    match failure(&error).map(|(failure, _)| failure.code) {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy,
        Some(ErrorCode::OperationInterrupted) => Error::Timeout,
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => Error::Unavailable { place, source: Cause::new(error) },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::Corrupt { place, source: Cause::new(error) }
        }
        _ => Error::bug(statement, error),
    }
}

fn failure(error: &rusqlite::Error) -> Option<(&ffi::Error, &str)> {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            Some((failure, message.as_deref().unwrap_or_default()))
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => Some((error, msg)),
        _ => None,
    }
}

/// SQLite names the columns (`UNIQUE constraint failed: account.ext__c, account.x`), or the
/// index where it is one of expressions (`… failed: index 'name'`).
fn unique(conn: &Connection, message: &str) -> Error {
    let named = message.split_once(": ").map_or(message, |(_, rest)| rest);
    if let Some(index) = named.strip_prefix("index '").and_then(|it| it.strip_suffix('\'')) {
        let table = table_of(conn, index).unwrap_or_default();
        return Error::Unique { table, columns: Vec::new(), index: Some(index.to_owned()) };
    }
    let mut table = String::new();
    let mut columns = Vec::new();
    for column in named.split(", ") {
        let (of, column) = column.split_once('.').unwrap_or(("", column));
        of.clone_into(&mut table);
        columns.push(column.to_owned());
    }
    let index = index_of(conn, &table, &columns);
    Error::Unique { table, columns, index }
}

fn table_of(conn: &Connection, index: &str) -> Option<String> {
    let text = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1";
    conn.query_row(text, [index], |row| row.get(0)).ok()
}

/// The unique index over exactly these columns. Indexes that SQLite made for a primary key have
/// no name of ours and are left out.
fn index_of(conn: &Connection, table: &str, columns: &[String]) -> Option<String> {
    let text = "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1 AND origin = 'c'";
    let mut indexes = conn.prepare_cached(text).ok()?;
    let mut names = indexes.query_map([table], |row| row.get::<_, String>(0)).ok()?;
    let text = "SELECT name FROM pragma_index_info(?1) ORDER BY seqno";
    let mut info = conn.prepare_cached(text).ok()?;
    names.find_map(|name| {
        let name = name.ok()?;
        let found = info.query_map([&name], |row| row.get::<_, Option<String>>(0)).ok()?;
        let found: Vec<String> = found.flatten().flatten().collect();
        (found == columns).then_some(name)
    })
}
