//! The bytes of fields that hold files: `…/sobjects/Attachment/ID/Body`.

use base::RecordId;
use schema::{Field, Object};

use super::query::read_all;
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;

/// The field that says what the bytes are, where an object has it.
const CONTENT_TYPE: &str = "ContentType";

pub(super) fn get(
    call: &Call<'_>,
    object: &Object,
    field: &Field,
    id: RecordId,
) -> Result<Reply, Failure> {
    let readable = |it: &&Field| call.ctx.access.can_read_field(object, it);
    if !readable(&field) {
        return Err(Failure::not_found());
    }
    let content_type = match object.field(CONTENT_TYPE).filter(readable) {
        Some(kind) => {
            let text = format!("SELECT {} FROM {} WHERE Id = '{id}'", kind.name, object.name);
            let mut rows = read_all(call, &text)?;
            let row = rows.pop().ok_or_else(Failure::not_found)?;
            row.value(&kind.name).as_text().map(str::to_owned)
        }
        None => None,
    };
    let bytes = records::read_blob(&call.ctx, object, field, id)?;
    let bytes = bytes.ok_or_else(Failure::not_found)?;
    Ok(Reply::blob(content_type.as_deref().unwrap_or_default(), bytes))
}
