//! The steps before the unit of work: pure functions of the row, the schema and the rights.

use base::{RecordId, Value};
use schema::{Field, FieldType, Object, ObjectKind};

use crate::context::Ctx;
use crate::draft::{Draft, ParentKey};
use crate::error::{Locked, Operation, RowError, RowErrorKind};
use crate::input::{self, Input};
use crate::plan::{self, Plan};

pub(super) fn permit(ctx: &Ctx, object: &Object, _: &Plan, draft: &mut Draft) {
    if !is_permitted(ctx, object, draft.operation) {
        let operation = draft.operation;
        draft.refuse(RowError::new(RowErrorKind::NotPermitted {
            object: object.name.clone(),
            operation,
        }));
    }
}

/// Whether the actor may do this to records of the object at all.
pub(crate) fn is_permitted(ctx: &Ctx, object: &Object, operation: Operation) -> bool {
    let rights = ctx.access.object(object);
    // Events have no table: publishing them is not saving.
    if object.kind == ObjectKind::PlatformEvent {
        return false;
    }
    ctx.access.user().is_none()
        || match operation {
            Operation::Create => object.createable && rights.create,
            Operation::Update => object.updateable && rights.edit,
            Operation::Delete => object.deletable && rights.delete,
            Operation::Undelete => object.undeletable && rights.delete,
        }
}

pub(super) fn convert(ctx: &Ctx, object: &Object, plan: &Plan, draft: &mut Draft) {
    let mut locked = Vec::new();
    for (name, input) in std::mem::take(&mut draft.input) {
        let field = object.field(&name).filter(|it| ctx.access.can_read_field(object, it));
        let parent = || {
            let lookup = object.parent_relationship(&name);
            lookup.filter(|it| ctx.access.can_read_field(object, it))
        };
        let Some(field) = field.or_else(parent) else {
            let kind = RowErrorKind::UnknownField { object: object.name.clone(), field: name };
            draft.refuse(RowError::new(kind));
            return;
        };
        if !is_writeable(ctx, object, plan, field, draft) {
            locked.push(field.name.clone());
        } else if field.name.eq_ignore_ascii_case(&name) {
            give(plan, field, input, draft);
        } else {
            give_parent(field, input, draft);
        }
    }
    if !locked.is_empty() {
        let kind = RowErrorKind::NotWriteable { operation: draft.operation, why: Locked::Rights };
        draft.errors = vec![RowError { kind, fields: locked }];
    }
}

fn is_writeable(ctx: &Ctx, object: &Object, plan: &Plan, field: &Field, draft: &Draft) -> bool {
    let is_id = Some(field.id) == plan.system.id;
    ctx.access.can_write_field(object, field, draft.creating())
        && field.column.is_some()
        && (!is_id || (ctx.access.user().is_none() && draft.creating()))
}

fn give(plan: &Plan, field: &Field, input: Input, draft: &mut Draft) {
    match input::convert(field, input) {
        Ok(Value::Id(id)) if Some(field.id) == plan.system.id => draft.id = Some(id),
        Ok(Value::Id(RecordId::MASTER_RECORD_TYPE)) if Some(field.id) == plan.record_type => {
            draft.give(field.id, Value::Null);
        }
        // The engine fills these in; a client that sends null has nothing to say about them.
        Ok(Value::Null) if draft.creating() && !field.nillable && field.defaulted_on_create => {}
        Ok(value) => draft.give(field.id, value),
        Err(error) => draft.refuse(error),
    }
}

fn give_parent(field: &Field, input: Input, draft: &mut Draft) {
    match input {
        Input::Null => draft.give(field.id, Value::Null),
        Input::Object(entries) => {
            let mut keys = entries.into_iter().filter(|(key, _)| key != "attributes");
            match (keys.next(), keys.next()) {
                (Some((key, value)), None) => {
                    draft.give(field.id, Value::Null);
                    draft.parents.push(ParentKey { field: field.id, key, value });
                }
                _ => draft.refuse(input::wrong_type(field, &Input::Object(Vec::new()))),
            }
        }
        other => draft.refuse(input::wrong_type(field, &other)),
    }
}

pub(super) fn default(ctx: &Ctx, object: &Object, plan: &Plan, draft: &mut Draft) {
    if !draft.creating() {
        return;
    }
    for (at, field) in object.fields.iter().enumerate() {
        if !draft.is_given(field.id) {
            draft.values[at].clone_from(&plan.template[at]);
        }
    }
    let (now, actor) = (Value::DateTime(ctx.now), Value::Id(ctx.actor()));
    let system = &plan.system;
    for (field, value) in [
        (plan.owner, &actor),
        (system.created_date, &now),
        (system.created_by, &actor),
        (system.modified_date, &now),
        (system.modified_by, &actor),
        (system.modstamp, &now),
        (system.is_deleted, &Value::Bool(false)),
    ] {
        if let Some(field) = field
            && !draft.is_given(field)
        {
            draft.set(Some(field), value.clone());
        }
    }
}

/// What an update gives may be what the record holds already, though it could not be given now
/// (a picklist value since retired, a text that was longer). That shows when the record is
/// loaded, so doubts wait until then.
pub(super) fn check(_: &Ctx, object: &Object, _: &Plan, draft: &mut Draft) {
    for field in &object.fields {
        if !draft.is_given(field.id) {
            continue;
        }
        let at = usize::from(field.id.0);
        let value = std::mem::replace(&mut draft.values[at], Value::Null);
        if !matches!(value, Value::Text(_) | Value::Decimal(_)) {
            draft.values[at] = value;
        } else if draft.creating() {
            match input::check(object, field, value) {
                Ok(value) => draft.values[at] = value,
                Err(error) => draft.refuse(error),
            }
        } else {
            match input::check(object, field, value.clone()) {
                Ok(value) => draft.values[at] = value,
                Err(error) => {
                    draft.values[at] = value;
                    draft.doubts.push((field.id, error));
                }
            }
        }
    }
}

pub(super) fn derive(_: &Ctx, object: &Object, plan: &Plan, draft: &mut Draft) {
    if draft.creating() {
        crate::derive::derive(object, plan, draft);
    }
}

pub(super) fn require(_: &Ctx, object: &Object, plan: &Plan, draft: &mut Draft) {
    let is_missing = |field: &Field| {
        draft.value(field.id).is_null() && !draft.parents.iter().any(|it| it.field == field.id)
    };
    let missing: Vec<String> = if draft.creating() {
        let required = plan.required.iter().map(|it| object.get(*it));
        required.filter(|it| is_missing(it)).map(|it| it.name.clone()).collect()
    } else {
        let given = object.fields.iter().filter(|it| draft.is_given(it.id));
        let needed = given.filter(|it| plan::is_required(it) || needs_value(it));
        needed.filter(|it| is_missing(it)).map(|it| it.name.clone()).collect()
    };
    if !missing.is_empty() {
        draft.refuse(RowError { kind: RowErrorKind::RequiredMissing, fields: missing });
    }
}

fn needs_value(field: &Field) -> bool {
    !field.nillable && field.ty != FieldType::Checkbox && field.derived.is_none()
}
