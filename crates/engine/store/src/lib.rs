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
//! | `org`     | an org's directory: create, open, read, write, back up                |
//! | `tx`      | a unit of work                                                        |
//! | `batch`   | group commit: how units share a transaction                           |
//! | `reentry` | finds a unit inside a unit                                            |
//! | `session` | the writer's connection, and what a failure takes back                |
//! | `shape`   | texts of inserts, kept between rows                                   |
//! | `tail`    | the growing end of the ledger                                         |
//! | `verify`  | reads a whole ledger and finds what does not fit                      |
//! | `reader`  | running queries, rows                                                 |
//! | `pool`    | the connections that read                                             |
//! | `state`   | the second database, of what expires: no ledger, no waiting for disks |
//! | `migrate` | the system's own tables, version by version                           |
//! | `file`    | locks, and directories that are whole or absent                       |
//! | `sqlite`  | what is particular to the one engine there is so far                  |
//! | `clock`   | the one place that reads the time                                     |
//!
//! **Invariants.** No query runs without an `Access`. No change is kept without a ledger entry
//! in the same transaction. A statement cannot cross orgs: an [`Org`] owns its connections. No
//! driver type is public.
//!
//! **Absent on purpose.** What a record or an object is; SQL text from outside; asynchrony.

mod org;
mod tx;
mod batch;
mod reentry;
mod session;
mod shape;
mod tail;
mod verify;
mod reader;
mod pool;
mod state;
mod migrate;
mod file;
mod sqlite;
mod clock;
mod options;
mod error;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use error::{Cause, Error};
pub use options::{Durability, Options};
pub use org::Org;
pub use pool::Read;
pub use reader::{Reader, Row};
pub use state::{State, StateTx};
pub use tail::Draft;
pub use tx::{Commit, Logged, Tx};
pub use verify::Unverified;
