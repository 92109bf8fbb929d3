//! Creating or changing, by the value of an external id.

use std::collections::HashMap;

use base::{RecordId, Value};
use schema::{Field, FieldId, Object, ObjectId};
use store::Reader;

use crate::context::{Ctx, Supply};
use crate::draft::Draft;
use crate::error::{Error, Operation, Outcome, RowError, RowErrorKind};
use crate::fetch::{self, Key};
use crate::input::{self, Input, Row};
use crate::order;
use crate::save::{self, SaveOptions};

/// Changes the record whose `external_id` has the row's value, or creates one with that value;
/// all in one unit of work. With the id itself as external id, rows without an id are created.
///
/// Two rows with one value are one record, so the later one is refused.
pub fn upsert(
    ctx: &Ctx,
    rows: Vec<Row>,
    external_id: (ObjectId, FieldId),
    options: &SaveOptions,
) -> Result<Vec<Outcome>, Error> {
    let object = ctx.schema.get(external_id.0);
    let field = object.get(external_id.1);
    // Whether a row creates or changes depends on what the unit finds, so the whole save order
    // runs inside it.
    let mut supply = Supply::new(ctx, rows);
    let drafts = ctx.write(|tx| {
        let mut drafts = matched(ctx, tx, object, field, supply.take()?)?;
        order::prepare(ctx, &mut drafts);
        if save::is_hopeless(&drafts, options) {
            return Ok(tx.unchanged(drafts)?);
        }
        match save::settle_and_write(ctx, tx, &mut drafts, options)? {
            Some(logged) => Ok(tx.commit(logged, drafts)),
            None => Ok(tx.unchanged(drafts)?),
        }
    })?;
    let written = !save::is_hopeless(&drafts, options);
    Ok(save::outcomes(drafts, written))
}

/// What a row is matched by.
enum Match {
    Key(Key),
    /// The external id is the id: there is nothing to look up.
    Id(Option<RecordId>),
    Refused(RowError),
}

fn matched(
    ctx: &Ctx,
    reader: &Reader,
    object: &Object,
    field: &Field,
    mut rows: Vec<Row>,
) -> Result<Vec<Draft>, Error> {
    let is_id = Some(field.id) == ctx.plan(object).system.id;
    let matches: Vec<Match> = rows
        .iter_mut()
        .map(|row| if is_id { match_id(field, row) } else { match_key(field, row) })
        .collect();
    let keys: Vec<Key> = matches
        .iter()
        .filter_map(|it| if let Match::Key(key) = it { Some(key.clone()) } else { None })
        .collect();
    let mut found: HashMap<Key, Vec<RecordId>> = HashMap::new();
    if !keys.is_empty() {
        for (key, id) in fetch::by_value(reader, object, field, keys)? {
            found.entry(key).or_default().push(id);
        }
    }
    let mut seen = HashMap::new();
    let mut drafts = Vec::with_capacity(rows.len());
    for (at, (row, by)) in rows.into_iter().zip(matches).enumerate() {
        let again = match &by {
            Match::Key(key) if *seen.entry(key.clone()).or_insert(at) != at => Some(key.shown()),
            _ => None,
        };
        let mut draft = draft(object, field, row, by, &found);
        if let Some(value) = again {
            draft.refuse(RowError::at(RowErrorKind::DuplicateInCall { value }, field));
        }
        drafts.push(draft);
    }
    Ok(drafts)
}

/// Takes the id out of the row: it is not a field to be set.
fn match_id(field: &Field, row: &mut Row) -> Match {
    let at = row.fields.iter().position(|(name, _)| name.eq_ignore_ascii_case(&field.name));
    let Some(at) = at else { return Match::Id(row.id) };
    match input::convert(field, row.fields.remove(at).1) {
        Ok(value) => Match::Id(value.as_id().or(row.id)),
        Err(error) => Match::Refused(error),
    }
}

fn match_key(field: &Field, row: &Row) -> Match {
    let given = row.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.name));
    let value = given.map_or(Ok(Value::Null), |(_, it)| input::convert(field, it.clone()));
    match value.map(|it| Key::of(field, &it)) {
        Ok(Some(key)) => Match::Key(key),
        Ok(None) => {
            let kind = RowErrorKind::ExternalIdMissing { field: field.name.clone() };
            Match::Refused(RowError::at(kind, field))
        }
        Err(error) => Match::Refused(error),
    }
}

fn draft(
    object: &Object,
    field: &Field,
    mut row: Row,
    by: Match,
    found: &HashMap<Key, Vec<RecordId>>,
) -> Draft {
    let mut error = None;
    let existing = match by {
        Match::Id(id) => id,
        Match::Refused(it) => {
            error = Some(it);
            None
        }
        Match::Key(key) => match found.get(&key).map(Vec::as_slice) {
            None | Some([]) => None,
            Some([id]) => Some(*id),
            Some(ids) => {
                let kind = RowErrorKind::ExternalIdAmbiguous { ids: ids.to_vec() };
                error = Some(RowError::at(kind, field));
                None
            }
        },
    };
    row.id = existing;
    let operation = match existing {
        Some(_) => {
            // It holds the value already, and an external id may be one that nobody may change.
            row.fields.retain(|(name, _)| !name.eq_ignore_ascii_case(&field.name));
            Operation::Update
        }
        None => Operation::Create,
    };
    let mut draft = Draft::new(object, row, operation);
    draft.errors.extend(error);
    draft
}

/// The live records whose `field` has the value that `input` gives: what the routes by external
/// id lead to.
pub fn find_by_external_id(
    ctx: &Ctx,
    object: &Object,
    field: &Field,
    input: Input,
) -> Result<Vec<RecordId>, Error> {
    let readable = ctx.access.can_read(object) && ctx.access.can_read_field(object, field);
    // What the field cannot hold, no record has.
    let value = input::convert(field, input).unwrap_or(Value::Null);
    let Some(key) = Key::of(field, &value).filter(|_| readable) else { return Ok(Vec::new()) };
    let read = ctx.org.store.read()?;
    let found = fetch::by_value(&read, object, field, vec![key])?;
    Ok(found.into_iter().map(|(_, id)| id).collect())
}
