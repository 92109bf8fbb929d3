//! What a person reads where records refuse something: what happened, to what, what to do.
//!
//! The one place in this crate that turns facts into sentences; exhaustive, so that a new fact
//! gets its sentence before it compiles.
#![deny(clippy::wildcard_enum_match_arm)]

use records::{Blocking, Operation, RowError, RowErrorKind as Kind};
use schema::{FieldType, Schema};

/// The sentences of several errors, one after another.
pub(crate) fn of_all(schema: &Schema, errors: &[RowError]) -> String {
    let texts: Vec<String> = errors.iter().map(|it| of(schema, it)).collect();
    texts.join(" ")
}

/// The sentence of an error, for a summary or beside its field.
pub(crate) fn of(schema: &Schema, error: &RowError) -> String {
    let label = |name: &str| schema.object(name).map_or(name, |it| &it.label).to_lowercase();
    match &error.kind {
        Kind::NotPermitted { object, operation } => {
            format!("This user may not {} {} records.", verb(*operation), label(object))
        }
        Kind::UnknownField { field, .. } => format!("There is no field {field}."),
        Kind::NotWriteable { .. } => "This field cannot be set.".to_owned(),
        Kind::RequiredMissing => "A value is required.".to_owned(),
        Kind::WrongType { value, wanted, .. } => {
            format!("\u{201c}{value}\u{201d} is not {}.", article(*wanted))
        }
        Kind::TextTooLong { max, .. } => format!("The text is longer than {max} characters."),
        Kind::InvalidEmail { value, .. } => {
            format!("\u{201c}{value}\u{201d} is not an e-mail address.")
        }
        Kind::NumberOutOfRange { .. } => "The number has too many digits.".to_owned(),
        Kind::NotInPicklist { value, .. } => {
            format!("\u{201c}{value}\u{201d} is not one of the values to choose from.")
        }
        Kind::MalformedId { value, .. } => format!("\u{201c}{value}\u{201d} names no record."),
        Kind::WrongTarget { .. } => "The field cannot point to such a record.".to_owned(),
        Kind::UnknownReference { .. } | Kind::UnreadableReference { .. } => {
            "The record it points to does not exist any more.".to_owned()
        }
        Kind::ForeignKeyNotFound { value, object, .. } => {
            format!("There is no {} with \u{201c}{value}\u{201d}.", label(object))
        }
        Kind::ForeignKeyAmbiguous { value, object, .. } => {
            format!("There are several {} records with \u{201c}{value}\u{201d}.", label(object))
        }
        Kind::NotExternalId { field, .. } => format!("{field} does not identify records."),
        Kind::RecordTypeUnavailable { .. } => "This record type is not available.".to_owned(),
        Kind::InactiveOwner { .. } => "The owner is not active. Choose another one.".to_owned(),
        Kind::NotReparentable { .. } => "The parent of an existing record is fixed.".to_owned(),
        Kind::DuplicateValue { .. } => "Another record has this value already.".to_owned(),
        Kind::DuplicateInCall { value } => format!("\u{201c}{value}\u{201d} stands here twice."),
        Kind::ExternalIdAmbiguous { .. } => "Several records have this value.".to_owned(),
        Kind::ExternalIdMissing { field } => format!("{field} has no value."),
        Kind::IdMissing => "No record is named.".to_owned(),
        Kind::RecordNotFound { .. } => "The record does not exist.".to_owned(),
        Kind::Deleted { .. } => "The record is in the recycle bin.".to_owned(),
        Kind::Blocked { name, children } => blocked(name, children),
        Kind::CascadeTooLarge { max } => {
            format!("More than {max} records would be deleted with it. Delete some of them first.")
        }
        Kind::NotInRecycleBin { .. } => "The record is not in the recycle bin.".to_owned(),
        Kind::ParentDeleted { label } => {
            format!("Its {} is deleted. Restore that first.", label.to_lowercase())
        }
        Kind::RolledBack => "Nothing was saved.".to_owned(),
    }
}

fn blocked(name: &str, children: &[Blocking]) -> String {
    let holds = children.iter().map(|it| {
        let names = it.names.join(", ");
        let label = it.label.to_lowercase();
        if names.is_empty() { label } else { format!("{label} ({names})") }
    });
    let holds: Vec<String> = holds.collect();
    format!("{name} cannot be deleted while these refer to it: {}.", holds.join("; "))
}

fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Update => "change",
        Operation::Delete => "delete",
        Operation::Undelete => "restore",
    }
}

fn article(ty: FieldType) -> &'static str {
    use FieldType as T;
    match ty {
        T::Number | T::Currency | T::Percent => "a number",
        T::Date => "a date",
        T::DateTime => "a date and time",
        T::Time => "a time",
        T::Checkbox => "yes or no",
        T::Id | T::Lookup | T::MasterDetail => "a record",
        T::Base64 => "a file",
        T::Address | T::Location => "a value of its own",
        T::Text
        | T::TextArea
        | T::LongTextArea
        | T::Html
        | T::EncryptedText
        | T::Email
        | T::Phone
        | T::Url
        | T::Picklist
        | T::MultiselectPicklist
        | T::AutoNumber => "a text",
    }
}
