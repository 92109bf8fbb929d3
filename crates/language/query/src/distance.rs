//! Great-circle distances: the value in Rust, comparisons and order in SQL.
//!
//! Not every engine knows sines. What decides a comparison is the haversine of the angle between
//! two places, `hav(Δφ) + cos φ₁ cos φ₂ hav(Δλ)`, which grows with the distance; its sines and
//! cosines are power series of reals, long enough for the last bit. So comparisons and order need
//! only the four arithmetic operations, which engines have and agree on.

use soql::DistanceUnit;
use sql::{ArithOp, CompareOp, Expr};

/// The mean radius of the earth in kilometers.
const RADIUS_KM: f64 = 6371.0;
const KM_PER_MILE: f64 = 1.609_344;

/// Coordinates in degrees, as reals.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub latitude: Expr,
    pub longitude: Expr,
}

/// A stored coordinate, scaled, as a real.
pub(crate) fn degrees(column: Expr, scale: u32) -> Expr {
    let unit = Expr::AsReal(Box::new(Expr::Literal(10_i64.pow(scale.min(18)))));
    Expr::AsReal(Box::new(column)).arith(ArithOp::Div, unit)
}

/// The distance in `unit` between two places given in degrees.
pub fn between(from: (f64, f64), to: (f64, f64), unit: DistanceUnit) -> f64 {
    let half = |it: f64| (it.to_radians() / 2.0).sin().powi(2);
    let across = from.0.to_radians().cos() * to.0.to_radians().cos() * half(to.1 - from.1);
    let haversine = half(to.0 - from.0) + across;
    2.0 * radius(unit) * haversine.sqrt().min(1.0).asin()
}

fn radius(unit: DistanceUnit) -> f64 {
    match unit {
        DistanceUnit::Kilometers => RADIUS_KM,
        DistanceUnit::Miles => RADIUS_KM / KM_PER_MILE,
    }
}

/// The haversine of the angle between two places, between 0 and 1.
pub(crate) fn haversine(from: &Place, to: &Place) -> Expr {
    let angle = |from: &Expr, to: &Expr| {
        let degrees = to.clone().arith(ArithOp::Sub, from.clone());
        degrees.arith(ArithOp::Mul, real(1_f64.to_radians()))
    };
    let latitude = angle(&from.latitude, &to.latitude);
    let longitude = shortest(&angle(&from.longitude, &to.longitude));
    let across = product([cosine(&from.latitude), cosine(&to.latitude), half_versine(&longitude)]);
    half_versine(&latitude).arith(ArithOp::Add, across)
}

/// The haversine of the angle at `distance`; none beyond half the way around the earth.
pub(crate) fn haversine_at(distance: f64, unit: DistanceUnit) -> Option<f64> {
    let half_angle = distance / radius(unit) / 2.0;
    (half_angle <= std::f64::consts::FRAC_PI_2).then(|| half_angle.max(0.0).sin().powi(2))
}

/// The way around the earth that is no longer than the other.
fn shortest(angle: &Expr) -> Expr {
    let (half, whole) = (real(std::f64::consts::PI), real(std::f64::consts::TAU));
    let east = angle.clone().compare(CompareOp::Gt, half.clone());
    let west = angle.clone().compare(CompareOp::Lt, real(0.0).arith(ArithOp::Sub, half));
    Expr::Case(
        vec![
            (east, angle.clone().arith(ArithOp::Sub, whole.clone())),
            (west, angle.clone().arith(ArithOp::Add, whole)),
        ],
        Box::new(angle.clone()),
    )
}

/// `1 - x²/(3·4) (1 - x²/(5·6) (1 - …))`, twice which over x² is `1 - cos x`.
fn series(square: &Expr) -> Expr {
    // The sixteenth term of the largest angle, π, is below the last bit.
    (1..=16_i64).rev().fold(real(1.0), |inner, n| {
        let divisor = Expr::Literal((2 * n + 1) * (2 * n + 2));
        let term = square.clone().arith(ArithOp::Div, Expr::AsReal(Box::new(divisor)));
        real(1.0).arith(ArithOp::Sub, term.arith(ArithOp::Mul, inner))
    })
}

/// `(1 - cos x) / 2` of an angle of at most π.
fn half_versine(angle: &Expr) -> Expr {
    let square = angle.clone().arith(ArithOp::Mul, angle.clone());
    product([square.clone(), real(0.25), series(&square)])
}

/// The cosine of an angle given in degrees.
fn cosine(degrees: &Expr) -> Expr {
    let angle = degrees.clone().arith(ArithOp::Mul, real(1_f64.to_radians()));
    let square = angle.clone().arith(ArithOp::Mul, angle);
    let versine = product([square.clone(), real(0.5), series(&square)]);
    real(1.0).arith(ArithOp::Sub, versine)
}

fn product<const N: usize>(factors: [Expr; N]) -> Expr {
    let product = factors.into_iter().reduce(|left, right| left.arith(ArithOp::Mul, right));
    product.expect("invariant: there are factors")
}

/// A real, exactly: its digits over a power of two, which no division rounds.
pub(crate) fn real(value: f64) -> Expr {
    let as_real = |n: i64| Expr::AsReal(Box::new(Expr::Literal(n)));
    if value == value.trunc() && value.abs() < 9e15 {
        return as_real(value as i64);
    }
    let bits = value.abs().to_bits();
    let exponent = i64::try_from(bits >> 52).unwrap_or(0) - 1075;
    let digits = i64::try_from((bits & ((1 << 52) - 1)) | (1 << 52)).unwrap_or(0);
    let digits = if value < 0.0 { -digits } else { digits };
    let mut out = as_real(digits);
    let mut left = -exponent;
    while 0 < left {
        let step = left.min(62);
        out = out.arith(ArithOp::Div, as_real(1 << step));
        left -= step;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Works out an expression of reals.
    fn evaluate(expr: &Expr) -> f64 {
        match expr {
            Expr::Literal(n) => *n as f64,
            Expr::AsReal(inner) => evaluate(inner),
            Expr::Arith(left, op, right) => {
                let (left, right) = (evaluate(left), evaluate(right));
                match op {
                    ArithOp::Add => left + right,
                    ArithOp::Sub => left - right,
                    ArithOp::Mul => left * right,
                    ArithOp::Div => left / right,
                    ArithOp::Rem => left % right,
                }
            }
            Expr::Case(whens, otherwise) => {
                let holds = |when: &Expr| match when {
                    Expr::Compare(left, CompareOp::Gt, right) => evaluate(left) > evaluate(right),
                    Expr::Compare(left, CompareOp::Lt, right) => evaluate(left) < evaluate(right),
                    other => panic!("{other:?}"),
                };
                let then = whens.iter().find(|(when, _)| holds(when)).map(|(_, then)| then);
                evaluate(then.unwrap_or(otherwise))
            }
            other => panic!("{other:?}"),
        }
    }

    fn place((latitude, longitude): (f64, f64)) -> Place {
        Place { latitude: real(latitude), longitude: real(longitude) }
    }

    #[test]
    fn known_distances() {
        let (berlin, paris) = ((52.52, 13.405), (48.8566, 2.3522));
        let km = between(berlin, paris, DistanceUnit::Kilometers);
        assert!((km - 877.46).abs() < 0.1, "{km}");
        let miles = between(berlin, paris, DistanceUnit::Miles);
        assert!((miles * KM_PER_MILE - km).abs() < 1e-9);
        assert!(
            (between((0.0, 179.0), (0.0, -179.0), DistanceUnit::Kilometers) - 222.4).abs() < 0.1
        );
    }

    #[test]
    fn reals_are_exact() {
        for value in [0.0, 1.0, -1.5, std::f64::consts::PI, 1e-17, -37.775_123_456_789_01] {
            assert_eq!(evaluate(&real(value)), value);
        }
    }

    proptest! {
        #[test]
        fn haversines_are_those_of_the_sines(
            from in (-90.0..90.0_f64, -180.0..180.0_f64),
            to in (-90.0..90.0_f64, -180.0..180.0_f64),
        ) {
            let km = between(from, to, DistanceUnit::Kilometers);
            let expected = haversine_at(km, DistanceUnit::Kilometers).unwrap_or(1.0);
            let actual = evaluate(&haversine(&place(from), &place(to)));
            prop_assert!((actual - expected).abs() < 1e-14 + expected * 1e-12, "{actual} {expected}");
        }
    }
}
