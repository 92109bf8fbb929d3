//! Opens a database file the way every connection of ours is opened.
//!
//! Chosen here and nowhere else:
//!
//! - WAL, so that reads never wait for writes. The org's writer runs its checkpoints itself,
//!   after a commit is acknowledged (`session`), so automatic ones are off for it.
//! - No memory map: an I/O error under it is a signal that ends the process, and mapped pages
//!   count as ours on every connection. Page caches are small for the same reason.
//! - A quoted name that is no column is an error; SQLite would take it for a string.
//! - `LIKE` distinguishes case, as in other engines: callers compare folded text.
//! - What we never use (triggers, views, attaching, writing the schema table) is off.

use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::deadline::Deadline;
use crate::{Durability, Options};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Makes the file if there is none.
    Create,
    Write,
    Read,
}

/// How a commit reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    Full,
    /// Commits may be lost with the power, the file stays sound.
    Normal,
    Off,
}

impl From<Durability> for Sync {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Full => Self::Full,
            Durability::Off => Self::Off,
        }
    }
}

/// Statements that a connection keeps prepared.
const STATEMENTS_WRITER: usize = 256;
const STATEMENTS_READER: usize = 128;

/// Of virtual machine instructions, between two looks at the deadline: well below a millisecond.
const PROGRESS_STEPS: i32 = 10_000;

const MEBIBYTE: i32 = 1024 * 1024;

pub(crate) fn open(
    file: &Path,
    mode: Mode,
    sync: Sync,
    options: &Options,
    deadline: &Arc<Deadline>,
) -> rusqlite::Result<Connection> {
    let access = match mode {
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let mut conn = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(options.busy_timeout)?;
    configure(&conn)?;
    conn.execute_batch("PRAGMA mmap_size = 0; PRAGMA case_sensitive_like = ON;")?;
    if mode == Mode::Read {
        // What is sorted or grouped and exceeds the cache goes to a file that has no name: sorting
        // a million rows in memory takes all of it, and twice as long.
        let settings = "PRAGMA temp_store = FILE; PRAGMA cache_size = -2048; \
                        PRAGMA query_only = ON;";
        conn.execute_batch(settings)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_READER);
    } else {
        let level = match sync {
            Sync::Full => "FULL",
            Sync::Normal => "NORMAL",
            Sync::Off => "OFF",
        };
        let checkpoint = if sync == Sync::Normal { 1000 } else { 0 };
        conn.execute_batch(&format!(
            "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL; PRAGMA synchronous = {level}; \
             PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = {checkpoint}; \
             PRAGMA journal_size_limit = 67108864;"
        ))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_WRITER);
    }
    let deadline = Arc::clone(deadline);
    conn.progress_handler(PROGRESS_STEPS, Some(move || deadline.has_passed()))?;
    Ok(conn)
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        conn.set_db_config(config, on)?;
    }
    for (limit, max) in [
        (Limit::SQLITE_LIMIT_LENGTH, 256 * MEBIBYTE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 8 * MEBIBYTE),
        // The time that a pattern takes grows with its square.
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 4096),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        conn.set_limit(limit, max)?;
    }
    Ok(())
}
