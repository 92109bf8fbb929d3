//! Stage 6: drafts → objects with every id and index in place.
//!
//! In: drafts whose names all resolve. Out: [`Object`]s: fields numbered and findable, compounds
//! with their components, derivations, shadow columns, and the lookups of other objects that
//! point here.

use std::collections::HashMap;

use base::name;

use crate::diff;
use crate::fold::Fold;
use crate::schema::{
    ChildRelationship, Derivation, FieldId, FieldType, Object, ObjectId, PicklistAttribute, Schema,
};

use super::object::ObjectDraft;
use super::picklist;
use super::report::{At, Report};

/// The parts of an address: the field name after the compound's prefix, and the wire's key.
const ADDRESS_PARTS: &[(&str, &str)] = &[
    ("Street", "street"),
    ("City", "city"),
    ("State", "state"),
    ("StateCode", "stateCode"),
    ("PostalCode", "postalCode"),
    ("Country", "country"),
    ("CountryCode", "countryCode"),
    ("Latitude", "latitude"),
    ("Longitude", "longitude"),
    ("GeocodeAccuracy", "geocodeAccuracy"),
];

/// The parts of a person's name, which the compound name stands for.
pub(crate) const PERSON_NAME_PARTS: &[&str] =
    &["Salutation", "FirstName", "MiddleName", "LastName", "Suffix"];

pub(crate) fn assemble(drafts: Vec<ObjectDraft<'_>>, report: &mut Report) -> Schema {
    let sources: Vec<At<'_>> = drafts.iter().map(|it| it.source.at()).collect();
    let mut objects: Vec<Object> = drafts.into_iter().map(|draft| object(draft, report)).collect();
    for (parent, child) in child_relationships(&objects) {
        objects[usize::from(parent.0)].child_relationships.push(child);
    }
    for (object, message) in diff::misfits(&objects) {
        report.problem(sources[usize::from(object.0)], message);
    }
    let by_name = objects.iter().map(|it| (name::key(&it.name), it.id)).collect();
    let by_prefix = objects.iter().map(|it| (it.key_prefix, it.id)).collect();
    Schema { objects, by_name, by_prefix, ..Schema::default() }
}

fn object(mut draft: ObjectDraft<'_>, report: &mut Report) -> Object {
    for (at, field) in draft.fields.iter_mut().enumerate() {
        field.field.id = FieldId(u16::try_from(at).unwrap_or(u16::MAX));
    }
    let by_name = index(&draft, report);
    picklist::resolve_dependencies(&mut draft, report);
    derivations(&mut draft, &by_name, report);
    let ObjectDraft { mut object, fields, .. } = draft;
    object.fields = fields.into_iter().map(|it| it.field).collect();
    object.by_name = by_name;
    object.name_field = object.fields.iter().find(|it| it.name_field).map(|it| it.id);
    for field in &mut object.fields {
        field.fold = Fold::of(field);
        let relationship = field.reference.as_ref().and_then(|it| it.relationship.as_deref());
        if let Some(relationship) = relationship {
            object.by_relationship.insert(name::key(relationship), field.id);
        }
    }
    for at in 0..object.fields.len() {
        compound(&mut object, at);
    }
    object
}

fn index(draft: &ObjectDraft<'_>, report: &mut Report) -> HashMap<String, FieldId> {
    let mut by_name = HashMap::with_capacity(draft.fields.len());
    for field in &draft.fields {
        if by_name.insert(name::key(&field.field.name), field.field.id).is_some() {
            let at = field.source.unwrap_or(draft.source).at();
            report.problem(at, format!("the object has two fields {}", field.field.name));
        }
    }
    by_name
}

fn derivations(
    draft: &mut ObjectDraft<'_>,
    by_name: &HashMap<String, FieldId>,
    report: &mut Report,
) {
    for field in &mut draft.fields {
        let Some(at) = field.source.and_then(|it| it.find("c:derived")) else { continue };
        field.field.derived = derivation(at, by_name);
        if field.field.derived.is_none() {
            report.problem(at, format!("`{}` is not a derivation", at.text()));
        }
    }
}

fn derivation(at: At<'_>, by_name: &HashMap<String, FieldId>) -> Option<Derivation> {
    let (kind, path) = match at.text() {
        "personName" => return Some(Derivation::PersonName),
        "expectedRevenue" => return Some(Derivation::ExpectedRevenue),
        text => text.split_once(':')?,
    };
    let (field, attribute) = path.split_once('.')?;
    let field = *by_name.get(&name::key(field))?;
    let attribute = match attribute {
        "closed" => PicklistAttribute::Closed,
        "won" => PicklistAttribute::Won,
        "converted" => PicklistAttribute::Converted,
        "highPriority" => PicklistAttribute::HighPriority,
        "probability" => PicklistAttribute::Probability,
        "forecastCategory" => PicklistAttribute::ForecastCategory,
        "forecastCategoryName" => PicklistAttribute::ForecastCategoryName,
        _ => return None,
    };
    match kind {
        "picklist" => Some(Derivation::PicklistAttribute { field, attribute }),
        "picklistDefault" => Some(Derivation::PicklistDefault { field, attribute }),
        _ => None,
    }
}

/// Ties a compound and its components to each other.
fn compound(object: &mut Object, at: usize) {
    let field = &object.fields[at];
    let named: Vec<(&'static str, String)> = match (field.ty, &field.derived) {
        (FieldType::Address, _) => {
            let prefix = field.name.strip_suffix("Address").unwrap_or_default();
            ADDRESS_PARTS.iter().map(|(part, key)| (*key, format!("{prefix}{part}"))).collect()
        }
        (FieldType::Location, _) => {
            let stem = field.name.strip_suffix("__c").unwrap_or(&field.name);
            let part = |key, axis| (key, format!("{stem}__{axis}__s"));
            vec![part("latitude", "Latitude"), part("longitude", "Longitude")]
        }
        _ => return,
    };
    let id = field.id;
    let parts: Vec<(&'static str, FieldId)> = named
        .into_iter()
        .filter_map(|(key, part)| object.field(&part).map(|it| (key, it.id)))
        .collect();
    for (_, part) in &parts {
        object.fields[usize::from(part.0)].compound = Some(id);
    }
    object.fields[at].components = parts;
}

fn child_relationships(objects: &[Object]) -> Vec<(ObjectId, ChildRelationship)> {
    let mut out = Vec::new();
    for object in objects {
        for field in &object.fields {
            let Some(reference) = &field.reference else { continue };
            for target in &reference.targets {
                let child = ChildRelationship {
                    name: reference.child_relationship.clone(),
                    child: object.id,
                    field: field.id,
                    on_delete: reference.on_delete,
                };
                out.push((*target, child));
            }
        }
    }
    out
}
