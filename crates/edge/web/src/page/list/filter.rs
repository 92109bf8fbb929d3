//! The filters of a list view as conditions.
//!
//! In: what the metadata says, `AMOUNT greaterThan 1000`. Out: SOQL. A filter that cannot be
//! expressed keeps the whole view from being shown: a list that quietly shows more than its
//! name promises is worse than none.

use base::{Date, RecordId, decimal};
use schema::{Field, FieldType, ListFilter, ListView, Object, filter_date};

use crate::read::{self, Query};
use crate::visit::Visit;

/// Narrows `query` to what `view` shows, or says what keeps it from being shown.
pub(super) fn apply(
    visit: &Visit,
    object: &Object,
    view: &ListView,
    query: &mut Query<'_>,
) -> Result<(), String> {
    if view.mine {
        if object.field("OwnerId").is_none() {
            return Err(format!("{} have no owner to show them by.", object.plural_label));
        }
        query.mine = true;
    }
    for it in &view.filters {
        let field = object.get(it.field);
        if !visit.ctx.access.can_read_field(object, field) {
            return Err("This view filters on a field that you may not see.".to_owned());
        }
        let condition = condition(visit, field, it).ok_or_else(|| {
            format!(
                "This view cannot be shown: its filter on {} ({} {}) is not supported.",
                field.label, it.operation, it.value
            )
        })?;
        query.conditions.push(condition);
    }
    Ok(())
}

fn condition(visit: &Visit, field: &Field, filter: &ListFilter) -> Option<String> {
    let values: Vec<&str> = filter.value.split(',').map(str::trim).collect();
    let path = path(visit, field);
    if filter.value.trim().is_empty() {
        return match filter.operation.as_str() {
            "equals" => Some(format!("{path} = NULL")),
            "notEqual" => Some(format!("{path} != NULL")),
            _ => None,
        };
    }
    let each = |op: &dyn Fn(&str) -> Option<String>| {
        let parts: Option<Vec<String>> = values.iter().map(|it| op(it)).collect();
        parts.map(|it| format!("({})", it.join(" OR ")))
    };
    let is_text = field.ty.is_text() || field.ty.is_reference();
    let is_multi = field.ty == FieldType::MultiselectPicklist;
    let pattern = |value: &str, before: &str| {
        is_text.then(|| format!("{path} LIKE '{before}{}%'", read::like(value)))
    };
    let included = |not: &str| {
        let quoted: Vec<String> = values.iter().map(|it| read::quote(it)).collect();
        is_multi.then(|| format!("{path} {not} ({})", quoted.join(", ")))
    };
    let compared = |op: &str| each(&|value| comparison(visit, field, &path, op, value));
    match filter.operation.as_str() {
        "includes" | "contains" if is_multi => included("INCLUDES"),
        "excludes" | "notContain" if is_multi => included("EXCLUDES"),
        "contains" => each(&|value| pattern(value, "%")),
        "notContain" => each(&|value| pattern(value, "%")).map(|it| format!("(NOT {it})")),
        "startsWith" => each(&|value| pattern(value, "")),
        "equals" => compared("="),
        "notEqual" => compared("=").map(|it| format!("(NOT {it})")),
        "lessThan" => compared("<"),
        "greaterThan" => compared(">"),
        "lessOrEqual" => compared("<="),
        "greaterOrEqual" => compared(">="),
        _ => None,
    }
}

/// What is compared: of a lookup, the name that it points to.
fn path(visit: &Visit, field: &Field) -> String {
    let by_name = field.reference.as_ref().and_then(|reference| {
        let relationship = reference.relationship.as_deref()?;
        let target = visit.ctx.schema.get(*reference.targets.first()?);
        let name = if target.name == "RecordType" { "DeveloperName" } else { "Name" };
        let name = target.field(name).or_else(|| target.name_field())?;
        Some(format!("{relationship}.{}", name.name))
    });
    by_name.unwrap_or_else(|| field.name.clone())
}

fn comparison(visit: &Visit, field: &Field, path: &str, op: &str, value: &str) -> Option<String> {
    let number = || visit.style.read_number(value).or_else(|| plain_number(value));
    let literal = match field.ty {
        FieldType::Checkbox => match value.to_ascii_lowercase().as_str() {
            "1" | "true" => "TRUE".to_owned(),
            "0" | "false" => "FALSE".to_owned(),
            _ => return None,
        },
        FieldType::Number | FieldType::Currency | FieldType::Percent => number()?,
        FieldType::Date => day(value)?.unwrap_or_else(|| value.to_ascii_uppercase()),
        FieldType::DateTime => return instant(visit, path, op, value),
        _ if field.ty.is_reference() => match RecordId::parse(value) {
            Ok(id) => return Some(format!("{} {op} '{id}'", field.name)),
            // A record type is given with its object: `Account.Partner`.
            Err(_) => read::quote(value.rsplit('.').next().unwrap_or(value)),
        },
        _ if field.ty.is_text() => read::quote(value),
        _ => return None,
    };
    Some(format!("{path} {op} {literal}"))
}

fn plain_number(value: &str) -> Option<String> {
    decimal::parse(value).ok().map(|it| it.to_string())
}

/// A date as a literal; none inside where it is relative: `TODAY`, `LAST_N_DAYS:7`.
#[expect(clippy::option_option, reason = "no date at all, a relative one, a fixed one")]
fn day(value: &str) -> Option<Option<String>> {
    if let Some(date) = filter_date(value) {
        return Some(Some(date.to_string()));
    }
    let word = |it: char| it.is_ascii_alphabetic() || it == '_';
    let (name, n) = value.split_once(':').unwrap_or((value, "0"));
    let relative =
        name.chars().all(word) && !n.is_empty() && n.bytes().all(|it| it.is_ascii_digit());
    // The language knows which words are dates.
    let probe = format!("SELECT Id FROM A WHERE B = {value}");
    (relative && soql::parse(&probe).is_ok()).then_some(None)
}

/// A day compared with a point in time: the day is all of it, in the person's zone.
fn instant(visit: &Visit, path: &str, op: &str, value: &str) -> Option<String> {
    let Some(date) = filter_date(value) else {
        day(value)?;
        return Some(format!("{path} {op} {}", value.to_ascii_uppercase()));
    };
    let zone = &visit.ctx.zone;
    let start = date.start_in(zone).to_rfc3339();
    let end = Date(date.0 + 1).start_in(zone).to_rfc3339();
    Some(match op {
        "=" => format!("({path} >= {start} AND {path} < {end})"),
        "<" | ">=" => format!("{path} {op} {start}"),
        "<=" => format!("{path} < {end}"),
        _ => format!("{path} >= {end}"),
    })
}
