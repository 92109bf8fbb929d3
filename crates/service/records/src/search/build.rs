//! Keeps the index: the ledger says what has changed, the records say what they hold now.
//!
//! The index remembers up to which entry of the ledger it has come. A step reads the entries
//! after that, in a portion, re-reads the records that they name, and replaces what was indexed of
//! them, with the new place in the same transaction. So nothing is missed, whatever stops a
//! process; a step that is done twice does no harm. Records that are not there any more, or are in
//! the recycle bin, leave the index.
//!
//! Records of before, all of them where there is no index yet or one of another version, and those
//! of an object whose searched fields have changed, are read object by object, in the order of
//! their ids. Both go on side by side: whatever changes behind the place that has been reached is
//! an entry of the ledger.
//!
//! The writers' path knows nothing of this. What searches brings a short backlog up to date by
//! itself, the program that serves the org does the rest soon after each commit ([`keep`]).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, Weak};

use ::search::Document;
use access::Access;
use base::RecordId;
use schema::{Object, ObjectId, Schema};
use sql::{Alias, CompareOp, Expr, Nulls, OrderBy, Select};
use store::{INDEX_FORMAT, Reader, StateTx};

use super::field::{self, Searched};
use super::state::{self, Indexed, Place};
use crate::context::{Ctx, Org};
use crate::error::Error;
use crate::rows;

/// By what an index was made: the tokens, and how the engine holds them.
pub(crate) const VERSION: i64 = ::search::VERSION * 1_000 + INDEX_FORMAT;

const LEDGER: &str = "candor_ledger";
const T: Alias = Alias(0);

/// Entries, or records, of one step. Its transaction keeps others from the state: sign-ins, and
/// cursors.
const STEP: u64 = 300;

/// Records that are read in one step to build an index: as many as hold about so much to index,
/// because they are in memory meanwhile.
const RECORDS: std::ops::RangeInclusive<u64> = 20..=600;
const RECORDS_BYTES: usize = 4 << 20;

/// How long the work is held for before another process may take it over.
const HOLD_MS: i64 = 10_000;

/// Records between two lines of the log while an index is built.
const LOGGED_EACH: u64 = 100_000;

/// What this process knows of the index of an org.
#[derive(Debug, Default)]
pub(crate) struct Indexing {
    /// Held for a step.
    one: Mutex<Memo>,
    /// A number that no other process has; 0 until it is drawn.
    holder: AtomicI64,
}

#[derive(Debug, Default)]
struct Memo {
    /// The schema to which the list of objects was last fitted.
    schema: Weak<Schema>,
    /// Whether the ledger was found to be the one that the index knows.
    ledger_is_known: bool,
    /// Whether all records were indexed under that schema.
    is_whole: bool,
    n_built: u64,
    /// Records of the next step that builds.
    portion: u64,
}

/// How much of the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All of it: what was committed when the work began can be found.
    Current,
    /// As much as was asked for; there is more.
    Behind,
    /// Another process is at it.
    Elsewhere,
}

/// Brings the index of `org` up to date, but reads at most about `n_max` entries and records.
/// For the program that serves the org, which calls it again while it is [`Progress::Behind`].
pub fn keep(org: &std::sync::Arc<Org>, n_max: u64) -> Result<Progress, Error> {
    let ctx = org.system("keep the search index");
    if org.store.is_shared() && !hold(&ctx, HOLD_MS)? {
        return Ok(Progress::Elsewhere);
    }
    let progress = advance(&ctx, n_max)?;
    if org.store.is_shared() && progress == Progress::Current {
        // Whoever commits next may be another process.
        hold(&ctx, 0)?;
    }
    Ok(progress)
}

/// The same for a search that is about to begin; processes do not wait for each other.
pub(super) fn advance(ctx: &Ctx, n_max: u64) -> Result<Progress, Error> {
    let mut done = 0;
    loop {
        let mut memo = ctx.org.indexing.one.lock().unwrap_or_else(PoisonError::into_inner);
        match step(ctx, &mut memo)? {
            Step::Nothing => return Ok(Progress::Current),
            Step::Done(n) => done += n.max(1),
        }
        drop(memo);
        if n_max <= done {
            return Ok(Progress::Behind);
        }
        if ctx.org.store.is_shared() && !hold(ctx, HOLD_MS)? {
            return Ok(Progress::Elsewhere);
        }
    }
}

/// Whether all records of `objects` are indexed, those that changed just now aside.
pub(super) fn is_whole(reader: &Reader, objects: &[&Object]) -> Result<bool, Error> {
    let indexed = state::objects(reader)?;
    let whole = |it: &&Object| {
        let prefix = it.key_prefix.to_string();
        indexed.iter().any(|it| it.prefix == prefix && it.from.is_none())
    };
    Ok(objects.iter().all(whole))
}

/// Takes the work for this process for some time, if it is not another one's.
fn hold(ctx: &Ctx, time_ms: i64) -> Result<bool, Error> {
    let holder = &ctx.org.indexing.holder;
    if holder.load(Ordering::Relaxed) == 0 {
        let drawn = crate::read::random()?.max(1);
        // Of two threads that draw at once, the first one's number holds for both.
        let _first = holder.compare_exchange(0, drawn, Ordering::Relaxed, Ordering::Relaxed);
    }
    let (holder, now) = (holder.load(Ordering::Relaxed), ctx.org.clock().now().0);
    ctx.org.store.state().write(|tx| {
        // Without an index there is nobody to ask, and beginning one is one process's anyway.
        Ok(state::hold(tx, holder, now, now + time_ms)? || state::state(tx)?.is_none())
    })
}

enum Step {
    Nothing,
    /// So many entries and records were read.
    Done(u64),
}

fn step(ctx: &Ctx, memo: &mut Memo) -> Result<Step, Error> {
    let state = ctx.org.store.state().read(state::state)?;
    let Some(state) = state.filter(|it| it.version == VERSION) else {
        return begin(ctx, memo, "there is none of this version");
    };
    let read = ctx.org.store.read()?;
    if !memo.ledger_is_known {
        if !is_place_of(&read, &state.place)? {
            drop(read);
            return begin(ctx, memo, "the ledger is another one");
        }
        memo.ledger_is_known = true;
    }
    fit(ctx, memo)?;
    let tail = tail(&read, state.place.next)?;
    if let Some(to) = tail.to {
        let (n, named) = (tail.n, indexable(ctx, tail.records));
        let records = current(ctx, &read, &named)?;
        let from = state.place.next;
        let changes: Vec<RecordId> = named.into_values().flatten().collect();
        write(ctx, &changes, &records, |tx| state::advance(tx, from, &to))?;
        return Ok(Step::Done(n));
    }
    if memo.is_whole { Ok(Step::Nothing) } else { scan(ctx, memo, &read) }
}

/// Begins an index anew, at the end of the ledger as it is now.
fn begin(ctx: &Ctx, memo: &mut Memo, why: &str) -> Result<Step, Error> {
    tracing::info!(org.id = ctx.org.store.id(), why, "building the search index");
    let place = end_of(&*ctx.org.store.read()?)?;
    ctx.org.store.state().write(|tx| state::begin(tx, VERSION, &place))?;
    *memo = Memo { ledger_is_known: true, ..Memo::default() };
    Ok(Step::Done(1))
}

/// Fits the list of objects to the schema, if it has changed.
fn fit(ctx: &Ctx, memo: &mut Memo) -> Result<(), Error> {
    let schema = std::sync::Arc::downgrade(&ctx.schema);
    if memo.schema.ptr_eq(&schema) {
        return Ok(());
    }
    let known = ctx.org.store.state().read(state::objects)?;
    let mut wanted = BTreeMap::new();
    for object in field::objects(&ctx.schema) {
        let fields = field::fingerprint(object, &field::fields(object));
        wanted.insert(object.key_prefix.to_string(), (object, fields));
    }
    let is_kept = |it: &&Indexed| wanted.contains_key(&it.prefix);
    let gone: Vec<&Indexed> = known.iter().filter(|it| !is_kept(it)).collect();
    let same = |prefix: &String, fields: &String| {
        known.iter().any(|it| it.prefix == *prefix && it.fields == *fields)
    };
    let new = wanted.iter().filter(|(prefix, (_, fields))| !same(prefix, fields));
    let new: Vec<Indexed> = new
        .map(|(prefix, (object, fields))| Indexed {
            prefix: prefix.clone(),
            fields: fields.clone(),
            from: Some(*field::ids(object).start()),
        })
        .collect();
    if !(gone.is_empty() && new.is_empty()) {
        ctx.org.store.state().write(|tx| {
            for it in &gone {
                if let Ok(prefix) = base::KeyPrefix::parse(&it.prefix) {
                    let id = |sequence| RecordId::new(prefix, sequence);
                    tx.unindex(id(0)..=id(RecordId::SEQUENCE_MAX))?;
                }
                state::forget(tx, &it.prefix)?;
            }
            new.iter().try_for_each(|it| state::restart(tx, it))
        })?;
    }
    (memo.schema, memo.is_whole) = (schema, false);
    Ok(())
}

/// Indexes the next records of an object of which some are not.
fn scan(ctx: &Ctx, memo: &mut Memo, read: &Reader) -> Result<Step, Error> {
    let known = ctx.org.store.state().read(state::objects)?;
    let open = known.iter().find_map(|it| {
        let prefix = base::KeyPrefix::parse(&it.prefix).ok()?;
        Some((ctx.schema.object_of_prefix(prefix)?, it.from?))
    });
    let Some((object, from)) = open else {
        memo.is_whole = true;
        let n = std::mem::take(&mut memo.n_built);
        if 0 < n {
            tracing::info!(org.id = ctx.org.store.id(), records = n, "the search index is whole");
        }
        return Ok(Step::Nothing);
    };
    let fields = field::fields(object);
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = texts_of(object, &fields);
    select.where_ = Expr::all([
        column("id").compare(CompareOp::Ge, Expr::int(from.raw())),
        column("isdeleted").is(0),
    ]);
    select.order_by = vec![OrderBy { expr: column("id"), descending: false, nulls: Nulls::Never }];
    let n_max = memo.portion.clamp(*RECORDS.start(), *RECORDS.end());
    select.limit = Some(n_max);
    let records = documents(read, select, &fields)?;
    let n = records.len() as u64;
    let n_bytes: usize = records.iter().map(|(_, it)| it.n_bytes()).sum();
    memo.portion = if n_bytes < RECORDS_BYTES { n_max * 2 } else { n_max / 2 };
    let last = records.last().map(|(id, _)| *id).filter(|_| n == n_max);
    let to = last.map(|it| RecordId::from_raw(it.raw() + 1));
    let ids: Vec<RecordId> = records.iter().map(|(id, _)| *id).collect();
    write(ctx, &ids, &records, |tx| state::proceed(tx, object.key_prefix, from, to))?;
    memo.n_built += n;
    if memo.n_built / LOGGED_EACH != (memo.n_built - n) / LOGGED_EACH {
        let (org, object) = (ctx.org.store.id(), object.name.as_str());
        let records = memo.n_built;
        tracing::info!(org.id = org, object.name = object, records, "building the search index");
    }
    Ok(Step::Done(n))
}

/// Replaces what is indexed of `changed`, if the place is still the one where `go_on` begins.
fn write(
    ctx: &Ctx,
    changed: &[RecordId],
    records: &[(RecordId, Document)],
    go_on: impl Fn(&mut StateTx<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    ctx.org.store.state().write(|tx| {
        if go_on(tx)? {
            tx.index(changed, records)?;
        }
        Ok(())
    })
}

/// What the ledger has from an entry on.
struct Tail {
    /// None where there is nothing.
    to: Option<Place>,
    n: u64,
    records: Vec<RecordId>,
}

fn tail(reader: &Reader, from: i64) -> Result<Tail, Error> {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(LEDGER, T);
    select.columns = ["idx", "hash", "object_id"].map(column).into();
    select.where_ = column("idx").compare(CompareOp::Ge, Expr::int(from));
    select.order_by = vec![OrderBy { expr: column("idx"), descending: false, nulls: Nulls::Never }];
    select.limit = Some(STEP);
    let mut tail = Tail { to: None, n: 0, records: Vec::new() };
    let query = Access::system("index what has changed").guard(select);
    rows::each(reader, &query, |row| {
        tail.n += 1;
        tail.to = row.int(0).map(|idx| Place { next: idx + 1, hash: blob(row.get(1)) });
        tail.records.extend(row.int(2).map(RecordId::from_raw));
        Ok(())
    })?;
    Ok(tail)
}

fn end_of(reader: &Reader) -> Result<Place, Error> {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(LEDGER, T);
    select.columns = ["idx", "hash"].map(column).into();
    select.order_by = vec![OrderBy { expr: column("idx"), descending: true, nulls: Nulls::Never }];
    select.limit = Some(1);
    let mut place = Place::default();
    rows::each(reader, &Access::system("see where the ledger ends").guard(select), |row| {
        place = Place { next: row.int(0).map_or(0, |it| it + 1), hash: blob(row.get(1)) };
        Ok(())
    })?;
    Ok(place)
}

/// Whether `place` is one of the org's ledger: a database that was brought back from a copy may
/// have another one.
fn is_place_of(reader: &Reader, place: &Place) -> Result<bool, Error> {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(LEDGER, T);
    select.columns = vec![column("hash")];
    select.where_ = column("idx").eq(Expr::int(place.next - 1));
    let mut hash = None;
    rows::each(reader, &Access::system("see whether the ledger is known").guard(select), |row| {
        hash = blob(row.get(0));
        Ok(())
    })?;
    Ok(hash == place.hash)
}

fn blob(value: sql::ValueRef<'_>) -> Option<Vec<u8>> {
    match value {
        sql::ValueRef::Blob(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// Records of objects that are searched, each once.
fn indexable(ctx: &Ctx, ids: Vec<RecordId>) -> BTreeMap<ObjectId, Vec<RecordId>> {
    let mut by_object: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for id in ids {
        let object = ctx.schema.object_of_prefix(id.prefix());
        if let Some(object) = object.filter(|it| field::is_searched(it)) {
            by_object.entry(object.id).or_default().push(id);
        }
    }
    for ids in by_object.values_mut() {
        ids.sort_unstable();
        ids.dedup();
    }
    by_object
}

/// What the records that are there hold now.
fn current(
    ctx: &Ctx,
    reader: &Reader,
    ids: &BTreeMap<ObjectId, Vec<RecordId>>,
) -> Result<Vec<(RecordId, Document)>, Error> {
    let mut all = Vec::new();
    for (object, ids) in ids {
        let object = ctx.schema.get(*object);
        let fields = field::fields(object);
        let select = of_ids(object, &fields, ids);
        all.append(&mut documents(reader, select, &fields)?);
    }
    Ok(all)
}

/// The documents of the records that a query of [`texts_of`] finds.
fn documents(
    reader: &Reader,
    select: Select,
    fields: &[Searched],
) -> Result<Vec<(RecordId, Document)>, Error> {
    let query = Access::system("index what records hold").guard(select);
    let mut documents = Vec::new();
    each_document(reader, &query, fields, |id, document| documents.push((id, document)))?;
    Ok(documents)
}

/// Hands out the documents of the records that a query of [`texts_of`] finds.
pub(super) fn each_document(
    reader: &Reader,
    query: &access::Guarded,
    fields: &[Searched],
    mut each: impl FnMut(RecordId, Document),
) -> Result<(), Error> {
    rows::each(reader, query, |row| {
        if let Some(id) = row.int(0) {
            let document = field::document(fields, |n| row.text(n + 1));
            each(RecordId::from_raw(id), document);
        }
        Ok(())
    })
}

/// A query of the ids and the texts of `fields`.
fn texts_of(object: &Object, fields: &[Searched]) -> Select {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(object.table.as_str(), T);
    let texts = fields.iter().map(|it| column(object.get(it.field).column()));
    select.columns = std::iter::once(column("id")).chain(texts).collect();
    select
}

/// The same of the records with these ids that are not in the recycle bin.
pub(super) fn of_ids(object: &Object, fields: &[Searched], ids: &[RecordId]) -> Select {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let ids = ids.iter().map(|it| it.raw().into()).collect();
    let mut select = texts_of(object, fields);
    select.where_ = Expr::all([Expr::In(Box::new(column("id")), ids), column("isdeleted").is(0)]);
    select
}
