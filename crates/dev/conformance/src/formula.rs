//! Formula rows: the format of the shared `conformance/formula/cases.jsonl`.
//!
//! A row holds when the value before rounding to the field's scale is the expected one, once with
//! blanks as zero and once with blanks as blank. Values are compared, not spellings:
//!
//! - numbers to a relative difference of 1E-12, in SQL also where they are equal at the field's
//!   scale;
//! - a datetime at midnight equals its date;
//! - texts with tabs and line breaks as blanks and without blanks at their ends: the file's
//!   expected results lost the former and its inputs the latter when it was made.
//!
//! What cannot hold all the same is listed with its reason in `formula_exceptions.tsv`.

mod case;
mod compare;
mod engine;
mod exception;
mod memory;

use anyhow::bail;
use formula::Blanks;
use formula::to_sql::Form;

use crate::Report;
use case::Expected;

pub use case::{Case, Field, Row};

/// What evaluates the formulas.
#[derive(Debug)]
pub enum Engine {
    Memory,
    Sql(engine::Link),
}

impl Engine {
    /// The engine of that name, ready.
    pub fn open(name: &str) -> anyhow::Result<Self> {
        match name {
            "memory" => Ok(Self::Memory),
            "sqlite" => Ok(Self::Sql(engine::Link::sqlite()?)),
            "postgres" => Ok(Self::Sql(engine::Link::postgres()?)),
            _ => bail!("no engine `{name}`; there are memory, sqlite and postgres"),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sql(link) => link.name(),
        }
    }

    /// Makes the rows of a case known.
    pub fn prepare(&mut self, case: &Case) -> anyhow::Result<()> {
        match self {
            Self::Memory => Ok(()),
            Self::Sql(link) => link.fill(case),
        }
    }

    /// One outcome a row, as a column of the case's scale would hold it.
    pub fn evaluate_stored(&mut self, case: &Case, blanks: Blanks) -> Vec<Outcome> {
        match self {
            Self::Memory => memory::evaluate(case, blanks),
            Self::Sql(link) => link.evaluate(case, blanks, Form::Stored { scale: case.scale }),
        }
    }

    /// One outcome a row.
    pub fn evaluate(&mut self, case: &Case, blanks: Blanks) -> Vec<Outcome> {
        match self {
            Self::Memory => memory::evaluate(case, blanks),
            Self::Sql(link) => link.evaluate(case, blanks, Form::Computed),
        }
    }
}

/// What an engine made of a row: a value, or why there is none.
pub type Outcome = Result<formula::Value, NoValue>;

#[derive(Debug)]
pub enum NoValue {
    /// The formula has none for the row.
    Fault(String),
    /// The engine was not asked, or did not answer: never what is expected.
    Unanswered(String),
}

/// Runs every row of a file.
pub fn run(text: &str, mut engine: Engine) -> anyhow::Result<Report> {
    let exceptions = exception::read()?;
    let in_sql = matches!(engine, Engine::Sql(_));
    let mut report = Report::default();
    for case in case::read(text)? {
        engine.prepare(&case)?;
        let zero = engine.evaluate(&case, Blanks::AsZero);
        let blank = engine.evaluate(&case, Blanks::AsBlank);
        for (idx, row) in case.rows.iter().enumerate() {
            let failure = [(&row.expected, &zero[idx], "zero"), (&row.blank, &blank[idx], "blank")]
                .into_iter()
                .find(|(expected, outcome, _)| {
                    let exact = compare::holds(expected, outcome);
                    let at_scale = || compare::holds_at_scale(expected, outcome, case.scale);
                    !(exact || (in_sql && at_scale()))
                });
            let Some((expected, outcome, mode)) = failure else {
                report.passed += 1;
                continue;
            };
            match exceptions.iter().find(|it| it.covers(engine.name(), &case, row)) {
                Some(exception) => {
                    let row = format!("{} row {}: {}", case.name, row.number, exception.reason);
                    report.excepted.push(row);
                }
                None => report.failures.push(describe(&case, row, mode, expected, outcome)),
            }
        }
    }
    Ok(report)
}

fn describe(case: &Case, row: &Row, mode: &str, expected: &Expected, outcome: &Outcome) -> String {
    let found = match outcome {
        Ok(value) => format!("{value:?}"),
        Err(NoValue::Fault(why)) => format!("error: {why}"),
        Err(NoValue::Unanswered(why)) => format!("unanswered: {why}"),
    };
    format!(
        "{} row {} (blank as {mode}): {}\n  inputs   {}\n  expected {}\n  found    {found}",
        case.name,
        row.number,
        case.formula,
        row.show_inputs(),
        expected.show(),
    )
}
