//! Records by their ids.

use std::collections::HashMap;

use base::RecordId;
use query::{JsonWriter, Record};
use schema::Object;

use super::{compile, select};
use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

/// The records with these ids as JSON, in this order; none for what does not exist, is deleted or
/// may not be read. Without `fields`, all that the actor may read.
pub fn retrieve(
    ctx: &Ctx,
    object: &Object,
    ids: &[RecordId],
    fields: Option<&[&str]>,
    base: &str,
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let fields = match fields {
        Some(names) => canonical(ctx, object, names)?,
        None => readable(ctx, object),
    };
    let read = ctx.org.store.read()?;
    let compiled = compile(ctx, &read, &select(object, &fields), false)?;
    let mut found: HashMap<RecordId, Vec<u8>> = HashMap::with_capacity(ids.len());
    if !ids.is_empty() {
        let writer = JsonWriter { base, children: &|_, _| None };
        rows::each(&read, &compiled.page(ids), |row| {
            if let Some(id) = row.int(compiled.shape.id_column) {
                let mut json = Vec::new();
                writer.write(&compiled.shape, row, &mut json);
                found.insert(RecordId::from_raw(id), json);
            }
            Ok(())
        })?;
    }
    // An id that is asked for twice is answered twice.
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// The records with these ids as trees, in this order, without those that cannot be read. Paths
/// may lead to parents.
pub fn retrieve_records(
    ctx: &Ctx,
    object: &Object,
    ids: &[RecordId],
    paths: &[&str],
) -> Result<Vec<Record>, Error> {
    let read = ctx.org.store.read()?;
    let compiled = compile(ctx, &read, &select(object, paths), false)?;
    let mut records = Vec::with_capacity(ids.len());
    if !ids.is_empty() {
        rows::each(&read, &compiled.page(ids), |row| {
            records.extend(compiled.shape.record(row));
            Ok(())
        })?;
    }
    Ok(records)
}

fn readable<'a>(ctx: &Ctx, object: &'a Object) -> Vec<&'a str> {
    let fields = object.fields.iter().filter(|it| ctx.access.can_read_field(object, it));
    fields.map(|it| it.name.as_str()).collect()
}

/// The names in their own case, each once.
fn canonical<'a>(ctx: &Ctx, object: &'a Object, names: &[&str]) -> Result<Vec<&'a str>, Error> {
    let mut fields: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        let field = object.field(name).filter(|it| ctx.access.can_read_field(object, it));
        let field = field.ok_or_else(|| Error::UnknownField {
            object: object.name.clone(),
            field: crate::input::shown(name),
        })?;
        if !fields.contains(&field.name.as_str()) {
            fields.push(&field.name);
        }
    }
    Ok(fields)
}
