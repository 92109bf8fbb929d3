//! Whether what was found is what was expected.

use base::{Date, DateTime, Time};
use formula::number::Rounding;
use formula::{Number, Value};

use super::case::{Expected, instant, time};
use super::{NoValue, Outcome};

const DAY_MS: i64 = 86_400_000;

pub(super) fn holds(expected: &Expected, outcome: &Outcome) -> bool {
    match (expected, outcome) {
        (Expected::Error, Err(NoValue::Fault(_))) | (Expected::Blank, Ok(Value::Blank)) => true,
        (Expected::Boolean(expected), Ok(Value::Boolean(found))) => expected == found,
        (Expected::Text(expected), Ok(found)) => same(expected, found),
        // A text of blanks alone is none once blanks at the ends are gone.
        (Expected::Blank, Ok(Value::Text(found))) => normal(found).is_empty(),
        _ => false,
    }
}

/// Whether two numbers are the same once they are rounded as a field of that scale rounds them.
pub(super) fn holds_at_scale(expected: &Expected, outcome: &Outcome, scale: u32) -> bool {
    let (Expected::Text(expected), Ok(Value::Number(found))) = (expected, outcome) else {
        return false;
    };
    let Some(expected) = Number::parse(expected) else { return false };
    let at_scale = |it: Number| it.rounded(scale as i32, Rounding::HalfCeiling);
    at_scale(expected) == at_scale(*found)
}

fn same(expected: &str, found: &Value) -> bool {
    match found {
        Value::Number(found) => Number::parse(expected).is_some_and(|it| near(it, *found)),
        Value::Text(found) => normal(expected) == normal(found),
        Value::Date(Date(days)) => instant(expected) == Some(i64::from(*days) * DAY_MS),
        Value::DateTime(DateTime(ms)) => instant(expected) == Some(*ms),
        Value::Time(Time(ms)) => time(expected) == Some(i64::from(*ms)),
        Value::Boolean(found) => expected.eq_ignore_ascii_case(&found.to_string()),
        Value::Blank => normal(expected).is_empty(),
        Value::Location(_) => false,
    }
}

/// Equal to a relative difference of 1E-12.
pub(super) fn near(a: Number, b: Number) -> bool {
    let tolerance = a.abs().max(b.abs()).times(Number::new(1, 12));
    match (a.minus(b), tolerance) {
        (Ok(difference), Ok(tolerance)) => difference.abs() <= tolerance,
        _ => false,
    }
}

fn normal(text: &str) -> String {
    let blanked: String =
        text.chars().map(|it| if matches!(it, '\t' | '\n' | '\r') { ' ' } else { it }).collect();
    blanked.trim_matches(' ').to_owned()
}
