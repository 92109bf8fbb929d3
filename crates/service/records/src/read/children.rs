//! The child records of a page of parents: one statement a child query.
//!
//! A set that is larger than a page shows its first rows and leaves a cursor of its own.

use std::collections::HashMap;
use std::io::Write as _;

use base::RecordId;
use query::{ChildPlan, Compiled, JsonWriter};
use sql::{Row, ValueRef};
use store::Reader;

use super::cursor::{self, Cursor};
use super::{BATCH_MAX, compile};
use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

/// The parents whose children are read together.
pub(super) const PARENTS_MAX: usize = 200;

/// A page ends early once it has so many child rows.
pub(super) const ROWS_MAX: u64 = 20_000;

/// The ids that one statement names.
const IDS_MAX: usize = 2_000;

/// What stands under the keys of child queries, by child query and parent.
pub(super) struct Sets {
    json: HashMap<(usize, RecordId), Vec<u8>>,
    /// The child rows that were written.
    pub n_rows: u64,
}

/// The children of one parent, so far.
#[derive(Default)]
struct Set {
    records: Vec<u8>,
    n_shown: u64,
    total: u64,
}

impl Set {
    fn write(&mut self, writer: &JsonWriter<'_>, child: &ChildPlan, row: &dyn Row) {
        if self.n_shown != 0 {
            self.records.push(b',');
        }
        self.n_shown += 1;
        writer.write(&child.compiled.shape, row, &mut self.records);
    }
}

impl Sets {
    pub(super) fn read(
        ctx: &Ctx,
        reader: &Reader,
        compiled: &Compiled,
        parents: &[RecordId],
        deleted: bool,
        base: &str,
    ) -> Result<Self, Error> {
        let mut sets = Self { json: HashMap::new(), n_rows: 0 };
        for (n, child) in compiled.children.iter().enumerate() {
            let of_parents = if child.compiled.children.is_empty() {
                rows(reader, child, parents, base)?
            } else {
                let found = Found::read(reader, child, parents)?;
                let ids = found.ids();
                let inner = Self::of_many(ctx, reader, &child.compiled, &ids, deleted, base)?;
                sets.n_rows += inner.n_rows;
                found.write(child, &inner, base)
            };
            for (parent, set) in of_parents {
                sets.n_rows += set.n_shown;
                let rest = if set.n_shown < set.total {
                    let query = child.of_parent(parent);
                    let compiled = compile(ctx, reader, &query, deleted)?;
                    let cursor =
                        Cursor { soql: soql::print(&query), deleted, batch: u64::from(BATCH_MAX) };
                    Some(cursor::open(ctx, reader, &compiled, &cursor)?.0)
                } else {
                    None
                };
                sets.json.insert((n, parent), finish(set, rest, base));
            }
        }
        Ok(sets)
    }

    /// The same for any number of parents.
    fn of_many(
        ctx: &Ctx,
        reader: &Reader,
        compiled: &Compiled,
        parents: &[RecordId],
        deleted: bool,
        base: &str,
    ) -> Result<Self, Error> {
        let mut all = Self { json: HashMap::new(), n_rows: 0 };
        for parents in parents.chunks(IDS_MAX) {
            let sets = Self::read(ctx, reader, compiled, parents, deleted, base)?;
            all.json.extend(sets.json);
            all.n_rows += sets.n_rows;
        }
        Ok(all)
    }

    pub(super) fn get(&self, child: usize, parent: RecordId) -> Option<&[u8]> {
        self.json.get(&(child, parent)).map(Vec::as_slice)
    }
}

fn rows(
    reader: &Reader,
    child: &ChildPlan,
    parents: &[RecordId],
    base: &str,
) -> Result<HashMap<RecordId, Set>, Error> {
    let writer = JsonWriter { base, children: &|_, _| None };
    let mut sets: HashMap<RecordId, Set> = HashMap::new();
    rows::each(reader, &child.of_parents(parents), |row| {
        let Some(parent) = row.int(child.parent_column) else { return Ok(()) };
        let set = sets.entry(RecordId::from_raw(parent)).or_default();
        set.total += 1;
        if set.n_shown < u64::from(BATCH_MAX) {
            set.write(&writer, child, row);
        }
        Ok(())
    })?;
    Ok(sets)
}

/// The rows of a child query that has child queries itself: they are written once those are read.
struct Found {
    /// Parent, id, columns; in the order of the statement.
    rows: Vec<(RecordId, RecordId, Vec<sql::Value>)>,
    totals: HashMap<RecordId, u64>,
}

impl Found {
    fn read(reader: &Reader, child: &ChildPlan, parents: &[RecordId]) -> Result<Self, Error> {
        let mut found = Self { rows: Vec::new(), totals: HashMap::new() };
        rows::each(reader, &child.of_parents(parents), |row| {
            let id = row.int(child.compiled.shape.id_column);
            let Some((parent, id)) = row.int(child.parent_column).zip(id) else { return Ok(()) };
            let (parent, id) = (RecordId::from_raw(parent), RecordId::from_raw(id));
            let total = found.totals.entry(parent).or_default();
            *total += 1;
            if *total <= u64::from(BATCH_MAX) {
                let columns = (0..child.n_columns()).map(|it| owned(row.get(it))).collect();
                found.rows.push((parent, id, columns));
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn ids(&self) -> Vec<RecordId> {
        self.rows.iter().map(|(_, id, _)| *id).collect()
    }

    fn write(&self, child: &ChildPlan, inner: &Sets, base: &str) -> HashMap<RecordId, Set> {
        let children = |n: usize, id: RecordId| inner.get(n, id);
        let writer = JsonWriter { base, children: &children };
        let mut sets: HashMap<RecordId, Set> = HashMap::new();
        for (parent, _, columns) in &self.rows {
            let set = sets.entry(*parent).or_default();
            set.total = self.totals.get(parent).copied().unwrap_or(0);
            set.write(&writer, child, columns);
        }
        sets
    }
}

fn owned(value: ValueRef<'_>) -> sql::Value {
    match value {
        ValueRef::Null | ValueRef::Real(_) => sql::Value::Null,
        ValueRef::Int(int) => sql::Value::Int(int),
        ValueRef::Text(text) => sql::Value::Text(text.to_owned()),
        ValueRef::Blob(bytes) => sql::Value::Blob(bytes.to_vec()),
    }
}

/// The value under the child query's key (wire reference, section 3.2).
fn finish(set: Set, rest: Option<RecordId>, base: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(set.records.len() + 128);
    let head = match rest {
        None => write!(out, "{{\"totalSize\":{},\"done\":true,", set.total),
        Some(locator) => write!(
            out,
            "{{\"totalSize\":{},\"done\":false,\"nextRecordsUrl\":\"{base}/query/{locator}-{}\",",
            set.total, set.n_shown
        ),
    };
    head.expect("invariant: a Vec takes any bytes");
    out.extend_from_slice(b"\"records\":[");
    out.extend_from_slice(&set.records);
    out.extend_from_slice(b"]}");
    out
}
