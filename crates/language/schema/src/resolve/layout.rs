//! Stage 8: page layouts.
//!
//! In: the catalog, and a schema whose objects and fields are in place. Out: the layouts of each
//! object, the customer's before what ships. A layout's full name is its object's, a hyphen, and
//! its own.

use crate::def::{Catalog, Component, ComponentType, Layers};
use crate::schema::{
    Behavior, Derivation, FieldId, Layout, LayoutItem, LayoutSection, Object, ObjectId,
    RelatedList, Schema,
};

use super::assemble::PERSON_NAME_PARTS;
use super::column_name;
use super::elsewhere;
use super::ignored;
use super::report::{At, Report};
use super::view;

pub(crate) fn resolve(catalog: &Catalog, schema: &mut Schema, report: &mut Report) {
    let all = || catalog.of_type(ComponentType::Layout);
    let customer = all().filter_map(|it| it.customer.as_ref());
    let replaced = |it: &&Layers| it.customer.is_none();
    let shipped = all().filter(replaced).filter_map(|it| it.shipped.as_ref());
    for component in customer.chain(shipped) {
        let Some(object) = object_of(component, schema, report) else { continue };
        let layout = layout(component, object, schema, report);
        schema.objects[usize::from(object.0)].layouts.push(layout);
    }
}

fn object_of(component: &Component, schema: &Schema, report: &mut Report) -> Option<ObjectId> {
    let at = At::of(component);
    let Some((name, _)) = component.name.split_once('-') else {
        report.problem(at, "the name of a layout is its object's, a hyphen, and its own");
        return None;
    };
    if let Some(object) = schema.object(name) {
        return Some(object.id);
    }
    if report.is_left_out(ComponentType::Object, name) || elsewhere::is_known(name) {
        report.unsupported(at, format!("layouts of {name} are not supported yet"));
    } else {
        report.problem(at, format!("there is no object {name}"));
    }
    None
}

fn layout(component: &Component, object: ObjectId, schema: &Schema, report: &mut Report) -> Layout {
    let at = At::of(component);
    ignored::tell(component, &ignored::LAYOUT, report);
    let name = component.name.split_once('-').map_or("", |it| it.1).to_owned();
    let mut sections = Vec::new();
    for section in at.all("layoutSections") {
        sections.extend(layout_section(section, schema.get(object), report));
    }
    let mut related_lists: Vec<RelatedList> = Vec::new();
    for list in at.all("relatedLists") {
        let Some(list_at) = list.child("relatedList") else {
            report.problem(list, "a related list has no name");
            continue;
        };
        let Some(related) = related_list(list, list_at, object, schema, report) else { continue };
        let same = |it: &&RelatedList| it.child == related.child && it.field == related.field;
        if let Some(first) = related_lists.iter().find(same) {
            let message = format!("relatedLists: {} is shown in {}", list_at.text(), first.label);
            report.ignored(list_at, message);
        } else {
            related_lists.push(related);
        }
    }
    Layout { name, sections, related_lists }
}

/// A section; none where it holds nothing.
fn layout_section(at: At<'_>, object: &Object, report: &mut Report) -> Option<LayoutSection> {
    let mut columns = Vec::new();
    for column in at.all("layoutColumns") {
        let mut items = Vec::new();
        for item in column.all("layoutItems") {
            items.extend(layout_items(item, object, report));
        }
        columns.push(items);
    }
    let has_field = columns.iter().flatten().any(|it| matches!(it, LayoutItem::Field { .. }));
    let section = LayoutSection {
        label: at.text_of("label").unwrap_or_default().to_owned(),
        detail_heading: at.flag_of("detailHeading", report),
        edit_heading: at.flag_of("editHeading", report),
        columns,
    };
    has_field.then_some(section)
}

fn layout_items(at: At<'_>, object: &Object, report: &mut Report) -> Vec<LayoutItem> {
    let Some(field) = at.child("field") else {
        if at.flag_of("emptySpace", report) {
            return vec![LayoutItem::Blank];
        }
        let what = at.element.children.iter().find(|it| it.name != "behavior");
        let what = what.map_or("an item", |it| it.name.as_str());
        report.ignored(at, format!("layoutItems: {what} is not supported on layouts yet"));
        return Vec::new();
    };
    let behavior = match at.text_of("behavior") {
        None | Some("Edit") => Behavior::Edit,
        Some("Required") => Behavior::Required,
        Some("Readonly") => Behavior::Readonly,
        Some(other) => {
            report.problem(at, format!("`{other}` is not a behavior"));
            Behavior::Readonly
        }
    };
    match view::field(field, object, report) {
        Some(field) => items_of(field, behavior, object),
        None => Vec::new(),
    }
}

/// The item of a field; a person's name is edited by its parts.
fn items_of(field: FieldId, behavior: Behavior, object: &Object) -> Vec<LayoutItem> {
    let person = object.get(field).derived == Some(Derivation::PersonName);
    if !person || behavior == Behavior::Readonly {
        return vec![LayoutItem::Field { field, behavior }];
    }
    let parts = PERSON_NAME_PARTS.iter().filter_map(|it| object.field(it));
    parts
        .map(|it| {
            let behavior = if it.required { Behavior::Required } else { Behavior::Edit };
            LayoutItem::Field { field: it.id, behavior }
        })
        .collect()
}

fn related_list(
    list: At<'_>,
    at: At<'_>,
    parent: ObjectId,
    schema: &Schema,
    report: &mut Report,
) -> Option<RelatedList> {
    use column_name::RelatedList as Named;
    let (child, field) = match column_name::related_list(schema, parent, at.text()) {
        Named::Found(child, field) => (child, field),
        Named::NoLookup { object, field } => {
            let missing = schema.object(&object)?;
            if report.is_field_left_out(&object, &field) {
                report.ignored(at, format!("relatedLists: {object}.{field} is left out"));
            } else if missing.field(&field).is_some() || base::name::is_custom(&field) {
                let parent = &schema.get(parent).name;
                report.problem(at, format!("{object} has no lookup {field} to {parent}"));
            } else {
                let message = format!("relatedLists: {object} has no lookup {field} here");
                report.ignored(at, message);
            }
            return None;
        }
        Named::NoObject(name) => {
            let told = report.is_left_out(ComponentType::Object, &name);
            if base::name::is_custom(&name) && !told {
                report.problem(at, format!("there is no object {name}"));
            } else {
                report.ignored(at, format!("relatedLists: {name} is not supported yet"));
            }
            return None;
        }
        Named::Unknown => {
            report.ignored(at, format!("relatedLists: {} is not supported yet", at.text()));
            return None;
        }
    };
    let mut columns = Vec::new();
    for column in list.all("fields") {
        match column_name::column(child, column.text()) {
            Some(field) if !columns.contains(&field) => columns.push(field),
            Some(_) => {}
            None => view::tell_unknown(column, child, report),
        }
    }
    let label = field.reference.as_ref().and_then(|it| it.related_list_label.as_ref());
    Some(RelatedList {
        label: label.unwrap_or(&child.plural_label).clone(),
        child: child.id,
        field: field.id,
        columns,
    })
}
