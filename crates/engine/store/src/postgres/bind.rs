//! Values into a statement, values out of a row.
//!
//! Parameters carry no types: the statement's text says what it needs. Integers go as digits,
//! which fit an integer column of any width, bytes go as they are. Results come in binary.

use std::ops::Range;
use std::sync::Arc;

use fallible_iterator::FallibleIterator;
use postgres_protocol::Oid;
use postgres_protocol::message::backend::DataRowBody;
use sql::ValueRef;

use super::wire::{Fault, malformed};

/// The parameters of one or more rows, as the messages hold them.
#[derive(Debug, Default)]
pub(crate) struct Params {
    formats: Vec<i16>,
    bytes: Vec<u8>,
}

const AS_TEXT: i16 = 0;
const AS_BYTES: i16 = 1;

/// Stands for the length of a null.
const NULL: i32 = -1;

impl Params {
    pub(crate) fn of<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> Self {
        let mut params = Self::default();
        for value in values {
            params.push(value);
        }
        params
    }

    pub(crate) fn push(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {
                self.formats.push(AS_TEXT);
                self.bytes.extend_from_slice(&NULL.to_be_bytes());
            }
            ValueRef::Int(int) => self.put(AS_TEXT, int.to_string().as_bytes()),
            ValueRef::Real(real) => self.put(AS_TEXT, real.to_string().as_bytes()),
            ValueRef::Text(text) => self.put(AS_TEXT, text.as_bytes()),
            ValueRef::Blob(bytes) => self.put(AS_BYTES, bytes),
        }
    }

    fn put(&mut self, format: i16, value: &[u8]) {
        self.formats.push(format);
        // A value beyond this fits no message, and the server refuses what follows.
        let len = i32::try_from(value.len()).unwrap_or(NULL);
        self.bytes.extend_from_slice(&len.to_be_bytes());
        if len != NULL {
            self.bytes.extend_from_slice(value);
        }
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn as_slice(&self) -> Slice<'_> {
        Slice { formats: &self.formats, bytes: &self.bytes }
    }
}

/// Parameters of one statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice<'a> {
    pub(crate) formats: &'a [i16],
    pub(crate) bytes: &'a [u8],
}

impl Slice<'_> {
    /// The first `n` parameters, and the rest.
    pub(crate) fn split(&self, n: usize) -> (Self, Self) {
        let mut end = 0;
        for _ in 0..n {
            let (len, _) = self.bytes[end..].split_first_chunk::<4>().expect("invariant: a length");
            end += 4 + usize::try_from(i32::from_be_bytes(*len)).unwrap_or(0);
        }
        let (formats, other_formats) = self.formats.split_at(n);
        let (bytes, other_bytes) = self.bytes.split_at(end);
        (Self { formats, bytes }, Self { formats: other_formats, bytes: other_bytes })
    }
}

/// One row of a result.
#[derive(Debug)]
pub(crate) struct Row {
    body: Option<DataRowBody>,
    /// Where the values stand; none for a null.
    fields: Vec<Option<Range<usize>>>,
    types: Arc<[Oid]>,
}

mod oid {
    use postgres_protocol::Oid;

    pub(super) const BOOL: Oid = 16;
    pub(super) const BYTEA: Oid = 17;
    pub(super) const INT8: Oid = 20;
    pub(super) const INT2: Oid = 21;
    pub(super) const INT4: Oid = 23;
    pub(super) const OID: Oid = 26;
    pub(super) const FLOAT4: Oid = 700;
    pub(super) const FLOAT8: Oid = 701;
    pub(super) const NUMERIC: Oid = 1700;
}

impl Row {
    pub(crate) fn new(types: Arc<[Oid]>) -> Self {
        Self { body: None, fields: Vec::with_capacity(types.len()), types }
    }

    /// Holds the row of `body` from now on.
    pub(crate) fn fill(&mut self, body: DataRowBody) -> Result<(), Fault> {
        self.fields.clear();
        let mut ranges = body.ranges();
        while let Some(range) = ranges.next().map_err(Fault::Lost)? {
            self.fields.push(range);
        }
        if self.fields.len() != self.types.len() {
            return Err(malformed("the server sent a row of another width than it said"));
        }
        self.body = Some(body);
        Ok(())
    }

    /// The value of column `i`.
    ///
    /// # Panics
    ///
    /// If the query has no such column.
    pub(crate) fn get(&self, i: usize) -> ValueRef<'_> {
        let range = self.fields.get(i).expect("invariant: the query selects this column");
        let (Some(range), Some(body)) = (range, &self.body) else { return ValueRef::Null };
        let bytes = &body.buffer()[range.clone()];
        value(self.types[i], bytes).unwrap_or(ValueRef::Blob(bytes))
    }
}

/// The value that `bytes` stand for; none if they are not of their type's form.
fn value(ty: Oid, bytes: &[u8]) -> Option<ValueRef<'_>> {
    Some(match ty {
        oid::INT8 => ValueRef::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
        oid::INT4 => ValueRef::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        oid::INT2 => ValueRef::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        oid::OID => ValueRef::Int(u32::from_be_bytes(bytes.try_into().ok()?).into()),
        oid::BOOL => ValueRef::Int(i64::from(bytes != [0])),
        oid::FLOAT8 => ValueRef::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
        oid::FLOAT4 => ValueRef::Real(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        oid::NUMERIC => numeric(bytes)?,
        oid::BYTEA => ValueRef::Blob(bytes),
        _ => ValueRef::Text(std::str::from_utf8(bytes).ok()?),
    })
}

/// A numeric: a sum of integers is one, and an integer again if it fits. In its binary form it
/// has digits of ten thousands, the first of them `weight` places before the point.
fn numeric(bytes: &[u8]) -> Option<ValueRef<'static>> {
    const NEGATIVE: u16 = 0x4000;
    let (words, []) = bytes.as_chunks::<2>() else { return None };
    let mut words = words.iter().map(|it| u16::from_be_bytes(*it));
    let n_digits = words.next()?;
    let weight = i32::from(words.next()?.cast_signed());
    let sign = words.next()?;
    let _scale = words.next()?;
    if NEGATIVE < sign {
        return Some(ValueRef::Real(f64::NAN));
    }
    let (mut int, mut real) = (Some(0_i128), 0_f64);
    for place in 0..i32::from(n_digits) {
        let digit = words.next()?;
        let exponent = weight - place;
        real += f64::from(digit) * 10_000_f64.powi(exponent);
        let power = u32::try_from(exponent).ok().and_then(|it| 10_000_i128.checked_pow(it));
        int = match (int, power) {
            (Some(int), Some(power)) => i128::from(digit).checked_mul(power).map(|it| int + it),
            (int, None) if digit == 0 => int,
            _ => None,
        };
    }
    let (int, real) = if sign == NEGATIVE { (int.map(|it| -it), -real) } else { (int, real) };
    let int = int.and_then(|it| i64::try_from(it).ok());
    Some(int.map_or(ValueRef::Real(real), ValueRef::Int))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A numeric as the server sends it.
    fn numeric_of(weight: i16, sign: u16, digits: &[u16]) -> Vec<u8> {
        let n = u16::try_from(digits.len()).unwrap();
        let head = [n, weight.cast_unsigned(), sign, 0];
        head.iter().chain(digits).flat_map(|it| it.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_are_integers_where_they_can_be() {
        let read = |weight, sign, digits: &[u16]| {
            let bytes = numeric_of(weight, sign, digits);
            format!("{:?}", numeric(&bytes))
        };
        assert_eq!(read(0, 0, &[]), "Some(Int(0))");
        assert_eq!(read(1, 0, &[12, 3456]), "Some(Int(123456))");
        assert_eq!(read(2, 0, &[5]), "Some(Int(500000000))");
        assert_eq!(read(0, 0x4000, &[7]), "Some(Int(-7))");
        assert_eq!(read(0, 0, &[1, 5000]), "Some(Real(1.5))");
        assert_eq!(read(4, 0, &[922, 3372, 368, 5477, 5807]), "Some(Int(9223372036854775807))");
        assert_eq!(
            read(4, 0x4000, &[922, 3372, 368, 5477, 5808]),
            "Some(Int(-9223372036854775808))"
        );
        assert!(read(4, 0, &[922, 3372, 368, 5477, 5808]).starts_with("Some(Real(9.22337"));
        assert_eq!(read(0, 0xC000, &[]), "Some(Real(NaN))");
        assert_eq!(numeric(&[0, 1]), None);
        assert_eq!(numeric(&[0, 9, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn parameters_split_by_rows() {
        let mut params = Params::default();
        for n in 0..3 {
            params.push(ValueRef::Int(n));
            params.push(if n == 1 { ValueRef::Null } else { ValueRef::Blob(&[7, 7]) });
        }
        let (first, rest) = params.as_slice().split(4);
        assert_eq!((first.formats, rest.formats), (&[0, 1, 0, 0][..], &[0, 1][..]));
        assert_eq!(rest.bytes, [0, 0, 0, 1, b'2', 0, 0, 0, 2, 7, 7]);
    }
}
