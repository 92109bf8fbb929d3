//! Numbers, bound values and functions, for engines with decimals and without.

use expect_test::expect;

use crate::*;

fn show(expr: Expr) -> String {
    let select = Select { columns: vec![expr], ..Select::from_table("t", Alias(0)) };
    let forms = [Dialect::sqlite(), Dialect::postgres("org")].map(|dialect| {
        let text = Statement::Select(&select).render(&dialect).text;
        let text = text.trim_start_matches("SELECT ");
        text.split(" FROM \"").next().unwrap_or(text).to_owned()
    });
    forms.join("\n") + "\n"
}

fn column() -> Expr {
    Expr::Column(Alias(0), "n".to_owned())
}

#[test]
fn numbers_of_each_kind() {
    let decimal = |digits, scale| Expr::Decimal { digits, scale };
    expect![[r#"
        (-0.05)
        CAST(-0.05 AS NUMERIC)
    "#]]
    .assert_eq(&show(decimal(-5, 2)));
    expect![[r#"
        (1234.5)
        CAST(1234.5 AS NUMERIC)
    "#]]
    .assert_eq(&show(decimal(12345, 1)));
    expect![[r#"
        CAST(2.5e-1 AS REAL)
        CAST(2.5e-1 AS DOUBLE PRECISION)
    "#]]
    .assert_eq(&show(Expr::Real(0.25_f64.to_bits())));
}

#[test]
fn a_dialect_takes_its_side() {
    let either = Expr::Either {
        decimals: Box::new(Expr::AsDecimal(Box::new(column()))),
        integers: Box::new(Expr::AsInt(Box::new(column()))),
    };
    expect![[r#"
        CAST(t0."n" AS BIGINT)
        CAST(t0."n" AS NUMERIC)
    "#]]
    .assert_eq(&show(either));
}

#[test]
fn a_bound_value_stands_once() {
    let double = Expr::Bound(3).arith(ArithOp::Add, Expr::Bound(3));
    expect![[r#"
        (SELECT (x3.v + x3.v) FROM (SELECT t0."n" AS v LIMIT 1 OFFSET 0) x3)
        (SELECT (x3.v + x3.v) FROM (SELECT t0."n" AS v LIMIT 1 OFFSET 0) x3)
    "#]]
    .assert_eq(&show(Expr::Let(3, Box::new(column()), Box::new(double))));
}

#[test]
fn functions_have_each_engines_words() {
    let call = |scalar, n: usize| Expr::Call(scalar, vec![column(); n]);
    expect![[r#"
        instr(t0."n", t0."n")
        strpos(t0."n", t0."n")
    "#]]
    .assert_eq(&show(call(Scalar::Position, 2)));
    expect![[r#"
        date((t0."n") * 86400, 'unixepoch')
        to_char(DATE '1970-01-01' + CAST(t0."n" AS INTEGER), 'YYYY-MM-DD') COLLATE "C"
    "#]]
    .assert_eq(&show(call(Scalar::DayText, 1)));
    expect![[r#"
        replace(hex(zeroblob(t0."n")), '00', t0."n")
        repeat(t0."n", CAST(t0."n" AS INTEGER))
    "#]]
    .assert_eq(&show(call(Scalar::Repeat, 2)));
}
