//! A roll-up summary → its child, its operation, its filters.
//!
//! In: `summaryForeignKey`, `summaryOperation`, `summarizedField` and `summaryFilterItems` of a
//! field. Out: a [`Summary`], or every problem. Any lookup to the object serves, not only masters.

use base::{DateTime, RecordId, Value, decimal};

use crate::calculation::{FilterOperation, Summary, SummaryFilter, SummaryOperation, filter_date};
use crate::schema::{Field, FieldId, FieldType, ObjectId};

use super::super::object::{self, ObjectDraft};
use super::super::report::{At, Report};
use super::path::Names;
use super::{CHAIN_MAX, Place, formula_of};

/// Digits of a sum, and of a count.
const DIGITS: u32 = 18;

/// Gives a roll-up summary the type and the digits of what it summarizes.
pub(crate) fn measure(drafts: &mut [ObjectDraft<'_>], place: Place) {
    let Some((ty, scale)) = measured(drafts, place, 0) else { return };
    let field = &mut drafts[place.0].fields[place.1].field;
    field.ty = ty;
    (field.precision, field.scale) = if ty.is_number() { (DIGITS, scale) } else { (0, 0) };
}

/// The type and the scale of a roll-up summary, which may summarize another one.
fn measured(drafts: &[ObjectDraft<'_>], place: Place, depth: usize) -> Option<(FieldType, u32)> {
    let draft = &drafts[place.0].fields[place.1];
    let is_formula = draft.source.is_none_or(|it| formula_of(it).is_some());
    if is_formula || !draft.field.is_virtual() {
        return (0 < depth).then_some((draft.field.ty, draft.field.scale));
    }
    let source = draft.source?;
    if source.text("summaryOperation") == Some("count") || CHAIN_MAX < depth {
        return Some((FieldType::Number, 0));
    }
    let (child, field) = source.text("summarizedField")?.split_once('.')?;
    let child = object::find(drafts, child)?;
    let own = drafts[child].fields.iter().position(|it| it.field.name.eq_ignore_ascii_case(field));
    measured(drafts, (child, own?), depth + 1)
}

pub(crate) fn read(
    drafts: &[ObjectDraft<'_>],
    names: &Names,
    place: Place,
    report: &mut Report,
) -> Option<Summary> {
    let source = drafts[place.0].fields[place.1].source?;
    let Some(key) = source.find("summaryForeignKey") else {
        report.problem(source.at(), "a roll-up summary names a lookup in summaryForeignKey");
        return None;
    };
    let reading = Reading { drafts, names };
    let (child, lookup) = reading.field(key, None, report)?;
    let of_lookup = &drafts[child].fields[lookup].field;
    let targets = of_lookup.reference.as_ref().map(|it| it.targets.as_slice()).unwrap_or_default();
    if !targets.contains(&ObjectId(place.0 as u16)) {
        let (key_text, object) = (key.text(), &drafts[place.0].object.name);
        report.problem(key, format!("{key_text} is no lookup to {object}"));
        return None;
    }
    let operation = reading.operation(source.find("summaryOperation"), source.at(), report)?;
    let field = match (operation, source.find("summarizedField")) {
        (SummaryOperation::Count, _) => None,
        (_, Some(at)) => Some(reading.summarized(at, child, operation, report)?),
        (_, None) => {
            report.problem(source.at(), "the roll-up summary names no summarizedField");
            return None;
        }
    };
    let mut filters = Vec::new();
    for at in source.all("summaryFilterItems") {
        filters.push(reading.filter(at, child, report)?);
    }
    let (child, lookup) = (ObjectId(child as u16), FieldId(lookup as u16));
    Some(Summary { child, lookup, operation, field, filters })
}

struct Reading<'d, 'a> {
    drafts: &'d [ObjectDraft<'a>],
    names: &'d Names,
}

impl Reading<'_, '_> {
    /// Finds `Child__c.Field__c`; of `child`, where that is known.
    fn field(&self, at: At<'_>, child: Option<usize>, report: &mut Report) -> Option<Place> {
        let full_name = at.text();
        let found = full_name.split_once('.').and_then(|(object, field)| {
            let object = object::find(self.drafts, object)?;
            Some((object, self.names.field(object, field)?))
        });
        let message = match found {
            Some((object, _)) if child.is_some_and(|it| it != object) => {
                format!("{full_name} is no field of the object that is summarized")
            }
            Some(found) => return Some(found),
            None => {
                let left_out = full_name
                    .split_once('.')
                    .is_some_and(|(object, field)| report.is_field_left_out(object, field));
                if left_out {
                    report.unsupported(at, format!("it needs {full_name}, which is left out"));
                    return None;
                }
                format!("there is no field {full_name}")
            }
        };
        report.problem(at, message);
        None
    }

    fn operation(
        &self,
        at: Option<At<'_>>,
        whole: At<'_>,
        report: &mut Report,
    ) -> Option<SummaryOperation> {
        Some(match at.map_or("", At::text) {
            "count" => SummaryOperation::Count,
            "sum" => SummaryOperation::Sum,
            "min" => SummaryOperation::Min,
            "max" => SummaryOperation::Max,
            other => {
                let message = format!("`{other}` is not an operation: count, sum, min, max");
                report.problem(at.unwrap_or(whole), message);
                return None;
            }
        })
    }

    fn summarized(
        &self,
        at: At<'_>,
        child: usize,
        operation: SummaryOperation,
        report: &mut Report,
    ) -> Option<FieldId> {
        let (_, field) = self.field(at, Some(child), report)?;
        let ty = self.drafts[child].fields[field].field.ty;
        let is_day = matches!(ty, FieldType::Date | FieldType::DateTime);
        if ty.is_number() || (is_day && operation != SummaryOperation::Sum) {
            return Some(FieldId(field as u16));
        }
        report.problem(at, format!("{} is of a type that has no such summary", at.text()));
        None
    }

    fn filter(&self, at: At<'_>, child: usize, report: &mut Report) -> Option<SummaryFilter> {
        let Some(name) = at.child("field") else {
            report.problem(at, "a filter names no field");
            return None;
        };
        if let Some(other) = at.child("valueField") {
            report.unsupported(other, "filters that compare two fields are not supported yet");
            return None;
        }
        let (_, field) = self.field(name, Some(child), report)?;
        let id = FieldId(field as u16);
        let field = &self.drafts[child].fields[field].field;
        let name = at.text_of("operation").unwrap_or_default();
        let value = at.text_of("value").unwrap_or_default();
        let operation = FilterOperation::parse(name).filter(|it| suits(*it, field));
        let Some(operation) = operation else {
            let message = format!("`{name}` is not an operation of a filter by {}", field.name);
            report.problem(at, message);
            return None;
        };
        let values: Option<Vec<Value>> = match value {
            "" if field.ty != FieldType::Checkbox => Some(vec![Value::Null]),
            _ => value.split(',').map(|it| read_value(field, it.trim())).collect(),
        };
        let is_empty = values.as_ref().is_some_and(|it| it.contains(&Value::Null));
        let equal = matches!(operation, FilterOperation::Equals | FilterOperation::NotEqual);
        match values {
            Some(values) if equal || !is_empty => {
                Some(SummaryFilter { field: id, operation, values })
            }
            _ => {
                report.problem(at, format!("`{value}` is not a value of {}", field.name));
                None
            }
        }
    }
}

/// Whether a field may be asked that.
fn suits(operation: FilterOperation, field: &Field) -> bool {
    use FilterOperation as O;
    let (ty, multi) = (field.ty, field.ty == FieldType::MultiselectPicklist);
    if !ty.is_filterable() {
        return false;
    }
    match operation {
        O::Equals | O::NotEqual => true,
        O::LessThan | O::GreaterThan | O::LessOrEqual | O::GreaterOrEqual => {
            ty.is_sortable() && ty != FieldType::Checkbox && !ty.is_reference()
        }
        O::Contains | O::NotContain | O::StartsWith => ty.is_text() && !multi,
        O::Includes | O::Excludes => multi,
    }
}

/// A value of a filter; none where the field cannot have it.
fn read_value(field: &Field, text: &str) -> Option<Value> {
    Some(match field.ty {
        FieldType::Checkbox => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        ty if ty.is_number() => Value::Decimal(decimal::parse(text).ok()?),
        FieldType::Date => Value::Date(filter_date(text)?),
        FieldType::DateTime => Value::DateTime(DateTime::parse(text).ok()?),
        FieldType::Id | FieldType::Lookup | FieldType::MasterDetail => {
            Value::Id(RecordId::parse(text).ok()?)
        }
        ty if ty.is_text() => Value::Text(text.to_owned()),
        _ => return None,
    })
}
