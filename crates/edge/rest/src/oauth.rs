//! OAuth 2.0: tokens for a password or for an app's own secret, their end, and who has one.
//!
//! Errors have a form of their own (RFC 6749, section 5.2; wire reference, section 1.2). No
//! refresh tokens are given, so none that comes is known.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;

use crate::error::{Code, Denial, Failure, denial_status, status};
use crate::person::Person;
use crate::reply::Reply;
use crate::request::{Call, Request};
use crate::state::{Granted, Tenant};
use crate::wire::form::{Form, Plus, decode};
use crate::wire::write::Writer;

use axum::http::header::CACHE_CONTROL;

/// What every token may be used for: clients read it, nothing is decided by it.
const SCOPE: &str = "api id";

pub(crate) fn token(request: &Request) -> Result<Reply, Failure> {
    let Ok(form) = request.form() else { return Ok(denied(Denial::InvalidRequest)) };
    Ok(match grant(request, &form) {
        Ok(reply) => reply,
        Err(Denied::Denial(denial)) => denied(denial),
        Err(Denied::Failure(failure)) => return Err(failure),
    })
}

enum Denied {
    Denial(Denial),
    Failure(Failure),
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Denial> for Denied {
    fn from(denial: Denial) -> Self {
        Self::Denial(denial)
    }
}

fn grant(request: &Request, form: &Form) -> Result<Reply, Denied> {
    let client = Client::of(request, form);
    let granted = match form.get("grant_type").unwrap_or_default() {
        "" => return Err(Denial::MissingGrantType.into()),
        "password" => {
            let (Some(username), Some(password)) = (form.get("username"), form.get("password"))
            else {
                return Err(Denial::AuthenticationFailure.into());
            };
            request.state.grant_password(request, &client, username, password)?
        }
        "client_credentials" => request.state.grant_client(request, &client)?,
        "refresh_token" => return Err(Denial::ExpiredToken.into()),
        _ => return Err(Denial::UnsupportedGrantType.into()),
    };
    let granted = granted.map_err(Denied::Denial)?;
    Ok(granted_reply(request, &client, &granted))
}

/// How an app says which one it is: in the form, or as Basic credentials.
pub(crate) struct Client {
    pub id: String,
    pub secret: String,
}

impl Client {
    fn of(request: &Request, form: &Form) -> Self {
        let of_form = |name| form.get(name).unwrap_or_default().to_owned();
        let of_header = request.header("authorization").and_then(basic);
        of_header
            .unwrap_or_else(|| Self { id: of_form("client_id"), secret: of_form("client_secret") })
    }
}

fn basic(header: &str) -> Option<Client> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // Both are form-encoded before they are joined (RFC 6749, section 2.3.1).
    Some(Client { id: decode(id, Plus::Literal), secret: decode(secret, Plus::Literal) })
}

fn granted_reply(request: &Request, client: &Client, granted: &Granted) -> Reply {
    let origin = request.origin();
    let id = format!("{origin}/id/{}/{}", granted.tenant.id(), granted.user);
    let issued_at = granted.issued_at.0.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, client.secret.as_bytes());
    let signature = hmac::sign(&key, format!("{id}{issued_at}").as_bytes());
    let mut w = Writer::default();
    w.object(|w| {
        w.key("access_token").text(&granted.token);
        w.key("signature").text(&BASE64.encode(signature));
        w.key("scope").text(SCOPE);
        w.key("instance_url").text(&origin);
        w.key("id").text(&id);
        w.key("token_type").text("Bearer");
        w.key("issued_at").text(&issued_at);
    });
    Reply::json(w.finish()).with(CACHE_CONTROL, "no-store")
}

fn denied(denial: Denial) -> Reply {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("error").text(denial.error());
        w.key("error_description").text(denial.description());
    });
    Reply::json_with(denial_status(denial), w.finish()).with(CACHE_CONTROL, "no-store")
}

pub(crate) fn revoke(request: &Request) -> Result<Reply, Failure> {
    let Ok(form) = request.form() else { return Ok(denied(Denial::InvalidRequest)) };
    let token = form.get("token").or_else(|| request.query.get("token")).unwrap_or_default();
    Ok(if request.state.end_session(token, &request.id)? {
        Reply::ok()
    } else {
        denied(Denial::InvalidToken)
    })
}

pub(crate) fn user_info(call: &Call<'_>) -> Result<Reply, Failure> {
    let person = Person::read(call.tenant, call.ctx.actor())?;
    let origin = call.request.origin();
    let mut w = Writer::default();
    w.object(|w| {
        w.key("sub").text(&format!("{origin}/id/{}/{}", person.org_id, person.user_id));
        w.key("user_id").id(person.user_id);
        w.key("organization_id").text(&person.org_id);
        for (key, field) in [
            ("preferred_username", "Username"),
            ("nickname", "CommunityNickname"),
            ("name", "Name"),
            ("email", "Email"),
            ("given_name", "FirstName"),
            ("family_name", "LastName"),
            ("zoneinfo", "TimeZoneSidKey"),
        ] {
            w.key(key).optional(person.text(field).as_deref());
        }
        w.key("email_verified").bool(false);
        w.key("profile").text(&format!("{origin}/{}", person.user_id));
        w.key("address").object(|w| {
            for (key, field) in [
                ("street_address", "Street"),
                ("locality", "City"),
                ("region", "State"),
                ("postal_code", "PostalCode"),
                ("country", "Country"),
            ] {
                w.key(key).optional(person.text(field).as_deref());
            }
        });
        write_common(&person, &origin, w);
        w.key("updated_at").optional(person.text("LastModifiedDate").as_deref());
    });
    Ok(Reply::json(w.finish()))
}

/// `GET /id/ORG/USER`: refuses in plain text, as the platform does.
pub(crate) fn identity(request: &Request) -> Result<Reply, Failure> {
    let token = match request.query.get("oauth_token").or_else(|| request.query.get("access_token"))
    {
        Some(token) => Some(token),
        None => request.token()?,
    };
    let forbidden = |text| Ok(Reply::text(status(Code::InsufficientAccess), text));
    let Some(token) = token else { return forbidden("Missing_OAuth_Token") };
    let (tenant, session) = match request.state.authenticate(token) {
        Ok(found) => found,
        Err(failure) if failure.code() == Code::InvalidSessionId => {
            return forbidden("Bad_OAuth_Token");
        }
        Err(failure) => return Err(failure),
    };
    let same_org = tenant.is(request.value(0));
    let same_user = base::RecordId::parse(request.value(1)).ok() == Some(session.user);
    if !same_org || !same_user {
        return forbidden("Bad_OAuth_Token");
    }
    identity_reply(request, &tenant, session.user)
}

fn identity_reply(
    request: &Request,
    tenant: &Tenant,
    user: base::RecordId,
) -> Result<Reply, Failure> {
    let person = Person::read(tenant, user)?;
    let origin = request.origin();
    let mut w = Writer::default();
    w.object(|w| {
        w.key("id").text(&format!("{origin}/id/{}/{user}", person.org_id));
        w.key("asserted_user").bool(true);
        w.key("user_id").id(user);
        w.key("organization_id").text(&person.org_id);
        for (key, field) in [
            ("username", "Username"),
            ("nick_name", "CommunityNickname"),
            ("display_name", "Name"),
            ("email", "Email"),
            ("first_name", "FirstName"),
            ("last_name", "LastName"),
            ("timezone", "TimeZoneSidKey"),
            ("addr_street", "Street"),
            ("addr_city", "City"),
            ("addr_state", "State"),
            ("addr_country", "Country"),
            ("addr_zip", "PostalCode"),
            ("mobile_phone", "MobilePhone"),
        ] {
            w.key(key).optional(person.text(field).as_deref());
        }
        w.key("email_verified").bool(false);
        w.key("mobile_phone_verified").bool(false);
        w.key("is_lightning_login_user").bool(false);
        w.key("status").object(|w| {
            w.key("created_date").null();
            w.key("body").null();
        });
        write_common(&person, &origin, w);
        w.key("last_modified_date").optional(person.text("LastModifiedDate").as_deref());
    });
    Ok(Reply::json(w.finish()))
}

/// What both forms of an identity have.
fn write_common(person: &Person, origin: &str, w: &mut Writer) {
    w.key("photos").object(|w| {
        w.key("picture").null();
        w.key("thumbnail").null();
    });
    let org = &person.org_id;
    w.key("urls").object(|w| {
        for (key, path) in [
            ("enterprise", format!("/services/Soap/c/{{version}}/{org}")),
            ("partner", format!("/services/Soap/u/{{version}}/{org}")),
            ("rest", "/services/data/v{version}/".to_owned()),
            ("sobjects", "/services/data/v{version}/sobjects/".to_owned()),
            ("query", "/services/data/v{version}/query/".to_owned()),
            ("profile", format!("/{}", person.user_id)),
            ("custom_domain", String::new()),
        ] {
            w.key(key).text(&format!("{origin}{path}"));
        }
    });
    w.key("active").bool(person.is_active());
    let user_type = person.text("UserType").unwrap_or_else(|| "Standard".to_owned());
    w.key("user_type").text(&user_type.to_uppercase());
    w.key("language").optional(person.text("LanguageLocaleKey").as_deref());
    w.key("locale").optional(person.text("LocaleSidKey").as_deref());
    w.key("utcOffset").int(person.utc_offset_ms());
    w.key("is_app_installed").bool(false);
}
