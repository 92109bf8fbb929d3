//! Values into a statement, values out of a row.

use rusqlite::types::{ToSql, ToSqlOutput};

use crate::ValueRef;

impl<'a> ValueRef<'a> {
    pub(crate) fn from_driver(value: rusqlite::types::ValueRef<'a>) -> Self {
        match value {
            rusqlite::types::ValueRef::Null => Self::Null,
            rusqlite::types::ValueRef::Integer(int) => Self::Int(int),
            rusqlite::types::ValueRef::Real(real) => Self::Real(real),
            // Only a damaged file holds text that is not UTF-8; its bytes are what there is.
            rusqlite::types::ValueRef::Text(bytes) => {
                std::str::from_utf8(bytes).map_or(Self::Blob(bytes), Self::Text)
            }
            rusqlite::types::ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl<'a> From<&'a sql::Value> for ValueRef<'a> {
    fn from(value: &'a sql::Value) -> Self {
        match value {
            sql::Value::Null => Self::Null,
            sql::Value::Int(int) => Self::Int(*int),
            sql::Value::Text(text) => Self::Text(text),
            sql::Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

/// Keeps the driver's trait off the public type.
struct Param<'a>(ValueRef<'a>);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ValueRef::Null => rusqlite::types::ValueRef::Null,
            ValueRef::Int(int) => rusqlite::types::ValueRef::Integer(int),
            ValueRef::Real(real) => rusqlite::types::ValueRef::Real(real),
            ValueRef::Text(text) => rusqlite::types::ValueRef::Text(text.as_bytes()),
            ValueRef::Blob(bytes) => rusqlite::types::ValueRef::Blob(bytes),
        }))
    }
}

/// Binds `values` to the statement's parameters, in order.
pub(crate) fn bind<'a>(
    statement: &mut rusqlite::Statement<'_>,
    values: impl Iterator<Item = ValueRef<'a>>,
) -> rusqlite::Result<()> {
    for (n, value) in values.enumerate() {
        statement.raw_bind_parameter(n + 1, Param(value))?;
    }
    Ok(())
}
