//! Values as storage holds them, both ways, and the canonical row that the ledger commits to.
//!
//! Canonical row: for each stored field in the order of the bytes of its API name, unless it is
//! null or an unchecked checkbox: the name, then the value, each after its length as a `u32` in
//! little endian. A value is a tag byte and eight bytes of an integer, or a tag byte and the text
//! or bytes. Leaving out what is empty keeps the form stable when a deploy adds fields.

use base::{Decimal, Value, decimal};
use query::Scalar;
use schema::{Field, FieldType, Object};
use sql::ValueRef;

use crate::plan::Plan;

/// The value as the field's column holds it.
pub(crate) fn to_sql(field: &Field, value: &Value) -> sql::Value {
    match value {
        Value::Null if field.ty == FieldType::Checkbox => sql::Value::Int(0),
        Value::Null => sql::Value::Null,
        Value::Bool(bool) => sql::Value::Int(i64::from(*bool)),
        Value::Decimal(given) => scaled(field, *given),
        Value::Text(text) => sql::Value::Text(text.clone()),
        Value::Date(date) => sql::Value::Int(i64::from(date.0)),
        Value::DateTime(at) => sql::Value::Int(at.0),
        Value::Time(time) => sql::Value::Int(i64::from(time.0)),
        Value::Id(id) => sql::Value::Int(id.raw()),
        Value::Bytes(bytes) => sql::Value::Blob(bytes.clone()),
    }
}

fn scaled(field: &Field, given: Decimal) -> sql::Value {
    // Given numbers were checked; a derived one that does not fit has no value to show.
    decimal::to_scaled(given, field.scale).map_or(sql::Value::Null, sql::Value::Int)
}

/// The value that the field's column holds.
pub(crate) fn from_sql(field: &Field, value: ValueRef<'_>) -> Value {
    query::shape::read_scalar(scalar(field), value)
}

fn scalar(field: &Field) -> Scalar {
    use FieldType as T;
    match field.ty {
        T::Id | T::Lookup | T::MasterDetail => Scalar::Id,
        T::Checkbox => Scalar::Bool,
        T::Number | T::Currency | T::Percent => Scalar::Number { scale: field.scale, int: false },
        T::Date => Scalar::Date,
        T::DateTime => Scalar::DateTime,
        T::Time => Scalar::Time,
        T::Base64 => Scalar::Blob,
        _ => Scalar::Text,
    }
}

/// Whether the canonical row leaves the value out.
pub(crate) fn is_empty(field: &Field, value: &sql::Value) -> bool {
    match value {
        sql::Value::Null => true,
        sql::Value::Int(0) => field.ty == FieldType::Checkbox,
        _ => false,
    }
}

/// The canonical bytes of a record with `values`, which stand in the order of `plan.stored`.
pub(crate) fn canonical(object: &Object, plan: &Plan, values: &[sql::Value]) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    for (id, value) in plan.stored.iter().zip(values) {
        let field = object.get(*id);
        match value {
            _ if is_empty(field, value) => {}
            sql::Value::Null => {}
            sql::Value::Int(int) => part(&mut out, &field.name, b'i', &int.to_le_bytes()),
            sql::Value::Text(text) => part(&mut out, &field.name, b't', text.as_bytes()),
            sql::Value::Blob(bytes) => part(&mut out, &field.name, b'b', bytes),
        }
    }
    out
}

fn part(out: &mut Vec<u8>, name: &str, tag: u8, value: &[u8]) {
    let length = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
    out.extend_from_slice(&length(name.len()));
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&length(value.len() + 1));
    out.push(tag);
    out.extend_from_slice(value);
}
