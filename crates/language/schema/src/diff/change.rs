//! Whether a field may change while it holds values.
//!
//! A change is allowed where every stored value keeps its meaning: text types among each other,
//! numbers among each other at one scale, a master that becomes a lookup. What would need every
//! value to be looked at is refused until there is a step for it.

use crate::schema::{Field, FieldType, Object, Schema};

use super::Refusal;

/// Adds every change from `before` to `after` that stored values would not survive.
pub(super) fn refusals(
    (old, before): (&Schema, &Object),
    (new, after): (&Schema, &Object),
    out: &mut Vec<Refusal>,
) {
    for field in &before.fields {
        let component = format!("{}.{}", after.name, field.name);
        let message = match after.field(&field.name) {
            Some(now) if field.is_virtual() && !now.is_virtual() => {
                Some("a field that is worked out cannot become one that holds values".to_owned())
            }
            // What holds no values may change and go.
            _ if field.is_virtual() => None,
            Some(now) => refusal(field, now).or_else(|| lost_target((old, field), (new, now))),
            // Were its column forgotten, a field of this name could not be added again.
            None if field.custom => Some(
                "the field was taken away, or became a kind that is not stored; fields cannot be \
                 removed yet"
                    .to_owned(),
            ),
            None => None,
        };
        out.extend(message.map(|message| Refusal { component, message }));
    }
}

fn refusal(before: &Field, after: &Field) -> Option<String> {
    if after.is_virtual() {
        return Some("a field that holds values cannot become one that is worked out".to_owned());
    }
    if kind(before.ty) != kind(after.ty) {
        return Some(format!(
            "the type cannot change from {:?} to {:?}, which stores other values",
            before.ty, after.ty
        ));
    }
    if before.ty.is_text() && before.fold.is_none() && after.fold.is_some() {
        return Some(format!(
            "changing from {:?}, which cannot be searched, to {:?} is not supported yet",
            before.ty, after.ty
        ));
    }
    if before.ty == FieldType::Lookup && after.ty == FieldType::MasterDetail {
        return Some("changing a lookup into a master-detail is not supported yet".to_owned());
    }
    if before.ty.is_text() && after.length < before.length {
        return Some(format!(
            "shortening from {} to {} characters is not supported yet",
            before.length, after.length
        ));
    }
    if before.scale != after.scale {
        return Some("changing decimal places is not supported yet".to_owned());
    }
    if after.precision < before.precision {
        return Some(format!(
            "reducing from {} to {} digits is not supported yet",
            before.precision, after.precision
        ));
    }
    None
}

/// A lookup must still allow what its records may point to.
fn lost_target(
    (old, before): (&Schema, &Field),
    (new, after): (&Schema, &Field),
) -> Option<String> {
    let before = before.reference.as_ref()?;
    let after = after.reference.as_ref()?;
    let now: Vec<&str> = after.targets.iter().map(|it| new.get(*it).name.as_str()).collect();
    let mut names = before.targets.iter().map(|it| old.get(*it).name.as_str());
    let lost = names.find(|it| !now.contains(it))?;
    Some(format!("records may point to {lost}, which the field would no longer allow"))
}

/// Types whose stored values mean the same.
#[derive(PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Reference,
    Other(FieldType),
}

fn kind(ty: FieldType) -> Kind {
    match ty {
        _ if ty.is_text() => Kind::Text,
        _ if ty.is_number() => Kind::Number,
        _ if ty.is_reference() => Kind::Reference,
        _ => Kind::Other(ty),
    }
}
