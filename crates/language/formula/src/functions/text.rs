//! Texts and picklists. A character is a Unicode scalar value; positions count from 1.

use base::id;

use super::{Call, Function, TEXT_BYTES_MAX, made};
use crate::calendar::{Civil, DAY_MS};
use crate::error::Cause;
use crate::types::{Type, TypeSet};
use crate::{Number, Value};

const N: TypeSet = TypeSet::NUMBER;
const T: TypeSet = TypeSet::TEXT;
const TM: TypeSet = TypeSet::TEXT_OR_MULTI;
const PICKLIST: TypeSet = TypeSet::of(&[Type::Picklist]);
const MULTI: TypeSet = TypeSet::of(&[Type::MultiPicklist]);

/// What TEXT takes. A text is refused: converting it hides a mistake.
const CONVERTIBLE: TypeSet =
    TypeSet::of(&[Type::Number, Type::Date, Type::DateTime, Type::Time, Type::Picklist]);

pub(crate) static TABLE: &[Function] = &[
    Function::new("BEGINS", &[T, T], Type::Boolean, |call| found(call, |a, b| a.starts_with(b))),
    Function::new("ENDS", &[T, T], Type::Boolean, |call| found(call, |a, b| a.ends_with(b))),
    Function::new("CONTAINS", &[TM, T], Type::Boolean, |call| found(call, |a, b| a.contains(b))),
    Function::new("FIND", &[T, T, N], Type::Number, find).required(2),
    Function::new("LEFT", &[T, N], Type::Text, |call| {
        let (text, count) = (call.text(0), call.whole(1));
        Ok(text.zip(count).map_or(Value::Blank, |(text, count)| slice(text, 0, count)))
    }),
    Function::new("RIGHT", &[T, N], Type::Text, |call| {
        let (Some(text), Some(count)) = (call.text(0), call.whole(1)) else {
            return Ok(Value::Blank);
        };
        Ok(slice(text, (length(text) - count.max(0)).max(0), count))
    }),
    Function::new("MID", &[T, N, N], Type::Text, |call| {
        match (call.text(0), call.whole(1), call.whole(2)) {
            (Some(text), Some(start), Some(count)) => Ok(slice(text, start.max(1) - 1, count)),
            _ => Ok(Value::Blank),
        }
    }),
    Function::new("SUBSTR", &[T, N, N], Type::Text, substring).required(2),
    Function::new("LEN", &[T], Type::Number, |call| {
        Ok(Value::from(call.text(0).map_or(0, length)))
    }),
    Function::new("LOWER", &[T, T], Type::Text, |call| mapped(call, lower)).required(1),
    Function::new("UPPER", &[T, T], Type::Text, |call| mapped(call, upper)).required(1),
    Function::new("INITCAP", &[T], Type::Text, |call| mapped(call, capitalized)),
    Function::new("TRIM", &[T], Type::Text, |call| {
        mapped(call, |it| it.trim_matches(|it| it <= ' ').to_owned())
    }),
    Function::new("REVERSE", &[T], Type::Text, |call| {
        mapped(call, |it| it.chars().rev().collect())
    }),
    Function::new("LPAD", &[T, N, T], Type::Text, |call| padded(call, Side::Left)).required(2),
    Function::new("RPAD", &[T, N, T], Type::Text, |call| padded(call, Side::Right)).required(2),
    Function::new("SUBSTITUTE", &[T, T, T], Type::Text, |call| {
        let (Some(text), Some(old)) = (call.text(0), call.text(1)) else {
            return Ok(Value::Blank);
        };
        let new = call.text(2).unwrap_or_default();
        let n_found = text.matches(old).count();
        if TEXT_BYTES_MAX < n_found.saturating_mul(new.len()) {
            return Err(Cause::TextTooLong);
        }
        made(text.replace(old, new))
    }),
    Function::new("TEXT", &[CONVERTIBLE], Type::Text, |call| {
        Ok(call.args.first().map_or(Value::Blank, |it| Value::text(plain(it))))
    }),
    Function::new("VALUE", &[T], Type::Number, |call| match call.text(0) {
        Some(text) => Number::parse(text).map(Value::Number).ok_or(Cause::NotANumber),
        None => Ok(Value::Blank),
    }),
    Function::new("ASCII", &[T], Type::Number, |call| {
        let first = call.text(0).and_then(|it| it.chars().next());
        Ok(first.map_or(Value::Blank, |it| Value::from(i64::from(u32::from(it)))))
    }),
    Function::new("CHR", &[N], Type::Text, |call| match call.whole(0) {
        Some(code) if 0 < code => {
            let char = u32::try_from(code).ok().and_then(char::from_u32);
            char.map(|it| Value::text(it.to_string())).ok_or(Cause::Domain("CHR"))
        }
        _ => Ok(Value::Blank),
    }),
    Function::new("CASESAFEID", &[T], Type::Text, |call| {
        mapped(call, |it| id::case_safe(it).unwrap_or_else(|_| it.to_owned()))
    }),
    Function::new("ISPICKVAL", &[PICKLIST, T], Type::Boolean, |call| {
        Ok(Value::Boolean(call.text(0) == call.text(1)))
    }),
    Function::new("INCLUDES", &[MULTI, T], Type::Boolean, |call| {
        let wanted = call.text(1);
        let found = match call.text(0) {
            Some(values) => values.split(';').any(|it| Some(it) == wanted),
            None => wanted.is_none(),
        };
        Ok(Value::Boolean(found))
    }),
    Function::new("PICKLISTCOUNT", &[MULTI], Type::Number, |call| {
        let count = call.text(0).map_or(0, |it| it.split(';').filter(|it| !it.is_empty()).count());
        Ok(Value::from(count as i64))
    }),
];

/// A value as TEXT writes it; a picklist's value is its text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Blank | Value::Location(_) => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Boolean(value) => value.to_string(),
        Value::Date(date) => {
            let it = Civil::of(*date);
            format!("{:04}-{:02}-{:02}", it.year, it.month, it.day)
        }
        Value::DateTime(at) => {
            let day = at.0.div_euclid(DAY_MS);
            let date = plain(&Value::from(crate::calendar::date(day)));
            let seconds = at.0.rem_euclid(DAY_MS) / 1000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            format!("{date} {hours:02}:{minutes:02}:{:02}Z", seconds % 60)
        }
        Value::Time(time) => {
            let (seconds, ms) = (time.0 / 1000, time.0 % 1000);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            format!("{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
        }
    }
}

fn length(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.chars().count() as i64 }
}

/// `count` characters from the one at `from`, counted from 0.
fn slice(text: &str, from: i64, count: i64) -> Value {
    let (Ok(from), Ok(count)) = (usize::try_from(from), usize::try_from(count)) else {
        return Value::Blank;
    };
    if text.is_ascii() {
        let from = from.min(text.len());
        let to = from.saturating_add(count).min(text.len());
        return Value::text(&text[from..to]);
    }
    Value::text(text.chars().skip(from).take(count).collect::<String>())
}

fn found(call: &Call<'_>, test: fn(&str, &str) -> bool) -> Result<Value, Cause> {
    Ok(match (call.text(0), call.text(1)) {
        (_, None) => Value::Boolean(true),
        (None, _) => Value::Blank,
        (Some(text), Some(part)) => Value::Boolean(test(text, part)),
    })
}

fn find(call: &Call<'_>) -> Result<Value, Cause> {
    let start = if call.args.len() < 3 { Some(1) } else { call.whole(2) };
    let Some(start) = start else { return Ok(Value::Blank) };
    let (Some(part), Some(text)) = (call.text(0), call.text(1)) else { return Ok(Value::from(0)) };
    let skipped = usize::try_from(start.max(1) - 1).unwrap_or(usize::MAX);
    let Some(offset) = text.char_indices().map(|it| it.0).chain([text.len()]).nth(skipped) else {
        return Ok(Value::from(0));
    };
    let at = text[offset..].find(part).map(|it| length(&text[..offset + it]) + 1);
    Ok(Value::from(at.unwrap_or(0)))
}

/// Like MID, but a negative start counts from the end and no count means the rest.
fn substring(call: &Call<'_>) -> Result<Value, Cause> {
    let count = if call.args.len() < 3 { Some(i64::MAX) } else { call.whole(2) };
    let (Some(text), Some(start), Some(count)) = (call.text(0), call.whole(1), count) else {
        return Ok(Value::Blank);
    };
    let length = length(text);
    if start < -length || length < start {
        return Ok(Value::Blank);
    }
    let from = if start < 0 { length + start } else { start.max(1) - 1 };
    Ok(slice(text, from, count))
}

fn mapped(call: &Call<'_>, map: fn(&str) -> String) -> Result<Value, Cause> {
    call.text(0).map_or(Ok(Value::Blank), |it| made(map(it)))
}

/// Letter by letter, which is how engines do it: a sigma at the end of a word is one like others.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn upper(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).collect()
}

/// The first letter of every word in upper case and the others in lower; words are runs of letters
/// and digits.
fn capitalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for it in text.chars() {
        if inside {
            out.extend(it.to_lowercase());
        } else {
            out.extend(it.to_uppercase());
        }
        inside = it.is_alphanumeric();
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn padded(call: &Call<'_>, side: Side) -> Result<Value, Cause> {
    let padding = if call.args.len() < 3 { Some(" ") } else { call.text(2) };
    let (Some(text), Some(count)) = (call.text(0), call.whole(1)) else { return Ok(Value::Blank) };
    let missing = count - length(text).min(count);
    if missing <= 0 || count <= 0 {
        return Ok(slice(text, 0, count));
    }
    let Some(padding) = padding else { return Ok(Value::Blank) };
    if TEXT_BYTES_MAX as i64 <= missing {
        return Err(Cause::TextTooLong);
    }
    let fill: String = padding.chars().cycle().take(missing as usize).collect();
    made(if side == Side::Left { fill + text } else { text.to_owned() + &fill })
}
