//! Auto-numbers: the next number of the field, in its display format.
//!
//! `{0000}` is the number with at least as many digits; `{YYYY}`, `{YY}`, `{MM}`, `{DD}` are the
//! date in the actor's zone; the rest stands for itself.

use base::{Date, Value};
use schema::{AutoNumber, FieldId, Object};
use store::Tx;

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::Error;

/// Numbers the new `rows` that were not given a number (which only the system does).
pub(super) fn assign(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    object: &Object,
    field: FieldId,
    rows: &[usize],
    drafts: &mut [Draft],
) -> Result<(), Error> {
    let field = object.get(field);
    let Some(auto_number) = &field.auto_number else { return Ok(()) };
    let open: Vec<usize> =
        rows.iter().copied().filter(|at| drafts[*at].value(field.id).is_null()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let sequence = format!("auto:{}.{}", object.name, field.name);
    let taken = tx.allocate(&sequence, i64::try_from(open.len()).unwrap_or(i64::MAX))?;
    // A sequence starts at 1, a field where its definition says.
    let first = auto_number.starting_number + (taken - 1);
    let today = ctx.now.date_in(&ctx.zone);
    for (number, at) in (first..).zip(open) {
        drafts[at].set(Some(field.id), Value::Text(display(auto_number, number, today)));
    }
    Ok(())
}

fn display(auto_number: &AutoNumber, number: i64, today: Date) -> String {
    let date = today.civil();
    let mut out = String::new();
    let mut rest = auto_number.format.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((token, after)) = after.split_once('}') else { break };
        out.push_str(before);
        match token {
            "YYYY" => out.push_str(&format!("{:04}", date.year())),
            "YY" => out.push_str(&format!("{:02}", date.year().rem_euclid(100))),
            "MM" => out.push_str(&format!("{:02}", date.month())),
            "DD" => out.push_str(&format!("{:02}", date.day())),
            digits => out.push_str(&format!("{number:0width$}", width = digits.len())),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let today = Date::parse("2026-03-08").unwrap();
        for (format, number, shown) in [
            ("A-{0000}", 7, "A-0007"),
            ("{00000000}", 1042, "00001042"),
            ("{0}", 123, "123"),
            ("INV-{YYYY}{MM}{DD}-{000}", 12, "INV-20260308-012"),
            ("{YY}/{00}x", 3, "26/03x"),
            ("plain", 3, "plain"),
            ("open {0", 3, "open {0"),
        ] {
            let auto_number = AutoNumber { format: format.to_owned(), starting_number: 1 };
            assert_eq!(display(&auto_number, number, today), shown);
        }
    }
}
