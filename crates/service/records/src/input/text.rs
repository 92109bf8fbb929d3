//! Length, format and picklist values of text.

use schema::{Field, FieldType, Object, Picklist};

use super::shown;
use crate::error::{RowError, RowErrorKind};

/// Checks the text of `field`, which is trimmed and not empty, and returns what is to be stored.
pub(super) fn check(object: &Object, field: &Field, text: String) -> Result<String, RowError> {
    let text = match (&field.picklist, field.ty) {
        (Some(picklist), FieldType::Picklist) => one_of(field, picklist, text)?,
        (Some(picklist), FieldType::MultiselectPicklist) => some_of(field, picklist, &text)?,
        _ => text,
    };
    if field.length != 0 && longer_than(&text, field.length) {
        let (label, value, max) = (field.label.clone(), shown(&text), field.length);
        return Err(RowError::at(RowErrorKind::TextTooLong { label, value, max }, field));
    }
    let address = field.ty == FieldType::Email || is_username(object, field);
    if address && !is_email(&text) {
        let (label, value) = (field.label.clone(), shown(&text));
        return Err(RowError::at(RowErrorKind::InvalidEmail { label, value }, field));
    }
    Ok(text)
}

/// Whether a text cannot hold the character: a control character that is no tab or line end, or
/// one of the two that XML excludes besides.
pub(super) fn is_dropped(it: char) -> bool {
    it.is_ascii_control() && !matches!(it, '\t' | '\n' | '\r')
        || matches!(it, '\u{fffe}' | '\u{ffff}')
}

/// The text without what it cannot hold.
pub(super) fn clean(mut text: String) -> String {
    text.retain(|it| !is_dropped(it));
    text
}

/// Usernames have the form of addresses, though no mail is sent there.
fn is_username(object: &Object, field: &Field) -> bool {
    object.name == "User" && field.name == "Username"
}

fn longer_than(text: &str, max: u32) -> bool {
    let max = max as usize;
    // A text has no more characters than bytes, so most need no counting.
    max < text.len() && max < text.chars().count()
}

/// A defined value in its defined case; others only where the picklist is open.
fn one_of(field: &Field, picklist: &Picklist, text: String) -> Result<String, RowError> {
    // Almost every value is written as it is defined, and folding two texts costs more.
    let exact = picklist.values.iter().find(|it| it.name == text);
    match exact.or_else(|| picklist.value(&text)) {
        Some(value) if value.active || !picklist.restricted => Ok(value.name.clone()),
        None if !picklist.restricted => Ok(text),
        _ => Err(not_in_picklist(field, &text)),
    }
}

/// Each value once, in the order of the definition; what an open picklist does not define comes
/// last.
fn some_of(field: &Field, picklist: &Picklist, text: &str) -> Result<String, RowError> {
    let mut chosen: Vec<(usize, String)> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|it| !it.is_empty()) {
        let name = one_of(field, picklist, part.to_owned())?;
        let at = picklist.values.iter().position(|it| it.name == name);
        if !chosen.iter().any(|(_, it)| *it == name) {
            chosen.push((at.unwrap_or(usize::MAX), name));
        }
    }
    chosen.sort_by_key(|(at, _)| *at);
    let names: Vec<String> = chosen.into_iter().map(|(_, name)| name).collect();
    Ok(names.join(";"))
}

fn not_in_picklist(field: &Field, text: &str) -> RowError {
    let (label, value) = (field.label.clone(), shown(text));
    RowError::at(RowErrorKind::NotInPicklist { label, value }, field)
}

/// One pragmatic check: something, an `@`, a domain of two labels or more, nothing that breaks a
/// header line. Whether mail arrives is for mail to find out.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain =
        |it: char| !it.is_whitespace() && !it.is_control() && !"<>()[],;:\\\"@".contains(it);
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && label.chars().all(|it| it.is_alphanumeric() || it == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    !local.is_empty()
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && domain.contains('.')
        && labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.co", "first.last+tag@sub.example.com", "o'neil@exämple.de", "x_y@a-b.io"]
        {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a b@c.de",
            "a@b..c",
            "a@-b.c",
            "a@b.c@d.e",
            ".a@b.co",
            "a\n@b.co",
            "a@b.co, c@d.ef",
            "<a@b.co>",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
