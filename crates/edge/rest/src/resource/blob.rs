//! The bytes of fields that hold files: `…/sobjects/Attachment/ID/Body`.

use base::RecordId;
use schema::{Field, Object};
use sql::{Alias, Expr, Select};

use super::query::read_all;
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;

/// The field that says what the bytes are, where an object has it.
const CONTENT_TYPE: &str = "ContentType";

const T: Alias = Alias(0);

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
    let bytes = read(call, object, field, id)?.ok_or_else(Failure::not_found)?;
    Ok(Reply::blob(content_type.as_deref().unwrap_or_default(), bytes))
}

/// Queries tell only whether there are bytes, so they are read by a statement of their own.
fn read(
    call: &Call<'_>,
    object: &Object,
    field: &Field,
    id: RecordId,
) -> Result<Option<Vec<u8>>, Failure> {
    let access = &call.ctx.access;
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(&object.table, T);
    select.columns = vec![column(field.column())];
    select.where_ = Expr::all([
        column("id").eq(Expr::int(id.raw())),
        column("isdeleted").eq(Expr::int(0)),
        access.predicate(object, T),
    ]);
    let mut found = None;
    let read = call.ctx.org.store.read()?;
    read.query::<store::Error>(&access.guard(select), |row| {
        found = row.blob(0).map(<[u8]>::to_vec);
        Ok(())
    })?;
    Ok(found)
}
