//! Numbers in SQL, in either arithmetic.

use sql::{Expr as E, Scalar, Value};

use super::tree::{
    add, and, at_most, call, case, div, less, lit, measure, mul, or, real, rem, sub,
};
use super::{Arithmetic, Lowering, NotInSql, Part, Typed};
use crate::Number;
use crate::expr::Op;
use crate::number::Rounding;

/// A number of an expression.
#[derive(Debug, Clone)]
pub(super) struct Num {
    pub expr: E,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A decimal of the engine.
    Decimal,
    /// An integer times 10^-`scale`, of a magnitude below `bound`. Where that is more than 64 bits
    /// hold, the engine may have gone over to a real, of the same scale.
    Scaled { scale: u32, bound: f64 },
    /// A real; noisy where the last digits are not those of the decimal it stands for.
    Real { noisy: bool },
}

/// Integers are below this magnitude.
const INTEGER_END: f64 = 9.2e18;

/// What a column of 18 digits is below.
const COLUMN_BOUND: f64 = 1e18;

const SCALE_MAX: u32 = 18;

/// Decimal places of a quotient of decimals.
const QUOTIENT_PLACES: i64 = 40;

/// Decimal places that FLOOR and its kin take notice of.
const WHOLE_PLACES: i64 = 33;

/// Relative errors of reals: of one operation, and of a few.
const LAST_BITS: f64 = 4.5e-16;
const NOISE: f64 = 1e-14;

impl Lowering<'_> {
    fn decimals(&self) -> bool {
        self.arithmetic == Arithmetic::Decimals
    }

    pub(super) fn literal(&self, number: Number) -> Num {
        let (digits, scale) = number.stripped().parts();
        if self.decimals() {
            let expr = match u32::try_from(scale) {
                Ok(scale) if scale <= 100 => E::Decimal { digits, scale },
                _ => E::AsDecimal(Box::new(E::text(number.to_string()))),
            };
            return Num { expr, kind: Kind::Decimal };
        }
        let scale = scale.max(0).unsigned_abs();
        match number.scaled(scale as i32).filter(|_| scale <= SCALE_MAX) {
            Some(it) => {
                let bound = it.unsigned_abs() as f64 + 1.0;
                Num { expr: lit(it), kind: Kind::Scaled { scale, bound } }
            }
            None => Num { expr: real(number.to_f64()), kind: Kind::Real { noisy: true } },
        }
    }

    pub(super) fn null_number(&self) -> Num {
        let null = E::Value(Value::Null);
        if self.decimals() {
            return Num { expr: E::AsDecimal(Box::new(null)), kind: Kind::Decimal };
        }
        Num { expr: null, kind: Kind::Scaled { scale: 0, bound: 1.0 } }
    }

    /// A scaled column.
    pub(super) fn column(&self, expr: E, scale: u32) -> Num {
        if !self.decimals() {
            return Num { expr, kind: Kind::Scaled { scale, bound: COLUMN_BOUND } };
        }
        let expr = match scale {
            0 => E::AsDecimal(Box::new(expr)),
            scale => mul(expr, E::Decimal { digits: 1, scale }),
        };
        Num { expr, kind: Kind::Decimal }
    }

    /// An integer of the engine.
    pub(super) fn whole_number(&self, expr: E) -> Num {
        self.column(expr, 0)
    }

    /// Of a small integer, which sums of are still integers.
    pub(super) fn small(&self, expr: E) -> Num {
        let mut number = self.column(expr, 0);
        if let Kind::Scaled { bound, .. } = &mut number.kind {
            *bound = 1e13;
        }
        number
    }

    /// The value as a real of the engine; null, or zero, where a decimal is out of a real's range.
    pub(super) fn as_real(&mut self, number: Num) -> Result<E, NotInSql> {
        match number.kind {
            Kind::Real { .. } => Ok(number.expr),
            Kind::Scaled { scale: 0, .. } => Ok(E::AsReal(Box::new(number.expr))),
            Kind::Scaled { scale, .. } => {
                Ok(div(E::AsReal(Box::new(number.expr)), real(10_f64.powi(scale as i32))))
            }
            Kind::Decimal => self.bind(number.expr, |_, it| {
                let power = |exponent: &str| E::AsDecimal(Box::new(E::text(exponent)));
                let size = call(Scalar::Abs, [it.clone()]);
                Ok(case(
                    [
                        (less(power("1e300"), size.clone()), E::AsReal(Box::new(E::Value(Value::Null)))),
                        (less(size, power("1e-300")), real(0.0)),
                    ],
                    E::AsReal(Box::new(it)),
                ))
            }),
        }
    }

    /// A real that a function of the engine made.
    pub(super) fn from_real(&self, expr: E, noisy: bool) -> Num {
        if self.decimals() {
            // By its text, which has all digits; the cast itself keeps fifteen.
            let text = E::AsText(Box::new(expr));
            return Num { expr: E::AsDecimal(Box::new(text)), kind: Kind::Decimal };
        }
        Num { expr, kind: Kind::Real { noisy } }
    }

    /// The whole part, as an integer of the engine that arithmetic will not overflow.
    pub(super) fn whole(&mut self, number: Num) -> Result<E, NotInSql> {
        const END: i64 = 1_000_000_000_000_000;
        match number.kind {
            Kind::Scaled { scale, bound } if bound <= END as f64 => {
                Ok(div(number.expr, lit(10_i64.pow(scale))))
            }
            Kind::Decimal => self.bind(number.expr, |_, it| {
                let end = |it| E::Decimal { digits: it, scale: 0 };
                let whens = [
                    (less(end(END.into()), it.clone()), lit(END)),
                    (less(it.clone(), end((-END).into())), lit(-END)),
                ];
                Ok(case(whens, E::AsInt(Box::new(call(Scalar::Trunc, [it])))))
            }),
            _ => {
                let scale = match number.kind {
                    Kind::Scaled { scale, .. } => scale,
                    _ => 0,
                };
                let whole = E::AsInt(Box::new(div(number.expr, lit(10_i64.pow(scale)))));
                self.bind(whole, |_, it| {
                    let whens = [
                        (less(lit(END), it.clone()), lit(END)),
                        (less(it.clone(), lit(-END)), lit(-END)),
                    ];
                    Ok(case(whens, it))
                })
            }
        }
    }

    /// Both in one unit: integers of one scale, or reals.
    pub(super) fn aligned(&mut self, a: Num, b: Num) -> Result<(Num, Num), NotInSql> {
        match (a.kind, b.kind) {
            (Kind::Scaled { scale: s, bound: u }, Kind::Scaled { scale: t, bound: v }) => {
                let scale = s.max(t);
                let raised = |it: Num, from: u32, bound: f64| Num {
                    expr: mul(it.expr, lit(10_i64.pow(scale - from))),
                    kind: Kind::Scaled { scale, bound: bound * 10_f64.powi((scale - from) as i32) },
                };
                Ok((raised(a, s, u), raised(b, t, v)))
            }
            (Kind::Decimal, _) | (_, Kind::Decimal) => Ok((a, b)),
            _ => {
                let kind = Kind::Real { noisy: is_noisy(&a) || is_noisy(&b) };
                let (a, b) = (self.as_real(a)?, self.as_real(b)?);
                Ok((Num { expr: a, kind }, Num { expr: b, kind }))
            }
        }
    }

    fn sum(
        &mut self,
        a: Num,
        b: Num,
        join: fn(E, E) -> E,
    ) -> Result<Num, NotInSql> {
        let (a, b) = self.aligned(a, b)?;
        let kind = match (a.kind, b.kind) {
            (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. }) => {
                Kind::Scaled { scale, bound: u + v }
            }
            (Kind::Real { .. }, _) => Kind::Real { noisy: true },
            (kind, _) => kind,
        };
        Ok(Num { expr: join(a.expr, b.expr), kind })
    }

    pub(super) fn plus(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        self.sum(a, b, add)
    }

    pub(super) fn minus(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        self.sum(a, b, sub)
    }

    pub(super) fn times(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        match (a.kind, b.kind) {
            (Kind::Decimal, _) | (_, Kind::Decimal) => {
                Ok(Num { expr: mul(a.expr, b.expr), kind: Kind::Decimal })
            }
            (Kind::Scaled { scale: s, bound: u }, Kind::Scaled { scale: t, bound: v })
                if s + t <= SCALE_MAX =>
            {
                let kind = Kind::Scaled { scale: s + t, bound: u * v };
                Ok(Num { expr: mul(a.expr, b.expr), kind })
            }
            _ => {
                let (a, b) = (self.as_real(a)?, self.as_real(b)?);
                Ok(Num { expr: mul(a, b), kind: Kind::Real { noisy: true } })
            }
        }
    }

    pub(super) fn arithmetic(&mut self, op: Op, a: Typed, b: Typed) -> Result<Part, NotInSql> {
        let (Typed::Number(a), Typed::Number(b)) = (a, b) else {
            return Ok(Typed::Number(self.null_number()).into());
        };
        match op {
            Op::Add => Ok(Typed::Number(self.plus(a, b)?).into()),
            Op::Sub => Ok(Typed::Number(self.minus(a, b)?).into()),
            Op::Mul => Ok(Typed::Number(self.times(a, b)?).into()),
            Op::Div => self.quotient(a, b),
            _ => self.power(a, b),
        }
    }

    fn quotient(&mut self, a: Num, b: Num) -> Result<Part, NotInSql> {
        if let Some(inverse) = self.inverse(&b) {
            return Ok(Typed::Number(self.times(a, inverse)?).into());
        }
        let fault = self.copy(&b.expr)?.eq(zero(&b));
        let divisor = call(Scalar::NullIf, [b.expr, zero_of(b.kind)]);
        let number = match (a.kind, b.kind) {
            (Kind::Decimal, _) | (_, Kind::Decimal) => {
                let dividend = call(Scalar::Round, [a.expr, lit(QUOTIENT_PLACES)]);
                Num { expr: div(dividend, divisor), kind: Kind::Decimal }
            }
            (Kind::Scaled { scale: s, .. }, Kind::Scaled { scale: t, .. }) => {
                let quotient = div(E::AsReal(Box::new(a.expr)), divisor);
                let power = 10_f64.powi(s.abs_diff(t) as i32);
                let expr = match s.cmp(&t) {
                    std::cmp::Ordering::Less => mul(quotient, real(power)),
                    std::cmp::Ordering::Equal => quotient,
                    std::cmp::Ordering::Greater => div(quotient, real(power)),
                };
                Num { expr, kind: Kind::Real { noisy: true } }
            }
            _ => {
                let dividend = self.as_real(a)?;
                let divisor = self.as_real(Num { expr: divisor, kind: b.kind })?;
                Num { expr: div(dividend, divisor), kind: Kind::Real { noisy: true } }
            }
        };
        Ok(Part { value: Typed::Number(number), fault: Some(fault) })
    }

    /// The inverse of a literal whose inverse is a short decimal: dividing by 100 is exact.
    fn inverse(&self, b: &Num) -> Option<Num> {
        let number = match (&b.expr, b.kind) {
            (E::Decimal { digits, scale }, _) => {
                let digits = i64::try_from(*digits).ok()?;
                Number::new(digits, *scale as i32)
            }
            (E::Literal(it), Kind::Scaled { scale, .. }) => Number::new(*it, scale as i32),
            _ => return None,
        };
        let inverse = Number::ONE.over(number).ok()?;
        (inverse.places() <= 6).then(|| self.literal(inverse))
    }

    fn power(&mut self, a: Num, b: Num) -> Result<Part, NotInSql> {
        let (base, exponent) = match self.arithmetic {
            Arithmetic::Decimals => (a.expr, b.expr),
            Arithmetic::Integers => (self.as_real(a)?, self.as_real(b)?),
        };
        let number = |it: i64| match self.arithmetic {
            Arithmetic::Decimals => E::Decimal { digits: it.into(), scale: 0 },
            Arithmetic::Integers => lit(it),
        };
        let (zero, most, least) = (number(0), number(64), number(-39));
        let value = {
            let (zero, most) = (zero.clone(), most.clone());
            let (base, exponent) = (self.copy(&base)?, self.copy(&exponent)?);
            self.bind(base, |this, a| {
                this.bind(exponent, |this, b| {
                    let size = mul(b.clone(), logarithm(&a));
                    this.bind(case([(a.clone().eq(zero.clone()), zero.clone())], size), |_, size| {
                        let null = call(Scalar::NullIf, [zero.clone(), zero.clone()]);
                        Ok(case(
                            [
                                (whole_fails(&a, &b, &size, &zero, &most), null),
                                (less(size, least), zero.clone()),
                            ],
                            call(Scalar::Power, [a, b]),
                        ))
                    })
                })
            })?
        };
        let fault = self.bind(base, |this, a| {
            this.bind(exponent, |_, b| {
                let size = mul(b.clone(), logarithm(&a));
                let size = case([(a.clone().eq(zero.clone()), zero.clone())], size);
                Ok(whole_fails(&a, &b, &size, &zero, &most))
            })
        })?;
        let kind = match self.arithmetic {
            Arithmetic::Decimals => Kind::Decimal,
            Arithmetic::Integers => Kind::Real { noisy: true },
        };
        Ok(Part { value: Typed::Number(Num { expr: value, kind }), fault: Some(fault) })
    }

    pub(super) fn modulo(&mut self, a: Num, b: Num) -> Result<Part, NotInSql> {
        let (a, b) = self.aligned(a, b)?;
        let fault = self.copy(&b.expr)?.eq(zero(&b));
        let divisor = call(Scalar::NullIf, [b.expr, zero_of(b.kind)]);
        let (expr, kind) = match (a.kind, b.kind) {
            (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. })
                if u < INTEGER_END && v < INTEGER_END =>
            {
                (rem(a.expr, divisor), Kind::Scaled { scale, bound: v.min(u) })
            }
            (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. }) => {
                // What overflowed is a real by now, of which the remainder is one, too.
                let kind = Kind::Scaled { scale, bound: u.min(v) };
                let expr = self.bind(a.expr, |this, a| {
                    this.bind(divisor, |_, b| {
                        let exact = and([is_integer(&a), is_integer(&b)]);
                        let inexact = call(Scalar::RealRem, [a.clone(), b.clone()]);
                        Ok(case([(exact, rem(a, b))], inexact))
                    })
                })?;
                (expr, kind)
            }
            (Kind::Real { .. }, _) => {
                (call(Scalar::RealRem, [a.expr, divisor]), Kind::Real { noisy: true })
            }
            (kind, _) => (rem(a.expr, divisor), kind),
        };
        Ok(Part { value: Typed::Number(Num { expr, kind }), fault: Some(fault) })
    }

    pub(super) fn absolute(&mut self, number: Num) -> Result<Num, NotInSql> {
        let kind = number.kind;
        let expr = match kind {
            // The engine's function fails for the smallest integer.
            Kind::Scaled { .. } => self.bind(number.expr, |_, it| {
                Ok(case([(less(it.clone(), lit(0)), sub(lit(0), it.clone()))], it))
            })?,
            _ => call(Scalar::Abs, [number.expr]),
        };
        Ok(Num { expr, kind })
    }

    /// Rounded to decimal places that are known.
    pub(super) fn rounded(
        &mut self,
        number: Num,
        places: i64,
        rounding: Rounding,
    ) -> Result<Num, NotInSql> {
        match number.kind {
            Kind::Decimal => {
                let expr = self.rounded_decimal(number.expr, lit(places), rounding)?;
                Ok(Num { expr, kind: Kind::Decimal })
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
                let expr = self.rounded_real(number.expr, unit, rounding, LAST_BITS)?;
                Ok(Num { expr, kind: Kind::Real { noisy } })
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
            let ends = [(less(lit(300), it.clone()), lit(300)), (less(it.clone(), lit(-300)), lit(-300))];
            Ok(case(ends, it))
        })?;
        if number.kind == Kind::Decimal {
            let expr = self.rounded_decimal(number.expr, places, rounding)?;
            return Ok(Num { expr, kind: Kind::Decimal });
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

    fn rounded_decimal(
        &mut self,
        value: E,
        places: E,
        rounding: Rounding,
    ) -> Result<E, NotInSql> {
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
        let expr = self.bind(expr, |this, it| {
            let whole = this.whole_units(&it, unit, rounding)?;
            if !maybe_real {
                return Ok(whole);
            }
            let inexact = this.rounded_real(
                div(it.clone(), real(unit as f64)),
                real(1.0),
                rounding,
                LAST_BITS,
            )?;
            Ok(case([(is_integer(&it), whole)], inexact))
        })?;
        let bound = bound / unit as f64 + 2.0;
        if drop <= scale {
            return Ok(Num { expr, kind: Kind::Scaled { scale: scale - drop, bound } });
        }
        let zeros = 10_i64.pow(drop - scale);
        let kind = Kind::Scaled { scale: 0, bound: bound * zeros as f64 };
        Ok(Num { expr: mul(expr, lit(zeros)), kind })
    }

    /// An integer divided by `unit` and rounded.
    fn whole_units(&mut self, it: &E, unit: i64, rounding: Rounding) -> Result<E, NotInSql> {
        let negative = || less(it.clone(), lit(0));
        let signed = |by: i64| add(it.clone(), case([(negative(), lit(-by))], lit(by)));
        Ok(match rounding {
            Rounding::Down => div(it.clone(), lit(unit)),
            Rounding::HalfUp | Rounding::HalfDown => div(signed(unit / 2), lit(unit)),
            Rounding::Up => div(signed(unit - 1), lit(unit)),
            Rounding::Floor => {
                div(sub(it.clone(), case([(negative(), lit(unit - 1))], lit(0))), lit(unit))
            }
            Rounding::Ceiling => {
                div(add(it.clone(), case([(negative(), lit(0))], lit(unit - 1))), lit(unit))
            }
            Rounding::HalfCeiling => {
                return self.bind(add(it.clone(), lit(unit / 2)), |this, it| {
                    this.whole_units(&it, unit, Rounding::Floor)
                });
            }
        })
    }

    /// A real rounded to a multiple of 1/`unit`. What is nearer to a tie, or to a whole, than
    /// `error` says is taken for it.
    fn rounded_real(
        &mut self,
        value: E,
        unit: E,
        rounding: Rounding,
        error: f64,
    ) -> Result<E, NotInSql> {
        self.bind(value, |this, value| {
            this.bind(unit, |this, unit| {
                let negative = less(value.clone(), lit(0));
                let size = mul(call(Scalar::Abs, [value.clone()]), unit.clone());
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
                    Rounding::HalfCeiling => {
                        (floor(add(up, half())), ceil(sub(down, half())))
                    }
                    Rounding::Down => (floor(up.clone()), floor(up)),
                    Rounding::Up => (ceil(down.clone()), ceil(down)),
                    Rounding::Floor => (floor(up), ceil(down)),
                    Rounding::Ceiling => (ceil(down), floor(up)),
                };
                let whole = case([(negative, sub(lit(0), below))], positive);
                let _ = this;
                Ok(div(whole, unit))
            })
        })
    }

    /// FLOOR, CEILING, MFLOOR and MCEILING.
    pub(super) fn to_whole(&mut self, number: Num, rounding: Rounding) -> Result<Num, NotInSql> {
        match number.kind {
            Kind::Decimal => {
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
                Ok(Num { expr, kind: Kind::Decimal })
            }
            Kind::Scaled { .. } => self.rounded(number, 0, rounding),
            Kind::Real { noisy } => {
                let error = if noisy { NOISE } else { 0.0 };
                let expr = self.rounded_real(number.expr, real(1.0), rounding, error)?;
                Ok(Num { expr, kind: Kind::Real { noisy: false } })
            }
        }
    }

    /// The largest or smallest; null where one is.
    pub(super) fn extreme(&mut self, numbers: Vec<Num>, largest: bool) -> Result<Num, NotInSql> {
        let mut numbers = numbers.into_iter();
        let Some(mut best) = numbers.next() else { return Ok(self.null_number()) };
        for next in numbers {
            let (a, b) = self.aligned(best, next)?;
            let kind = match (a.kind, b.kind) {
                (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. }) => {
                    Kind::Scaled { scale, bound: u.max(v) }
                }
                (kind, _) => kind,
            };
            let expr = self.bind(a.expr, |this, a| {
                this.bind(b.expr, |_, b| {
                    let (low, high) = if largest { (&b, &a) } else { (&a, &b) };
                    let first = at_most(low.clone(), high.clone());
                    let none = E::IsNull(Box::new(a.clone()));
                    Ok(case([(none, a.clone()), (first, a)], b))
                })
            })?;
            best = Num { expr, kind };
        }
        Ok(best)
    }

    pub(super) fn times_hundred(&mut self, number: Num) -> Result<Num, NotInSql> {
        if let Kind::Scaled { scale, bound } = number.kind
            && 2 <= scale
        {
            let kind = Kind::Scaled { scale: scale - 2, bound };
            return Ok(Num { expr: number.expr, kind });
        }
        let hundred = self.literal(Number::from(100));
        self.times(number, hundred)
    }

    /// Rounded half up and scaled: an integer, null where 64 bits do not hold it.
    pub(super) fn stored(&mut self, number: Num, scale: u32) -> Result<E, NotInSql> {
        let within = |it: E, end: E, start: E| and([less(it.clone(), end), less(start, it)]);
        match number.kind {
            Kind::Decimal => {
                let unit = mul(number.expr, E::Decimal { digits: 10_i128.pow(scale.min(30)), scale: 0 });
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
                self.stored(number, scale)
            }
            Kind::Scaled { .. } => {
                let rounded = self.rounded(number, i64::from(scale), Rounding::HalfCeiling)?;
                match rounded.kind {
                    Kind::Scaled { bound, .. } if bound < INTEGER_END => Ok(rounded.expr),
                    _ => self.bind(rounded.expr, |_, it| {
                        Ok(case([(is_integer(&it), it)], E::Value(Value::Null)))
                    }),
                }
            }
            Kind::Real { .. } => {
                let unit = real(10_f64.powi(scale as i32));
                let scaled = mul(number.expr, unit);
                let whole =
                    self.rounded_real(scaled, real(1.0), Rounding::HalfCeiling, LAST_BITS)?;
                self.bind(whole, |_, it| {
                    let fits = within(it.clone(), real(INTEGER_END), real(-INTEGER_END));
                    Ok(case([(fits, E::AsInt(Box::new(it)))], E::Value(Value::Null)))
                })
            }
        }
    }

    /// As it is: a decimal's text, or an integer with its scale, or a real.
    pub(super) fn computed(&mut self, number: Num) -> (E, u32) {
        match number.kind {
            Kind::Decimal => (call(Scalar::DecimalText, [number.expr]), 0),
            Kind::Scaled { scale, .. } => (number.expr, scale),
            Kind::Real { .. } => (number.expr, 0),
        }
    }
}

const INTEGER_LAST: i128 = 9_200_000_000_000_000_000;

pub(super) fn is_noisy(number: &Num) -> bool {
    matches!(number.kind, Kind::Real { noisy: true })
}

fn zero(number: &Num) -> E {
    zero_of(number.kind)
}

fn zero_of(kind: Kind) -> E {
    match kind {
        Kind::Decimal => E::Decimal { digits: 0, scale: 0 },
        _ => lit(0),
    }
}

fn is_integer(it: &E) -> E {
    call(Scalar::KindOf, [it.clone()]).eq(E::text("integer"))
}

/// The decimal logarithm of a magnitude; null for zero.
fn logarithm(it: &E) -> E {
    let size = call(Scalar::Abs, [it.clone()]);
    let zero = sub(size.clone(), size.clone());
    call(Scalar::Log10, [call(Scalar::NullIf, [size, zero])])
}

/// Whether `a` to the power of `b` has no result.
fn whole_fails(a: &E, b: &E, size: &E, zero: &E, most: &E) -> E {
    let conditions = or([
        Some(call(Scalar::Trunc, [b.clone()]).compare(sql::CompareOp::Ne, b.clone())),
        Some(less(most.clone(), size.clone())),
        Some(and([a.clone().eq(zero.clone()), less(b.clone(), zero.clone())])),
    ]);
    debug_assert!(measure(size).0 > 0, "a size has parts");
    conditions.unwrap_or(E::False)
}
