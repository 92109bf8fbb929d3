//! The statements that a connection keeps prepared, the latest used of them.
//!
//! A server keeps a plan for each, as long as the connection lasts, so their number is bounded.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use postgres_protocol::Oid;

/// With plans of some tens of kilobytes, a few megabytes for each connection.
const STATEMENTS_MAX: usize = 160;

#[derive(Debug, Default)]
pub(crate) struct Statements {
    by_key: HashMap<Key, Prepared>,
    uses: u64,
    made: u64,
    /// Names of those that the server may forget.
    dropped: Vec<String>,
}

/// Stands for a statement's text.
pub(crate) type Key = u64;

#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The types of its columns, once the server has said them; none if it has no rows.
    pub(crate) types: Option<Arc<[Oid]>>,
    used: u64,
}

pub(crate) fn key(text: &str) -> Key {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Statements {
    /// The statement, if it is prepared.
    pub(crate) fn get(&mut self, key: Key, text: &str) -> Option<&Prepared> {
        self.uses += 1;
        let prepared = self.by_key.get_mut(&key).filter(|it| it.text == text)?;
        prepared.used = self.uses;
        Some(prepared)
    }

    /// Takes up a statement that is being prepared, and returns its name.
    pub(crate) fn add(&mut self, key: Key, text: &str) -> &str {
        // Another text under the same key, if ever, makes way too.
        self.remove(key);
        if STATEMENTS_MAX <= self.by_key.len() {
            let oldest = self.by_key.iter().min_by_key(|(_, it)| it.used).map(|(key, _)| *key);
            oldest.into_iter().for_each(|it| self.remove(it));
        }
        self.made += 1;
        let name = format!("s{}", self.made);
        let prepared = Prepared { name, text: text.to_owned(), types: None, used: self.uses };
        &self.by_key.entry(key).or_insert(prepared).name
    }

    pub(crate) fn describe(&mut self, key: Key, types: Arc<[Oid]>) {
        if let Some(prepared) = self.by_key.get_mut(&key) {
            prepared.types = Some(types);
        }
    }

    pub(crate) fn text(&self, key: Key) -> Option<&str> {
        self.by_key.get(&key).map(|it| it.text.as_str())
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.dropped.extend(self.by_key.remove(&key).map(|it| it.name));
    }

    /// What the server has not been told yet that it may forget.
    pub(crate) fn take_dropped(&mut self) -> Vec<String> {
        std::mem::take(&mut self.dropped)
    }
}
