//! A home for the orgs of one test, on the engine that the whole run is about.
//!
//! It is a directory with SQLite databases, unless `CANDOR_TEST_POSTGRES` names a server: then
//! it is a namespace of that server's database which no other test sees. Either is gone when the
//! test is over. So a test is written once and says the same of both engines.
//!
//! | module       | what it does                                            |
//! |--------------|---------------------------------------------------------|
//! | [`postgres`] | looks at a namespace from outside, and removes it       |
//! | [`sqlite`]   | looks at a directory from outside                       |

mod postgres;
mod sqlite;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::path::Path;

use store::{Home, PostgresOptions};
use tempfile::TempDir;

use self::postgres::Namespace;

/// The URL of the server to run on.
const VARIABLE: &str = "CANDOR_TEST_POSTGRES";

/// A home that vanishes; drop what has its orgs open before it.
#[derive(Debug)]
pub struct TestHome {
    home: Home,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Directory(TempDir),
    Postgres(Namespace),
}

/// An empty home on the engine of this run.
pub fn home() -> TestHome {
    server().map_or_else(directory, |url| namespace(&url))
}

/// An empty home on SQLite, whatever engine the run is about: for tests of files.
pub fn directory() -> TestHome {
    let dir = tempfile::tempdir().expect("invariant: tests may write temporary files");
    TestHome { home: Home::directory(dir.path()), place: Place::Directory(dir) }
}

/// Whether the run is about PostgreSQL; then a test that is about files says why it is skipped.
pub fn skips_on_postgres(why: &str) -> bool {
    let skips = server().is_some();
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    if skips {
        eprintln!("skipped on PostgreSQL: {why}");
    }
    skips
}

impl TestHome {
    /// The directory, where it is one.
    pub fn dir(&self) -> Option<&Path> {
        match &self.place {
            Place::Directory(dir) => Some(dir.path()),
            Place::Postgres(_) => None,
        }
    }

    /// The URL of the home, where it is on a server.
    pub fn url(&self) -> Option<&str> {
        match &self.place {
            Place::Directory(_) => None,
            Place::Postgres(namespace) => Some(namespace.url()),
        }
    }

    /// How many orgs are there, those that are not listed included.
    pub fn n_kept(&self) -> usize {
        match &self.place {
            Place::Directory(dir) => sqlite::n_kept(dir.path()),
            Place::Postgres(namespace) => namespace.n_kept(),
        }
    }

    /// What the engine holds as the definitions of the tables and indexes of the one org that is
    /// there, in some order that is always the same: looked at past everything of ours.
    pub fn definitions(&self) -> Vec<String> {
        match &self.place {
            Place::Directory(dir) => sqlite::definitions(dir.path()),
            Place::Postgres(namespace) => namespace.definitions(),
        }
    }
}

impl Deref for TestHome {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask")]
fn server() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|it| !it.is_empty())
}

fn namespace(server: &str) -> TestHome {
    let name = format!("t{:016x}", RandomState::new().build_hasher().finish());
    let namespace = Namespace::new(server, name);
    let options = PostgresOptions::parse(namespace.url())
        .unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
    TestHome { home: Home::postgres(&options), place: Place::Postgres(namespace) }
}
