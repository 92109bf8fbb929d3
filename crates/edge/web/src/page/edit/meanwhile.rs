//! What became of a record between the opening of its form and the saving.
//!
//! A form carries a hash of each value that it began with. With the values of now they tell who
//! changed what: this person, others, or both. The hashes guard nothing, they only save sending
//! long texts twice; a form without them is taken as one in which this person changed everything.

use std::collections::HashMap;

use base::Value;
use maud::{Markup, html};
use query::Record;
use schema::{Field, Object};

use super::{Filled, STAMP, held};
use crate::asset::fnv;
use crate::component::input::Typed;
use crate::component::value::label_of;
use crate::failure::Failure;
use crate::form::Form;
use crate::names::Names;
use crate::visit::Visit;

const SEEN: &str = "seen";
const SEEN_FIELDS: &str = "seen.fields";

/// The record of a form as it is now, and what the form was opened with where that is older.
pub(super) struct Present<'a> {
    pub record: &'a Record,
    pub names: &'a Names,
    pub seen: Option<Seen>,
}

/// The hashes of the values that a form began with, by field.
pub(super) struct Seen(HashMap<String, u64>);

/// Who changed a field while its form was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// At most this person.
    Here,
    Elsewhere,
    /// Differently here and elsewhere.
    Both,
}

impl Seen {
    /// What the form was opened with; none if the record is still as it was then.
    pub(super) fn of_form(form: &Form, record: &Record) -> Option<Self> {
        let Value::DateTime(stamp) = record.value(STAMP) else { return None };
        if form.text(SEEN) == stamp.0.to_string() {
            return None;
        }
        let pairs = form.text(SEEN_FIELDS).split(' ').filter_map(|it| it.split_once(':'));
        let pairs = pairs.filter_map(|(name, hash)| Some((name.to_owned(), from_hex(hash)?)));
        Some(Self(pairs.collect()))
    }

    /// Who changed `field`, which now holds `now` and is to hold `typed`.
    pub(super) fn changed(&self, field: &Field, now: &Typed, typed: &Typed) -> Changed {
        let (now, typed) = (hash(now), hash(typed));
        let seen = self.0.get(&field.name).copied();
        if now == typed || seen == Some(now) {
            Changed::Here
        } else if seen == Some(typed) {
            Changed::Elsewhere
        } else {
            Changed::Both
        }
    }
}

/// The inputs that say what a form begins with.
pub(super) fn inputs(visit: &Visit, form: &Filled<'_>) -> Markup {
    let Some(record) = form.record else { return html! {} };
    let Value::DateTime(stamp) = record.value(STAMP) else { return html! {} };
    let fields = form.blank.fields().map(|field| {
        let value = held(visit, field, record, &Names::default());
        format!("{}:{:x}", field.name, hash(&value))
    });
    let fields: Vec<String> = fields.collect();
    html! {
        input type="hidden" name=(SEEN) value=(stamp.0);
        input type="hidden" name=(SEEN_FIELDS) value=(fields.join(" "));
    }
}

/// Who changed the record, and when.
pub(super) fn warning(visit: &Visit, object: &Object, record: &Record) -> Result<String, Failure> {
    let by = record.value("LastModifiedById").as_id();
    let names = Names::of(visit, by.into_iter().collect())?;
    let by = by.and_then(|it| names.get(it)).unwrap_or("Somebody");
    let at = match record.value(STAMP) {
        Value::DateTime(at) => visit.style.datetime(*at),
        _ => String::new(),
    };
    let label = object.label.to_lowercase();
    Ok(format!(
        "{by} changed this {label} at {at}, after the form was opened. \
         Saving again replaces what is marked below by what stands here."
    ))
}

/// What stands now in a field that was changed here and elsewhere.
pub(super) fn clash(visit: &Visit, field: &Field, present: &Present<'_>) -> String {
    let value = present.record.value(&field.name);
    let text = match value {
        Value::Id(id) => present.names.get(*id).map(str::to_owned),
        Value::Text(text) => Some(label_of(field.picklist.as_ref(), text).to_owned()),
        other => visit.style.show(field, other),
    };
    match text {
        Some(text) => format!("Others changed this to \u{201c}{}\u{201d}.", brief(&text)),
        None => "Others emptied this.".to_owned(),
    }
}

/// A sentence on what others changed and this form did not.
pub(super) fn kept(labels: &[String]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    format!(" What others changed meanwhile stays: {}.", labels.join(", "))
}

const BRIEF_CHARS_MAX: usize = 200;

fn brief(text: &str) -> String {
    let head: String = text.chars().take(BRIEF_CHARS_MAX).collect();
    if head.len() < text.len() { head + "\u{2026}" } else { head }
}

/// What counts of a value: of a lookup the record, whatever it is called by now.
fn hash(value: &Typed) -> u64 {
    let text = match value {
        Typed::Text(text) => text.trim().to_owned(),
        Typed::Lookup(choice) => match choice.id {
            Some(id) => id.to_string(),
            None => choice.text.clone(),
        },
    };
    fnv(text.as_bytes())
}

fn from_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}
