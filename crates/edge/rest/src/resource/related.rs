//! What hangs on a record: `…/sobjects/X/ID/Name`, where the name is that of a parent, of
//! children, or of a field that holds a file. The same paths hold external ids (`external`).

use base::RecordId;
use schema::{FieldType, Object};

use super::describe::readable;
use super::{blob, external, query, record};
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;

pub(crate) fn get(call: &Call<'_>) -> Result<Reply, Failure> {
    if let Some(external_id) = external::of_path(call)? {
        return external_id.get(call);
    }
    let (object, id) = record_of_path(call)?;
    let name = call.request.value(2);
    if let Some(field) = object.field(name).filter(|it| it.ty == FieldType::Base64) {
        return blob::get(call, object, field, id);
    }
    if let Some(child) = object.child_relationship(name) {
        return query::children(call, object, id, child);
    }
    let (parent, parent_id) = parent(call, object, id)?;
    record::get_by_id(call, parent, parent_id)
}

pub(crate) fn patch(call: &Call<'_>) -> Result<Reply, Failure> {
    if let Some(external_id) = external::of_path(call)? {
        return external_id.upsert(call);
    }
    let (object, id) = record_of_path(call)?;
    let (parent, parent_id) = parent(call, object, id)?;
    record::update_by_id(call, parent, parent_id)
}

pub(crate) fn delete(call: &Call<'_>) -> Result<Reply, Failure> {
    if let Some(external_id) = external::of_path(call)? {
        return external_id.delete(call);
    }
    let (object, id) = record_of_path(call)?;
    let (parent, parent_id) = parent(call, object, id)?;
    record::delete_by_id(call, parent, parent_id)
}

fn record_of_path<'a>(call: &'a Call<'_>) -> Result<(&'a Object, RecordId), Failure> {
    let object = readable(call, call.request.value(0))?;
    Ok((object, record::id_of_path(call.request.value(1))?))
}

/// The parent to which the path's relationship leads.
fn parent<'a>(
    call: &'a Call<'_>,
    object: &Object,
    id: RecordId,
) -> Result<(&'a Object, RecordId), Failure> {
    let lookup = object.parent_relationship(call.request.value(2));
    let lookup = lookup.filter(|it| call.ctx.access.can_read_field(object, it));
    let lookup = lookup.ok_or_else(Failure::not_found)?;
    let text = format!("SELECT {} FROM {} WHERE Id = '{id}'", lookup.name, object.name);
    let rows = query::read_all(call, &text)?;
    let parent_id = rows.first().and_then(|it| it.value(&lookup.name).as_id());
    let parent_id = parent_id.ok_or_else(Failure::not_found)?;
    let parent = call.ctx.schema.object_of_prefix(parent_id.prefix());
    let parent = parent.filter(|it| call.ctx.access.can_read_object(it));
    Ok((parent.ok_or_else(Failure::not_found)?, parent_id))
}
