//! One request, as handlers see it: whole, in memory, and free of HTTP's oddities.
//!
//! `serve` has bounded the body and inflated it; `routes` has found the handler and the values
//! of the path. What a header may be is decided here, once.

use axum::http::{HeaderMap, Method};
use base::DateTime;
use records::Ctx;

use crate::error::{Code, Failure};
use crate::state::{State, Tenant};
use crate::wire::form::Form;
use crate::wire::multipart::{self, Part};
use crate::wire::{date, read};

/// A request to a resource that takes no session.
pub(crate) struct Request {
    pub state: State,
    pub method: Method,
    pub headers: HeaderMap,
    /// The values of the route's placeholders, decoded, in their order.
    pub values: Vec<String>,
    /// The path as it was sent.
    pub path: String,
    /// The API version of the path; 0 where the path has none.
    pub version: u16,
    pub query: Form,
    pub body: axum::body::Bytes,
    /// The id under which the log and the ledger know this request.
    pub id: String,
    /// Whether it comes from this machine itself, and through nobody.
    pub is_local: bool,
}

/// A request of a user.
pub(crate) struct Call<'a> {
    pub request: &'a Request,
    pub tenant: &'a Tenant,
    pub ctx: Ctx,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|it| it.to_str().ok())
    }

    /// The value of the n-th placeholder.
    pub(crate) fn value(&self, n: usize) -> &str {
        self.values.get(n).map_or("", String::as_str)
    }

    /// The last segment of the path as it was sent, escapes and all.
    pub(crate) fn last_segment(&self) -> &str {
        let path = self.path.trim_end_matches('/');
        path.rsplit_once('/').map_or(path, |(_, it)| it)
    }

    /// Where clients reach this server: `https://host:port`, the host as the client gave it where
    /// it is one that a URL can have.
    pub(crate) fn origin(&self) -> String {
        let host = self.header("host").filter(|it| is_host(it)).unwrap_or("localhost");
        format!("{}://{host}", self.state.scheme().name())
    }

    /// `/services/data/v59.0`.
    pub(crate) fn base(&self) -> String {
        format!("/services/data/v{}.0", self.version)
    }

    /// The credentials that a caller shows, whatever the header.
    pub(crate) fn token(&self) -> Result<Option<&str>, Failure> {
        token(&self.headers)
    }

    /// The media type of the body, in lower case and without parameters.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body, which must be a JSON object.
    pub(crate) fn json_object(&self) -> Result<read::Object, Failure> {
        self.require_json()?;
        read::parse_object(&self.body)
    }

    fn require_json(&self) -> Result<(), Failure> {
        match self.media_type().as_str() {
            "" | "application/json" => Ok(()),
            other => Err(unsupported(other)),
        }
    }

    /// The body as a form, of either encoding that forms have.
    pub(crate) fn form(&self) -> Result<Form, Failure> {
        match self.media_type().as_str() {
            "" | "application/x-www-form-urlencoded" => {
                Ok(Form::parse(&String::from_utf8_lossy(&self.body)))
            }
            "multipart/form-data" => {
                let text = |part: Part<'_>| {
                    (part.name, String::from_utf8_lossy(part.content).into_owned())
                };
                Ok(Form(self.parts()?.into_iter().map(text).collect()))
            }
            other => Err(unsupported(other)),
        }
    }

    /// The parts of a multipart body.
    pub(crate) fn parts(&self) -> Result<Vec<Part<'_>>, Failure> {
        let kind = self.header("content-type").unwrap_or_default();
        let parts = multipart::boundary(kind).and_then(|it| multipart::parse(&self.body, it));
        parts.ok_or_else(|| {
            Failure::new(Code::InvalidInput, "The multipart body is not well-formed")
        })
    }

    /// How many rows of a page the caller wants; `records` bounds it.
    pub(crate) fn page_rows(&self) -> u32 {
        let options = self.header("sforce-query-options").unwrap_or_default();
        let wanted = options.split([',', ';']).find_map(|it| {
            let (name, value) = it.split_once('=')?;
            name.trim().eq_ignore_ascii_case("batchsize").then(|| value.trim().parse().ok())?
        });
        wanted.unwrap_or(records::read::BATCH_MAX)
    }

    /// What the caller calls itself, where it is something that a ledger and a log can take.
    pub(crate) fn client(&self) -> Option<String> {
        let options = self.header("sforce-call-options")?;
        let name = options.split(',').find_map(|it| it.trim().strip_prefix("client="))?;
        let plain = |it: char| it.is_ascii_alphanumeric() || "_.-/".contains(it);
        let name: String = name.trim().chars().filter(|it| plain(*it)).take(80).collect();
        (!name.is_empty()).then_some(name)
    }

    pub(crate) fn if_modified_since(&self) -> Option<DateTime> {
        date::parse(self.header("if-modified-since")?)
    }

    pub(crate) fn if_none_match(&self) -> Option<&str> {
        self.header("if-none-match")
    }
}

/// The credentials that headers show.
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok());
    if let Some(token) = header("x-sfdc-session") {
        return Ok(Some(token.trim()));
    }
    let Some(value) = header("authorization") else { return Ok(None) };
    let malformed = || Failure::new(Code::InvalidAuthHeader, "INVALID_HEADER_TYPE");
    let (scheme, token) = value.trim().split_once(' ').ok_or_else(malformed)?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    if known { Ok(Some(token.trim())) } else { Err(malformed()) }
}

fn unsupported(media_type: &str) -> Failure {
    Failure::new(
        Code::UnsupportedMediaType,
        format!("Content-Type {media_type} is not supported by this resource"),
    )
}

/// Whether `text` is a host and perhaps a port, and nothing else.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((address, rest)) => {
            let plain = |it: u8| it.is_ascii_hexdigit() || b".:".contains(&it);
            (!address.is_empty() && address.bytes().all(plain), rest)
        }
        None => {
            let (name, _) = text.split_once(':').unwrap_or((text, ""));
            let plain = |it: u8| it.is_ascii_alphanumeric() || b".-".contains(&it);
            (!name.is_empty() && name.bytes().all(plain), &text[name.len()..])
        }
    };
    let is_port = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    text.len() <= 255 && host && port
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_are_plain() {
        for host in ["a", "a-b.example.com", "127.0.0.1:8443", "[::1]", "[::1]:8443"] {
            assert!(is_host(host), "{host}");
        }
        for text in
            ["", ":1", "a:", "a:b", "a:1:2", "a/b", "a@b", "a b", "a_b", "[]", "[a", "[::1]x", "é"]
        {
            assert!(!is_host(text), "{text}");
        }
    }
}
