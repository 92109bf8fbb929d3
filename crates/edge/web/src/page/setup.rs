//! `/setup/objects`: the data model as it is deployed, to read, for those who may see the setup.

use access::Permission;
use maud::{Markup, html};
use schema::{Field, FieldType, Object, ObjectKind};

use crate::component::tile::{large, tile};
use crate::component::value::{checkbox, none};
use crate::failure::Failure;
use crate::layout::{self, Frame};
use crate::reply::Reply;
use crate::visit::Visit;

const HOME: &str = "/setup/objects";

pub(crate) fn objects(visit: &Visit) -> Result<Reply, Failure> {
    admit(visit)?;
    let mut objects: Vec<&Object> = visit.ctx.schema.objects.iter().collect();
    objects.sort_by_key(|it| (it.kind == ObjectKind::Standard, it.label.to_lowercase()));
    let content = html! {
        div.head {
            div.head-text {
                h1 { "Objects and fields" }
                p.muted { "The data model of this org, as deployed. Custom objects come first." }
            }
        }
        section.card aria-label="Objects" {
            div.scroll.sticky tabindex="0" role="region" aria-label="Table" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Label" }
                            th scope="col" { "API name" }
                            th scope="col" { "Kind" }
                            th.number scope="col" { "Fields" }
                            th scope="col" { "Key prefix" }
                        }
                    }
                    tbody { @for object in objects { (object_row(visit, object)) } }
                }
            }
        }
    };
    let frame = Frame { title: "Objects and fields", crumbs: &[], object: None };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

pub(crate) fn fields(visit: &Visit) -> Result<Reply, Failure> {
    admit(visit)?;
    let object = visit.ctx.schema.object(visit.ask.param("object")).ok_or(Failure::Missing)?;
    let content = html! {
        div.head {
            (large(visit, object))
            div.head-text {
                p.eyebrow { code { (object.name) } }
                h1 { (object.label) }
                @if let Some(text) = &object.description { p.muted { (text) } }
            }
        }
        section.card aria-label="Fields" {
            div.scroll.sticky tabindex="0" role="region" aria-label="Table" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Label" }
                            th scope="col" { "API name" }
                            th scope="col" { "Type" }
                            th scope="col" { "Required" }
                            th scope="col" { "Unique" }
                            th scope="col" { "Help" }
                        }
                    }
                    tbody {
                        @for field in &object.fields { (field_row(visit, field)) }
                    }
                }
            }
        }
    };
    let crumbs = [("Objects and fields", HOME.to_owned())];
    let frame = Frame { title: &object.label, crumbs: &crumbs, object: None };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

/// Who may not see the setup finds no such page.
fn admit(visit: &Visit) -> Result<(), Failure> {
    let access = &visit.ctx.access;
    let admitted =
        access.has(Permission::ViewSetup) || access.has(Permission::CustomizeApplication);
    if admitted { Ok(()) } else { Err(Failure::Missing) }
}

fn object_row(visit: &Visit, object: &Object) -> Markup {
    let kind = match object.kind {
        ObjectKind::Standard => "Standard",
        ObjectKind::Custom => "Custom",
        ObjectKind::PlatformEvent => "Platform event",
    };
    html! {
        tr {
            td.first {
                span.actions {
                    (tile(visit, object))
                    a href={ (HOME) "/" (object.name) } { (object.label) }
                }
            }
            td { code { (object.name) } }
            td { (kind) }
            td.number { (object.fields.len()) }
            td { code { (object.key_prefix) } }
        }
    }
}

fn field_row(visit: &Visit, field: &Field) -> Markup {
    html! {
        tr {
            td.first { (field.label) }
            td { code { (field.name) } }
            td { (type_text(visit, field)) }
            td { (checkbox(field.required)) }
            td { (checkbox(field.unique)) }
            td.wrap { @match &field.help_text { Some(text) => (text), None => (none()) } }
        }
    }
}

/// The type as the platform's setup words it: `Text(80)`, `Currency(16, 2)`, `Lookup(Account)`.
fn type_text(visit: &Visit, field: &Field) -> String {
    use FieldType as T;
    let sized = |name: &str| format!("{name}({})", field.length);
    let digits = |name: &str| {
        format!("{name}({}, {})", field.precision.saturating_sub(field.scale), field.scale)
    };
    match field.ty {
        T::Id => "Record ID".to_owned(),
        T::Text => sized("Text"),
        T::TextArea => sized("Text Area"),
        T::LongTextArea => sized("Long Text Area"),
        T::Html => sized("Rich Text Area"),
        T::EncryptedText => sized("Encrypted Text"),
        T::Checkbox => "Checkbox".to_owned(),
        T::Number => digits("Number"),
        T::Currency => digits("Currency"),
        T::Percent => digits("Percent"),
        T::Date => "Date".to_owned(),
        T::DateTime => "Date/Time".to_owned(),
        T::Time => "Time".to_owned(),
        T::Email => "Email".to_owned(),
        T::Phone => "Phone".to_owned(),
        T::Url => sized("URL"),
        T::Picklist => "Picklist".to_owned(),
        T::MultiselectPicklist => "Picklist (Multi-Select)".to_owned(),
        T::Lookup => format!("Lookup({})", targets(visit, field)),
        T::MasterDetail => format!("Master-Detail({})", targets(visit, field)),
        T::AutoNumber => "Auto Number".to_owned(),
        T::Base64 => "File".to_owned(),
        T::Address => "Address".to_owned(),
        T::Location => "Geolocation".to_owned(),
    }
}

fn targets(visit: &Visit, field: &Field) -> String {
    let targets = field.reference.as_ref().map_or(&[][..], |it| &it.targets);
    let labels: Vec<&str> =
        targets.iter().map(|id| visit.ctx.schema.get(*id).label.as_str()).collect();
    labels.join(", ")
}
