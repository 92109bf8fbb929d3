//! The session cookie, and who it stands for.

use axum::http::HeaderValue;
use identity::Kind;
use records::Org;
use std::sync::Arc;

use crate::ask::Ask;
use crate::failure::Failure;
use crate::visit::Visit;

/// The cookie that holds the session's token.
pub(crate) const SESSION: &str = "candor_session";

/// The cookie that holds a message for the next page.
pub(crate) const FLASH: &str = "candor_flash";

/// The request of somebody who has a session, or [`Failure::SignedOut`].
pub(crate) fn visit(org: &Arc<Org>, ask: Ask, request_id: &str) -> Result<Visit, Failure> {
    let token = ask.cookie(SESSION).ok_or(Failure::SignedOut)?;
    let session = match identity::authenticate(org, token) {
        Ok(session) if session.kind == Kind::Web => session,
        Ok(_) | Err(identity::Error::InvalidSession) => return Err(Failure::SignedOut),
        Err(error) => return Err(error.into()),
    };
    let csrf = session.csrf_token().ok_or(Failure::SignedOut)?;
    let mut ctx = org.context(session.user)?;
    ctx.request = Some(request_id.to_owned());
    ctx.client.clone_from(&ask.client);
    Visit::of(ctx, ask, csrf)
}

/// Whether the form that was sent carries the token of its session.
pub(crate) fn is_own_form(org: &Arc<Org>, ask: &Ask) -> Result<bool, Failure> {
    let token = ask.cookie(SESSION).ok_or(Failure::SignedOut)?;
    match identity::authenticate(org, token) {
        Ok(session) => Ok(session.is_csrf_token(ask.form.text("csrf"))),
        Err(identity::Error::InvalidSession) => Err(Failure::SignedOut),
        Err(error) => Err(error.into()),
    }
}

/// Sets a cookie that scripts cannot read and other sites cannot send; none for text that no
/// cookie can hold.
pub(crate) fn set(
    name: &str,
    value: &str,
    seconds: Option<u32>,
    secure: bool,
) -> Option<HeaderValue> {
    let age = seconds.map(|it| format!("; Max-Age={it}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    HeaderValue::from_str(&text).ok()
}
