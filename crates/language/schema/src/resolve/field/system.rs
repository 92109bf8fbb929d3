//! The fields that objects have by themselves.
//!
//! Every object: `Id`, `IsDeleted`, and who created and changed the record when. A custom object
//! also an owner unless it is a detail, and a record type when it has any.

use crate::schema::{Field, FieldType, Object, ObjectKind};

use super::{FieldDraft, Target};

const NAMES: &[&str] = &[
    "Id",
    "IsDeleted",
    "Name",
    "OwnerId",
    "RecordTypeId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "LastActivityDate",
    "LastViewedDate",
    "LastReferencedDate",
    "CurrencyIsoCode",
];

/// Whether a custom object may have a standard field of this name, so that a file for it is no
/// mistake.
pub(crate) fn is_name(own: &str) -> bool {
    NAMES.iter().any(|it| it.eq_ignore_ascii_case(own))
}

/// The fields that come first.
pub(crate) fn head<'a>(object: &Object) -> Vec<FieldDraft<'a>> {
    let label = match object.kind {
        ObjectKind::Standard => format!("{} ID", object.label),
        _ => "Record ID".to_owned(),
    };
    let mut id = system("Id", &label, FieldType::Id);
    id.field.id_lookup = true;
    vec![id, system("IsDeleted", "Deleted", FieldType::Checkbox)]
}

/// Who created and changed the record, and when.
pub(crate) fn tail<'a>() -> Vec<FieldDraft<'a>> {
    let by = |name, label| FieldDraft {
        targets: vec![Target { object: "User", at: None }],
        ..system(name, label, FieldType::Lookup)
    };
    let mut stamp = system("SystemModstamp", "System Modstamp", FieldType::DateTime);
    stamp.field.indexed = true;
    vec![
        system("CreatedDate", "Created Date", FieldType::DateTime),
        by("CreatedById", "Created By"),
        system("LastModifiedDate", "Last Modified Date", FieldType::DateTime),
        by("LastModifiedById", "Last Modified By"),
        stamp,
    ]
}

pub(crate) fn owner<'a>() -> FieldDraft<'a> {
    let mut field = Field::new("OwnerId", "Owner", FieldType::Lookup);
    field.nillable = false;
    field.defaulted_on_create = true;
    field.createable = true;
    field.updateable = true;
    let target = |object| Target { object, at: None };
    FieldDraft { field, source: None, targets: vec![target("Group"), target("User")] }
}

pub(crate) fn record_type<'a>() -> FieldDraft<'a> {
    let mut field = Field::new("RecordTypeId", "Record Type", FieldType::Lookup);
    field.defaulted_on_create = true;
    field.createable = true;
    field.updateable = true;
    let targets = vec![Target { object: "RecordType", at: None }];
    FieldDraft { field, source: None, targets }
}

fn system<'a>(name: &str, label: &str, ty: FieldType) -> FieldDraft<'a> {
    let mut field = Field::new(name, label, ty);
    field.system = true;
    field.nillable = false;
    field.defaulted_on_create = true;
    FieldDraft { field, source: None, targets: Vec::new() }
}
