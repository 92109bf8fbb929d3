//! Numbers in SQL, in either arithmetic.

use sql::{Expr as E, Scalar, Value};

use super::tree::{
    add, and, at_most, call, case, check_depth, div, less, lit, mul, or, real, rem, sub,
};
use super::{Arithmetic, Lowering, NotInSql, Part, Typed};
use crate::Number;
use crate::expr::Op;

/// A number of an expression.
#[derive(Debug, Clone)]
pub(super) struct Num {
    pub expr: E,
    pub kind: Kind,
}

impl Num {
    /// Whether 64 bits hold every value of it at that scale.
    pub(super) fn surely_fits(&self, to: u32) -> bool {
        match self.kind {
            Kind::Scaled { scale, bound } => {
                bound * 10_f64.powi(to.saturating_sub(scale) as i32) < INTEGER_END
            }
            Kind::Decimal { .. } | Kind::Real { .. } => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A decimal of the engine; noisy where its last digits are not those in memory.
    Decimal { noisy: bool },
    /// An integer times 10^-`scale`, of a magnitude below `bound`. Where that is more than 64 bits
    /// hold, the engine may have gone over to a real, of the same scale.
    Scaled { scale: u32, bound: f64 },
    /// A real; noisy where the last digits are not those of the decimal it stands for.
    Real { noisy: bool },
}

pub(super) const DECIMAL: Kind = Kind::Decimal { noisy: false };

/// Integers are below this magnitude.
pub(super) const INTEGER_END: f64 = 9.2e18;

/// What a column of 18 digits is below.
const COLUMN_BOUND: f64 = 1e18;

pub(super) const SCALE_MAX: u32 = 18;

/// Decimal places of a quotient of decimals.
const QUOTIENT_PLACES: i64 = 40;

impl Lowering<'_> {
    fn decimals(&self) -> bool {
        self.arithmetic == Arithmetic::Decimals
    }

    pub(super) fn literal(&self, number: Number) -> Num {
        let (digits, scale) = number.stripped().parts();
        if self.decimals() {
            let zeros = 10_i128.checked_pow(scale.min(0).unsigned_abs());
            let whole = zeros.and_then(|it| digits.checked_mul(it));
            let expr = match whole {
                Some(digits) if scale <= 100 => {
                    E::Decimal { digits, scale: scale.max(0).unsigned_abs() }
                }
                _ => E::AsDecimal(Box::new(E::text(number.to_string()))),
            };
            return Num { expr, kind: DECIMAL };
        }
        let scale = scale.max(0).unsigned_abs();
        match number.scaled(scale as i32).filter(|_| scale <= SCALE_MAX) {
            Some(it) => {
                let bound = it.unsigned_abs().max(1) as f64;
                Num { expr: lit(it), kind: Kind::Scaled { scale, bound } }
            }
            None => Num { expr: real(number.to_f64()), kind: Kind::Real { noisy: true } },
        }
    }

    pub(super) fn null_number(&self) -> Num {
        let null = E::Value(Value::Null);
        if self.decimals() {
            return Num { expr: E::AsDecimal(Box::new(null)), kind: DECIMAL };
        }
        Num { expr: super::int_null(), kind: Kind::Scaled { scale: 0, bound: 1.0 } }
    }

    /// A scaled column.
    pub(super) fn column(&self, expr: E, scale: u32) -> Num {
        if !self.decimals() && SCALE_MAX < scale {
            // A percent column of all its digits behind the point: no power of ten fits 64 bits.
            let expr = div(E::AsReal(Box::new(expr)), real(10_f64.powi(scale as i32)));
            return Num { expr, kind: Kind::Real { noisy: true } };
        }
        if !self.decimals() {
            let bound = self.bound.map_or(COLUMN_BOUND, |it| it as f64);
            return Num { expr, kind: Kind::Scaled { scale, bound } };
        }
        let expr = match scale {
            0 => E::AsDecimal(Box::new(expr)),
            scale => mul(expr, E::Decimal { digits: 1, scale }),
        };
        Num { expr, kind: DECIMAL }
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
            Kind::Decimal { .. } => self.bind(number.expr, |_, it| {
                let power = |exponent: &str| E::AsDecimal(Box::new(E::text(exponent)));
                let size = call(Scalar::Abs, [it.clone()]);
                Ok(case(
                    [
                        (
                            less(power("1e300"), size.clone()),
                            E::AsReal(Box::new(E::Value(Value::Null))),
                        ),
                        (less(size, power("1e-300")), real(0.0)),
                    ],
                    E::AsReal(Box::new(it)),
                ))
            }),
        }
    }

    /// A real that a function of the engine made.
    pub(super) fn computed_real(&self, expr: E, noisy: bool) -> Num {
        if self.decimals() {
            // By its text, which has all digits; the cast itself keeps fifteen.
            let text = E::AsText(Box::new(expr));
            return Num { expr: E::AsDecimal(Box::new(text)), kind: DECIMAL };
        }
        Num { expr, kind: Kind::Real { noisy } }
    }

    /// The whole part, as an integer of the engine; what 64 bits do not hold is the last they do.
    pub(super) fn whole(&mut self, number: Num) -> Result<E, NotInSql> {
        const END: i64 = 9_000_000_000_000_000_000;
        if let E::Decimal { digits, scale } = number.expr
            && let Some(unit) = 10_i128.checked_pow(scale)
        {
            let whole = (digits / unit).clamp(-i128::from(END), i128::from(END));
            return Ok(lit(whole as i64));
        }
        if let (E::Literal(digits), Kind::Scaled { scale, .. }) = (&number.expr, number.kind) {
            return Ok(lit(digits / 10_i64.pow(scale)));
        }
        match number.kind {
            Kind::Scaled { scale, bound } if bound <= END as f64 => {
                Ok(div(number.expr, lit(10_i64.pow(scale))))
            }
            Kind::Decimal { .. } => self.bind(number.expr, |_, it| {
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

    /// Fails where all must be integers and this may be none.
    pub(super) fn checked(&self, number: Num) -> Result<Num, NotInSql> {
        match number.kind {
            Kind::Scaled { bound, .. } if bound < INTEGER_END => Ok(number),
            _ if self.bound.is_none() => Ok(number),
            _ => Err(NotInSql::TooLarge),
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
                Ok((self.checked(raised(a, s, u))?, self.checked(raised(b, t, v))?))
            }
            (Kind::Decimal { .. }, _) | (_, Kind::Decimal { .. }) => Ok((a, b)),
            _ => {
                let kind = Kind::Real { noisy: is_noisy(&a) || is_noisy(&b) };
                let (a, b) = (self.as_real(a)?, self.as_real(b)?);
                Ok((Num { expr: a, kind }, Num { expr: b, kind }))
            }
        }
    }

    fn sum(&mut self, a: Num, b: Num, join: fn(E, E) -> E) -> Result<Num, NotInSql> {
        let (a, b) = self.aligned(a, b)?;
        let kind = match (a.kind, b.kind) {
            (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. }) => {
                Kind::Scaled { scale, bound: u + v }
            }
            (Kind::Real { .. }, _) => Kind::Real { noisy: true },
            _ => Kind::Decimal { noisy: is_noisy(&a) || is_noisy(&b) },
        };
        self.checked(Num { expr: join(a.expr, b.expr), kind })
    }

    pub(super) fn plus(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        self.sum(a, b, add)
    }

    pub(super) fn minus(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        self.sum(a, b, sub)
    }

    pub(super) fn times(&mut self, a: Num, b: Num) -> Result<Num, NotInSql> {
        match (a.kind, b.kind) {
            (Kind::Decimal { .. }, _) | (_, Kind::Decimal { .. }) => {
                let kind = Kind::Decimal { noisy: is_noisy(&a) || is_noisy(&b) };
                Ok(Num { expr: mul(a.expr, b.expr), kind })
            }
            (Kind::Scaled { scale: s, bound: u }, Kind::Scaled { scale: t, bound: v })
                if s + t <= SCALE_MAX =>
            {
                let kind = Kind::Scaled { scale: s + t, bound: u * v };
                self.checked(Num { expr: mul(a.expr, b.expr), kind })
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
        let fault = self.no_divisor(&a, &b)?;
        let divisor = call(Scalar::NullIf, [b.expr, zero_of(b.kind)]);
        let number = match (a.kind, b.kind) {
            (Kind::Decimal { .. }, _) | (_, Kind::Decimal { .. }) => {
                let dividend = call(Scalar::Round, [a.expr, lit(QUOTIENT_PLACES)]);
                Num { expr: div(dividend, divisor), kind: Kind::Decimal { noisy: true } }
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

    /// Whether something is divided by zero; a blank is not.
    fn no_divisor(&mut self, a: &Num, b: &Num) -> Result<E, NotInSql> {
        let is_zero = self.copy(&b.expr)?.eq(zero_of(b.kind));
        if is_filled(&a.expr) {
            return Ok(is_zero);
        }
        Ok(and([E::IsNotNull(Box::new(self.copy(&a.expr)?)), is_zero]))
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
                    this.bind(
                        case([(a.clone().eq(zero.clone()), zero.clone())], size),
                        |_, size| {
                            let null = call(Scalar::NullIf, [zero.clone(), zero.clone()]);
                            Ok(case(
                                [
                                    (whole_fails(&a, &b, &size, &zero, &most), null),
                                    (less(size, least), zero.clone()),
                                ],
                                call(Scalar::Power, [a, b]),
                            ))
                        },
                    )
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
            Arithmetic::Decimals => Kind::Decimal { noisy: true },
            Arithmetic::Integers => Kind::Real { noisy: true },
        };
        Ok(Part { value: Typed::Number(Num { expr: value, kind }), fault: Some(fault) })
    }

    pub(super) fn modulo(&mut self, a: Num, b: Num) -> Result<Part, NotInSql> {
        let (a, b) = self.aligned(a, b)?;
        let fault = self.no_divisor(&a, &b)?;
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

    /// The largest or smallest; null where one is.
    pub(super) fn extreme(&mut self, numbers: Vec<Num>, largest: bool) -> Result<Num, NotInSql> {
        let mut numbers = numbers.into_iter();
        let Some(mut best) = numbers.next() else { return Ok(self.null_number()) };
        for (n, next) in numbers.enumerate() {
            check_depth(n, [&best.expr].into_iter())?;
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

    /// As it is: a decimal's text, or an integer with its scale, or a real.
    pub(super) fn computed(&mut self, number: Num) -> (E, u32) {
        match number.kind {
            Kind::Decimal { .. } => (call(Scalar::DecimalText, [number.expr]), 0),
            Kind::Scaled { scale, .. } => (number.expr, scale),
            Kind::Real { .. } => (number.expr, 0),
        }
    }
}

pub(super) fn is_noisy(number: &Num) -> bool {
    matches!(number.kind, Kind::Real { noisy: true } | Kind::Decimal { noisy: true })
}

/// Whether an expression is never null, by its looks.
fn is_filled(it: &E) -> bool {
    match it {
        E::Literal(_) | E::Decimal { .. } | E::Real(_) => true,
        E::Coalesce(parts) => parts.last().is_some_and(is_filled),
        E::Arith(a, sql::ArithOp::Add | sql::ArithOp::Sub | sql::ArithOp::Mul, b) => {
            is_filled(a) && is_filled(b)
        }
        E::AsDecimal(inner) | E::AsReal(inner) | E::AsInt(inner) => is_filled(inner),
        _ => false,
    }
}

fn zero_of(kind: Kind) -> E {
    match kind {
        Kind::Decimal { .. } => E::Decimal { digits: 0, scale: 0 },
        _ => lit(0),
    }
}

pub(super) fn is_integer(it: &E) -> E {
    call(Scalar::IsInteger, [it.clone()])
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
        Some(and([
            E::IsNotNull(Box::new(a.clone())),
            call(Scalar::Trunc, [b.clone()]).compare(sql::CompareOp::Ne, b.clone()),
        ])),
        Some(less(most.clone(), size.clone())),
        Some(and([a.clone().eq(zero.clone()), less(b.clone(), zero.clone())])),
    ]);
    conditions.unwrap_or(E::False)
}
