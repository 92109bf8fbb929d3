//! Formulas and templates: compiled wherever one may stand, computed over records of odd values,
//! and written as SQL for both engines.

use base::{Date, DateTime, Time};
use formula::to_sql::{Arithmetic, Column, Columns, Form};
use formula::{
    Blanks, Context, Environment, FieldType, Formula, Location, Number, Record, Reference,
    Resolver, Settings, Unresolved, VLookup, Value, merge_field,
};
use jiff::tz::TimeZone;
use sql::{Alias, Dialect, Expr, Select, Statement};

use super::query::NOW;
use super::{Seeds, Target, words};
use crate::dice::{hash, mixed};
use crate::probe::Probe;

pub(super) const TARGET: Target = Target {
    name: "formula",
    run,
    words: dictionary,
    seeds: &[
        Seeds::Formulas("formula/cases.jsonl"),
        Seeds::Cases("crates/language/formula/test_data"),
    ],
    n_in_tests: 2_000,
};

pub(super) const MERGE_FIELD: Target = Target {
    name: "merge_field",
    run: run_template,
    words: dictionary,
    seeds: &[
        Seeds::Cases("crates/language/formula/test_data"),
        Seeds::Texts(&[
            "Dear {!txt1},\n\nyou owe {!TEXT(cur1)} since {!day1}.",
            "{!pct1}{!IF(flg1, \"}\", '{!')}{!/* } */ num1}{ !}",
        ]),
    ],
    n_in_tests: 2_000,
};

fn dictionary() -> Vec<String> {
    let mut all = words(include_str!("../../words/formula.txt"));
    for signature in formula::signatures() {
        let name = signature.split('(').next().unwrap_or_default();
        all.push(format!("{name}("));
        all.push(format!("{name}(num1)"));
    }
    all
}

/// Knows fields by the beginning of their names, at the end of any path.
struct Org;

impl Resolver for Org {
    fn resolve(&self, path: &[&str]) -> Result<FieldType, Unresolved> {
        let name = path.last().map(|it| it.to_ascii_lowercase()).unwrap_or_default();
        Ok(match name.trim_end_matches(|it: char| it.is_ascii_digit()) {
            "num" => FieldType::Number,
            "cur" => FieldType::Currency,
            "pct" => FieldType::Percent,
            "txt" => FieldType::Text,
            "flg" => FieldType::Boolean,
            "day" => FieldType::Date,
            "ins" => FieldType::DateTime,
            "clk" => FieldType::Time,
            "loc" => FieldType::Location,
            "pik" => FieldType::Picklist,
            "mul" => FieldType::MultiPicklist,
            "hid" => return Err(Unresolved::NotHere),
            _ => return Err(Unresolved::Unknown),
        })
    }
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2.5",
    "0.1",
    "-0.01",
    "7",
    "12",
    "31",
    "100",
    "1000",
    "999999999999999999",
    "-999999999999999999",
    "0.000000000000000001",
    "2147483648",
    "253402300800000",
    "99999999999999999999999999999999999999",
    "0.33333333333333333333333333333333333333",
];

const TEXTS: &[&str] = &[
    "a",
    "Acme",
    "0",
    "12.5",
    "-1e5",
    "2024-02-29",
    "2024-02-29 23:59:59",
    "23:59:59.999",
    "é",
    "e\u{301}",
    "日本😀",
    "{\"a\":[1,{\"b\":null}]}",
    "$.a[1].b",
    "(a*)*b",
    "a;b;c",
    "%_\\",
    "\0",
    "\u{202e}x",
    "İ",
    "ß",
    "ﬁ",
    "001000000000001",
    "USD",
    "en_US",
    "#Error!",
    "<b>&amp;</b>",
];

/// A record whose values follow from its number and the field.
struct Odd(u64);

impl Odd {
    fn of(&self, reference: &Reference, salt: u64) -> Value {
        let n = mixed(hash(&reference.key) ^ mixed(self.0 ^ salt));
        if n.is_multiple_of(5) {
            return Value::Blank;
        }
        let n = n / 5;
        match reference.ty {
            FieldType::Number | FieldType::Currency | FieldType::Percent => number(n),
            FieldType::Text | FieldType::Picklist | FieldType::MultiPicklist => text(n),
            FieldType::Boolean => Value::Boolean(n.is_multiple_of(2)),
            FieldType::Date => Value::Date(Date((n % 800_000) as i32 - 100_000)),
            FieldType::DateTime => {
                Value::DateTime(DateTime((n % 70_000_000_000_000) as i64 - 9_000_000_000_000))
            }
            FieldType::Time => Value::Time(Time((n % 86_400_000) as i32)),
            FieldType::Location => Value::Location(Location {
                latitude: Number::new((n % 181) as i64 - 90, 0),
                longitude: Number::new((n % 361) as i64 - 180, 0),
            }),
        }
    }
}

fn number(n: u64) -> Value {
    let parsed = Number::parse(NUMBERS[n as usize % NUMBERS.len()]);
    parsed.map_or(Value::Blank, Value::Number)
}

fn text(n: u64) -> Value {
    let text = TEXTS[n as usize % TEXTS.len()];
    let times = if (n / 31).is_multiple_of(40) { 2_000 } else { 1 };
    Value::text(text.repeat(times))
}

impl Record for Odd {
    fn value(&self, _idx: usize, reference: &Reference) -> Value {
        self.of(reference, 0)
    }

    fn prior(&self, _idx: usize, reference: &Reference) -> Value {
        self.of(reference, 1)
    }

    fn is_new(&self) -> bool {
        self.0.is_multiple_of(3)
    }

    fn currency_rate(&self, code: &str) -> Option<Number> {
        Number::parse(NUMBERS[hash(code) as usize % NUMBERS.len()])
    }

    fn lookup(&self, _lookup: &VLookup, _key: &Value) -> Value {
        text(self.0)
    }
}

struct Table;

impl Columns for Table {
    fn column(&self, _idx: usize, reference: &Reference) -> Option<Column> {
        let n = hash(&reference.key);
        let expr = || Expr::Column(Alias(0), reference.key.clone());
        let scale = match reference.ty {
            FieldType::Number | FieldType::Currency | FieldType::Percent => {
                [0, 2, 18][n as usize % 3]
            }
            FieldType::Location => 6,
            _ => 0,
        };
        let longitude = (reference.ty == FieldType::Location).then(expr);
        let fault = n.is_multiple_of(4).then(|| expr().eq(Expr::Literal(1)));
        (!n.is_multiple_of(17)).then(|| Column { expr: expr(), longitude, scale, fault })
    }
}

const CONTEXTS: &[Context] = &[
    Context::FormulaField,
    Context::ValidationRule,
    Context::DefaultValue,
    Context::Automation,
    Context::Flow,
    Context::MergeField,
];

const RETURNS: &[Option<FieldType>] = &[
    None,
    None,
    None,
    None,
    None,
    Some(FieldType::Number),
    Some(FieldType::Percent),
    Some(FieldType::Text),
    Some(FieldType::Boolean),
    Some(FieldType::Date),
    Some(FieldType::DateTime),
    Some(FieldType::Time),
];

fn run(text: &str, probe: &mut Probe) {
    let n = hash(text);
    let returns = RETURNS[n as usize % RETURNS.len()];
    let blanks = if (n >> 8).is_multiple_of(2) { Blanks::AsZero } else { Blanks::AsBlank };
    let mut computed = false;
    for context in CONTEXTS {
        let settings = Settings { context: *context, returns, blanks };
        match probe.measure("compile", || formula::compile(text, &settings, &Org)) {
            // One text is the same formula wherever it may stand.
            Ok(_) if computed => {}
            Ok(formula) => {
                computed = true;
                probe.see(&formula);
                compute(&formula, n, probe);
                lower(&formula, n, probe);
            }
            Err(error) => {
                probe.see(&error);
                let span = error.span();
                assert!(span.start <= span.end && span.end as usize <= text.len(), "{error:?}");
                probe.measure("frame", || base::span::frame(text, span, &error.to_string()));
            }
        }
    }
}

fn environment() -> Environment<'static> {
    static ZONE: TimeZone = TimeZone::UTC;
    Environment { now: NOW, zone: &ZONE }
}

fn compute(formula: &Formula, n: u64, probe: &mut Probe) {
    for row in 0..3 {
        match probe.measure("evaluate", || formula.evaluate(&Odd(n ^ row), &environment())) {
            Ok(Value::Number(_)) => probe.note("number", 0),
            Ok(value) => probe.see(&value),
            Err(fault) => probe.see(&fault),
        }
    }
}

fn lower(formula: &Formula, n: u64, probe: &mut Probe) {
    let stored = Form::Stored { scale: [0, 2, 18][n as usize % 3] };
    let forms = if (n >> 16).is_multiple_of(2) {
        [stored, Form::Computed]
    } else {
        [Form::Computed, stored]
    };
    for arithmetic in [Arithmetic::Integers, Arithmetic::Decimals] {
        let form = forms[usize::from(arithmetic == Arithmetic::Integers)];
        let lowered =
            probe.measure("to_sql", || formula.to_sql(&Table, &environment(), form, arithmetic));
        match lowered {
            Ok(lowered) => {
                probe.see(&lowered.value);
                let columns = vec![lowered.value.clone(), lowered.fault.clone()];
                let select = Select { columns, ..Select::from_table("t", Alias(0)) };
                for dialect in [Dialect::sqlite(), Dialect::postgres("org")] {
                    probe.measure("render", || Statement::Select(&select).render(&dialect));
                }
                probe.measure("marked", || lowered.marked(FieldType::Number));
            }
            Err(error) => probe.see(&error),
        }
    }
}

fn run_template(text: &str, probe: &mut Probe) {
    match probe.measure("compile", || merge_field::template(text, &Org)) {
        Ok(template) => {
            probe.see(&template);
            for row in 0..2 {
                let show = |value: &Value, _: Option<FieldType>| merge_field::plain(value);
                let rendered =
                    probe.measure("render", || template.render(&Odd(row), &environment(), &show));
                match rendered {
                    Ok(text) => {
                        probe.note("rendered", text.len().checked_ilog2().unwrap_or(0).into())
                    }
                    Err(fault) => probe.see(&fault),
                }
            }
            probe.note("references", template.references().count() as u64);
        }
        Err(error) => {
            probe.see(&error);
            let span = error.span();
            assert!(span.start <= span.end && span.end as usize <= text.len(), "{error:?}");
            probe.measure("frame", || base::span::frame(text, span, &error.to_string()));
        }
    }
}
