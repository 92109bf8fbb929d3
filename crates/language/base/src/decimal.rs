//! Exact decimals, and the scaled integers that storage holds.
//!
//! A number, currency or percent field of scale *s* is stored as its value times 10^s in an
//! `i64`; 18 digits fit. Nothing here is binary floating point.

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not a number")]
    Syntax,
    #[error("more than 18 digits")]
    Range,
}

/// Reads a decimal as JSON, CSV and SOQL write it: digits, a sign, a point, an exponent.
pub fn parse(text: &str) -> Result<Decimal, Error> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let bytes = text.as_bytes();
    let plausible = bytes.iter().all(|it| it.is_ascii_digit() || b"+-.eE".contains(it));
    if !plausible || !bytes.iter().any(u8::is_ascii_digit) {
        return Err(Error::Syntax);
    }
    let scientific = bytes.iter().any(|it| *it == b'e' || *it == b'E');
    let read = if scientific { Decimal::from_scientific(text) } else { text.parse() };
    match read {
        Ok(decimal) => Ok(decimal),
        Err(rust_decimal::Error::ErrorString(_)) => Err(Error::Syntax),
        Err(_) => Err(Error::Range),
    }
}

/// Rounds half up (12.345 to 12.35, −12.345 to −12.34) to `scale` and returns the value times
/// 10^scale.
pub fn to_scaled(decimal: Decimal, scale: u32) -> Result<i64, Error> {
    let mut rounded = round_half_up(decimal, scale);
    rounded.rescale(scale);
    if rounded.scale() != scale {
        return Err(Error::Range);
    }
    i64::try_from(rounded.mantissa()).map_err(|_| Error::Range)
}

/// The decimal that storage holds as `scaled`.
pub fn from_scaled(scaled: i64, scale: u32) -> Decimal {
    Decimal::new(scaled, scale)
}

/// Rounds half up, towards positive infinity at the tie (semantics reference, section 3.7).
pub fn round_half_up(decimal: Decimal, scale: u32) -> Decimal {
    let strategy = if decimal.is_sign_negative() {
        RoundingStrategy::MidpointTowardZero
    } else {
        RoundingStrategy::MidpointAwayFromZero
    };
    decimal.round_dp_with_strategy(scale, strategy)
}

/// Whether `decimal`, rounded to `scale`, has at most `precision - scale` digits before the
/// point.
pub fn fits(decimal: Decimal, precision: u32, scale: u32) -> bool {
    let whole = round_half_up(decimal, scale).trunc().abs();
    let digits = precision.saturating_sub(scale);
    whole < Decimal::from_i128_with_scale(10_i128.pow(digits.min(28)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_write() {
        for (text, plain) in
            [("12.50", "12.5"), ("+3", "3"), ("-0.001", "-0.001"), ("1e3", "1000"), (" 7 ", "7")]
        {
            assert_eq!(parse(text).unwrap().normalize().to_string(), plain, "{text}");
        }
        for text in ["", "abc", "1,000", "0x10", "NaN", "1_000", "-", "e5", "1.2.3"] {
            assert_eq!(parse(text), Err(Error::Syntax), "{text}");
        }
    }

    #[test]
    fn scaling_rounds_half_up_and_back() {
        for (text, scale, scaled) in
            [("12.345", 2, 1235), ("-12.345", 2, -1234), ("4.986", 2, 499), ("7", 2, 700)]
        {
            assert_eq!(to_scaled(parse(text).unwrap(), scale), Ok(scaled), "{text}");
        }
        assert_eq!(from_scaled(1235, 2).to_string(), "12.35");
        assert_eq!(to_scaled(parse("1e20").unwrap(), 2), Err(Error::Range));
    }

    #[test]
    fn precision_counts_digits_before_the_point() {
        assert!(fits(parse("999.99").unwrap(), 5, 2));
        assert!(!fits(parse("999.999").unwrap(), 5, 2));
        assert!(!fits(parse("1000").unwrap(), 5, 2));
    }
}
