//! Why a record was refused, as clients read it (wire reference, section 2.4).
//!
//! Labels, not API names, begin the messages about types and lengths; the fields are named by
//! their API names beside the message.

#![deny(clippy::wildcard_enum_match_arm)]

use records::{Blocking, Locked, Operation, RowError, RowErrorKind, Shape};
use schema::FieldType;

use super::{Code, Item};

/// The code, sentence and fields of one reason.
pub(crate) fn of_row(error: &RowError) -> Item {
    let message = message(&error.kind, &error.fields);
    Item { code: code(&error.kind), message, fields: Some(error.fields.clone()) }
}

fn code(kind: &RowErrorKind) -> Code {
    use RowErrorKind as K;
    match kind {
        K::NotPermitted { operation: Operation::Create, .. } => Code::CannotInsert,
        K::NotPermitted {
            operation: Operation::Update | Operation::Delete | Operation::Undelete,
            ..
        } => Code::InsufficientAccess,
        K::UnknownField { .. } | K::NotExternalId { .. } | K::ForeignKeyNotFound { .. } => {
            Code::InvalidField
        }
        K::NotWriteable { why: Locked::Rights, .. } | K::NotReparentable { .. } => {
            Code::InvalidFieldForWrite
        }
        K::NotWriteable { why: Locked::OwnUser | Locked::LastAdministrator, .. } => {
            Code::FieldIntegrity
        }
        K::RequiredMissing => Code::RequiredFieldMissing,
        K::WrongType { given: Shape::Object | Shape::List, .. } => Code::JsonParserError,
        K::WrongType {
            given: Shape::Null | Shape::Bool | Shape::Number | Shape::Text | Shape::Bytes,
            ..
        } => Code::InvalidTypeOnField,
        K::TextTooLong { .. } => Code::StringTooLong,
        K::InvalidEmail { .. } => Code::InvalidEmailAddress,
        K::NumberOutOfRange { .. } => Code::NumberOutOfRange,
        K::NotInPicklist { .. } => Code::InvalidPicklistValue,
        K::WrongTarget { circular: true, .. } => Code::CircularDependency,
        K::MalformedId { .. } | K::WrongTarget { circular: false, .. } => Code::MalformedId,
        K::UnknownReference { .. } | K::RecordTypeUnavailable { .. } | K::RecordNotFound { .. } => {
            Code::InvalidCrossReference
        }
        K::UnreadableReference { .. } => Code::InsufficientCrossAccess,
        K::ForeignKeyAmbiguous { .. } | K::ExternalIdAmbiguous { .. } => Code::DuplicateExternalId,
        K::InactiveOwner { .. } => Code::InactiveOwnerOrUser,
        K::DuplicateValue { .. } | K::DuplicateInCall { .. } => Code::DuplicateValue,
        K::ExternalIdMissing { .. } | K::IdMissing => Code::MissingArgument,
        K::Deleted { .. } => Code::EntityIsDeleted,
        K::Blocked { .. } | K::CascadeTooLarge { .. } => Code::DeleteFailed,
        K::NotInRecycleBin { .. } | K::ParentDeleted { .. } => Code::UndeleteFailed,
        K::RolledBack => Code::AllOrNoneRolledBack,
    }
}

fn message(kind: &RowErrorKind, fields: &[String]) -> String {
    use RowErrorKind as K;
    match kind {
        K::NotPermitted { object, operation } => not_permitted(object, *operation),
        K::UnknownField { object, field } => {
            format!("No such column '{field}' on sobject of type {object}")
        }
        K::NotWriteable { why, .. } => locked(why, fields),
        K::RequiredMissing => format!("Required fields are missing: [{}]", fields.join(", ")),
        K::WrongType { label, value, given, wanted } => wrong_type(label, value, *given, *wanted),
        K::TextTooLong { label, value, max } => {
            format!("{label}: data value too large: {value} (max length={max})")
        }
        K::InvalidEmail { label, value } => format!("{label}: invalid email address: {value}"),
        K::NumberOutOfRange { label, value } => {
            format!("{label}: value outside of valid range on numeric field: {value}")
        }
        K::NotInPicklist { label, value } => {
            format!("{label}: bad value for restricted picklist field: {value}")
        }
        K::MalformedId { label, value } => {
            format!("{label}: id value of incorrect type: {value}")
        }
        K::WrongTarget { label, id, circular: true } => above_itself(label, *id),
        K::WrongTarget { label, id, circular: false } => {
            format!("{label}: id value of incorrect type: {id}")
        }
        K::UnknownReference { .. } | K::RecordNotFound { .. } => {
            "invalid cross reference id".to_owned()
        }
        K::UnreadableReference { id, .. } => {
            format!("insufficient access rights on cross-reference id: {id}")
        }
        K::ForeignKeyNotFound { value, field, object } => {
            format!(
                "Foreign key external ID: {value} not found for field {field} in entity {object}"
            )
        }
        K::ForeignKeyAmbiguous { value, field, object } => format!(
            "Foreign key external ID: {value} for field {field} matches multiple records of \
             {object}"
        ),
        K::NotExternalId { object, field } => {
            format!("Field name provided, {field} is not an External ID for {object}")
        }
        K::RecordTypeUnavailable { label, id } => {
            format!("{label}: this ID value isn't valid for the user: {id}")
        }
        K::InactiveOwner { id, object } => {
            format!("operation performed with inactive user [{id}] as owner of {object}")
        }
        K::NotReparentable { .. } => not_writeable(fields),
        K::DuplicateValue { field, existing } => duplicate(field, existing.as_ref()),
        K::DuplicateInCall { value } => format!("Duplicate id specified: {value}"),
        K::ExternalIdAmbiguous { ids } => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!("More than one record found for external id field: [{}]", ids.join(", "))
        }
        K::ExternalIdMissing { field } => format!("{field} not specified"),
        K::IdMissing => "Id not specified in an update call".to_owned(),
        K::Deleted { .. } => "entity is deleted".to_owned(),
        K::Blocked { name, children } => blocked(name, children),
        K::CascadeTooLarge { max } => {
            format!("The delete would take more than {max} dependent records with it")
        }
        K::NotInRecycleBin { .. } => "Entity is not in the recycle bin".to_owned(),
        K::ParentDeleted { label } => format!("{label}: the parent is in the recycle bin"),
        K::RolledBack => "Record rolled back because not all records were valid and the request \
                          was using AllOrNone header"
            .to_owned(),
    }
}

fn not_permitted(object: &str, operation: Operation) -> String {
    match operation {
        Operation::Create => format!("entity type cannot be inserted: {object}"),
        Operation::Update | Operation::Delete | Operation::Undelete => {
            "insufficient access rights on object id".to_owned()
        }
    }
}

fn locked(why: &Locked, fields: &[String]) -> String {
    match why {
        Locked::Rights => not_writeable(fields),
        Locked::OwnUser => {
            "Users cannot deactivate themselves or change their own profile".to_owned()
        }
        Locked::LastAdministrator => "The org needs an active user with the profile System \
                                      Administrator, and this is the last one"
            .to_owned(),
    }
}

fn above_itself(label: &str, id: base::RecordId) -> String {
    format!(
        "{label}: attempt to violate hierarchy constraints: {id} is the record itself or below it"
    )
}

fn not_writeable(fields: &[String]) -> String {
    format!(
        "Unable to create/update fields: {}. Please check the security settings of this field and \
         verify that it is read/write for your profile or permission set.",
        fields.join(", ")
    )
}

fn wrong_type(label: &str, value: &str, given: Shape, wanted: FieldType) -> String {
    let token = match given {
        Shape::Object => "START_OBJECT",
        Shape::List => "START_ARRAY",
        Shape::Null | Shape::Bool | Shape::Number | Shape::Text | Shape::Bytes => {
            return format!("{label}: value not of required type: {value}");
        }
    };
    let wanted = crate::resource::describe::type_name(wanted);
    format!("Cannot deserialize instance of {wanted} from {token} value in field {label}")
}

fn duplicate(field: &str, existing: Option<&base::RecordId>) -> String {
    match existing {
        Some(id) => format!(
            "duplicate value found: {field} duplicates value on record with id: {}",
            id.to_15()
        ),
        None => format!("duplicate value found: {field} duplicates value on another record"),
    }
}

fn blocked(name: &str, children: &[Blocking]) -> String {
    let mut out = format!("Your attempt to delete {name} could not be completed because ");
    for (n, it) in children.iter().enumerate() {
        if 0 < n {
            out.push_str(" and ");
        }
        let label = it.label.to_lowercase();
        out.push_str(&format!(
            "it is associated with the following {label}.: {}",
            it.names.join(", ")
        ));
    }
    out
}
