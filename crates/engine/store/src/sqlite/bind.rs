//! Values into a statement, values out of a row.

use rusqlite::types::{ToSql, ToSqlOutput};

use sql::ValueRef;

/// The value of column `i`.
///
/// # Panics
///
/// If the query has no such column.
pub(crate) fn value<'a>(row: &'a rusqlite::Row<'_>, i: usize) -> ValueRef<'a> {
    match row.get_ref(i).expect("invariant: the query selects this column") {
        rusqlite::types::ValueRef::Null => ValueRef::Null,
        rusqlite::types::ValueRef::Integer(int) => ValueRef::Int(int),
        rusqlite::types::ValueRef::Real(real) => ValueRef::Real(real),
        // Only a damaged file holds text that is not UTF-8; its bytes are what there is.
        rusqlite::types::ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map_or(ValueRef::Blob(bytes), ValueRef::Text)
        }
        rusqlite::types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
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
