//! Reads a whole log in order, rebuilds its root, and names the first fault.
//!
//! Given each entry's bytes and, where the log keeps them, its stored leaf hash. Checked of each
//! entry: that it hashes to the stored leaf; that it is canonical; that its counter is its
//! index; that time does not go back; that `pl` is the last leaf about the same record, so that
//! a record's history can be walked and has no gap. Checked of the whole: size and root.
//!
//! A changed byte is found at its index when stored leaves are given. Whoever changed the stored
//! leaf as well is found by the root, which cannot say where.
//!
//! Memory grows with the number of different records, by about 20 bytes for each where their
//! ids are dense and never by more than their entries occupy; nothing else grows.

use std::collections::HashMap;

use base::{DateTime, RecordId};

use crate::tree::{Frontier, Hash, Head, hex, leaf_hash};
use crate::{Entry, Error};

/// A verification under way. The first fault ends it.
#[derive(Debug, Default)]
pub struct Verifier {
    frontier: Frontier,
    time: Option<DateTime>,
    last_leaves: LastLeaves,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("entry {found} stands where entry {expected} belongs")]
    Order { expected: u64, found: u64 },

    #[error("entry {index} and its stored leaf hash disagree")]
    Changed { index: u64 },

    #[error("entry {index} is malformed")]
    Malformed { index: u64, source: Error },

    #[error("entry {index} counts itself as {counter}")]
    Counter { index: u64, counter: u64 },

    #[error("entry {index} is older than the entry before it")]
    Time { index: u64 },

    #[error(
        "entry {index} continues {}, but the record's last is {}",
        leaf(*.found),
        leaf(*.expected)
    )]
    Chain { index: u64, expected: Option<u64>, found: Option<u64> },

    #[error("the log has {found} entries instead of {expected}")]
    Size { expected: u64, found: u64 },

    #[error("the root is {} instead of {}", hex(.found), hex(.expected))]
    Root { expected: Hash, found: Hash },
}

impl Verifier {
    /// Checks the next entry and returns it, for checks that go beyond the log.
    pub fn push(
        &mut self,
        index: u64,
        bytes: &[u8],
        stored_leaf: Option<&Hash>,
    ) -> Result<Entry, Fault> {
        let expected = self.frontier.size();
        if index != expected {
            return Err(Fault::Order { expected, found: index });
        }
        let leaf = leaf_hash(bytes);
        if stored_leaf.is_some_and(|stored| *stored != leaf) {
            return Err(Fault::Changed { index });
        }
        let entry = Entry::parse(bytes).map_err(|source| Fault::Malformed { index, source })?;
        if entry.counter != index {
            return Err(Fault::Counter { index, counter: entry.counter });
        }
        if self.time.is_some_and(|before| entry.time < before) {
            return Err(Fault::Time { index });
        }
        if let Some((_, id)) = entry.object {
            let expected = self.last_leaves.replace(id, index);
            if entry.previous != expected {
                return Err(Fault::Chain { index, expected, found: entry.previous });
            }
        }
        self.time = Some(entry.time);
        self.frontier.append(leaf);
        Ok(entry)
    }

    /// The tree over the entries so far, to compare with heads published on the way.
    pub fn head(&self) -> Head {
        self.frontier.head()
    }

    /// Compares the whole log with the head that it must have.
    pub fn finish(self, expected: &Head) -> Result<(), Fault> {
        let found = self.head();
        if found.size != expected.size {
            return Err(Fault::Size { expected: expected.size, found: found.size });
        }
        if found.root != expected.root {
            return Err(Fault::Root { expected: expected.root, found: found.root });
        }
        Ok(())
    }
}

/// How many neighboring ids share a page.
const PAGE: usize = 8;

/// The index of the last leaf about each record.
///
/// Sequences are dense, so ids share pages; pages are small, so that a log of scattered ids
/// takes no more memory than its own entries do.
#[derive(Debug, Default)]
struct LastLeaves {
    /// By id without its last bits: an index plus one for each id, or 0 where none is known.
    pages: HashMap<i64, [u64; PAGE]>,
}

impl LastLeaves {
    fn replace(&mut self, id: RecordId, index: u64) -> Option<u64> {
        let width = PAGE as i64;
        let page = self.pages.entry(id.raw().div_euclid(width)).or_default();
        let place = &mut page[id.raw().rem_euclid(width) as usize];
        std::mem::replace(place, index + 1).checked_sub(1)
    }
}

fn leaf(index: Option<u64>) -> String {
    index.map_or_else(|| "no entry".to_owned(), |it| format!("entry {it}"))
}
