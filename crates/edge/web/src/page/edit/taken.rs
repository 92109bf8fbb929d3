//! What was typed, as input for `records`.
//!
//! Of an existing record only what differs is taken: a form shows a datetime without its
//! milliseconds and a name without its id, and saving it unchanged must change nothing.

use std::collections::BTreeMap;

use base::RecordId;
use records::Input;
use schema::{Field, FieldId, FieldType, Object};

use super::blank::{Blank, Place};
use super::meanwhile::{self, Changed, Present};
use super::{Problem, held, initial};
use crate::component::input::Typed;
use crate::failure::Failure;
use crate::lookup::{self, Resolved};
use crate::names::Names;
use crate::visit::Visit;

/// What is to be saved, and what keeps it from being.
pub(super) struct Taken {
    pub fields: Vec<(String, Input)>,
    pub typed: BTreeMap<FieldId, Typed>,
    pub problems: Vec<Problem>,
    /// The labels of fields that others changed meanwhile, and this person did not.
    pub kept: Vec<String>,
    /// Whether both changed a field.
    pub clash: bool,
}

/// Reads what was typed against the record as it is, or against the defaults of a new one.
pub(super) fn take(
    visit: &Visit,
    object: &Object,
    blank: &Blank<'_>,
    typed: BTreeMap<FieldId, Typed>,
    present: Option<&Present<'_>>,
) -> Result<Taken, Failure> {
    let (fields, problems, kept) = (Vec::new(), Vec::new(), Vec::new());
    let mut taken = Taken { fields, typed, problems, kept, clash: false };
    for place in blank.places() {
        let Place::Input { field, required } = place else { continue };
        let Some(mut typed) = taken.typed.remove(&field.id) else { continue };
        let input = match &mut typed {
            Typed::Lookup(choice) => pick(visit, field, choice)?,
            Typed::Text(text) => read(visit, field, text),
        };
        let before = match present {
            Some(it) => held(visit, field, it.record, it.names),
            None => initial(visit, object, field)?.1,
        };
        if let (Some(present), Ok(_)) = (present, &input)
            && let Some(seen) = &present.seen
        {
            match seen.changed(field, &before, &typed) {
                Changed::Here => {}
                Changed::Elsewhere => {
                    taken.kept.push(field.label.clone());
                    taken.typed.insert(field.id, before);
                    continue;
                }
                Changed::Both => {
                    let text = meanwhile::clash(visit, field, present);
                    taken.problems.push(Problem { field: Some(field.id), text });
                    taken.clash = true;
                }
            }
        }
        let same = is_same(&before, &typed);
        match input {
            Ok(Input::Null) if required => {
                let text = "A value is required.".to_owned();
                taken.problems.push(Problem { field: Some(field.id), text });
            }
            // Of a new record, what is empty anyway is left to its defaults.
            Ok(Input::Null) if present.is_none() && same => {}
            Ok(_) if present.is_some() && same => {}
            Ok(input) => taken.fields.push((field.name.clone(), input)),
            Err(text) => taken.problems.push(Problem { field: Some(field.id), text }),
        }
        taken.typed.insert(field.id, typed);
    }
    Ok(taken)
}

fn is_same(before: &Typed, now: &Typed) -> bool {
    let chosen = |typed: &Typed| match typed {
        Typed::Lookup(choice) => choice.id,
        Typed::Text(_) => None,
    };
    match (before, now) {
        (Typed::Text(before), Typed::Text(now)) => before.trim() == now.trim(),
        (Typed::Lookup(before), Typed::Lookup(now)) => {
            before.id == now.id && before.text.is_empty() == now.text.is_empty()
        }
        _ => chosen(before).is_none() && chosen(now).is_none(),
    }
}

/// Finds the record that was chosen; candidates stay in `choice`.
fn pick(
    visit: &Visit,
    field: &Field,
    choice: &mut lookup::Choice,
) -> Result<Result<Input, String>, Failure> {
    Ok(match lookup::resolve(visit, field, choice)? {
        Resolved::Nothing => Ok(Input::Null),
        Resolved::Record(id) => {
            settle(visit, choice, id)?;
            Ok(Input::from(id))
        }
        Resolved::Unclear(text, candidates) => {
            choice.id = None;
            choice.candidates = candidates;
            Err(text)
        }
    })
}

/// Makes a choice say which record it is, by id and by name.
fn settle(visit: &Visit, choice: &mut lookup::Choice, id: RecordId) -> Result<(), Failure> {
    let names = Names::of(visit, vec![id])?;
    let text = names.get(id).map_or_else(|| choice.text.clone(), str::to_owned);
    *choice = lookup::Choice::of_record(visit, id, &text);
    Ok(())
}

/// Reads text by the type of its field. What `records` reads the same way is left to it.
fn read(visit: &Visit, field: &Field, text: &str) -> Result<Input, String> {
    let style = &visit.style;
    if field.ty == FieldType::Checkbox {
        return Ok(Input::Bool(text == "true"));
    }
    if text.trim().is_empty() {
        return Ok(Input::Null);
    }
    match field.ty {
        _ if field.ty.is_number() => style.read_number(text).map(Input::Number).ok_or_else(|| {
            format!("\u{201c}{text}\u{201d} is not a number such as {}.", style.number_example())
        }),
        FieldType::DateTime => style
            .read_datetime(text)
            .map(Input::from)
            .ok_or_else(|| format!("\u{201c}{text}\u{201d} is not a date and time.")),
        FieldType::Time => {
            let full = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
            Ok(Input::Text(full))
        }
        _ => Ok(Input::Text(text.to_owned())),
    }
}
