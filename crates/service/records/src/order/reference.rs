//! Where lookups lead: parents by external id, and the existence of every parent, with one
//! statement for each target object of a call.

use std::collections::{BTreeMap, HashMap};

use base::{RecordId, Value};
use schema::{Field, FieldId, Object, ObjectId};
use store::Reader;

use crate::context::Ctx;
use crate::draft::{Draft, ParentKey};
use crate::error::{Error, RowError, RowErrorKind};
use crate::fetch::{self, Key};
use crate::input;

/// A lookup whose parent was named by a value, and where that value is looked for.
struct Wanted {
    draft: usize,
    lookup: FieldId,
    key: Key,
    /// What the caller wrote, for errors.
    shown: String,
    places: Vec<(ObjectId, FieldId)>,
}

/// Turns parents that are named by external ids into their ids.
pub(super) fn resolve(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    let mut wanted = Vec::new();
    let mut keys: BTreeMap<(ObjectId, FieldId), Vec<Key>> = BTreeMap::new();
    for (at, draft) in drafts.iter_mut().enumerate() {
        for parent in std::mem::take(&mut draft.parents) {
            if !draft.is_ok() {
                break;
            }
            match want(ctx, draft, at, parent) {
                Ok(None) => {}
                Ok(Some(it)) => {
                    for place in &it.places {
                        keys.entry(*place).or_default().push(it.key.clone());
                    }
                    wanted.push(it);
                }
                Err(error) => draft.refuse(error),
            }
        }
    }
    let mut found = HashMap::new();
    for ((object_id, field_id), keys) in keys {
        let object = ctx.schema.get(object_id);
        for (key, id) in fetch::by_value(reader, object, object.get(field_id), keys)? {
            found.entry((object_id, field_id, key)).or_insert_with(Vec::new).push(id);
        }
    }
    for it in wanted {
        let place = it.places.iter().find_map(|(object, field)| {
            found.get(&(*object, *field, it.key.clone())).map(|ids| (*object, *field, ids))
        });
        let draft = &mut drafts[it.draft];
        match place {
            Some((.., ids)) if ids.len() == 1 => {
                draft.set(Some(it.lookup), Value::Id(ids[0]));
            }
            several => {
                let place = several.map_or(it.places[0], |(object, field, _)| (object, field));
                let error = foreign(ctx, draft.object, &it, place, several.is_some());
                draft.refuse(error);
            }
        }
    }
    Ok(())
}

fn want(
    ctx: &Ctx,
    draft: &Draft,
    at: usize,
    parent: ParentKey,
) -> Result<Option<Wanted>, RowError> {
    let object = ctx.schema.get(draft.object);
    let lookup = object.get(parent.field);
    let targets = lookup.reference.iter().flat_map(|it| &it.targets);
    let places: Vec<(ObjectId, FieldId)> = targets
        .filter_map(|target| {
            let target = ctx.schema.get(*target);
            let field = target.field(&parent.key)?;
            let named = field.external_id || field.id_lookup || field.name == "Id";
            let readable = ctx.access.can_read_field(target, field);
            (named && readable && field.column.is_some()).then_some((target.id, field.id))
        })
        .collect();
    let Some((target, field)) = places.first() else {
        let first = lookup.reference.as_ref().and_then(|it| it.targets.first());
        let object = first.map_or_else(String::new, |it| ctx.schema.get(*it).name.clone());
        let kind = RowErrorKind::NotExternalId { object, field: input::shown(&parent.key) };
        return Err(RowError::at(kind, lookup));
    };
    let field = ctx.schema.get(*target).get(*field);
    let value = input::convert(field, parent.value)?;
    let shown = display(&value);
    // An empty external id names no parent, which is what the lookup holds by now.
    let wanted = |key| Wanted { draft: at, lookup: parent.field, key, shown, places };
    Ok(Key::of(field, &value).map(wanted))
}

fn display(value: &Value) -> String {
    match value {
        Value::Text(text) => input::shown(text),
        Value::Decimal(decimal) => decimal.to_string(),
        Value::Id(id) => id.to_string(),
        _ => String::new(),
    }
}

fn foreign(
    ctx: &Ctx,
    child: ObjectId,
    it: &Wanted,
    (parent, key): (ObjectId, FieldId),
    ambiguous: bool,
) -> RowError {
    let parent = ctx.schema.get(parent);
    let (value, object) = (it.shown.clone(), parent.name.clone());
    let field = parent.get(key).name.clone();
    let kind = if ambiguous {
        RowErrorKind::ForeignKeyAmbiguous { value, field, object }
    } else {
        RowErrorKind::ForeignKeyNotFound { value, field, object }
    };
    RowError::at(kind, ctx.schema.get(child).get(it.lookup))
}

/// Checks that every new or changed lookup leads to a live record that the actor may read.
pub(super) fn check(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    // In a tree, parents and children come in one call.
    let mut coming: Vec<RecordId> =
        drafts.iter().filter(|it| it.creating()).filter_map(|it| it.id).collect();
    coming.sort_unstable();
    let mut links = Vec::new();
    for (at, draft) in drafts.iter_mut().enumerate() {
        let object = ctx.schema.get(draft.object);
        for field in &object.fields {
            if draft.is_ok()
                && let Some(id) = link(draft, field)
            {
                match target(ctx, draft, field, id) {
                    Ok(_) if coming.binary_search(&id).is_ok() => {}
                    Ok(target) => links.push((at, field.id, id, target)),
                    Err(error) => draft.refuse(error),
                }
            }
        }
    }
    let mut wanted: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for (.., id, target) in &links {
        wanted.entry(*target).or_default().push(*id);
    }
    let mut live = HashMap::new();
    for (object, ids) in wanted {
        live.extend(fetch::live(reader, ctx.schema.get(object), ids)?);
    }
    for (at, field, id, _) in links {
        let draft = &mut drafts[at];
        let object = ctx.schema.get(draft.object);
        let field = object.get(field);
        let label = field.label.clone();
        let kind = match live.get(&id) {
            None => RowErrorKind::UnknownReference { label, id },
            Some(parent) if parent.inactive && Some(field.id) == ctx.plan(object).owner => {
                RowErrorKind::InactiveOwner { id, object: object.name.clone() }
            }
            Some(_) => continue,
        };
        draft.refuse(RowError::at(kind, field));
    }
    Ok(())
}

/// The id that `field` newly points to. What the engine filled in itself exists.
fn link(draft: &Draft, field: &Field) -> Option<RecordId> {
    let id = draft.value(field.id).as_id().filter(|_| field.ty.is_reference())?;
    let is_new =
        if draft.creating() { draft.is_given(field.id) } else { draft.is_changed(field.id) };
    (is_new && (draft.is_given(field.id) || !field.system)).then_some(id)
}

fn target(ctx: &Ctx, draft: &Draft, field: &Field, id: RecordId) -> Result<ObjectId, RowError> {
    let label = || field.label.clone();
    let reference = field.reference.as_ref();
    let target = ctx.schema.object_of_prefix(id.prefix());
    let allowed = |it: &&Object| reference.is_none_or(|all| all.targets.contains(&it.id));
    let Some(target) = target.filter(allowed) else {
        let wrong = RowErrorKind::WrongTarget { label: label(), id, circular: false };
        return Err(RowError::at(wrong, field));
    };
    let stuck = field.ty == schema::FieldType::MasterDetail
        && !draft.creating()
        && reference.is_some_and(|it| !it.reparentable);
    if stuck && ctx.access.user().is_some() {
        return Err(RowError::at(RowErrorKind::NotReparentable { label: label() }, field));
    }
    if !ctx.access.can_read(target) {
        return Err(RowError::at(RowErrorKind::UnreadableReference { label: label(), id }, field));
    }
    Ok(target.id)
}

/// Checks that record types are active ones of their record's object.
pub(super) fn check_record_types(
    ctx: &Ctx,
    reader: &Reader,
    drafts: &mut [Draft],
) -> Result<(), Error> {
    let chosen = |draft: &Draft| {
        let field = ctx.plan(ctx.schema.get(draft.object)).record_type?;
        let id = draft.value(field).as_id()?;
        (draft.is_ok() && draft.is_changed(field)).then_some((field, id))
    };
    let ids: Vec<RecordId> = drafts.iter().filter_map(chosen).map(|(_, id)| id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let types = fetch::record_types(reader, &ctx.schema, ids)?;
    for draft in drafts {
        let object = ctx.schema.get(draft.object);
        let Some((field, id)) = chosen(draft) else { continue };
        let fits = types.get(&id).is_some_and(|it| it.active && it.object == object.name);
        if !fits {
            let field = object.get(field);
            let kind = RowErrorKind::RecordTypeUnavailable { label: field.label.clone(), id };
            draft.refuse(RowError::at(kind, field));
        }
    }
    Ok(())
}
