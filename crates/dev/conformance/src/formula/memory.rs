//! The evaluator in memory.

use base::DateTime;
use formula::{
    Blanks, Context, Environment, FieldType, Record, Reference, Resolver, Settings, Unresolved,
    Value,
};

use super::case::{Case, Field};
use super::{NoValue, Outcome};

/// 2026-02-03T04:05:06Z: rows do not depend on it.
pub(super) const NOW: DateTime = DateTime(1_770_091_506_000);

pub(super) struct Fields<'a>(pub &'a [Field]);

impl Resolver for Fields<'_> {
    fn resolve(&self, path: &[&str]) -> Result<FieldType, Unresolved> {
        let [name] = path else { return Err(Unresolved::Unknown) };
        let field = self.0.iter().find(|it| it.name.eq_ignore_ascii_case(name));
        field.map(|it| it.ty).ok_or(Unresolved::Unknown)
    }
}

/// Compiles a case's formula where everything may be used.
pub(super) fn compile(case: &Case, blanks: Blanks) -> Result<formula::Formula, formula::Error> {
    let returns = Some(case.returns).filter(|it| *it == FieldType::Percent);
    let settings = Settings { context: Context::Automation, returns, blanks };
    formula::compile(&case.formula, &settings, &Fields(&case.fields))
}

struct Values<'a> {
    fields: &'a [Field],
    values: &'a [Value],
}

impl Record for Values<'_> {
    fn value(&self, _idx: usize, reference: &Reference) -> Value {
        let at = self.fields.iter().position(|it| it.name.eq_ignore_ascii_case(&reference.path));
        at.map_or(Value::Blank, |at| self.values[at].clone())
    }
}

pub(super) fn evaluate(case: &Case, blanks: Blanks) -> Vec<Outcome> {
    let formula = match compile(case, blanks) {
        Ok(formula) => formula,
        Err(error) => return unanswered(case, &error),
    };
    let environment = Environment { now: NOW, zone: &case.zone };
    let rows = case.rows.iter().map(|row| {
        let record = Values { fields: &case.fields, values: &row.values };
        let value = formula.evaluate(&record, &environment);
        value.map_err(|fault| NoValue::Fault(fault.to_string()))
    });
    rows.collect()
}

/// The outcome of every row of a formula that does not compile.
pub(super) fn unanswered(case: &Case, error: &formula::Error) -> Vec<Outcome> {
    case.rows.iter().map(|_| Err(NoValue::Unanswered(error.to_string()))).collect()
}
