//! One call that saves rows: the save order, run as one unit of work.

use store::{Commit, Tx};

use crate::context::Ctx;
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
    let drafts = ctx.org.store.write(|tx| settle_and_write(ctx, tx, drafts, options))?;
    let written = !is_hopeless(&drafts, options);
    Ok(outcomes(drafts, written))
}

/// The part of a save that runs inside the unit of work.
pub(crate) fn settle_and_write(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    mut drafts: Vec<Draft>,
    options: &SaveOptions,
) -> Result<Commit<Vec<Draft>>, Error> {
    order::settle(ctx, tx, &mut drafts)?;
    if is_hopeless(&drafts, options) {
        return Ok(tx.unchanged(drafts)?);
    }
    match order::write(ctx, tx, &mut drafts)? {
        Some(logged) => Ok(tx.commit(logged, drafts)),
        None => Ok(tx.unchanged(drafts)?),
    }
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
