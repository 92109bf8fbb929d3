//! One answer, whole: a status, headers, bytes.
//!
//! Successes are made by the constructors here; refusals by [`Reply::refusal`] from a
//! [`Failure`], whose status `error` knows.

use axum::http::StatusCode;
use axum::http::header::{
    self, ALLOW, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION,
};

use crate::error::Failure;
use crate::wire::write;

const JSON: &str = "application/json;charset=UTF-8";
const XML: &str = "text/xml;charset=UTF-8";

#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: axum::body::Bytes,
    /// Whether the body may be indented for readers.
    pub is_json: bool,
}

impl Reply {
    fn of(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status, headers, body: body.into(), is_json: content_type == JSON }
    }

    pub(crate) fn json(body: Vec<u8>) -> Self {
        Self::of(StatusCode::OK, JSON, body)
    }

    /// JSON that is kept elsewhere, too.
    pub(crate) fn json_bytes(body: axum::body::Bytes) -> Self {
        let mut reply = Self::json(Vec::new());
        reply.body = body;
        reply
    }

    /// JSON with another status than the usual one.
    pub(crate) fn json_with(status: StatusCode, body: Vec<u8>) -> Self {
        Self::of(status, JSON, body)
    }

    pub(crate) fn created(body: Vec<u8>) -> Self {
        Self::of(StatusCode::CREATED, JSON, body)
    }

    /// Several records where one was meant: their URLs.
    pub(crate) fn choices(body: Vec<u8>) -> Self {
        Self::of(StatusCode::MULTIPLE_CHOICES, JSON, body)
    }

    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    pub(crate) fn not_modified() -> Self {
        Self::empty(StatusCode::NOT_MODIFIED)
    }

    /// A success that says nothing.
    pub(crate) fn ok() -> Self {
        Self::empty(StatusCode::OK)
    }

    fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: axum::body::Bytes::new(), is_json: false }
    }

    /// The methods of a resource.
    pub(crate) fn options(allow: &str) -> Self {
        Self::no_content().with(ALLOW, allow)
    }

    pub(crate) fn xml(body: Vec<u8>) -> Self {
        Self::of(StatusCode::OK, XML, body)
    }

    /// A fault of a SOAP operation, which has one status whatever its code.
    pub(crate) fn fault(body: Vec<u8>) -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, XML, body)
    }

    pub(crate) fn text(status: StatusCode, body: &str) -> Self {
        Self::of(status, "text/plain;charset=UTF-8", body.as_bytes().to_vec())
    }

    /// The content of a file that somebody stored: never run by a browser.
    pub(crate) fn blob(content_type: &str, body: Vec<u8>) -> Self {
        let reply = Self::of(StatusCode::OK, "application/octet-stream", body)
            .with(header::CONTENT_SECURITY_POLICY, "sandbox");
        match HeaderValue::from_str(content_type) {
            Ok(_) if content_type.contains('/') => reply.with(CONTENT_TYPE, content_type),
            _ => reply,
        }
    }

    pub(crate) fn refusal(failure: Failure, request_id: &str) -> Self {
        let status = failure.status();
        let allow = failure.allow().map(str::to_owned);
        let reply = Self::of(status, JSON, write::errors(&failure.items(request_id)));
        match allow {
            Some(allow) => reply.with(ALLOW, &allow),
            None => reply,
        }
    }

    /// Sets a header. A value that no header can have leaves it out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.retain(|(it, _)| *it != name);
            self.headers.push((name, value));
        }
        self
    }

    pub(crate) fn at(self, location: &str) -> Self {
        self.with(LOCATION, location)
    }

    pub(crate) fn versioned(self, etag: &str, last_modified: &str) -> Self {
        self.with(ETAG, etag).with(LAST_MODIFIED, last_modified)
    }
}
