//! A path of a formula → the field at its end.
//!
//! In: `Contact.Account.Name`, `Owner:User.Email`, `$User.Department`, in any case, and the object
//! that has the formula. Out: the lookups that it follows, and the field; or that there is none,
//! or that a formula may not refer to it.

use std::cell::RefCell;
use std::collections::HashMap;

use base::name;
use formula::to_sql::Column;
use formula::{Resolver, Unresolved};
use sql::{Alias, Expr};

use crate::calculation::{FieldPath, Hop, PathStart, formula_type};
use crate::schema::{Field, FieldId, FieldType, ObjectId};

use super::super::object::{self, ObjectDraft};

/// Globals that formulas know on the platform, and not here.
const ELSEWHERE: &[&str] = &[
    "$action",
    "$api",
    "$custommetadata",
    "$label",
    "$network",
    "$objecttype",
    "$permission",
    "$resource",
    "$setup",
    "$site",
    "$source",
    "$system",
];

/// The fields and relationships of all drafts, by name.
pub(crate) struct Names(Vec<NamesOfObject>);

struct NamesOfObject {
    fields: HashMap<String, usize>,
    relationships: HashMap<String, usize>,
}

impl Names {
    pub(crate) fn new(drafts: &[ObjectDraft<'_>]) -> Self {
        let of_object = |draft: &ObjectDraft<'_>| {
            let (mut fields, mut relationships) = (HashMap::new(), HashMap::new());
            for (at, it) in draft.fields.iter().enumerate() {
                fields.insert(name::key(&it.field.name), at);
                let reference = it.field.reference.as_ref();
                if let Some(relationship) = reference.and_then(|it| it.relationship.as_deref()) {
                    relationships.insert(name::key(relationship), at);
                }
            }
            NamesOfObject { fields, relationships }
        };
        Self(drafts.iter().map(of_object).collect())
    }

    pub(crate) fn field(&self, object: usize, name: &str) -> Option<usize> {
        self.0[object].fields.get(&name::key(name)).copied()
    }

    fn relationship(&self, object: usize, name: &str) -> Option<usize> {
        self.0[object].relationships.get(&name::key(name)).copied()
    }
}

/// Finds the fields of paths that begin at one object.
pub(crate) struct Paths<'d, 'a> {
    drafts: &'d [ObjectDraft<'a>],
    names: &'d Names,
    object: usize,
    /// The object and the name of the field that the last path lacks.
    missing: RefCell<Option<(String, String)>>,
}

impl<'d, 'a> Paths<'d, 'a> {
    pub(crate) fn new(drafts: &'d [ObjectDraft<'a>], names: &'d Names, object: usize) -> Self {
        Self { drafts, names, object, missing: RefCell::new(None) }
    }

    /// The field that was asked for last and is not there.
    pub(crate) fn missing(&self) -> Option<(String, String)> {
        self.missing.borrow().clone()
    }

    pub(crate) fn find(&self, path: &str) -> Result<FieldPath, Unresolved> {
        let segments: Vec<&str> = path.split('.').collect();
        self.follow(&segments)
    }

    fn follow(&self, segments: &[&str]) -> Result<FieldPath, Unresolved> {
        let Some((last, mut ups)) = segments.split_last() else { return Err(Unresolved::Unknown) };
        let (mut start, mut at) = (PathStart::Record, self.object);
        let mut hops = Vec::new();
        if let Some((first, rest)) = ups.split_first()
            && first.starts_with('$')
        {
            ups = rest;
            let global = name::key(first);
            let begin = |object| object::find(self.drafts, object).ok_or(Unresolved::NotHere);
            let step = match global.as_str() {
                "$user" => (PathStart::User, begin("User")?, None),
                "$profile" => (PathStart::User, begin("User")?, Some("Profile")),
                "$userrole" => (PathStart::User, begin("User")?, Some("UserRole")),
                "$organization" => (PathStart::Organization, begin("Organization")?, None),
                "$recordtype" => (PathStart::Record, self.object, Some("RecordType")),
                other if ELSEWHERE.contains(&other) => return Err(Unresolved::NotHere),
                _ => return Err(Unresolved::Unknown),
            };
            (start, at) = (step.0, step.1);
            if let Some(relationship) = step.2 {
                hops.push(self.hop(at, relationship)?);
            }
        }
        let from = ObjectId(at as u16);
        at = hops.last().map_or(at, |it: &Hop| usize::from(it.target.0));
        for relationship in ups {
            let hop = self.hop(at, relationship)?;
            at = usize::from(hop.target.0);
            hops.push(hop);
        }
        let field = self.names.field(at, last).ok_or_else(|| self.lacks(at, last))?;
        let (object, field) = (ObjectId(at as u16), FieldId(field as u16));
        Ok(FieldPath { start, from, hops, object, field })
    }

    /// `Account`, or `Owner:User` where a lookup leads to several objects.
    fn hop(&self, object: usize, relationship: &str) -> Result<Hop, Unresolved> {
        let (relationship, target) = match relationship.split_once(':') {
            Some((relationship, target)) => (relationship, Some(target)),
            None => (relationship, None),
        };
        let lookup = self.names.relationship(object, relationship);
        let lookup = lookup.ok_or_else(|| self.lacks(object, &lookup_of(relationship)))?;
        let reference = self.drafts[object].fields[lookup].field.reference.as_ref();
        let targets = reference.map(|it| it.targets.as_slice()).unwrap_or_default();
        let named = |it: &ObjectId, wanted: &str| {
            let name = &self.drafts[usize::from(it.0)].object.name;
            // Queues are groups that own records.
            let wanted = if wanted.eq_ignore_ascii_case("Queue") { "Group" } else { wanted };
            name.eq_ignore_ascii_case(wanted)
        };
        let target = match (target, targets) {
            (None, [one]) => *one,
            (Some(wanted), _) => {
                *targets.iter().find(|it| named(it, wanted)).ok_or(Unresolved::Unknown)?
            }
            (None, _) => return Err(Unresolved::Unknown),
        };
        Ok(Hop { lookup: FieldId(lookup as u16), target })
    }

    fn lacks(&self, object: usize, field: &str) -> Unresolved {
        let object = self.drafts[object].object.name.clone();
        *self.missing.borrow_mut() = Some((object, field.to_owned()));
        Unresolved::Unknown
    }
}

impl Resolver for Paths<'_, '_> {
    fn resolve(&self, path: &[&str]) -> Result<formula::FieldType, Unresolved> {
        let found = self.follow(path)?;
        let draft = &self.drafts[usize::from(found.object.0)];
        let field = &draft.fields[usize::from(found.field.0)].field;
        formula_type(field.ty).ok_or(Unresolved::NotHere)
    }
}

/// The lookup whose relationship has this name, as far as names tell.
fn lookup_of(relationship: &str) -> String {
    match relationship.strip_suffix("__r") {
        Some(stem) => format!("{stem}__c"),
        None => format!("{relationship}Id"),
    }
}

/// A column that stands for a field while a formula is tried.
pub(crate) fn stand_in(field: &Field) -> Column {
    let column = |name: &str| Expr::Column(Alias(0), name.to_owned());
    let longitude = (field.ty == FieldType::Location).then(|| column("longitude"));
    Column { expr: column("value"), longitude, scale: field.scale, fault: None }
}
