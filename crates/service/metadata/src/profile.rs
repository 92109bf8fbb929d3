//! The two profiles that every org has, and how profiles change.
//!
//! In: a [`Schema`] and profile components. Out: their bodies, in one order, so that equal
//! rights print equally.
//!
//! A deployed profile adds to the stored one, entry by entry: on the platform, a profile's file
//! holds rights on what was retrieved with it and says nothing of the rest.
//!
//! The profiles are stored as the customer's own components because they are the customer's to
//! change; everything else that ships is not stored.

use std::collections::BTreeMap;

use access::Permission;
use schema::source::Element;
use schema::source::xml;
use schema::{ComponentType, Derivation, Field, Object, ObjectRights, Schema, SharingModel};

/// A profile that every org has: the names of its file and of its row.
pub struct BuiltIn {
    pub developer_name: &'static str,
    pub name: &'static str,
}

pub const ADMINISTRATOR: BuiltIn =
    BuiltIn { developer_name: "Admin", name: "System Administrator" };

pub const STANDARD_USER: BuiltIn = BuiltIn { developer_name: "Standard", name: "Standard User" };

/// What an administrator may do with records of an object.
const ALL: ObjectRights = ObjectRights {
    create: true,
    read: true,
    edit: true,
    delete: true,
    view_all: true,
    modify_all: true,
};

/// The entries of profiles by their element, and the child that tells two of them apart.
const KEYS: &[(&str, &str)] = &[
    ("applicationVisibilities", "application"),
    ("categoryGroupVisibilities", "dataCategoryGroup"),
    ("classAccesses", "apexClass"),
    ("customMetadataTypeAccesses", "name"),
    ("customPermissions", "name"),
    ("customSettingAccesses", "name"),
    ("externalDataSourceAccesses", "externalDataSource"),
    ("fieldPermissions", "field"),
    ("flowAccesses", "flow"),
    ("loginIpRanges", "startAddress"),
    ("objectPermissions", "object"),
    ("pageAccesses", "apexPage"),
    ("profileActionOverrides", "actionName"),
    ("recordTypeVisibilities", "recordType"),
    ("tabVisibilities", "tab"),
    ("userPermissions", "name"),
];

/// The row name of the profile whose file has this name.
pub fn row_name(developer_name: &str) -> &str {
    let built_in = [ADMINISTRATOR, STANDARD_USER].into_iter();
    let it = built_in.into_iter().find(|it| it.developer_name.eq_ignore_ascii_case(developer_name));
    it.map_or(developer_name, |it| it.name)
}

/// The name of the file of the profile that has this name, there or as a row.
pub(crate) fn developer_name(name: &str) -> &str {
    let built_in = [ADMINISTRATOR, STANDARD_USER].into_iter();
    let mut named = built_in.filter(|it| {
        it.developer_name.eq_ignore_ascii_case(name) || it.name.eq_ignore_ascii_case(name)
    });
    named.next().map_or(name, |it| it.developer_name)
}

/// The administrator's profile: every right on every object and field.
pub(crate) fn administrator(schema: &Schema) -> Element {
    let mut entries: Vec<Element> = vec![Element::leaf("custom", "false")];
    for permission in Permission::ALL {
        entries.push(user_permission(permission));
    }
    for object in schema.objects.iter().filter(|it| !it.setup) {
        entries.push(object_permission(object, ALL));
        entries.extend(field_permissions(object));
    }
    in_order(entries)
}

/// A standard user's profile: the records of the CRM, not its setup.
pub(crate) fn standard_user(schema: &Schema) -> Element {
    let mut entries =
        vec![Element::leaf("custom", "false"), user_permission(Permission::ApiEnabled)];
    for object in schema.objects.iter().filter(|it| !it.setup) {
        let rights = standard_rights(object);
        entries.push(object_permission(object, rights));
        for mut entry in field_permissions(object) {
            if !rights.create && !rights.edit {
                entry.children[0] = flag("editable", false);
            }
            entries.push(entry);
        }
    }
    in_order(entries)
}

/// Everything but deleting; that too where records have an owner, or a master that has one.
fn standard_rights(object: &Object) -> ObjectRights {
    let owned = object.field("OwnerId").is_some()
        || object.sharing_model == SharingModel::ControlledByParent;
    // Users are records like others, but managing them is setup.
    let writes = object.name != "User";
    ObjectRights {
        create: writes && object.createable,
        read: true,
        edit: writes && object.updateable,
        delete: writes && object.updateable && object.deletable && owned,
        view_all: false,
        modify_all: false,
    }
}

/// Adds the entries of `deployed` to `stored`; of two about the same thing, the deployed stays.
pub(crate) fn merge(stored: &Element, deployed: &Element) -> Element {
    in_order(stored.children.iter().chain(&deployed.children).cloned().collect())
}

/// The body of a profile in the order in which equal rights print equally.
pub(crate) fn canonical(profile: &Element) -> Element {
    in_order(profile.children.clone())
}

/// A right that a deploy gives to the administrator, who else could not see what was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    Object(String),
    /// `Object.Field`.
    Field(String),
}

impl Grant {
    /// Every right, where the thing exists and takes rights of its own.
    fn entry(&self, schema: &Schema) -> Option<Element> {
        match self {
            Self::Object(name) => schema.object(name).map(|it| object_permission(it, ALL)),
            Self::Field(name) => {
                let (object, field) = name.split_once('.')?;
                let object = schema.object(object)?;
                let field = object.field(field).filter(|it| takes_rights(object, it))?;
                Some(field_permission(object, field))
            }
        }
    }
}

/// Adds what `grants` say to a profile, where it says nothing yet. Returns the new body and
/// what was added.
pub(crate) fn grant(
    profile: &Element,
    schema: &Schema,
    grants: Vec<Grant>,
) -> (Element, Vec<Grant>) {
    let mut entries: BTreeMap<Key, Element> =
        profile.children.iter().map(|it| (key(it), it.clone())).collect();
    let mut added = Vec::new();
    for grant in grants {
        let Some(entry) = grant.entry(schema) else { continue };
        if let std::collections::btree_map::Entry::Vacant(place) = entries.entry(key(&entry)) {
            place.insert(entry);
            added.push(grant);
        }
    }
    (Element::branch(&profile.name, entries.into_values().collect()), added)
}

type Key = (String, String);

/// The body whose entries are these, one of each key, in the order of their keys.
fn in_order(entries: Vec<Element>) -> Element {
    let entries: BTreeMap<Key, Element> = entries.into_iter().map(|it| (key(&it), it)).collect();
    Element::branch(ComponentType::Profile.metadata_name(), entries.into_values().collect())
}

fn key(entry: &Element) -> Key {
    let by = KEYS.iter().find(|it| it.0 == entry.name).and_then(|it| entry.text_of(it.1));
    let of = match by {
        Some(text) => base::fold(text).into_owned(),
        None if entry.name == "layoutAssignments" => layout_key(entry),
        // A single value, which the later one replaces.
        None if entry.children.is_empty() => String::new(),
        None => xml::print(entry),
    };
    (entry.name.clone(), of)
}

/// A layout is assigned to a record type, or to an object's records without one.
fn layout_key(entry: &Element) -> String {
    let layout = entry.text_of("layout").unwrap_or_default();
    let object = layout.split('-').next().unwrap_or_default();
    base::fold(entry.text_of("recordType").unwrap_or(object)).into_owned()
}

fn field_permissions(object: &Object) -> impl Iterator<Item = Element> {
    let fields = object.fields.iter().filter(|it| takes_rights(object, it));
    fields.map(|it| field_permission(object, it))
}

/// Whether a field has rights of its own. The parts of a compound follow the compound; owners,
/// record types, the parts of a person's name and everything of setup follow their object.
pub(crate) fn takes_rights(object: &Object, field: &Field) -> bool {
    let is_person =
        object.name_field().is_some_and(|it| it.derived == Some(Derivation::PersonName));
    let follows = match field.name.as_str() {
        "OwnerId" | "RecordTypeId" => true,
        "Salutation" | "FirstName" | "MiddleName" | "Suffix" => is_person,
        _ => field.compound.is_some(),
    };
    !object.setup && field.permissionable() && !follows
}

fn field_permission(object: &Object, field: &Field) -> Element {
    // Whether the engine lets anybody write it is not a matter of rights, but a grant that
    // says "editable" of a field that never is would mislead.
    let editable = field.createable || field.updateable || field.ty.is_compound();
    Element::branch(
        "fieldPermissions",
        vec![
            flag("editable", editable),
            Element::leaf("field", &format!("{}.{}", object.name, field.name)),
            flag("readable", true),
        ],
    )
}

fn object_permission(object: &Object, rights: ObjectRights) -> Element {
    Element::branch(
        "objectPermissions",
        vec![
            flag("allowCreate", rights.create),
            flag("allowDelete", rights.delete),
            flag("allowEdit", rights.edit),
            flag("allowRead", rights.read),
            flag("modifyAllRecords", rights.modify_all),
            Element::leaf("object", &object.name),
            flag("viewAllRecords", rights.view_all),
        ],
    )
}

fn user_permission(permission: Permission) -> Element {
    Element::branch(
        "userPermissions",
        vec![flag("enabled", true), Element::leaf("name", permission.name())],
    )
}

fn flag(name: &str, value: bool) -> Element {
    Element::leaf(name, if value { "true" } else { "false" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(inner: &str) -> Element {
        xml::parse(&format!("<Profile>{inner}</Profile>")).unwrap()
    }

    #[test]
    fn a_deployed_profile_adds_to_the_stored_one() {
        let stored = profile(
            "<custom>false</custom>\
             <userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>\
             <fieldPermissions><editable>true</editable><field>Account.Fax</field>\
             <readable>true</readable></fieldPermissions>",
        );
        let deployed = profile(
            "<description>For sales.</description>\
             <fieldPermissions><editable>false</editable><field>account.fax</field>\
             <readable>true</readable></fieldPermissions>\
             <fieldPermissions><editable>true</editable><field>Account.Site</field>\
             <readable>true</readable></fieldPermissions>",
        );
        let merged = merge(&stored, &deployed);
        let said: Vec<String> = merged
            .children
            .iter()
            .map(|it| {
                let name = it.text_of("field").or(it.text_of("name")).unwrap_or(&it.text);
                format!("{} {name} {}", it.name, it.text_of("editable").unwrap_or_default())
            })
            .collect();
        assert_eq!(
            said,
            [
                "custom false ",
                "description For sales. ",
                "fieldPermissions account.fax false",
                "fieldPermissions Account.Site true",
                "userPermissions ApiEnabled ",
            ]
        );
        assert_eq!(merge(&merged, &deployed), merged);
        assert_eq!(merge(&merged, &merged), merged);
    }

    #[test]
    fn built_in_profiles_have_two_names() {
        assert_eq!(row_name("Admin"), "System Administrator");
        assert_eq!(row_name("standard"), "Standard User");
        assert_eq!(row_name("Sales Team"), "Sales Team");
    }
}
