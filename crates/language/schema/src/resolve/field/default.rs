//! Default values of fields: literals in, values out.
//!
//! A default is a formula on the platform; here it is one of its literals: a number, a quoted
//! text, `true` or `false`. Any other formula is told and left out: the project deploys, and new
//! records start without the value.

use base::{Value, decimal};

use crate::schema::{Field, FieldType};

use super::super::report::{At, Definition, Report};

pub(crate) fn read(field: &Field, source: Definition<'_>, report: &mut Report) -> Option<Value> {
    let Some(at) = source.find("defaultValue").filter(|it| !it.text().is_empty()) else {
        return (field.ty == FieldType::Checkbox).then_some(Value::Bool(false));
    };
    let literal = match field.ty {
        FieldType::Checkbox => boolean(at.text()),
        ty if ty.is_number() => decimal::parse(at.text()).ok().map(Value::Decimal),
        ty if ty.is_text() && ty != FieldType::AutoNumber => quoted(at.text()).map(Value::Text),
        _ => None,
    };
    let Some(literal) = literal else {
        let message =
            format!("formula defaults are not applied yet: `{}` is no literal", at.text());
        report.ignored(at, message);
        return None;
    };
    // Empty text is no value at all.
    fitted(field, literal, at, report).filter(|it| it.as_text() != Some(""))
}

/// The value as the field holds it; none, and told, where it does not fit.
fn fitted(field: &Field, value: Value, at: At<'_>, report: &mut Report) -> Option<Value> {
    let fitted = match value {
        Value::Decimal(number) => {
            // Formulas write 25% as 0.25; the field holds 25.
            let factor = if field.ty == FieldType::Percent { 100 } else { 1 };
            let number = number.checked_mul(decimal::Decimal::from(factor));
            let number = number.filter(|it| decimal::fits(*it, field.precision, field.scale));
            number.map(|it| Value::Decimal(decimal::round_half_up(it, field.scale)))
        }
        Value::Text(text) => {
            let fits = text.chars().count() <= field.length as usize;
            fits.then_some(Value::Text(text))
        }
        other => Some(other),
    };
    if fitted.is_none() {
        report.problem(at, format!("the default `{}` does not fit into the field", at.text()));
    }
    fitted
}

fn boolean(text: &str) -> Option<Value> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// The text between quotes of either kind; a backslash escapes the character after it.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let inner = text[1..].strip_suffix(quote)?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(chars.next()?),
            _ if char == quote => return None,
            _ => out.push(char),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_literals_are_text() {
        for (text, want) in [
            ("\"a\"", Some("a")),
            ("'it\\'s'", Some("it's")),
            ("\"a\" & \"b\"", None),
            ("\"a", None),
            ("\"", None),
            ("'a\\'", None),
            ("TODAY()", None),
        ] {
            assert_eq!(quoted(text).as_deref(), want, "{text}");
        }
    }
}
