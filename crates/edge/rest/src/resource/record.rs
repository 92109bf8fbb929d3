//! One record: create, get, update, delete.

use std::collections::HashSet;

use base::{RecordId, id};
use records::{Input, Outcome, Refused, Row, RowErrorKind, SaveOptions, Saved};
use schema::Object;

use super::describe::readable;
use crate::error::{Code, Failure, Item, of_row};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::read;
use crate::wire::write::Writer;

/// One row is a call of its own, so that it makes no difference.
pub(crate) const SINGLE: SaveOptions = SaveOptions { all_or_none: false };

pub(crate) fn create(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let fields = body(call, object)?;
    let rows = vec![Row { object: object.id, id: None, fields }];
    let saved = single(records::create(&call.ctx, rows, &SINGLE)?)?;
    Ok(created(call, object, &saved))
}

pub(crate) fn get(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let id = id_of_path(call.request.value(1))?;
    get_by_id(call, object, id)
}

pub(crate) fn update(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let id = id_of_path(call.request.value(1))?;
    update_by_id(call, object, id)
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let id = id_of_path(call.request.value(1))?;
    delete_by_id(call, object, id)
}

pub(super) fn get_by_id(call: &Call<'_>, object: &Object, id: RecordId) -> Result<Reply, Failure> {
    let names: Option<Vec<&str>> = call.request.query.get("fields").map(names);
    let base = call.request.base();
    let records = records::retrieve(&call.ctx, object, &[id], names.as_deref(), &base)?;
    let json = records.into_iter().next().flatten();
    json.map(Reply::json).ok_or_else(Failure::not_found)
}

/// The names of a list that commas separate.
pub(super) fn names(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|it| !it.is_empty()).collect()
}

pub(super) fn update_by_id(
    call: &Call<'_>,
    object: &Object,
    id: RecordId,
) -> Result<Reply, Failure> {
    right_object(object, id)?;
    let fields = body(call, object)?;
    if fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("Id")) {
        return Err(should_not_be_given("Id"));
    }
    let rows = vec![Row { object: object.id, id: Some(id), fields }];
    single(records::update(&call.ctx, rows, &SINGLE)?)?;
    Ok(Reply::no_content())
}

pub(super) fn delete_by_id(
    call: &Call<'_>,
    object: &Object,
    id: RecordId,
) -> Result<Reply, Failure> {
    right_object(object, id)?;
    single(records::delete(&call.ctx, &[id], &SINGLE)?)?;
    Ok(Reply::no_content())
}

/// The answer to a create.
pub(super) fn created(call: &Call<'_>, object: &Object, saved: &Saved) -> Reply {
    let mut w = Writer::default();
    w.object(|w| write_success(saved.id, w));
    Reply::created(w.finish()).at(&url(call, object, saved.id))
}

pub(super) fn write_success(id: RecordId, w: &mut Writer) {
    w.key("id").id(id);
    w.key("success").bool(true);
    w.key("errors").array(|_| {});
}

pub(super) fn url(call: &Call<'_>, object: &Object, id: RecordId) -> String {
    format!("{}/sobjects/{}/{id}", call.request.base(), object.name)
}

/// The outcome of a call of one row.
pub(super) fn single(outcomes: Vec<Outcome>) -> Result<Saved, Failure> {
    match outcomes.into_iter().next() {
        Some(Ok(saved)) => Ok(saved),
        Some(Err(refused)) => Err(refusal(&refused)),
        None => Err(Failure::internal(&"a row has no outcome")),
    }
}

/// Why a path's record was not saved; in a path, a record that is not there is no resource.
pub(super) fn refusal(refused: &Refused) -> Failure {
    match refused.errors.as_slice() {
        [error] if matches!(error.kind, RowErrorKind::RecordNotFound { .. }) => {
            Failure::not_found()
        }
        errors => Failure::of_record(errors.iter().map(of_row).collect()),
    }
}

pub(super) fn should_not_be_given(field: &str) -> Failure {
    let message = format!("The {field} field should not be specified in the sobject data.");
    Failure::new(Code::InvalidField, message)
}

/// The id in a path. What cannot be one is taken for the name of an external id.
pub(super) fn id_of_path(text: &str) -> Result<RecordId, Failure> {
    RecordId::parse(text).map_err(|error| match error {
        id::Error::Suffix => Failure::new(Code::MalformedId, format!("malformed id {text}")),
        id::Error::Length | id::Error::Character => no_external_id(text),
    })
}

pub(super) fn no_external_id(name: &str) -> Failure {
    let name: String = name.chars().take(80).collect();
    Failure::new(
        Code::NotFound,
        format!("Provided external ID field does not exist or is not accessible: {name}"),
    )
}

fn right_object(object: &Object, id: RecordId) -> Result<(), Failure> {
    if id.prefix() == object.key_prefix {
        return Ok(());
    }
    Err(Failure::new(Code::InvalidCrossReference, "invalid cross reference id"))
}

/// The fields that the body gives, each once.
pub(super) fn body(call: &Call<'_>, object: &Object) -> Result<Vec<(String, Input)>, Failure> {
    let fields = fields_of_body(call, object)?;
    given_once(call, object, &fields).map_err(|it| Failure::of_record(vec![it]))?;
    Ok(fields)
}

/// Refuses two values for one field: its name in two spellings, or the id and the external id of
/// a parent.
pub(super) fn given_once(
    call: &Call<'_>,
    object: &Object,
    fields: &[(String, Input)],
) -> Result<(), Item> {
    let refused = |message: String, field: &str| {
        Err(Item { code: Code::InvalidField, message, fields: Some(vec![field.to_owned()]) })
    };
    let mut seen = HashSet::with_capacity(fields.len());
    for (name, _) in fields {
        if !seen.insert(name.to_ascii_lowercase()) {
            return refused(format!("Duplicate field specified: {name}"), name);
        }
    }
    for (name, _) in fields.iter().filter(|(_, it)| matches!(it, Input::Object(_))) {
        let lookup = object.parent_relationship(name);
        let lookup = lookup.filter(|it| call.ctx.access.can_read_field(object, it));
        if let Some(lookup) = lookup.filter(|it| seen.contains(&it.name.to_ascii_lowercase())) {
            let id = &lookup.name;
            let message = format!(
                "Cannot specify both an external ID reference {name} and a salesforce id, {id}"
            );
            return refused(message, id);
        }
    }
    Ok(())
}

/// Of JSON, or of a JSON part beside files.
fn fields_of_body(call: &Call<'_>, object: &Object) -> Result<Vec<(String, Input)>, Failure> {
    let request = call.request;
    if request.media_type() != "multipart/form-data" {
        return Ok(read::fields(request.json_object()?));
    }
    let mut fields = None;
    let mut files = Vec::new();
    for part in request.parts()? {
        let is_json = part
            .content_type
            .as_deref()
            .is_some_and(|it| it.trim_start().to_ascii_lowercase().starts_with("application/json"));
        let named = ["entity_document", "entity_content"].contains(&part.name.as_str())
            || part.name.eq_ignore_ascii_case(&object.name);
        if fields.is_none() && (is_json || named) {
            fields = Some(read::fields(read::parse_object(part.content)?));
        } else {
            files.push((part.name, Input::Bytes(part.content.to_vec())));
        }
    }
    let mut fields = fields.ok_or_else(|| Failure::missing("entity_content"))?;
    fields.extend(files);
    Ok(fields)
}
