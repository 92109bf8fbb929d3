//! Numbers: rounding, extremes, remainders, logarithms, angles.
//!
//! FLOOR and CEILING go towards and away from zero; MFLOOR and MCEILING are the mathematical ones.
//! All four first round to 33 significant digits, so that (1/9)*9 is 1. Transcendental functions
//! are computed in binary floating point, as on the platform: about 15 digits hold.

use super::{Call, Function};
use crate::error::Cause;
use crate::number::{Overflow, Rounding};
use crate::types::{Type, TypeSet};
use crate::{Number, Value};

const N: TypeSet = TypeSet::NUMBER;

/// Digits of which FLOOR, CEILING and their kin take notice.
const EXACT_DIGITS: u32 = 33;

/// No result has decimal places or zeros beyond this.
const PLACES_MAX: i64 = 2_000;

pub(crate) static TABLE: &[Function] = &[
    unary("ABS", |call| exact(call, Number::abs)),
    unary("FLOOR", |call| whole(call, Rounding::HalfUp, Rounding::Down)),
    unary("CEILING", |call| whole(call, Rounding::HalfDown, Rounding::Up)),
    unary("MFLOOR", |call| whole(call, Rounding::HalfUp, Rounding::Floor)),
    unary("MCEILING", |call| whole(call, Rounding::HalfDown, Rounding::Ceiling)),
    Function::new("ROUND", &[N, N], Type::Number, |call| places(call, Rounding::HalfUp)),
    Function::new("TRUNC", &[N, N], Type::Number, |call| places(call, Rounding::Down)).required(1),
    Function::new("MOD", &[N, N], Type::Number, |call| match (call.number(0), call.number(1)) {
        (Some(a), Some(b)) => Ok(Value::Number(a.modulo(b)?)),
        _ => Ok(Value::Blank),
    }),
    Function::new("MAX", &[N], Type::Number, |call| extreme(call, Number::max)).repeats(),
    Function::new("MIN", &[N], Type::Number, |call| extreme(call, Number::min)).repeats(),
    unary("SQRT", |call| real(call, "SQRT", f64::sqrt)),
    unary("EXP", |call| real(call, "EXP", f64::exp)),
    unary("LN", |call| real(call, "LN", f64::ln)),
    unary("LOG", |call| real(call, "LOG", log)),
    unary("SIN", |call| real(call, "SIN", f64::sin)),
    unary("COS", |call| real(call, "COS", f64::cos)),
    unary("TAN", |call| real(call, "TAN", f64::tan)),
    unary("ASIN", |call| real(call, "ASIN", f64::asin)),
    unary("ACOS", |call| real(call, "ACOS", f64::acos)),
    unary("ATAN", |call| real(call, "ATAN", f64::atan)),
    Function::new("ATAN2", &[N, N], Type::Number, |call| match (call.number(0), call.number(1)) {
        (Some(y), Some(x)) => from_real(y.to_f64().atan2(x.to_f64()), "ATAN2"),
        _ => Ok(Value::Blank),
    }),
    Function::new("PI", &[], Type::Number, |_| from_real(std::f64::consts::PI, "PI")),
];

const fn unary(name: &'static str, eval: super::Evaluator) -> Function {
    Function::new(name, &[N], Type::Number, eval)
}

impl From<Overflow> for Cause {
    fn from(_: Overflow) -> Self {
        Self::Range
    }
}

fn exact(call: &Call<'_>, apply: fn(Number) -> Number) -> Result<Value, Cause> {
    Ok(call.number(0).map_or(Value::Blank, |it| Value::Number(apply(it))))
}

fn whole(call: &Call<'_>, first: Rounding, then: Rounding) -> Result<Value, Cause> {
    let Some(number) = call.number(0) else { return Ok(Value::Blank) };
    Ok(Value::Number(number.significant(EXACT_DIGITS, first).rounded(0, then)))
}

fn places(call: &Call<'_>, rounding: Rounding) -> Result<Value, Cause> {
    let places = if call.args.len() < 2 { Some(0) } else { call.whole(1) };
    let (Some(number), Some(places)) = (call.number(0), places) else { return Ok(Value::Blank) };
    let places = places.clamp(-PLACES_MAX, PLACES_MAX) as i32;
    Ok(Value::Number(number.rounded(places, rounding)))
}

fn extreme(call: &Call<'_>, choose: fn(Number, Number) -> Number) -> Result<Value, Cause> {
    let numbers: Option<Vec<Number>> = call.args.iter().map(Value::as_number).collect();
    let chosen = numbers.and_then(|it| it.into_iter().reduce(choose));
    Ok(chosen.map_or(Value::Blank, Value::Number))
}

/// The decimal logarithm as the quotient of natural ones, which is how the platform rounds it.
fn log(value: f64) -> f64 {
    value.ln() / std::f64::consts::LN_10
}

fn real(call: &Call<'_>, name: &'static str, apply: fn(f64) -> f64) -> Result<Value, Cause> {
    match call.number(0) {
        Some(number) => from_real(apply(number.to_f64()), name),
        None => Ok(Value::Blank),
    }
}

pub(super) fn from_real(value: f64, name: &'static str) -> Result<Value, Cause> {
    Number::from_f64(value).map(Value::Number).ok_or(Cause::Domain(name))
}
