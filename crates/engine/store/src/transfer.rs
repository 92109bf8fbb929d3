//! Copies an org from one home to another, while it is used.
//!
//! In: an open org, and what its schema says it consists of. Out: the same org in another home,
//! of either engine, with the same id, key and ledger; closed, and not in service
//! ([`Status::Incoming`]) until somebody says so.
//!
//! | module     | what                                                              |
//! |------------|-------------------------------------------------------------------|
//! | [`plan`]   | the tables to copy: the store's own, and those of the schema       |
//! | [`load`]   | the connection that fills the target                               |
//! | `rows`     | copying rows, page by page in the order of their keys              |
//! | `follow`   | bringing what changed since, as the ledger names it                |
//! | `check`    | comparing the two                                                  |
//!
//! The order is: [`Transfer::begin`], [`Transfer::copy`] of one snapshot, then
//! [`Transfer::follow`] as often as is worth it. Whoever moves the org freezes it, follows once
//! more, and then [`Transfer::complete`]s and [`Transfer::verify`]s; whoever wants a copy of the
//! snapshot verifies right away. What a record became is known by the ledger: each change of a
//! record has its entry. The store's own tables are small, and are copied once more instead.
//!
//! **Invariants.** A transfer never changes the source. Everything in the target is of one
//! snapshot of the source when it is verified. A transfer that is dropped leaves an org that is
//! incoming, which nobody serves.
//!
//! **Absent on purpose.** Who may be served where, and when: `identity`. Sessions and cursors,
//! which expire.

mod check;
mod follow;
mod load;
mod plan;
mod rows;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base::KeyPrefix;
use ledger::Verifier;
use sql::Ddl;

use crate::tail::stored;
use crate::{Home, Options, Org, Read, Status, Unverified};

use load::Loader;
use plan::{Kind, Table};

/// What an org consists of beside the store's own tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The tables of its objects, each before its indexes.
    pub tables: Vec<Ddl>,
    /// Where the records of a key prefix are.
    pub of_prefix: BTreeMap<KeyPrefix, String>,
}

/// Told of each page: the table, and how many of its rows are there now; and of each index. Who
/// breaks ends the transfer.
pub type Watch<'a> = &'a mut dyn FnMut(&str, u64) -> ControlFlow<()>;

/// Why an org could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused")]
    Store(#[from] crate::Error),

    /// The tables are not those of the schema any more: metadata was deployed meanwhile. Beginning
    /// again is all it takes, unless they stay so.
    #[error("table `{table}` is not what the metadata says")]
    Changed { table: String },

    #[error("table `{table}` has {source_rows} rows, and its copy has {target_rows}")]
    Differs { table: String, source_rows: u64, target_rows: u64 },

    #[error("the ledger of the copy does not verify")]
    Ledger(#[from] Unverified),

    #[error("table `{table}` holds a value of a kind that no column has")]
    Value { table: String },

    /// The watcher broke.
    #[error("the transfer was ended")]
    Ended,
}

/// A copy that is being made.
pub struct Transfer<'a> {
    source: &'a Org,
    loader: Loader,
    tables: Vec<Table>,
    /// Made when their tables are full.
    indexes: Vec<Ddl>,
    of_prefix: BTreeMap<KeyPrefix, String>,
    /// The snapshot that the target follows.
    read: Option<Read<'a>>,
    /// Entries of the ledger that are there.
    size: u64,
    /// What has been verified of them, and how many that is.
    verifier: Verifier,
    verified: u64,
}

impl<'a> Transfer<'a> {
    /// Makes the target: an org of the same id in `to`, incoming and empty.
    pub fn begin(
        source: &'a Org,
        to: &Home,
        contents: Contents,
        options: &Options,
    ) -> Result<Self, Error> {
        let Contents { tables, of_prefix } = contents;
        let (indexes, first): (Vec<Ddl>, Vec<Ddl>) =
            tables.into_iter().partition(|it| matches!(it, Ddl::CreateIndex(_)));
        let tables = plan::tables(&first);
        let made = to.create(source.id(), options, &first)?;
        made.set_status(Status::Incoming)?;
        to.publish(made)?;
        let loader = Loader::open(to, source.id(), options)?;
        Ok(Self {
            source,
            loader,
            tables,
            indexes,
            of_prefix,
            read: None,
            size: 0,
            verifier: Verifier::default(),
            verified: 0,
        })
    }

    /// Copies everything as it is at this moment, then makes the indexes and reads the ledger of
    /// the copy.
    pub fn copy(&mut self, watch: Watch<'_>) -> Result<(), Error> {
        let read = self.snapshot()?;
        for table in &self.tables {
            rows::replace(&read, &self.loader, table, watch)?;
        }
        for index in &self.indexes {
            self.loader.change(sql::Statement::Ddl(index))?;
            // A server takes a snapshot back that nobody uses for long.
            self.size = size(&read)?;
            let Ddl::CreateIndex(index) = index else { continue };
            if watch(&index.name, self.size).is_break() {
                return Err(Error::Ended);
            }
        }
        self.size = size(&read)?;
        self.read = Some(read);
        self.verify_entries(watch)
    }

    /// Brings what has changed since the last snapshot. Returns the number of entries that say
    /// so.
    pub fn follow(&mut self, watch: Watch<'_>) -> Result<u64, Error> {
        // Two snapshots at a time would hold two connections for nothing.
        self.read = None;
        let read = self.snapshot()?;
        let from = self.size;
        let to = size(&read)?;
        follow::follow(&read, &self.loader, (&self.tables, &self.of_prefix), (from, to), watch)?;
        self.size = to;
        self.read = Some(read);
        self.verify_entries(watch)?;
        Ok(to - from)
    }

    /// Copies the store's own tables once more, from the last snapshot. Nothing may have changed
    /// since: the source is frozen.
    pub fn complete(&mut self, watch: Watch<'_>) -> Result<(), Error> {
        let read = self.read.take().map_or_else(|| self.snapshot(), Ok)?;
        for table in self.tables.iter().filter(|it| it.kind != Kind::Records) {
            if table.kind != Kind::Ledger {
                rows::replace(&read, &self.loader, table, watch)?;
            }
        }
        self.read = Some(read);
        Ok(())
    }

    /// Compares the copy with the snapshot that it is of: the rows of each table, and the root of
    /// the ledger, rebuilt from the copy's entries. Returns the ledger's head.
    pub fn verify(&mut self, watch: Watch<'_>) -> Result<ledger::Head, Error> {
        let read = self.read.take().map_or_else(|| self.snapshot(), Ok)?;
        self.verify_entries(watch)?;
        let head = check::counts_and_head(&read, &self.loader, &self.tables)?;
        std::mem::take(&mut self.verifier).finish(&head).map_err(Unverified::from)?;
        Ok(head)
    }

    /// Closes the target, which is durable then and still incoming.
    pub fn finish(self) -> Result<(), Error> {
        Ok(self.loader.close()?)
    }

    fn snapshot(&self) -> Result<Read<'a>, Error> {
        let read = self.source.read()?;
        plan::compare(&read, &self.tables, &self.indexes)?;
        Ok(read)
    }

    fn verify_entries(&mut self, watch: Watch<'_>) -> Result<(), Error> {
        let Self { loader, verifier, verified, source, read, .. } = self;
        let mut pinged = Ok(0);
        let mut page = |table: &str, n: u64| {
            pinged = read.as_ref().map_or(Ok(0), size);
            if pinged.is_err() { ControlFlow::Break(()) } else { watch(table, n) }
        };
        let done = check::entries(loader, verifier, (*verified, source.id()), &mut page);
        pinged?;
        *verified = done?;
        Ok(())
    }
}

/// The number of entries in the ledger that `read` sees.
fn size(read: &Read<'_>) -> Result<u64, Error> {
    let standing = stored(read)?.ok_or(Unverified::NoHead)?;
    Ok(standing.frontier.size())
}
