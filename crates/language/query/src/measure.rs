//! Comparisons of averages and of distances, which no column holds.

use base::{Decimal, Span};
use soql::Literal;
use sql::{ArithOp, CompareOp, Expr};

use crate::distance;
use crate::error::{Error, ErrorKind};
use crate::path::{Computed, Leaf, Measure};

/// The leaf, if it is an average or a distance.
pub(crate) fn of<'l, 's>(leaf: &'l Leaf<'s>) -> Option<&'l Computed<'s>> {
    match leaf {
        Leaf::Computed(it) => match it.measure {
            Measure::Average { .. } | Measure::Distance(_) => Some(it),
            Measure::Plain | Measure::Period(_) => None,
        },
        _ => None,
    }
}

/// Lowers `measure op value`; null is as for any number.
pub(crate) fn compare(
    it: &Computed<'_>,
    op: CompareOp,
    value: &soql::Value,
    span: Span,
    negated: bool,
) -> Result<Expr, Error> {
    let invalid = || Error::at(span, ErrorKind::InvalidOperator);
    let negated = negated != (op == CompareOp::Ne);
    let op = if op == CompareOp::Ne { CompareOp::Eq } else { op };
    let number = match &value.literal {
        Literal::Number(number) => *number,
        Literal::Null if op == CompareOp::Eq => {
            let null = it.null_of.clone().is_null();
            return Ok(if negated { null.negate() } else { null });
        }
        Literal::Null => return Err(invalid()),
        _ => {
            let (field, expected) = (it.name.clone(), "double");
            return Err(Error::at(value.span, ErrorKind::WrongType { field, expected }));
        }
    };
    let holds = match &it.measure {
        Measure::Average { sum, count } => average(sum, count, it.scale, op, number),
        Measure::Distance(unit) => {
            let number = real(number);
            let is_there = Expr::IsNotNull(Box::new(it.null_of.clone()));
            let at = distance::haversine_at(number, *unit);
            match (op, at) {
                (CompareOp::Lt, Some(_)) if number <= 0.0 => Expr::False,
                (CompareOp::Gt, Some(_)) if number < 0.0 => is_there,
                (CompareOp::Lt | CompareOp::Gt, Some(at)) => {
                    it.compared.clone().compare(op, distance::real(at))
                }
                (CompareOp::Lt, None) => is_there,
                (CompareOp::Gt, None) => Expr::False,
                _ => return Err(invalid()),
            }
        }
        Measure::Plain | Measure::Period(_) => return Err(invalid()),
    };
    if !negated {
        return Ok(holds);
    }
    Ok(Expr::any([holds.negate(), it.null_of.clone().is_null()]))
}

/// The numbers that, times a count of rows, are far from what 64 bits hold.
const FACTOR_MAX: i64 = 1_000_000_000_000;

/// `sum / count op number`, where the sum is scaled: exact in whole numbers where they hold it.
fn average(sum: &Expr, count: &Expr, scale: u32, op: CompareOp, number: Decimal) -> Expr {
    let scaled = base::decimal::to_scaled(number, scale).ok();
    let scaled = scaled.filter(|it| base::decimal::from_scaled(*it, scale) == number);
    match scaled.filter(|it| it.abs() <= FACTOR_MAX) {
        Some(number) => {
            let right = count.clone().arith(ArithOp::Mul, Expr::Literal(number));
            sum.clone().compare(op, right)
        }
        None => {
            let unit = distance::real(10_f64.powi(scale.min(18) as i32));
            let quotient = quotient(sum, count).arith(ArithOp::Div, unit);
            quotient.compare(op, distance::real(real(number)))
        }
    }
}

/// The average as a real, scaled: what rows are sorted by.
pub(crate) fn quotient(sum: &Expr, count: &Expr) -> Expr {
    let as_real = |it: &Expr| Expr::AsReal(Box::new(it.clone()));
    as_real(sum).arith(ArithOp::Div, as_real(count))
}

fn real(number: Decimal) -> f64 {
    f64::try_from(number).unwrap_or(f64::MAX)
}
