//! Deleting into the recycle bin, with what hangs on the deleted records.
//!
//! A deleted record stays in its table, marked. The bin's list (`candor_deletion`) says of each
//! who deleted it, when, and with which root: the record that the caller named. Undeleting the
//! root restores what went with it, and the links that its deletion took (`candor_cleared`).
//! Objects that cannot be undeleted are marked all the same, but not listed.

mod bin;
mod cascade;
mod cleared;
mod undelete;

use std::collections::{HashMap, HashSet};

use base::{RecordId, Value};
use ledger::Kind;
use schema::{FieldId, Object, ObjectId};
use store::{Logged, Reader, Tx};

use crate::context::Ctx;
use crate::error::{Error, Operation, Outcome, Refused, RowError, RowErrorKind, Saved};
use crate::fetch::{self, Stored};
use crate::order::{self, Change, Writer};
use crate::save::SaveOptions;

pub use bin::{BinEntry, BinPage, recycle_bin};
pub use undelete::undelete;

/// Records are read and written in portions of this many, so that a large cascade does not have
/// to fit into memory.
const PORTION: usize = 500;

/// Deletes the records with these ids, in one unit of work.
pub fn delete(ctx: &Ctx, ids: &[RecordId], options: &SaveOptions) -> Result<Vec<Outcome>, Error> {
    let errors = ctx.write(|tx| match delete_in(ctx, tx, ids, options)? {
        (errors, Some(logged)) => Ok(tx.commit(logged, errors)),
        (errors, None) => Ok(tx.unchanged(errors)?),
    })?;
    Ok(outcomes(ids, errors, options))
}

/// For each id, why it was refused; empty where it was not.
pub(crate) type Refusals = Vec<Vec<RowError>>;

/// The part of a deletion that runs inside the unit of work. Returns the last leaf, if anything
/// was deleted.
pub(crate) fn delete_in(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    ids: &[RecordId],
    options: &SaveOptions,
) -> Result<(Refusals, Option<Logged>), Error> {
    let mut errors = admit(ctx, tx, ids, Operation::Delete)?;
    let roots: Vec<RecordId> =
        ids.iter().zip(&errors).filter(|(_, it)| it.is_empty()).map(|(id, _)| *id).collect();
    let (fall, refused) = cascade::plan(ctx, tx, &roots)?;
    for (id, errors) in ids.iter().zip(&mut errors) {
        if errors.is_empty()
            && let Some(error) = refused.get(id)
        {
            errors.push(error.clone());
        }
    }
    if options.all_or_none && errors.iter().any(|it| !it.is_empty()) {
        return Ok((errors, None));
    }
    let logged = carry_out(ctx, tx, &fall)?;
    Ok((errors, logged))
}

/// Checks what needs no look at other records: that the actor may, and that the record is there.
fn admit(
    ctx: &Ctx,
    reader: &Reader,
    ids: &[RecordId],
    operation: Operation,
) -> Result<Refusals, Error> {
    let mut wanted: HashMap<ObjectId, Vec<RecordId>> = HashMap::new();
    let mut errors: Refusals = vec![Vec::new(); ids.len()];
    for (id, errors) in ids.iter().zip(&mut errors) {
        match admitted(ctx, *id, operation) {
            Ok(object) => wanted.entry(object).or_default().push(*id),
            Err(kind) => errors.push(RowError::new(kind)),
        }
    }
    let mut states = HashMap::new();
    for (object, ids) in wanted {
        states.extend(fetch::deleted(reader, ctx.schema.get(object), ids)?);
    }
    let mut seen = HashSet::new();
    for (id, errors) in ids.iter().zip(&mut errors).filter(|(_, it)| it.is_empty()) {
        let id = *id;
        let again = !seen.insert(id);
        let kind = match (operation, states.get(&id)) {
            (_, None) => RowErrorKind::RecordNotFound { id },
            (Operation::Undelete, Some(true)) if !again => continue,
            (Operation::Undelete, _) => RowErrorKind::NotInRecycleBin { id },
            (_, Some(false)) if !again => continue,
            _ => RowErrorKind::Deleted { id },
        };
        errors.push(RowError::new(kind));
    }
    Ok(errors)
}

fn admitted(ctx: &Ctx, id: RecordId, operation: Operation) -> Result<ObjectId, RowErrorKind> {
    let object = ctx.schema.object_of_prefix(id.prefix());
    let Some(object) = object.filter(|it| ctx.access.can_read(it)) else {
        return Err(RowErrorKind::RecordNotFound { id });
    };
    // A user is deactivated: everything they made points to them.
    if object.name == "User" || !order::is_permitted(ctx, object, operation) {
        return Err(RowErrorKind::NotPermitted { object: object.name.clone(), operation });
    }
    Ok(object.id)
}

fn carry_out(ctx: &Ctx, tx: &mut Tx<'_>, fall: &cascade::Fall) -> Result<Option<Logged>, Error> {
    let mut writer = Writer::new(ctx);
    let mut logged = None;
    for ((object, lookup), ids) in &fall.cleared {
        let object = ctx.schema.get(*object);
        for ids in ids.chunks(PORTION) {
            for (id, stored) in loaded(ctx, tx, object, ids)? {
                let parent = &stored.values[usize::from(lookup.0)];
                cleared::remember(ctx, tx, id, object.get(*lookup), parent)?;
                let clear = [(Some(*lookup), Value::Null)];
                logged = Some(change(&mut writer, ctx, tx, object, (id, &stored), &clear)?);
            }
        }
    }
    for (object, members) in &fall.deleted {
        let object = ctx.schema.get(*object);
        let system = &ctx.plan(object).system;
        let marks = [
            (system.is_deleted, Value::Bool(true)),
            (system.modified_date, Value::DateTime(ctx.now)),
            (system.modified_by, Value::Id(ctx.actor())),
        ];
        for members in members.chunks(PORTION) {
            let ids: Vec<RecordId> = members.iter().map(|(id, _)| *id).collect();
            for (id, stored) in loaded(ctx, tx, object, &ids)? {
                logged = Some(change(&mut writer, ctx, tx, object, (id, &stored), &marks)?);
            }
            if object.undeletable {
                bin::enter(ctx, tx, members)?;
            }
        }
    }
    Ok(logged)
}

/// The records in the order of their ids.
fn loaded(
    ctx: &Ctx,
    reader: &Reader,
    object: &Object,
    ids: &[RecordId],
) -> Result<Vec<(RecordId, Stored)>, Error> {
    let found = fetch::records(reader, object, ctx.plan(object), ids)?;
    let mut found: Vec<(RecordId, Stored)> = found.into_iter().collect();
    found.sort_unstable_by_key(|(id, _)| *id);
    Ok(found)
}

/// Sets `values` and the modification stamp of a record. What happens to its deletion mark is
/// the kind of the ledger's entry.
fn change(
    writer: &mut Writer<'_>,
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    object: &Object,
    (id, stored): (RecordId, &Stored),
    values: &[(Option<FieldId>, Value)],
) -> Result<Logged, Error> {
    let system = &ctx.plan(object).system;
    let mut new = stored.values.clone();
    let stamp = (system.modstamp, Value::DateTime(ctx.now));
    let mut kind = Kind::RecordUpdate;
    for (field, value) in values.iter().chain([&stamp]) {
        let Some(field) = field else { continue };
        if Some(*field) == system.is_deleted {
            let deleted = *value == Value::Bool(true);
            kind = if deleted { Kind::RecordDelete } else { Kind::RecordUndelete };
        }
        new[usize::from(field.0)].clone_from(value);
    }
    let (old, leaf) = (&stored.values, stored.leaf);
    writer.update(tx, &Change { object, id, kind, old, new: &new, leaf })
}

pub(crate) fn outcomes(ids: &[RecordId], errors: Refusals, options: &SaveOptions) -> Vec<Outcome> {
    let rolled_back = options.all_or_none && errors.iter().any(|it| !it.is_empty());
    let outcome = |(id, mut errors): (&RecordId, Vec<RowError>)| {
        if errors.is_empty() && !rolled_back {
            return Ok(Saved { id: *id, created: false });
        }
        if errors.is_empty() {
            errors.push(RowError::new(RowErrorKind::RolledBack));
        }
        Err(Refused { id: Some(*id), created: false, errors })
    };
    ids.iter().zip(errors).map(outcome).collect()
}
