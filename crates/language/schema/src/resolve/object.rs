//! Stage 1: components → objects without fields.
//!
//! In: the catalog and the key prefixes of custom objects. Out: an [`ObjectDraft`] for each
//! object, in the order of names. Objects that cannot be had are left out with their children,
//! each of which is told.

use std::collections::{BTreeMap, HashMap};

use base::{KeyPrefix, name};

use crate::def::{Catalog, ComponentType, Layers};
use crate::physical;
use crate::schema::{Object, ObjectId, ObjectKind, SharingModel};

use super::elsewhere;
use super::field::FieldDraft;
use super::ignored;
use super::report::{At, Definition, Report};

/// An object on its way to the schema.
pub(crate) struct ObjectDraft<'a> {
    pub(crate) object: Object,
    pub(crate) source: Definition<'a>,
    pub(crate) fields: Vec<FieldDraft<'a>>,
}

/// The suffix of platform events.
pub(crate) const EVENT_SUFFIX: &str = "__e";

/// The most characters of a custom object's or field's name before its suffix.
pub(crate) const STEM_MAX: usize = 40;

const OVERRIDABLE: &[&str] = &["label", "pluralLabel", "description", "sharingModel"];

pub(crate) fn draft<'a>(
    catalog: &'a Catalog,
    prefixes: &BTreeMap<String, KeyPrefix>,
    report: &mut Report,
) -> Vec<ObjectDraft<'a>> {
    let prefixes: HashMap<String, KeyPrefix> =
        prefixes.iter().map(|(name, prefix)| (name::key(name), *prefix)).collect();
    let mut drafts = Vec::new();
    for layers in catalog.of_type(ComponentType::Object) {
        let source = Definition::new(layers, OVERRIDABLE);
        match object(source, &prefixes, report) {
            Some(object) => drafts.push(ObjectDraft { object, source, fields: Vec::new() }),
            None => report.leave_out(ComponentType::Object, &source.component().name),
        }
    }
    drafts.sort_by_cached_key(|it| name::key(&it.object.name));
    for (at, draft) in drafts.iter_mut().enumerate() {
        draft.object.id = ObjectId(u16::try_from(at).unwrap_or(u16::MAX));
    }
    check_prefixes(&drafts, report);
    tell_orphans(catalog, &drafts, report);
    drafts
}

fn object(
    source: Definition<'_>,
    prefixes: &HashMap<String, KeyPrefix>,
    report: &mut Report,
) -> Option<Object> {
    let kind = kind(source, report)?;
    if let Some(customer) = source.customer {
        ignored::tell(customer, &ignored::OBJECT, report);
        let status = At::of(customer).child("deploymentStatus");
        if let Some(at) = status.filter(|it| it.text() == "InDevelopment") {
            let message = "deploymentStatus: the object is in use as soon as it is deployed";
            report.ignored(at, message);
        }
        if kind == ObjectKind::PlatformEvent {
            report.ignored(source.at(), "events are described, but cannot be published yet");
        }
    }
    let key_prefix = key_prefix(source, kind, prefixes, report)?;
    let full_name = source.component().name.clone();
    let setup = source.flag("c:setup", false, report);
    let stored = kind != ObjectKind::PlatformEvent;
    let label = label(source, "label", report);
    let searchable = match kind {
        ObjectKind::Standard => source.flag("c:searchable", true, report),
        _ => stored && source.flag("enableSearch", true, report),
    };
    Some(Object {
        id: ObjectId(0),
        table: physical::name(&full_name.to_ascii_lowercase()),
        name: full_name,
        plural_label: label_or(source, "pluralLabel", &label, report),
        label,
        description: source.owned("description"),
        kind,
        setup,
        key_prefix,
        sharing_model: sharing_model(source, report),
        createable: source.flag("c:createable", stored, report),
        updateable: source.flag("c:updateable", stored, report),
        deletable: source.flag("c:deletable", stored, report),
        undeletable: source.flag("c:undeletable", stored, report),
        queryable: source.flag("c:queryable", stored, report),
        searchable,
        layoutable: source.flag("c:layoutable", stored && !setup, report),
        fields: Vec::new(),
        name_field: None,
        child_relationships: Vec::new(),
        record_types: Vec::new(),
        layouts: Vec::new(),
        list_views: Vec::new(),
        by_name: HashMap::new(),
        by_relationship: HashMap::new(),
    })
}

/// What the name says the object is; none, and told, where Candor cannot have it.
fn kind(source: Definition<'_>, report: &mut Report) -> Option<ObjectKind> {
    if source.shipped.is_some() {
        return Some(ObjectKind::Standard);
    }
    let at = source.at();
    let full_name = &source.component().name;
    let kind = if name::is_custom(full_name) {
        ObjectKind::Custom
    } else if full_name.ends_with(EVENT_SUFFIX) {
        ObjectKind::PlatformEvent
    } else if elsewhere::is_known(full_name) {
        report.unsupported(at, format!("the object {full_name} is not supported yet"));
        return None;
    } else {
        report.problem(at, format!("there is no standard object {full_name}"));
        return None;
    };
    if !is_custom_name(full_name) {
        report.problem(at, format!("`{full_name}` is not a valid name of an object"));
        return None;
    }
    if source.find("customSettingsType").is_some() {
        report.unsupported(at, "custom settings are not supported yet");
        return None;
    }
    Some(kind)
}

/// Whether a name with a suffix is valid and its stem not too long.
pub(crate) fn is_custom_name(full_name: &str) -> bool {
    let stem = full_name.rsplit("__").nth(1).unwrap_or_default();
    name::is_valid(full_name) && !stem.is_empty() && stem.len() <= STEM_MAX
}

fn key_prefix(
    source: Definition<'_>,
    kind: ObjectKind,
    prefixes: &HashMap<String, KeyPrefix>,
    report: &mut Report,
) -> Option<KeyPrefix> {
    if kind != ObjectKind::Standard {
        let prefix = prefixes.get(&name::key(&source.component().name)).copied();
        if prefix.is_none() {
            report.problem(source.at(), "no key prefix is left for the object");
        }
        return prefix;
    }
    let prefix = source.text("c:keyPrefix").and_then(|it| KeyPrefix::parse(it).ok());
    if prefix.is_none() {
        report.problem(source.at(), "the object has no valid key prefix");
    }
    prefix
}

fn check_prefixes(drafts: &[ObjectDraft<'_>], report: &mut Report) {
    let mut seen: HashMap<KeyPrefix, &str> = HashMap::new();
    for draft in drafts {
        let object = &draft.object;
        if let Some(first) = seen.insert(object.key_prefix, &object.name) {
            let message = format!("{first} has the key prefix {} too", object.key_prefix);
            report.problem(draft.source.at(), message);
        }
    }
}

/// The most characters of an object's or field's label.
pub(crate) const LABEL_MAX: usize = 40;

fn label(source: Definition<'_>, element: &str, report: &mut Report) -> String {
    label_or(source, element, "", report)
}

fn label_or(source: Definition<'_>, element: &str, absent: &str, report: &mut Report) -> String {
    let Some(at) = source.find(element).filter(|it| !it.text().is_empty()) else {
        report.problem(source.at(), format!("the object has no {element}"));
        return absent.to_owned();
    };
    if LABEL_MAX < at.text().chars().count() {
        report.problem(at, format!("{element} has more than {LABEL_MAX} characters"));
    }
    at.text().to_owned()
}

fn sharing_model(source: Definition<'_>, report: &mut Report) -> SharingModel {
    let Some(at) = source.find("sharingModel") else { return SharingModel::ReadWrite };
    let model = match at.text() {
        "Private" => SharingModel::Private,
        "Read" => SharingModel::Read,
        "ReadWrite" => SharingModel::ReadWrite,
        "ReadWriteTransfer" => SharingModel::ReadWriteTransfer,
        "FullAccess" => SharingModel::FullAccess,
        "ControlledByParent" | "ControlledByCampaign" | "ControlledByLeadOrContact" => {
            SharingModel::ControlledByParent
        }
        other => {
            report.problem(at, format!("`{other}` is not a sharing model"));
            SharingModel::ReadWrite
        }
    };
    if matches!(model, SharingModel::Private | SharingModel::Read) {
        let message = "sharingModel: kept, but not enforced yet; who may read or edit the object \
                       may read or edit all of its records";
        report.ignored(at, message);
    }
    model
}

/// Tells each child whose object is not in the schema.
fn tell_orphans(catalog: &Catalog, drafts: &[ObjectDraft<'_>], report: &mut Report) {
    for ty in ComponentType::ALL.iter().filter(|it| it.is_child()) {
        for component in catalog.of_type(*ty).flat_map(Layers::iter) {
            let Some((object, _)) = component.split_name() else { continue };
            if find(drafts, object).is_some() {
                continue;
            }
            let at = At::of(component);
            if report.is_left_out(ComponentType::Object, object) {
                report.unsupported(at, format!("its object {object} is left out"));
            } else if elsewhere::is_known(object) {
                report.unsupported(at, format!("the object {object} is not supported yet"));
            } else {
                report.problem(at, format!("there is no object {object}"));
                report.leave_out(*ty, &component.name);
            }
        }
    }
}

/// The draft of this name, without regard to case; drafts are in the order of names.
pub(crate) fn find(drafts: &[ObjectDraft<'_>], object: &str) -> Option<usize> {
    let wanted = name::key(object);
    drafts.binary_search_by(|it| name::key(&it.object.name).cmp(&wanted)).ok()
}
