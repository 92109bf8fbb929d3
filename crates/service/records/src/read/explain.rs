//! How the engine goes about a query.

use query::explain::Plan;

use super::{compile, total};
use crate::context::Ctx;
use crate::error::Error;

/// Explains the query that `soql` spells: its plan, from the engine's own, and how many rows it
/// finds of how many there are. It counts both, and runs nothing else.
pub fn explain(ctx: &Ctx, soql: &str, deleted: bool) -> Result<Plan, Error> {
    let parsed = soql::parse(soql)?;
    let read = ctx.org.store.read()?;
    let compiled = compile(ctx, &read, &parsed, deleted)?;
    let object = ctx.schema.get(compiled.object);
    let everything = soql::Query { where_: None, limit: None, ..super::select(object, &["Id"]) };
    let all = compile(ctx, &read, &everything, deleted)?;
    let steps = read.explain(&compiled.rows(u64::from(super::BATCH_MAX)))?;
    let counts = (total(&read, &compiled)?, total(&read, &all)?);
    Ok(query::explain::plan((&parsed, &compiled), object, &steps, counts))
}
