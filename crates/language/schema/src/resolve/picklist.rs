//! Stage 4: value sets → the values of each picklist.
//!
//! In: drafts whose picklists name a value set or hold values. Out: the same with
//! [`Picklist`]s. A standard field reads a standard value set of that name, a custom field a
//! global one. The default is a mark on a value; a dependent picklist says for which values of
//! its controlling field each of its own applies.

use std::collections::{HashMap, HashSet};

use base::{Value, decimal, fold};

use crate::def::{Catalog, Component, ComponentType};
use crate::schema::{Field, FieldType, Picklist, PicklistValue};

use super::field::FieldDraft;
use super::ignored;
use super::object::ObjectDraft;
use super::report::{At, Definition, Report};

const VALUES_MAX: usize = 1000;
const MULTISELECT_VALUES_MAX: usize = 500;
const VALUE_LENGTH_MAX: usize = 255;

pub(crate) fn resolve(catalog: &Catalog, drafts: &mut [ObjectDraft<'_>], report: &mut Report) {
    let sets = Sets::read(catalog, report);
    for draft in drafts {
        for field in &mut draft.fields {
            if matches!(field.field.ty, FieldType::Picklist | FieldType::MultiselectPicklist) {
                picklist(field, &sets, report);
            }
        }
    }
}

/// Value sets that fields share, by type and folded name.
struct Sets {
    values: HashMap<(ComponentType, String), Vec<PicklistValue>>,
}

impl Sets {
    fn read(catalog: &Catalog, report: &mut Report) -> Self {
        let mut values = HashMap::new();
        for ty in [ComponentType::GlobalValueSet, ComponentType::StandardValueSet] {
            for layers in catalog.of_type(ty) {
                // A customer's standard value set replaces the one that ships.
                let Some(component) = layers.customer.as_ref().or(layers.shipped.as_ref()) else {
                    continue;
                };
                if let Some(customer) = &layers.customer {
                    ignored::tell(customer, &ignored::VALUE_SET, report);
                }
                let of_set = of_set(component, report);
                values.insert((ty, fold(&component.name).into_owned()), of_set);
            }
        }
        Self { values }
    }
}

fn of_set(component: &Component, report: &mut Report) -> Vec<PicklistValue> {
    let at = At::of(component);
    let element = match component.ty {
        ComponentType::GlobalValueSet => "customValue",
        _ => "standardValue",
    };
    let sorted = at.flag_of("sorted", report);
    values(at, element, sorted, report)
}

fn picklist(draft: &mut FieldDraft<'_>, sets: &Sets, report: &mut Report) {
    let Some(source) = draft.source else { return };
    let mut picklist = Picklist::default();
    let multiselect = draft.field.ty == FieldType::MultiselectPicklist;
    if let Some(at) = source.find("valueSet") {
        picklist.restricted = at.flag_of("restricted", report);
        if let Some(name) = at.child("valueSetName") {
            let Some(values) = shared(name, source, sets) else {
                let message = format!("there is no value set {}", name.text());
                report.problem(name, message);
                return;
            };
            picklist.value_set = Some(name.text().to_owned());
            picklist.values = values.clone();
        } else if let Some(definition) = at.child("valueSetDefinition") {
            let sorted = definition.flag_of("sorted", report);
            picklist.values = values(definition, "value", sorted, report);
        }
    } else if let Some(at) = source.find("picklist") {
        // The form of API versions before 38.
        let sorted = at.flag_of("sorted", report);
        picklist.values = values(at, "picklistValues", sorted, report);
        picklist.restricted = source.flag("restrictedPicklist", false, report);
    }
    if picklist.values.is_empty() {
        report.problem(source.at(), "the picklist has no values");
    }
    let max = if multiselect { MULTISELECT_VALUES_MAX } else { VALUES_MAX };
    if max < picklist.values.len() {
        report.problem(source.at(), format!("the picklist has more than {max} values"));
    }
    if multiselect && let Some(bad) = picklist.values.iter().find(|it| it.name.contains(';')) {
        let message = format!("the value `{}` holds a semicolon, which separates values", bad.name);
        report.problem(source.at(), message);
    }
    default(&mut draft.field, &picklist, source, report);
    draft.field.picklist = Some(picklist);
}

fn shared<'s>(
    name: At<'_>,
    source: Definition<'_>,
    sets: &'s Sets,
) -> Option<&'s Vec<PicklistValue>> {
    let of = |ty| sets.values.get(&(ty, fold(name.text()).into_owned()));
    let standard = || of(ComponentType::StandardValueSet).filter(|_| source.shipped.is_some());
    standard().or_else(|| of(ComponentType::GlobalValueSet))
}

/// Takes the default from the value that is marked, or checks the one that the field names.
fn default(field: &mut Field, picklist: &Picklist, source: Definition<'_>, report: &mut Report) {
    let marked = picklist.values.iter().find(|it| it.default && it.active);
    if let Some(Value::Text(named)) = &field.default {
        match picklist.value(named) {
            Some(value) => field.default = Some(Value::Text(value.name.clone())),
            None => {
                let message = format!("the default `{named}` is not a value of the picklist");
                report.problem(source.find("defaultValue").unwrap_or(source.at()), message);
            }
        }
    } else if let Some(value) = marked {
        field.default = Some(Value::Text(value.name.clone()));
    }
    field.defaulted_on_create |= field.default.is_some();
}

fn values(
    at: At<'_>,
    element: &'static str,
    sorted: bool,
    report: &mut Report,
) -> Vec<PicklistValue> {
    let mut values = Vec::new();
    let mut seen = HashSet::new();
    let mut has_default = false;
    for at in at.all(element) {
        let Some(value) = value(at, report) else { continue };
        if !seen.insert(fold(&value.name).into_owned()) {
            report.problem(at, format!("the value `{}` is there twice", value.name));
            continue;
        }
        if value.default && has_default {
            report.problem(at, format!("`{}` is a second default", value.name));
        }
        has_default |= value.default;
        values.push(value);
    }
    if sorted {
        values.sort_by_cached_key(|it| fold(&it.label).into_owned());
    }
    values
}

fn value(at: At<'_>, report: &mut Report) -> Option<PicklistValue> {
    let Some(name) = at.text_of("fullName") else {
        report.problem(at, "a value has no fullName");
        return None;
    };
    if VALUE_LENGTH_MAX < name.chars().count() {
        report.problem(at, format!("a value has more than {VALUE_LENGTH_MAX} characters"));
    }
    let probability = at.child("probability").and_then(|it| {
        let probability = decimal::parse(it.text()).ok();
        if probability.is_none() {
            report.problem(it, format!("probability is `{}`, not a number", it.text()));
        }
        probability
    });
    Some(PicklistValue {
        name: name.to_owned(),
        label: at.text_of("label").unwrap_or(name).to_owned(),
        active: at.child("isActive").is_none_or(|it| it.flag(report)),
        default: at.flag_of("default", report),
        closed: at.flag_of("closed", report),
        won: at.flag_of("won", report),
        converted: at.flag_of("converted", report),
        high_priority: at.flag_of("highPriority", report),
        probability,
        forecast_category: at.text_of("forecastCategory").map(str::to_owned),
        valid_for: Vec::new(),
    })
}

/// Resolves controlling fields, once every field of the object has its place.
pub(crate) fn resolve_dependencies(draft: &mut ObjectDraft<'_>, report: &mut Report) {
    for at in 0..draft.fields.len() {
        let Some(source) = draft.fields[at].source else { continue };
        let Some(controlling) = controlling_element(source) else { continue };
        let object = &draft.object.name;
        let wanted = draft
            .fields
            .iter()
            .position(|it| it.field.name.eq_ignore_ascii_case(controlling.text()));
        let suitable = wanted.filter(|it| {
            let ty = draft.fields[*it].field.ty;
            *it != at && matches!(ty, FieldType::Picklist | FieldType::Checkbox)
        });
        let Some(found) = suitable else {
            if report.is_field_left_out(object, controlling.text()) {
                report.ignored(controlling, "controllingField: the field is left out");
            } else {
                let message =
                    format!("`{}` is no picklist or checkbox of {object}", controlling.text());
                report.problem(controlling, message);
            }
            continue;
        };
        let id = draft.fields[found].field.id;
        let Some(picklist) = &mut draft.fields[at].field.picklist else { continue };
        picklist.controlling = Some(id);
        settings(source, picklist, report);
    }
}

fn controlling_element(source: Definition<'_>) -> Option<At<'_>> {
    let set = source.find("valueSet").or_else(|| source.find("picklist"));
    set?.child("controllingField").filter(|it| !it.text().is_empty())
}

fn settings(source: Definition<'_>, picklist: &mut Picklist, report: &mut Report) {
    let Some(set) = source.find("valueSet").or_else(|| source.find("picklist")) else { return };
    let by_name: HashMap<String, usize> = picklist
        .values
        .iter()
        .enumerate()
        .map(|(at, it)| (fold(&it.name).into_owned(), at))
        .collect();
    let now = set.all("valueSettings").map(|it| (it, "valueName", "controllingFieldValue"));
    let old = set.all("picklistValues").map(|it| (it, "fullName", "controllingFieldValues"));
    for (at, name, controlling) in now.chain(old) {
        let Some(name) = at.child(name) else { continue };
        match by_name.get(fold(name.text()).as_ref()) {
            Some(value) => {
                let valid_for = at.all(controlling).map(|it| it.text().to_owned());
                picklist.values[*value].valid_for.extend(valid_for);
            }
            None => {
                report.problem(name, format!("`{}` is not a value of the picklist", name.text()));
            }
        }
    }
}
