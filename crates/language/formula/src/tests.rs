//! Runs `test_data/*.case` over one small record, and what no case file can hold: long, deep and
//! random formulas.
//!
//! `values` evaluates each line, `blank` with blanks as blank; `record` too, where a record
//! changes; `error` shows the message with its frame; `context` says where each line may stand;
//! `merge` renders a template; `sql` shows what engines are asked.

mod props;

use std::fmt::Write;
use std::path::Path;

use base::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use testkit::cases::{Block, run_dir};

use crate::to_sql::{Column, Columns};

use crate::{
    Blanks, Context, Environment, Error, FieldType, Location, Number, Record, Reference, Resolver,
    Settings, Unresolved, VLookup, Value, compile, functions, merge_field,
};

/// The fields of the record, with their values; `Parent` may be put in front as often as one likes.
const FIELDS: &[(&str, FieldType, &str)] = &[
    ("Name", FieldType::Text, "Acme"),
    ("Empty", FieldType::Text, ""),
    ("City", FieldType::Text, "Zürich 日本 😀"),
    ("Amount", FieldType::Currency, "1234.56"),
    ("Count", FieldType::Number, "7"),
    ("Nothing", FieldType::Number, ""),
    ("Rate", FieldType::Percent, "12.5"),
    ("Open", FieldType::Boolean, "true"),
    ("Unset", FieldType::Boolean, ""),
    ("Day", FieldType::Date, "2024-02-29"),
    ("NoDay", FieldType::Date, ""),
    ("At", FieldType::DateTime, "2024-02-29T23:14:15.678Z"),
    ("NoAt", FieldType::DateTime, ""),
    ("Clock", FieldType::Time, "13:14:15.678Z"),
    ("NoClock", FieldType::Time, ""),
    ("Stage", FieldType::Picklist, "Won"),
    ("NoStage", FieldType::Picklist, ""),
    ("Colors", FieldType::MultiPicklist, "Red;Blue"),
    ("NoColors", FieldType::MultiPicklist, ""),
    ("Place", FieldType::Location, "47.37 8.54"),
    ("NoPlace", FieldType::Location, ""),
    ("Secret", FieldType::Text, ""),
    ("Account.Owner.Name", FieldType::Text, "Ada"),
    ("Owner:User.Name", FieldType::Text, "Grace"),
    ("$User.FirstName", FieldType::Text, "Joan"),
    ("$Profile.Name", FieldType::Text, "Standard"),
    ("$Permission.Approve", FieldType::Boolean, "true"),
    ("$Setup.Limits__c.Max__c", FieldType::Number, "99"),
    ("$ObjectType.Zip__c.Fields.City__c", FieldType::Text, ""),
    ("$ObjectType.Zip__c.Fields.Name", FieldType::Text, ""),
    ("$ObjectType.Other__c.Fields.Name", FieldType::Text, ""),
];

struct Org;

impl Resolver for Org {
    fn resolve(&self, path: &[&str]) -> Result<FieldType, Unresolved> {
        let path = path.join(".");
        let name = path.trim_start_matches("Parent.");
        match FIELDS.iter().find(|it| it.0.eq_ignore_ascii_case(name)) {
            Some(("Secret", ..)) => Err(Unresolved::NotHere),
            Some((_, ty, _)) => Ok(*ty),
            None => Err(Unresolved::Unknown),
        }
    }
}

/// The record, changed: its name and amount were others before.
#[derive(Clone, Copy)]
struct Deal {
    is_new: bool,
}

impl Record for Deal {
    fn value(&self, _idx: usize, reference: &Reference) -> Value {
        let name = reference.path.trim_start_matches("Parent.");
        let Some((_, ty, text)) = FIELDS.iter().find(|it| it.0.eq_ignore_ascii_case(name)) else {
            return Value::Blank;
        };
        read(*ty, text)
    }

    fn prior(&self, idx: usize, reference: &Reference) -> Value {
        match reference.path.as_str() {
            "Name" => Value::text("Acme Ltd"),
            "Amount" => Value::from(1000),
            "Nothing" | "Rate" => Value::from(5),
            "Stage" => Value::text("Open"),
            _ => self.value(idx, reference),
        }
    }

    fn is_new(&self) -> bool {
        self.is_new
    }

    fn currency_rate(&self, code: &str) -> Option<Number> {
        (code == "CHF").then(|| Number::new(89, 2))
    }

    fn in_user_currency(&self, amount: Number) -> Option<Number> {
        amount.times(Number::from(2)).ok()
    }

    fn lookup(&self, lookup: &VLookup, key: &Value) -> Value {
        let found = format!("{}.{} by {} {:?}", lookup.object, lookup.field, lookup.by, key);
        if *key == Value::text("8001") { Value::text(found) } else { Value::Blank }
    }

    fn session_id(&self) -> String {
        "00D!session".to_owned()
    }
}

fn read(ty: FieldType, text: &str) -> Value {
    if text.is_empty() {
        return Value::Blank;
    }
    match ty {
        FieldType::Number | FieldType::Currency | FieldType::Percent => {
            Value::Number(Number::parse(text).unwrap())
        }
        FieldType::Boolean => Value::Boolean(text == "true"),
        FieldType::Date => Value::Date(Date::parse(text).unwrap()),
        FieldType::DateTime => Value::DateTime(DateTime::parse(text).unwrap()),
        FieldType::Time => Value::Time(Time::parse(text).unwrap()),
        FieldType::Location => {
            let (latitude, longitude) = text.split_once(' ').unwrap();
            let number = |text| Number::parse(text).unwrap();
            Value::Location(Location { latitude: number(latitude), longitude: number(longitude) })
        }
        _ => Value::text(text),
    }
}

fn settings(context: Context, blanks: Blanks) -> Settings {
    Settings { context, returns: None, blanks }
}

/// 2024-03-01T03:04:05.006Z, which is the day before in Los Angeles.
const NOW: DateTime = DateTime(1_709_262_245_006);

fn zone() -> TimeZone {
    TimeZone::get("America/Los_Angeles").unwrap()
}

fn show(text: &str, settings: &Settings, record: Deal) -> String {
    let formula = match compile(text, settings, &Org) {
        Ok(formula) => formula,
        Err(error) => return format!("error: {error}"),
    };
    match formula.evaluate(&record, &Environment { now: NOW, zone: &zone() }) {
        Ok(Value::Blank) => "blank".to_owned(),
        Ok(Value::Text(text)) => format!("{text:?}"),
        Ok(value) => merge_field::plain(&value),
        Err(fault) => {
            let at = &text[fault.span.start as usize..fault.span.end as usize];
            format!("#Error! {fault} at {at}")
        }
    }
}

fn lines(block: &Block, show: impl Fn(&str) -> String) -> String {
    block.input.lines().map(|line| format!("{line}  =>  {}\n", show(line))).collect()
}

fn show_error(block: &Block) -> String {
    let context = match block.arguments.as_str() {
        "" => Context::Automation,
        "field" => Context::FormulaField,
        other => panic!("no context {other}"),
    };
    match compile(&block.input, &settings(context, Blanks::AsZero), &Org) {
        Ok(formula) => format!("no error: {}", formula.ty()),
        Err(error) => frame(&block.input, &error),
    }
}

fn frame(text: &str, error: &Error) -> String {
    base::span::frame(text, error.span(), &error.to_string())
}

fn contexts(line: &str) -> String {
    let all = [
        Context::FormulaField,
        Context::ValidationRule,
        Context::DefaultValue,
        Context::Automation,
        Context::Flow,
        Context::MergeField,
    ];
    let allowed = all.into_iter().filter(|it| {
        let compiled = compile(line, &settings(*it, Blanks::AsZero), &Org);
        assert!(matches!(compiled, Ok(_) | Err(Error::NotHere { .. })), "{line}: {compiled:?}");
        compiled.is_ok()
    });
    let names: Vec<String> = allowed.map(|it| it.to_string()).collect();
    if names.is_empty() { "nowhere".to_owned() } else { names.join(", ") }
}

fn returning(line: &str) -> String {
    let types = [
        FieldType::Number,
        FieldType::Percent,
        FieldType::Text,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::DateTime,
        FieldType::Time,
    ];
    let shown = types.into_iter().filter_map(|ty| {
        let settings =
            Settings { context: Context::FormulaField, returns: Some(ty), blanks: Blanks::AsZero };
        let formula = compile(line, &settings, &Org).ok()?;
        let value = formula
            .evaluate(&Deal { is_new: false }, &Environment { now: NOW, zone: &zone() })
            .unwrap();
        Some(format!("{ty:?} {}", merge_field::plain(&value)))
    });
    shown.collect::<Vec<_>>().join("; ")
}

/// Every field is a column of the table that has its name; decimals have two places.
struct Table;

impl Columns for Table {
    fn column(&self, _idx: usize, reference: &Reference) -> Option<Column> {
        let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
        if reference.path.contains(['.', '$']) {
            return None;
        }
        let longitude = (reference.ty == FieldType::Location).then(|| column("longitude"));
        Some(Column { expr: column(&reference.key), longitude, scale: 2, fault: None })
    }
}

/// The stored form with two decimal places, and when there is none, for both engines.
fn in_sql(text: &str) -> String {
    let blank = text.starts_with("blank ");
    let text = text.trim_start_matches("blank ");
    let blanks = if blank { Blanks::AsBlank } else { Blanks::AsZero };
    let formula = compile(text, &settings(Context::Automation, blanks), &Org).unwrap();
    let environment = Environment { now: NOW, zone: &TimeZone::UTC };
    let lowered = match formula.to_portable_sql(&Table, &environment, 2) {
        Ok(lowered) => lowered,
        Err(error) => return format!("{error}"),
    };
    let mut out = String::new();
    for (name, dialect) in
        [("sqlite", sql::Dialect::sqlite()), ("postgres", sql::Dialect::postgres("org"))]
    {
        for (what, expr) in [("value", &lowered.value), ("fault", &lowered.fault)] {
            if *expr == sql::Expr::False {
                continue;
            }
            let select = sql::Select {
                columns: vec![expr.clone()],
                ..sql::Select::from_table("t", sql::Alias(0))
            };
            let rendered = sql::Statement::Select(&select).render(&dialect);
            let text = rendered.text.trim_start_matches("SELECT ");
            let text = text.split(" FROM \"").next().unwrap_or(text).replace("t0.", "");
            writeln!(out, "{name} {what}: {text}").unwrap();
        }
    }
    out
}

fn merged(text: &str) -> String {
    let template = match merge_field::template(text, &Org) {
        Ok(template) => template,
        Err(error) => return frame(text, &error),
    };
    let environment = Environment { now: NOW, zone: &zone() };
    template
        .render(&Deal { is_new: false }, &environment, &|value, ty| match ty {
            Some(FieldType::Percent) => format!("{} percent", merge_field::plain(value)),
            _ => merge_field::plain(value),
        })
        .unwrap_or_else(|fault| format!("#Error! {fault}"))
}

#[test]
fn cases() {
    let old = Deal { is_new: false };
    let zero = settings(Context::Automation, Blanks::AsZero);
    let blank = settings(Context::Automation, Blanks::AsBlank);
    let rule = settings(Context::ValidationRule, Blanks::AsZero);
    run_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data"), |block| {
        match block.directive.as_str() {
            "values" => lines(block, |it| show(it, &zero, old)),
            "blank" => lines(block, |it| show(it, &blank, old)),
            "both" => {
                lines(block, |it| format!("{}  |  {}", show(it, &zero, old), show(it, &blank, old)))
            }
            "record" => lines(block, |it| {
                format!(
                    "{}  |  new: {}",
                    show(it, &rule, old),
                    show(it, &rule, Deal { is_new: true })
                )
            }),
            "context" => lines(block, contexts),
            "returns" => lines(block, returning),
            "references" => {
                let formula = compile(&block.input, &rule, &Org).unwrap();
                let paths = formula.references().iter();
                paths.map(|it| format!("{} {:?}\n", it.path, it.ty)).collect()
            }
            "merge" => merged(&block.input),
            "sql" => in_sql(&block.input),
            "error" => show_error(block),
            other => panic!("unknown directive `{other}`"),
        }
    });
}

#[test]
fn every_function_has_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data");
    let text: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap())
        .collect();
    let missing: Vec<&str> = functions::all()
        .map(|it| it.name)
        .filter(|name| !text.contains(&format!("{name}(")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn every_function_is_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/formula.md");
    let text = std::fs::read_to_string(path).unwrap();
    let missing: Vec<String> =
        crate::signatures().into_iter().filter(|it| !text.contains(it.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}
