//! Decimals, reals, bound values and functions as text.

use super::{Out, expr, list, push, wrapped};
use crate::scalar::template;
use crate::{Expr, Scalar};

pub(super) fn scalar(out: &mut Out<'_>, it: &Expr) {
    match it {
        Expr::AsInt(inner) => {
            let end = format!(" AS {})", out.dialect.int);
            wrapped(out, "CAST(", inner, &end);
        }
        Expr::AsReal(inner) => {
            let end = format!(" AS {})", out.dialect.real);
            wrapped(out, "CAST(", inner, &end);
        }
        Expr::AsDecimal(inner) => {
            let end = format!(" AS {})", out.dialect.decimal.unwrap_or(out.dialect.real));
            wrapped(out, "CAST(", inner, &end);
        }
        Expr::AsText(inner) => {
            wrapped(out, "CAST(", inner, " AS TEXT)");
            collate(out);
        }
        Expr::Decimal { digits, scale } => decimal(out, *digits, *scale),
        Expr::Real(bits) => {
            let (value, name) = (f64::from_bits(*bits), out.dialect.real);
            push(out, format_args!("CAST({value:e} AS {name})"));
        }
        Expr::Call(function, args) => call(out, *function, args),
        Expr::Let(number, value, body) => bound(out, *number, value, body),
        Expr::Bound(number) => push(out, format_args!("x{number}.v")),
        Expr::Either { decimals, integers } => {
            let has_decimals = out.dialect.decimal.is_some();
            expr(out, if has_decimals { decimals } else { integers });
        }
        other => expr(out, other),
    }
}

fn decimal(out: &mut Out<'_>, digits: i128, scale: u32) {
    let sign = if digits < 0 { "-" } else { "" };
    let plain = digits.unsigned_abs().to_string();
    let text = match scale as usize {
        0 => plain,
        scale if scale < plain.len() => {
            let (whole, fraction) = plain.split_at(plain.len() - scale);
            format!("{whole}.{fraction}")
        }
        scale => format!("0.{plain:0>scale$}"),
    };
    match out.dialect.decimal {
        Some(name) => push(out, format_args!("CAST({sign}{text} AS {name})")),
        None => push(out, format_args!("({sign}{text})")),
    }
}

fn collate(out: &mut Out<'_>) {
    if let Some(collation) = out.dialect.collation {
        push(out, format_args!(" COLLATE {collation}"));
    }
}

/// A subquery of one row that an engine may not merge into the query around it, because then it
/// would work the value out at every place where it is used.
fn bound(out: &mut Out<'_>, number: u32, value: &Expr, body: &Expr) {
    wrapped(out, "(SELECT ", body, " FROM (SELECT ");
    expr(out, value);
    push(out, format_args!(" AS v LIMIT 1 OFFSET 0) x{number})"));
}

fn call(out: &mut Out<'_>, scalar: Scalar, args: &[Expr]) {
    let mut rest = template(scalar, out.dialect.functions);
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        out.text.push_str(before);
        let mark = after.as_bytes().get(1).copied().unwrap_or(b'$');
        match mark {
            b'*' => list(out, args, expr),
            b'C' => collate(out),
            digit => {
                if let Some(arg) = args.get(usize::from(digit.wrapping_sub(b'0'))) {
                    expr(out, arg);
                }
            }
        }
        rest = after.get(2..).unwrap_or_default();
    }
    out.text.push_str(rest);
}
