//! What an expression is worth.

use base::{Date, DateTime, Decimal, Time};

use crate::Number;

/// A value. Empty text is [`Value::Blank`], as everywhere on the platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Blank,
    Number(Number),
    Text(String),
    Boolean(bool),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    Location(Location),
}

/// A point on the earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    pub latitude: Number,
    pub longitude: Number,
}

impl Value {
    /// Text, or blank where it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Blank } else { Self::Text(text) }
    }

    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }

    /// Whether it is true; blank is not.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Boolean(true))
    }

    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<Option<Date>> for Value {
    fn from(value: Option<Date>) -> Self {
        value.map_or(Self::Blank, Self::Date)
    }
}

impl From<base::Value> for Value {
    /// The value of a field as `records` holds it; an id has 15 characters in formulas, and
    /// CASESAFEID makes 18 of them; bytes have no formula value and are blank.
    fn from(value: base::Value) -> Self {
        match value {
            base::Value::Null | base::Value::Bytes(_) => Self::Blank,
            base::Value::Bool(value) => Self::Boolean(value),
            base::Value::Decimal(value) => Self::Number(Number::from_decimal(value)),
            base::Value::Text(value) => Self::text(value),
            base::Value::Date(value) => Self::Date(value),
            base::Value::DateTime(value) => Self::DateTime(value),
            base::Value::Time(value) => Self::Time(value),
            base::Value::Id(value) => Self::text(value.to_15()),
        }
    }
}

impl From<Decimal> for Value {
    fn from(value: Decimal) -> Self {
        Self::Number(Number::from_decimal(value))
    }
}
