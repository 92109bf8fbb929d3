//! SOQL over HTTP: queries, their further pages, and the queries of other resources.
//!
//! Records arrive from `records` as JSON and are passed on as they are.

use base::RecordId;
use query::Record;
use records::{Next, QueryOptions, QueryPage};
use schema::{ChildRelationship, Object};

use crate::error::{Code, Failure, of_records};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::write::Writer;

/// More rows than any resource reads into memory.
const ROWS_MAX: u64 = 600_000;

pub(crate) fn query(call: &Call<'_>) -> Result<Reply, Failure> {
    run(call, false)
}

pub(crate) fn query_all(call: &Call<'_>) -> Result<Reply, Failure> {
    run(call, true)
}

/// `…/query/LOCATOR-OFFSET`, the offset free to choose.
pub(crate) fn query_more(call: &Call<'_>) -> Result<Reply, Failure> {
    let unknown = || Failure::new(Code::InvalidQueryLocator, "invalid query locator");
    let (locator, offset) = call.request.value(0).rsplit_once('-').ok_or_else(unknown)?;
    let locator = RecordId::parse(locator).map_err(|_| unknown())?;
    let plain = !offset.is_empty() && offset.bytes().all(|it| it.is_ascii_digit());
    let offset = offset.parse().ok().filter(|_| plain).ok_or_else(unknown)?;
    let base = call.request.base();
    let options = options(call, &base, false);
    let page = records::query_more(&call.ctx, Next { locator, offset }, &options)?;
    Ok(answer(page, &base))
}

fn run(call: &Call<'_>, deleted: bool) -> Result<Reply, Failure> {
    let form = &call.request.query;
    if let Some(soql) = form.get("explain") {
        return explain(call, soql, deleted);
    }
    if form.get("columns").is_some_and(|it| !it.eq_ignore_ascii_case("false")) {
        let message = "The parameter columns is not supported";
        return Err(Failure::new(Code::InvalidInput, message));
    }
    respond(call, form.get("q").unwrap_or_default(), deleted)
}

/// The engine's plan of a query instead of its result.
fn explain(call: &Call<'_>, soql: &str, deleted: bool) -> Result<Reply, Failure> {
    let plan = records::explain(&call.ctx, soql, deleted);
    let plan = plan.map_err(|error| of_records(error, soql))?;
    let count = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let mut w = Writer::with_capacity(512);
    w.object(|w| {
        w.key("plans").array(|w| {
            w.object(|w| {
                w.key("cardinality").int(count(plan.cardinality));
                w.key("fields").texts(plan.fields.iter().map(String::as_str));
                w.key("leadingOperationType").text(plan.leading.name());
                w.key("notes").array(|w| {
                    for note in &plan.notes {
                        w.object(|w| {
                            w.key("description").text(note.description);
                            w.key("fields").texts([note.field.as_str()]);
                            w.key("tableEnumOrId").text(&note.object);
                        });
                    }
                });
                w.key("relativeCost").raw(format!("{:.3}", plan.relative_cost).as_bytes());
                w.key("sobjectCardinality").int(count(plan.object_cardinality));
                w.key("sobjectType").text(&plan.object);
            });
        });
        w.key("sourceQuery").text(soql);
    });
    Ok(Reply::json(w.finish()))
}

/// The children of one record, as `…/sobjects/X/ID/Name` asks for them.
pub(super) fn children(
    call: &Call<'_>,
    parent: &Object,
    id: RecordId,
    relationship: &ChildRelationship,
) -> Result<Reply, Failure> {
    let child = call.ctx.schema.get(relationship.child);
    let lookup = child.get(relationship.field);
    let readable = |it: &schema::Field| call.ctx.access.can_read_field(child, it);
    if !readable(lookup) {
        return Err(Failure::not_found());
    }
    // Of a parent that is not there, there is no list, not an empty one.
    let is_there = format!("SELECT Id FROM {} WHERE Id = '{id}'", parent.name);
    if id.prefix() != parent.key_prefix || read_all(call, &is_there)?.is_empty() {
        return Err(Failure::not_found());
    }
    let mut names = Vec::new();
    match call.request.query.get("fields") {
        Some(given) => {
            for name in given.split(',').map(str::trim).filter(|it| !it.is_empty()) {
                let field = child.field(name).filter(|it| readable(it));
                names.push(field.ok_or_else(|| no_column(child, name))?.name.as_str());
            }
        }
        None => names.extend(child.fields.iter().filter(|it| readable(it)).map(|it| &*it.name)),
    }
    let (names, child, lookup) = (names.join(", "), &child.name, &lookup.name);
    respond(call, &format!("SELECT {names} FROM {child} WHERE {lookup} = '{id}'"), false)
}

fn no_column(object: &Object, name: &str) -> Failure {
    let field = name.chars().take(80).collect();
    records::Error::UnknownField { object: object.name.clone(), field }.into()
}

fn options<'a>(call: &Call<'_>, base: &'a str, deleted: bool) -> QueryOptions<'a> {
    QueryOptions { batch_size: call.request.page_rows(), deleted, base }
}

fn respond(call: &Call<'_>, soql: &str, deleted: bool) -> Result<Reply, Failure> {
    let base = call.request.base();
    let page = records::query(&call.ctx, soql, &options(call, &base, deleted));
    let page = page.map_err(|error| of_records(error, soql))?;
    Ok(answer(page, &base))
}

/// The records of a page are megabytes: what stands before and after them is put around them,
/// instead of copying them into it.
fn answer(page: QueryPage, base: &str) -> Reply {
    let mut w = Writer::with_capacity(256);
    w.object(|w| {
        w.key("totalSize").int(i64::try_from(page.total_size).unwrap_or(i64::MAX));
        w.key("done").bool(page.next.is_none());
        if let Some(next) = &page.next {
            let url = format!("{base}/query/{}-{}", next.locator, next.offset);
            w.key("nextRecordsUrl").text(&url);
        }
        w.key("records").array(|_| ());
    });
    let mut head = w.finish();
    let tail = head.split_off(head.len() - b"]}".len());
    let mut body = page.records;
    body.extend_from_slice(&tail);
    body.splice(0..0, head);
    Reply::json(body)
}

/// All rows of a query of ours.
pub(super) fn read_all(call: &Call<'_>, soql: &str) -> Result<Vec<Record>, Failure> {
    read_rows(call, soql, false)
}

/// The same, deleted records among them where `deleted` says so.
pub(super) fn read_rows(
    call: &Call<'_>,
    soql: &str,
    deleted: bool,
) -> Result<Vec<Record>, Failure> {
    let options = QueryOptions { batch_size: records::read::BATCH_MAX, deleted, base: "" };
    let mut page = records::query_records(&call.ctx, soql, &options)?;
    if ROWS_MAX < page.total_size {
        let message = format!("More than {ROWS_MAX} records");
        return Err(Failure::new(Code::ExceededIdLimit, message));
    }
    let mut rows = page.records;
    while let Some(next) = page.next {
        page = records::more_records(&call.ctx, next)?;
        rows.append(&mut page.records);
    }
    Ok(rows)
}

/// How many records a query of ours finds.
pub(super) fn count(call: &Call<'_>, soql: &str) -> Result<u64, Failure> {
    Ok(records::count(&call.ctx, soql)?)
}
