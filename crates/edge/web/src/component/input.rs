//! One field of a form: label, input, help, what is wrong with it.
//!
//! Names of inputs are the API names of the fields. Checks are the server's: the form is sent as
//! it is and comes back with everything that was typed.

use maud::{Markup, html};
use schema::{Field, FieldType, Picklist};

use super::icon::{Icon, icon};
use crate::lookup::{Candidate, Choice, Choices};
use crate::visit::Visit;

/// What an input holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A checkbox holds `true` or `false`, several values are separated by `;`.
    Text(String),
    Lookup(Choice),
}

/// A field of a form, ready to be shown.
pub(crate) struct Entry<'a> {
    pub field: &'a Field,
    pub required: bool,
    pub typed: Typed,
    /// What a lookup offers.
    pub choices: Option<Choices>,
    pub error: Option<String>,
}

/// The id of a field's input, for links to it.
pub(crate) fn id_of(field: &Field) -> String {
    format!("f-{}", field.name)
}

pub(crate) fn entry(visit: &Visit, entry: &Entry<'_>) -> Markup {
    let field = entry.field;
    let check = field.ty == FieldType::Checkbox;
    let group = is_group(entry);
    html! {
        div.field.field-check[check].bad[entry.error.is_some()] {
            @if check {
                (checkbox(entry))
                (label(visit, entry))
            } @else if group {
                fieldset aria-describedby=[described_by(entry)] {
                    legend.label { (label_text(visit, entry)) }
                    (several(entry))
                }
            } @else {
                (label(visit, entry))
                (control(entry))
            }
            @if let Some(help) = &field.help_text { p.help id={ "h-" (field.name) } { (help) } }
            @if let Some(error) = &entry.error {
                p.error id={ "e-" (field.name) } { (error) }
            }
            @if let Typed::Lookup(choice) = &entry.typed {
                @if !choice.candidates.is_empty() {
                    (candidates(visit, field, &choice.candidates))
                }
            }
        }
    }
}

/// A value that the form shows and cannot change.
pub(crate) fn fixed(field: &Field, value: &Markup) -> Markup {
    html! {
        div.field {
            div.label { (field.label) }
            div.static { (value) }
        }
    }
}

fn is_group(entry: &Entry<'_>) -> bool {
    entry.field.ty == FieldType::MultiselectPicklist
}

fn label(visit: &Visit, entry: &Entry<'_>) -> Markup {
    html! { label for=(id_of(entry.field)) { (label_text(visit, entry)) } }
}

fn label_text(visit: &Visit, entry: &Entry<'_>) -> Markup {
    let field = entry.field;
    html! {
        (field.label)
        @match field.ty {
            FieldType::Currency => { " (" (visit.style.currency()) ")" }
            FieldType::Percent if !field.label.contains('%') => " (%)",
            _ => {}
        }
        @if entry.required {
            " " span.required aria-hidden="true" { "*" } span.sr { " required" }
        }
    }
}

fn described_by(entry: &Entry<'_>) -> Option<String> {
    let name = &entry.field.name;
    let error = entry.error.as_ref().map(|_| format!("e-{name}"));
    let help = entry.field.help_text.as_ref().map(|_| format!("h-{name}"));
    let ids: Vec<String> = error.into_iter().chain(help).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn control(entry: &Entry<'_>) -> Markup {
    match (&entry.typed, &entry.choices) {
        (Typed::Lookup(choice), Some(Choices::All(lists))) => select_record(entry, choice, lists),
        (Typed::Lookup(choice), Some(Choices::Typed { recent, objects })) => {
            type_record(entry, choice, recent, objects)
        }
        (Typed::Lookup(choice), None) => text(entry, "text", &choice.text),
        (Typed::Text(value), _) => plain(entry, value),
    }
}

fn plain(entry: &Entry<'_>, value: &str) -> Markup {
    let field = entry.field;
    match field.ty {
        FieldType::TextArea => area(entry, value, 3),
        FieldType::LongTextArea | FieldType::Html => area(entry, value, field.visible_lines.max(4)),
        FieldType::Picklist => match &field.picklist {
            Some(picklist) if field.describe_type.as_deref() == Some("combobox") => {
                combobox(entry, picklist, value)
            }
            Some(picklist) => select(entry, picklist, value),
            None => text(entry, "text", value),
        },
        FieldType::Date => text(entry, "date", value),
        FieldType::DateTime => text(entry, "datetime-local", value),
        FieldType::Time => text(entry, "time", value),
        FieldType::Email => text(entry, "email", value),
        FieldType::Phone => text(entry, "tel", value),
        _ => text(entry, "text", value),
    }
}

fn text(entry: &Entry<'_>, kind: &str, value: &str) -> Markup {
    let field = entry.field;
    let mode = match field.ty {
        FieldType::Number | FieldType::Currency | FieldType::Percent => Some("decimal"),
        FieldType::Url => Some("url"),
        _ => None,
    };
    let max = Some(field.length).filter(|it| 0 < *it && field.ty.is_text());
    html! {
        input type=(kind) id=(id_of(field)) name=(field.name) value=(value) inputmode=[mode]
            maxlength=[max] required[entry.required] autocomplete="off"
            dir=[(field.ty == FieldType::Text).then_some("auto")]
            aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)];
    }
}

fn invalid(entry: &Entry<'_>) -> Option<&'static str> {
    entry.error.as_ref().map(|_| "true")
}

fn area(entry: &Entry<'_>, value: &str, rows: u32) -> Markup {
    let field = entry.field;
    let max = Some(field.length).filter(|it| 0 < *it);
    html! {
        textarea id=(id_of(field)) name=(field.name) rows=(rows.min(20)) maxlength=[max] dir="auto"
            required[entry.required] aria-invalid=[invalid(entry)]
            aria-describedby=[described_by(entry)] {
            // A line break right after the tag is not part of the text.
            "\n" (value)
        }
    }
}

/// Active values, and the present one even if it is no longer active.
fn options(picklist: &Picklist, present: &str) -> Vec<(String, String)> {
    let active = picklist.values.iter().filter(|it| it.active || it.name == present);
    let mut options: Vec<(String, String)> =
        active.map(|it| (it.name.clone(), it.label.clone())).collect();
    if !present.is_empty() && !options.iter().any(|(name, _)| name == present) {
        options.push((present.to_owned(), present.to_owned()));
    }
    options
}

fn select(entry: &Entry<'_>, picklist: &Picklist, value: &str) -> Markup {
    let field = entry.field;
    html! {
        select id=(id_of(field)) name=(field.name) required[entry.required]
            aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)] {
            @if !entry.required || value.is_empty() { option value="" { "\u{2014}" } }
            @for (name, label) in options(picklist, value) {
                option value=(name) selected[name == value] { (label) }
            }
        }
    }
}

fn combobox(entry: &Entry<'_>, picklist: &Picklist, value: &str) -> Markup {
    let field = entry.field;
    let list = format!("l-{}", field.name);
    let max = Some(field.length).filter(|it| 0 < *it);
    html! {
        input type="text" id=(id_of(field)) name=(field.name) value=(value) list=(list)
            maxlength=[max] required[entry.required] autocomplete="off"
            aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)];
        datalist id=(list) {
            @for (name, label) in options(picklist, "") { option value=(name) { (label) } }
        }
    }
}

/// A form does not send a box that is not ticked; the hidden field says that it was there.
fn shown(field: &Field) -> Markup {
    html! { input type="hidden" name={ (field.name) ".shown" } value="1"; }
}

fn checkbox(entry: &Entry<'_>) -> Markup {
    let field = entry.field;
    let on = entry.typed == Typed::Text("true".to_owned());
    html! {
        (shown(field))
        input type="checkbox" id=(id_of(field)) name=(field.name) value="true" checked[on]
            aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)];
    }
}

fn several(entry: &Entry<'_>) -> Markup {
    let field = entry.field;
    let Typed::Text(value) = &entry.typed else { return html! {} };
    let chosen: Vec<&str> = value.split(';').filter(|it| !it.is_empty()).collect();
    let picklist = field.picklist.clone().unwrap_or_default();
    let mut all = options(&picklist, "");
    for it in &chosen {
        if !all.iter().any(|(name, _)| name == it) {
            all.push(((*it).to_owned(), (*it).to_owned()));
        }
    }
    html! {
        (shown(field))
        div.options {
            @for (n, (name, label)) in all.iter().enumerate() {
                @let id = if n == 0 { Some(id_of(field)) } else { None };
                label {
                    input type="checkbox" id=[id] name=(field.name) value=(name)
                        checked[chosen.contains(&name.as_str())];
                    (label)
                }
            }
        }
    }
}

type Lists = [(String, Vec<(base::RecordId, String)>)];

fn select_record(entry: &Entry<'_>, choice: &Choice, lists: &Lists) -> Markup {
    let field = entry.field;
    let is_chosen = |id: &base::RecordId| choice.id == Some(*id);
    let listed = lists.iter().any(|(_, list)| list.iter().any(|(id, _)| is_chosen(id)));
    let option = |id: &base::RecordId, name: &str| {
        html! { option value=(id) selected[is_chosen(id)] { (name) } }
    };
    html! {
        select id=(id_of(field)) name=(field.name) required[entry.required]
            aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)] {
            @if !entry.required || choice.id.is_none() { option value="" { "\u{2014}" } }
            @if let Some(id) = choice.id.filter(|_| !listed) { (option(&id, &choice.text)) }
            @for (label, list) in lists {
                @if 1 < lists.len() {
                    optgroup label=(label) { @for (id, name) in list { (option(id, name)) } }
                } @else {
                    @for (id, name) in list { (option(id, name)) }
                }
            }
        }
    }
}

fn type_record(
    entry: &Entry<'_>,
    choice: &Choice,
    recent: &[String],
    objects: &[(String, String)],
) -> Markup {
    let field = entry.field;
    let list = format!("l-{}", field.name);
    html! {
        div.split {
            @if !objects.is_empty() {
                select name={ (field.name) ".object" } aria-label={ (field.label) ", object" } {
                    @for (name, label) in objects {
                        option value=(name) selected[*name == choice.object] { (label) }
                    }
                }
            }
            input type="text" id=(id_of(field)) name=(field.name) value=(choice.text) list=(list)
                placeholder="Type a name" required[entry.required] autocomplete="off"
                aria-invalid=[invalid(entry)] aria-describedby=[described_by(entry)];
        }
        datalist id=(list) { @for name in recent { option value=(name) {} } }
        @if choice.candidates.is_empty() {
            @if let Some(id) = choice.id {
                input type="hidden" name={ (field.name) ".id" } value=(id);
                input type="hidden" name={ (field.name) ".was" } value=(choice.text);
            }
        } @else {
            input type="hidden" name={ (field.name) ".was" } value=(choice.text);
        }
    }
}

fn candidates(visit: &Visit, field: &Field, candidates: &[Candidate]) -> Markup {
    html! {
        fieldset.candidates {
            legend.sr { "Records that may be meant" }
            div.options {
                @for it in candidates {
                    label {
                        input type="radio" name={ (field.name) ".id" } value=(it.id);
                        span {
                            bdi { (it.name) }
                            @if !it.hint.is_empty() {
                                span.muted { " \u{2013} " bdi { (it.hint) } }
                            }
                        }
                        @if let Some(path) = crate::page::record::path_of(visit, it.id) {
                            a href=(path) target="_blank" aria-label={ "Open " (it.name) } {
                                (icon(Icon::Info))
                            }
                        }
                    }
                }
            }
        }
    }
}
