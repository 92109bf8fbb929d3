//! Values that follow from others when a record is saved.
//!
//! Which field derives from what is metadata ([`schema::Derivation`]); this is how.

use base::{Decimal, Value, decimal};
use schema::{Derivation, Field, FieldId, Object, PicklistAttribute};

use crate::draft::Draft;
use crate::plan::Plan;

/// Fills the derived fields of `draft`, whose other values are complete.
pub(crate) fn derive(object: &Object, plan: &Plan, draft: &mut Draft) {
    for id in &plan.derived {
        let field = object.get(*id);
        let value = match &field.derived {
            Some(Derivation::PersonName) => person_name(object, field, draft),
            Some(Derivation::PicklistAttribute { field: from, attribute }) => {
                attribute_of(object, *from, *attribute, draft)
            }
            Some(Derivation::PicklistDefault { field: from, attribute }) => {
                if draft.is_given(*id) || !draft.is_changed(*from) {
                    continue;
                }
                attribute_of(object, *from, *attribute, draft)
            }
            Some(Derivation::ExpectedRevenue) => expected_revenue(object, field, draft),
            None => continue,
        };
        draft.values[usize::from(id.0)] = value;
    }
    if let Some((content, size)) = plan.content
        && draft.is_changed(content)
    {
        let length = match draft.value(content) {
            Value::Bytes(bytes) => Value::Decimal(Decimal::from(bytes.len())),
            _ => Value::Null,
        };
        draft.set(Some(size), length);
    }
}

fn person_name(object: &Object, field: &Field, draft: &Draft) -> Value {
    let part = |name: &str| {
        let field = object.field(name)?;
        draft.value(field.id).as_text()
    };
    let name = match (part("FirstName"), part("LastName")) {
        (Some(first), Some(last)) => format!("{first} {last}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => return Value::Null,
    };
    Value::Text(name.chars().take(field.length as usize).collect::<String>().trim_end().to_owned())
}

fn attribute_of(
    object: &Object,
    from: FieldId,
    attribute: PicklistAttribute,
    draft: &Draft,
) -> Value {
    use PicklistAttribute as A;
    let picklist = object.get(from).picklist.as_ref();
    let text = draft.value(from).as_text();
    let value = text.and_then(|text| picklist.and_then(|it| it.value(text)));
    let flag = |get: fn(&schema::PicklistValue) -> bool| Value::Bool(value.is_some_and(get));
    match attribute {
        A::Closed => flag(|it| it.closed),
        A::Won => flag(|it| it.won),
        A::Converted => flag(|it| it.converted),
        A::HighPriority => flag(|it| it.high_priority),
        A::Probability => value.and_then(|it| it.probability).map_or(Value::Null, Value::Decimal),
        A::ForecastCategory => {
            value.and_then(|it| it.forecast_category.clone()).map_or(Value::Null, Value::Text)
        }
        A::ForecastCategoryName => value
            .and_then(|it| it.forecast_category.as_deref())
            .map_or(Value::Null, |it| Value::Text(category_name(it).to_owned())),
    }
}

/// The writable twin of a forecast category (semantics reference, section 3.3).
fn category_name(category: &str) -> &str {
    match category {
        "BestCase" => "Best Case",
        "MostLikely" => "Most Likely",
        "Forecast" => "Commit",
        other => other,
    }
}

fn expected_revenue(object: &Object, field: &Field, draft: &Draft) -> Value {
    let factor = |name: &str| {
        let value = draft.value(object.field(name)?.id);
        if let Value::Decimal(decimal) = value { Some(*decimal) } else { None }
    };
    let (Some(amount), Some(probability)) = (factor("Amount"), factor("Probability")) else {
        return Value::Null;
    };
    let product = amount.checked_mul(probability).map(|it| it / Decimal::ONE_HUNDRED);
    product.map_or(Value::Null, |it| Value::Decimal(decimal::round_half_up(it, field.scale)))
}
