//! Short words for parts of SQL.

use sql::{ArithOp, CompareOp, Expr as E, Scalar, Value};

use super::{DEPTH_MAX, Lowering, NODES_MAX, NotInSql};

pub(super) fn lit(value: i64) -> E {
    E::Literal(value)
}

pub(super) fn real(value: f64) -> E {
    E::Real(value.to_bits())
}

pub(super) fn text_null() -> E {
    E::AsText(Box::new(E::Value(Value::Null)))
}

pub(super) fn int_null() -> E {
    E::AsInt(Box::new(E::Value(Value::Null)))
}

pub(super) fn add(a: E, b: E) -> E {
    joined(a, ArithOp::Add, b, 0, i64::checked_add)
}

pub(super) fn sub(a: E, b: E) -> E {
    joined(a, ArithOp::Sub, b, 0, i64::checked_sub)
}

pub(super) fn mul(a: E, b: E) -> E {
    joined(a, ArithOp::Mul, b, 1, i64::checked_mul)
}

/// Literals are computed here, and what changes nothing is left out.
fn joined(a: E, op: ArithOp, b: E, neutral: i64, compute: fn(i64, i64) -> Option<i64>) -> E {
    match (&a, &b) {
        (_, E::Literal(it)) if *it == neutral => a,
        (E::Literal(left), E::Literal(right)) => match compute(*left, *right) {
            Some(it) => lit(it),
            None => a.arith(op, b),
        },
        _ => a.arith(op, b),
    }
}

pub(super) fn div(a: E, b: E) -> E {
    if b == lit(1) { a } else { a.arith(ArithOp::Div, b) }
}

pub(super) fn rem(a: E, b: E) -> E {
    a.arith(ArithOp::Rem, b)
}

pub(super) fn less(a: E, b: E) -> E {
    a.compare(CompareOp::Lt, b)
}

pub(super) fn at_most(a: E, b: E) -> E {
    a.compare(CompareOp::Le, b)
}

pub(super) fn is_one(it: E) -> E {
    it.eq(lit(1))
}

pub(super) fn coalesce(it: E, otherwise: E) -> E {
    E::Coalesce(vec![it, otherwise])
}

pub(super) fn call<const N: usize>(scalar: Scalar, args: [E; N]) -> E {
    E::Call(scalar, args.into())
}

/// A choice; conditions on literals are decided here.
pub(super) fn case<const N: usize>(whens: [(E, E); N], otherwise: E) -> E {
    let mut open = Vec::with_capacity(N);
    for (when, then) in whens {
        match literally(&when) {
            Some(false) => {}
            Some(true) if open.is_empty() => return then,
            Some(true) => return E::Case(open, Box::new(then)),
            None => open.push((when, then)),
        }
    }
    if open.is_empty() { otherwise } else { E::Case(open, Box::new(otherwise)) }
}

/// Whether a condition on literals holds.
fn literally(condition: &E) -> Option<bool> {
    match condition {
        E::True => Some(true),
        E::False => Some(false),
        E::Compare(a, op, b) => match (&**a, op, &**b) {
            (E::Literal(a), CompareOp::Lt, E::Literal(b)) => Some(a < b),
            (E::Literal(a), CompareOp::Le, E::Literal(b)) => Some(a <= b),
            (E::Literal(a), CompareOp::Eq, E::Literal(b)) => Some(a == b),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn and<const N: usize>(parts: [E; N]) -> E {
    E::all(parts)
}

/// One of the conditions that are there; none where none is.
pub(super) fn or<const N: usize>(parts: [Option<E>; N]) -> Option<E> {
    let mut parts: Vec<E> = parts.into_iter().flatten().collect();
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(E::Or(parts)),
    }
}

/// The quotient rounded down; `by` is positive.
pub(super) fn floored(value: &E, by: i64) -> E {
    div(sub(value.clone(), wrapped(value, by)), lit(by))
}

/// What such a division leaves: 0 to `by` - 1.
pub(super) fn wrapped(value: &E, by: i64) -> E {
    rem(add(rem(value.clone(), lit(by)), lit(by)), lit(by))
}

/// Whether an expression costs nothing to work out again.
pub(super) fn is_plain(it: &E) -> bool {
    matches!(
        it,
        E::Column(..)
            | E::OwnColumn(_)
            | E::Literal(_)
            | E::Bound(_)
            | E::Decimal { .. }
            | E::Real(_)
    )
}

impl Lowering<'_> {
    /// `body` with `value` worked out once.
    pub(super) fn bind(
        &mut self,
        value: E,
        body: impl FnOnce(&mut Self, E) -> Result<E, NotInSql>,
    ) -> Result<E, NotInSql> {
        if is_plain(&value) {
            return body(self, value);
        }
        let number = self.next;
        self.next += 1;
        let body = body(self, E::Bound(number))?;
        Ok(E::Let(number, Box::new(value), Box::new(body)))
    }

    /// A second copy, which counts.
    pub(super) fn copy(&mut self, it: &E) -> Result<E, NotInSql> {
        self.weigh(it)?;
        Ok(it.clone())
    }

    /// Counts the parts of what stands here once more.
    pub(super) fn weigh(&mut self, it: &E) -> Result<(), NotInSql> {
        if !is_plain(it) {
            self.nodes += measure(it).0;
        }
        if self.nodes <= NODES_MAX { Ok(()) } else { Err(NotInSql::TooLarge) }
    }
}

/// How many parts an expression has, and how deep they are nested.
pub(super) fn measure(it: &E) -> (usize, usize) {
    let mut nodes = 0;
    let mut depth_max = 0;
    let mut open = vec![(it, 1)];
    while let Some((it, depth)) = open.pop() {
        nodes += 1;
        depth_max = depth_max.max(depth);
        each_part(it, &mut |part| open.push((part, depth + 1)));
    }
    (nodes, depth_max)
}

/// Refuses what each round of a loop nests one deeper before it is too deep to be walked: in
/// every sixteenth round, so that long loops stay quick.
pub(super) fn check_depth<'a>(
    round: usize,
    mut exprs: impl Iterator<Item = &'a E>,
) -> Result<(), NotInSql> {
    let is_deep = round % 16 == 15 && exprs.any(|it| DEPTH_MAX < measure(it).1);
    if is_deep { Err(NotInSql::TooLarge) } else { Ok(()) }
}

/// Whether an expression has no real in it.
pub(super) fn is_integral(it: &E) -> bool {
    let mut open = vec![it];
    while let Some(it) = open.pop() {
        let real = match it {
            E::Real(_) | E::AsReal(_) | E::Decimal { .. } => true,
            E::Call(scalar, _) => matches!(
                scalar,
                Scalar::IsInteger | Scalar::RealRem | Scalar::Power | Scalar::Floor | Scalar::Ceil
            ),
            _ => false,
        };
        if real {
            return false;
        }
        each_part(it, &mut |part| open.push(part));
    }
    true
}

/// The parts that formulas are lowered to; others have none that count.
fn each_part<'a>(it: &'a E, visit: &mut dyn FnMut(&'a E)) {
    match it {
        E::And(parts)
        | E::Or(parts)
        | E::Coalesce(parts)
        | E::Concat(parts)
        | E::Call(_, parts) => {
            parts.iter().for_each(visit);
        }
        E::Not(inner)
        | E::IsNull(inner)
        | E::IsNotNull(inner)
        | E::Lower(inner)
        | E::AsInt(inner)
        | E::AsReal(inner)
        | E::AsDecimal(inner)
        | E::AsText(inner) => visit(inner),
        E::Compare(left, _, right)
        | E::Arith(left, _, right)
        | E::Let(_, left, right)
        | E::Add(left, right)
        | E::Mul(left, right)
        | E::Either { decimals: left, integers: right } => {
            visit(left);
            visit(right);
        }
        E::Case(whens, otherwise) => {
            for (when, then) in whens {
                visit(when);
                visit(then);
            }
            visit(otherwise);
        }
        _ => {}
    }
}
