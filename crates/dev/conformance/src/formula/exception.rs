//! The rows that cannot hold, each with its reason: `formula_exceptions.tsv`.

use anyhow::bail;

use super::case::{Case, Row};

const FILE: &str = include_str!("../../formula_exceptions.tsv");

/// A column that is `*` covers everything; a case that ends in `(` covers the formulas that call
/// that function.
pub(super) struct Exception {
    engine: &'static str,
    case: &'static str,
    inputs: &'static str,
    pub reason: &'static str,
}

impl Exception {
    pub(super) fn covers(&self, engine: &str, case: &Case, row: &Row) -> bool {
        let is = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        let calls = self.case.ends_with('(') && case.formula.to_uppercase().contains(self.case);
        is(self.engine, engine)
            && (calls || is(self.case, &case.name))
            && is(self.inputs, &row.show_inputs())
    }
}

pub(super) fn read() -> anyhow::Result<Vec<Exception>> {
    let lines = FILE.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>().as_slice() {
            [engine, case, inputs, reason] if 10 < reason.len() => {
                Ok(Exception { engine, case, inputs, reason })
            }
            _ => bail!("formula_exceptions.tsv: `{line}` has no engine, case, inputs and reason"),
        })
        .collect()
}
