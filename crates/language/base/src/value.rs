//! The value of a field, typed as the platform types it.

use crate::{Date, DateTime, Decimal, RecordId, Time};

/// What a field of a record holds. Empty text is [`Value::Null`]: the platform knows no other.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Number, currency, percent and integer fields.
    Decimal(Decimal),
    /// Every text-like type, picklists among them; a multi-select picklist is `A;B`.
    Text(String),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    /// Ids and references.
    Id(RecordId),
    /// The bytes of a base64 field.
    Bytes(Vec<u8>),
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a text value; none for every other kind.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_id(&self) -> Option<RecordId> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }
}
