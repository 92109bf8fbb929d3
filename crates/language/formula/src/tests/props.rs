//! Long, deep and random formulas: no panic, no overflow of the stack, no time beyond the text's.

use proptest::prelude::*;

use super::*;

fn outcome(text: &str) -> Result<Result<Value, crate::Fault>, Error> {
    let formula = compile(text, &settings(Context::Automation, Blanks::AsZero), &Org)?;
    Ok(formula.evaluate(&Deal { is_new: false }, &Environment { now: NOW, zone: &TimeZone::UTC }))
}

#[test]
fn long_formulas_are_computed() {
    let sum = "1+".repeat(49_999) + "1";
    assert_eq!(outcome(&sum), Ok(Ok(Value::from(50_000))));
    let and = "TRUE&&".repeat(16_000) + "TRUE";
    assert_eq!(outcome(&and), Ok(Ok(Value::Boolean(true))));
    let max = format!("MAX({}1)", "2,".repeat(40_000));
    assert_eq!(outcome(&max), Ok(Ok(Value::from(2))));
    let text = "\"ab\"&".repeat(19_000) + "\"c\"";
    assert_eq!(outcome(&text).unwrap().unwrap().as_text().unwrap().len(), 38_001);
    let too_long = "1+".repeat(50_001) + "1";
    assert!(matches!(outcome(&too_long), Err(Error::TooLong { .. })));
}

/// In half the stack that a thread has by default.
#[test]
fn deep_formulas_are_refused_or_computed() {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deep_formulas).unwrap();
    thread.join().unwrap();
}

fn deep_formulas() {
    for (open, close) in
        [("(", ")"), ("ABS(", ")"), ("-", ""), ("NOT(", ")"), ("!", ""), ("NOT ", "")]
    {
        for depth in [64_usize, 127, 129, 10_000] {
            let inner = if open.starts_with(['N', '!']) { "TRUE" } else { "1" };
            let text = open.repeat(depth) + inner + &close.repeat(depth);
            let refused = matches!(outcome(&text), Err(Error::TooDeep { .. }));
            // NOT and its parentheses are a level each.
            let levels = if open == "NOT(" { 2 * depth } else { depth };
            assert_eq!(refused, crate::NESTING_MAX < levels, "{open} {depth}");
        }
    }
    // Every level through all precedences, which is the most that the parser recurses.
    let text = "(1+1^1*".repeat(31) + "1" + &")".repeat(31);
    assert!(matches!(outcome(&text), Ok(Ok(_))), "{:?}", outcome(&text));
    let ifs = "IF(Count=1,2,".repeat(127) + "3" + &")".repeat(127);
    assert_eq!(outcome(&ifs), Ok(Ok(Value::from(3))));
    let formula = compile(&ifs, &settings(Context::Automation, Blanks::AsZero), &Org).unwrap();
    assert_eq!(formula.clone().references().len(), 1);
    for open in ["(", "IF(", "\"", "/*", "1+(", "{!"] {
        assert!(outcome(&open.repeat(30_000)).is_err());
    }
}

/// Each step, part or value makes the expression deeper, which is noticed before it is too deep to
/// be walked.
#[test]
fn long_formulas_are_refused_as_sql() {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
        for text in [
            format!("Count{}", " - Count".repeat(10_000)),
            format!("Name{}", " & Name".repeat(10_000)),
            format!("Count{}", " / Count".repeat(10_000)),
            format!("MAX(1{})", ",Count".repeat(10_000)),
            format!("AND(TRUE{})", ",1/Count=2".repeat(7_000)),
            format!("IFS({}1)", "1/Count=2,3,".repeat(7_000)),
            format!("CASE(Count,{}1)", "1/Count,3,".repeat(7_000)),
            format!("IN(Count{})", ",1/Count".repeat(7_000)),
        ] {
            let formula = compile(&text, &settings(Context::Automation, Blanks::AsZero), &Org);
            let environment = Environment { now: NOW, zone: &TimeZone::UTC };
            let lowered = formula.unwrap().to_portable_sql(&Table, &environment, 2);
            assert_eq!(lowered, Err(crate::to_sql::NotInSql::TooLarge), "{text:.20}");
        }
    });
    thread.unwrap().join().unwrap();
}

/// A percent of 18 decimal places is a number of 20.
#[test]
fn columns_of_many_places_are_reals_where_there_are_no_decimals() {
    struct Fine;
    impl Columns for Fine {
        fn column(&self, idx: usize, reference: &Reference) -> Option<Column> {
            let scale = if reference.ty == FieldType::Percent { 18 } else { 0 };
            Table.column(idx, reference).map(|it| Column { scale, ..it })
        }
    }
    let environment = Environment { now: NOW, zone: &TimeZone::UTC };
    for text in ["Rate + Count", "MAX(Rate, Count)", "ROUND(Rate, 0)", "Rate = Count", "Rate * 2"] {
        let formula = compile(text, &settings(Context::Automation, Blanks::AsZero), &Org).unwrap();
        let lowered = formula.to_portable_sql(&Fine, &environment, 2).unwrap();
        let lowered = sql::Select {
            columns: vec![lowered.value],
            ..sql::Select::from_table("t", sql::Alias(0))
        };
        let rendered = sql::Statement::Select(&lowered).render(&sql::Dialect::sqlite());
        assert!(rendered.text.contains("1e20"), "{text}: {}", rendered.text);
    }
}

#[test]
fn texts_that_grow_are_stopped() {
    let mut text = "City".to_owned();
    for _ in 0..60 {
        text = format!("SUBSTITUTE({text},\" \",\"  \")");
    }
    assert!(matches!(outcome(&text), Ok(Err(_))));
    for text in ["LPAD(Name, 100000000)", "RPAD(Name, 2147483648, \"ab\")"] {
        assert!(matches!(outcome(text), Ok(Err(_))), "{text}");
    }
    let reversed = format!("LEN({})", "REVERSE(LPAD(Name, 1000000)) & ".repeat(900) + "Name");
    assert!(matches!(outcome(&reversed), Ok(Err(_))));
}

#[test]
fn templates_that_grow_are_stopped() {
    let environment = Environment { now: NOW, zone: &TimeZone::UTC };
    let rendered = |text: &str| {
        let template = merge_field::template(text, &Org).unwrap();
        template
            .render(&Deal { is_new: false }, &environment, &|it, _| merge_field::plain(it))
            .map(|it| it.len())
            .map_err(|it| it.cause)
    };
    let long = "{!LPAD(Name, 1000000)}";
    assert_eq!(rendered(&long.repeat(8)), Ok(8_000_000));
    assert_eq!(rendered(&long.repeat(9)), Err(crate::Cause::TextTooLong));
    let costly = "{!LEN(LPAD(Name, 1000000))}";
    assert_eq!(rendered(&costly.repeat(1_000)), Err(crate::Cause::TooManySteps));
}

#[test]
fn patterns_are_bounded() {
    for pattern in ["(a*)*b", "(x+x+)+y", "((a{0,50}){0,50}){0,50}", "(", "(?=a)b", "(a)\\\\1"] {
        let text = format!("REGEX(\"{}\", \"{pattern}\")", "a".repeat(3_000));
        let _verdict: Result<_, Error> = outcome(&text);
    }
    assert!(matches!(outcome("REGEX(Name, \"(?=a)\")"), Err(Error::Pattern { .. })));
}

/// A formula made of parts that often, but not always, go together.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(FIELDS.iter().map(|it| it.0.to_owned()).collect::<Vec<_>>()),
        prop::sample::select(
            [
                "0",
                "1",
                "-1",
                "2.5",
                "1E",
                "99999999999999999999",
                "\"\"",
                "\"a\"",
                "'2020-1-1'",
                "NULL",
                "TRUE"
            ]
            .map(str::to_owned)
            .to_vec()
        ),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let names: Vec<&'static str> = functions::all().map(|it| it.name).collect();
        prop_oneof![
            (prop::sample::select(names), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, args)| format!("{name}({})", args.join(","))),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "+", "-", "*", "/", "^", "&", "=", "<>", "<", ">=", "&&", "||"
                ]),
                inner.clone()
            )
                .prop_map(|(a, op, b)| format!("({a}{op}{b})")),
            inner.prop_map(|it| format!("-{it}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_formulas_have_an_outcome(text in formula()) {
        let _outcome = outcome(&text);
    }

    #[test]
    fn random_text_has_an_outcome(text in "[-A-Za-z0-9 ()+*/^&=<>!|,.\"'\\\\{}$_é\n]{0,60}") {
        let _outcome = outcome(&text);
        let _merged = merge_field::template(&text, &Org);
    }
}
