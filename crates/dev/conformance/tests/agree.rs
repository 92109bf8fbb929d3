//! Random formulas over random rows: the same value, or a fault, in memory and on every engine.
//!
//! Seeded: a run says its seed where it fails. PostgreSQL takes part where `CANDOR_TEST_POSTGRES`
//! names a server.
//!
//! What a comparison, a choice or a text depends on is made of numbers that both arithmetics
//! compute exactly; quotients, powers and transcendental functions may be results, which are equal
//! to nine digits, or at the scale of a field.

use std::fmt::Write;

use conformance::formula::{Case, Engine, Field, NoValue, Outcome, Row};
use formula::number::Rounding;
use formula::{Blanks, FieldType, Number, Value};
use jiff::tz::TimeZone;

const FORMULAS: usize = 300;
const ROWS: usize = 4;

/// Marsaglia's xorshift: enough to choose by, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

const FIELDS: &[(&str, FieldType)] = &[
    ("n1", FieldType::Currency),
    ("n2", FieldType::Number),
    ("n3", FieldType::Percent),
    ("t1", FieldType::Text),
    ("t2", FieldType::Text),
    ("d1", FieldType::Date),
    ("d2", FieldType::Date),
    ("s1", FieldType::DateTime),
    ("s2", FieldType::DateTime),
    ("c1", FieldType::Time),
    ("b1", FieldType::Boolean),
    ("p1", FieldType::Picklist),
    ("m1", FieldType::MultiPicklist),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number that both arithmetics compute exactly.
    Exact,
    Number,
    Text,
    Boolean,
    Date,
    DateTime,
    Time,
}

struct Author<'a> {
    dice: &'a mut Dice,
}

impl Author<'_> {
    fn any(&mut self, kind: Kind, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        if self.dice.roll(6) == 0 {
            return self.choice(kind, depth);
        }
        match kind {
            Kind::Exact => self.exact(depth),
            Kind::Number => self.number(depth),
            Kind::Text => self.text(depth),
            Kind::Boolean => self.boolean(depth),
            Kind::Date => self.date(depth),
            Kind::DateTime => self.datetime(depth),
            Kind::Time => self.time(depth),
        }
    }

    fn leaf(&mut self, kind: Kind) -> String {
        let choices: &[&str] = match kind {
            Kind::Exact | Kind::Number => {
                &["n1", "n2", "n3", "n1", "n2", "0", "1", "-2", "0.5", "3.25", "100", "7"]
            }
            Kind::Text => {
                &["t1", "t2", "\"\"", "\"a\"", "\"Zürich\"", "\" b \"", "\"12.5\"", "TEXT(p1)"]
            }
            Kind::Boolean => &["b1", "TRUE", "FALSE"],
            Kind::Date => &["d1", "d2", "DATE(2024,2,29)", "DATE(1999,12,31)"],
            Kind::DateTime => &["s1", "s2", "DATETIMEVALUE(\"2024-02-29 13:14:15\")"],
            Kind::Time => &["c1", "TIMEVALUE(\"23:59:59.999\")"],
        };
        (*self.dice.pick(choices)).to_owned()
    }

    fn choice(&mut self, kind: Kind, depth: usize) -> String {
        let condition = self.any(Kind::Boolean, depth);
        let (a, b) = (self.any(kind, depth), self.any(kind, depth));
        match (self.dice.roll(4), kind) {
            (0, Kind::Boolean) | (1, _) => format!("IF({condition},{a},{b})"),
            (0, _) => {
                let subject = self.any(Kind::Text, depth);
                let value = self.any(Kind::Text, depth);
                format!("CASE({subject},{value},{a},\"a\",{b},{a})")
            }
            (2, Kind::Boolean) => format!("IFERROR({a},{b})"),
            (2, _) => format!("BLANKVALUE({a},{b})"),
            _ => format!("IFERROR({a},{b})"),
        }
    }

    fn exact(&mut self, depth: usize) -> String {
        let (a, b) = (self.any(Kind::Exact, depth), self.any(Kind::Exact, 0));
        match self.dice.roll(14) {
            0 | 1 => format!("({a}+{b})"),
            2 | 3 => format!("({a}-{b})"),
            4 => format!("({a}*{b})"),
            5 => format!("({a}/{})", self.dice.pick(&["2", "10", "4", "100", "-8"])),
            6 => format!("ROUND({a},{})", self.dice.pick(&["0", "1", "2", "-1", "-2", "5"])),
            7 => format!(
                "{}({a})",
                self.dice.pick(&["FLOOR", "CEILING", "MFLOOR", "MCEILING", "ABS"])
            ),
            8 => format!("{}({a},{b})", self.dice.pick(&["MAX", "MIN"])),
            9 => format!("MOD({a},{})", self.dice.pick(&["3", "7", "-2", "n2", "0.5"])),
            10 => format!("LEN({})", self.any(Kind::Text, depth)),
            11 => format!("FIND({},{})", self.any(Kind::Text, 0), self.any(Kind::Text, depth)),
            12 => {
                let name = self.dice.pick(&[
                    "YEAR",
                    "MONTH",
                    "DAY",
                    "WEEKDAY",
                    "DAYOFYEAR",
                    "ISOWEEK",
                    "ISOYEAR",
                    "UNIXTIMESTAMP",
                ]);
                format!("{name}({})", self.any(Kind::Date, depth))
            }
            _ => match self.dice.roll(4) {
                0 => format!("({}-{})", self.any(Kind::Date, depth), self.any(Kind::Date, 0)),
                1 => format!("HOUR({})", self.any(Kind::Time, depth)),
                2 => format!("MILLISECOND({})", self.any(Kind::Time, depth)),
                _ => format!("TRUNC({a},{})", self.dice.pick(&["0", "1", "-1"])),
            },
        }
    }

    fn number(&mut self, depth: usize) -> String {
        let a = self.any(Kind::Exact, depth);
        match self.dice.roll(8) {
            0 => format!("({a}/{})", self.any(Kind::Exact, depth)),
            1 => format!("SQRT({a})"),
            2 => format!("{}({a})", self.dice.pick(&["LN", "LOG", "ATAN"])),
            3 => format!("{}(MOD({a},20))", self.dice.pick(&["EXP", "SIN", "COS"])),
            4 => format!("(MOD({a},50)^{})", self.dice.pick(&["2", "3", "-1", "0", "0.5", "10"])),
            5 => format!("ROUND({a}/{},2)", self.any(Kind::Exact, 0)),
            6 => format!("({}-{})", self.any(Kind::DateTime, depth), self.any(Kind::DateTime, 0)),
            _ => a,
        }
    }

    fn text(&mut self, depth: usize) -> String {
        let a = self.any(Kind::Text, depth);
        let n = |this: &mut Self| {
            (*this.dice.pick(&["0", "1", "2", "3", "5", "-1", "n2", "1.9"])).to_owned()
        };
        match self.dice.roll(16) {
            0 | 1 => format!("({a}&{})", self.any(Kind::Text, 0)),
            2 => format!("LEFT({a},{})", n(self)),
            3 => format!("RIGHT({a},{})", n(self)),
            4 => format!("MID({a},{},{})", n(self), n(self)),
            5 => format!("SUBSTR({a},{},{})", n(self), n(self)),
            6 => format!("UPPER({a})"),
            7 => format!("LOWER({a})"),
            8 => format!("TRIM({a})"),
            9 => format!("SUBSTITUTE({a},{},{})", self.any(Kind::Text, 0), self.any(Kind::Text, 0)),
            10 => format!("LPAD({a},{},\"xy\")", n(self)),
            11 => format!("RPAD({a},{})", n(self)),
            12 => format!(
                "{}({a})",
                self.dice.pick(&["REVERSE", "HTMLENCODE", "JSENCODE", "JSINHTMLENCODE"])
            ),
            13 => format!("TEXT({})", self.any(Kind::Date, depth)),
            14 => format!("TEXT({})", self.any(Kind::DateTime, depth)),
            _ => match self.dice.roll(4) {
                0 => {
                    format!("TEXT(ROUND({}/{},2))", self.leaf(Kind::Exact), self.leaf(Kind::Exact))
                }
                1 => format!("TEXT({})", self.any(Kind::Time, depth)),
                2 => format!("FORMATDURATION(ROUND({},0),b1)", self.leaf(Kind::Exact)),
                _ => format!(
                    "FORMATCURRENCY({},{})",
                    self.dice.pick(&["\"JPY\"", "\"USD\"", "t2"]),
                    self.leaf(Kind::Exact)
                ),
            },
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        let compare = *self.dice.pick(&["=", "<>", "<", "<=", ">", ">="]);
        match self.dice.roll(12) {
            0 | 1 => {
                format!("({}{compare}{})", self.any(Kind::Exact, depth), self.any(Kind::Exact, 0))
            }
            2 => format!("({}{compare}{})", self.any(Kind::Text, depth), self.any(Kind::Text, 0)),
            3 => format!("({}{compare}{})", self.any(Kind::Date, depth), self.any(Kind::Date, 0)),
            4 => {
                format!(
                    "({}{compare}{})",
                    self.any(Kind::DateTime, depth),
                    self.any(Kind::DateTime, 0)
                )
            }
            5 => format!("NOT({})", self.any(Kind::Boolean, depth)),
            6 => format!(
                "AND({},{})",
                self.any(Kind::Boolean, depth),
                self.any(Kind::Boolean, depth)
            ),
            7 => {
                format!("({}||{})", self.any(Kind::Boolean, depth), self.any(Kind::Boolean, depth))
            }
            8 => {
                let kind = *self.dice.pick(&[Kind::Exact, Kind::Text, Kind::Date, Kind::Time]);
                format!("ISBLANK({})", self.any(kind, depth))
            }
            9 => {
                let name = self.dice.pick(&["BEGINS", "CONTAINS", "ENDS"]);
                format!("{name}({},{})", self.any(Kind::Text, depth), self.any(Kind::Text, 0))
            }
            10 => (*self.dice.pick(&[
                "ISPICKVAL(p1,\"Won\")",
                "INCLUDES(m1,\"Red\")",
                "ISNUMBER(t2)",
                "(b1=TRUE)",
            ]))
            .to_owned(),
            _ => format!(
                "IN({},{},{})",
                self.any(Kind::Exact, 0),
                self.any(Kind::Exact, 0),
                self.any(Kind::Exact, depth)
            ),
        }
    }

    fn date(&mut self, depth: usize) -> String {
        match self.dice.roll(6) {
            0 => format!("({}+{})", self.any(Kind::Date, depth), self.any(Kind::Exact, 0)),
            1 => format!("({}-{})", self.any(Kind::Date, depth), self.any(Kind::Exact, 0)),
            2 => format!(
                "ADDMONTHS({},{})",
                self.any(Kind::Date, depth),
                self.dice.pick(&["1", "-1", "12", "n2", "-13"])
            ),
            3 => format!("DATEVALUE({})", self.any(Kind::DateTime, depth)),
            4 => format!(
                "DATE(2000+MOD(n2,50),{},{})",
                self.any(Kind::Exact, 0),
                self.any(Kind::Exact, 0)
            ),
            _ => format!(
                "DATEVALUE({})",
                self.dice.pick(&["t1", "t2", "TEXT(d1)", "TEXT(s1)", "\"2024-1-9\""])
            ),
        }
    }

    fn datetime(&mut self, depth: usize) -> String {
        match self.dice.roll(5) {
            0 => format!("({}+{})", self.any(Kind::DateTime, depth), self.any(Kind::Exact, 0)),
            1 => format!("({}-{})", self.any(Kind::DateTime, depth), self.any(Kind::Exact, 0)),
            2 => format!(
                "ADDMONTHS({},{})",
                self.any(Kind::DateTime, depth),
                self.dice.pick(&["1", "-1", "n2"])
            ),
            3 => format!(
                "DATETIMEVALUE({})",
                self.dice.pick(&["t1", "t2", "TEXT(d1)&\" 1:02:3\"", "d1", "LEFT(TEXT(s2),19)"])
            ),
            _ => format!("FROMUNIXTIME({})", self.any(Kind::Exact, 0)),
        }
    }

    fn time(&mut self, depth: usize) -> String {
        match self.dice.roll(4) {
            0 => format!("({}+{})", self.any(Kind::Time, depth), self.any(Kind::Exact, 0)),
            // Larger factors would make more than the 18 digits that are exact everywhere.
            1 => format!("({}-3600000*n2)", self.any(Kind::Time, depth)),
            2 => format!("TIMEVALUE({})", self.any(Kind::DateTime, depth)),
            _ => {
                format!("TIMEVALUE({})", self.dice.pick(&["t1", "t2", "TEXT(c1)", "\"1:2:3.004\""]))
            }
        }
    }
}

/// A value as a person would enter it; none is blank.
fn input(dice: &mut Dice, ty: FieldType) -> Option<String> {
    let choices: &[&str] = match ty {
        FieldType::Currency => {
            &["0", "1.5", "-1.25", "1234567.89", "-0.01", "999999999999.99", "2.675", "100"]
        }
        FieldType::Number => &["0", "1", "-1", "3", "12", "2147483648", "-7", "31"],
        FieldType::Percent => &["12.5", "0", "100", "-3.75", "33.33"],
        FieldType::Text => &[
            "Acme",
            "acme",
            "  x ",
            "12.5",
            "-1e3",
            "Straße ÀÉ",
            "日本 😀",
            "2024-02-29",
            "2024-2-9 1:02:03",
            "10:34:55.666",
            "a;b",
            "0",
            "İı",
            "x_%",
            "<a href='x'>\\&\"/",
        ],
        FieldType::Date => &["2024-02-29", "1999-12-31", "2000-01-01", "1900-03-01", "3999-06-15"],
        FieldType::DateTime => {
            &["2024-02-29T23:59:59Z", "1969-12-31T12:00:01Z", "2000-01-01T00:00:00Z"]
        }
        FieldType::Time => &["00:00:00.000", "23:59:59.999", "13:14:15.678"],
        FieldType::Boolean => &["true", "false"],
        FieldType::Picklist => &["Won", "Lost"],
        FieldType::MultiPicklist => &["Red", "Blue;Red", "Blue"],
        FieldType::Location => &[],
    };
    if choices.is_empty() || dice.roll(5) == 0 {
        return None;
    }
    Some((*dice.pick(choices)).to_owned())
}

/// One random case.
fn case(dice: &mut Dice) -> Case {
    let kinds = [
        Kind::Exact,
        Kind::Number,
        Kind::Number,
        Kind::Text,
        Kind::Boolean,
        Kind::Date,
        Kind::DateTime,
        Kind::Time,
    ];
    let kind = *dice.pick(&kinds);
    let depth = 1 + dice.roll(3);
    let formula = Author { dice }.any(kind, depth);
    let fields: Vec<Field> =
        FIELDS.iter().map(|(name, ty)| Field { name: (*name).to_owned(), ty: *ty }).collect();
    let rows = (1..=ROWS).map(|number| {
        let inputs = fields.iter().map(|it| input(dice, it.ty)).collect();
        Row::new(number, inputs, &fields).expect("inputs of the fields' types")
    });
    let rows = rows.collect();
    let zone = *dice.pick(&["UTC", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe"]);
    let zone = TimeZone::get(zone).expect("a zone of the bundled database");
    let name = "random".to_owned();
    Case { name, formula, returns: FieldType::Number, scale: 2, fields, rows, zone }
}

fn agree(memory: &Outcome, engine: &Outcome) -> bool {
    match (memory, engine) {
        (Err(NoValue::Fault(_)), Err(NoValue::Fault(_))) => true,
        (Ok(Value::Number(a)), Ok(Value::Number(b))) => near(*a, *b),
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// As [`agree`], of a number that is rounded to the scale; one that no column holds is blank.
fn agree_stored(memory: &Outcome, engine: &Outcome, scale: u32) -> bool {
    if matches!(engine, Err(NoValue::Unanswered(why)) if is_refusal(why)) {
        return true;
    }
    let Ok(Value::Number(number)) = memory else { return agree(memory, engine) };
    let rounded = number.rounded(scale as i32, Rounding::HalfCeiling);
    let last = Number::new(92_000_000_000_000_000, 0);
    match engine {
        Ok(Value::Blank) => last < rounded.abs(),
        // One unit of the last place is what a quotient's noise may make of a tie.
        Ok(Value::Number(stored)) => {
            let unit = Number::new(1, scale as i32);
            near(rounded, *stored) || rounded.minus(*stored).is_ok_and(|it| it.abs() <= unit)
        }
        _ => false,
    }
}

fn is_refusal(why: &str) -> bool {
    why.contains("computed by engines") || why.contains("too large for")
}

fn near(a: Number, b: Number) -> bool {
    let size = a.abs().max(b.abs());
    let tolerance = size.shifted(-9).unwrap_or(Number::ONE).max(Number::new(1, 9));
    a.minus(b).is_ok_and(|it| it.abs() <= tolerance)
}

fn check(engine: &str, seed: u64) {
    let mut link = Engine::open(engine).expect("an engine");
    let mut memory = Engine::open("memory").expect("memory");
    let mut dice = Dice(seed);
    let (mut failures, mut compared, mut refused) = (String::new(), 0, 0);
    for _ in 0..FORMULAS {
        let case = case(&mut dice);
        link.prepare(&case).expect("a table");
        for blanks in [Blanks::AsZero, Blanks::AsBlank] {
            let ours = memory.evaluate(&case, blanks);
            let theirs = link.evaluate(&case, blanks);
            let stored = link.evaluate_stored(&case, blanks);
            for (row, (ours, stored)) in case.rows.iter().zip(ours.iter().zip(&stored)) {
                if !agree_stored(ours, stored, case.scale) && failures.len() < 20_000 {
                    let inputs = row.show_inputs();
                    writeln!(
                        failures,
                        "{} ({blanks:?}, stored)\n  {inputs}\n  memory {ours:?}\n  {engine} {stored:?}",
                        case.formula,
                    )
                    .expect("a String takes any text");
                }
            }
            for (row, (ours, theirs)) in case.rows.iter().zip(ours.iter().zip(&theirs)) {
                if let Err(NoValue::Unanswered(why)) = theirs
                    && is_refusal(why)
                {
                    refused += 1;
                    continue;
                }
                compared += 1;
                if !agree(ours, theirs) && failures.len() < 20_000 {
                    writeln!(
                        failures,
                        "{} ({blanks:?})\n  {}\n  memory {ours:?}\n  {engine} {theirs:?}",
                        case.formula,
                        row.show_inputs(),
                    )
                    .expect("a String takes any text");
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "seed {seed}, {compared} compared, {refused} refused:\n{failures}"
    );
    assert!(refused * 10 < compared, "{refused} of {compared} are refused");
}

const SEEDS: &[u64] = &[0x5eed_0001, 0x5eed_0002];

#[test]
fn sqlite_agrees_with_memory() {
    for seed in SEEDS {
        check("sqlite", *seed);
    }
}

#[test]
fn postgres_agrees_with_memory() {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask")]
    if std::env::var("CANDOR_TEST_POSTGRES").is_err() {
        eprintln!("skipped: CANDOR_TEST_POSTGRES names no server");
        return;
    }
    for seed in SEEDS {
        check("postgres", *seed);
    }
}
