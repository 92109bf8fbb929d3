//! An entry to its canonical bytes, straight into the buffer: this is on the path of every
//! write to a record.
//!
//! Keys are written in the order of RFC 8785 (by UTF-16 code units; all are ASCII). The checks
//! here are the only ones: the reader runs them by writing what it read.

use base::{Date, DateTime, RecordId, name};

use super::{COUNTER_MAX, Entry, TOKEN_LEN_MAX, Why};
use crate::{Error, Hash};

const DAY_MS: i64 = 86_400_000;
const KEY_PREFIXES: i64 = 62 * 62 * 62;

pub(super) fn entry(entry: &Entry, out: &mut Vec<u8>) -> Result<(), Error> {
    check_shape(entry)?;
    put(out, r#"{"act":{"h":"#);
    hash(&entry.actor.pseudonym, out);
    put(out, r#","t":""#);
    put(out, entry.actor.kind.as_str());
    put(out, r#""}"#);
    if let Some(body) = &entry.body {
        put(out, r#","body":{"c":"#);
        hash(&body.commitment, out);
        put(out, r#","n":"#);
        digits(u64::from(body.len), out);
        put(out, "}");
    }
    fields(&entry.fields, out)?;
    put(out, r#","k":""#);
    put(out, entry.kind.as_str());
    put(out, r#"","m":"#);
    number("m", entry.counter, out)?;
    if let Some((object, id)) = &entry.object {
        put(out, r#","obj":{"id":""#);
        record_id(*id, out)?;
        put(out, r#"","t":"#);
        api_name("obj", object, out)?;
        put(out, "}");
    }
    put(out, r#","org":"#);
    token("org", &entry.org, out)?;
    if let Some(previous) = entry.previous {
        put(out, r#","pl":"#);
        number("pl", previous, out)?;
    }
    if let Some(policy) = &entry.policy {
        put(out, r#","pol":"#);
        hash(policy, out);
    }
    if let Some(request) = &entry.request {
        put(out, r#","req":"#);
        token("req", request, out)?;
    }
    if let Some(row) = &entry.row {
        put(out, r#","row":"#);
        hash(row, out);
    }
    put(out, r#","t":""#);
    time(entry.time, out)?;
    put(out, r#"","v":1"#);
    if let Some(why) = &entry.why {
        reason(why, out)?;
    }
    put(out, "}");
    Ok(())
}

fn check_shape(entry: &Entry) -> Result<(), Error> {
    if entry.object.is_none() {
        let needing = [
            ("k", entry.kind.needs_object()),
            ("f", !entry.fields.is_empty()),
            ("pl", entry.previous.is_some()),
            ("row", entry.row.is_some()),
        ];
        if let Some((key, _)) = needing.into_iter().find(|(_, needs)| *needs) {
            return Err(Error::NoObject { key });
        }
    }
    if entry.previous.is_some_and(|it| entry.counter <= it) {
        return Err(Error::Previous);
    }
    Ok(())
}

fn fields(fields: &[String], out: &mut Vec<u8>) -> Result<(), Error> {
    if fields.is_empty() {
        return Ok(());
    }
    if !fields.is_sorted_by(|a, b| a < b) {
        return Err(Error::FieldOrder);
    }
    put(out, r#","f":"#);
    let mut before = b'[';
    for field in fields {
        out.push(before);
        api_name("f", field, out)?;
        before = b',';
    }
    put(out, "]");
    Ok(())
}

fn reason(why: &Why, out: &mut Vec<u8>) -> Result<(), Error> {
    put(out, r#","why":{"code":"#);
    token("why", &why.code, out)?;
    if let Some(reference) = &why.reference {
        put(out, r#","ref":"#);
        token("why", reference, out)?;
    }
    put(out, "}");
    Ok(())
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Writes a quoted identifier. What is not one (a space, an `@`, a letter beyond ASCII) may be
/// personal data, and is refused.
fn token(key: &'static str, text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    let plain =
        |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b':' | b'/');
    if text.is_empty() || TOKEN_LEN_MAX < text.len() || !text.bytes().all(plain) {
        return Err(Error::Token { key });
    }
    quoted(text, out);
    Ok(())
}

/// Writes a quoted API name. Only its alphabet and length are checked, in one pass: whether the
/// name is well formed was settled when the metadata that defines it was deployed.
fn api_name(key: &'static str, text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    if text.is_empty() || name::LENGTH_MAX < text.len() || !text.bytes().all(plain) {
        return Err(Error::Name { key });
    }
    quoted(text, out);
    Ok(())
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    put(out, text);
    out.push(b'"');
}

fn record_id(id: RecordId, out: &mut Vec<u8>) -> Result<(), Error> {
    // An integer from storage need not be an id; only these have one text that reads back.
    let valid = 0 <= id.raw() && id.raw() / (RecordId::SEQUENCE_MAX + 1) < KEY_PREFIXES;
    if !valid {
        return Err(Error::RecordId);
    }
    out.extend_from_slice(&id.chars());
    Ok(())
}

fn hash(hash: &Hash, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'"'; 66];
    for (pair, byte) in text[1..65].chunks_exact_mut(2).zip(hash) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    out.extend_from_slice(&text);
}

fn number(key: &'static str, number: u64, out: &mut Vec<u8>) -> Result<(), Error> {
    if COUNTER_MAX < number {
        return Err(Error::Number { key });
    }
    digits(number, out);
    Ok(())
}

fn digits(mut number: u64, out: &mut Vec<u8>) {
    let mut text = [0_u8; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&text[at..]);
}

/// Writes a time within the years that a ledger may name.
fn time(at: DateTime, out: &mut Vec<u8>) -> Result<(), Error> {
    let days = i32::try_from(at.0.div_euclid(DAY_MS)).map_err(|_| Error::Time)?;
    let date = Date(days).civil();
    if !(1700..=4000).contains(&date.year()) {
        return Err(Error::Time);
    }
    at.write_rfc3339(out);
    Ok(())
}
