//! Org databases: units of work in, durable and logged changes out.
//!
//! In: trees of the `sql` crate. Queries come as [`access::Guarded`], so somebody's rights have
//! shaped each of them; changes come in units that end with an entry of the ledger. Out: rows,
//! and a commit that many units may share.
//!
//! In reading order:
//!
//! | module    | what                                                                  |
//! |-----------|-----------------------------------------------------------------------|
//! | `home`    | where orgs live: create, list, open, remove                           |
//! | `roster`  | what a home remembers of its orgs: who signs in where                 |
//! | `transfer` | copies an org to another home, while it is used                      |
//! | `org`     | an open org: read, write, back up                                     |
//! | `status`  | whether it may be changed                                             |
//! | `tx`      | a unit of work                                                        |
//! | `batch`   | group commit: how units share a transaction                           |
//! | `reentry` | finds a unit inside a unit                                            |
//! | `session` | the writer's connection, and what a failure takes back                |
//! | `tail`    | the growing end of the ledger                                         |
//! | `verify`  | reads a whole ledger and finds what does not fit                      |
//! | `reader`  | running queries, rows                                                 |
//! | `catalog` | what tables there are                                                 |
//! | `pool`    | the connections that read                                             |
//! | `state`   | the second database, of what expires: no ledger, no waiting for disks |
//! | `search`  | which records hold which words                                        |
//! | `migrate` | the system's own tables, version by version                           |
//! | `file`    | locks, and directories that are whole or absent                       |
//! | `sqlite`  | what is particular to SQLite                                          |
//! | `postgres` | what is particular to PostgreSQL                                     |
//! | `clock`   | the one place that reads the time                                     |
//!
//! **Invariants.** No query runs without an `Access`. No change is kept without a ledger entry
//! in the same transaction. A statement cannot cross orgs: an [`Org`] owns its connections. No
//! driver type is public.
//!
//! **Absent on purpose.** What a record or an object is; SQL text from outside; asynchrony.

mod home;
mod roster;
pub mod transfer;
mod org;
mod status;
mod tx;
mod batch;
mod reentry;
mod session;
mod tail;
mod verify;
mod reader;
mod catalog;
mod pool;
mod state;
mod search;
mod migrate;
mod file;
mod sqlite;
mod postgres;
mod clock;
mod options;
mod error;

#[cfg(test)]
mod tests;

pub use catalog::Table;
pub use clock::Clock;
pub use error::{Cause, Error};
pub use home::{Home, Listed};
pub use options::{Durability, Options};
pub use org::Org;
pub use pool::Read;
pub use postgres::options::{Password, PostgresOptions, Tls, UrlError};
pub use reader::{Reader, Row};
pub use roster::{Key, Note, Roster};
pub use search::INDEX_FORMAT;
pub use state::{State, StateTx};
pub use status::Status;
pub use tail::Draft;
pub use tx::{Commit, Logged, Tx};
pub use verify::Unverified;
