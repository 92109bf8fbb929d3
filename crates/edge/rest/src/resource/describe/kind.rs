//! Types of fields as describes name them.
//!
//! Clients map these names to their own types and fail on any that they do not know, so the
//! table holds the platform's names only.

use schema::{Field, FieldType};

/// The wire's name of a type, where the field has no other.
pub(crate) fn type_name(ty: FieldType) -> &'static str {
    use FieldType as T;
    match ty {
        T::Id => "id",
        T::Text | T::AutoNumber => "string",
        T::TextArea | T::LongTextArea | T::Html => "textarea",
        T::EncryptedText => "encryptedstring",
        T::Checkbox => "boolean",
        T::Number => "double",
        T::Currency => "currency",
        T::Percent => "percent",
        T::Date => "date",
        T::DateTime => "datetime",
        T::Time => "time",
        T::Email => "email",
        T::Phone => "phone",
        T::Url => "url",
        T::Picklist => "picklist",
        T::MultiselectPicklist => "multipicklist",
        T::Lookup | T::MasterDetail => "reference",
        T::Base64 => "base64",
        T::Address => "address",
        T::Location => "location",
    }
}

/// The wire's name of a field's type.
pub(super) fn wire_type(field: &Field) -> &str {
    field.describe_type.as_deref().unwrap_or_else(|| type_name(field.ty))
}

/// The type of a field in the WSDL.
pub(super) fn soap_type(field: &Field) -> &'static str {
    use FieldType as T;
    match field.ty {
        T::Id | T::Lookup | T::MasterDetail => "tns:ID",
        T::Checkbox => "xsd:boolean",
        T::Number if is_int(field) => "xsd:int",
        T::Number | T::Currency | T::Percent => "xsd:double",
        T::Date => "xsd:date",
        T::DateTime => "xsd:dateTime",
        T::Time => "xsd:time",
        T::Base64 => "xsd:base64Binary",
        T::Address => "urn:address",
        T::Location => "urn:location",
        T::Text
        | T::AutoNumber
        | T::TextArea
        | T::LongTextArea
        | T::Html
        | T::EncryptedText
        | T::Email
        | T::Phone
        | T::Url
        | T::Picklist
        | T::MultiselectPicklist => "xsd:string",
    }
}

pub(super) fn is_int(field: &Field) -> bool {
    field.describe_type.as_deref() == Some("int")
}

/// The most characters that a value has on the wire; 0 where it is no text.
pub(super) fn length(field: &Field) -> u32 {
    match field.ty {
        FieldType::Id | FieldType::Lookup | FieldType::MasterDetail => 18,
        FieldType::Picklist if field.length == 0 => 255,
        FieldType::MultiselectPicklist if field.length == 0 => 4099,
        _ if field.ty.is_text() => field.length,
        _ => 0,
    }
}

/// The same in bytes, as the platform counts them: three a character, ids one.
pub(super) fn byte_length(field: &Field) -> u32 {
    let length = length(field);
    if field.ty.is_text() { length.saturating_mul(3) } else { length }
}

/// What the type's name leaves open.
pub(super) fn extra_type_info(field: &Field) -> Option<&'static str> {
    match field.ty {
        FieldType::TextArea | FieldType::LongTextArea => Some("plaintextarea"),
        FieldType::Html => Some("richtextarea"),
        _ => None,
    }
}

/// Whether the platform groups by such values.
pub(super) fn is_groupable(field: &Field) -> bool {
    use FieldType as T;
    let continuous = matches!(field.ty, T::Currency | T::Percent | T::DateTime | T::Time)
        || (field.ty == T::Number && !is_int(field));
    field.is_sortable() && !continuous
}
