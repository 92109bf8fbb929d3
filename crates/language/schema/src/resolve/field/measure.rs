//! Types of fields, and the bounds of their lengths and digits (semantics reference, section
//! 3.7). What ships may exceed the bounds of custom fields, as some standard fields do.

use crate::schema::{Field, FieldType};

use super::super::calculation;
use super::super::report::{At, Definition, Report};

pub(crate) const NAME_MAX: u32 = 80;
pub(crate) const AUTO_NUMBER_MAX: u32 = 30;
const TEXT_MAX: u32 = 255;
const LONG_TEXT_MAX: u32 = 131_072;
const LONG_TEXT_USUAL: u32 = 32_768;
const ENCRYPTED_MAX: u32 = 175;
const EMAIL_MAX: u32 = 80;
const PHONE_MAX: u32 = 40;
/// Enough for the values that a multi-select picklist may hold at once.
const MULTISELECT_MAX: u32 = 4099;
const DIGITS_MAX: u32 = 18;
/// What describes say of every text formula.
const FORMULA_TEXT_MAX: u32 = 1300;
const LOCATION_SCALE_MAX: u32 = 15;

/// The type that a field says it has; none, and told, where the schema cannot have it.
pub(crate) fn field_type(source: Definition<'_>, report: &mut Report) -> Option<FieldType> {
    let at = source.find("type").filter(|it| !it.text().is_empty());
    let Some(at) = at else {
        report.problem(source.at(), "the field has no type");
        return None;
    };
    let text = at.text();
    if calculation::formula_of(source).is_some() {
        let ty = formula_type(text);
        if ty.is_none() {
            report.problem(at, format!("`{text}` is not a type of formula fields"));
        }
        return ty;
    }
    match (text, source.shipped) {
        // What is summarized decides.
        ("Summary", None) => return Some(FieldType::Number),
        ("ExternalLookup" | "File" | "IndirectLookup" | "MetadataRelationship", _)
        | ("Address", None) => {
            let message = format!("fields of type {text} are not supported yet");
            report.unsupported(source.at(), message);
        }
        _ => {
            let ty = type_of(text, source.shipped.is_some());
            if ty.is_none() {
                report.problem(at, format!("`{text}` is not a type of custom fields"));
            }
            return ty;
        }
    }
    None
}

/// The types of formula fields.
fn formula_type(text: &str) -> Option<FieldType> {
    use FieldType as T;
    Some(match text {
        "Checkbox" => T::Checkbox,
        "Currency" => T::Currency,
        "Date" => T::Date,
        "DateTime" => T::DateTime,
        "Number" => T::Number,
        "Percent" => T::Percent,
        "Text" => T::Text,
        "Time" => T::Time,
        _ => return None,
    })
}

fn type_of(text: &str, shipped: bool) -> Option<FieldType> {
    use FieldType as T;
    Some(match text {
        "Text" => T::Text,
        "TextArea" => T::TextArea,
        "LongTextArea" => T::LongTextArea,
        "Html" => T::Html,
        "EncryptedText" => T::EncryptedText,
        "Checkbox" => T::Checkbox,
        "Number" => T::Number,
        "Currency" => T::Currency,
        "Percent" => T::Percent,
        "Date" => T::Date,
        "DateTime" => T::DateTime,
        "Time" => T::Time,
        "Email" => T::Email,
        "Phone" => T::Phone,
        "Url" => T::Url,
        "Picklist" => T::Picklist,
        "MultiselectPicklist" => T::MultiselectPicklist,
        "Lookup" | "Hierarchy" => T::Lookup,
        "MasterDetail" => T::MasterDetail,
        "AutoNumber" => T::AutoNumber,
        "Location" => T::Location,
        "Base64" if shipped => T::Base64,
        "Address" if shipped => T::Address,
        _ => return None,
    })
}

/// Reads lengths, digits and lines; none where they are wrong, which is told.
pub(crate) fn measure(
    field: &mut Field,
    source: Definition<'_>,
    report: &mut Report,
) -> Option<()> {
    use FieldType as T;
    match field.ty {
        T::Text => length(field, source, (None, TEXT_MAX), report)?,
        T::EncryptedText => length(field, source, (None, ENCRYPTED_MAX), report)?,
        T::TextArea | T::Url | T::Picklist => {
            length(field, source, (Some(TEXT_MAX), TEXT_MAX), report)?;
        }
        T::LongTextArea | T::Html => {
            length(field, source, (Some(LONG_TEXT_USUAL), LONG_TEXT_MAX), report)?;
            let usual = if field.ty == T::Html { 25 } else { 3 };
            field.visible_lines = source.number("visibleLines", report).unwrap_or(usual);
        }
        T::Email => length(field, source, (Some(EMAIL_MAX), EMAIL_MAX), report)?,
        T::Phone => length(field, source, (Some(PHONE_MAX), PHONE_MAX), report)?,
        T::MultiselectPicklist => field.length = MULTISELECT_MAX,
        T::AutoNumber => field.length = AUTO_NUMBER_MAX,
        T::Number | T::Currency | T::Percent => digits(field, source, report)?,
        T::Location => {
            field.scale = source.number("scale", report).unwrap_or_default();
            if LOCATION_SCALE_MAX < field.scale {
                let message = format!("a location has at most {LOCATION_SCALE_MAX} decimal places");
                report.problem(source.at(), message);
                return None;
            }
        }
        _ => {}
    }
    Some(())
}

/// Reads the digits of a formula; a roll-up summary has those of what it summarizes.
pub(crate) fn calculated(
    field: &mut Field,
    source: Definition<'_>,
    report: &mut Report,
) -> Option<()> {
    match field.ty {
        FieldType::Text => field.length = FORMULA_TEXT_MAX,
        _ if field.ty.is_number() => {
            (field.precision, field.scale) = (DIGITS_MAX, 0);
            if source.find("scale").is_some() && source.find("precision").is_some() {
                digits(field, source, report)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Reads a length: `usual` where the file says none, at most `max` in a customer's file.
fn length(
    field: &mut Field,
    source: Definition<'_>,
    (usual, max): (Option<u32>, u32),
    report: &mut Report,
) -> Option<()> {
    let Some(at) = source.find("length") else {
        if usual.is_none() {
            report.problem(source.at(), "the field has no length");
        }
        field.length = usual?;
        return Some(());
    };
    field.length = at.number(report)?;
    let max = if source.shipped.is_some() { LONG_TEXT_MAX } else { max };
    in_range(at, field.length, max, report)
}

fn digits(field: &mut Field, source: Definition<'_>, report: &mut Report) -> Option<()> {
    let (Some(precision), Some(scale)) = (source.find("precision"), source.find("scale")) else {
        report.problem(source.at(), "the field needs a precision and a scale");
        return None;
    };
    field.precision = precision.number(report)?;
    field.scale = scale.number(report)?;
    in_range(precision, field.precision, DIGITS_MAX, report)?;
    if field.precision < field.scale {
        let message = format!(
            "scale is {}, more than the {} digits that precision allows",
            field.scale, field.precision
        );
        report.problem(scale, message);
        return None;
    }
    Some(())
}

fn in_range(at: At<'_>, number: u32, max: u32, report: &mut Report) -> Option<()> {
    if (1..=max).contains(&number) {
        return Some(());
    }
    report.problem(at, format!("{} is {number}, not between 1 and {max}", at.name()));
    None
}

/// Checks the display format of an auto-number: text, dates such as `{YYYY}`, and one run of
/// zeros in braces.
pub(crate) fn check_display_format(format: &str) -> Result<(), &'static str> {
    if AUTO_NUMBER_MAX < format.chars().count() as u32 {
        return Err("it has more than 30 characters");
    }
    let mut n_counters = 0;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..].strip_prefix('{').and_then(|it| it.split_once('}'));
        let Some((inside, after)) = inside else {
            return Err("a brace has no counterpart");
        };
        match inside {
            "YYYY" | "YY" | "MM" | "DD" => {}
            _ if (1..=10).contains(&inside.len()) && inside.bytes().all(|it| it == b'0') => {
                n_counters += 1;
            }
            _ => return Err("braces hold zeros, YYYY, YY, MM or DD"),
        }
        rest = after;
    }
    match n_counters {
        1 => Ok(()),
        0 => Err("the place of the number is missing, such as {0000}"),
        _ => Err("there is more than one place for the number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_formats() {
        for format in ["{0}", "A-{0000}", "O-{00000}", "{YYYY}{MM}{DD}-{0000000000}-x"] {
            assert_eq!(check_display_format(format), Ok(()), "{format}");
        }
        let bad = [
            "",
            "A",
            "{}",
            "{0000",
            "0000}",
            "{1}",
            "{00000000000}",
            "{0}{0}",
            "{{0}}",
            "{yyyy}{0}",
        ];
        for format in bad {
            assert!(check_display_format(format).is_err(), "{format}");
        }
        assert!(check_display_format(&format!("{}{{0}}", "x".repeat(30))).is_err());
    }
}
