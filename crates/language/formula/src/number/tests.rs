//! Numbers against figures worked out by hand, and against 96-bit decimals where both are exact.

use proptest::prelude::*;

use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn text_goes_both_ways() {
    for (text, plain) in [
        ("0", "0"),
        ("-0.00", "0"),
        ("+12.50", "12.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("-1.5E-3", "-0.0015"),
        ("123456789012345678901234567890123456785", "123456789012345678901234567890123456790"),
        (
            "0.000000000000000000000000000000000000000000001",
            "0.000000000000000000000000000000000000000000001",
        ),
        ("1e-2000", "0"),
    ] {
        assert_eq!(n(text).to_string(), plain, "{text}");
    }
    assert!(Number::parse("6e-9223372036854775808").is_none());
    for text in
        ["", "-", ".", "e5", "1e", "1e+", "1 ", " 1", "1,000", "0x1", "1.2.3", "1e1.5", "1e2000"]
    {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn arithmetic_is_exact_or_rounded_to_38_digits() {
    assert_eq!(n("0.1").plus(n("0.2")), Ok(n("0.3")));
    assert_eq!(n("1e30").plus(n("1e-30")), Ok(n("1e30")));
    assert_eq!(n("1e20").minus(n("1e-17")), Ok(n("99999999999999999999.99999999999999999")));
    assert_eq!(
        n("123456789.123456789").times(n("123456789.123456789")),
        Ok(n("15241578780673678.515622620750190521"))
    );
    assert_eq!(n("1").over(n("99")), Ok(n("0.010101010101010101010101010101010101010")));
    assert_eq!(n("2").over(n("3")), Ok(n("0.66666666666666666666666666666666666667")));
    assert_eq!(n("1").over(n("0")), Err(Overflow));
    assert_eq!(n("10").over(n("4")), Ok(n("2.5")));
    assert_eq!(n("1e600").times(n("1e600")), Err(Overflow));
    assert_eq!(n("1e-600").times(n("1e-600")), Ok(Number::ZERO));
}

#[test]
fn exponents_past_what_is_counted_fail() {
    for exponent in ["9999999999999999999999", "-9999999999999999999999", "-9223372036854775808"] {
        assert_eq!(n("1").pow(n(exponent)), Err(Overflow), "{exponent}");
    }
}

#[test]
fn remainders_take_the_sign_of_the_dividend() {
    for (a, b, remainder) in [
        ("20.12345", "2", "0.12345"),
        ("-123456789.123456789", "2", "-1.123456789"),
        ("46", "-456", "46"),
        ("0.24456", "0.000045", "0.00003"),
        ("1e30", "7", "1"),
    ] {
        assert_eq!(n(a).modulo(n(b)), Ok(n(remainder)), "{a} {b}");
    }
    assert_eq!(n("1e60").modulo(n("7")), Err(Overflow));
    assert_eq!(n("1").modulo(Number::ZERO), Err(Overflow));
}

#[test]
fn powers_have_18_digits() {
    assert_eq!(n("1.00596").pow(n("240")), Ok(n("4.16265990153128262")));
    assert_eq!(n("99").pow(n("-1")), Ok(n("0.0101010101010101010")));
    assert_eq!(n("-1").pow(n("99")), Ok(n("-1")));
    assert_eq!(n("20").pow(n("-40")), Ok(Number::ZERO));
    assert_eq!(n("0").pow(n("0")), Ok(Number::ONE));
    for (a, b) in [("1.1", "1.1"), ("0", "-1"), ("123456789", "123456789"), ("2", "1e12")] {
        assert_eq!(n(a).pow(n(b)), Err(Overflow), "{a} {b}");
    }
}

#[test]
fn rounding_has_seven_ways() {
    use Rounding::*;
    for (text, places, rounding, rounded) in [
        ("12.345", 2, HalfUp, "12.35"),
        ("-12.345", 2, HalfUp, "-12.35"),
        ("12.345", 2, HalfCeiling, "12.35"),
        ("-12.345", 2, HalfCeiling, "-12.34"),
        ("12.345", 2, HalfDown, "12.34"),
        ("12.3450001", 2, HalfDown, "12.35"),
        ("-1.4", 0, Up, "-2"),
        ("-1.4", 0, Down, "-1"),
        ("-1.4", 0, Floor, "-2"),
        ("-1.4", 0, Ceiling, "-1"),
        ("1.4", 0, Ceiling, "2"),
        ("123456.7895", -2, HalfUp, "123500"),
        ("7", -1, HalfUp, "10"),
        ("4.47", -1, HalfUp, "0"),
        ("-1", -400, HalfUp, "0"),
        ("-1", -4, Floor, "-10000"),
    ] {
        assert_eq!(n(text).rounded(places, rounding).to_string(), rounded, "{text} {rounding:?}");
    }
}

#[test]
fn other_forms() {
    assert_eq!(n("9.99").to_i64(), 9);
    assert_eq!(n("-1e30").to_i64(), i64::MIN);
    assert_eq!(n("1e2").to_i64(), 100);
    assert_eq!(Number::from_f64(0.1).unwrap(), n("0.1"));
    assert!(Number::from_f64(f64::NAN).is_none());
    assert_eq!(n("592097202766467e33").to_f64(), 5.920_972_027_664_67e47);
    assert_eq!(n("1.25").scaled(3), Some(1250));
    assert_eq!(n("1.25").scaled(1), None);
    assert_eq!(
        n("0.3333333333333333333333333333333").to_decimal().unwrap().to_string(),
        "0.3333333333333333333333333333"
    );
    assert!(n("1e40").to_decimal().is_none());
    assert_eq!(n("12300").to_decimal().unwrap(), Decimal::from(12300));
}

proptest! {
    #[test]
    fn agrees_with_decimals(
        a in -1_000_000_000_000_i64..,
        b in -1_000_000_000_i64..,
        s in 0_u32..9,
        t in 0_u32..9,
    ) {
        let (x, y) = (Decimal::new(a, s), Decimal::new(b, t));
        let (u, v) = (Number::new(a, s as i32), Number::new(b, t as i32));
        prop_assert_eq!(u.cmp(&v), x.cmp(&y));
        prop_assert_eq!(u.plus(v).unwrap(), Number::from_decimal(x + y));
        prop_assert_eq!(u.minus(v).unwrap(), Number::from_decimal(x - y));
        if b != 0 {
            prop_assert_eq!(u.modulo(v).unwrap(), Number::from_decimal(x % y));
            let back = u.over(v).unwrap().times(v).unwrap().minus(u).unwrap().abs();
            prop_assert!(back <= Number::new(1, 18));
        }
        prop_assert_eq!(Number::parse(&u.to_string()), Some(u));
        prop_assert_eq!(u.to_decimal(), Some(x));
    }
}
