//! Stage 9: permission sets and profiles.
//!
//! In: the catalog, and a schema whose objects and fields are in place. Out: allow-lists by
//! object and field. A customer's permission set replaces one that ships; a customer's profile
//! adds to it, as on the platform, so that deploying a part of the administrator's profile takes
//! nothing away.
//!
//! The right to a compound covers its components. The owner, the record type and the parts of a
//! person's name cannot be granted by themselves: they follow the right to the object.

use std::collections::BTreeMap;

use base::name;

use crate::def::{Catalog, Component, ComponentType, Layers};
use crate::schema::{Derivation, Field, FieldRights, Object, ObjectRights, PermissionSet, Schema};

use super::assemble::PERSON_NAME_PARTS;
use super::elsewhere;
use super::ignored;
use super::report::{At, Report};

pub(crate) fn resolve(catalog: &Catalog, schema: &mut Schema, report: &mut Report) {
    let of_type = |ty| catalog.of_type(ty);
    let mut sets = Vec::new();
    for layers in of_type(ComponentType::PermissionSet) {
        let component = layers.customer.as_ref().or(layers.shipped.as_ref());
        sets.extend(component.map(|it| permission_set([it], schema, report)));
    }
    let profile =
        |layers: &Layers, report: &mut Report| permission_set(layers.iter(), schema, report);
    let profiles = of_type(ComponentType::Profile).map(|it| profile(it, report)).collect();
    schema.permission_sets = sets;
    schema.profiles = profiles;
}

/// Reads the layers of one set, the later adding to the earlier.
fn permission_set<'a>(
    layers: impl IntoIterator<Item = &'a Component>,
    schema: &Schema,
    report: &mut Report,
) -> PermissionSet {
    let mut set = PermissionSet::default();
    let (mut permissions, mut tabs) = (Switches::new(), Switches::new());
    for component in layers {
        let at = At::of(component);
        ignored::tell(component, &ignored::PERMISSION_SET, report);
        if set.name.is_empty() {
            component.name.clone_into(&mut set.name);
            component.name.clone_into(&mut set.label);
            let api_name = component.ty == ComponentType::PermissionSet;
            if api_name && !name::is_valid(&set.name) {
                let message = format!("`{}` is not a valid name of a permission set", set.name);
                report.problem(at, message);
            }
        }
        if let Some(label) = at.text_of("label") {
            label.clone_into(&mut set.label);
        }
        if let Some(description) = at.text_of("description") {
            set.description = Some(description.to_owned());
        }
        for it in at.all("objectPermissions") {
            object_rights(it, &mut set, schema, report);
        }
        for it in at.all("fieldPermissions") {
            field_rights(it, &mut set, schema, report);
        }
        for it in at.all("userPermissions") {
            user_permission(it, &mut permissions, report);
        }
        for it in at.all("tabSettings").chain(at.all("tabVisibilities")) {
            tab_setting(it, &mut tabs, report);
        }
    }
    set.user_permissions = granted(permissions);
    set.visible_tabs = granted(tabs);
    add_implied(&mut set, schema);
    set
}

fn object_rights(at: At<'_>, set: &mut PermissionSet, schema: &Schema, report: &mut Report) {
    let Some(name) = at.child("object") else {
        report.problem(at, "object permissions name no object");
        return;
    };
    let Some(object) = object(name, name.text(), schema, report) else { return };
    let rights = ObjectRights {
        create: at.flag_of("allowCreate", report),
        read: at.flag_of("allowRead", report),
        edit: at.flag_of("allowEdit", report),
        delete: at.flag_of("allowDelete", report),
        view_all: at.flag_of("viewAllRecords", report),
        modify_all: at.flag_of("modifyAllRecords", report),
    };
    let needs_read = rights.create || rights.edit || rights.delete || rights.view_all;
    let needs_all = rights.modify_all;
    if (needs_read || needs_all) && !rights.read {
        report.problem(at, format!("rights to {} without the right to read it", object.name));
    }
    if (rights.delete || needs_all) && !rights.edit {
        let message = format!("the right to delete {} without the right to edit it", object.name);
        report.problem(at, message);
    }
    if needs_all && !(rights.delete && rights.view_all) {
        let message =
            format!("modifyAllRecords of {} without viewAllRecords and allowDelete", object.name);
        report.problem(at, message);
    }
    if rights == ObjectRights::default() {
        set.objects.remove(&object.id);
    } else {
        set.objects.insert(object.id, rights);
    }
}

fn field_rights(at: At<'_>, set: &mut PermissionSet, schema: &Schema, report: &mut Report) {
    let named = at.child("field").and_then(|it| Some((it, it.text().split_once('.')?)));
    let Some((path, (object_name, field_name))) = named else {
        report.problem(at, "field permissions name a field as Object.Field");
        return;
    };
    let rights =
        FieldRights { read: at.flag_of("readable", report), edit: at.flag_of("editable", report) };
    let Some(object) = object(path, object_name, schema, report) else { return };
    let Some(field) = object.field(field_name) else {
        tell_unknown_field(path, object, field_name, report);
        return;
    };
    if rights.edit && !rights.read {
        report.problem(at, format!("the right to edit {} without reading it", path.text()));
    }
    let parts = field.components.iter().map(|it| it.1);
    for id in std::iter::once(field.id).chain(parts) {
        if rights.read {
            set.fields.insert((object.id, id), rights);
        } else {
            set.fields.remove(&(object.id, id));
        }
    }
}

fn tell_unknown_field(at: At<'_>, object: &Object, field: &str, report: &mut Report) {
    let left_out = report.is_field_left_out(&object.name, field);
    let standard = object.kind == crate::schema::ObjectKind::Standard && !name::is_custom(field);
    if left_out {
        report.ignored(at, format!("fieldPermissions: {} is left out", at.text()));
    } else if standard {
        let message = format!("fieldPermissions: {} has no field {field} here", object.name);
        report.ignored(at, message);
    } else {
        report.problem(at, format!("{} has no field {field}", object.name));
    }
}

/// The object of this name; told where there is none.
fn object<'s>(
    at: At<'_>,
    name: &str,
    schema: &'s Schema,
    report: &mut Report,
) -> Option<&'s Object> {
    let found = schema.object(name);
    if found.is_none() {
        let known = report.is_left_out(ComponentType::Object, name) || elsewhere::is_known(name);
        if known {
            report.ignored(at, format!("rights to {name}: the object is not supported yet"));
        } else {
            report.problem(at, format!("there is no object {name}"));
        }
    }
    found
}

/// What the set says of system permissions, or of tabs: granted or taken back.
type Switches = BTreeMap<String, bool>;

fn user_permission(at: At<'_>, out: &mut Switches, report: &mut Report) {
    let Some(name) = at.text_of("name") else {
        report.problem(at, "a user permission has no name");
        return;
    };
    out.insert(name.to_owned(), at.flag_of("enabled", report));
}

fn tab_setting(at: At<'_>, out: &mut Switches, report: &mut Report) {
    let Some(tab) = at.text_of("tab") else {
        report.problem(at, "a tab setting names no tab");
        return;
    };
    let visible = match at.text_of("visibility") {
        Some("Visible" | "DefaultOn") => true,
        // Offered to add to the navigation; there is nowhere to add it yet.
        Some("Available" | "DefaultOff" | "Hidden" | "None") | None => false,
        Some(other) => {
            report.problem(at, format!("`{other}` is not a visibility"));
            false
        }
    };
    out.insert(tab.to_owned(), visible);
}

fn granted(switches: Switches) -> Vec<String> {
    switches.into_iter().filter(|it| it.1).map(|it| it.0).collect()
}

/// Grants what cannot be granted by itself.
fn add_implied(set: &mut PermissionSet, schema: &Schema) {
    for (id, rights) in &set.objects {
        let object = schema.get(*id);
        for field in object.fields.iter().filter(|it| follows_object(it, object)) {
            let edit = rights.edit || rights.create;
            set.fields.insert((*id, field.id), FieldRights { read: rights.read, edit });
        }
    }
}

fn follows_object(field: &Field, object: &Object) -> bool {
    let person = object.name_field().is_some_and(|it| it.derived == Some(Derivation::PersonName));
    matches!(field.name.as_str(), "OwnerId" | "RecordTypeId")
        || (person && PERSON_NAME_PARTS.contains(&field.name.as_str()))
}
