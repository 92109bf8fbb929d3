//! Reading records: queries, pages of their results, records by id.
//!
//! Rows go from the engine into the answer one by one. A result that does not fit on its first
//! page leaves a `cursor`: the ids of all its rows, as of the snapshot that the first page was
//! read from. Later pages read the current values of those records, in that order, by any
//! offset; records that are gone by then are left out.

mod cursor;
mod children;
mod retrieve;
mod changes;
mod blob;
mod explain;

use std::sync::Arc;

use base::{RecordId, Span};
use query::{Compiled, JsonWriter, Output, Record};
use store::Reader;

use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

pub use blob::read_blob;
pub use changes::{changed, deleted};
pub(crate) use cursor::random;
pub use explain::explain;
pub use retrieve::{retrieve, retrieve_records};

/// How a query's result is wanted.
#[derive(Debug, Clone, Copy)]
pub struct QueryOptions<'a> {
    /// The most rows of a page; kept within [`BATCH_MIN`] and [`BATCH_MAX`].
    pub batch_size: u32,
    /// Whether records in the recycle bin count too.
    pub deleted: bool,
    /// The path before `/sobjects/…` and `/query/…` in URLs: `/services/data/v59.0`.
    pub base: &'a str,
}

pub const BATCH_MIN: u32 = 200;
pub const BATCH_MAX: u32 = 2000;

/// One page of a query's result as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPage {
    /// The records, separated by commas: what stands between the brackets of the array.
    pub records: Vec<u8>,
    /// How many rows the whole result has.
    pub total_size: u64,
    /// Where the next page begins; none on the last one.
    pub next: Option<Next>,
}

/// One page of a query's result as trees.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordPage {
    pub records: Vec<Record>,
    pub total_size: u64,
    pub next: Option<Next>,
}

/// A place in the result of a query that was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Begins with `01g`; open to the same user until it expires.
    pub locator: RecordId,
    /// The number of rows before the place.
    pub offset: u64,
}

/// Runs the query that `soql` spells and returns its first page.
pub fn query(ctx: &Ctx, soql: &str, options: &QueryOptions<'_>) -> Result<QueryPage, Error> {
    let mut records = Vec::new();
    let end = first_page(ctx, soql, options, &mut Answer::Json(options.base, &mut records))?;
    Ok(QueryPage { records, total_size: end.total, next: end.next })
}

/// Returns a page of a result whose first page was read before, at any offset within it.
pub fn query_more(ctx: &Ctx, from: Next, options: &QueryOptions<'_>) -> Result<QueryPage, Error> {
    let mut records = Vec::new();
    let end = later_page(ctx, from, &mut Answer::Json(options.base, &mut records))?;
    Ok(QueryPage { records, total_size: end.total, next: end.next })
}

/// Like [`query()`], for pages that people see. Child queries are not read, and any batch size up
/// to [`BATCH_MAX`] holds.
pub fn query_records(
    ctx: &Ctx,
    soql: &str,
    options: &QueryOptions<'_>,
) -> Result<RecordPage, Error> {
    let mut records = Vec::new();
    let end = first_page(ctx, soql, options, &mut Answer::Records(&mut records))?;
    Ok(RecordPage { records, total_size: end.total, next: end.next })
}

/// Like [`query_more`], for pages that people see.
pub fn more_records(ctx: &Ctx, from: Next) -> Result<RecordPage, Error> {
    let mut records = Vec::new();
    let end = later_page(ctx, from, &mut Answer::Records(&mut records))?;
    Ok(RecordPage { records, total_size: end.total, next: end.next })
}

/// How many records the query finds.
pub fn count(ctx: &Ctx, soql: &str) -> Result<u64, Error> {
    let options = QueryOptions { batch_size: 1, deleted: false, base: "" };
    Ok(query_records(ctx, soql, &options)?.total_size)
}

/// A stretch of a query's rows as trees, for numbered pages: `skip` is not bound by what the
/// language lets a client skip, and takes the place of the query's own OFFSET.
pub fn stretch(ctx: &Ctx, soql: &str, skip: u64, rows_max: u64) -> Result<Vec<Record>, Error> {
    let parsed = soql::parse(soql)?;
    let read = ctx.org.store.read()?;
    let mut compiled = compile(ctx, &read, &parsed, false)?;
    compiled.offset = Some(skip).filter(|it| 0 < *it);
    let mut records = Vec::new();
    rows::each(&read, &compiled.rows(rows_max), |row| {
        records.extend(compiled.shape.record(row));
        Ok(())
    })?;
    Ok(records)
}

/// Compiles a query for the actor.
pub(crate) fn compile(
    ctx: &Ctx,
    reader: &Reader,
    query: &soql::Query,
    deleted: bool,
) -> Result<Compiled, Error> {
    let context = query::Context {
        schema: &ctx.schema,
        access: &ctx.access,
        now: ctx.now,
        zone: &ctx.zone,
        calendar: ctx.calendar(reader)?,
        style: ctx.style(),
        deleted,
    };
    Ok(query::compile(&context, query)?)
}

/// Compiles a query and remembers it, as running it does first: says what is wrong with it.
pub fn prepare(ctx: &Ctx, reader: &Reader, soql: &str, deleted: bool) -> Result<(), Error> {
    compile_text(ctx, reader, soql, deleted).map(drop)
}

/// Compiles a query for the actor, or remembers it.
fn compile_text(
    ctx: &Ctx,
    reader: &Reader,
    text: &str,
    deleted: bool,
) -> Result<Arc<Compiled>, Error> {
    ctx.compiled(text, deleted, || compile(ctx, reader, &soql::parse(text)?, deleted))
}

/// How many rows there are, and where the rest of them is.
struct End {
    total: u64,
    next: Option<Next>,
}

/// What stands under the key of a child query, for a parent.
type ChildSets<'a> = &'a dyn Fn(usize, RecordId) -> Option<&'a [u8]>;

/// What becomes of the rows of a page.
enum Answer<'a> {
    /// JSON, with this base of its URLs.
    Json(&'a str, &'a mut Vec<u8>),
    Records(&'a mut Vec<Record>),
}

/// After so many rows their size is known well enough to make room for the rest of a page, which
/// otherwise is copied again and again as it grows.
const ROWS_BEFORE_RESERVING: u64 = 16;

impl<'a> Answer<'a> {
    /// Makes room for `times` as much as there is.
    fn reserve(&mut self, times: u64) {
        if let Self::Json(_, out) = self {
            out.reserve(out.len().saturating_mul(usize::try_from(times).unwrap_or(0)));
        }
    }

    fn batch(&self, wanted: u32) -> u64 {
        let min = if matches!(self, Self::Json(..)) { BATCH_MIN } else { 1 };
        u64::from(wanted.clamp(min, BATCH_MAX))
    }

    fn add<'c>(&mut self, compiled: &Compiled, row: &dyn sql::Row, children: ChildSets<'c>)
    where
        'a: 'c,
    {
        match self {
            Self::Json(base, out) => {
                if !out.is_empty() {
                    out.push(b',');
                }
                JsonWriter { base, children }.write(&compiled.shape, row, out);
            }
            Self::Records(records) => records.extend(compiled.shape.record(row)),
        }
    }
}

fn first_page(
    ctx: &Ctx,
    text: &str,
    options: &QueryOptions<'_>,
    answer: &mut Answer<'_>,
) -> Result<End, Error> {
    let read = ctx.org.store.read()?;
    let compiled = compile_text(ctx, &read, text, options.deleted)?;
    if compiled.output == Output::Count {
        return Ok(End { total: total(&read, &compiled)?, next: None });
    }
    if compiled.output == Output::Groups {
        let (shown, more) = stream(&read, &compiled, u64::from(BATCH_MAX), answer)?;
        if more {
            let kind = query::ErrorKind::TooManyGroups;
            return Err(query::Error { kind, span: None }.into());
        }
        return Ok(End { total: shown, next: None });
    }
    let batch = answer.batch(options.batch_size);
    let reads_children = !compiled.children.is_empty() && matches!(answer, Answer::Json(..));
    let (shown, more) = if reads_children {
        let mut ids = first_ids(&read, &compiled, batch + 1)?;
        let more = batch < ids.len() as u64;
        ids.truncate(usize::try_from(batch).unwrap_or(usize::MAX));
        let shown = with_children(ctx, &read, &compiled, &ids, options.deleted, answer)?;
        (shown, more || shown < ids.len() as u64)
    } else {
        stream(&read, &compiled, batch, answer)?
    };
    if !more {
        return Ok(End { total: shown, next: None });
    }
    let cursor = cursor::Cursor { soql: text.to_owned(), deleted: options.deleted, batch };
    let (locator, total) = cursor::open(ctx, &read, &compiled, &cursor)?;
    Ok(End { total, next: Some(Next { locator, offset: shown }) })
}

/// Answers with up to `batch` rows, and says how many they were and whether there are more.
fn stream(
    reader: &Reader,
    compiled: &Compiled,
    batch: u64,
    answer: &mut Answer<'_>,
) -> Result<(u64, bool), Error> {
    let mut n = 0;
    rows::each(reader, &compiled.rows(batch + 1), |row| {
        n += 1;
        if n <= batch {
            answer.add(compiled, row, &|_, _| None);
        }
        if n == ROWS_BEFORE_RESERVING {
            answer.reserve(batch / n);
        }
        Ok(())
    })?;
    Ok((n.min(batch), batch < n))
}

fn first_ids(reader: &Reader, compiled: &Compiled, max: u64) -> Result<Vec<RecordId>, Error> {
    let mut ids = Vec::new();
    rows::each(reader, &compiled.rows(max), |row| {
        ids.extend(row.int(compiled.shape.id_column).map(RecordId::from_raw));
        Ok(())
    })?;
    Ok(ids)
}

fn later_page(ctx: &Ctx, from: Next, answer: &mut Answer<'_>) -> Result<End, Error> {
    let open = cursor::find(ctx, from)?;
    let read = ctx.org.store.read()?;
    let compiled = compile_text(ctx, &read, &open.cursor.soql, open.cursor.deleted)?;
    let passed = if !compiled.children.is_empty() && matches!(answer, Answer::Json(..)) {
        with_children(ctx, &read, &compiled, &open.ids, open.cursor.deleted, answer)?
    } else {
        page(&read, &compiled, &open.ids, answer, &|_, _| None)?;
        open.ids.len() as u64
    };
    let offset = from.offset + passed;
    let next = (offset < open.total).then_some(Next { locator: from.locator, offset });
    Ok(End { total: open.total, next })
}

/// Answers with the records of `ids` and their children, as many as one page bears, and says how
/// many ids that were.
fn with_children(
    ctx: &Ctx,
    reader: &Reader,
    compiled: &Compiled,
    ids: &[RecordId],
    deleted: bool,
    answer: &mut Answer<'_>,
) -> Result<u64, Error> {
    let Answer::Json(base, _) = answer else { return Ok(0) };
    let base = *base;
    let (mut passed, mut n_children) = (0, 0);
    for ids in ids.chunks(children::PARENTS_MAX) {
        let sets = children::Sets::read(ctx, reader, compiled, ids, deleted, base)?;
        page(reader, compiled, ids, answer, &|n, parent| sets.get(n, parent))?;
        passed += ids.len() as u64;
        n_children += sets.n_rows;
        if children::ROWS_MAX < n_children {
            break;
        }
    }
    Ok(passed)
}

fn page<'a: 'c, 'c>(
    reader: &Reader,
    compiled: &Compiled,
    ids: &[RecordId],
    answer: &mut Answer<'a>,
    children: ChildSets<'c>,
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    rows::each(reader, &compiled.page(ids), |row| {
        answer.add(compiled, row, children);
        Ok(())
    })
}

fn total(reader: &Reader, compiled: &Compiled) -> Result<u64, Error> {
    let mut n = 0;
    rows::each(reader, &compiled.count(), |row| {
        n = row.int(0).and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
        Ok(())
    })?;
    Ok(n)
}

/// A query of `paths` of an object, without conditions. Compiling it checks the paths.
pub(crate) fn select(object: &schema::Object, paths: &[&str]) -> soql::Query {
    let span = Span::default();
    let path = |text: &str| soql::Path {
        segments: text.split('.').map(|it| soql::Ident { text: it.to_owned(), span }).collect(),
        span,
    };
    soql::Query {
        select: paths
            .iter()
            .map(|it| soql::SelectItem::Path { path: path(it), alias: None })
            .collect(),
        from: soql::From { object: path(&object.name), alias: None, joins: Vec::new() },
        scope: None,
        where_: None,
        with: Vec::new(),
        group_by: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        all_rows: None,
        for_: Vec::new(),
        update: Vec::new(),
        span,
    }
}
