//! The growing end of an org's ledger, as the writer holds it in memory.
//!
//! An entry is completed here with what no caller decides: its index, its time, its org, and
//! the nonce under which the row is committed to. Leaves are inserted as they come; the
//! frontier is stored once for a whole batch, right before its commit, and both are in the same
//! transaction as the change. `ledger::verify` needs times that do not go back, so a unit's
//! time is never before the last entry's, whatever the clock does.

use base::{DateTime, RecordId};
use ledger::{Entry, Frontier};
use ring::rand::{SecureRandom, SystemRandom};

use crate::migrate::{LEDGER, LEDGER_STATE, names};
use sql::ValueRef;

use crate::{Cause, Error, Reader};

/// What the caller says of an entry.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: ledger::Kind,
    /// The API name of the object, and the record.
    pub object: Option<(String, RecordId)>,
    /// The index of the last entry about the same record.
    pub previous: Option<u64>,
    /// The canonical bytes of the row after the change, to commit to.
    pub row: Option<Vec<u8>>,
    /// The API names of the changed fields, ascending.
    pub fields: Vec<String>,
    pub actor: ledger::Actor,
    pub body: Option<ledger::Body>,
    pub why: Option<ledger::Why>,
    pub policy: Option<ledger::Hash>,
    pub request: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Tail {
    org: String,
    frontier: Frontier,
    time: DateTime,
    nonces: Nonces,
    texts: Texts,
    /// The entry's bytes, kept to spare an allocation each time.
    buffer: Vec<u8>,
}

/// Statements of the write path, rendered once.
#[derive(Debug)]
struct Texts {
    leaf: String,
    state: String,
}

impl Tail {
    /// Reads where the ledger of `org` stands.
    pub(crate) fn load(reader: &Reader, org: String) -> Result<Self, Error> {
        let frontier = stored_frontier(reader)?.ok_or_else(|| Error::Corrupt {
            file: reader.file().to_owned(),
            source: Cause::new("the ledger's frontier is missing or malformed"),
        })?;
        let time = last_time(reader, frontier.size())?.unwrap_or(DateTime(0));
        let nonces = Nonces::new();
        Ok(Self { org, frontier, time, nonces, texts: Texts::render(), buffer: Vec::new() })
    }

    pub(crate) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Undoes appends: their rows are undone by the transaction.
    pub(crate) fn restore(&mut self, frontier: Frontier) {
        self.frontier = frontier;
    }

    /// Takes the time of the entries to come.
    pub(crate) fn set_time(&mut self, now: DateTime) {
        self.time = self.time.max(now);
    }

    pub(crate) fn time(&self) -> DateTime {
        self.time
    }

    /// Completes `draft`, inserts its leaf and returns the leaf's index.
    pub(crate) fn append(&mut self, reader: &Reader, draft: Draft) -> Result<u64, Error> {
        let index = self.frontier.size();
        let (row, nonce) = match draft.row {
            None => (None, None),
            Some(bytes) => {
                let nonce = self.nonces.next()?;
                (Some(ledger::commitment(&nonce, &bytes)), Some(nonce))
            }
        };
        let object_id = draft.object.as_ref().map(|(_, id)| id.raw());
        let entry = Entry {
            kind: draft.kind,
            time: self.time,
            counter: index,
            org: self.org.clone(),
            object: draft.object,
            actor: draft.actor,
            row,
            previous: draft.previous,
            body: draft.body,
            why: draft.why,
            policy: draft.policy,
            request: draft.request,
            fields: draft.fields,
        };
        self.buffer.clear();
        entry.write_canonical(&mut self.buffer).map_err(Error::Entry)?;
        let hash = ledger::leaf_hash(&self.buffer);
        let values = [
            ValueRef::Int(stored_index(index)),
            ValueRef::Blob(&hash),
            ValueRef::Blob(&self.buffer),
            nonce.as_ref().map_or(ValueRef::Null, |it| ValueRef::Blob(it)),
            object_id.map_or(ValueRef::Null, ValueRef::Int),
        ];
        reader.run(&self.texts.leaf, values.into_iter())?;
        self.frontier.append(hash);
        Ok(index)
    }

    /// Stores the frontier, as part of the transaction that is open.
    pub(crate) fn store(&self, reader: &Reader) -> Result<(), Error> {
        let bytes = self.frontier.to_bytes();
        let values = [ValueRef::Int(1), ValueRef::Blob(&bytes)];
        reader.run(&self.texts.state, values.into_iter()).map(|_| ())
    }
}

impl Texts {
    fn render() -> Self {
        let insert = |table: &str, columns: &[&str], key: &[&str]| {
            let insert = sql::Insert {
                table: table.to_owned(),
                columns: names(columns),
                values: vec![sql::Value::Null; columns.len()],
                on_conflict_update: names(key),
            };
            sql::Statement::Insert(&insert).render().text
        };
        Self {
            leaf: insert(LEDGER, &["idx", "hash", "entry", "nonce", "object_id"], &[]),
            state: insert(LEDGER_STATE, &["id", "frontier"], &["id"]),
        }
    }
}

/// The frontier as stored; none if it is missing or malformed.
pub(crate) fn stored_frontier(reader: &Reader) -> Result<Option<Frontier>, Error> {
    let mut select = sql::Select::from_table(LEDGER_STATE, sql::Alias(0));
    select.columns = vec![sql::Expr::Column(sql::Alias(0), "frontier".to_owned())];
    let query = access::Access::system("the ledger's own bookkeeping").guard(select);
    let mut frontier = None;
    reader.query::<Error>(&query, |row| {
        frontier = row.blob(0).and_then(|it| Frontier::from_bytes(it).ok());
        Ok(())
    })?;
    Ok(frontier)
}

/// The time of the last of `size` entries. A damaged entry has none: finding it is
/// verification's work, and must not keep the org from opening.
fn last_time(reader: &Reader, size: u64) -> Result<Option<DateTime>, Error> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
    let mut select = sql::Select::from_table(LEDGER, sql::Alias(0));
    select.columns = vec![column("entry")];
    select.where_ = column("idx").eq(sql::Expr::int(stored_index(last)));
    let query = access::Access::system("the ledger's own bookkeeping").guard(select);
    let mut time = None;
    reader.query::<Error>(&query, |row| {
        time = row.blob(0).and_then(|it| Entry::parse(it).ok()).map(|it| it.time);
        Ok(())
    })?;
    Ok(time)
}

pub(crate) fn stored_index(index: u64) -> i64 {
    i64::try_from(index).expect("invariant: a ledger has fewer than 2^53 entries")
}

/// Random nonces, drawn from the system in blocks: a call for each would cost more than the
/// hashing does.
struct Nonces {
    random: SystemRandom,
    block: Vec<u8>,
}

const NONCE_LEN: usize = 32;
const BLOCK_LEN: usize = 4096;

impl Nonces {
    fn new() -> Self {
        Self { random: SystemRandom::new(), block: Vec::with_capacity(BLOCK_LEN) }
    }

    fn next(&mut self) -> Result<[u8; NONCE_LEN], Error> {
        if self.block.is_empty() {
            let mut block = vec![0; BLOCK_LEN];
            self.random.fill(&mut block).map_err(|_| Error::Unavailable {
                path: "the system's randomness".into(),
                source: Cause::new("no random bytes could be drawn"),
            })?;
            self.block = block;
        }
        let at = self.block.len() - NONCE_LEN;
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&self.block[at..]);
        self.block.truncate(at);
        Ok(nonce)
    }
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Nonces to come stay secret.
        f.debug_struct("Nonces").finish_non_exhaustive()
    }
}
