//! The SOAP operations with which clients log in and out (wire reference, section 1.1).
//!
//! Every other operation of the WSDLs is refused by name.

use axum::http::header::{ALLOW, CACHE_CONTROL};

use crate::error::{Code, Failure, of_denial};
use crate::person::Person;
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::spoken;
use crate::serve::log_cause;
use crate::state::Granted;
use crate::wire::soap::{self, Dialect, Envelope, Writer};

pub(crate) fn partner(request: &Request) -> Result<Reply, Failure> {
    Ok(answer(request, Dialect::Partner))
}

pub(crate) fn enterprise(request: &Request) -> Result<Reply, Failure> {
    Ok(answer(request, Dialect::Enterprise))
}

const UNEXPECTED: &str = "UnexpectedErrorFault";

/// Why an operation ends in a fault, and the type of the fault's detail.
struct Fault {
    kind: &'static str,
    failure: Failure,
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self { kind: UNEXPECTED, failure }
    }
}

fn answer(request: &Request, dialect: Dialect) -> Reply {
    operate(request, dialect)
        .unwrap_or_else(|Fault { kind, failure }| fault(dialect, kind, failure, &request.id))
}

/// Whether what is refused at this path is refused as SOAP does it.
pub(crate) fn speaks_at(path: &str) -> bool {
    path.contains("/services/Soap/")
}

/// The answer to a call that did not reach its operation: a fault with the status of the reason.
pub(crate) fn refuse(failure: Failure, request_id: &str) -> Reply {
    let status = failure.status();
    let allow = failure.allow().map(str::to_owned);
    let mut reply = fault(Dialect::Partner, UNEXPECTED, failure, request_id);
    reply.status = status;
    match allow {
        Some(allow) => reply.with(ALLOW, &allow),
        None => reply,
    }
}

fn fault(dialect: Dialect, kind: &str, failure: Failure, request_id: &str) -> Reply {
    let code = failure.code().name();
    log_cause(&failure, request_id);
    let items = failure.items(request_id);
    Reply::fault(soap::fault(dialect, kind, code, &items[0].message))
}

fn operate(request: &Request, dialect: Dialect) -> Result<Reply, Fault> {
    let version = spoken(request.value(0)).ok_or_else(|| {
        Failure::new(Code::UnsupportedApiVersion, "Invalid Api version specified on URL")
    })?;
    let envelope = soap::parse(&request.body).map_err(|reason| {
        Failure::new(Code::InvalidInput, format!("The request is not a SOAP envelope: {reason}"))
    })?;
    let content = match envelope.operation.name.as_str() {
        "login" => login(request, dialect, version, &envelope)?,
        "logout" => logout(request, &envelope)?,
        "getUserInfo" => user_info(request, &envelope)?,
        "getServerTimestamp" => server_timestamp(request, &envelope)?,
        other => {
            let message = format!("The operation {other} is not supported");
            return Err(Failure::new(Code::FunctionalityNotEnabled, message).into());
        }
    };
    let body = soap::response(dialect, &envelope.operation.name, &content);
    Ok(Reply::xml(body).with(CACHE_CONTROL, "no-store"))
}

fn login(
    request: &Request,
    dialect: Dialect,
    version: u16,
    envelope: &Envelope,
) -> Result<String, Fault> {
    let scope = envelope.organization.as_deref();
    let text = |name| envelope.operation.child(name).map_or("", |it| it.text.as_str());
    let (username, password) = (text("username").trim(), text("password"));
    let granted = request.state.grant_login(request, scope, username, password)?;
    let granted = granted.map_err(|denial| {
        // Whatever was wrong is one thing to whoever tries.
        Fault { kind: "LoginFault", failure: of_denial(denial) }
    })?;
    let person = Person::read(&granted.tenant, granted.user)?;
    let origin = request.origin();
    let org = granted.tenant.id();
    let letter = match dialect {
        Dialect::Partner => 'u',
        Dialect::Enterprise => 'c',
    };
    let mut w = Writer::default();
    w.text("metadataServerUrl", &format!("{origin}/services/Soap/m/{version}.0/{org}"));
    w.bool("passwordExpired", false);
    w.bool("sandbox", person.is_sandbox());
    w.text("serverUrl", &format!("{origin}/services/Soap/{letter}/{version}.0/{org}"));
    let Granted { token, user, .. } = &granted;
    w.text("sessionId", token);
    w.text("userId", &user.to_string());
    w.element("userInfo", &user_info_of(&person));
    Ok(result(w))
}

fn logout(request: &Request, envelope: &Envelope) -> Result<String, Fault> {
    let ended = request.state.end_session(session(request, envelope)?, &request.id)?;
    if ended { Ok(String::new()) } else { Err(Failure::session().into()) }
}

fn user_info(request: &Request, envelope: &Envelope) -> Result<String, Fault> {
    let (tenant, session) = request.state.authenticate(session(request, envelope)?)?;
    let mut w = Writer::default();
    w.element("result", &user_info_of(&Person::read(&tenant, session.user)?));
    Ok(w.finish())
}

fn server_timestamp(request: &Request, envelope: &Envelope) -> Result<String, Fault> {
    let (tenant, _) = request.state.authenticate(session(request, envelope)?)?;
    let mut w = Writer::default();
    w.text("timestamp", &tenant.org.clock().now().to_rfc3339());
    Ok(result(w))
}

fn session<'a>(request: &'a Request, envelope: &'a Envelope) -> Result<&'a str, Failure> {
    match envelope.session.as_deref() {
        Some(session) => Ok(session),
        None => request.token()?.ok_or_else(Failure::session),
    }
}

fn result(content: Writer) -> String {
    let mut w = Writer::default();
    w.element("result", &content.finish());
    w.finish()
}

/// The block in the order of the WSDL, which strict clients insist on.
fn user_info_of(person: &Person) -> String {
    let user = |field: &str| person.text(field).unwrap_or_default();
    let currency = person.of_org("DefaultCurrencyIsoCode").unwrap_or_else(|| "USD".to_owned());
    let org_locale = person.of_org("DefaultLocaleSidKey").unwrap_or_else(|| "en_US".to_owned());
    let mut w = Writer::default();
    w.bool("accessibilityMode", false);
    w.bool("chatterExternal", false);
    w.text("currencySymbol", symbol(&currency));
    w.text("orgAttachmentFileSizeLimit", "26214400");
    w.text("orgDefaultCurrencyIsoCode", &currency);
    w.text("orgDefaultCurrencyLocale", &org_locale);
    w.bool("orgDisallowHtmlAttachments", false);
    w.bool("orgHasPersonAccounts", false);
    w.text("organizationId", &person.org_id);
    w.bool("organizationMultiCurrency", false);
    w.text("organizationName", &person.of_org("Name").unwrap_or_default());
    w.text("profileId", &user("ProfileId"));
    w.optional("roleId", person.text("UserRoleId").as_deref());
    w.text("sessionSecondsValid", &identity::Kind::Soap.lifetime().as_secs().to_string());
    w.optional("userDefaultCurrencyIsoCode", None);
    w.text("userEmail", &user("Email"));
    w.text("userFullName", &user("Name"));
    w.text("userId", &person.user_id.to_string());
    w.text("userLanguage", &user("LanguageLocaleKey"));
    w.text("userLocale", &user("LocaleSidKey"));
    w.text("userName", &user("Username"));
    w.text("userTimeZone", &user("TimeZoneSidKey"));
    w.text("userType", &person.text("UserType").unwrap_or_else(|| "Standard".to_owned()));
    w.text("userUiSkin", "Theme3");
    w.finish()
}

/// The sign of a currency, or its code where it has none of its own.
fn symbol(currency: &str) -> &str {
    match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        other => other,
    }
}
