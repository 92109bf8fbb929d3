//! Stage 10: tabs and applications.
//!
//! In: the catalog, and a schema whose objects are in place. Out: a tab for each object that has
//! one, standard ones under `standard-…`; applications as ordered choices of tabs. Tabs that show
//! a page or a web address are left out.

use crate::def::{Catalog, Component, ComponentType};
use crate::schema::{Application, Schema, Tab};

use super::ignored;
use super::report::{At, Report};

/// Standard objects that have a tab of their own.
const STANDARD: &[&str] = &[
    "Account",
    "Asset",
    "Campaign",
    "Case",
    "Contact",
    "Contract",
    "Event",
    "Individual",
    "Lead",
    "Opportunity",
    "Order",
    "Pricebook2",
    "Product2",
    "Task",
];

const STANDARD_PREFIX: &str = "standard-";

pub(crate) fn resolve(catalog: &Catalog, schema: &mut Schema, report: &mut Report) {
    let mut tabs: Vec<Tab> =
        STANDARD.iter().filter_map(|it| schema.object(it)).map(standard).collect();
    for layers in catalog.of_type(ComponentType::Tab) {
        let component = layers.customer.as_ref().or(layers.shipped.as_ref());
        tabs.extend(component.and_then(|it| tab(it, schema, report)));
    }
    schema.tabs = tabs;
    tell_unknown_tabs(catalog, schema, report);
    let known = |name: &String| schema.tabs.iter().any(|it| it.name.eq_ignore_ascii_case(name));
    for set in schema.permission_sets.iter_mut().chain(&mut schema.profiles) {
        set.visible_tabs.retain(known);
    }
    let mut applications = Vec::new();
    for layers in catalog.of_type(ComponentType::Application) {
        let component = layers.customer.as_ref().or(layers.shipped.as_ref());
        applications.extend(component.map(|it| application(it, schema, report)));
    }
    schema.applications = applications;
}

fn standard(object: &crate::schema::Object) -> Tab {
    Tab {
        name: format!("{STANDARD_PREFIX}{}", object.name),
        label: object.plural_label.clone(),
        object: Some(object.id),
    }
}

fn tab(component: &Component, schema: &Schema, report: &mut Report) -> Option<Tab> {
    let at = At::of(component);
    if !at.flag_of("customObject", report) {
        let pages = ["flexiPage", "lwcComponent", "auraComponent", "page", "url", "scontrol"];
        let shows = pages.iter().find(|it| at.child(it).is_some()).unwrap_or(&"something else");
        report.unsupported(at, format!("tabs that show {shows} are not supported yet"));
        return None;
    }
    let Some(object) = schema.object(&component.name) else {
        if report.is_left_out(ComponentType::Object, &component.name) {
            report.unsupported(at, format!("its object {} is left out", component.name));
        } else {
            report.problem(at, format!("there is no object {}", component.name));
            report.leave_out(ComponentType::Tab, &component.name);
        }
        return None;
    };
    ignored::tell(component, &ignored::TAB, report);
    let label = at.text_of("label").unwrap_or(&object.plural_label).to_owned();
    Some(Tab { name: component.name.clone(), label, object: Some(object.id) })
}

/// Finds a tab; what is told where there is none depends on who would have it.
fn find<'s>(at: At<'_>, schema: &'s Schema, report: &mut Report) -> Option<&'s Tab> {
    let name = at.text();
    let found = schema.tabs.iter().find(|it| it.name.eq_ignore_ascii_case(name));
    if found.is_none() {
        let standard = name.starts_with(STANDARD_PREFIX);
        if standard || report.is_left_out(ComponentType::Tab, name) {
            report.ignored(at, format!("{}: {name} leads nowhere here", at.name()));
        } else {
            report.problem(at, format!("there is no tab {name}"));
        }
    }
    found
}

/// Permission sets are resolved before tabs; what they say of tabs is checked here.
fn tell_unknown_tabs(catalog: &Catalog, schema: &Schema, report: &mut Report) {
    for ty in [ComponentType::PermissionSet, ComponentType::Profile] {
        for component in catalog.of_type(ty).filter_map(|it| it.customer.as_ref()) {
            let at = At::of(component);
            for setting in at.all("tabSettings").chain(at.all("tabVisibilities")) {
                if let Some(tab) = setting.child("tab") {
                    find(tab, schema, report);
                }
            }
        }
    }
}

fn application(component: &Component, schema: &Schema, report: &mut Report) -> Application {
    let at = At::of(component);
    ignored::tell(component, &ignored::APPLICATION, report);
    let mut tabs = Vec::new();
    for tab in at.all("tabs") {
        let object = find(tab, schema, report).and_then(|it| it.object);
        tabs.extend(object.filter(|it| !tabs.contains(it)));
    }
    Application {
        label: at.text_of("label").unwrap_or(&component.name).to_owned(),
        name: component.name.clone(),
        description: at.text_of("description").map(str::to_owned),
        tabs,
    }
}
