//! Making new records.

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome};
use crate::input::Row;
use crate::save::{self, SaveOptions};

/// Creates a record of each row, in one unit of work.
///
/// A row may bring its id only where the system acts.
pub fn create(ctx: &Ctx, rows: Vec<Row>, options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    save::save(ctx, drafts(ctx, rows), options)
}

pub(crate) fn drafts(ctx: &Ctx, rows: Vec<Row>) -> Vec<Draft> {
    let draft = |mut row: Row| {
        row.id = row.id.filter(|_| ctx.access.user().is_none());
        Draft::new(ctx.schema.get(row.object), row, Operation::Create)
    };
    rows.into_iter().map(draft).collect()
}
