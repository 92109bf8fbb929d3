//! Changes to users after which nobody could undo them: users do not deactivate themselves or
//! give up their profile, and the last active administrator stays one. What the engine does by
//! itself is exempt: it is there to repair.

use std::collections::BTreeSet;

use base::{RecordId, Value};
use schema::{Field, Object};
use store::Reader;

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Locked, RowError, RowErrorKind};
use crate::fetch;

/// The profile that may do everything, by the name of its row.
const ADMINISTRATOR: &str = "System Administrator";

pub(super) fn check(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    let Some(actor) = ctx.access.user() else { return Ok(()) };
    let Some(object) = ctx.schema.object("User") else { return Ok(()) };
    let (Some(active), Some(profile)) = (object.field("IsActive"), object.field("ProfileId"))
    else {
        return Ok(());
    };
    let touches = |it: &Draft| {
        let changed = |field: &Field| it.is_changed(field.id);
        it.object == object.id && it.is_ok() && (changed(active) || changed(profile))
    };
    if !drafts.iter().any(touches) {
        return Ok(());
    }
    for draft in drafts.iter_mut().filter(|it| touches(it) && it.id == Some(actor)) {
        let off = draft.is_changed(active.id) && !is_on(draft.value(active.id));
        if off {
            refuse(draft, Locked::OwnUser, active);
        }
        if draft.is_changed(profile.id) {
            refuse(draft, Locked::OwnUser, profile);
        }
    }
    check_last(ctx, reader, object, (active, profile), drafts)
}

fn check_last(
    ctx: &Ctx,
    reader: &Reader,
    object: &Object,
    (active, profile): (&Field, &Field),
    drafts: &mut [Draft],
) -> Result<(), Error> {
    let named = Some(("Name", vec![Value::Text(ADMINISTRATOR.to_owned())]));
    let found = fetch::values(reader, &ctx.schema, "Profile", &["Id"], named)?;
    let Some(administrator) = found.first().map(|[id]| id.clone()) else { return Ok(()) };
    let of_profile = Some(("ProfileId", vec![administrator.clone()]));
    let users = fetch::values(reader, &ctx.schema, "User", &["Id", "IsActive"], of_profile)?;
    let before = users.iter().filter(|[_, active]| is_on(active)).filter_map(|[id, _]| id.as_id());
    let mut standing: BTreeSet<RecordId> = before.collect();
    let stays = |it: &Draft| is_on(it.value(active.id)) && *it.value(profile.id) == administrator;
    let mut newcomer = false;
    for draft in drafts.iter().filter(|it| it.object == object.id && it.is_ok() && stays(it)) {
        // A row that is created has no id yet.
        newcomer |= draft.id.is_none();
        standing.extend(draft.id);
    }
    for draft in drafts.iter_mut().filter(|it| it.object == object.id && it.is_ok()) {
        let Some(id) = draft.id.filter(|id| !stays(draft) && standing.contains(id)) else {
            continue;
        };
        if 1 < standing.len() || newcomer {
            standing.remove(&id);
        } else if is_on(draft.value(active.id)) {
            refuse(draft, Locked::LastAdministrator, profile);
        } else {
            refuse(draft, Locked::LastAdministrator, active);
        }
    }
    Ok(())
}

fn is_on(value: &Value) -> bool {
    *value == Value::Bool(true)
}

fn refuse(draft: &mut Draft, why: Locked, field: &Field) {
    let operation = draft.operation;
    draft.refuse(RowError::at(RowErrorKind::NotWriteable { operation, why }, field));
}
