//! Reads the file: one case a line, as JSON.

use anyhow::{Context, anyhow, bail};
use base::{Date, DateTime, Time};
use formula::{FieldType, Number, Value};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// A formula, and the rows it is evaluated for.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub formula: String,
    pub returns: FieldType,
    /// Decimal places of the field that the formula is the value of.
    pub scale: u32,
    pub fields: Vec<Field>,
    pub rows: Vec<Row>,
    /// The user's zone.
    pub zone: TimeZone,
}

/// A field of the rows.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub ty: FieldType,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// Counted from 1.
    pub number: usize,
    pub inputs: Vec<Option<String>>,
    pub values: Vec<Value>,
    pub(super) expected: Expected,
    /// The result where a blank makes the expression blank.
    pub(super) blank: Expected,
}

/// What is expected of a row.
#[derive(Debug)]
pub(super) enum Expected {
    Blank,
    Error,
    Boolean(bool),
    Text(String),
}

impl Row {
    /// A row of which nothing is expected.
    pub fn new(
        number: usize,
        inputs: Vec<Option<String>>,
        fields: &[Field],
    ) -> anyhow::Result<Self> {
        let values = read_values(&inputs, fields)?;
        Ok(Self { number, inputs, values, expected: Expected::Blank, blank: Expected::Blank })
    }

    /// The inputs on one line.
    pub fn show_inputs(&self) -> String {
        let inputs: Vec<&str> = self.inputs.iter().map(|it| it.as_deref().unwrap_or("∅")).collect();
        inputs.join(", ")
    }
}

impl Expected {
    pub(super) fn show(&self) -> String {
        match self {
            Self::Blank => "blank".to_owned(),
            Self::Error => "error".to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

pub(super) fn read(text: &str) -> anyhow::Result<Vec<Case>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(idx, line)| read_case(line).with_context(|| format!("line {}", idx + 1))).collect()
}

fn read_case(line: &str) -> anyhow::Result<Case> {
    let json: Json = serde_json::from_str(line)?;
    let fields = array(&json, "fields")?.iter().map(read_field).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for (idx, row) in array(&json, "rows")?.iter().enumerate() {
        rows.push(read_row(row, idx + 1, &fields).with_context(|| format!("row {}", idx + 1))?);
    }
    let returns = &json["returns"];
    let scale = returns["scale"].as_str().and_then(|it| it.parse().ok());
    Ok(Case {
        name: text(&json, "name")?,
        formula: text(&json, "formula")?,
        returns: field_type(&text(returns, "type")?)?,
        scale: scale.unwrap_or(0),
        fields,
        rows,
        zone: TimeZone::UTC,
    })
}

fn array<'a>(json: &'a Json, key: &str) -> anyhow::Result<&'a Vec<Json>> {
    json[key].as_array().ok_or_else(|| anyhow!("`{key}` is not a list"))
}

fn text(json: &Json, key: &str) -> anyhow::Result<String> {
    json[key].as_str().map(str::to_owned).ok_or_else(|| anyhow!("`{key}` is not a text"))
}

fn read_field(json: &Json) -> anyhow::Result<Field> {
    Ok(Field { name: text(json, "name")?, ty: field_type(&text(json, "type")?)? })
}

fn field_type(name: &str) -> anyhow::Result<FieldType> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "double" | "integer" | "number" => FieldType::Number,
        "currency" => FieldType::Currency,
        "percent" => FieldType::Percent,
        "boolean" | "checkbox" => FieldType::Boolean,
        "dateonly" | "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "timeonly" | "time" => FieldType::Time,
        "location" | "geolocation" => FieldType::Location,
        "dynamicenum" | "staticenum" | "picklist" | "enum" => FieldType::Picklist,
        "multienum" | "multipicklist" => FieldType::MultiPicklist,
        "text" | "textarea" | "email" | "phone" | "url" | "string" | "entityid" | "id" => {
            FieldType::Text
        }
        other => bail!("no field type `{other}`"),
    })
}

fn read_row(json: &Json, number: usize, fields: &[Field]) -> anyhow::Result<Row> {
    let inputs: Vec<Option<String>> =
        array(json, "inputs")?.iter().map(|it| it.as_str().map(str::to_owned)).collect();
    Ok(Row {
        number,
        values: read_values(&inputs, fields)?,
        inputs,
        expected: expected(&json["expected"])?,
        blank: expected(&json["expected_null_as_null"])?,
    })
}

fn read_values(inputs: &[Option<String>], fields: &[Field]) -> anyhow::Result<Vec<Value>> {
    if inputs.len() != fields.len() {
        bail!("{} inputs of {} fields", inputs.len(), fields.len());
    }
    let values = inputs.iter().zip(fields).map(|(input, field)| {
        let Some(input) = input.as_deref() else { return Ok(Value::Blank) };
        read_value(input, field.ty)
            .ok_or_else(|| anyhow!("`{input}` is no value of {}", field.name))
    });
    values.collect()
}

fn expected(json: &Json) -> anyhow::Result<Expected> {
    Ok(match json {
        Json::Null => Expected::Blank,
        Json::Bool(value) => Expected::Boolean(*value),
        Json::String(text) => Expected::Text(text.clone()),
        Json::Number(number) => Expected::Text(number.to_string()),
        Json::Object(object) if object.get("error") == Some(&Json::Bool(true)) => Expected::Error,
        other => bail!("`{other}` is no expected result"),
    })
}

/// A value as the file writes inputs.
fn read_value(text: &str, ty: FieldType) -> Option<Value> {
    if text == "NULL" && ty != FieldType::Text {
        return Some(Value::Blank);
    }
    match ty {
        FieldType::Number | FieldType::Currency | FieldType::Percent => {
            Number::parse(text.trim()).map(Value::Number)
        }
        FieldType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" | "" => Some(Value::Boolean(false)),
            _ => None,
        },
        FieldType::Date => {
            // The clock is not the date's, even past midnight: `2004:01:01:24:00:00` is that day.
            let day: Vec<&str> = text.split([':', '-', 'T', ' ']).take(3).collect();
            let ms = instant(&day.join(":"))?;
            Some(Value::Date(Date(i32::try_from(ms.div_euclid(DAY_MS)).ok()?)))
        }
        FieldType::DateTime => instant(text).map(|ms| Value::DateTime(DateTime(ms))),
        FieldType::Time => time(text).map(|ms| Value::Time(Time(ms as i32))),
        FieldType::Location => None,
        FieldType::Text | FieldType::Picklist | FieldType::MultiPicklist => Some(Value::text(text)),
    }
}

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970 of `yyyy:mm:dd[:hh:mm:ss[:ZONE]]` or of an ISO date or datetime. Hours
/// past 23 count on, as they did where the file comes from.
pub(super) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let iso = text.as_bytes().get(4) == Some(&b'-');
    let mut parts = text.split(if iso { ['-', 'T', 'Z', ' ', '.'] } else { [':'; 5] });
    if iso && text.contains(':') {
        // The clock of an ISO datetime has colons of its own.
        let (day, clock) = text.split_once(['T', ' '])?;
        return Some(instant(day)? + time(clock.trim_end_matches('Z'))?);
    }
    let mut next = || parts.next().and_then(|it| it.parse::<i64>().ok());
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next().unwrap_or(0), next().unwrap_or(0), next().unwrap_or(0));
    let zone = match text.rsplit(':').next() {
        Some("PST") => 8,
        Some("PDT") => 7,
        _ => 0,
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(
        days_since_1970(year, month, day) * DAY_MS
            + ((hour + zone) * 3600 + minute * 60 + second) * 1000,
    )
}

/// Counted from March, so that the leap day ends a year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + of_year - 719_468
}

/// Milliseconds since midnight of `hh:mm[:ss[.fff]]`.
pub(super) fn time(text: &str) -> Option<i64> {
    let (clock, fraction) =
        text.trim().trim_end_matches('Z').split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.trim_end_matches('Z').split(':').map(|it| it.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some((hour * 3600 + minute * 60 + second) * 1000 + ms)
}
