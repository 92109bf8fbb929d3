//! Bringing deleted records back, with what went with them.
//!
//! What changed meanwhile decides: a unique value that another record took keeps the whole
//! group in the bin, and so does a master that is still deleted; a lookup whose record is gone
//! comes back empty, until that record is restored too.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::{RecordId, Value};
use schema::FieldType;
use store::{Commit, Reader, Tx};

use super::{Refusals, admit, bin, change, cleared, loaded, outcomes};
use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome, RowError, RowErrorKind};
use crate::fetch::{self, Stored};
use crate::input::Row;
use crate::order::{self, Writer};
use crate::save::SaveOptions;

/// Restores the records with these ids from the recycle bin, in one unit of work.
pub fn undelete(ctx: &Ctx, ids: &[RecordId], options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    let errors = ctx.write(|tx| undelete_in(ctx, tx, ids, options))?;
    Ok(outcomes(ids, errors, options))
}

/// A root and what went with it.
struct Group {
    /// The place of the root in the call.
    at: usize,
    root: RecordId,
    members: Vec<(Draft, Stored)>,
}

fn undelete_in(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    ids: &[RecordId],
    options: &SaveOptions,
) -> Result<Commit<Refusals>, Error> {
    let mut errors = admit(ctx, tx, ids, Operation::Undelete)?;
    let mut groups = groups(ctx, tx, ids, &mut errors)?;
    // What one group is refused for may be what another one counts on.
    loop {
        settle_lookups(ctx, tx, &mut groups)?;
        check_unique(ctx, tx, &mut groups)?;
        let n_groups = groups.len();
        groups.retain_mut(|group| {
            let found = group.members.iter_mut().flat_map(|(draft, _)| draft.errors.drain(..));
            errors[group.at].extend(found);
            errors[group.at].is_empty()
        });
        if groups.len() == n_groups {
            break;
        }
    }
    if options.all_or_none && errors.iter().any(|it| !it.is_empty()) {
        return Ok(tx.unchanged(errors)?);
    }
    let mut logged = None;
    let mut writer = Writer::new(ctx);
    for group in &groups {
        for (draft, stored) in &group.members {
            let object = ctx.schema.get(draft.object);
            let system = &ctx.plan(object).system;
            let mut values = vec![
                (system.is_deleted, Value::Bool(false)),
                (system.modified_date, Value::DateTime(ctx.now)),
                (system.modified_by, Value::Id(ctx.actor())),
            ];
            let lost = object.fields.iter().map(|it| it.id).filter(|it| {
                draft.value(*it).is_null() && !stored.values[usize::from(it.0)].is_null()
            });
            let lost: Vec<_> = lost.collect();
            values.extend(lost.iter().map(|it| (Some(*it), Value::Null)));
            if let Some(id) = draft.id {
                for field in lost {
                    let parent = &stored.values[usize::from(field.0)];
                    cleared::remember(ctx, tx, id, object.get(field), parent)?;
                }
                logged = Some(change(&mut writer, ctx, tx, object, (id, stored), &values)?);
            }
        }
        bin::leave(tx, group.root)?;
    }
    let restored = groups.iter().flat_map(|it| &it.members).filter_map(|(draft, _)| draft.id);
    let restored: Vec<RecordId> = restored.collect();
    logged = cleared::restore(ctx, tx, &mut writer, &restored)?.or(logged);
    match logged {
        Some(logged) => Ok(tx.commit(logged, errors)),
        None => Ok(tx.unchanged(errors)?),
    }
}

fn groups(
    ctx: &Ctx,
    reader: &Reader,
    ids: &[RecordId],
    errors: &mut [Vec<RowError>],
) -> Result<Vec<Group>, Error> {
    let mut members = bin::members(reader, ids)?;
    let mut groups = Vec::new();
    for (at, (root, errors)) in ids.iter().zip(errors).enumerate() {
        if !errors.is_empty() {
            continue;
        }
        let Some(ids) = members.remove(root) else {
            errors.push(RowError::new(RowErrorKind::NotInRecycleBin { id: *root }));
            continue;
        };
        let mut by_object: BTreeMap<_, Vec<RecordId>> = BTreeMap::new();
        for id in ids {
            if let Some(object) = ctx.schema.object_of_prefix(id.prefix()) {
                by_object.entry(object.id).or_default().push(id);
            }
        }
        let mut members = Vec::new();
        for (object, ids) in by_object {
            let object = ctx.schema.get(object);
            for (id, stored) in loaded(ctx, reader, object, &ids)? {
                let row = Row { object: object.id, id: Some(id), fields: Vec::new() };
                let mut draft = Draft::new(object, row, Operation::Undelete);
                draft.values.clone_from(&stored.values);
                members.push((draft, stored));
            }
        }
        groups.push(Group { at, root: *root, members });
    }
    Ok(groups)
}

/// Empties lookups whose record is gone, and refuses details whose master is.
fn settle_lookups(ctx: &Ctx, reader: &Reader, groups: &mut [Group]) -> Result<(), Error> {
    let mut wanted: HashMap<_, Vec<RecordId>> = HashMap::new();
    let mut alive: HashSet<RecordId> = HashSet::new();
    for (draft, _) in groups.iter().flat_map(|it| &it.members) {
        alive.extend(draft.id);
        for field in &ctx.schema.get(draft.object).fields {
            if field.ty.is_reference()
                && let Some(id) = draft.value(field.id).as_id()
                && let Some(target) = ctx.schema.object_of_prefix(id.prefix())
            {
                wanted.entry(target.id).or_default().push(id);
            }
        }
    }
    for (object, ids) in wanted {
        let live = fetch::live(reader, ctx.schema.get(object), ids)?;
        alive.extend(live.into_iter().map(|(id, _)| id));
    }
    for (draft, _) in groups.iter_mut().flat_map(|it| &mut it.members) {
        for field in &ctx.schema.get(draft.object).fields {
            let Some(id) = draft.value(field.id).as_id().filter(|_| field.ty.is_reference()) else {
                continue;
            };
            if alive.contains(&id) {
                continue;
            }
            if field.ty == FieldType::MasterDetail {
                let label = field.label.clone();
                draft.refuse(RowError::at(RowErrorKind::ParentDeleted { label }, field));
            } else if field.nillable {
                draft.set(Some(field.id), Value::Null);
            }
        }
    }
    Ok(())
}

fn check_unique(ctx: &Ctx, reader: &Reader, groups: &mut [Group]) -> Result<(), Error> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places = Vec::new();
    for (g, group) in groups.iter_mut().enumerate() {
        for (m, (draft, _)) in group.members.iter_mut().enumerate() {
            let row = Row { object: draft.object, id: draft.id, fields: Vec::new() };
            let empty = Draft::new(ctx.schema.get(draft.object), row, Operation::Undelete);
            drafts.push(std::mem::replace(draft, empty));
            places.push((g, m));
        }
    }
    order::check_unique(ctx, reader, &mut drafts)?;
    for ((g, m), draft) in places.into_iter().zip(drafts) {
        groups[g].members[m].0 = draft;
    }
    Ok(())
}
