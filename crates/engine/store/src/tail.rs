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

use crate::postgres::link::Turn;
use crate::{Cause, Error, Reader, Row, Status};

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

/// What the org's one row of the ledger's state says, and with it goes back when a unit is
/// undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) frontier: Frontier,
    /// The index of the entry under which metadata, users or rights changed last.
    pub(crate) meta: i64,
    pub(crate) status: Status,
    /// Whether the unit under way changes them.
    pub(crate) touches_meta: bool,
    /// The hash of the last entry that was appended here.
    pub(crate) last: Option<ledger::Hash>,
}

/// Stands for the entry where metadata never changed.
pub(crate) const NO_META: i64 = -1;

#[derive(Debug)]
pub(crate) struct Tail {
    org: String,
    standing: Standing,
    time: DateTime,
    nonces: Nonces,
    texts: Texts,
    /// The entry's bytes, kept to spare an allocation each time.
    buffer: Vec<u8>,
}

/// Statements of the write path, rendered once.
#[derive(Debug)]
struct Texts {
    /// The shape of a leaf's insert, and its text.
    leaf: sql::Insert,
    leaf_text: String,
    state: String,
}

impl Tail {
    /// Reads where the ledger of `org` stands.
    pub(crate) fn load(reader: &Reader, org: &str) -> Result<Self, Error> {
        let mut tail = Self::unread(reader, org);
        let standing = stored(reader)?.ok_or_else(|| malformed(reader))?;
        tail.time = last_time(reader, standing.frontier.size())?.unwrap_or(tail.time);
        tail.standing = standing;
        Ok(tail)
    }

    /// Stands for a ledger that is read when a batch begins.
    pub(crate) fn unread(reader: &Reader, org: &str) -> Self {
        Self {
            org: org.to_owned(),
            standing: Standing {
                frontier: Frontier::default(),
                meta: NO_META,
                status: Status::Active,
                touches_meta: false,
                last: None,
            },
            time: DateTime(0),
            nonces: Nonces::new(),
            texts: Texts::render(reader.dialect()),
            buffer: Vec::new(),
        }
    }

    /// Takes the ledger for this transaction where other processes append to it too, and reads
    /// where it stands. Returns when it is this transaction's turn.
    pub(crate) fn take_turn(&mut self, reader: &Reader) -> Result<(), Error> {
        let Some(link) = reader.postgres() else { return Ok(()) };
        let turn = link.take_turn()?.ok_or_else(|| malformed(reader))?;
        let of = |it: &Turn| {
            Some(Standing {
                frontier: Frontier::from_bytes(&it.frontier).ok()?,
                meta: it.meta,
                status: Status::parse(&it.status)?,
                touches_meta: false,
                last: None,
            })
        };
        self.standing = of(&turn).ok_or_else(|| malformed(reader))?;
        let last = turn.last.and_then(|it| Entry::parse(&it).ok());
        self.time = last.map_or(self.time, |it| it.time.max(self.time));
        Ok(())
    }

    /// The index that the next entry gets.
    pub(crate) fn size(&self) -> u64 {
        self.standing.frontier.size()
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(crate) fn standing_mut(&mut self) -> &mut Standing {
        &mut self.standing
    }

    /// Undoes appends: their rows are undone by the transaction.
    pub(crate) fn restore(&mut self, standing: Standing) {
        self.standing = standing;
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
        let index = self.size();
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
        reader.insert(&self.texts.leaf, &self.texts.leaf_text, values.into_iter())?;
        self.standing.frontier.append(hash);
        self.standing.last = Some(hash);
        Ok(index)
    }

    /// Stores how the ledger stands, as part of the transaction that is open.
    pub(crate) fn store(&self, reader: &Reader) -> Result<(), Error> {
        let Standing { frontier, meta, status, .. } = &self.standing;
        let (bytes, status) = (frontier.to_bytes(), status.to_string());
        let values = [ValueRef::Blob(&bytes), ValueRef::Int(*meta), ValueRef::Text(&status)];
        reader.run_later(&self.texts.state, values.into_iter())
    }
}

impl Texts {
    fn render(dialect: &sql::Dialect) -> Self {
        let columns = names(&["idx", "hash", "entry", "nonce", "object_id"]);
        let leaf = sql::Insert {
            table: LEDGER.to_owned(),
            values: vec![sql::Value::Null; columns.len()],
            columns,
            on_conflict_update: Vec::new(),
        };
        let set = ["frontier", "meta", "status"];
        let set = set.map(|it| (it.to_owned(), sql::Expr::Value(sql::Value::Null)));
        let state = sql::Update {
            table: LEDGER_STATE.to_owned(),
            set: set.into(),
            where_: sql::Expr::True,
        };
        Self {
            leaf_text: sql::Statement::Insert(&leaf).render(dialect).text,
            leaf,
            state: sql::Statement::Update(&state).render(dialect).text,
        }
    }
}

fn malformed(reader: &Reader) -> Error {
    Error::Corrupt {
        place: reader.place(),
        source: Cause::new("the ledger's frontier is missing or malformed"),
    }
}

/// How the ledger stands in storage; none if that is missing or malformed.
pub(crate) fn stored(reader: &Reader) -> Result<Option<Standing>, Error> {
    let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
    let mut select = sql::Select::from_table(LEDGER_STATE, sql::Alias(0));
    select.columns = ["frontier", "meta", "status"].map(column).into();
    let query = access::Access::system("the ledger's own bookkeeping").guard(select);
    let mut standing = None;
    reader.query::<Error>(&query, |row| {
        standing = Standing::of(row);
        Ok(())
    })?;
    Ok(standing)
}

impl Standing {
    /// Reads frontier, meta and status.
    fn of(row: &Row<'_>) -> Option<Self> {
        Some(Self {
            frontier: Frontier::from_bytes(row.blob(0)?).ok()?,
            meta: row.int(1)?,
            status: Status::parse(row.text(2)?)?,
            touches_meta: false,
            last: None,
        })
    }
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
                place: "the system's randomness".to_owned(),
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
