//! Making new records.

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome};
use crate::input::Row;
use crate::notice;
use crate::save::{self, SaveOptions};

/// Creates a record of each row, in one unit of work.
///
/// A row may bring its id only where the system acts.
pub fn create(ctx: &Ctx, rows: Vec<Row>, options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    let objects = notice::objects(&rows);
    let drafts = rows
        .into_iter()
        .map(|mut row| {
            row.id = row.id.filter(|_| ctx.access.user().is_none());
            Draft::new(ctx.schema.get(row.object), row, Operation::Create)
        })
        .collect();
    let outcomes = save::save(ctx, drafts, options)?;
    notice::saved(ctx, &objects);
    Ok(outcomes)
}
