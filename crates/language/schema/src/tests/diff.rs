//! The steps between two schemas, as text.

use std::fmt::Write as _;

use sql::Statement;

use crate::{Schema, Step};

/// The steps from `before` to `after`, or the refusals, one a line.
pub(crate) fn shown(before: &Schema, after: &Schema) -> String {
    let mut out = String::new();
    match crate::diff(before, after) {
        Ok(steps) => {
            for step in steps {
                writeln!(out, "step: {}", step_line(&step)).unwrap();
            }
        }
        Err(refusals) => {
            for refusal in refusals {
                writeln!(out, "refused: {}: {}", refusal.component, refusal.message).unwrap();
            }
        }
    }
    out
}

fn step_line(step: &Step) -> String {
    match step {
        Step::Ddl(ddl) => Statement::Ddl(ddl).render().text.replace('\n', " "),
        Step::FillFold { table, column, fold_column } => {
            format!("fill {table}.{fold_column} from {column}")
        }
    }
}
