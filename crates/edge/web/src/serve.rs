//! The asynchronous edge: takes a request apart, hops once to a worker thread, dresses the reply
//! in headers.
//!
//! A panic ends its request alone. A bounded number of requests work at once; the rest wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::{Next, map_response};
use axum::routing::{any, get};
use base::RecordId;
use identity::orgs::Orgs;
use identity::{Accept, Attempt, Kind};
use maud::Markup;
use records::Org;
use tokio::sync::Semaphore;

use crate::ask::Ask;
use crate::component::notice::Tone;
use crate::failure::Failure;
use crate::page::login;
use crate::page::trouble::{self, Trouble};
use crate::reply::Reply;
use crate::routes::{Page, ROUTES, Route};
use crate::session::{self, FLASH, SESSION};
use crate::visit::Visit;
use crate::{asset, form};

const WORKING_MAX: usize = 64;
/// Sign-ins that work at the same time: each takes the memory of a password hash.
const LOGINS_MAX: usize = 8;
/// The widest form with its longest texts stays below.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
const FLASH_SECONDS: u32 = 60;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The orgs whose pages are served, and how browsers reach them. Clones share everything.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
    secure: bool,
}

struct Inner {
    orgs: Arc<Orgs>,
    /// By home, so that one that does not answer keeps only its own orgs waiting; the last one is
    /// for who has no session.
    working: Vec<Semaphore>,
    logins: Semaphore,
    started: i64,
    n_requests: AtomicU64,
}

impl State {
    /// The pages of `orgs`; `secure` says whether they are reached over TLS.
    pub fn new(orgs: Arc<Orgs>, secure: bool) -> Self {
        let started = orgs.clock().now().0;
        let working = (0..=orgs.homes().len()).map(|_| Semaphore::new(WORKING_MAX)).collect();
        let logins = Semaphore::new(LOGINS_MAX);
        let n_requests = AtomicU64::new(0);
        Self { inner: Arc::new(Inner { orgs, working, logins, started, n_requests }), secure }
    }

    /// The same pages for a listener that is reached otherwise.
    pub fn with_secure(&self, secure: bool) -> Self {
        Self { inner: Arc::clone(&self.inner), secure }
    }

    /// An id that no other request of any process has, in letters that a ledger takes.
    fn next_request_id(&self) -> String {
        let n = self.inner.n_requests.fetch_add(1, Ordering::Relaxed);
        format!("w{:x}-{n:x}", self.inner.started)
    }

    /// The org of a session, which its token names in front of the `!`; none where the browser
    /// has no session of an org that is here.
    fn org_of(&self, ask: &Ask) -> Result<Option<Arc<Org>>, Failure> {
        match named_org(ask) {
            Some(id) => Ok(self.inner.orgs.get(id)?),
            None => Ok(None),
        }
    }

    /// The places where pages of a session's org are made.
    fn working(&self, ask: &Ask) -> &Semaphore {
        let Inner { orgs, working, .. } = &*self.inner;
        let home = named_org(ask).and_then(|it| orgs.remembered_home(it));
        &working[home.unwrap_or(working.len() - 1)]
    }
}

/// The org that a session's token names.
fn named_org(ask: &Ask) -> Option<RecordId> {
    let token = ask.cookie(SESSION).unwrap_or_default();
    RecordId::parse(token.split('!').next().unwrap_or_default()).ok()
}

/// The pages. They claim every path; an API is merged before them.
pub fn router(state: State) -> Router {
    let mut router = Router::new()
        .route("/login", get(show_login).post(login))
        .route("/logout", axum::routing::post(logout))
        .route("/assets/{file}", get(serve_asset))
        .route("/favicon.ico", get(async || redirect(&asset::ICON.url())));
    for (n, route) in ROUTES.iter().enumerate() {
        let handler = move |Shared(state): Shared<State>, parts: Parts| async move {
            handle(state, parts, Some(n)).await
        };
        router = router.route(route.path, any(handler));
    }
    router
        .method_not_allowed_fallback(async || {
            bare(StatusCode::METHOD_NOT_ALLOWED, &Trouble::misused())
        })
        .fallback(|Shared(state): Shared<State>, parts: Parts| handle(state, parts, None))
        .layer(axum::middleware::from_fn(same_site_only))
        .layer(map_response(dress))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}

/// What handlers take of a request.
struct Parts {
    method: Method,
    ask: Option<Ask>,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Parts {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let params = RawPathParams::from_request_parts(&mut parts, state).await;
        let (method, uri, headers): (Method, Uri, HeaderMap) =
            (parts.method.clone(), parts.uri.clone(), parts.headers.clone());
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let ask = match (params, body) {
            (Ok(params), Ok(body)) => Ask::of(&uri, &params, &headers, &body),
            _ => None,
        };
        Ok(Self { method, ask })
    }
}

/// A page of the table; `route` is none where no path fits.
async fn handle(state: State, parts: Parts, route: Option<usize>) -> Response<Body> {
    let id = state.next_request_id();
    let Some(ask) = parts.ask else { return bare(StatusCode::BAD_REQUEST, &Trouble::malformed()) };
    let Ok(_place) = state.working(&ask).acquire().await else {
        return failed(&id, "the server is closing");
    };
    let method = parts.method;
    let (work_state, work_id) = (state.clone(), id.clone());
    let work =
        tokio::task::spawn_blocking(move || answer(&work_state, &method, ask, route, &work_id));
    match work.await {
        Ok(response) => response,
        Err(died) => failed(&id, &died.to_string()),
    }
}

/// The worker's part.
fn answer(
    state: &State,
    method: &Method,
    ask: Ask,
    route: Option<usize>,
    id: &str,
) -> Response<Body> {
    let route = route.and_then(|n| ROUTES.get(n));
    let login = login_path(&ask, method, route);
    let is_read = *method == Method::GET || *method == Method::HEAD;
    let visit = match admit(state, is_read, ask, id) {
        Ok(visit) => visit,
        Err(Failure::SignedOut) => return redirect(&login),
        Err(failure) => return outside(&failure, id),
    };
    let page: Option<Page> = route.and_then(|it| it.page(method));
    let reply = match page {
        Some(page) if is_read || *method == Method::POST => page(&visit),
        _ => Err(Failure::Missing),
    };
    let mut response = match reply {
        Ok(reply) => respond(reply, state.secure),
        Err(Failure::Missing) => {
            html(StatusCode::NOT_FOUND, &trouble::framed(&visit, &Trouble::missing()))
        }
        Err(Failure::Stale) => {
            html(StatusCode::CONFLICT, &trouble::framed(&visit, &Trouble::stale()))
        }
        Err(failure) => inside(&visit, &failure, id),
    };
    if visit.flash.is_some() && response.status() != StatusCode::SEE_OTHER {
        add_cookie(&mut response, session::set(FLASH, "", Some(0), state.secure));
    }
    response
}

/// The sign-in that leads back to what was asked, or to the page that it was sent from. It says
/// so if there was a session before, and if what was sent is lost.
fn login_path(ask: &Ask, method: &Method, route: Option<&Route>) -> String {
    let is_read = *method == Method::GET || *method == Method::HEAD;
    let next = match route {
        Some(route) if route.get.is_none() => ask.path.strip_suffix("/delete").unwrap_or("/"),
        _ => ask.target.as_str(),
    };
    let ended = match (is_read, ask.cookie(SESSION)) {
        (false, _) => login::UNSAVED,
        (true, Some(_)) => login::ENDED,
        (true, None) => "",
    };
    form::url("/login", &[("next", if next == "/" { "" } else { next }), ("ended", ended)])
}

/// Whoever has a session, and sends a form of it where they send one.
fn admit(state: &State, is_read: bool, ask: Ask, id: &str) -> Result<Visit, Failure> {
    let org = state.org_of(&ask)?.ok_or(Failure::SignedOut)?;
    if !is_read && !session::is_own_form(&org, &ask)? {
        return Err(Failure::Forged);
    }
    session::visit(&org, ask, id)
}

fn inside(visit: &Visit, failure: &Failure, id: &str) -> Response<Body> {
    log(failure, id);
    let (status, trouble) = trouble_of(failure, id);
    // The frame of a page is read from the database, too.
    match status {
        StatusCode::SERVICE_UNAVAILABLE => bare(status, &trouble),
        _ => html(status, &trouble::framed(visit, &trouble)),
    }
}

/// What is said of a failure that nobody at this end can mend.
fn trouble_of(failure: &Failure, id: &str) -> (StatusCode, Trouble) {
    use store::Error as E;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match failure.store() {
        Some(E::Busy | E::Timeout | E::Unavailable { .. }) => {
            (unavailable, Trouble::unavailable(id))
        }
        // What is missing has been moved away under the request.
        Some(E::Closed { .. } | E::Missing { .. }) => (unavailable, Trouble::moving()),
        Some(E::InDoubt) => (unavailable, Trouble::in_doubt()),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, Trouble::broken(id)),
    }
}

fn outside(failure: &Failure, id: &str) -> Response<Body> {
    match failure {
        Failure::Forged => bare(StatusCode::FORBIDDEN, &Trouble::forged()),
        Failure::Missing => bare(StatusCode::NOT_FOUND, &Trouble::missing()),
        Failure::Stale => bare(StatusCode::CONFLICT, &Trouble::stale()),
        Failure::SignedOut | Failure::Records(_) | Failure::Identity(_) | Failure::Orgs(_) => {
            log(failure, id);
            let (status, trouble) = trouble_of(failure, id);
            bare(status, &trouble)
        }
    }
}

fn log(failure: &Failure, id: &str) {
    let mut causes = vec![failure.to_string()];
    let mut source = std::error::Error::source(failure);
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    tracing::error!(request.id = id, error = causes.join(": "), "a page failed");
}

fn failed(id: &str, cause: &str) -> Response<Body> {
    tracing::error!(request.id = id, error = cause, "a page panicked");
    bare(StatusCode::INTERNAL_SERVER_ERROR, &Trouble::broken(id))
}

fn respond(reply: Reply, secure: bool) -> Response<Body> {
    match reply {
        Reply::Page(page) => html(StatusCode::OK, &page),
        Reply::Refused(page) => html(StatusCode::UNPROCESSABLE_ENTITY, &page),
        Reply::See { path, flash } => {
            let mut response = redirect(&path);
            let cookie = flash
                .and_then(|it| session::set(FLASH, &it.to_cookie(), Some(FLASH_SECONDS), secure));
            add_cookie(&mut response, cookie);
            response
        }
    }
}

async fn show_login(Shared(state): Shared<State>, parts: Parts) -> Response<Body> {
    let Some(ask) = parts.ask else { return bare(StatusCode::BAD_REQUEST, &Trouble::malformed()) };
    let work = tokio::task::spawn_blocking(move || {
        let next = ask.query.text("next");
        let org = state.org_of(&ask).ok().flatten();
        if org.is_some_and(|it| session::visit(&it, ask.clone(), "").is_ok()) {
            return redirect(form::after_sign_in(next));
        }
        let news = login::news(ask.query.text("ended"));
        html(StatusCode::OK, &login::form(next, "", news))
    });
    work.await.unwrap_or_else(|died| failed("login", &died.to_string()))
}

async fn login(Shared(state): Shared<State>, parts: Parts) -> Response<Body> {
    let id = state.next_request_id();
    let Some(ask) = parts.ask else { return bare(StatusCode::BAD_REQUEST, &Trouble::malformed()) };
    let Ok(_place) = state.inner.logins.acquire().await else {
        return failed(&id, "the server is closing");
    };
    let (work_state, work_id) = (state.clone(), id.clone());
    let work = tokio::task::spawn_blocking(move || sign_in(&work_state, &ask, &work_id));
    work.await.unwrap_or_else(|died| failed(&id, &died.to_string()))
}

fn sign_in(state: &State, ask: &Ask, id: &str) -> Response<Body> {
    let (username, next) = (ask.form.text("username"), ask.form.text("next"));
    let attempt = Attempt {
        username,
        password: ask.form.get("password").unwrap_or_default(),
        accept: Accept::Either,
        kind: Kind::Web,
        client: None,
        request: Some(id),
    };
    let signed_in = match state.inner.orgs.login(&attempt) {
        Err(identity::orgs::Error::Identity(error)) => Err(error),
        Err(error) => return outside(&Failure::Orgs(error), id),
        Ok((_, signed_in)) => Ok(signed_in),
    };
    let trouble = match signed_in {
        Ok(signed_in) => {
            let mut response = redirect(form::after_sign_in(next));
            add_cookie(&mut response, session::set(SESSION, &signed_in.token, None, state.secure));
            return response;
        }
        Err(identity::Error::InvalidLogin) => "The username or the password is wrong.",
        Err(identity::Error::LockedOut { .. }) => {
            "Too many wrong passwords. Signing in is possible again in some minutes."
        }
        Err(identity::Error::InactiveUser { .. }) => "This user is not active.",
        Err(error) => return outside(&Failure::Identity(error), id),
    };
    html(StatusCode::UNPROCESSABLE_ENTITY, &login::form(next, username, Some((Tone::Bad, trouble))))
}

async fn logout(Shared(state): Shared<State>, parts: Parts) -> Response<Body> {
    let id = state.next_request_id();
    let Some(ask) = parts.ask else { return bare(StatusCode::BAD_REQUEST, &Trouble::malformed()) };
    let work_id = id.clone();
    let work = tokio::task::spawn_blocking(move || sign_out(&state, &ask, &work_id));
    work.await.unwrap_or_else(|died| failed(&id, &died.to_string()))
}

fn sign_out(state: &State, ask: &Ask, id: &str) -> Response<Body> {
    let org = match state.org_of(ask) {
        Ok(Some(org)) => org,
        Ok(None) => return redirect("/login"),
        Err(failure) => return outside(&failure, id),
    };
    match session::is_own_form(&org, ask) {
        Ok(true) => {}
        Ok(false) => return outside(&Failure::Forged, id),
        Err(Failure::SignedOut) => return redirect("/login"),
        Err(failure) => return outside(&failure, id),
    }
    let token = ask.cookie(SESSION).unwrap_or_default();
    match identity::logout(&org, token, Some(id)) {
        Ok(()) | Err(identity::Error::InvalidSession) => {
            let mut response = redirect("/login");
            add_cookie(&mut response, session::set(SESSION, "", Some(0), state.secure));
            response
        }
        Err(error) => outside(&Failure::Identity(error), id),
    }
}

async fn serve_asset(params: RawPathParams) -> Response<Body> {
    let file = params.iter().next().map_or("", |(_, file)| file);
    asset::serve(file).unwrap_or_else(|| bare(StatusCode::NOT_FOUND, &Trouble::missing()))
}

fn html(status: StatusCode, page: &Markup) -> Response<Body> {
    let mut response = Response::new(Body::from(page.0.clone()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn bare(status: StatusCode, trouble: &Trouble) -> Response<Body> {
    html(status, &trouble::bare(trouble))
}

fn redirect(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Paths are ours or were checked; one that no header can hold leads home.
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

fn add_cookie(response: &mut Response<Body>, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Refuses what another site's page sends. Browsers say where a request comes from; a form's
/// token guards sessions besides, but who signs in has none yet.
async fn same_site_only(request: Request, next: Next) -> Response<Body> {
    if request.method() == Method::POST && !is_same_site(request.headers()) {
        return bare(StatusCode::FORBIDDEN, &Trouble::forged());
    }
    next.run(request).await
}

fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), ..) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, it)| it.eq_ignore_ascii_case(host))
        }
        (None, Some(_), None) => false,
        // A client that is no browser, which holds nobody's cookies but its own.
        (None, None, _) => true,
    }
}

/// The headers of every response.
async fn dress(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let always = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
