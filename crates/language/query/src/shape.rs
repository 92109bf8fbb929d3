//! Turns flat result rows back into nested records.
//!
//! A [`Shape`] is made with the statement whose rows it reads: each member knows its column. It
//! writes a row as the wire's JSON straight into a buffer, or reads it into a [`Record`] for
//! pages; both walk the same members.

use std::sync::Arc;

use base::{Date, DateTime, Decimal, KeyPrefix, RecordId, Time, Value, decimal};
use locale::Style;
use schema::FieldType;
use soql::DistanceUnit;
use sql::{Row, ValueRef};

use crate::distance;
use crate::in_memory::Evaluation;

/// What a group of records is called in results.
const GROUP: &str = "AggregateResult";

/// Stands between what text compares by and the text itself.
pub(crate) const MARK: char = '\u{1}';

/// How the rows of one statement become records of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The record's object; none where the record's id tells it (a polymorphic parent).
    pub object: Type,
    /// The column of the record's id; null where an outer join found no record.
    pub id_column: usize,
    pub members: Vec<Member>,
}

/// Which object a record is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    One(String),
    ByPrefix(Vec<(KeyPrefix, String)>),
    /// A group of records, which has no id.
    Group,
}

impl Type {
    fn name(&self, id: RecordId) -> &str {
        match self {
            Self::One(name) => name,
            Self::ByPrefix(names) => {
                let prefix = id.prefix();
                let found = names.iter().find(|(it, _)| *it == prefix);
                found.map_or("Name", |(_, name)| name)
            }
            Self::Group => GROUP,
        }
    }
}

/// One key of a record, in the order of the select list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub key: String,
    pub content: Content,
    /// `,"key":`, as it stands before the value.
    json_key: Vec<u8>,
}

impl Member {
    pub fn new(key: &str, content: Content) -> Self {
        let json_key = format!(",\"{key}\":").into_bytes();
        Self { key: key.to_owned(), content, json_key }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Scalar {
        column: usize,
        kind: Scalar,
    },
    /// Parts of an address or a location, by the wire's keys; null where all parts are.
    Compound(Vec<(&'static str, Option<usize>, Scalar)>),
    Parent(Shape),
    /// A parent whose object decides what is read of it: the column of the lookup, what is read of
    /// some objects, and of all others.
    TypeOf {
        lookup: usize,
        whens: Vec<(KeyPrefix, Shape)>,
        otherwise: Option<Box<Shape>>,
    },
    /// A picklist's value as people see it.
    Label {
        column: usize,
        labels: Labels,
    },
    /// The quotient of a scaled sum and a count.
    Average {
        sum: usize,
        count: usize,
        scale: u32,
    },
    Distance {
        from: Point,
        to: Point,
        unit: DistanceUnit,
    },
    Formatted(Box<Formatted>),
    Evaluated(Box<Evaluation>),
    /// The n-th child query of the statement.
    Children(usize),
}

/// A number or a time as the user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    pub of: Content,
    pub ty: FieldType,
    pub scale: u32,
    pub style: Arc<Style>,
}

/// A place in degrees: latitude, longitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Columns with their scales.
    Columns([(usize, u32); 2]),
    Given([Decimal; 2]),
}

/// The labels of a picklist's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Arc<Vec<(String, String)>>);

impl Labels {
    /// Labels by the folded names of their values.
    pub(crate) fn new(labels: Vec<(String, String)>) -> Self {
        Self(Arc::new(labels))
    }

    /// The label of each value in `text`, several of which are separated by semicolons.
    fn of(&self, text: &str) -> String {
        let label = |name| {
            let folded = base::fold(name);
            let found = self.0.iter().find(|(it, _)| *it == folded);
            found.map_or(name, |(_, label)| label.as_str())
        };
        text.split(';').map(label).collect::<Vec<_>>().join(";")
    }
}

/// How a column's integer or text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    Id,
    Text,
    /// Text behind what it compares by.
    MarkedText,
    Bool,
    /// Of a group, in which null is not false.
    BoolOrNull,
    /// An integer scaled by 10^scale; `int` values print no decimal point.
    Number {
        scale: u32,
        int: bool,
    },
    Date,
    DateTime,
    Time,
    /// The bytes stay in the store: the wire shows the resource that serves them.
    Blob,
}

/// A record as pages read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub object: String,
    pub id: RecordId,
    pub fields: Vec<(String, Cell)>,
}

impl Record {
    /// The cell under a key of the select list, without regard to case.
    pub fn get(&self, key: &str) -> Option<&Cell> {
        self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, it)| it)
    }

    /// The value under a key; null where the key holds none or a record.
    pub fn value(&self, key: &str) -> &Value {
        match self.get(key) {
            Some(Cell::Value(value)) => value,
            _ => &Value::Null,
        }
    }

    /// The parent under a relationship name.
    pub fn parent(&self, key: &str) -> Option<&Self> {
        match self.get(key) {
            Some(Cell::Parent(parent)) => parent.as_deref(),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Value(Value),
    Compound(Vec<(&'static str, Value)>),
    Parent(Option<Box<Record>>),
    /// Child records are read by their own statement.
    Children,
}

/// Writes records as the wire's JSON.
pub struct JsonWriter<'a> {
    /// The path before `/sobjects/…` in the records' URLs: `/services/data/v59.0`.
    pub base: &'a str,
    /// For each child query, what stands under its key for a parent's id; empty where the
    /// statement has no child queries.
    pub children: &'a dyn Fn(usize, RecordId) -> Option<&'a [u8]>,
}

impl JsonWriter<'_> {
    /// Appends the record of `row`, or `null` where an outer join found none.
    pub fn write(&self, shape: &Shape, row: &dyn Row, out: &mut Vec<u8>) {
        if shape.object == Type::Group {
            self.write_group(shape, row, out);
            return;
        }
        let Some(raw) = row.int(shape.id_column) else {
            out.extend_from_slice(b"null");
            return;
        };
        let id = RecordId::from_raw(raw);
        let object = shape.object.name(id);
        out.extend_from_slice(b"{\"attributes\":{\"type\":\"");
        out.extend_from_slice(object.as_bytes());
        out.extend_from_slice(b"\",\"url\":\"");
        self.write_url(object, id, out);
        out.extend_from_slice(b"\"}");
        for member in &shape.members {
            out.extend_from_slice(&member.json_key);
            self.write_content(object, id, member, row, out);
        }
        out.push(b'}');
    }

    fn write_group(&self, shape: &Shape, row: &dyn Row, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"attributes\":{\"type\":\"");
        out.extend_from_slice(GROUP.as_bytes());
        out.extend_from_slice(b"\"}");
        for member in &shape.members {
            out.extend_from_slice(&member.json_key);
            self.write_content(GROUP, NO_ID, member, row, out);
        }
        out.push(b'}');
    }

    fn write_url(&self, object: &str, id: RecordId, out: &mut Vec<u8>) {
        out.extend_from_slice(self.base.as_bytes());
        out.extend_from_slice(b"/sobjects/");
        out.extend_from_slice(object.as_bytes());
        out.push(b'/');
        out.extend_from_slice(&id.chars());
    }

    fn write_content(
        &self,
        object: &str,
        id: RecordId,
        member: &Member,
        row: &dyn Row,
        out: &mut Vec<u8>,
    ) {
        match &member.content {
            Content::Scalar { column, kind: Scalar::Blob } => {
                if row.get(*column) == ValueRef::Null {
                    out.extend_from_slice(b"null");
                } else {
                    out.push(b'"');
                    self.write_url(object, id, out);
                    out.push(b'/');
                    out.extend_from_slice(member.key.as_bytes());
                    out.push(b'"');
                }
            }
            Content::Scalar { column, kind } => write_scalar(*kind, row.get(*column), out),
            Content::Evaluated(it) => {
                write_scalar(it.kind, ValueRef::from(&it.value(row)), out);
            }
            Content::Compound(parts) => write_compound(parts, row, out),
            Content::Parent(shape) => self.write(shape, row, out),
            Content::TypeOf { .. } => match member.content.branch(row) {
                Some(shape) => self.write(shape, row, out),
                None => out.extend_from_slice(b"null"),
            },
            Content::Label { .. }
            | Content::Average { .. }
            | Content::Distance { .. }
            | Content::Formatted(_) => match made(&member.content, row) {
                Made::Null => out.extend_from_slice(b"null"),
                Made::Text(text) => write_string(&text, out),
                Made::Real(value) => write_real(value, out),
            },
            Content::Children(n) => {
                out.extend_from_slice((self.children)(*n, id).unwrap_or(b"null"));
            }
        }
    }
}

/// The id of what has none.
const NO_ID: RecordId = RecordId::from_raw(0);

impl Content {
    /// What is read of a parent, by its object.
    fn branch(&self, row: &dyn Row) -> Option<&Shape> {
        let Self::TypeOf { lookup, whens, otherwise } = self else { return None };
        let prefix = RecordId::from_raw(row.int(*lookup)?).prefix();
        let found = whens.iter().find(|(it, _)| *it == prefix).map(|(_, shape)| shape);
        found.or(otherwise.as_deref())
    }
}

/// A value that is worked out from columns.
enum Made {
    Null,
    Text(String),
    Real(f64),
}

fn made(content: &Content, row: &dyn Row) -> Made {
    let found = match content {
        Content::Label { column, labels } => row.text(*column).map(|it| Made::Text(labels.of(it))),
        Content::Average { sum, count, scale } => {
            average(row, (*sum, *count, *scale)).map(Made::Real)
        }
        Content::Distance { from, to, unit } => from
            .read(row)
            .zip(to.read(row))
            .map(|(from, to)| Made::Real(distance::between(from, to, *unit))),
        Content::Formatted(it) => match cell(&it.of, row) {
            // People read a true minus sign, programs the one on the keyboard.
            Cell::Value(value) => it
                .style
                .show_as(it.ty, it.scale, &value)
                .map(|text| Made::Text(text.replace('\u{2212}', "-"))),
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or(Made::Null)
}

/// The double nearest to the exact quotient.
fn average(row: &dyn Row, (sum, count, scale): (usize, usize, u32)) -> Option<f64> {
    let sum = decimal::from_scaled(row.int(sum)?, scale);
    let count = Decimal::from(row.int(count)?);
    sum.checked_div(count)?.to_string().parse().ok()
}

impl Point {
    fn read(self, row: &dyn Row) -> Option<(f64, f64)> {
        let degrees = |it: Decimal| it.to_string().parse::<f64>().ok();
        let [latitude, longitude] = match self {
            Self::Given(given) => given.map(Some),
            Self::Columns(columns) => columns
                .map(|(column, scale)| row.int(column).map(|it| decimal::from_scaled(it, scale))),
        };
        Some((degrees(latitude?)?, degrees(longitude?)?))
    }
}

/// Appends a number as JSON without an exponent, with a digit after the point.
fn write_real(value: f64, out: &mut Vec<u8>) {
    let text = value.to_string();
    out.extend_from_slice(text.as_bytes());
    if !text.contains('.') {
        out.extend_from_slice(b".0");
    }
}

/// The text behind what it compares by, which its fold is, or a place in a list.
fn without_mark(text: &str) -> &str {
    let splits =
        || text.match_indices(MARK).map(|(at, mark)| (&text[..at], &text[at + mark.len()..]));
    let folds = |(compared, text): &(&str, &str)| base::fold(text) == *compared;
    splits().find(folds).or_else(|| splits().next()).map_or(text, |(_, text)| text)
}

fn write_compound(parts: &[(&str, Option<usize>, Scalar)], row: &dyn Row, out: &mut Vec<u8>) {
    let value = |column: Option<usize>| column.map_or(ValueRef::Null, |it| row.get(it));
    if parts.iter().all(|(_, column, _)| value(*column) == ValueRef::Null) {
        out.extend_from_slice(b"null");
        return;
    }
    for (n, (key, column, kind)) in parts.iter().enumerate() {
        out.extend_from_slice(if n == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\":");
        write_scalar(*kind, value(*column), out);
    }
    out.push(b'}');
}

fn write_scalar(kind: Scalar, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match (kind, value) {
        (_, ValueRef::Null) => out.extend_from_slice(match kind {
            Scalar::Bool => b"false",
            _ => b"null",
        }),
        (Scalar::Text, ValueRef::Text(text)) => write_string(text, out),
        (Scalar::MarkedText, ValueRef::Text(text)) => write_string(without_mark(text), out),
        (Scalar::Id, ValueRef::Int(raw)) => {
            out.push(b'"');
            out.extend_from_slice(&RecordId::from_raw(raw).chars());
            out.push(b'"');
        }
        (Scalar::Bool | Scalar::BoolOrNull, ValueRef::Int(bit)) => {
            out.extend_from_slice(if bit == 0 { b"false" } else { b"true" });
        }
        (Scalar::Number { scale, int }, ValueRef::Int(scaled)) => {
            write_number(scaled, scale, int, out);
        }
        (Scalar::Date | Scalar::DateTime | Scalar::Time, ValueRef::Int(int)) => {
            out.push(b'"');
            match kind {
                Scalar::Date => Date(i32::try_from(int).unwrap_or(i32::MAX)).write(out),
                Scalar::Time => Time(i32::try_from(int).unwrap_or(0)).write(out),
                _ => DateTime(int).write(out),
            }
            out.push(b'"');
        }
        // Storage of another kind than the schema says: a damaged file must not stop a page.
        (_, ValueRef::Text(text)) => write_string(text, out),
        (_, ValueRef::Int(int)) => out.extend_from_slice(int.to_string().as_bytes()),
        (_, ValueRef::Real(_) | ValueRef::Blob(_)) => out.extend_from_slice(b"null"),
    }
}

/// Appends a scaled integer as a JSON number: never an exponent, at least one digit after the
/// point unless it is an `int`.
fn write_number(scaled: i64, scale: u32, int: bool, out: &mut Vec<u8>) {
    let mut buffer = [0_u8; 20];
    let digits = decimal_digits(scaled.unsigned_abs(), &mut buffer);
    if scaled < 0 {
        out.push(b'-');
    }
    let scale = scale as usize;
    let (whole, fraction) = if scale < digits.len() {
        digits.split_at(digits.len() - scale)
    } else {
        (b"0".as_slice(), digits)
    };
    out.extend_from_slice(whole);
    if int && scale == 0 {
        return;
    }
    out.push(b'.');
    let zeros = scale.saturating_sub(fraction.len());
    let kept = fraction.iter().rposition(|it| *it != b'0').map_or(0, |at| at + 1);
    if kept == 0 {
        out.push(b'0');
        return;
    }
    out.extend(std::iter::repeat_n(b'0', zeros));
    out.extend_from_slice(&fraction[..kept]);
}

/// The digits of a number, written into the end of `buffer`.
fn decimal_digits(mut number: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &buffer[at..];
        }
    }
}

/// Bytes that a JSON string cannot hold as they are: controls, the quote, the backslash.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// Appends `text` as a JSON string.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

impl Shape {
    /// The shape of groups of records.
    pub(crate) fn of_groups(members: Vec<Member>) -> Self {
        Self { object: Type::Group, id_column: 0, members }
    }

    /// Reads `row` into a record; none where an outer join found none.
    pub fn record(&self, row: &dyn Row) -> Option<Record> {
        let id = match self.object {
            Type::Group => NO_ID,
            _ => RecordId::from_raw(row.int(self.id_column)?),
        };
        let fields = self.members.iter().map(|it| (it.key.clone(), cell(&it.content, row)));
        Some(Record { object: self.object.name(id).to_owned(), id, fields: fields.collect() })
    }
}

fn cell(content: &Content, row: &dyn Row) -> Cell {
    match content {
        Content::Scalar { column, kind } => Cell::Value(read_scalar(*kind, row.get(*column))),
        Content::Evaluated(it) => Cell::Value(read_scalar(it.kind, ValueRef::from(&it.value(row)))),
        Content::Compound(parts) => Cell::Compound(
            parts
                .iter()
                .map(|(key, column, kind)| {
                    let value = column.map_or(ValueRef::Null, |it| row.get(it));
                    (*key, read_scalar(*kind, value))
                })
                .collect(),
        ),
        Content::Parent(shape) => Cell::Parent(shape.record(row).map(Box::new)),
        Content::TypeOf { .. } => {
            Cell::Parent(content.branch(row).and_then(|it| it.record(row)).map(Box::new))
        }
        Content::Label { .. }
        | Content::Average { .. }
        | Content::Distance { .. }
        | Content::Formatted(_) => Cell::Value(match made(content, row) {
            Made::Null => Value::Null,
            Made::Text(text) => Value::Text(text),
            Made::Real(value) => {
                decimal::parse(&value.to_string()).map_or(Value::Null, Value::Decimal)
            }
        }),
        Content::Children(_) => Cell::Children,
    }
}

/// Reads a column's value as a field's.
pub fn read_scalar(kind: Scalar, value: ValueRef<'_>) -> Value {
    match (kind, value) {
        (Scalar::Bool, ValueRef::Null) => Value::Bool(false),
        (Scalar::MarkedText, ValueRef::Text(text)) => Value::Text(without_mark(text).to_owned()),
        (_, ValueRef::Text(text)) => Value::Text(text.to_owned()),
        (_, ValueRef::Blob(bytes)) => Value::Bytes(bytes.to_vec()),
        (_, ValueRef::Null | ValueRef::Real(_)) => Value::Null,
        (kind, ValueRef::Int(int)) => match kind {
            Scalar::Id => Value::Id(RecordId::from_raw(int)),
            Scalar::Bool | Scalar::BoolOrNull => Value::Bool(int != 0),
            Scalar::Number { scale, .. } => Value::Decimal(decimal::from_scaled(int, scale)),
            Scalar::Date => Value::Date(Date(i32::try_from(int).unwrap_or(i32::MAX))),
            Scalar::DateTime => Value::DateTime(DateTime(int)),
            Scalar::Time => Value::Time(Time(i32::try_from(int).unwrap_or(0))),
            Scalar::Text | Scalar::MarkedText | Scalar::Blob => Value::Text(int.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(scaled: i64, scale: u32, int: bool) -> String {
        let mut out = Vec::new();
        write_number(scaled, scale, int, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_have_no_exponent_and_keep_their_digits() {
        assert_eq!(number(1500, 2, false), "15.0");
        assert_eq!(number(1505, 2, false), "15.05");
        assert_eq!(number(-5, 2, false), "-0.05");
        assert_eq!(number(7, 0, true), "7");
        assert_eq!(number(7, 0, false), "7.0");
        assert_eq!(number(0, 2, false), "0.0");
        assert_eq!(number(i64::MIN, 3, false), "-9223372036854775.808");
        assert_eq!(number(100_000_000_000_000_000, 2, false), "1000000000000000.0");
    }

    #[test]
    fn strings_are_escaped() {
        let mut out = Vec::new();
        write_string("a\"b\\c\n\u{1}é日", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\\\"b\\\\c\\n\\u0001é日\"");
    }
}
