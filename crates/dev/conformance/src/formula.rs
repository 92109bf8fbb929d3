//! Formula rows: the format of the shared `conformance/formula/cases.jsonl`.
//!
//! A row holds when the value before rounding to the field's scale is the expected one, once with
//! blanks as zero and once with blanks as blank. Values are compared, not spellings:
//!
//! - numbers to a relative difference of 1E-12;
//! - a datetime at midnight equals its date;
//! - texts with tabs and line breaks as blanks and without blanks at their ends: the file's
//!   expected results lost the former and its inputs the latter when it was made.
//!
//! What cannot hold all the same is listed with its reason in `formula_exceptions.tsv`.

mod case;
mod compare;
mod exception;
mod memory;

use anyhow::bail;
use formula::Blanks;

use crate::Report;
use case::{Case, Expected, Row};

/// What evaluates the formulas.
#[derive(Debug)]
pub enum Engine {
    Memory,
}

impl Engine {
    /// The engine of that name, ready.
    pub fn open(name: &str) -> anyhow::Result<Self> {
        match name {
            "memory" => Ok(Self::Memory),
            _ => bail!("no engine `{name}`; there are memory, sqlite and postgres"),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
        }
    }

    /// One outcome a row.
    fn evaluate(&mut self, case: &Case, blanks: Blanks) -> Vec<Outcome> {
        match self {
            Self::Memory => memory::evaluate(case, blanks),
        }
    }
}

/// What an engine made of a row: a value, or why there is none.
type Outcome = Result<formula::Value, String>;

/// Runs every row of a file.
pub fn run(text: &str, mut engine: Engine) -> anyhow::Result<Report> {
    let exceptions = exception::read()?;
    let mut report = Report::default();
    for case in case::read(text)? {
        let zero = engine.evaluate(&case, Blanks::AsZero);
        let blank = engine.evaluate(&case, Blanks::AsBlank);
        for (idx, row) in case.rows.iter().enumerate() {
            let failure = [(&row.expected, &zero[idx], "zero"), (&row.blank, &blank[idx], "blank")]
                .into_iter()
                .find(|(expected, outcome, _)| !compare::holds(expected, outcome));
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
        Err(why) => format!("error: {why}"),
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
