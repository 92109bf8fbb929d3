//! Which fields of an object are searched, and as what.
//!
//! Text that people write: names, text of any length, addresses, numbers. What is chosen from a
//! list, a picklist's value above all, is filtered by and not looked for; and what is encrypted is
//! kept out of every index.

use ::search::{Document, FieldKind, FieldText, Group};
use base::RecordId;
use schema::{Derivation, Field, FieldId, FieldType, Object, Schema};

use crate::context::Ctx;

/// A field that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Searched {
    pub(super) field: FieldId,
    pub(super) group: Group,
    kind: FieldKind,
    pub(super) key: bool,
    name: bool,
}

/// The objects whose records can be found.
pub(super) fn objects(schema: &Schema) -> impl Iterator<Item = &Object> {
    schema.objects.iter().filter(|it| is_searched(it))
}

pub(super) fn is_searched(object: &Object) -> bool {
    object.searchable && object.queryable
}

/// The ids that records of an object may have.
pub(super) fn ids(object: &Object) -> std::ops::RangeInclusive<RecordId> {
    let id = |sequence| RecordId::new(object.key_prefix, sequence);
    id(0)..=id(RecordId::SEQUENCE_MAX)
}

/// The fields of `object` that are searched, the name first.
pub(super) fn fields(object: &Object) -> Vec<Searched> {
    let mut fields: Vec<Searched> =
        object.fields.iter().filter_map(|it| searched(object, it)).collect();
    fields.sort_by_key(|it| !it.name);
    fields
}

/// The fields that the actor may read.
pub(super) fn readable(ctx: &Ctx, object: &Object, fields: &[Searched]) -> Vec<Searched> {
    let may = |it: &&Searched| ctx.access.can_read_field(object, object.get(it.field));
    fields.iter().filter(may).copied().collect()
}

fn searched(object: &Object, field: &Field) -> Option<Searched> {
    use FieldType as T;
    let name = object.name_field();
    let is_name = field.name_field;
    // What only has a number is called by its subject.
    let numbered = name.is_some_and(|it| it.ty == T::AutoNumber);
    let names = is_name || (numbered && field.name == "Subject");
    let is_part = |it: &Field| it.derived == Some(Derivation::PersonName);
    let in_name = ["FirstName", "LastName"].contains(&field.name.as_str());
    if field.column.is_none()
        || (field.system && !is_name)
        || (in_name && name.is_some_and(is_part))
    {
        return None;
    }
    let kind = match field.ty {
        T::Text | T::TextArea | T::LongTextArea | T::AutoNumber => FieldKind::Text,
        T::Html => FieldKind::Html,
        T::Email | T::Url => FieldKind::Address,
        T::Phone => FieldKind::Phone,
        T::Picklist if names => FieldKind::Text,
        _ => return None,
    };
    let group = match field.ty {
        _ if names => Group::Name,
        T::Email => Group::Email,
        T::Phone => Group::Phone,
        _ => Group::Rest,
    };
    let key = !is_name && field.is_looked_up_by_text();
    Some(Searched { field: field.id, group, kind, key, name: is_name })
}

/// What says whether an index of `object` is of these fields.
pub(super) fn fingerprint(object: &Object, fields: &[Searched]) -> String {
    let each = |it: &Searched| {
        let column = object.get(it.field).column();
        format!("{column}:{:?}{:?}{}{}", it.group, it.kind, u8::from(it.key), u8::from(it.name))
    };
    fields.iter().map(each).collect::<Vec<_>>().join(" ")
}

/// The document of a record, of whose `fields` these are the texts.
pub(super) fn document<'a>(
    fields: &[Searched],
    text: impl Fn(usize) -> Option<&'a str>,
) -> Document {
    Document::of(fields.iter().enumerate().filter_map(|(n, it)| {
        let Searched { group, kind, key, name, .. } = *it;
        Some(FieldText { group, kind, key, name, text: text(n)? })
    }))
}
