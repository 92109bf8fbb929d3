//! Many records in one call: up to 200, in the order of the request (wire reference, 4.4).
//!
//! What is wrong with one record stands in its place of the answer; what is wrong with the
//! request is an error of its own. An id that is none and a field that is given
//! twice never reach `records`, so their refusal, and what it means to an all-or-none call, is
//! made here.

use base::RecordId;
use records::{Input, Outcome, Refused, Row, RowError, RowErrorKind, SaveOptions, Saved};
use schema::Object;

use super::describe::readable;
use super::external;
use super::record::{given_once, names, write_success};
use crate::error::{Code, Failure, Item, of_row};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::read::{self, Json};
use crate::wire::write::{Writer, status_codes};

pub(crate) const RECORDS_MAX: usize = 200;
const RETRIEVED_MAX: usize = 2000;

pub(crate) fn create(call: &Call<'_>) -> Result<Reply, Failure> {
    let (records, options) = envelope(call)?;
    let rows: Result<Vec<_>, Failure> = records.into_iter().map(|it| row(call, it, None)).collect();
    let outcomes = save(rows?, &options, |rows| Ok(records::create(&call.ctx, rows, &options)?))?;
    Ok(reply(&outcomes, Created::Untold))
}

pub(crate) fn update(call: &Call<'_>) -> Result<Reply, Failure> {
    let (records, options) = envelope(call)?;
    let mut rows = Vec::with_capacity(records.len());
    for json in records {
        rows.push(row(call, json, None)?.and_then(take_id));
    }
    let outcomes = save(rows, &options, |rows| Ok(records::update(&call.ctx, rows, &options)?))?;
    Ok(reply(&outcomes, Created::Untold))
}

pub(crate) fn upsert(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let field = external::field_named(call, object, call.request.value(1))?;
    let (records, options) = envelope(call)?;
    let mut rows = Vec::with_capacity(records.len());
    for json in records {
        rows.push(row(call, json, Some(object))?);
    }
    let by = (object.id, field.id);
    let outcomes =
        save(rows, &options, |rows| Ok(records::upsert(&call.ctx, rows, by, &options)?))?;
    Ok(reply(&outcomes, Created::Told))
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Reply, Failure> {
    let form = &call.request.query;
    let ids = form.get("ids").ok_or_else(|| Failure::missing("ids"))?;
    let ids = names(ids);
    at_most(ids.len(), RECORDS_MAX)?;
    let options = SaveOptions { all_or_none: form.flag("allOrNone") };
    let ids = ids.into_iter().map(|it| RecordId::parse(it).map_err(|_| malformed(it)));
    let outcomes =
        save(ids.collect(), &options, |ids| Ok(records::delete(&call.ctx, &ids, &options)?))?;
    Ok(reply(&outcomes, Created::Untold))
}

pub(crate) fn retrieve(call: &Call<'_>) -> Result<Reply, Failure> {
    let list = |name| -> Result<Vec<String>, Failure> {
        let text = call.request.query.get(name).ok_or_else(|| Failure::missing(name))?;
        Ok(names(text).into_iter().map(str::to_owned).collect())
    };
    retrieved(call, list("ids")?, list("fields")?)
}

pub(crate) fn retrieve_by_body(call: &Call<'_>) -> Result<Reply, Failure> {
    let mut members = call.request.json_object()?;
    let mut list = |name| read::texts(read::take_array(&mut members, name)?);
    let ids = list("ids")?;
    let fields = list("fields")?;
    retrieved(call, ids, fields)
}

fn retrieved(call: &Call<'_>, ids: Vec<String>, fields: Vec<String>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    at_most(ids.len(), RETRIEVED_MAX)?;
    if fields.is_empty() {
        return Err(Failure::missing("fields"));
    }
    let fields: Vec<&str> = fields.iter().map(|it| it.trim()).collect();
    let parsed: Vec<Option<RecordId>> = ids.iter().map(|it| RecordId::parse(it).ok()).collect();
    let known: Vec<RecordId> = parsed.iter().flatten().copied().collect();
    let base = call.request.base();
    let mut records =
        records::retrieve(&call.ctx, object, &known, Some(&fields), &base)?.into_iter();
    let mut w = Writer::with_capacity(ids.len() * 256);
    w.array(|w| {
        for id in &parsed {
            // What is no id names no record.
            match id.and_then(|_| records.next()).flatten() {
                Some(json) => w.raw(&json),
                None => w.null(),
            }
        }
    });
    Ok(Reply::json(w.finish()))
}

/// The records of a request, and whether one that is refused keeps the others from being saved.
fn envelope(call: &Call<'_>) -> Result<(Vec<Json>, SaveOptions), Failure> {
    let mut members = call.request.json_object()?;
    let options = SaveOptions { all_or_none: read::flag(&members, "allOrNone")? };
    let records = read::take_array(&mut members, "records")?;
    at_most(records.len(), RECORDS_MAX)?;
    Ok((records, options))
}

fn at_most(n: usize, max: usize) -> Result<(), Failure> {
    if n <= max {
        return Ok(());
    }
    let message =
        format!("Record limit reached. Cannot submit more than {max} records into this call.");
    Err(Failure::new(Code::InvalidInput, message))
}

/// Moves the id from the fields to its place.
fn take_id(mut row: Row) -> Result<Row, Item> {
    let at = row.fields.iter().position(|(name, _)| name.eq_ignore_ascii_case("id"));
    if let Some(at) = at {
        match row.fields.remove(at).1 {
            Input::Null => {}
            Input::Text(text) => {
                row.id = Some(RecordId::parse(text.trim()).map_err(|_| malformed(&text))?);
            }
            _ => return Err(malformed("")),
        }
    }
    Ok(row)
}

/// One record of a request; `object` where the path names it. The inner error is about the
/// record alone.
fn row(call: &Call<'_>, json: Json, object: Option<&Object>) -> Result<Result<Row, Item>, Failure> {
    let members = read::object(json)?;
    let object = match (read::type_of(&members), object) {
        (Some(name), None) => object_named(call, name)?,
        (Some(name), Some(object)) if name.eq_ignore_ascii_case(&object.name) => object,
        (None, Some(object)) => object,
        (Some(name), Some(object)) => {
            let message = format!("The record is of type {name}, and not of {}", object.name);
            return Err(Failure::new(Code::InvalidInput, message));
        }
        (None, None) => {
            let message = "Each record needs its type in attributes";
            return Err(Failure::new(Code::InvalidInput, message));
        }
    };
    let fields = read::fields(members);
    let given = given_once(call, object, &fields);
    Ok(given.map(|()| Row { object: object.id, id: None, fields }))
}

/// The object that a record says it is of.
pub(super) fn object_named<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Object, Failure> {
    let object = call.ctx.schema.object(name);
    object.filter(|it| call.ctx.access.can_read_object(it)).ok_or_else(|| {
        let name: String = name.chars().take(80).collect();
        let message = format!("sObject type '{name}' is not supported.");
        Failure::new(Code::InvalidType, message)
    })
}

/// Saves what can be saved, and puts what cannot in its place.
fn save<T>(
    items: Vec<Result<T, Item>>,
    options: &SaveOptions,
    run: impl FnOnce(Vec<T>) -> Result<Vec<Outcome>, Failure>,
) -> Result<Vec<Result<Saved, Unsaved>>, Failure> {
    let refused = |item| Unsaved { id: None, created: false, items: vec![item] };
    if options.all_or_none && items.iter().any(Result::is_err) {
        let rolled_back = RowError { kind: RowErrorKind::RolledBack, fields: Vec::new() };
        let outcome = |it: Result<T, Item>| match it {
            Ok(_) => Err(refused(of_row(&rolled_back))),
            Err(item) => Err(refused(item)),
        };
        return Ok(items.into_iter().map(outcome).collect());
    }
    let mut places = Vec::with_capacity(items.len());
    let mut good = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Ok(it) => {
                good.push(it);
                places.push(None);
            }
            Err(item) => places.push(Some(item)),
        }
    }
    let mut saved = if good.is_empty() { Vec::new() } else { run(good)? }.into_iter();
    let outcomes: Option<Vec<_>> = places
        .into_iter()
        .map(|it| match it {
            Some(item) => Some(Err(refused(item))),
            None => saved.next().map(|it| it.map_err(Unsaved::from)),
        })
        .collect();
    outcomes.ok_or_else(|| Failure::internal(&"a row has no outcome"))
}

/// A record that was refused, here or by `records`.
struct Unsaved {
    id: Option<RecordId>,
    created: bool,
    items: Vec<Item>,
}

impl From<Refused> for Unsaved {
    fn from(it: Refused) -> Self {
        Self { id: it.id, created: it.created, items: it.errors.iter().map(of_row).collect() }
    }
}

fn malformed(text: &str) -> Item {
    let value = text.chars().take(80).collect();
    let kind = RowErrorKind::MalformedId { label: "Record ID".to_owned(), value };
    of_row(&RowError { kind, fields: vec!["Id".to_owned()] })
}

/// Whether results say if their record is new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Created {
    Told,
    Untold,
}

fn reply(outcomes: &[Result<Saved, Unsaved>], created: Created) -> Reply {
    let mut w = Writer::with_capacity(outcomes.len() * 64);
    w.array(|w| {
        for outcome in outcomes {
            w.object(|w| {
                let is_new = match outcome {
                    Ok(saved) => {
                        write_success(saved.id, w);
                        saved.created
                    }
                    Err(unsaved) => {
                        write_unsaved(unsaved, w);
                        unsaved.created
                    }
                };
                if created == Created::Told {
                    w.key("created").bool(is_new);
                }
            });
        }
    });
    Reply::json(w.finish())
}

fn write_unsaved(unsaved: &Unsaved, w: &mut Writer) {
    if let Some(id) = unsaved.id {
        w.key("id").id(id);
    }
    w.key("success").bool(false);
    w.key("errors");
    status_codes(w, &unsaved.items);
}
