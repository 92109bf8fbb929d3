//! What the rest of an open org must know once a save is committed.

use schema::ObjectId;

use crate::context::Ctx;
use crate::input::Row;

/// The objects whose rows decide who may do what, or in which zone.
const RIGHTS: [&str; 5] =
    ["User", "Profile", "PermissionSet", "PermissionSetAssignment", "Organization"];

/// The objects of a call, each once.
pub(crate) fn objects(rows: &[Row]) -> Vec<ObjectId> {
    let mut objects: Vec<ObjectId> = rows.iter().map(|it| it.object).collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

/// Forgets rights that may have changed with records of `objects`.
pub(crate) fn saved(ctx: &Ctx, objects: &[ObjectId]) {
    let of_rights = |id: &ObjectId| RIGHTS.contains(&ctx.schema.get(*id).name.as_str());
    if objects.iter().any(of_rights) {
        ctx.org.forget_access();
    }
}
