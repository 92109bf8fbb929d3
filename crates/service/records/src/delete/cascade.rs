//! What falls with a record: which children go, which lose their parent, which stand in the way.
//!
//! A child whose lookup blocks does so only if it stays itself. So the fall of all roots is
//! worked out first, roots that are blocked are taken out, and what is left is worked out again,
//! until nothing is blocked. Every round takes out a root, so it ends.

use std::collections::{BTreeMap, HashMap};

use base::RecordId;
use schema::{ChildRelationship, FieldId, FieldType, Object, ObjectId, ObjectKind, OnDelete};
use store::Reader;

use crate::context::Ctx;
use crate::error::{Blocking, Error, RowError, RowErrorKind};
use crate::fetch;
use crate::plan;

/// The most records that one call deletes.
const MEMBERS_MAX: usize = 20_000;

/// The most blocking records that an error names of one object.
const NAMES_MAX: usize = 5;

/// What a deletion does to the records of an org.
#[derive(Debug, Default)]
pub(super) struct Fall {
    /// The records that are deleted, with the root they go with, by object and in the order of
    /// their ids.
    pub deleted: BTreeMap<ObjectId, Vec<(RecordId, RecordId)>>,
    /// The records that stay and lose what a lookup held.
    pub cleared: BTreeMap<(ObjectId, FieldId), Vec<RecordId>>,
}

/// A link that a deletion meets.
struct Link {
    child: RecordId,
    parent: RecordId,
    object: ObjectId,
    field: FieldId,
}

/// Works out what deleting `roots` does, and which of them cannot be deleted.
pub(super) fn plan(
    ctx: &Ctx,
    reader: &Reader,
    roots: &[RecordId],
) -> Result<(Fall, HashMap<RecordId, RowError>), Error> {
    let mut refused = HashMap::new();
    loop {
        let standing = roots.iter().copied().filter(|id| !refused.contains_key(id));
        match round(ctx, reader, standing)? {
            Round::Falls(fall) => return Ok((fall, refused)),
            Round::TooLarge(root) => {
                let kind = RowErrorKind::CascadeTooLarge { max: MEMBERS_MAX };
                refused.insert(root, RowError::new(kind));
            }
            Round::Blocked(blocked) => {
                for (root, children) in blocked {
                    let error = blocked_error(ctx, reader, root, &children)?;
                    refused.insert(root, error);
                }
            }
        }
    }
}

enum Round {
    Falls(Fall),
    Blocked(BTreeMap<RecordId, Vec<(ObjectId, RecordId)>>),
    TooLarge(RecordId),
}

fn round(
    ctx: &Ctx,
    reader: &Reader,
    roots: impl Iterator<Item = RecordId>,
) -> Result<Round, Error> {
    // Each record that goes, with its root: a record below several goes with the first.
    let mut falling: HashMap<RecordId, RecordId> = HashMap::new();
    let mut frontier: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for root in roots {
        falling.insert(root, root);
        if let Some(object) = ctx.schema.object_of_prefix(root.prefix()) {
            frontier.entry(object.id).or_default().push(root);
        }
    }
    let (mut blocking, mut clearing) = (Vec::new(), Vec::new());
    while let Some((object, parents)) = frontier.pop_first() {
        for relationship in &ctx.schema.get(object).child_relationships {
            let child = ctx.schema.get(relationship.child);
            if child.kind == ObjectKind::PlatformEvent {
                continue;
            }
            let behavior = behavior(child, relationship);
            let lookup = child.get(relationship.field);
            for (id, parent) in fetch::children(reader, child, lookup, &parents)? {
                let link = Link { child: id, parent, object: child.id, field: lookup.id };
                match behavior {
                    OnDelete::Restrict => blocking.push(link),
                    OnDelete::Clear => clearing.push(link),
                    OnDelete::Cascade if falling.contains_key(&id) => {}
                    OnDelete::Cascade => {
                        let root = falling.get(&parent).copied().unwrap_or(parent);
                        if falling.len() == MEMBERS_MAX {
                            return Ok(Round::TooLarge(root));
                        }
                        falling.insert(id, root);
                        frontier.entry(child.id).or_default().push(id);
                    }
                }
            }
        }
    }
    let mut blocked: BTreeMap<RecordId, Vec<(ObjectId, RecordId)>> = BTreeMap::new();
    for link in blocking.iter().filter(|it| !falling.contains_key(&it.child)) {
        let root = falling.get(&link.parent).copied().unwrap_or(link.parent);
        blocked.entry(root).or_default().push((link.object, link.child));
    }
    if !blocked.is_empty() {
        return Ok(Round::Blocked(blocked));
    }
    Ok(Round::Falls(fall(ctx, &falling, &clearing)))
}

fn fall(ctx: &Ctx, falling: &HashMap<RecordId, RecordId>, clearing: &[Link]) -> Fall {
    let mut fall = Fall::default();
    for (id, root) in falling {
        if let Some(object) = ctx.schema.object_of_prefix(id.prefix()) {
            fall.deleted.entry(object.id).or_default().push((*id, *root));
        }
    }
    for members in fall.deleted.values_mut() {
        members.sort_unstable();
    }
    for link in clearing.iter().filter(|it| !falling.contains_key(&it.child)) {
        fall.cleared.entry((link.object, link.field)).or_default().push(link.child);
    }
    fall
}

fn behavior(child: &Object, relationship: &ChildRelationship) -> OnDelete {
    let lookup = child.get(relationship.field);
    match relationship.on_delete {
        _ if lookup.ty == FieldType::MasterDetail => OnDelete::Cascade,
        // A lookup that must have a value cannot lose it.
        OnDelete::Clear if plan::is_required(lookup) => OnDelete::Restrict,
        other => other,
    }
}

fn blocked_error(
    ctx: &Ctx,
    reader: &Reader,
    root: RecordId,
    children: &[(ObjectId, RecordId)],
) -> Result<RowError, Error> {
    let mut by_object: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for (object, id) in children {
        by_object.entry(*object).or_default().push(*id);
    }
    let mut blocking = Vec::new();
    for (object, ids) in by_object {
        let object = ctx.schema.get(object);
        let label = object.plural_label.clone();
        // That something stands in the way must be said, but not what, to who may not see it.
        let shown = if ctx.access.can_read(object) { NAMES_MAX.min(ids.len()) } else { 0 };
        let names = names(ctx, reader, object, &ids[..shown])?;
        blocking.push(Blocking { label, names });
    }
    let object = ctx.schema.object_of_prefix(root.prefix());
    let name = match object {
        Some(object) => names(ctx, reader, object, &[root])?.pop(),
        None => None,
    };
    let name = name.unwrap_or_default();
    Ok(RowError::new(RowErrorKind::Blocked { name, children: blocking }))
}

/// What people call these records; the ids where the object has no names.
pub(super) fn names(
    ctx: &Ctx,
    reader: &Reader,
    object: &Object,
    ids: &[RecordId],
) -> Result<Vec<String>, Error> {
    let field = object.name_field().filter(|it| ctx.access.can_read_field(object, it));
    let mut named = match field {
        Some(field) => fetch::texts(reader, object, field, ids)?,
        None => HashMap::new(),
    };
    Ok(ids.iter().map(|id| named.remove(id).unwrap_or_else(|| id.to_string())).collect())
}
