//! Finding records by words: SOSL, and what pages offer while somebody types.
//!
//! In: a search as `soql` has read it. Out: the records that match and that the actor may read,
//! the best first.
//!
//! | module      | what                                                        |
//! |-------------|-------------------------------------------------------------|
//! | [`field`]   | which fields are searched, and as what                      |
//! | [`state`]   | how far the index has come                                  |
//! | [`build`]   | keeps the index: ledger and records into documents          |
//! | [`candidate`] | which records match, by the index and by what it cannot say |
//!
//! The index (`store`) answers with ids. Which of them the actor may see, which fulfil a WHERE,
//! and what is shown of them is decided by an ordinary compiled query for each object, so there is
//! one path on which access is enforced.
//!
//! **Order.** Objects stand as RETURNING names them; without it, by name. Of an object, what is
//! called exactly like the search comes first, then what is called like it and more, then what has
//! its words in the name, then the rest; those alike in the order of their ids. An ORDER BY puts
//! the best [`ROWS_MAX`] in its order.

pub(crate) mod build;
mod candidate;
mod field;
mod state;

use ::search::Plan;
use base::{RecordId, Span};
use query::{Compiled, ErrorKind, JsonWriter};
use schema::{Object, ObjectId};
use soql::sosl::{self, Returning, Search, SearchScope, SearchWith, Term};
use soql::{Ident, Pattern, PatternPart, WithMode};
use store::Reader;

pub(crate) use build::Indexing;
pub use build::{Progress, keep};

use crate::context::Ctx;
use crate::error::Error;
use crate::read::{compile, select};
use crate::rows;
use candidate::Finder;

/// The most rows of a search.
pub const ROWS_MAX: usize = sosl::ROWS_MAX as usize;

/// Entries of the ledger that a search itself brings into the index before it begins; what is
/// more is left to [`keep`], and the search works on what is there.
const BACKLOG_MAX: u64 = 1_000;

/// How a search's result is wanted.
#[derive(Debug, Clone, Copy)]
pub struct SearchOptions<'a> {
    /// The most rows of all objects together; at most [`ROWS_MAX`].
    pub rows_max: usize,
    /// The path before `/sobjects/…` in URLs: `/services/data/v59.0`.
    pub base: &'a str,
}

/// What a search has found, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The records, separated by commas: what stands between the brackets of the array.
    pub records: Vec<u8>,
    /// Whether records of what was wanted are left out for want of room.
    pub more: bool,
    /// The objects that were searched, in order.
    pub objects: Vec<ObjectId>,
}

/// Runs a search.
pub fn search(
    ctx: &Ctx,
    search: &Search,
    options: &SearchOptions<'_>,
) -> Result<SearchPage, Error> {
    refuse_unsupported(search)?;
    let rows_max = options.rows_max.min(ROWS_MAX);
    let total = search.limit.map_or(rows_max, |it| int(it).min(rows_max));
    let read = ctx.org.store.read()?;
    // One more than there is room for tells whether there are more.
    let targets = targets(ctx, &read, search, total + 1)?;
    drop(read);
    let objects: Vec<&Object> = targets.iter().map(|it| it.object).collect();
    let page = |records, more| {
        let objects = objects.iter().map(|it| it.id).collect();
        SearchPage { records, more, objects }
    };
    let plan = Plan::of(&search.find.term, search.scope);
    let Some(finder) = start(ctx, plan, &objects)? else { return Ok(page(Vec::new(), false)) };
    let read = ctx.org.store.read()?;
    let mut found = Vec::with_capacity(targets.len());
    for target in &targets {
        found.push(target.ids(&finder, &read)?);
    }
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    let mut records = Vec::new();
    for ((target, ids), share) in targets.iter().zip(found).zip(candidate::shares(&counts, total)) {
        target.write(&read, &ids[..share], options.base, &mut records)?;
    }
    Ok(page(records, total < counts.iter().sum()))
}

/// The ids of records of each of `objects` that match, at most `max` of each, the best first.
/// What the actor may not read is left out.
pub fn find(
    ctx: &Ctx,
    term: &Term,
    scope: SearchScope,
    objects: &[&Object],
    max: usize,
) -> Result<Vec<Vec<RecordId>>, Error> {
    let readable = |it: &&&Object| field::is_searched(it) && ctx.access.can_read_object(it);
    let searched: Vec<&Object> = objects.iter().filter(readable).copied().collect();
    let finder = start(ctx, Plan::of(term, scope), &searched)?;
    let read = ctx.org.store.read()?;
    let mut all = vec![Vec::new(); objects.len()];
    let Some(finder) = finder else { return Ok(all) };
    for (object, ids) in objects.iter().zip(&mut all) {
        if readable(&object) {
            let compiled = compile(ctx, &read, &select(object, &["Id"]), false)?;
            let target = Target { object, compiled, is_ordered: false, limit: max, offset: 0 };
            *ids = target.ids(&finder, &read)?;
        }
    }
    Ok(all)
}

/// All words of a text, as somebody types them into a box: nothing in it is an operator.
pub fn typed(text: &str) -> Term {
    let word = |it: &str| Term::Word(Pattern { parts: vec![PatternPart::Text(it.to_owned())] });
    let words: Vec<Term> = text.split_whitespace().map(word).collect();
    if words.is_empty() { Term::Nothing } else { Term::And(words) }
}

/// The objects that the actor may search, by name.
pub fn searchable(ctx: &Ctx) -> Vec<&Object> {
    field::objects(&ctx.schema).filter(|it| ctx.access.can_read_object(it)).collect()
}

/// Brings the index up to date, as far as that goes quickly, and asks it. None where there is
/// no index yet.
fn start<'a>(ctx: &'a Ctx, plan: Plan, objects: &[&Object]) -> Result<Option<Finder<'a>>, Error> {
    let org = ctx.org.store.id();
    match build::advance(&ctx.org.system("search what has just changed"), BACKLOG_MAX) {
        Ok(Progress::Current) => {}
        Ok(Progress::Behind | Progress::Elsewhere) => {
            let whole = ctx.org.store.state().read(|it| build::is_whole(it, objects))?;
            tracing::info!(org.id = org, whole, "a search runs on an index that is behind");
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(org.id = org, error, "a search runs on an index that cannot be kept");
        }
    }
    if ctx.org.store.state().read(state::state)?.is_none() {
        return Ok(None);
    }
    Finder::new(ctx, plan, objects).map(Some)
}

/// What is wanted of one object.
struct Target<'a> {
    object: &'a Object,
    compiled: Compiled,
    /// Whether the query says in which order.
    is_ordered: bool,
    limit: usize,
    offset: usize,
}

impl Target<'_> {
    /// The ids of the rows, in their order.
    fn ids(&self, finder: &Finder<'_>, reader: &Reader) -> Result<Vec<RecordId>, Error> {
        let wanted = self.limit + self.offset;
        if self.limit == 0 {
            return Ok(Vec::new());
        }
        let wanted = if self.is_ordered { ROWS_MAX } else { wanted };
        let mut ids = Vec::new();
        finder.each(reader, self.object, wanted, |portion| {
            if !portion.is_empty() {
                ids.append(&mut read_ids(reader, &self.compiled.ids_among(portion))?);
            }
            Ok(wanted <= ids.len())
        })?;
        ids.truncate(wanted);
        if self.is_ordered && 1 < ids.len() {
            ids = read_ids(reader, &self.compiled.ordered_among(&ids))?;
        }
        ids.drain(..self.offset.min(ids.len()));
        ids.truncate(self.limit);
        Ok(ids)
    }

    fn write(
        &self,
        reader: &Reader,
        ids: &[RecordId],
        base: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let writer = JsonWriter { base, children: &|_, _| None };
        rows::each(reader, &self.compiled.page(ids), |row| {
            if !out.is_empty() {
                out.push(b',');
            }
            writer.write(&self.compiled.shape, row, out);
            Ok(())
        })
    }
}

fn read_ids(reader: &Reader, query: &access::Guarded) -> Result<Vec<RecordId>, Error> {
    let mut ids = Vec::new();
    rows::each(reader, query, |row| {
        ids.extend(row.int(0).map(RecordId::from_raw));
        Ok(())
    })?;
    Ok(ids)
}

/// The objects that are searched, with the query of each.
fn targets<'a>(
    ctx: &'a Ctx,
    reader: &Reader,
    search: &Search,
    total: usize,
) -> Result<Vec<Target<'a>>, Error> {
    if search.returning.is_empty() {
        let all = searchable(ctx).into_iter().map(|object| {
            let compiled = compile(ctx, reader, &select(object, &["Id"]), false)?;
            Ok(Target { object, compiled, is_ordered: false, limit: total, offset: 0 })
        });
        return all.collect();
    }
    search.returning.iter().map(|it| target(ctx, reader, it, total)).collect()
}

fn target<'a>(
    ctx: &'a Ctx,
    reader: &Reader,
    returning: &Returning,
    total: usize,
) -> Result<Target<'a>, Error> {
    if let Some(Ident { span, .. }) = &returning.list_view {
        return Err(unsupported("USING ListView is", Some(*span)));
    }
    let mut query = returning.query();
    (query.limit, query.offset) = (None, returning.offset);
    let compiled = compile(ctx, reader, &query, false)?;
    let object = ctx.schema.get(compiled.object);
    if !field::is_searched(object) {
        let (object, span) = (object.name.clone(), returning.object.span);
        return Err(Error::NotSearchable { object, span });
    }
    Ok(Target {
        object,
        compiled,
        is_ordered: !returning.order_by.is_empty(),
        limit: returning.limit.map_or(total, |it| int(it).min(total)),
        offset: returning.offset.map_or(0, int),
    })
}

/// What the language has and this version does not do. Tracking and snippets are of articles,
/// of which there are none.
fn refuse_unsupported(search: &Search) -> Result<(), Error> {
    for with in &search.with {
        let what = match with {
            SearchWith::Snippet { .. }
            | SearchWith::SpellCorrection(_)
            | SearchWith::Mode(WithMode::User | WithMode::SecurityEnforced) => continue,
            SearchWith::Metadata(what) if what.eq_ignore_ascii_case("LABELS") => continue,
            SearchWith::Mode(WithMode::System) => {
                let kind = ErrorKind::NotInContext("WITH SYSTEM_MODE");
                return Err(Error::Query(query::Error { kind, span: None }));
            }
            SearchWith::Metadata(_) => "WITH METADATA other than 'LABELS' is",
            SearchWith::Division(_) => "WITH DIVISION is",
            SearchWith::DataCategory(_) => "WITH DATA CATEGORY is",
            SearchWith::Network { .. } => "WITH NETWORK is",
            SearchWith::PricebookId(_) => "WITH PricebookId is",
            SearchWith::Highlight => "WITH HIGHLIGHT is",
        };
        return Err(unsupported(what, None));
    }
    Ok(())
}

fn unsupported(what: &str, span: Option<Span>) -> Error {
    Error::Query(query::Error { kind: ErrorKind::Unsupported(what.to_owned()), span })
}

fn int(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
