//! Profiles, permission sets and what they grant.

use access::Permission;
use base::RecordId;
use schema::{PermissionSet, Schema};

use super::sync::Found;
use super::{Cell, Wanted};
use crate::profile;

/// The columns that say which system permissions a profile or permission set grants, in the
/// order of [`Permission::ALL`].
const PERMISSIONS: [&str; 7] = [
    "PermissionsApiEnabled",
    "PermissionsViewAllData",
    "PermissionsModifyAllData",
    "PermissionsManageUsers",
    "PermissionsCustomizeApplication",
    "PermissionsViewSetup",
    "PermissionsAssignPermissionSets",
];

pub(super) fn profiles(schema: &Schema) -> Wanted {
    let row = |it: &PermissionSet| {
        let mut row = vec![Cell::text(&it.name), description(it), Cell::text("Standard")];
        row.extend(permissions(it));
        row
    };
    let mut columns = vec!["Name", "Description", "UserType"];
    columns.extend(PERMISSIONS);
    let rows = schema.profiles.iter().map(row).collect();
    Wanted { object: "Profile", columns, n_key: 1, rows }
}

/// The permission sets, and for each profile the set that holds its rights, as the platform
/// has it.
pub(super) fn permission_sets(schema: &Schema, profiles: &Found) -> Wanted {
    let row = |it: &PermissionSet, name: &str, label: &str, profile: Option<RecordId>| {
        let mut row = vec![
            Cell::text(name),
            Cell::text(label),
            description(it),
            profile.map_or(Cell::Null, Cell::Id),
            Cell::Flag(profile.is_some()),
            Cell::Flag(profile.is_none()),
        ];
        row.extend(permissions(it));
        row
    };
    let mut columns =
        vec!["Name", "Label", "Description", "ProfileId", "IsOwnedByProfile", "IsCustom"];
    columns.extend(PERMISSIONS);
    let mut rows = Vec::new();
    for it in &schema.profiles {
        if let Some(id) = profiles.id(&[Cell::text(&it.name)]) {
            let name = own_set(id);
            rows.push(row(it, &name, &name, Some(id)));
        }
    }
    rows.extend(schema.permission_sets.iter().map(|it| row(it, &it.name, &it.label, None)));
    Wanted { object: "PermissionSet", columns, n_key: 1, rows }
}

pub(super) fn object_permissions(schema: &Schema, profiles: &Found, sets: &Found) -> Wanted {
    let mut rows = Vec::new();
    for (parent, set) in parents(schema, profiles, sets) {
        let mut granted: Vec<_> = set.objects.iter().collect();
        granted.sort_by_key(|(object, _)| **object);
        for (object, it) in granted {
            rows.push(vec![
                Cell::Id(parent),
                Cell::text(&schema.get(*object).name),
                Cell::Flag(it.create),
                Cell::Flag(it.read),
                Cell::Flag(it.edit),
                Cell::Flag(it.delete),
                Cell::Flag(it.view_all),
                Cell::Flag(it.modify_all),
            ]);
        }
    }
    let columns = vec![
        "ParentId",
        "SobjectType",
        "PermissionsCreate",
        "PermissionsRead",
        "PermissionsEdit",
        "PermissionsDelete",
        "PermissionsViewAllRecords",
        "PermissionsModifyAllRecords",
    ];
    Wanted { object: "ObjectPermissions", columns, n_key: 2, rows }
}

pub(super) fn field_permissions(schema: &Schema, profiles: &Found, sets: &Found) -> Wanted {
    let mut rows = Vec::new();
    for (parent, set) in parents(schema, profiles, sets) {
        let mut granted: Vec<_> = set.fields.iter().collect();
        granted.sort_by_key(|(field, _)| **field);
        for ((object, field), it) in granted {
            let object = schema.get(*object);
            let field = object.get(*field);
            if !profile::takes_rights(object, field) {
                continue;
            }
            rows.push(vec![
                Cell::Id(parent),
                Cell::text(&format!("{}.{}", object.name, field.name)),
                Cell::text(&object.name),
                Cell::Flag(it.read),
                Cell::Flag(it.edit),
            ]);
        }
    }
    let columns = vec!["ParentId", "Field", "SobjectType", "PermissionsRead", "PermissionsEdit"];
    Wanted { object: "FieldPermissions", columns, n_key: 2, rows }
}

/// Every set of rights with the id of its `PermissionSet` row.
fn parents<'a>(
    schema: &'a Schema,
    profiles: &Found,
    sets: &Found,
) -> Vec<(RecordId, &'a PermissionSet)> {
    let of_profile = |it: &PermissionSet| {
        let profile = profiles.id(&[Cell::text(&it.name)])?;
        sets.id(&[Cell::text(&own_set(profile))])
    };
    let of_profiles = schema.profiles.iter().filter_map(|it| Some((of_profile(it)?, it)));
    let of_sets = schema
        .permission_sets
        .iter()
        .filter_map(|it| Some((sets.id(&[Cell::text(&it.name)])?, it)));
    of_profiles.chain(of_sets).collect()
}

/// The name of a profile's own permission set.
fn own_set(profile: RecordId) -> String {
    format!("X{}", profile.to_15())
}

fn description(set: &PermissionSet) -> Cell {
    Cell::text(set.description.as_deref().unwrap_or_default())
}

fn permissions(set: &PermissionSet) -> impl Iterator<Item = Cell> {
    Permission::ALL
        .into_iter()
        .map(|it| Cell::Flag(set.user_permissions.iter().any(|name| name == it.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_the_order_of_permissions() {
        for (permission, column) in Permission::ALL.into_iter().zip(PERMISSIONS) {
            assert_eq!(format!("Permissions{}", permission.name()), column);
        }
    }
}
