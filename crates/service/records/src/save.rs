//! One call that saves rows: the save order, run as one unit of work.

use store::{Logged, Tx};

use crate::context::{Ctx, Supply};
use crate::draft::Draft;
use crate::error::{Error, Outcome, Refused, RowError, RowErrorKind, Saved};
use crate::order;

/// How a call treats rows that cannot be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveOptions {
    /// Whether one refused row keeps all others from being saved.
    pub all_or_none: bool,
}

/// Saves what nothing refuses.
pub(crate) fn save(
    ctx: &Ctx,
    mut drafts: Vec<Draft>,
    options: &SaveOptions,
) -> Result<Vec<Outcome>, Error> {
    order::prepare(ctx, &mut drafts);
    if is_hopeless(&drafts, options) {
        return Ok(outcomes(drafts, false));
    }
    let mut supply = Supply::new(ctx, drafts);
    let drafts = ctx.write(|tx| {
        let mut drafts = supply.take()?;
        match settle_and_write(ctx, tx, &mut drafts, options)? {
            Some(logged) => Ok(tx.commit(logged, drafts)),
            None => Ok(tx.unchanged(drafts)?),
        }
    })?;
    let written = !is_hopeless(&drafts, options);
    Ok(outcomes(drafts, written))
}

/// The part of a save that runs inside the unit of work. Returns the last leaf, if anything was
/// written.
pub(crate) fn settle_and_write(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    drafts: &mut [Draft],
    options: &SaveOptions,
) -> Result<Option<Logged>, Error> {
    order::settle(ctx, tx, drafts)?;
    if is_hopeless(drafts, options) {
        return Ok(None);
    }
    order::write(ctx, tx, drafts)
}

/// Whether nothing of the call will be written.
pub(crate) fn is_hopeless(drafts: &[Draft], options: &SaveOptions) -> bool {
    if options.all_or_none {
        drafts.iter().any(|it| !it.is_ok())
    } else {
        !drafts.iter().any(Draft::is_ok)
    }
}

/// What became of each row, in the order of the call.
pub(crate) fn outcomes(drafts: Vec<Draft>, written: bool) -> Vec<Outcome> {
    drafts.into_iter().map(|draft| outcome(draft, written)).collect()
}

fn outcome(draft: Draft, written: bool) -> Outcome {
    match draft.id {
        Some(id) if draft.is_ok() && written => Ok(Saved { id, created: draft.creating() }),
        _ if draft.is_ok() => Err(Refused {
            errors: vec![RowError::new(RowErrorKind::RolledBack)],
            ..draft.refused()
        }),
        _ => Err(draft.refused()),
    }
}
