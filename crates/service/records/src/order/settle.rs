//! Within the unit of work: the old record, and what follows from it.

use std::collections::{HashMap, HashSet};

use base::{RecordId, Value};
use schema::ObjectId;
use store::Reader;

use crate::context::Ctx;
use crate::draft::{Draft, Old};
use crate::error::{Error, RowError, RowErrorKind};
use crate::fetch;

/// Lays the given values over the records as they are. A record that does not exist and one that
/// the actor may not read have the same answer.
pub(super) fn load(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    let mut wanted: HashMap<ObjectId, Vec<RecordId>> = HashMap::new();
    let mut seen = HashSet::new();
    for draft in drafts.iter_mut().filter(|it| it.is_ok() && !it.creating()) {
        let object = ctx.schema.get(draft.object);
        match draft.id {
            None => draft.refuse(RowError::new(RowErrorKind::IdMissing)),
            Some(id) if id.prefix() != object.key_prefix || !ctx.access.can_read(object) => {
                draft.refuse(RowError::new(RowErrorKind::RecordNotFound { id }));
            }
            Some(id) if !seen.insert(id) => {
                let value = id.to_string();
                draft.refuse(RowError::new(RowErrorKind::DuplicateInCall { value }));
            }
            Some(id) => wanted.entry(draft.object).or_default().push(id),
        }
    }
    for (object, ids) in wanted {
        let object = ctx.schema.get(object);
        let mut found = fetch::records(reader, object, ctx.plan(object), &ids)?;
        for draft in drafts.iter_mut() {
            if draft.is_ok()
                && !draft.creating()
                && draft.object == object.id
                && let Some(id) = draft.id
            {
                overlay(draft, id, found.remove(&id));
            }
        }
    }
    Ok(())
}

fn overlay(draft: &mut Draft, id: RecordId, found: Option<fetch::Stored>) {
    let Some(stored) = found else {
        draft.refuse(RowError::new(RowErrorKind::RecordNotFound { id }));
        return;
    };
    if stored.deleted {
        draft.refuse(RowError::new(RowErrorKind::Deleted { id }));
        return;
    }
    draft.load(Old { values: stored.values, leaf: stored.leaf });
    for (field, error) in std::mem::take(&mut draft.doubts) {
        if draft.is_changed(field) {
            draft.refuse(error);
        }
    }
}

pub(super) fn derive(ctx: &Ctx, _: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    for draft in drafts.iter_mut().filter(|it| it.is_ok() && !it.creating()) {
        let object = ctx.schema.get(draft.object);
        let plan = ctx.plan(object);
        crate::derive::derive(object, plan, draft);
        draft.name_by_id(plan.named_by_id);
        for (field, value) in [
            (plan.system.modified_date, Value::DateTime(ctx.now)),
            (plan.system.modified_by, Value::Id(ctx.actor())),
            (plan.system.modstamp, Value::DateTime(ctx.now)),
        ] {
            if field.is_some_and(|it| !draft.is_given(it)) {
                draft.set(field, value);
            }
        }
    }
    Ok(())
}
