//! What a rendering needs to know of an engine: a record of features, not a kind of engine.
//!
//! Statements stay in the subset that all engines share, so the record is short. An engine that
//! lacks something gets a field here that says so, not a name to match on.

use crate::{ColumnType, Functions, Value};

/// How an engine wants its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// What stands before the number of a parameter.
    pub placeholder: char,
    /// What every table and index is qualified by; none where a database holds one org.
    pub schema: Option<String>,
    pub int: &'static str,
    /// The type of an integer that is a table's primary key.
    pub int_key: &'static str,
    /// The type of text that is compared byte by byte.
    pub text: &'static str,
    pub blob: &'static str,
    /// Binary floating point of 64 bits.
    pub real: &'static str,
    /// Whether a value must say its type where nothing beside it does: `CAST($1 AS BIGINT)`.
    pub typed_values: bool,
    /// The collation of text that is no column, where it is not that of bytes anyway.
    pub collation: Option<&'static str>,
    /// Whether an index holds nulls last unless told otherwise. Ours are first, as queries want
    /// them.
    pub index_nulls_first: bool,
    /// Whether OFFSET is part of LIMIT.
    pub offset_needs_limit: bool,
    /// The type of exact decimals of any size; none where the engine has no such type.
    pub decimal: Option<&'static str>,
    pub functions: Functions,
}

impl Dialect {
    /// SQLite, one database for each org.
    pub fn sqlite() -> Self {
        Self {
            placeholder: '?',
            schema: None,
            int: "BIGINT",
            // SQLite makes a column the row id only if its type is INTEGER to the letter.
            int_key: "INTEGER",
            text: "TEXT",
            blob: "BLOB",
            real: "REAL",
            typed_values: false,
            collation: None,
            index_nulls_first: false,
            offset_needs_limit: true,
            decimal: None,
            functions: Functions::Sqlite,
        }
    }

    /// PostgreSQL and the engines that speak its protocol, one schema for each org.
    pub fn postgres(schema: impl Into<String>) -> Self {
        Self {
            placeholder: '$',
            schema: Some(schema.into()),
            int: "BIGINT",
            int_key: "BIGINT",
            text: "TEXT COLLATE \"C\"",
            blob: "BYTEA",
            real: "DOUBLE PRECISION",
            typed_values: true,
            collation: Some("\"C\""),
            index_nulls_first: true,
            offset_needs_limit: false,
            decimal: Some("NUMERIC"),
            functions: Functions::Postgres,
        }
    }

    pub(crate) fn column_type(&self, ty: ColumnType) -> &'static str {
        match ty {
            ColumnType::Int => self.int,
            ColumnType::Text => self.text,
            ColumnType::Blob => self.blob,
        }
    }

    /// The type of a value in a cast, which takes no collation.
    pub(crate) fn cast_type(&self, ty: ColumnType) -> &'static str {
        match ty {
            ColumnType::Text => "TEXT",
            other => self.column_type(other),
        }
    }
}

/// The type of a column that holds `value`; none for null.
pub(crate) fn type_of(value: &Value) -> Option<ColumnType> {
    match value {
        Value::Null => None,
        Value::Int(_) => Some(ColumnType::Int),
        Value::Text(_) => Some(ColumnType::Text),
        Value::Blob(_) => Some(ColumnType::Blob),
    }
}
