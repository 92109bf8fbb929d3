//! A literal as the value that a field stores, or as a comparison with a range.
//!
//! Decimals that a field's scale cannot hold still compare exactly: `Amount < 1.005` on a field
//! of two places is a comparison with the whole number of hundredths below.

use base::{Date, DateTime, Decimal, RecordId, decimal};
use schema::FieldType;
use soql::Literal;
use sql::{CompareOp, Value};

use crate::compile::Context;
use crate::date_range::{self, Range};
use crate::error::ErrorKind;
use crate::path::Leaf;

/// What a comparison with a literal becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// The field compares with null.
    Null,
    Value(Value),
    /// A half-open range of storage values: `start <= x < end`.
    Range(i64, i64),
    /// Between two values that storage can hold: equality is false.
    Between {
        below: i64,
    },
    /// Beyond every value: above all when true.
    Beyond(bool),
}

/// Reads `literal` for a comparison with `leaf`.
pub(crate) fn read(
    context: &Context<'_>,
    leaf: &Leaf<'_>,
    literal: &Literal,
) -> Result<Operand, ErrorKind> {
    let ty = leaf.ty();
    let wrong = |expected| ErrorKind::WrongType { field: leaf.name().to_owned(), expected };
    if matches!(literal, Literal::Null) {
        return if ty == FieldType::Checkbox { Err(wrong("boolean")) } else { Ok(Operand::Null) };
    }
    match ty {
        FieldType::Id | FieldType::Lookup | FieldType::MasterDetail => match literal {
            Literal::Text(text) if text.is_empty() => Ok(Operand::Null),
            Literal::Text(text) => RecordId::parse(text)
                .map(|id| Operand::Value(Value::Int(id.raw())))
                .map_err(|_| ErrorKind::InvalidId(text.clone())),
            _ => Err(wrong("string")),
        },
        FieldType::Checkbox => match literal {
            Literal::Bool(bit) => Ok(Operand::Value(Value::Int(i64::from(*bit)))),
            _ => Err(wrong("boolean")),
        },
        FieldType::Number | FieldType::Currency | FieldType::Percent => match literal {
            Literal::Number(number) => Ok(number_operand(*number, leaf.scale())),
            Literal::Currency { .. } => {
                Err(ErrorKind::Unsupported("Currency literals are".to_owned()))
            }
            _ => Err(wrong("double")),
        },
        FieldType::Date => match literal {
            Literal::Date(date) => Ok(Operand::Value(Value::Int(i64::from(date.0)))),
            Literal::DateLiteral(it) => {
                let range = range_of(context, it);
                Ok(Operand::Range(i64::from(range.start.0), i64::from(range.end.0)))
            }
            _ => Err(wrong("date")),
        },
        FieldType::DateTime => match literal {
            Literal::DateTime(at) => Ok(Operand::Value(Value::Int(at.0))),
            Literal::DateLiteral(it) => {
                let range = range_of(context, it);
                let at = |date: Date| -> DateTime { date.start_in(context.zone) };
                Ok(Operand::Range(at(range.start).0, at(range.end).0))
            }
            _ => Err(wrong("dateTime")),
        },
        FieldType::Time => match literal {
            Literal::Time(time) => Ok(Operand::Value(Value::Int(i64::from(time.0)))),
            _ => Err(wrong("time")),
        },
        _ => match literal {
            Literal::Text(text) => Ok(text_operand(leaf, text)),
            _ => Err(wrong("string")),
        },
    }
}

fn range_of(context: &Context<'_>, literal: &soql::DateLiteral) -> Range {
    let today = context.now.date_in(context.zone);
    date_range::resolve(*literal, today, context.calendar)
}

fn number_operand(number: Decimal, scale: u32) -> Operand {
    match decimal::to_scaled(number, scale) {
        Ok(scaled) if decimal::from_scaled(scaled, scale) == number => {
            Operand::Value(Value::Int(scaled))
        }
        Ok(_) => {
            let unit = Decimal::from(10_i64.pow(scale.min(18)));
            let below = number.checked_mul(unit).map(|it| it.floor());
            let below = below.and_then(|it| i64::try_from(it.mantissa()).ok());
            below.map_or(Operand::Beyond(!number.is_sign_negative()), |below| Operand::Between {
                below,
            })
        }
        Err(_) => Operand::Beyond(!number.is_sign_negative()),
    }
}

/// Empty text is null; trailing blanks are not significant; text compares folded unless the
/// field is case-sensitive; several values of a multi-select picklist stand in their defined
/// order.
fn text_operand(leaf: &Leaf<'_>, text: &str) -> Operand {
    let text = text.trim_end();
    if text.is_empty() {
        return Operand::Null;
    }
    let ordered = leaf
        .field()
        .filter(|it| it.ty == FieldType::MultiselectPicklist)
        .and_then(|it| it.picklist.as_ref())
        .map(|picklist| in_defined_order(picklist, text));
    let text = ordered.as_deref().unwrap_or(text);
    Operand::Value(Value::Text(leaf.comparable(text)))
}

fn in_defined_order(picklist: &schema::Picklist, text: &str) -> String {
    let mut parts: Vec<&str> = text.split(';').map(str::trim).collect();
    parts.sort_by_key(|part| {
        let folded = base::fold(part);
        let at = picklist.values.iter().position(|it| base::fold(&it.name) == folded);
        at.unwrap_or(usize::MAX)
    });
    parts.join(";")
}

/// `op` against the range that a date literal names (wire reference, section 10.3).
pub(crate) fn against_range(op: CompareOp, start: i64, end: i64) -> Vec<(CompareOp, i64)> {
    match op {
        CompareOp::Eq | CompareOp::Ne => vec![(CompareOp::Ge, start), (CompareOp::Lt, end)],
        CompareOp::Lt => vec![(CompareOp::Lt, start)],
        CompareOp::Le => vec![(CompareOp::Lt, end)],
        CompareOp::Gt => vec![(CompareOp::Ge, end)],
        CompareOp::Ge => vec![(CompareOp::Ge, start)],
    }
}
