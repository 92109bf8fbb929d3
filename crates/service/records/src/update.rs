//! Changing records that exist.

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome};
use crate::input::Row;
use crate::notice;
use crate::save::{self, SaveOptions};

/// Changes the record that each row names, in one unit of work. Fields that a row does not name
/// keep their values.
pub fn update(ctx: &Ctx, rows: Vec<Row>, options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    let objects = notice::objects(&rows);
    let drafts = rows
        .into_iter()
        .map(|row| Draft::new(ctx.schema.get(row.object), row, Operation::Update))
        .collect();
    let outcomes = save::save(ctx, drafts, options)?;
    notice::saved(ctx, &objects);
    Ok(outcomes)
}
