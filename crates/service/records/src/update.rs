//! Changing records that exist.

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome};
use crate::input::Row;
use crate::save::{self, SaveOptions};

/// Changes the record that each row names, in one unit of work. Fields that a row does not name
/// keep their values.
pub fn update(ctx: &Ctx, rows: Vec<Row>, options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    save::save(ctx, drafts(ctx, rows), options)
}

pub(crate) fn drafts(ctx: &Ctx, rows: Vec<Row>) -> Vec<Draft> {
    let draft = |row: Row| Draft::new(ctx.schema.get(row.object), row, Operation::Update);
    rows.into_iter().map(draft).collect()
}
