//! Saving within a unit of work that a service of the engine has begun: what is written here is
//! kept or lost with the rest of that unit.
//!
//! The save order is the one of every save. Rows are saved all or none; where one is refused,
//! nothing was written, and what becomes of the unit is the caller's to say. Whether the context
//! still holds is not checked: the unit is the caller's, and may be the one that outdates it.

use base::RecordId;
use store::{Logged, Tx};

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Outcome};
use crate::input::Row;
use crate::order;
use crate::save::{self, SaveOptions};

const ALL: SaveOptions = SaveOptions { all_or_none: true };

/// What a unit has saved so far.
#[derive(Debug)]
pub struct Written {
    /// One for each row, in their order.
    pub outcomes: Vec<Outcome>,
    /// The last entry of the ledger; none where nothing was written.
    pub logged: Option<Logged>,
}

/// Creates a record of each row.
pub fn create(ctx: &Ctx, tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<Written, Error> {
    save(ctx, tx, crate::create::drafts(ctx, rows))
}

/// Changes the record that each row names.
pub fn update(ctx: &Ctx, tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<Written, Error> {
    save(ctx, tx, crate::update::drafts(ctx, rows))
}

/// Deletes the records with these ids, and what hangs on them.
pub fn delete(ctx: &Ctx, tx: &mut Tx<'_>, ids: &[RecordId]) -> Result<Written, Error> {
    let (errors, logged) = crate::delete::delete_in(ctx, tx, ids, &ALL)?;
    Ok(Written { outcomes: crate::delete::outcomes(ids, errors, &ALL), logged })
}

fn save(ctx: &Ctx, tx: &mut Tx<'_>, mut drafts: Vec<Draft>) -> Result<Written, Error> {
    order::prepare(ctx, &mut drafts);
    let logged = if save::is_hopeless(&drafts, &ALL) {
        None
    } else {
        save::settle_and_write(ctx, tx, &mut drafts, &ALL)?
    };
    let written = !save::is_hopeless(&drafts, &ALL);
    Ok(Written { outcomes: save::outcomes(drafts, written), logged })
}
