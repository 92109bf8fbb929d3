//! Object, field and system rights of one actor.

use std::sync::Arc;

use base::RecordId;
use schema::{Field, FieldRights, Object, ObjectRights, PermissionSet, Schema};
use sql::{Alias, Expr};

/// A system permission, by its metadata name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ApiEnabled,
    ViewAllData,
    ModifyAllData,
    ManageUsers,
    CustomizeApplication,
    ViewSetup,
    AssignPermissionSets,
}

impl Permission {
    pub const ALL: [Self; 7] = [
        Self::ApiEnabled,
        Self::ViewAllData,
        Self::ModifyAllData,
        Self::ManageUsers,
        Self::CustomizeApplication,
        Self::ViewSetup,
        Self::AssignPermissionSets,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ApiEnabled => "ApiEnabled",
            Self::ViewAllData => "ViewAllData",
            Self::ModifyAllData => "ModifyAllData",
            Self::ManageUsers => "ManageUsers",
            Self::CustomizeApplication => "CustomizeApplication",
            Self::ViewSetup => "ViewSetup",
            Self::AssignPermissionSets => "AssignPermissionSets",
        }
    }
}

/// The rights of one actor in one snapshot of the schema.
#[derive(Debug, Clone)]
pub struct Access {
    actor: Actor,
    /// Shared: each compiled query holds a clone.
    granted: Arc<Granted>,
}

#[derive(Debug)]
struct Granted {
    /// Indexed by [`schema::ObjectId`].
    objects: Vec<ObjectRights>,
    /// Indexed by object, then by [`schema::FieldId`].
    fields: Vec<Vec<FieldRights>>,
    permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Copy)]
enum Actor {
    User(RecordId),
    System(&'static str),
}

const ALL_RIGHTS: ObjectRights = ObjectRights {
    create: true,
    read: true,
    edit: true,
    delete: true,
    view_all: true,
    modify_all: true,
};

impl Access {
    /// The engine's own access, which everything is granted to; `reason` says what for.
    pub fn system(reason: &'static str) -> Self {
        let granted = Granted {
            objects: Vec::new(),
            fields: Vec::new(),
            permissions: Permission::ALL.to_vec(),
        };
        Self { actor: Actor::System(reason), granted: Arc::new(granted) }
    }

    /// Adds up what `sets` grant to `user`.
    pub fn of_user(schema: &Schema, user: RecordId, sets: &[&PermissionSet]) -> Self {
        let granted =
            |name: &str| sets.iter().any(|set| set.user_permissions.iter().any(|it| it == name));
        let permissions: Vec<Permission> =
            Permission::ALL.into_iter().filter(|it| granted(it.name())).collect();
        let view_all = permissions.contains(&Permission::ViewAllData);
        let modify_all = permissions.contains(&Permission::ModifyAllData);
        let mut objects = Vec::with_capacity(schema.objects.len());
        let mut fields = Vec::with_capacity(schema.objects.len());
        for object in &schema.objects {
            let rights = object_rights(object, sets, view_all, modify_all);
            objects.push(rights);
            fields.push(
                object.fields.iter().map(|it| field_rights(object, it, rights, sets)).collect(),
            );
        }
        let granted = Arc::new(Granted { objects, fields, permissions });
        Self { actor: Actor::User(user), granted }
    }

    /// The user that acts; none for the system.
    pub fn user(&self) -> Option<RecordId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::System(_) => None,
        }
    }

    /// Why the system acts; none for a user.
    pub fn system_reason(&self) -> Option<&'static str> {
        match self.actor {
            Actor::User(_) => None,
            Actor::System(reason) => Some(reason),
        }
    }

    pub fn has(&self, permission: Permission) -> bool {
        self.granted.permissions.contains(&permission)
    }

    pub fn object(&self, object: &Object) -> ObjectRights {
        match self.actor {
            Actor::System(_) => ALL_RIGHTS,
            Actor::User(_) => {
                self.granted.objects.get(usize::from(object.id.0)).copied().unwrap_or_default()
            }
        }
    }

    /// The rights on a field of an object, the object's own rights already applied.
    pub fn field(&self, object: &Object, field: &Field) -> FieldRights {
        match self.actor {
            Actor::System(_) => FieldRights { read: true, edit: true },
            Actor::User(_) => {
                let of_object = self.granted.fields.get(usize::from(object.id.0));
                let rights = of_object.and_then(|it| it.get(usize::from(field.id.0)));
                rights.copied().unwrap_or_default()
            }
        }
    }

    pub fn can_read_object(&self, object: &Object) -> bool {
        self.object(object).read
    }

    pub fn can_read_field(&self, object: &Object, field: &Field) -> bool {
        self.field(object, field).read
    }

    /// Whether the actor may write `field` when a record is created (`creating`) or changed;
    /// the schema's own flags are applied.
    pub fn can_write_field(&self, object: &Object, field: &Field, creating: bool) -> bool {
        let writable = if creating { field.createable } else { field.updateable };
        self.user().is_none() || (writable && self.field(object, field).edit)
    }

    /// The condition that keeps the rows of `object` under `alias` which the actor may read.
    pub fn predicate(&self, object: &Object, _alias: Alias) -> Expr {
        if self.object(object).read { Expr::True } else { Expr::False }
    }

    /// Whether the actor may read one record of `object`: the same rule as
    /// [`Self::predicate`], in memory.
    pub fn can_read(&self, object: &Object) -> bool {
        self.object(object).read
    }
}

fn object_rights(
    object: &Object,
    sets: &[&PermissionSet],
    view_all: bool,
    modify_all: bool,
) -> ObjectRights {
    let mut rights = ObjectRights::default();
    for set in sets {
        if let Some(it) = set.objects.get(&object.id) {
            rights.create |= it.create || it.modify_all;
            rights.read |=
                it.read || it.create || it.edit || it.delete || it.view_all || it.modify_all;
            rights.edit |= it.edit || it.delete || it.modify_all;
            rights.delete |= it.delete || it.modify_all;
            rights.view_all |= it.view_all || it.modify_all;
            rights.modify_all |= it.modify_all;
        }
    }
    if object.setup || object.name == "User" {
        // Setup is described to every user of the org: names of colleagues, record types and
        // permission sets appear beside the records. Writing it takes a grant, and so do the
        // fields of a user beyond the name.
        rights.read = true;
    }
    rights.read |= view_all || modify_all;
    rights.view_all |= view_all || modify_all;
    if modify_all {
        rights = ALL_RIGHTS;
    }
    rights
}

fn field_rights(
    object: &Object,
    field: &Field,
    rights: ObjectRights,
    sets: &[&PermissionSet],
) -> FieldRights {
    let changes = rights.create || rights.edit;
    if !rights.read {
        return FieldRights::default();
    }
    if object.setup || !field.permissionable() {
        return FieldRights { read: true, edit: changes };
    }
    let mut granted = FieldRights::default();
    for set in sets {
        if let Some(it) = set.fields.get(&(object.id, field.id)) {
            granted.read |= it.read || it.edit;
            granted.edit |= it.edit;
        }
    }
    // A compound is its parts; a part follows its compound's grant too, as the platform's does.
    if let Some(compound) = field.compound {
        for set in sets {
            if let Some(it) = set.fields.get(&(object.id, compound)) {
                granted.read |= it.read || it.edit;
                granted.edit |= it.edit;
            }
        }
    }
    granted.edit &= changes;
    granted
}
