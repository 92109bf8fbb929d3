//! Lookups of an object to itself: no record is above itself, directly or through others.
//!
//! The rows of a call are seen as they will be, so that one call can turn a hierarchy around.

use std::collections::{BTreeSet, HashMap};

use base::RecordId;
use schema::{Field, FieldId, Object, ObjectId};
use store::Reader;

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, RowError, RowErrorKind};
use crate::fetch;

/// How many parents are followed. A circle longer than this is not noticed; what walks up a
/// hierarchy has a bound of its own.
const LEVELS_MAX: usize = 50;

/// What lookups to the own object hold, as far as anybody asked.
type Parents = HashMap<RecordId, Option<RecordId>>;

pub(super) fn check(ctx: &Ctx, reader: &Reader, drafts: &mut [Draft]) -> Result<(), Error> {
    let mut hierarchies: BTreeSet<(ObjectId, FieldId)> = BTreeSet::new();
    for draft in drafts.iter() {
        let object = ctx.schema.get(draft.object);
        let fields = object.fields.iter().filter(|it| link(object, it, draft).is_some());
        hierarchies.extend(fields.map(|it| (object.id, it.id)));
    }
    for (object, field) in hierarchies {
        let object = ctx.schema.get(object);
        check_one(reader, object, object.get(field), drafts)?;
    }
    Ok(())
}

/// Where `field` newly leads within the own object. A record without an id has nothing below it.
fn link(object: &Object, field: &Field, draft: &Draft) -> Option<(RecordId, RecordId)> {
    let own = !field.system
        && field.ty.is_reference()
        && field.reference.as_ref().is_some_and(|it| it.targets.contains(&object.id));
    let parent = || draft.value(field.id).as_id().filter(|it| it.prefix() == object.key_prefix);
    (own && draft.is_ok() && draft.is_changed(field.id)).then(|| draft.id.zip(parent())).flatten()
}

fn check_one(
    reader: &Reader,
    object: &Object,
    field: &Field,
    drafts: &mut [Draft],
) -> Result<(), Error> {
    let mut parents = Parents::new();
    for draft in drafts.iter().filter(|it| it.object == object.id && it.is_ok()) {
        if let Some(id) = draft.id
            && draft.is_changed(field.id)
        {
            parents.insert(id, draft.value(field.id).as_id());
        }
    }
    let links = drafts.iter().filter_map(|it| Some(link(object, field, it)?.1)).collect();
    complete(reader, object, field, links, &mut parents)?;
    for draft in drafts.iter_mut().filter(|it| it.object == object.id) {
        let Some((id, parent)) = link(object, field, draft) else { continue };
        if leads_to(&parents, parent, id) {
            let label = field.label.clone();
            let kind = RowErrorKind::WrongTarget { label, id: parent, circular: true };
            draft.refuse(RowError::at(kind, field));
            // What is not saved stands in nobody's way.
            let old = draft.old.as_ref().and_then(|it| it.values[usize::from(field.id.0)].as_id());
            parents.insert(id, old);
            complete(reader, object, field, old.into_iter().collect(), &mut parents)?;
        }
    }
    Ok(())
}

/// Whether `top` is `below` or stands above it, in the database as the unit sees it.
pub(crate) fn is_above(
    reader: &Reader,
    object: &Object,
    field: &Field,
    top: RecordId,
    below: RecordId,
) -> Result<bool, Error> {
    let mut parents = Parents::new();
    complete(reader, object, field, vec![below], &mut parents)?;
    Ok(leads_to(&parents, below, top))
}

/// Reads what is above `starts`, a level with one statement.
fn complete(
    reader: &Reader,
    object: &Object,
    field: &Field,
    starts: Vec<RecordId>,
    parents: &mut Parents,
) -> Result<(), Error> {
    let mut frontier = starts;
    for _ in 0..LEVELS_MAX {
        // What is known already may lead on to what is not.
        let mut unknown = BTreeSet::new();
        for id in frontier {
            unknown.extend(first_unknown(parents, id));
        }
        if unknown.is_empty() {
            break;
        }
        frontier = unknown.iter().copied().collect();
        let found = fetch::lookups(reader, object, field, &frontier)?;
        parents.extend(unknown.into_iter().map(|id| (id, found.get(&id).copied())));
    }
    Ok(())
}

fn first_unknown(parents: &Parents, start: RecordId) -> Option<RecordId> {
    let mut at = start;
    for _ in 0..LEVELS_MAX {
        match parents.get(&at) {
            None => return Some(at),
            Some(parent) => at = (*parent)?,
        }
    }
    None
}

fn leads_to(parents: &Parents, from: RecordId, to: RecordId) -> bool {
    let mut at = Some(from);
    for _ in 0..LEVELS_MAX {
        match at {
            None => return false,
            Some(id) if id == to => return true,
            Some(id) => at = parents.get(&id).copied().flatten(),
        }
    }
    false
}
