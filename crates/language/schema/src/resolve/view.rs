//! Stage 7: record types and list views; of the other children of objects, only that they are
//! not supported.
//!
//! In: the catalog, and a schema whose objects and fields are in place. Out: the record types
//! and list views of each object. A list view that cannot be shown exactly (a filter on a field
//! that is left out, conditions joined by OR) is left out whole: showing other records than it
//! says would be worse than none.

use base::name;

use crate::calculation::FilterOperation;
use crate::def::{Catalog, Component, ComponentType};
use crate::schema::{FieldId, ListFilter, ListView, Object, ObjectKind, RecordType, Schema};

use super::column_name;
use super::ignored;
use super::report::{At, Report};

/// What a list view may ask of a location, beyond what other filters ask.
const WITHIN: &str = "within";

pub(crate) fn resolve(catalog: &Catalog, schema: &mut Schema, report: &mut Report) {
    for layers in catalog.of_type(ComponentType::RecordType) {
        let Some(component) = layers.customer.as_ref().or(layers.shipped.as_ref()) else {
            continue;
        };
        let Some(object) = object_of(component, schema) else { continue };
        let record_type = record_type(component, report);
        schema.objects[object].record_types.extend(record_type);
    }
    for layers in catalog.of_type(ComponentType::ListView) {
        let Some(component) = layers.customer.as_ref().or(layers.shipped.as_ref()) else {
            continue;
        };
        let Some(object) = object_of(component, schema) else { continue };
        let list_view = list_view(component, &schema.objects[object], report);
        schema.objects[object].list_views.extend(list_view);
    }
    tell_unsupported(catalog, schema, report);
}

const UNSUPPORTED: &[(ComponentType, &str)] = &[
    (ComponentType::BusinessProcess, "business processes are not supported yet"),
    (ComponentType::CompactLayout, "compact layouts are not supported yet"),
    (ComponentType::FieldSet, "field sets are not supported yet"),
    (ComponentType::Index, "indexes of big objects are not supported"),
    (ComponentType::SharingReason, "sharing reasons are not supported yet"),
    (ComponentType::ValidationRule, "validation rules are not enforced yet"),
    (ComponentType::WebLink, "buttons and links are not supported yet"),
];

fn tell_unsupported(catalog: &Catalog, schema: &Schema, report: &mut Report) {
    for (ty, message) in UNSUPPORTED {
        for component in catalog.of_type(*ty).filter_map(|it| it.customer.as_ref()) {
            if object_of(component, schema).is_some() {
                report.unsupported(At::of(component), *message);
            }
        }
    }
}

/// The index of a child's object; none where that was left out, which has been told.
fn object_of(component: &Component, schema: &Schema) -> Option<usize> {
    let (object, _) = component.split_name()?;
    schema.object(object).map(|it| usize::from(it.id.0))
}

fn own_name(component: &Component) -> &str {
    component.split_name().map_or("", |it| it.1)
}

fn record_type(component: &Component, report: &mut Report) -> Option<RecordType> {
    let at = At::of(component);
    ignored::tell(component, &ignored::RECORD_TYPE, report);
    let developer_name = own_name(component).to_owned();
    if !name::is_valid(&developer_name) {
        report.problem(at, format!("`{developer_name}` is not a valid name of a record type"));
        return None;
    }
    let label = at.text_of("label");
    if label.is_none() {
        report.problem(at, "the record type has no label");
    }
    Some(RecordType {
        label: label.unwrap_or(&developer_name).to_owned(),
        developer_name,
        description: at.text_of("description").map(str::to_owned),
        active: at.child("active").is_none_or(|it| it.flag(report)),
    })
}

fn list_view(component: &Component, object: &Object, report: &mut Report) -> Option<ListView> {
    let at = At::of(component);
    let developer_name = own_name(component).to_owned();
    if !name::is_valid(&developer_name) {
        report.problem(at, format!("`{developer_name}` is not a valid name of a list view"));
        return None;
    }
    let mine = match at.text_of("filterScope") {
        Some("Everything") | None => false,
        Some("Mine") => true,
        Some(other) => {
            report.unsupported(at, format!("list views of scope {other} are not supported yet"));
            return None;
        }
    };
    if at.text_of("booleanFilter").is_some() {
        report.unsupported(at, "list views with filter logic are not supported yet");
        return None;
    }
    let mut filters = Vec::new();
    for filter in at.all("filters") {
        filters.push(list_filter(filter, object, report)?);
    }
    ignored::tell(component, &ignored::LIST_VIEW, report);
    let mut columns = Vec::new();
    for column in at.all("columns") {
        match column_name::column(object, column.text()) {
            Some(field) if !columns.contains(&field) => columns.push(field),
            Some(_) => {}
            None => tell_unknown(column, object, report),
        }
    }
    let label = at.text_of("label").unwrap_or(&developer_name).to_owned();
    Some(ListView { label, developer_name, columns, mine, filters })
}

fn list_filter(at: At<'_>, object: &Object, report: &mut Report) -> Option<ListFilter> {
    let Some(field) = at.child("field") else {
        report.problem(at, "a filter names no field");
        return None;
    };
    let operation = at.text_of("operation").unwrap_or_default();
    if FilterOperation::parse(operation).is_none() && operation != WITHIN {
        report.problem(at, format!("`{operation}` is not an operation of a filter"));
        return None;
    }
    let Some(id) = column_name::column(object, field.text()) else {
        if !is_mistake(field, object, report) {
            let object = &object.name;
            let message =
                format!("it filters by {}, which {object} does not have here", field.text());
            report.unsupported(at, message);
        } else {
            tell_unknown(field, object, report);
        }
        return None;
    };
    let value = at.text_of("value").unwrap_or_default().to_owned();
    Some(ListFilter { field: id, operation: operation.to_owned(), value })
}

/// Whether a name that is no field of `object` is a mistake.
///
/// It is one where the customer alone says which fields there are: for custom names, and for
/// custom objects. What was left out has been told; standard fields may be missing in Candor.
fn is_mistake(at: At<'_>, object: &Object, report: &Report) -> bool {
    let name = at.text();
    // The old names of columns have no small letters.
    let api_name = name::is_valid(name) && name.chars().any(|it| it.is_ascii_lowercase());
    let custom_object = object.kind != ObjectKind::Standard;
    (name::is_custom(name) || (custom_object && api_name))
        && !report.is_field_left_out(&object.name, name)
}

/// Tells that a name is no field of `object`.
pub(crate) fn tell_unknown(at: At<'_>, object: &Object, report: &mut Report) {
    let (name, object_name) = (at.text(), &object.name);
    if is_mistake(at, object, report) {
        report.problem(at, format!("{object_name} has no field {name}"));
    } else if report.is_field_left_out(object_name, name) {
        report.ignored(at, format!("{}: {name} is left out", at.name()));
    } else {
        report.ignored(at, format!("{}: {object_name} has no {name} here", at.name()));
    }
}

/// The field of this API name, told where there is none.
pub(crate) fn field(at: At<'_>, object: &Object, report: &mut Report) -> Option<FieldId> {
    let found = object.field(at.text()).map(|it| it.id);
    if found.is_none() {
        tell_unknown(at, object, report);
    }
    found
}
