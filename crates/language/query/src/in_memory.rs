//! Formulas that no engine computes, from the row that was read.
//!
//! In: what a formula refers to, as expressions of the statement's tables. Out: an [`Evaluation`],
//! which knows the columns of a row and gives the value in the form in which a column would hold
//! it, so that the shape writes it as it writes every other value.
//!
//! A fault of a formula that is needed is a fault only where it is used, as in the engines.

use std::cell::OnceCell;
use std::sync::Arc;

use base::{DateTime, decimal};
use formula::number::Rounding;
use formula::{Environment, Location, Number, Record, Reference};
use jiff::tz::TimeZone;
use schema::{Field, FormulaField};
use sql::{Expr, Row, Value};

use crate::select_list::scalar;
use crate::shape::{Scalar, read_scalar};

/// A formula, and what stands for its references in the statement.
pub(crate) struct InMemory<'s> {
    pub(crate) field: &'s Field,
    pub(crate) formula: Arc<FormulaField>,
    pub(crate) inputs: Vec<Input<'s>>,
    pub(crate) now: DateTime,
    pub(crate) zone: &'s TimeZone,
}

pub(crate) enum Input<'s> {
    Column {
        value: Expr,
        kind: Scalar,
        /// When a calculated field has no value.
        fault: Option<Expr>,
    },
    /// Latitude and longitude, with their scales.
    Place(Option<[(Expr, u32); 2]>),
    Formula(Box<InMemory<'s>>),
}

impl InMemory<'_> {
    /// The formula over the columns that `add` gives its expressions.
    pub(crate) fn evaluation(&self, add: &mut dyn FnMut(Expr) -> usize) -> Evaluation {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            inputs.push(match input {
                Input::Column { value, kind, fault } => Source::Column {
                    value: add(value.clone()),
                    kind: *kind,
                    fault: fault.clone().map(|it| add(bit(it))),
                },
                Input::Place(None) => Source::Nothing,
                Input::Place(Some(place)) => {
                    Source::Place(place.clone().map(|(expr, scale)| (add(expr), scale)))
                }
                Input::Formula(inner) => Source::Formula(Box::new(inner.evaluation(add))),
            });
        }
        Evaluation {
            formula: Arc::clone(&self.formula),
            inputs,
            now: self.now,
            zone: self.zone.clone(),
            kind: scalar(self.field),
            scale: self.field.scale,
        }
    }
}

/// A condition as a column.
fn bit(condition: Expr) -> Expr {
    Expr::Case(vec![(condition, Expr::Literal(1))], Box::new(Expr::Literal(0)))
}

/// A formula and the columns of a row that it is computed from.
#[derive(Debug, Clone)]
pub struct Evaluation {
    formula: Arc<FormulaField>,
    inputs: Vec<Source>,
    now: DateTime,
    zone: TimeZone,
    /// How the value is to be read.
    pub(crate) kind: Scalar,
    scale: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Nothing,
    Column { value: usize, kind: Scalar, fault: Option<usize> },
    Place([(usize, u32); 2]),
    Formula(Box<Evaluation>),
}

impl PartialEq for Evaluation {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.formula, &other.formula)
            && (&self.inputs, self.now, &self.zone) == (&other.inputs, other.now, &other.zone)
    }
}

impl Eq for Evaluation {}

impl Evaluation {
    /// The value as a column holds it; null where it is blank or has none.
    pub(crate) fn value(&self, row: &dyn Row) -> Value {
        let stored = self.evaluate(row).and_then(|it| self.stored(it));
        stored.unwrap_or(Value::Null)
    }

    /// The value as other formulas see it; none where the formula has a fault.
    fn evaluate(&self, row: &dyn Row) -> Option<formula::Value> {
        let inner = self.inputs.iter().map(|_| OnceCell::new()).collect();
        let fields = Fields { of: self, row, inner };
        let environment = Environment { now: self.now, zone: &self.zone };
        Some(match self.formula.formula.evaluate(&fields, &environment).ok()? {
            formula::Value::Number(number) => {
                let number = number.rounded(self.places(), Rounding::HalfCeiling);
                number.scaled(self.places())?;
                formula::Value::Number(number)
            }
            other => other,
        })
    }

    fn places(&self) -> i32 {
        i32::try_from(self.scale).unwrap_or(i32::MAX)
    }

    fn stored(&self, value: formula::Value) -> Option<Value> {
        Some(match value {
            formula::Value::Blank | formula::Value::Location(_) => Value::Null,
            formula::Value::Number(number) => Value::Int(number.scaled(self.places())?),
            formula::Value::Text(text) => Value::Text(text),
            formula::Value::Boolean(it) => Value::Int(i64::from(it)),
            formula::Value::Date(it) => Value::Int(i64::from(it.0)),
            formula::Value::DateTime(it) => Value::Int(it.0),
            formula::Value::Time(it) => Value::Int(i64::from(it.0)),
        })
    }
}

/// The fields of a row, as a formula sees them.
struct Fields<'a> {
    of: &'a Evaluation,
    row: &'a dyn Row,
    /// What the formulas among them gave, each computed once.
    inner: Vec<OnceCell<Option<formula::Value>>>,
}

impl Fields<'_> {
    fn formula(&self, idx: usize, inner: &Evaluation) -> Option<&formula::Value> {
        self.inner[idx].get_or_init(|| inner.evaluate(self.row)).as_ref()
    }
}

impl Record for Fields<'_> {
    fn value(&self, idx: usize, _reference: &Reference) -> formula::Value {
        match &self.of.inputs[idx] {
            Source::Nothing => formula::Value::Blank,
            Source::Column { value, kind, .. } => {
                formula::Value::from(read_scalar(*kind, self.row.get(*value)))
            }
            Source::Place(place) => {
                let [latitude, longitude] = place.map(|(column, scale)| {
                    let scaled = self.row.int(column)?;
                    Some(Number::from_decimal(decimal::from_scaled(scaled, scale)))
                });
                let place = latitude.zip(longitude);
                place.map_or(formula::Value::Blank, |(latitude, longitude)| {
                    formula::Value::Location(Location { latitude, longitude })
                })
            }
            Source::Formula(inner) => {
                self.formula(idx, inner).cloned().unwrap_or(formula::Value::Blank)
            }
        }
    }

    fn is_faulty(&self, idx: usize) -> bool {
        match &self.of.inputs[idx] {
            Source::Column { fault: Some(fault), .. } => self.row.int(*fault) == Some(1),
            Source::Formula(inner) => self.formula(idx, inner).is_none(),
            _ => false,
        }
    }
}
