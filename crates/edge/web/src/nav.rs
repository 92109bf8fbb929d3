//! Which objects a person meets first, and in which order.
//!
//! The org's applications decide: each is a group of the navigation. Without one, the objects
//! that most orgs work with come first, then the custom ones that have a tab.

use schema::{Object, ObjectKind};

use crate::visit::Visit;

pub(crate) struct Group<'a> {
    pub label: &'a str,
    pub objects: Vec<&'a Object>,
}

/// The order of the standard objects where no application says otherwise.
const COMMON: [&str; 13] = [
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "Case",
    "Task",
    "Event",
    "Campaign",
    "Product2",
    "Pricebook2",
    "Contract",
    "Order",
    "Asset",
];

pub(crate) fn groups(visit: &Visit) -> Vec<Group<'_>> {
    let schema = &visit.ctx.schema;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for application in &schema.applications {
        let mut objects: Vec<&Object> = Vec::new();
        for object in application.tabs.iter().map(|id| schema.get(*id)) {
            if visit.has_pages(object) && !objects.iter().any(|it| it.id == object.id) {
                objects.push(object);
            }
        }
        if !objects.is_empty() {
            groups.push(Group { label: &application.label, objects });
        }
    }
    if groups.is_empty() {
        groups.push(Group { label: "Objects", objects: common(visit) });
    }
    groups
}

fn common(visit: &Visit) -> Vec<&Object> {
    let schema = &visit.ctx.schema;
    let standard = COMMON.iter().filter_map(|name| schema.object(name));
    let tabs = schema.tabs.iter().filter_map(|it| it.object).map(|id| schema.get(id));
    let custom = tabs.filter(|it| it.kind == ObjectKind::Custom);
    standard.chain(custom).filter(|it| visit.has_pages(it)).collect()
}

/// The objects of all groups, each once.
pub(crate) fn objects(visit: &Visit) -> Vec<&Object> {
    let mut objects: Vec<&Object> = Vec::new();
    for object in groups(visit).into_iter().flat_map(|it| it.objects) {
        if !objects.iter().any(|it| it.id == object.id) {
            objects.push(object);
        }
    }
    objects
}

/// The objects with pages that are in no group, by label.
pub(crate) fn others<'a>(visit: &'a Visit, known: &[&Object]) -> Vec<&'a Object> {
    let all = visit.ctx.schema.objects.iter();
    let is_other = |it: &&Object| {
        visit.has_pages(it) && it.layoutable && !known.iter().any(|known| known.id == it.id)
    };
    let mut others: Vec<&Object> = all.filter(is_other).collect();
    others.sort_by(|a, b| a.plural_label.cmp(&b.plural_label));
    others
}
