//! Works out an expression of whole numbers as engines do, for tests of what is built from them.

use sql::{ArithOp, CompareOp, Expr};

/// The value of `expr`, in which only numbers, arithmetic, conditions, CASE and steps stand.
pub(crate) fn evaluate(expr: &Expr) -> i64 {
    with(expr, None)
}

/// The value where something is bound.
fn with(expr: &Expr, bound: Option<i64>) -> i64 {
    let evaluate = |expr: &Expr| with(expr, bound);
    let holds = |condition: &Expr| holds(condition, bound);
    match expr {
        Expr::Literal(n) => *n,
        Expr::Bound(_) => bound.expect("invariant: what is built binds what it uses"),
        Expr::Let(_, value, body) => with(body, Some(evaluate(value))),
        Expr::Steps { of, first, points } => {
            let of = evaluate(of);
            points.iter().rev().find(|(from, _)| *from <= of).map_or(*first, |(_, it)| *it)
        }
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
            let then = whens.iter().find(|(when, _)| holds(when)).map(|(_, then)| then);
            evaluate(then.unwrap_or(otherwise))
        }
        other => panic!("no whole number: {other:?}"),
    }
}

fn holds(condition: &Expr, bound: Option<i64>) -> bool {
    let holds = |condition: &Expr| holds(condition, bound);
    let evaluate = |expr: &Expr| with(expr, bound);
    match condition {
        Expr::And(parts) => parts.iter().all(holds),
        Expr::Or(parts) => parts.iter().any(holds),
        Expr::Not(inner) => !holds(inner),
        Expr::Compare(left, op, right) => {
            let (left, right) = (evaluate(left), evaluate(right));
            match op {
                CompareOp::Eq => left == right,
                CompareOp::Ne => left != right,
                CompareOp::Lt => left < right,
                CompareOp::Le => left <= right,
                CompareOp::Gt => left > right,
                CompareOp::Ge => left >= right,
            }
        }
        other => panic!("no condition: {other:?}"),
    }
}
