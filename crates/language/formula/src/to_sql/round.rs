//! Rounding of numbers in SQL, and the form in which columns hold them.

use sql::{Expr as E, Scalar, Value};

use super::number::{DECIMAL, INTEGER_END, Kind, Num, SCALE_MAX, is_integer, is_noisy};
use super::tree::{add, and, call, case, div, less, lit, mul, real, sub};
use super::{Lowering, NotInSql};
use crate::number::Rounding;

/// Decimal places that FLOOR and its kin take notice of.
const WHOLE_PLACES: i64 = 33;

/// Relative errors of reals: of one operation, and of a few.
const LAST_BITS: f64 = 4.5e-16;
const NOISE: f64 = 1e-14;

/// The largest magnitude of an integer that is stored.
const INTEGER_LAST: i128 = 9_200_000_000_000_000_000;

impl Lowering<'_> {
    /// Rounded to decimal places that are known.
    pub(super) fn rounded(
        &mut self,
        number: Num,
        places: i64,
        rounding: Rounding,
    ) -> Result<Num, NotInSql> {
        match number.kind {
            Kind::Decimal { .. } => {
                let expr = self.rounded_decimal(number.expr, lit(places), rounding)?;
                Ok(Num { expr, kind: DECIMAL })
            }
            Kind::Scaled { scale, bound } => {
                let drop = i64::from(scale) - places;
                if drop <= 0 {
                    return Ok(number);
                }
                if i64::from(SCALE_MAX) < drop {
                    let kind = Kind::Real { noisy: true };
                    let number = Num { expr: self.as_real(number)?, kind };
                    return self.rounded(number, places, rounding);
                }
                self.dropped(number.expr, (scale, bound), drop as u32, rounding)
            }
            Kind::Real { noisy } => {
                let unit = real(10_f64.powi(places.clamp(-300, 300) as i32));
                let Some(scale) = u32::try_from(places).ok().filter(|it| *it <= SCALE_MAX) else {
                    let expr = self.rounded_real(number.expr, unit, rounding, LAST_BITS)?;
                    return Ok(Num { expr, kind: Kind::Real { noisy } });
                };
                // What is rounded is exact again.
                let units = self.units(number.expr, unit, rounding, LAST_BITS)?;
                let expr = self.bind(units, |_, it| {
                    let fits = and([
                        less(it.clone(), real(INTEGER_END)),
                        less(real(-INTEGER_END), it.clone()),
                    ]);
                    Ok(case([(fits, E::AsInt(Box::new(it.clone())))], it))
                })?;
                Ok(Num { expr, kind: Kind::Scaled { scale, bound: f64::MAX } })
            }
        }
    }

    /// Rounded to decimal places that the row says.
    pub(super) fn rounded_by(
        &mut self,
        number: Num,
        places: Num,
        rounding: Rounding,
    ) -> Result<Num, NotInSql> {
        let places = self.whole(places)?;
        let places = self.bind(places, |_, it| {
            let ends =
                [(less(lit(300), it.clone()), lit(300)), (less(it.clone(), lit(-300)), lit(-300))];
            Ok(case(ends, it))
        })?;
        if let Kind::Decimal { noisy } = number.kind {
            let expr = self.rounded_decimal(number.expr, places, rounding)?;
            return Ok(Num { expr, kind: Kind::Decimal { noisy } });
        }
        let noisy = is_noisy(&number);
        let value = self.as_real(number)?;
        let expr = self.bind(value, |this, value| {
            this.bind(places, |this, places| {
                let power = call(Scalar::Power, [real(10.0), places.clone()]);
                let rounded = this.rounded_real(value.clone(), power, rounding, LAST_BITS)?;
                // Beyond that a real has no digits.
                let blank = (E::IsNull(Box::new(places.clone())), E::Value(Value::Null));
                Ok(case([blank, (less(lit(15), places), value)], rounded))
            })
        })?;
        Ok(Num { expr, kind: Kind::Real { noisy } })
    }

    fn rounded_decimal(&mut self, value: E, places: E, rounding: Rounding) -> Result<E, NotInSql> {
        match rounding {
            Rounding::Down => Ok(call(Scalar::TruncTo, [value, places])),
            _ => Ok(call(Scalar::Round, [value, places])),
        }
    }

    /// An integer with `drop` digits less.
    fn dropped(
        &mut self,
        expr: E,
        (scale, bound): (u32, f64),
        drop: u32,
        rounding: Rounding,
    ) -> Result<Num, NotInSql> {
        let unit = 10_i64.pow(drop);
        let maybe_real = INTEGER_END <= bound + unit as f64;
        if self.bound.is_some() && maybe_real {
            return Err(NotInSql::TooLarge);
        }
        if let Some(whole) = floored_units(&expr, unit, bound, rounding) {
            let bound = bound / unit as f64 + 2.0;
            return Ok(self.with_zeros(whole, (scale, bound), drop));
        }
        let expr = self.bind(expr, |this, it| {
            let whole = whole_units(&it, unit, rounding);
            if !maybe_real {
                return Ok(whole);
            }
            let inexact = div(it.clone(), real(unit as f64));
            let inexact = this.units(inexact, real(1.0), rounding, LAST_BITS)?;
            Ok(case([(is_integer(&it), whole)], inexact))
        })?;
        Ok(self.with_zeros(expr, (scale, bound / unit as f64 + 2.0), drop))
    }

    /// A number of `drop` digits less: the zeros that they left before the point come back.
    fn with_zeros(&self, expr: E, (scale, bound): (u32, f64), drop: u32) -> Num {
        if drop <= scale {
            return Num { expr, kind: Kind::Scaled { scale: scale - drop, bound } };
        }
        let zeros = 10_i64.pow(drop - scale);
        let kind = Kind::Scaled { scale: 0, bound: bound * zeros as f64 };
        Num { expr: mul(expr, lit(zeros)), kind }
    }

    /// A real rounded to a multiple of 1/`unit`.
    fn rounded_real(
        &mut self,
        value: E,
        unit: E,
        rounding: Rounding,
        error: f64,
    ) -> Result<E, NotInSql> {
        self.bind(unit, |this, unit| {
            Ok(div(this.units(value, unit.clone(), rounding, error)?, unit))
        })
    }

    /// How many times 1/`unit` a real is, rounded; a real itself. What is nearer to a tie, or to a
    /// whole, than `error` says is taken for it.
    fn units(&mut self, value: E, unit: E, rounding: Rounding, error: f64) -> Result<E, NotInSql> {
        self.bind(value, |this, value| {
            this.bind(unit, |_, unit| {
                let negative = less(value.clone(), lit(0));
                let size = call(Scalar::Abs, [value.clone()]);
                let size = if unit == real(1.0) { size } else { mul(size, unit) };
                let up = mul(size.clone(), real(1.0 + error));
                let down = mul(size, real(1.0 - error));
                let floor = |it: E| call(Scalar::Floor, [it]);
                let ceil = |it: E| call(Scalar::Ceil, [it]);
                let half = || real(0.5);
                // What becomes of a positive and of a negative magnitude.
                let (positive, below) = match rounding {
                    Rounding::HalfUp | Rounding::HalfDown => {
                        (floor(add(up.clone(), half())), floor(add(up, half())))
                    }
                    Rounding::HalfCeiling => (floor(add(up, half())), ceil(sub(down, half()))),
                    Rounding::Down => (floor(up.clone()), floor(up)),
                    Rounding::Up => (ceil(down.clone()), ceil(down)),
                    Rounding::Floor => (floor(up), ceil(down)),
                    Rounding::Ceiling => (ceil(down), floor(up)),
                };
                Ok(case([(negative, sub(lit(0), below))], positive))
            })
        })
    }

    /// FLOOR, CEILING, MFLOOR and MCEILING.
    pub(super) fn whole_value(&mut self, number: Num, rounding: Rounding) -> Result<Num, NotInSql> {
        match number.kind {
            Kind::Decimal { .. } => {
                let near = call(Scalar::Round, [number.expr, lit(WHOLE_PLACES)]);
                let expr = self.bind(near, |_, it| {
                    let zero = E::Decimal { digits: 0, scale: 0 };
                    let negative = less(it.clone(), zero);
                    let floor = call(Scalar::Floor, [it.clone()]);
                    let ceil = call(Scalar::Ceil, [it.clone()]);
                    Ok(match rounding {
                        Rounding::Down => call(Scalar::Trunc, [it]),
                        Rounding::Up => case([(negative, floor)], ceil),
                        Rounding::Floor => floor,
                        _ => ceil,
                    })
                })?;
                Ok(Num { expr, kind: DECIMAL })
            }
            Kind::Scaled { .. } => self.rounded(number, 0, rounding),
            Kind::Real { noisy } => {
                let error = if noisy { NOISE } else { 0.0 };
                let expr = self.rounded_real(number.expr, real(1.0), rounding, error)?;
                Ok(Num { expr, kind: Kind::Real { noisy: false } })
            }
        }
    }

    /// Rounded half up and scaled: an integer, null where 64 bits do not hold it.
    pub(super) fn stored(&mut self, number: Num, scale: u32) -> Result<E, NotInSql> {
        let within = |it: E, end: E, start: E| and([less(it.clone(), end), less(start, it)]);
        match number.kind {
            Kind::Decimal { .. } => {
                let unit =
                    mul(number.expr, E::Decimal { digits: 10_i128.pow(scale.min(30)), scale: 0 });
                let whole = call(Scalar::Floor, [add(unit, E::Decimal { digits: 5, scale: 1 })]);
                self.bind(whole, |_, it| {
                    let end = |digits| E::Decimal { digits, scale: 0 };
                    let fits = within(it.clone(), end(INTEGER_LAST), end(-INTEGER_LAST));
                    Ok(case([(fits, E::AsInt(Box::new(it)))], super::int_null()))
                })
            }
            Kind::Scaled { scale: from, .. } if from < scale => {
                let up = scale - from;
                let number = match number.kind {
                    Kind::Scaled { bound, .. } if up <= SCALE_MAX => Num {
                        expr: mul(number.expr, lit(10_i64.pow(up))),
                        kind: Kind::Scaled { scale, bound: bound * 10_f64.powi(up as i32) },
                    },
                    _ => return Ok(super::int_null()),
                };
                let number = self.checked(number)?;
                self.stored(number, scale)
            }
            Kind::Scaled { scale: from, bound }
                if bound < INTEGER_END && from <= scale + SCALE_MAX =>
            {
                Ok(self.rounded(number, i64::from(scale), Rounding::HalfCeiling)?.expr)
            }
            Kind::Scaled { scale: from, .. } => self.bind(number.expr, |this, it| {
                let unit = 10_i64.pow((from - scale).min(SCALE_MAX));
                let whole = if unit == 1 {
                    it.clone()
                } else {
                    whole_units(&it, unit, Rounding::HalfCeiling)
                };
                let inexact = div(it.clone(), real(unit as f64));
                let inexact = this.units(inexact, real(1.0), Rounding::HalfCeiling, LAST_BITS)?;
                let inexact = this.bind(inexact, |_, it| {
                    let fits = within(it.clone(), real(INTEGER_END), real(-INTEGER_END));
                    Ok(case([(fits, E::AsInt(Box::new(it)))], E::Value(Value::Null)))
                })?;
                Ok(case([(is_integer(&it), whole)], inexact))
            }),
            Kind::Real { .. } => {
                let unit = real(10_f64.powi(scale as i32));
                let scaled = mul(number.expr, unit);
                let whole = self.units(scaled, real(1.0), Rounding::HalfCeiling, LAST_BITS)?;
                self.bind(whole, |_, it| {
                    let fits = within(it.clone(), real(INTEGER_END), real(-INTEGER_END));
                    Ok(case([(fits, E::AsInt(Box::new(it)))], E::Value(Value::Null)))
                })
            }
        }
    }
}

/// An integer divided by `unit` and rounded down, up, or half up, where it is far from what 64 bits
/// hold: made positive for the division, so that it needs to be worked out but once.
fn floored_units(it: &E, unit: i64, bound: f64, rounding: Rounding) -> Option<E> {
    const AWAY: i64 = 4_000_000_000_000_000_000;
    let shift = match rounding {
        Rounding::Floor => 0,
        Rounding::Ceiling => unit - 1,
        Rounding::HalfCeiling => unit / 2,
        _ => return None,
    };
    (bound < AWAY as f64)
        .then(|| sub(div(add(it.clone(), lit(AWAY + shift)), lit(unit)), lit(AWAY / unit)))
}

/// An integer divided by `unit` and rounded.
fn whole_units(it: &E, unit: i64, rounding: Rounding) -> E {
    let negative = || less(it.clone(), lit(0));
    let signed = |by: i64| add(it.clone(), case([(negative(), lit(-by))], lit(by)));
    let value = match rounding {
        Rounding::Down => it.clone(),
        Rounding::HalfUp | Rounding::HalfDown => signed(unit / 2),
        Rounding::Up => signed(unit - 1),
        Rounding::Floor => sub(it.clone(), case([(negative(), lit(unit - 1))], lit(0))),
        Rounding::Ceiling => add(it.clone(), case([(negative(), lit(0))], lit(unit - 1))),
        Rounding::HalfCeiling => {
            let half = unit / 2;
            let below = less(it.clone(), lit(-half));
            add(it.clone(), case([(below, lit(half - unit + 1))], lit(half)))
        }
    };
    div(value, lit(unit))
}
