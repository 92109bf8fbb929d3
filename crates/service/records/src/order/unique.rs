//! Values that no two live records may share: against the table, with one statement a field, and
//! among the rows of the call, in their order.

use std::collections::{BTreeMap, HashMap};

use base::RecordId;
use schema::{FieldId, ObjectId};
use store::Reader;

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, RowError, RowErrorKind};
use crate::fetch::{self, Key};

/// Who has a value: a record, or a row of the call that has no id yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Record(RecordId),
    Row(usize),
}

type Claims = HashMap<(ObjectId, FieldId, Key), Holder>;

pub(crate) fn check(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    let mut wanted: BTreeMap<(ObjectId, FieldId), Vec<Key>> = BTreeMap::new();
    for draft in drafts.iter().filter(|it| it.is_ok()) {
        for (field, key) in new_keys(ctx, draft) {
            wanted.entry((draft.object, field)).or_default().push(key);
        }
    }
    let mut claims = Claims::new();
    for ((object_id, field), keys) in wanted {
        let object = ctx.schema.get(object_id);
        for (key, id) in fetch::by_value(reader, object, object.get(field), keys)? {
            claims.insert((object_id, field, key), Holder::Record(id));
        }
    }
    for (at, draft) in drafts.iter_mut().enumerate().filter(|(_, it)| it.is_ok()) {
        claim(ctx, &mut claims, at, draft);
    }
    Ok(())
}

/// The unique values that `draft` newly takes.
fn new_keys(ctx: &Ctx, draft: &Draft) -> Vec<(FieldId, Key)> {
    let object = ctx.schema.get(draft.object);
    let unique = ctx.plan(object).unique.iter();
    unique
        .filter(|field| draft.is_changed(**field))
        .filter_map(|it| Some((*it, Key::of(object.get(*it), draft.value(*it))?)))
        .collect()
}

fn claim(ctx: &Ctx, claims: &mut Claims, at: usize, draft: &mut Draft) {
    let object = ctx.schema.get(draft.object);
    let keys = new_keys(ctx, draft);
    let me = draft.id.map_or(Holder::Row(at), Holder::Record);
    for (field, key) in &keys {
        let holder = claims.get(&(object.id, *field, key.clone()));
        let Some(holder) = holder.filter(|it| **it != me) else { continue };
        let existing = match holder {
            Holder::Record(id) => Some(*id),
            Holder::Row(_) => None,
        };
        let field = object.get(*field);
        let kind = RowErrorKind::DuplicateValue { field: field.name.clone(), existing };
        draft.refuse(RowError::at(kind, field));
    }
    if !draft.is_ok() {
        return;
    }
    for (field, key) in keys {
        if let Some(old) = &draft.old {
            // The value that the record gives up is free for the rows that follow.
            let old = Key::of(object.get(field), &old.values[usize::from(field.0)]);
            if let Some(old) = old {
                claims.remove(&(object.id, field, old));
            }
        }
        claims.insert((object.id, field, key), me);
    }
}
