//! The save order: what happens to a row between a caller's input and the commit.
//!
//! Rows that a step refuses go no further; the others do not notice, unless the call is all or
//! none. The first list runs before the unit of work and reads nothing, because units of an org
//! run one after another; the second runs inside it, where what it reads cannot change.

mod prepare;
mod settle;
mod reference;
mod unique;
mod hierarchy;
mod lockout;
mod write;

use schema::Object;
use store::Reader;

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::Error;
use crate::plan::Plan;

pub(crate) use hierarchy::is_above;
pub(crate) use prepare::is_permitted;
pub(crate) use unique::check as check_unique;
pub(crate) use write::{Change, Writer, allocate_ids, write};

type Prepare = fn(&Ctx, &Object, &Plan, &mut Draft);
type Settle = fn(&Ctx, &Reader, &mut [Draft]) -> Result<(), Error>;

/// Before the unit of work.
pub(crate) const PREPARE: [(&str, Prepare); 6] = [
    ("the actor may do this to the object", prepare::permit),
    ("names become fields that the actor may set, input becomes values", prepare::convert),
    ("creates: defaults, owner, audit fields", prepare::default),
    ("lengths, formats, digits, picklists", prepare::check),
    ("creates: derived values", prepare::derive),
    ("required fields have values", prepare::require),
];

/// Within the unit of work.
pub(crate) const SETTLE: [(&str, Settle); 8] = [
    ("updates: the old record is loaded under the given values", settle::load),
    ("parents named by external ids become ids", reference::resolve),
    ("updates: derived values, audit fields", settle::derive),
    ("references lead to records that the actor may read", reference::check),
    ("record types belong to the object", reference::check_record_types),
    ("unique values are unique", unique::check),
    ("no record is above itself", hierarchy::check),
    ("nobody locks themselves or everybody out", lockout::check),
];

/// Takes rows through the steps that need no database.
pub(crate) fn prepare(ctx: &Ctx, drafts: &mut [Draft]) {
    for draft in drafts {
        let object = ctx.schema.get(draft.object);
        let plan = ctx.plan(object);
        for (_, step) in PREPARE {
            if draft.is_ok() {
                step(ctx, object, plan, draft);
            }
        }
    }
}

/// Takes rows through the steps that read the database. What is left can be written.
pub(crate) fn settle(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    for (_, step) in SETTLE {
        step(ctx, reader, drafts)?;
    }
    Ok(())
}
