//! Every resource that there is: one row, one method of one path.
//!
//! The router reads this table, the golden file `routes.out` shows it, and `docs/api.md` has a
//! row for each of its paths. Of two patterns that fit a path, the first in the table is meant,
//! so words stand before placeholders.

use axum::http::Method;

use crate::error::{Code, Failure};
use crate::reply::Reply;
use crate::request::{Call, Request};
use crate::resource::{
    batch, collection, describe, external, limits, password, query, record, related, replication,
    search, tree, version,
};
use crate::wire::form::{Plus, decode};
use crate::{oauth, soap};

/// The versions that are spoken: `v20.0` to `v67.0`.
pub(crate) const VERSIONS: std::ops::RangeInclusive<u16> = 20..=67;

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Needs no session.
    Open(fn(&Request) -> Result<Reply, Failure>),
    /// Needs the session of a user.
    User(fn(&Call<'_>) -> Result<Reply, Failure>),
    /// The same, and takes the memory of a password hash.
    Hashing(fn(&Call<'_>) -> Result<Reply, Failure>),
}

pub(crate) struct Route {
    pub method: Verb,
    /// `{version}` fits a version that is spoken, `v59.0`; `{user_id}` any id; other `{…}` any
    /// segment; `{*}` any rest. The name of an object fits in any case, other words as they are.
    pub path: &'static str,
    pub handler: Handler,
    /// What it does, in one line.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers of the golden file"))]
    pub about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

use Handler::{Hashing, Open, User};
use Verb::{Delete, Get, Patch, Post};

const fn route(method: Verb, path: &'static str, handler: Handler, about: &'static str) -> Route {
    Route { method, path, handler, about }
}

#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    route(Get,    "/services/data", Open(version::list), "The versions that are spoken."),
    route(Get,    "/services/data/{version}", User(version::root), "The resources of a version."),
    route(Get,    "/services/data/{version}/sobjects", User(describe::global), "Every object that the caller may read."),
    route(Get,    "/services/data/{version}/sobjects/{object}", User(describe::basic), "An object in short."),
    route(Post,   "/services/data/{version}/sobjects/{object}", User(record::create), "Creates a record, from JSON or from JSON and a file."),
    route(Get,    "/services/data/{version}/sobjects/{object}/describe", User(describe::object), "An object with its fields, children and record types."),
    route(Get,    "/services/data/{version}/sobjects/{object}/updated", User(replication::updated), "The ids of records that changed in a range of time."),
    route(Get,    "/services/data/{version}/sobjects/{object}/deleted", User(replication::deleted), "The ids of records that were deleted in a range of time."),
    route(Get,    "/services/data/{version}/sobjects/{object}/{id}", User(record::get), "A record, all readable fields or those of `fields`."),
    route(Patch,  "/services/data/{version}/sobjects/{object}/{id}", User(record::update), "Changes a record."),
    route(Delete, "/services/data/{version}/sobjects/{object}/{id}", User(record::delete), "Moves a record to the recycle bin."),
    route(Post,   "/services/data/{version}/sobjects/{object}/{id}", User(external::create), "Creates a record where `{id}` is the word `Id`."),
    route(Get,    "/services/data/{version}/sobjects/User/{user_id}/password", User(password::get), "Whether a user's password has expired."),
    route(Post,   "/services/data/{version}/sobjects/User/{user_id}/password", Hashing(password::set), "Sets a user's password."),
    route(Delete, "/services/data/{version}/sobjects/User/{user_id}/password", Hashing(password::reset), "Draws a new password for a user."),
    route(Get,    "/services/data/{version}/sobjects/{object}/{field}/{value}", User(related::get), "A record by external id; the parent, children or file of a record."),
    route(Patch,  "/services/data/{version}/sobjects/{object}/{field}/{value}", User(related::patch), "Upserts a record by external id; changes the parent of a record."),
    route(Delete, "/services/data/{version}/sobjects/{object}/{field}/{value}", User(related::delete), "Deletes a record by external id, or the parent of a record."),
    route(Get,    "/services/data/{version}/query", User(query::query), "Runs a SOQL query."),
    route(Get,    "/services/data/{version}/query/{locator}", User(query::query_more), "A further page of a query."),
    route(Get,    "/services/data/{version}/queryAll", User(query::query_all), "Runs a SOQL query over deleted records too."),
    route(Get,    "/services/data/{version}/queryAll/{locator}", User(query::query_more), "A further page of a query."),
    route(Get,    "/services/data/{version}/search", User(search::search), "Runs a SOSL search."),
    route(Get,    "/services/data/{version}/search/suggestions", User(search::suggest), "Records whose names begin like a text."),
    route(Get,    "/services/data/{version}/search/scopeOrder", User(search::scope_order), "The objects that are searched."),
    route(Get,    "/services/data/{version}/search/layout", User(search::layout), "What the results of objects show."),
    route(Get,    "/services/data/{version}/parameterizedSearch", User(search::by_query), "Runs a search by parameters."),
    route(Post,   "/services/data/{version}/parameterizedSearch", User(search::by_body), "The same, parameters in the body."),
    route(Get,    "/services/data/{version}/composite", User(version::composite), "The resources that take several records or requests."),
    route(Post,   "/services/data/{version}/composite/sobjects", User(collection::create), "Creates up to 200 records."),
    route(Patch,  "/services/data/{version}/composite/sobjects", User(collection::update), "Changes up to 200 records."),
    route(Delete, "/services/data/{version}/composite/sobjects", User(collection::delete), "Deletes up to 200 records."),
    route(Get,    "/services/data/{version}/composite/sobjects/{object}", User(collection::retrieve), "Up to 2,000 records by id."),
    route(Post,   "/services/data/{version}/composite/sobjects/{object}", User(collection::retrieve_by_body), "Up to 2,000 records by id, ids and fields in the body."),
    route(Patch,  "/services/data/{version}/composite/sobjects/{object}/{field}", User(collection::upsert), "Upserts up to 200 records by external id."),
    route(Post,   "/services/data/{version}/composite/tree/{object}", User(tree::create), "Creates up to 200 records with their children, all or none."),
    route(Post,   "/services/data/{version}/composite/batch", User(batch::run), "Up to 25 requests in one, each for itself."),
    route(Get,    "/services/data/{version}/limits", User(limits::list), "What is left of the limits."),
    route(Get,    "/services/data/{version}/limits/recordCount", User(limits::record_count), "How many records objects have."),
    route(Post,   "/services/oauth2/token", Open(oauth::token), "Grants an access token: `password`, `client_credentials`."),
    route(Post,   "/services/oauth2/revoke", Open(oauth::revoke), "Ends a session."),
    route(Get,    "/services/oauth2/revoke", Open(oauth::revoke), "Ends a session."),
    route(Get,    "/services/oauth2/userinfo", User(oauth::user_info), "Who the caller is, as OpenID Connect says it."),
    route(Post,   "/services/oauth2/userinfo", User(oauth::user_info), "Who the caller is, as OpenID Connect says it."),
    route(Get,    "/id/{org}/{user}", Open(oauth::identity), "Who a user is."),
    route(Post,   "/services/Soap/u/{soap}", Open(soap::partner), "SOAP, partner: `login`, `logout`, `getUserInfo`, `getServerTimestamp`."),
    route(Post,   "/services/Soap/u/{soap}/{*}", Open(soap::partner), "The same, under an org's id."),
    route(Post,   "/services/Soap/c/{soap}", Open(soap::enterprise), "SOAP, enterprise: the same operations."),
    route(Post,   "/services/Soap/c/{soap}/{*}", Open(soap::enterprise), "The same, under an org's id."),
];

/// What a path and a method lead to.
pub(crate) struct Found {
    /// The row's path, for the log.
    pub path: &'static str,
    pub handler: Handler,
    pub values: Vec<String>,
    pub version: u16,
}

/// What routing ends with where it ends without a handler.
pub(crate) enum Lost {
    /// `OPTIONS` of a resource that has these methods.
    Options(String),
    Refused(Failure),
}

/// Finds the route of a request.
pub(crate) fn find(method: &Method, path: &str) -> Result<Found, Lost> {
    let segments = segments(path);
    let first = ROUTES.iter().find_map(|it| Some((it, fit(it.path, &segments)?)));
    let Some((route, (values, version))) = first else {
        return Err(Lost::Refused(unknown(&segments)));
    };
    // A resource that can be read by GET can be asked for by HEAD.
    let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
    let mut same = ROUTES.iter().filter(|it| it.path == route.path);
    if let Some(route) = same.clone().find(|it| it.method.name() == wanted) {
        return Ok(Found { path: route.path, handler: route.handler, values, version });
    }
    let mut allow: Vec<&str> = same.by_ref().map(|it| it.method.name()).collect();
    if allow.contains(&"GET") {
        allow.insert(0, "HEAD");
    }
    let allow = allow.join(", ");
    Err(if method == Method::OPTIONS {
        Lost::Options(allow)
    } else {
        Lost::Refused(Failure::method_not_allowed(method.as_str(), allow))
    })
}

/// Whether a path lies under `/services/data`.
pub(crate) fn is_data(path: &str) -> bool {
    segments(path).starts_with(&["services", "data"])
}

/// The segments of a path, the slash at the end and the place of a login host left out: some
/// clients can only be pointed elsewhere by a host in front of `….salesforce.com`.
fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments: Vec<&str> = path.split('/').collect();
    if 1 < segments.len() && segments[0].ends_with(".salesforce.com") {
        segments.remove(0);
    }
    segments
}

/// The values of a pattern's placeholders and its version, where the pattern fits.
fn fit(pattern: &str, segments: &[&str]) -> Option<(Vec<String>, u16)> {
    let mut values = Vec::new();
    let mut version = 0;
    let mut rest = segments.iter();
    for part in pattern.split('/').skip(1) {
        if part == "{*}" {
            return rest.next().map(|_| (values, version));
        }
        let segment = rest.next()?;
        match part {
            "{version}" => version = spoken(segment.strip_prefix('v')?)?,
            "{user_id}" => {
                base::RecordId::parse(segment).ok()?;
                values.push((*segment).to_owned());
            }
            "User" if part.eq_ignore_ascii_case(segment) => {}
            _ if part.starts_with('{') => {
                // A segment of nothing names nothing.
                if segment.is_empty() {
                    return None;
                }
                values.push(decode(segment, Plus::Literal));
            }
            _ if part != *segment => return None,
            _ => {}
        }
    }
    rest.next().is_none().then_some((values, version))
}

/// The number of a version that is spoken: `59.0`.
pub(crate) fn spoken(segment: &str) -> Option<u16> {
    let number = segment.strip_suffix(".0")?;
    let plain = number.len() == 2 && number.bytes().all(|it| it.is_ascii_digit());
    number.parse().ok().filter(|it| plain && VERSIONS.contains(it))
}

fn unknown(segments: &[&str]) -> Failure {
    match segments {
        ["services", "apexrest", ..] => {
            Failure::new(Code::NotFound, "Could not find a match for URL")
        }
        _ => Failure::not_found(),
    }
}

#[cfg(test)]
mod tests;
