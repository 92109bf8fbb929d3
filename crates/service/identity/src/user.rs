//! Users: made, let in, kept out; their passwords and permission sets.
//!
//! A user is a record like any other and is written through `records`; what nobody may read of
//! one, passwords and tokens, is kept apart.

use access::Permission;
use base::{RecordId, Value};
use ledger::{ActorKind, Kind};
use records::{Ctx, Input, QueryOptions, SaveOptions};

use crate::log::{self, Said};
use crate::{Error, credential, password, row, secret, session};

/// What a new user is told once.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub password: String,
    pub security_token: String,
}

/// Makes a user. `fields` are those of the record; the password is drawn if none is given.
pub fn create_user(
    ctx: &Ctx,
    fields: &[(&str, Input)],
    password: Option<&str>,
) -> Result<(RecordId, Secrets), Error> {
    permit(ctx)?;
    // What can be refused is refused before there is a user without a password.
    if let Some(password) = password {
        password::check(password, username_in(fields)).map_err(Error::WeakPassword)?;
    }
    let user = row::create(ctx, "User", None, fields)?;
    let secrets = store_password(ctx, user, password)?;
    Ok((user, secrets))
}

/// The user with this username, without regard to case.
pub fn find(ctx: &Ctx, username: &str) -> Result<Option<RecordId>, Error> {
    row::find(ctx, "User", "Username", username)
}

/// Sets a user's password, or draws one; a new security token comes with it. All sessions of the
/// user end.
pub fn set_password(ctx: &Ctx, user: RecordId, password: Option<&str>) -> Result<Secrets, Error> {
    if ctx.access.user() != Some(user) {
        permit(ctx)?;
    }
    let system = ctx.org.system("look up whose password is set");
    let object = row::object(&system, "User")?;
    let found = records::retrieve_records(&system, object, &[user], &["Username"])?;
    let found = found.first().ok_or(Error::UnknownUser { user })?;
    if let Some(password) = password {
        let username = found.value("Username").as_text().unwrap_or_default();
        password::check(password, username).map_err(Error::WeakPassword)?;
    }
    let secrets = store_password(ctx, user, password)?;
    session::revoke_all(&ctx.org, user)?;
    Ok(secrets)
}

/// Keeps a user out, from now on. What the user made stays.
pub fn deactivate_user(ctx: &Ctx, user: RecordId) -> Result<(), Error> {
    permit(ctx)?;
    if ctx.access.user() == Some(user) {
        return Err(Error::OwnUser);
    }
    row::update(ctx, "User", user, &[("IsActive", false.into())])?;
    session::revoke_all(&ctx.org, user)
}

/// Gives a user a permission set; once is enough.
pub fn assign_permission_set(ctx: &Ctx, user: RecordId, name: &str) -> Result<(), Error> {
    permit_assignment(ctx)?;
    let set = permission_set(ctx, name)?;
    if assignments(ctx, user, set)?.is_empty() {
        let fields = [("AssigneeId", user.into()), ("PermissionSetId", set.into())];
        row::create(ctx, "PermissionSetAssignment", None, &fields)?;
    }
    Ok(())
}

/// Takes a permission set from a user.
pub fn revoke_permission_set(ctx: &Ctx, user: RecordId, name: &str) -> Result<(), Error> {
    permit_assignment(ctx)?;
    let assigned = assignments(ctx, user, permission_set(ctx, name)?)?;
    for id in assigned {
        row::one(records::delete(ctx, &[id], &SaveOptions { all_or_none: true })?)?;
    }
    Ok(())
}

/// Stores a password that was checked, or a drawn one, with a new security token.
pub(crate) fn store_password(
    ctx: &Ctx,
    user: RecordId,
    given: Option<&str>,
) -> Result<Secrets, Error> {
    let password = given.map_or_else(secret::password, |it| Ok(it.to_owned()))?;
    let secrets = Secrets { password, security_token: secret::security_token()? };
    let password_hash = password::hash(&secrets.password)?;
    let token_hash = secret::digest(&secrets.security_token);
    let said = Said {
        kind: Kind::MetaDeploy,
        actor: if ctx.access.user().is_some() { ActorKind::User } else { ActorKind::System },
        user: ctx.actor(),
        code: Some("user.password"),
        request: ctx.request.as_deref(),
    };
    ctx.org.store.write::<_, Error>(|tx| {
        credential::put(tx, user, password_hash.clone(), &token_hash)?;
        let logged = log::append(&ctx.org, tx, said)?;
        Ok(tx.commit(logged, ()))
    })?;
    let system = ctx.org.system("say when a password was changed");
    row::update(&system, "User", user, &[("LastPasswordChangeDate", system.now.into())])?;
    Ok(secrets)
}

fn username_in<'a>(fields: &'a [(&str, Input)]) -> &'a str {
    let given = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("Username"));
    match given {
        Some((_, Input::Text(username))) => username,
        _ => "",
    }
}

fn permission_set(ctx: &Ctx, name: &str) -> Result<RecordId, Error> {
    let found = row::find(ctx, "PermissionSet", "Name", name)?;
    found.ok_or_else(|| Error::UnknownPermissionSet { name: name.to_owned() })
}

fn assignments(ctx: &Ctx, user: RecordId, set: RecordId) -> Result<Vec<RecordId>, Error> {
    let soql = format!(
        "SELECT Id FROM PermissionSetAssignment \
         WHERE AssigneeId = '{user}' AND PermissionSetId = '{set}'"
    );
    let options = QueryOptions { batch_size: 200, deleted: false, base: "" };
    let page = records::query_records(ctx, &soql, &options)?;
    let ids = page.records.iter().map(|it| it.value("Id"));
    Ok(ids.filter_map(Value::as_id).collect())
}

fn permit(ctx: &Ctx) -> Result<(), Error> {
    if ctx.access.has(Permission::ManageUsers) { Ok(()) } else { Err(Error::NotPermitted) }
}

fn permit_assignment(ctx: &Ctx) -> Result<(), Error> {
    let may = ctx.access.has(Permission::AssignPermissionSets);
    if may { Ok(()) } else { permit(ctx) }
}
