//! The bytes of a base64 field: queries tell only whether there are any.

use base::RecordId;
use schema::{Field, Object};
use sql::{Alias, Expr, Select};

use crate::context::Ctx;
use crate::error::Error;

/// The bytes that `field` of a record holds; none where the actor may not read the field, or the
/// record is not there or has none.
pub fn read_blob(
    ctx: &Ctx,
    object: &Object,
    field: &Field,
    id: RecordId,
) -> Result<Option<Vec<u8>>, Error> {
    if !ctx.access.can_read_field(object, field) {
        return Ok(None);
    }
    let alias = Alias(0);
    let column = |name: &str| Expr::Column(alias, name.to_owned());
    let mut select = Select::from_table(&object.table, alias);
    select.columns = vec![column(field.column())];
    select.where_ = Expr::all([
        column("id").eq(Expr::int(id.raw())),
        column("isdeleted").is(0),
        ctx.access.predicate(object, alias),
    ]);
    let mut found = None;
    ctx.org.store.read()?.query::<Error>(&ctx.access.guard(select), |row| {
        found = row.blob(0).map(<[u8]>::to_vec);
        Ok(())
    })?;
    Ok(found)
}
