//! Records by external id: get, upsert, delete.
//!
//! A value that fits several records is answered with their URLs. Some clients write a blank in
//! a path as `+`, so a value with one is tried as it stands first, then with blanks.

use base::RecordId;
use records::{Input, Outcome, Row, RowErrorKind};
use schema::{Field, Object};

use super::describe::readable;
use super::record::{self, SINGLE, no_external_id, should_not_be_given};
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::form::{Plus, decode};
use crate::wire::write::Writer;

/// Before this version an upsert that changed a record was answered without a body.
const VERSION_OF_BODIES: u16 = 46;

/// `POST …/sobjects/X/Id`: what a client does that upserts by an id that it does not have.
pub(crate) fn create(call: &Call<'_>) -> Result<Reply, Failure> {
    if call.request.value(1).eq_ignore_ascii_case("id") {
        return record::create(call);
    }
    let allow = "HEAD, GET, PATCH, DELETE".to_owned();
    Err(Failure::method_not_allowed(call.request.method.as_str(), allow))
}

/// The external id of a path, where its second value is the name of a field.
pub(super) struct ExternalId<'a> {
    object: &'a Object,
    field: &'a Field,
    /// The values to try.
    values: Vec<String>,
}

/// Reads `…/{object}/{field}/{value}`; none where the second value is no field.
pub(super) fn of_path<'a>(call: &'a Call<'_>) -> Result<Option<ExternalId<'a>>, Failure> {
    let object = readable(call, call.request.value(0))?;
    let name = call.request.value(1);
    let Some(field) = object.field(name) else { return Ok(None) };
    let field = external_id(call, object, field).ok_or_else(|| no_external_id(name))?;
    let literal = call.request.value(2).to_owned();
    let mut values = vec![literal];
    if call.request.last_segment().contains('+') {
        values.push(decode(call.request.last_segment(), Plus::Blank));
    }
    Ok(Some(ExternalId { object, field, values }))
}

/// The field, where records may be looked up by it and the caller may read it.
fn external_id<'a>(call: &Call<'_>, object: &Object, field: &'a Field) -> Option<&'a Field> {
    let known = field.external_id || field.id_lookup || field.name == "Id";
    (known && call.ctx.access.can_read_field(object, field)).then_some(field)
}

/// The field of `object` that `name` names, for the routes that upsert by it.
pub(super) fn field_named<'a>(
    call: &'a Call<'_>,
    object: &'a Object,
    name: &str,
) -> Result<&'a Field, Failure> {
    let field = object.field(name).and_then(|it| external_id(call, object, it));
    field.ok_or_else(|| no_external_id(name))
}

impl ExternalId<'_> {
    pub(super) fn get(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        match self.find(call)?.as_slice() {
            [] => Err(Failure::not_found()),
            [id] => record::get_by_id(call, self.object, *id),
            ids => Ok(self.choices(call, ids)),
        }
    }

    pub(super) fn delete(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        match self.find(call)?.as_slice() {
            [] => Err(Failure::not_found()),
            [id] => record::delete_by_id(call, self.object, *id),
            ids => Ok(self.choices(call, ids)),
        }
    }

    pub(super) fn upsert(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let mut fields = record::body(call, self.object)?;
        if fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(&self.field.name)) {
            return Err(should_not_be_given(&self.field.name));
        }
        let update_only = call.request.query.flag("updateOnly");
        let mut value = self.values.last().cloned().unwrap_or_default();
        if update_only || 1 < self.values.len() {
            match self.find_first(call)? {
                Some((found, _)) => value = found.clone(),
                None if update_only => return Err(Failure::not_found()),
                None => {}
            }
        }
        fields.push((self.field.name.clone(), Input::Text(value)));
        let rows = vec![Row { object: self.object.id, id: None, fields }];
        let by = (self.object.id, self.field.id);
        let outcomes = records::upsert(&call.ctx, rows, by, &SINGLE)?;
        if let Some(ids) = ambiguous(&outcomes) {
            return Ok(self.choices(call, &ids));
        }
        let saved = record::single(outcomes)?;
        Ok(self.upserted(call, &saved))
    }

    fn upserted(&self, call: &Call<'_>, saved: &records::Saved) -> Reply {
        let has_body = VERSION_OF_BODIES <= call.request.version;
        if !saved.created && !has_body {
            return Reply::no_content();
        }
        let mut w = Writer::default();
        w.object(|w| {
            record::write_success(saved.id, w);
            if has_body {
                w.key("created").bool(saved.created);
            }
        });
        if saved.created {
            Reply::created(w.finish()).at(&record::url(call, self.object, saved.id))
        } else {
            Reply::json(w.finish())
        }
    }

    fn find(&self, call: &Call<'_>) -> Result<Vec<RecordId>, Failure> {
        Ok(self.find_first(call)?.map(|(_, ids)| ids).unwrap_or_default())
    }

    /// The first of the values that any record has, and those records.
    fn find_first(&self, call: &Call<'_>) -> Result<Option<(&String, Vec<RecordId>)>, Failure> {
        for value in &self.values {
            let input = Input::Text(value.clone());
            let ids = records::find_by_external_id(&call.ctx, self.object, self.field, input)?;
            if !ids.is_empty() {
                return Ok(Some((value, ids)));
            }
        }
        Ok(None)
    }

    fn choices(&self, call: &Call<'_>, ids: &[RecordId]) -> Reply {
        let mut w = Writer::default();
        w.array(|w| ids.iter().for_each(|id| w.text(&record::url(call, self.object, *id))));
        Reply::choices(w.finish())
    }
}

fn ambiguous(outcomes: &[Outcome]) -> Option<Vec<RecordId>> {
    let [Err(refused)] = outcomes else { return None };
    refused.errors.iter().find_map(|it| match &it.kind {
        RowErrorKind::ExternalIdAmbiguous { ids } => Some(ids.clone()),
        _ => None,
    })
}
