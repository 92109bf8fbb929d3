//! What callers give, and its conversion to values by the type of the field.
//!
//! In: an [`Input`], as JSON, a form or CSV wrote it. Out: a [`base::Value`] that the field can
//! hold, or the fact that it cannot. Numbers and booleans may come as text (wire reference, rule
//! 35); text is trimmed, and empty text is null (rule 13). Control characters other than tab and
//! line ends are dropped from text, silently: no XML answer could carry them, and they come from
//! copying, not from anybody's intent.
//!
//! Two steps, because the platform reports them apart: `convert` is about the kind of value,
//! `check` about its length, format and digits.

mod text;

use base::{Date, DateTime, Decimal, RecordId, Time, Value, decimal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use schema::{Field, FieldType, Object, ObjectId};

use crate::error::{RowError, RowErrorKind, Shape};

/// The value of a field as a caller wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(String),
    Text(String),
    /// A parent named by an external id: `{"Account": {"Code__c": "1"}}`.
    Object(Vec<(String, Input)>),
    /// No field takes one; kept so that the answer names the field.
    List,
    /// The content of a base64 field, already decoded.
    Bytes(Vec<u8>),
}

/// One record as a caller wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub object: ObjectId,
    /// The record to change; on a create, an id that only the system may choose.
    pub id: Option<RecordId>,
    /// By field or relationship name, without regard to case.
    pub fields: Vec<(String, Input)>,
}

/// The longest part of a value that an error repeats.
const SHOWN_MAX: usize = 255;

/// Reads `input` as a value of the type of `field`.
pub(crate) fn convert(field: &Field, input: Input) -> Result<Value, RowError> {
    use FieldType as T;
    if let Input::Null = input {
        return Ok(if field.ty == T::Checkbox { Value::Bool(false) } else { Value::Null });
    }
    if let Input::Bytes(bytes) = input {
        return if field.ty == T::Base64 {
            Ok(Value::Bytes(bytes))
        } else {
            Err(wrong_type(field, &Input::Bytes(Vec::new())))
        };
    }
    if field.ty.is_text() {
        return text_of(field, input);
    }
    if let Input::Text(text) = &input
        && text.trim().is_empty()
    {
        return convert(field, Input::Null);
    }
    let value = match field.ty {
        T::Checkbox => boolean(&input).map(Value::Bool),
        T::Number | T::Currency | T::Percent => return number(field, &input),
        T::Date => plain(&input).and_then(date).map(Value::Date),
        T::DateTime => plain(&input).and_then(|it| DateTime::parse(it).ok()).map(Value::DateTime),
        T::Time => plain(&input).and_then(|it| Time::parse(it).ok()).map(Value::Time),
        T::Id | T::Lookup | T::MasterDetail => return id(field, &input),
        T::Base64 => plain(&input).and_then(|it| BASE64.decode(it).ok()).map(Value::Bytes),
        // Compounds have no value of their own: their parts do. The rest is text.
        _ => None,
    };
    value.ok_or_else(|| wrong_type(field, &input))
}

/// Checks and settles the form of a value that has the field's type: length, format, digits,
/// picklist. Returns what is to be stored.
pub(crate) fn check(object: &Object, field: &Field, value: Value) -> Result<Value, RowError> {
    match value {
        Value::Text(text) => text::check(object, field, text).map(Value::Text),
        Value::Decimal(given) => in_range(object, field, given).map(Value::Decimal),
        other => Ok(other),
    }
}

fn text_of(field: &Field, input: Input) -> Result<Value, RowError> {
    let text = match input {
        Input::Text(text) => text::clean(text),
        Input::Number(digits) => digits,
        Input::Bool(bool) => bool.to_string(),
        other => return Err(wrong_type(field, &other)),
    };
    let trimmed = text.trim();
    Ok(if trimmed.is_empty() {
        Value::Null
    } else if trimmed.len() == text.len() {
        Value::Text(text)
    } else {
        Value::Text(trimmed.to_owned())
    })
}

fn boolean(input: &Input) -> Option<bool> {
    match input {
        Input::Bool(bool) => Some(*bool),
        Input::Text(text) => match text.trim() {
            "1" => Some(true),
            "0" => Some(false),
            it if it.eq_ignore_ascii_case("true") => Some(true),
            it if it.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn number(field: &Field, input: &Input) -> Result<Value, RowError> {
    let (Input::Number(text) | Input::Text(text)) = input else {
        return Err(wrong_type(field, input));
    };
    match decimal::parse(text) {
        // Rounding what was given as a count would hide a mistake.
        Ok(decimal) if is_int(field) && !decimal.fract().is_zero() => Err(wrong_type(field, input)),
        Ok(decimal) => Ok(Value::Decimal(decimal)),
        Err(decimal::Error::Syntax) => Err(wrong_type(field, input)),
        Err(decimal::Error::Range) => Err(out_of_range(field, text)),
    }
}

fn is_int(field: &Field) -> bool {
    field.describe_type.as_deref() == Some("int")
}

fn in_range(object: &Object, field: &Field, given: Decimal) -> Result<Decimal, RowError> {
    let precision = if field.precision == 0 { 18 } else { field.precision };
    let rounded = decimal::round_half_up(given, field.scale);
    let fits = decimal::fits(given, precision, field.scale)
        && decimal::to_scaled(rounded, field.scale).is_ok()
        && degrees_max(object, field).is_none_or(|max| given.abs() <= Decimal::from(max));
    if fits { Ok(rounded) } else { Err(out_of_range(field, &given.to_string())) }
}

/// How far a latitude or longitude may be from 0.
fn degrees_max(object: &Object, field: &Field) -> Option<u32> {
    let compound = object.get(field.compound?);
    match compound.components.iter().find(|(_, part)| *part == field.id)?.0 {
        "latitude" => Some(90),
        "longitude" => Some(180),
        _ => None,
    }
}

/// A date; of a datetime, its date in UTC, because clients in JavaScript have no other kind.
fn date(text: &str) -> Option<Date> {
    Date::parse(text).ok().or_else(|| {
        let at = DateTime::parse(text).ok()?;
        Some(at.date_in(&jiff::tz::TimeZone::UTC))
    })
}

fn id(field: &Field, input: &Input) -> Result<Value, RowError> {
    let Some(text) = plain(input) else {
        return Err(wrong_type(field, input));
    };
    RecordId::parse(text).map(Value::Id).map_err(|_| {
        let (label, value) = (field.label.clone(), shown(text));
        RowError::at(RowErrorKind::MalformedId { label, value }, field)
    })
}

fn plain(input: &Input) -> Option<&str> {
    match input {
        Input::Text(text) => Some(text.trim()),
        _ => None,
    }
}

impl Input {
    pub(crate) fn shape(&self) -> Shape {
        match self {
            Self::Null => Shape::Null,
            Self::Bool(_) => Shape::Bool,
            Self::Number(_) => Shape::Number,
            Self::Text(_) => Shape::Text,
            Self::Object(_) => Shape::Object,
            Self::List => Shape::List,
            Self::Bytes(_) => Shape::Bytes,
        }
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Input {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Input {
    fn from(int: i64) -> Self {
        Self::Number(int.to_string())
    }
}

impl From<RecordId> for Input {
    fn from(id: RecordId) -> Self {
        Self::Text(id.to_string())
    }
}

impl From<DateTime> for Input {
    fn from(at: DateTime) -> Self {
        Self::Text(at.to_string())
    }
}

pub(crate) fn wrong_type(field: &Field, input: &Input) -> RowError {
    let value = match input {
        Input::Bool(bool) => bool.to_string(),
        Input::Number(text) | Input::Text(text) => shown(text),
        Input::Null | Input::Object(_) | Input::List | Input::Bytes(_) => String::new(),
    };
    let label = field.label.clone();
    let kind = RowErrorKind::WrongType { label, value, given: input.shape(), wanted: field.ty };
    RowError::at(kind, field)
}

fn out_of_range(field: &Field, text: &str) -> RowError {
    let (label, value) = (field.label.clone(), shown(text));
    RowError::at(RowErrorKind::NumberOutOfRange { label, value }, field)
}

/// The beginning of a value, for an error: a caller's megabytes are not sent back.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|it| !text::is_dropped(*it)).take(SHOWN_MAX).collect()
}
