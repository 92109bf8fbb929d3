//! The form as markup.

use maud::{Markup, html};
use schema::Field;

use super::blank::{Place, Section};
use super::{Filled, back_path, meanwhile};
use crate::component::input::{self, Entry, Typed};
use crate::component::notice::{Tone, notice};
use crate::component::tile;
use crate::component::value::{Room, Shown, record_name};
use crate::failure::Failure;
use crate::layout::{self, Frame};
use crate::lookup;
use crate::visit::{Visit, list_path, record_path};

pub(super) fn page(visit: &Visit, form: &Filled<'_>) -> Result<Markup, Failure> {
    let object = form.object;
    let name = form.record.map(|it| record_name(visit, object, it));
    let title = match &name {
        Some(name) => format!("Edit {name}"),
        None => format!("New {}", object.label),
    };
    let mut sections = Vec::with_capacity(form.blank.sections.len());
    for section in &form.blank.sections {
        sections.push(section_view(visit, form, section)?);
    }
    let guard = if form.refused { "unsaved" } else { "changes" };
    let content = html! {
        div.head {
            (tile::large(visit, object))
            div.head-text {
                h1 {
                    @if let Some(name) = &name { "Edit " bdi { (name) } } @else { (title) }
                }
            }
        }
        (summary(form))
        form.card method="post" novalidate data-guard=(guard) action=(visit.ask.target) {
            // The button that Enter presses is the first one.
            button.sr type="submit" name="save" value="1" tabindex="-1" aria-hidden="true" {}
            (layout::csrf(visit))
            (meanwhile::inputs(visit, form))
            @for section in &sections { (section) }
            (foot(visit, form))
        }
    };
    let mut crumbs = vec![(object.plural_label.as_str(), list_path(object))];
    if let (Some(record), Some(name)) = (form.record, &name) {
        crumbs.push((name, record_path(object, record.id)));
    }
    let frame = Frame { title: &title, crumbs: &crumbs, object: Some(object) };
    Ok(layout::page(visit, &frame, &content))
}

/// What is wrong, each leading to its field.
fn summary(form: &Filled<'_>) -> Markup {
    let shown = |id| form.blank.fields().find(|it| it.id == id);
    let content = html! {
        strong { "Not saved" }
        ul {
            @for problem in &form.problems {
                li {
                    @match problem.field.map(|id| (shown(id), form.object.get(id))) {
                        Some((Some(field), _)) => {
                            a href={ "#" (input::id_of(field)) } { (field.label) }
                            ": " (problem.text)
                        }
                        Some((None, field)) => { (field.label) ": " (problem.text) }
                        None => (problem.text),
                    }
                }
            }
        }
    };
    html! {
        @if !form.problems.is_empty() {
            // Whoever sees no screen hears what is wrong first.
            div.summary tabindex="-1" autofocus { (notice(Tone::Bad, &content)) }
        }
    }
}

fn section_view(
    visit: &Visit,
    form: &Filled<'_>,
    section: &Section<'_>,
) -> Result<Markup, Failure> {
    let mut columns = Vec::with_capacity(section.columns.len());
    for column in &section.columns {
        let mut places = Vec::with_capacity(column.len());
        for place in column {
            places.push(place_view(visit, form, *place)?);
        }
        columns.push(places);
    }
    Ok(html! {
        div.section {
            @if let Some(label) = section.label { h2 { (label) } }
            div.columns.columns-one[columns.len() < 2] {
                @for places in &columns { div { @for place in places { (place) } } }
            }
        }
    })
}

fn place_view(visit: &Visit, form: &Filled<'_>, place: Place<'_>) -> Result<Markup, Failure> {
    match place {
        Place::Input { field, required } => {
            Ok(input::entry(visit, &entry(visit, form, field, required)?))
        }
        Place::Fixed(field) => {
            let value = form.record.map(|record| {
                let (object, names) = (form.object, form.names);
                Shown { visit, object, record, names }.field_or_dash(field, Room::Full)
            });
            Ok(input::fixed(field, &value.unwrap_or_default()))
        }
        Place::Empty => Ok(html! { div.field.blank-field {} }),
    }
}

fn entry<'a>(
    visit: &Visit,
    form: &Filled<'_>,
    field: &'a Field,
    required: bool,
) -> Result<Entry<'a>, Failure> {
    let typed = form.typed.get(&field.id).cloned();
    let typed = typed.unwrap_or_else(|| Typed::Text(String::new()));
    let choices = match &typed {
        Typed::Lookup(choice) => Some(lookup::choices(visit, form.object, field, choice)?),
        Typed::Text(_) => None,
    };
    let error = form.problems.iter().find(|it| it.field == Some(field.id));
    let error = error.map(|it| it.text.clone());
    Ok(Entry { field, required, typed, choices, error })
}

/// The button that saves comes last: it is where a form ends.
fn foot(visit: &Visit, form: &Filled<'_>) -> Markup {
    let id = form.record.map(|it| it.id);
    html! {
        div.form-foot {
            a.button href=(back_path(visit, form.object, id)) { "Cancel" }
            @if id.is_none() {
                button.button type="submit" name="again" value="1" { "Save and new" }
            }
            button.button.button-main type="submit" name="save" value="1" { "Save" }
        }
    }
}
