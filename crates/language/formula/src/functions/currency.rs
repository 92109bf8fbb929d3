//! Currencies: rates come from the org, minor units from ISO 4217.

use super::{Call, Function};
use crate::error::Cause;
use crate::number::Rounding;
use crate::types::{Type, TypeSet};
use crate::{Number, Value};

const N: TypeSet = TypeSet::NUMBER;
const T: TypeSet = TypeSet::TEXT;

pub(crate) static TABLE: &[Function] = &[
    Function::new("CURRENCYRATE", &[T], Type::Number, |call| match call.text(0) {
        Some(code) => call.record.currency_rate(code).map(Value::Number).ok_or(Cause::Currency),
        None => Ok(Value::Blank),
    }),
    Function::new("CONVERTCURRENCY", &[N], Type::Number, |call| {
        let Some(amount) = call.number(0) else { return Ok(Value::Blank) };
        call.record.in_user_currency(amount).map(Value::Number).ok_or(Cause::Currency)
    }),
    Function::new("FORMATCURRENCY", &[T, N], Type::Text, format_currency),
];

/// `USD 1,000.50`, in the conventions of en-US.
fn format_currency(call: &Call<'_>) -> Result<Value, Cause> {
    let Some(amount) = call.number(1) else { return Ok(Value::Blank) };
    if Number::from(i64::MAX) <= amount.abs() {
        return Err(Cause::Range);
    }
    let code = call.text(0).unwrap_or_default();
    let places = minor_digits(code);
    let rounded = amount.rounded(places as i32, Rounding::HalfUp);
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::with_capacity(text.len() * 2);
    for (idx, digit) in whole.char_indices() {
        if idx != 0 && (whole.len() - idx) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if places != 0 {
        grouped.push('.');
        grouped.push_str(&format!("{fraction:0<places$}"));
    }
    let sign = if rounded.is_negative() { "-" } else { "" };
    Ok(Value::text(format!("{code} {sign}{grouped}")))
}

/// How many decimal places amounts of the currency have.
pub(crate) fn minor_digits(code: &str) -> usize {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}
