//! Exact decimals of 38 significant digits: what formulas compute with.
//!
//! Storage and the wire know [`base::Decimal`], 28 digits and no exponent. Formulas need more: an
//! intermediate result may be 5.9E+47 or 0.0101… to the last digit that rounding must see. So this
//! is a mantissa of 128 bits and a decimal exponent. Every operation is exact, or rounded to 38
//! significant digits, half away from zero.
//!
//! **Invariant.** The mantissa has at most [`DIGITS_MAX`] digits, and the value is zero or
//! between 1E-[`EXPONENT_MAX`] and 1E+[`EXPONENT_MAX`]: what is smaller is zero, what is larger is
//! [`Overflow`].
//!
//! **Absent on purpose.** No binary floating point, except on the two ways in and out that
//! transcendental functions take ([`Number::from_f64`], [`Number::to_f64`]).

mod wide;

use std::cmp::Ordering;
use std::fmt;

use base::Decimal;

use wide::Wide;

/// Significant digits of a result.
pub const DIGITS_MAX: u32 = 38;

/// The decimal exponent that no value reaches.
pub const EXPONENT_MAX: i32 = 1000;

/// `mantissa` × 10^-`scale`.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    mantissa: i128,
    scale: i32,
}

/// A result is too large, or a divisor is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// Where a digit is dropped, which way the rest goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties away from zero.
    HalfUp,
    /// To the nearest, ties towards zero.
    HalfDown,
    /// To the nearest, ties towards positive infinity: how fields round.
    HalfCeiling,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
    Floor,
    Ceiling,
}

impl Number {
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// `mantissa` × 10^-`scale`.
    pub fn new(mantissa: i64, scale: i32) -> Self {
        Self { mantissa: i128::from(mantissa), scale }
    }

    /// Reads digits, a sign, a point and an exponent, and nothing around them.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let negative = bytes.first() == Some(&b'-');
        let mut at = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
        let (mut mantissa, mut scale, mut any, mut point) = (0_u128, 0_i64, false, false);
        let mut dropped = None;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    if mantissa < 10_u128.pow(DIGITS_MAX - 1) {
                        mantissa = mantissa * 10 + u128::from(byte - b'0');
                        scale += i64::from(point);
                    } else {
                        dropped = dropped.or(Some(*byte));
                        scale -= i64::from(!point);
                    }
                }
                b'.' if !point => point = true,
                _ => break,
            }
            at += 1;
        }
        if !any {
            return None;
        }
        if let Some(exponent) = text.get(at..).filter(|it| !it.is_empty()) {
            let exponent = exponent.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
                return None;
            }
            scale = scale.checked_sub(exponent.parse().ok()?)?;
        }
        let up = u128::from(dropped.is_some_and(|it| b'5' <= it));
        let scale = i32::try_from(scale).ok()?;
        settle(negative, Wide::new(mantissa + up), scale).ok()
    }

    /// The decimal that prints shortest among those that are `value`; none where it is not
    /// finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Self::parse(&format!("{value:e}")) } else { None }
    }

    /// The nearest binary floating point value.
    pub fn to_f64(self) -> f64 {
        format!("{}e{}", self.mantissa, -self.scale).parse().unwrap_or(f64::NAN)
    }

    pub fn from_decimal(decimal: Decimal) -> Self {
        Self { mantissa: decimal.mantissa(), scale: decimal.scale() as i32 }
    }

    /// The value with at most 28 decimal places, rounded half up; none where it does not fit.
    pub fn to_decimal(self) -> Option<Decimal> {
        let mut rounded = self.rounded(28, Rounding::HalfCeiling).stripped();
        // The mantissa of a decimal has 96 bits: give up places before giving up the value.
        while 0 < rounded.scale && 96 < 128 - rounded.mantissa.unsigned_abs().leading_zeros() {
            rounded = self.rounded(rounded.scale - 1, Rounding::HalfCeiling);
        }
        if rounded.scale < 0 {
            rounded.mantissa =
                rounded.mantissa.checked_mul(power(rounded.scale.unsigned_abs())?)?;
            rounded.scale = 0;
        }
        Decimal::try_from_i128_with_scale(rounded.mantissa, rounded.scale as u32).ok()
    }

    /// The whole part, saturating at the bounds of 64 bits.
    pub fn to_i64(self) -> i64 {
        let whole = self.rounded(0, Rounding::Down);
        let bound = if whole.is_negative() { i64::MIN } else { i64::MAX };
        let scale = whole.scale.min(0).unsigned_abs();
        let value = power(scale).and_then(|it| whole.mantissa.checked_mul(it));
        value.and_then(|it| i64::try_from(it).ok()).unwrap_or(bound)
    }

    /// Mantissa and scale.
    pub(crate) fn parts(self) -> (i128, i32) {
        (self.mantissa, self.scale)
    }

    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    pub fn is_whole(self) -> bool {
        self == self.rounded(0, Rounding::Down)
    }

    pub fn abs(self) -> Self {
        Self { mantissa: self.mantissa.abs(), ..self }
    }

    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }

    /// Times 10^`digits`.
    pub fn shifted(self, digits: i32) -> Result<Self, Overflow> {
        let scale = self.scale.checked_sub(digits).ok_or(Overflow)?;
        settle(self.is_negative(), Wide::new(self.mantissa.unsigned_abs()), scale)
    }

    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        if let Some((a, b, scale)) = aligned(self, other)
            && let Some(sum) = a.checked_add(b).filter(|it| fits(it.unsigned_abs()))
        {
            return Ok(Self { mantissa: sum, scale });
        }
        if self.is_zero() || other.is_zero() {
            return Ok(if self.is_zero() { other } else { self });
        }
        let (coarse, fine) = if self.scale < other.scale { (self, other) } else { (other, self) };
        let shift = fine.scale.abs_diff(coarse.scale);
        let wide = Wide::new(coarse.mantissa.unsigned_abs());
        if 2 * DIGITS_MAX < wide.digits().saturating_add(shift) {
            // The finer operand ends below the last digit of the result.
            return Ok(coarse);
        }
        let coarse_wide = wide.scaled_up(shift).ok_or(Overflow)?;
        let fine_wide = Wide::new(fine.mantissa.unsigned_abs());
        if coarse.is_negative() == fine.is_negative() {
            return settle(coarse.is_negative(), coarse_wide.add(fine_wide), fine.scale);
        }
        match coarse_wide.cmp(&fine_wide) {
            Ordering::Less => settle(fine.is_negative(), fine_wide.sub(coarse_wide), fine.scale),
            _ => settle(coarse.is_negative(), coarse_wide.sub(fine_wide), fine.scale),
        }
    }

    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.plus(other.negated())
    }

    pub fn times(self, other: Self) -> Result<Self, Overflow> {
        let scale = self.scale + other.scale;
        if let Some(product) = self.mantissa.checked_mul(other.mantissa)
            && fits(product.unsigned_abs())
            && scale.abs() < EXPONENT_MAX - DIGITS_MAX as i32
        {
            return Ok(Self { mantissa: product, scale });
        }
        let negative = self.is_negative() != other.is_negative();
        let product = Wide::mul(self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        settle(negative, product, scale)
    }

    pub fn over(self, other: Self) -> Result<Self, Overflow> {
        if other.is_zero() {
            return Err(Overflow);
        }
        let (a, b) = (self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        let (a_digits, b_digits) = (Wide::new(a).digits(), Wide::new(b).digits());
        // One digit more than the result keeps, and what remains decides about a tie.
        let shift = (DIGITS_MAX + 1 + b_digits).saturating_sub(a_digits);
        let dividend = Wide::new(a).scaled_up(shift).ok_or(Overflow)?;
        let (quotient, remainder) = dividend.div(b);
        let scale = self.scale - other.scale + shift as i32;
        let negative = self.is_negative() != other.is_negative();
        if remainder == 0 {
            return settle(negative, quotient, scale).map(Self::stripped);
        }
        // A quotient that ends in 5 is past the tie: mark it by one digit more.
        let marked = quotient.scaled_up(1).ok_or(Overflow)?.add(Wide::new(1));
        settle(negative, marked, scale + 1)
    }

    /// What remains of the division that rounds towards zero; the sign is the dividend's. Fails
    /// where the whole quotient has more digits than a number.
    pub fn modulo(self, other: Self) -> Result<Self, Overflow> {
        if other.is_zero() {
            return Err(Overflow);
        }
        if self.abs() < other.abs() {
            return Ok(self);
        }
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        let a_shift = scale.abs_diff(self.scale);
        let b_shift = scale.abs_diff(other.scale);
        if 2 * DIGITS_MAX < Wide::new(a).digits().saturating_add(a_shift) {
            return Err(Overflow);
        }
        let dividend = Wide::new(a).scaled_up(a_shift).ok_or(Overflow)?;
        let divisor = Wide::new(b).scaled_up(b_shift).and_then(Wide::narrow).ok_or(Overflow)?;
        let (quotient, remainder) = dividend.div(divisor);
        if DIGITS_MAX < quotient.digits() {
            return Err(Overflow);
        }
        settle(self.is_negative(), Wide::new(remainder), scale)
    }

    /// `self` to the power of a whole number, rounded to 18 significant digits. Fails where the
    /// exponent is not whole, where the result is past 1E+64, and for zero to a negative power;
    /// a result below 1E-39 is zero.
    pub fn pow(self, exponent: Self) -> Result<Self, Overflow> {
        let n = exponent.to_i64();
        if !exponent.is_whole() || u64::from(i32::MAX.unsigned_abs()) < n.unsigned_abs() {
            return Err(Overflow);
        }
        if n == 0 {
            return Ok(Self::ONE);
        }
        if self.is_zero() {
            return if n < 0 { Err(Overflow) } else { Ok(Self::ZERO) };
        }
        let magnitude = self.abs().to_f64().log10() * n as f64;
        if 64.0 < magnitude {
            return Err(Overflow);
        }
        if magnitude < -40.0 {
            return Ok(Self::ZERO);
        }
        let (mut result, mut square, mut rest) = (Self::ONE, self, n.unsigned_abs());
        loop {
            if rest & 1 == 1 {
                result = result.times(square)?;
            }
            rest >>= 1;
            if rest == 0 {
                break;
            }
            square = square.times(square)?;
        }
        let result = if n < 0 { Self::ONE.over(result)? } else { result };
        let smallest = Self::new(1, 39);
        if result.abs() < smallest {
            Ok(Self::ZERO)
        } else {
            Ok(result.significant(18, Rounding::HalfUp))
        }
    }

    /// Rounds to `places` decimal places; negative places are tens, hundreds, ….
    pub fn rounded(self, places: i32, rounding: Rounding) -> Self {
        if self.scale <= places || self.is_zero() {
            return self;
        }
        let drop = self.scale.saturating_sub(places).unsigned_abs();
        let negative = self.is_negative();
        let (kept, last, rest) = match power(drop - 1) {
            Some(below) => {
                let (above, below) = (
                    self.mantissa.unsigned_abs() / below as u128,
                    self.mantissa.unsigned_abs() % below as u128,
                );
                (above / 10, above % 10, below != 0)
            }
            None => (0, 0, true),
        };
        let exact = last == 0 && !rest;
        let up = match rounding {
            Rounding::HalfUp => 5 <= last,
            Rounding::HalfDown => 5 < last || (last == 5 && rest),
            Rounding::HalfCeiling => 5 < last || (last == 5 && (rest || !negative)),
            Rounding::Down => false,
            Rounding::Up => !exact,
            Rounding::Floor => negative && !exact,
            Rounding::Ceiling => !negative && !exact,
        };
        let mantissa = (kept + u128::from(up)) as i128;
        if mantissa == 0 {
            return Self::ZERO;
        }
        let mut out = Self { mantissa: if negative { -mantissa } else { mantissa }, scale: places };
        // Ones far left of the point are written out, so that the scale stays small.
        while out.scale < 0 && out.mantissa.unsigned_abs() < 10_u128.pow(DIGITS_MAX - 1) {
            out.mantissa *= 10;
            out.scale += 1;
        }
        out
    }

    /// Rounds to `digits` significant digits.
    pub fn significant(self, digits: u32, rounding: Rounding) -> Self {
        let has = Wide::new(self.mantissa.unsigned_abs()).digits();
        if has <= digits {
            return self;
        }
        self.rounded(self.scale - (has - digits) as i32, rounding)
    }

    /// The same value without zeros at the end.
    pub fn stripped(mut self) -> Self {
        if self.mantissa == 0 {
            return Self::ZERO;
        }
        while self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The mantissa at `scale`, where it is exact and fits 64 bits.
    pub fn scaled(self, scale: i32) -> Option<i64> {
        let it = self.stripped();
        let up = u32::try_from(scale.checked_sub(it.scale)?).ok()?;
        i64::try_from(it.mantissa.checked_mul(power(up)?)?).ok()
    }

    /// How many decimal places the value needs.
    pub fn places(self) -> u32 {
        self.stripped().scale.max(0).unsigned_abs()
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some((a, b, _)) = aligned(*self, *other) {
            return a.cmp(&b);
        }
        let sign = |it: &Self| it.mantissa.signum();
        if sign(self) != sign(other) {
            return sign(self).cmp(&sign(other));
        }
        let magnitude =
            |it: &Self| Wide::new(it.mantissa.unsigned_abs()).digits() as i32 - it.scale;
        let by_size = magnitude(self).cmp(&magnitude(other)).then_with(|| {
            // Equal magnitudes differ by at most 38 in scale: both fit.
            let scale = self.scale.max(other.scale);
            let wide = |it: &Self| {
                Wide::new(it.mantissa.unsigned_abs()).scaled_up(scale.abs_diff(it.scale))
            };
            match (wide(self), wide(other)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => Ordering::Equal,
            }
        });
        if self.is_negative() { by_size.reverse() } else { by_size }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::new(value, 0)
    }
}

/// Plain digits, never an exponent, no zeros at the end.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = self.stripped();
        if it.is_negative() {
            f.write_str("-")?;
        }
        let digits = it.mantissa.unsigned_abs().to_string();
        let places = it.scale.max(0).unsigned_abs() as usize;
        if it.scale <= 0 {
            write!(f, "{digits}{}", "0".repeat(it.scale.unsigned_abs() as usize))
        } else if places < digits.len() {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            write!(f, "{whole}.{fraction}")
        } else {
            write!(f, "0.{}{digits}", "0".repeat(places - digits.len()))
        }
    }
}

fn fits(mantissa: u128) -> bool {
    mantissa < 10_u128.pow(DIGITS_MAX)
}

/// 10^`exponent`, where 128 bits hold it.
fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Both mantissas at the finer scale, where 128 bits hold them.
fn aligned(a: Number, b: Number) -> Option<(i128, i128, i32)> {
    if a.scale == b.scale {
        return Some((a.mantissa, b.mantissa, a.scale));
    }
    let shift = power(a.scale.abs_diff(b.scale))?;
    if a.scale < b.scale {
        Some((a.mantissa.checked_mul(shift)?, b.mantissa, b.scale))
    } else {
        Some((a.mantissa, b.mantissa.checked_mul(shift)?, a.scale))
    }
}

/// Rounds a magnitude to the digits of a number and checks its size.
fn settle(negative: bool, magnitude: Wide, scale: i32) -> Result<Number, Overflow> {
    let digits = magnitude.digits();
    let mut drop = digits.saturating_sub(DIGITS_MAX);
    let mut scale = scale.saturating_sub(drop as i32);
    let mut rest = magnitude;
    let mut last = 0;
    while 0 < drop {
        let step = if drop == 1 { 1 } else { (drop - 1).min(wide::LIMB_DIGITS) };
        let (above, below) = rest.div_limb(10_u64.pow(step));
        (rest, last) = (above, below);
        drop -= step;
    }
    let mut mantissa =
        rest.narrow().ok_or(Overflow)? + u128::from(5 <= last && digits > DIGITS_MAX);
    if !fits(mantissa) {
        mantissa /= 10;
        scale = scale.saturating_sub(1);
    }
    let exponent = i64::from(digits.min(DIGITS_MAX)) - i64::from(scale);
    if mantissa == 0 || exponent <= -i64::from(EXPONENT_MAX) {
        return Ok(Number::ZERO);
    }
    if i64::from(EXPONENT_MAX) < exponent {
        return Err(Overflow);
    }
    let mantissa = mantissa as i128;
    Ok(Number { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

#[cfg(test)]
mod tests;
