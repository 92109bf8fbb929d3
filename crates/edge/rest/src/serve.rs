//! The asynchronous edge: bytes in, one hop to a worker thread, bytes out.
//!
//! Each request gets an id, which is in the answer, the log and the ledger. Its route is found
//! before its body is read, so that what leads nowhere costs little. A bounded number of
//! requests work at once, a bounded number wait, and the rest are told to come again. A panic
//! ends its request alone.
//!
//! **Absent on purpose.** Timeouts of connections and of slow bodies: the listener's. Cross-origin
//! requests: no header permits them.

mod body;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, request};
use axum::response::Response;
use axum::routing::any;
use tokio::sync::OwnedSemaphorePermit;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::error::Failure;
use crate::reply::Reply;
use crate::request::{Call, Request, token};
use crate::routes::{self, Handler, Lost};
use crate::soap;
use crate::state::{Room, State};
use crate::wire::form::Form;
use crate::wire::write;

/// Smaller answers are not worth compressing.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// Bodies of requests that show no session: logins.
const OPEN_BODY_BYTES_MAX: usize = 1024 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LIMIT_INFO: HeaderName = HeaderName::from_static("sforce-limit-info");
const NO_SNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// The API of `state`'s orgs. It claims `/services`, `/id`, and the same under a first segment
/// that ends in `.salesforce.com`; other paths are left to whoever merges it.
pub fn router(state: State) -> Router {
    let compression = CompressionLayer::new()
        .gzip(true)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_BYTES_MIN));
    let mut router = Router::new();
    for prefix in ["", "/{login_host}"] {
        for path in ["/services", "/services/", "/services/{*rest}", "/id/{*rest}"] {
            router = router.route(&format!("{prefix}{path}"), any(handle));
        }
    }
    router.layer(compression).with_state(state)
}

async fn handle(Shared(state): Shared<State>, request: axum::extract::Request) -> Response {
    let id = state.next_request_id();
    let (parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    let is_pretty = parts.headers.get("x-prettyprint").is_some_and(|it| it == "1");
    let speaks_soap = soap::speaks_at(parts.uri.path());
    let token = token(&parts.headers).ok().flatten().map(str::to_owned);
    let token = token.filter(|_| routes::is_data(parts.uri.path()));
    let reply = match answer(state.clone(), parts, body, &id).await {
        Ok(reply) => reply,
        Err(failure) if speaks_soap => soap::refuse(failure, &id),
        Err(failure) => refuse(failure, &id),
    };
    let reply = match token {
        Some(token) => metered(state, reply, token).await,
        None => reply,
    };
    respond(reply, &id, is_head, is_pretty)
}

async fn answer(
    state: State,
    mut parts: request::Parts,
    body: axum::body::Body,
    id: &str,
) -> Result<Reply, Failure> {
    let query = Form::parse(parts.uri.query().unwrap_or_default());
    let method = method(&parts, &query);
    let path = parts.uri.path().to_owned();
    let found = match routes::find(&method, &path) {
        Ok(found) => found,
        Err(Lost::Options(allow)) => return Ok(Reply::options(&allow)),
        Err(Lost::Refused(failure)) => return Err(failure),
    };
    let is_local = is_local(&parts);
    if let (None, Some(authority)) = (parts.headers.get(HOST), parts.uri.authority())
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        // As HTTP/2 names the host.
        parts.headers.insert(HOST, host);
    }
    let mut request = Request {
        state,
        method,
        headers: parts.headers,
        path,
        values: found.values,
        version: found.version,
        query,
        body: axum::body::Bytes::new(),
        id: id.to_owned(),
        is_local,
    };
    let bytes_max = match found.handler {
        Handler::Open(_) => OPEN_BODY_BYTES_MAX,
        Handler::User(_) | Handler::Hashing(_) if request.token()?.is_none() => {
            return Err(Failure::session());
        }
        Handler::User(_) | Handler::Hashing(_) => body::BYTES_MAX,
    };
    request.body = body::read(body, &request, bytes_max).await?;
    let places = enter(&request, found.handler).await?;
    let work = tokio::task::spawn_blocking(move || {
        // Kept by the worker: a caller who goes away does not make room for another.
        let _places = places;
        run(&request, found.handler)
    });
    let reply = work.await.unwrap_or_else(|died| Err(Failure::internal(&panic_message(died))));
    let status = reply.as_ref().map_or_else(Failure::status, |it| it.status).as_u16();
    tracing::debug!(request.id = id, http.route = found.path, http.status = status, "answered");
    reply
}

/// Tells the use of the API in an answer that no handler made, where its caller has a session.
async fn metered(state: State, reply: Reply, token: String) -> Reply {
    let told = reply.headers.iter().any(|(name, _)| *name == LIMIT_INFO);
    let hopeless = [StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE];
    if told || hopeless.contains(&reply.status) {
        return reply;
    }
    let Ok(place) = state.room(Some(&token)).enter().await else { return reply };
    let work = tokio::task::spawn_blocking(move || {
        let _place = place;
        let (tenant, _) = state.authenticate(&token).ok()?;
        Some(tenant.usage.count(tenant.org.clock().now()))
    });
    match work.await {
        Ok(Some(usage)) => reply.with(LIMIT_INFO, &usage),
        Ok(None) | Err(_) => reply,
    }
}

/// Whether the peer is on this machine, and not a proxy for somebody elsewhere.
fn is_local(parts: &request::Parts) -> bool {
    let proxied = ["forwarded", "x-forwarded-for"].iter().any(|it| parts.headers.contains_key(*it));
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    !proxied && peer.is_some_and(|it| it.0.ip().is_loopback())
}

/// The method, or the one that a POST stands for.
fn method(parts: &request::Parts, query: &Form) -> Method {
    let meant = query.get("_HttpMethod").filter(|_| parts.method == Method::POST);
    let meant = meant.and_then(|it| Method::from_bytes(it.to_ascii_uppercase().as_bytes()).ok());
    meant.unwrap_or_else(|| parts.method.clone())
}

/// The worker's part.
fn run(request: &Request, handler: Handler) -> Result<Reply, Failure> {
    match handler {
        Handler::Open(handler) => handler(request),
        Handler::User(handler) | Handler::Hashing(handler) => {
            let token = request.token()?.ok_or_else(Failure::session)?;
            let (tenant, session) = request.state.authenticate(token)?;
            let ctx = tenant.context(&session, request)?;
            let usage = tenant.usage.count(ctx.now);
            let call = Call { request, tenant: &tenant, ctx };
            let reply = match handler(&call) {
                Ok(reply) => reply,
                Err(failure) => refuse(failure, &request.id),
            };
            Ok(reply.with(LIMIT_INFO, &usage))
        }
    }
}

pub(crate) fn refuse(failure: Failure, id: &str) -> Reply {
    log_cause(&failure, id);
    Reply::refusal(failure, id)
}

/// Tells the log what the caller is not told.
pub(crate) fn log_cause(failure: &Failure, id: &str) {
    if let Some(cause) = failure.cause() {
        let code = failure.code().name();
        tracing::error!(request.id = id, error.code = code, error.cause = cause, "request failed");
    }
}

fn panic_message(died: tokio::task::JoinError) -> String {
    if !died.is_panic() {
        return "the worker was stopped".to_owned();
    }
    let payload = died.into_panic();
    let text = payload.downcast_ref::<&str>().map(|it| (*it).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_else(|| "without a message".to_owned()))
}

fn respond(reply: Reply, id: &str, is_head: bool, is_pretty: bool) -> Response {
    let body =
        if is_pretty && reply.is_json { write::pretty(&reply.body).into() } else { reply.body };
    let length = body.len();
    let sent = if is_head { axum::body::Bytes::new() } else { body };
    let mut response = Response::new(axum::body::Body::from(sent));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(NO_SNIFF, HeaderValue::from_static("nosniff"));
    if is_head {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in reply.headers {
        headers.insert(name, value);
    }
    response
}

/// Takes the places that a request needs among those who work; they are given back when dropped.
async fn enter(request: &Request, handler: Handler) -> Result<Vec<OwnedSemaphorePermit>, Failure> {
    let mut places = Vec::with_capacity(2);
    let hashes = match handler {
        Handler::Open(_) => request.method == Method::POST,
        Handler::Hashing(_) => true,
        Handler::User(_) => false,
    };
    if hashes {
        places.push(request.state.limits().logins.enter().await?);
    }
    places.push(request.state.room(request.token().ok().flatten()).enter().await?);
    Ok(places)
}

impl Room {
    /// Waits for a place, unless too many wait already.
    async fn enter(&self) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let waiting = Waiting(Arc::clone(&self.waiting));
        if self.waiting_max <= waiting.0.fetch_add(1, Ordering::Relaxed) {
            return Err(Failure::busy());
        }
        Arc::clone(&self.places).acquire_owned().await.map_err(|_| Failure::busy())
    }
}

/// Counts one who waits, also when they go away.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_wait() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let room = Room::new(1, 1);
        runtime.block_on(async {
            let first = room.enter().await.unwrap();
            let mut second = Box::pin(room.enter());
            assert!(std::future::Future::poll(second.as_mut(), &mut noop()).is_pending());
            let third = room.enter().await.map(|_| ()).unwrap_err();
            assert_eq!(third.status().as_u16(), 503);
            drop(first);
            drop(second.await.unwrap());
            assert_eq!(room.waiting.load(Ordering::Relaxed), 0);
        });
    }

    fn noop() -> std::task::Context<'static> {
        std::task::Context::from_waker(std::task::Waker::noop())
    }

    #[test]
    fn a_panic_has_words() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = async { tokio::task::spawn_blocking(|| panic!("no way")).await };
        let died = runtime.block_on(work).unwrap_err();
        assert_eq!(panic_message(died), "panic: no way");
    }
}
