//! What replication clients ask: which records changed or were deleted in a span of time.

use base::{DateTime, RecordId};
use schema::Object;
use sql::{Alias, CompareOp, Expr, Nulls, OrderBy, Select};

use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

const T: Alias = Alias(0);

/// The live records of `object` whose last change lies from `start` up to, and without, `end`;
/// at most `max`, the earliest first.
pub fn changed(
    ctx: &Ctx,
    object: &Object,
    (start, end): (DateTime, DateTime),
    max: u64,
) -> Result<Vec<RecordId>, Error> {
    let rows = stamped(ctx, object, (start, end), max, 0)?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// The same of records in the recycle bin, each with the time of its deletion.
pub fn deleted(
    ctx: &Ctx,
    object: &Object,
    (start, end): (DateTime, DateTime),
    max: u64,
) -> Result<Vec<(RecordId, DateTime)>, Error> {
    stamped(ctx, object, (start, end), max, 1)
}

fn stamped(
    ctx: &Ctx,
    object: &Object,
    (start, end): (DateTime, DateTime),
    max: u64,
    is_deleted: i64,
) -> Result<Vec<(RecordId, DateTime)>, Error> {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let ascending = |name| OrderBy { expr: column(name), descending: false, nulls: Nulls::First };
    let mut select = Select::from_table(&object.table, T);
    select.columns = vec![column("id"), column("systemmodstamp")];
    select.where_ = Expr::all([
        column("systemmodstamp").compare(CompareOp::Ge, Expr::int(start.0)),
        column("systemmodstamp").compare(CompareOp::Lt, Expr::int(end.0)),
        column("isdeleted").is(is_deleted),
        ctx.access.predicate(object, T),
    ]);
    select.order_by = vec![ascending("systemmodstamp"), ascending("id")];
    select.limit = Some(max);
    let mut found = Vec::new();
    let read = ctx.org.store.read()?;
    rows::each(&read, &ctx.access.guard(select), |row| {
        if let (Some(id), Some(at)) = (row.int(0), row.int(1)) {
            found.push((RecordId::from_raw(id), DateTime(at)));
        }
        Ok(())
    })?;
    Ok(found)
}
