//! A directory of SQLite databases, looked at from outside.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Result};

pub(super) fn n_kept(home: &Path) -> usize {
    orgs(home).len()
}

/// The definitions of the tables and indexes of the one org of a home.
pub(super) fn definitions(home: &Path) -> Vec<String> {
    let orgs = orgs(home);
    let [org] = &orgs[..] else { panic!("{} orgs, not one", orgs.len()) };
    read(org).unwrap_or_else(|error| panic!("{}: {error}", org.display()))
}

fn read(org: &Path) -> Result<Vec<String>> {
    let connection = Connection::open(org.join("org.db"))?;
    let text = "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name";
    connection.prepare(text)?.query_map([], |row| row.get(0))?.collect()
}

fn orgs(home: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(home.join("orgs")).into_iter().flatten().flatten();
    listed.map(|it| it.path()).filter(|it| it.is_dir()).collect()
}
