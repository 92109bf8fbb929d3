//! The life of a record: creating, changing, deleting, restoring, reading.
//!
//! In: rows as callers wrote them, ids, SOQL. Out: an outcome for each row, pages of records.
//! Every write to a record of any object, standard, custom or of the setup, goes through here.
//!
//! In reading order:
//!
//! | module      | what                                                           |
//! |-------------|----------------------------------------------------------------|
//! | [`context`] | an open org, and what every call knows                         |
//! | [`input`]   | what callers give, and its conversion by the type of the field |
//! | [`error`]   | why a call or a row was refused, as facts                      |
//! | `plan`      | what saving needs to know of an object                         |
//! | `draft`     | a row on its way into the store                                |
//! | `order`     | the save order: the one list of what happens to a row          |
//! | `derive`    | values that follow from others                                 |
//! | [`save`]    | one call as one unit of work                                   |
//! | `create`    | the calls that save: also `update`, `upsert`, [`tree`]         |
//! | `delete`    | deleting with what hangs on it, the recycle bin, undeleting    |
//! | [`within`]  | saving within a unit of work of another service                |
//! | [`read`]    | queries, cursors, records by id, changes                       |
//! | [`search`]  | searches, and the index that they ask                          |
//! | `storage`   | values as columns hold them, the canonical row of the ledger   |
//! | `fetch`     | the reads that saving needs                                    |
//!
//! **Invariants.** A call is one unit of work. Each row that it changes has a leaf in the ledger,
//! and holds that leaf's index. What an actor may not see is answered like what does not exist.
//!
//! **Absent on purpose.** HTTP, JSON input, error codes and messages: the edges'. Flows,
//! validation rules, assignment: steps of `order` that do not exist yet.

pub mod context;
pub mod input;
pub mod error;
mod plan;
mod draft;
mod order;
mod derive;
pub mod save;
pub mod create;
pub mod update;
pub mod upsert;
pub mod tree;
pub mod delete;
pub mod within;
pub mod read;
pub mod search;
mod storage;
mod fetch;
mod rows;

#[cfg(test)]
mod tests;

pub use context::{Ctx, Org, Source};
pub use create::create;
pub use delete::{BinEntry, BinPage, delete, recycle_bin, undelete};
pub use error::{
    Blocking, Error, Locked, Operation, Outcome, Refused, RowError, RowErrorKind, Saved, Shape,
};
pub use input::{Input, Row};
pub use read::{
    Next, QueryOptions, QueryPage, RecordPage, changed, count, deleted, explain, more_records,
    prepare, query, query_more, query_records, read_blob, retrieve, retrieve_records, stretch,
};
pub use save::SaveOptions;
pub use tree::{TreeNode, TreeOutcome, create_tree};
pub use update::update;
pub use upsert::{find_by_external_id, upsert};
