//! The steps between two schemas, as text.

use std::fmt::Write as _;

use sql::{Dialect, Statement};

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
        Step::Ddl(ddl) => Statement::Ddl(ddl).render(&Dialect::sqlite()).text.replace('\n', " "),
        Step::Fill(update) => Statement::Update(update).render(&Dialect::sqlite()).text,
    }
}
