//! A user's password: `…/sobjects/User/ID/password` (wire reference, section 2.3).
//!
//! Users have a say in their own password; that of another takes the permission to manage users.
//! A new password ends the user's sessions and draws a new security token, which no answer tells.

use access::Permission;
use axum::http::header::CACHE_CONTROL;
use base::RecordId;

use super::describe::readable;
use crate::error::{Failure, not_permitted};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::read;
use crate::wire::write::Writer;

pub(crate) fn get(call: &Call<'_>) -> Result<Reply, Failure> {
    user_of_path(call)?;
    let mut w = Writer::default();
    // Passwords do not age.
    w.object(|w| w.key("isExpired").bool(false));
    Ok(Reply::json(w.finish()))
}

pub(crate) fn set(call: &Call<'_>) -> Result<Reply, Failure> {
    let user = user_of_path(call)?;
    let mut members = call.request.json_object()?;
    let password = read::take_text(&mut members, "NewPassword")?;
    identity::set_password(&call.ctx, user, Some(&password))?;
    Ok(Reply::no_content())
}

pub(crate) fn reset(call: &Call<'_>) -> Result<Reply, Failure> {
    let user = user_of_path(call)?;
    let secrets = identity::set_password(&call.ctx, user, None)?;
    let mut w = Writer::default();
    w.object(|w| w.key("NewPassword").text(&secrets.password));
    Ok(Reply::json(w.finish()).with(CACHE_CONTROL, "no-store"))
}

/// The user of the path, where the caller may see them and decide about their password.
fn user_of_path(call: &Call<'_>) -> Result<RecordId, Failure> {
    let user = RecordId::parse(call.request.value(0)).map_err(|_| Failure::not_found())?;
    if call.ctx.access.user() == Some(user) {
        return Ok(user);
    }
    let object = readable(call, "User")?;
    let found = records::retrieve_records(&call.ctx, object, &[user], &["Id"])?;
    if found.is_empty() {
        return Err(Failure::not_found());
    }
    if call.ctx.access.has(Permission::ManageUsers) { Ok(user) } else { Err(not_permitted()) }
}
