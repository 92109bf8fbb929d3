//! What the server knows between requests: the use of its orgs, how much runs at once.
//!
//! One process serves many orgs, and [`Orgs`] has them open as they are needed. A token names its
//! org in front of the `!`; a login names it by `LoginScopeHeader`, by the connected app, or by
//! the username.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use access::Permission;
use base::{DateTime, RecordId};
use identity::orgs::Orgs;
use identity::{Accept, Attempt, Kind, Session, SignedIn};
use records::{Ctx, Org};
use tokio::sync::Semaphore;

use crate::error::{Denial, Failure, api_disabled, denial_of};
use crate::oauth::Client;
use crate::request::Request;
use crate::resource::describe::Cache;

/// What `Sforce-Limit-Info` gives as the requests of a day. They are counted, not refused.
pub(crate) const REQUESTS_MAX: u64 = 100_000;

/// Requests that work at the same time for the orgs of one home, and that wait to.
const WORKING_MAX: usize = 64;
const WAITING_MAX: usize = 512;

/// Orgs that something is remembered of.
const MEMORIES_MAX: usize = 2000;

/// Logins that work at the same time: each takes the memory of a password hash.
const LOGINS_MAX: usize = 8;

/// How clients reach a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The state of a router. Clones share everything but the scheme.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
    scheme: Scheme,
}

struct Inner {
    orgs: Arc<Orgs>,
    /// By org.
    memories: Mutex<HashMap<String, Arc<Memory>>>,
    limits: Limits,
    /// Tells the requests of this process from those of others.
    started: DateTime,
    n_requests: AtomicU64,
}

/// An org that is being served: as long as a request holds it, it stays open.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub org: Arc<Org>,
    memory: Arc<Memory>,
}

/// What is remembered of an org between requests, whether it is open or not.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub usage: Usage,
    pub describes: Cache,
}

/// How much runs at once. Each home has a room of its own, so that one that does not answer keeps
/// only its own orgs waiting.
pub(crate) struct Limits {
    /// By home; the last one is for who does not say which org they mean.
    pub rooms: Vec<Room>,
    pub logins: Room,
}

/// Places for requests that work, and for those that wait to.
pub(crate) struct Room {
    pub places: Arc<Semaphore>,
    pub waiting: Arc<AtomicUsize>,
    pub waiting_max: usize,
}

impl Room {
    pub(crate) fn new(places: usize, waiting_max: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), waiting: Arc::default(), waiting_max }
    }
}

/// A session that was just opened.
pub(crate) struct Granted {
    pub tenant: Tenant,
    pub user: RecordId,
    pub token: String,
    pub issued_at: DateTime,
}

/// Refused by rule, or failed.
type Grant = Result<Result<Granted, Denial>, Failure>;

impl State {
    /// The state of a server of `orgs`.
    pub fn new(orgs: Arc<Orgs>, scheme: Scheme) -> Self {
        let started = orgs.clock().now();
        let limits = Limits {
            rooms: (0..=orgs.homes().len()).map(|_| Room::new(WORKING_MAX, WAITING_MAX)).collect(),
            logins: Room::new(LOGINS_MAX, WAITING_MAX),
        };
        let (memories, n_requests) = (Mutex::default(), AtomicU64::new(0));
        Self { inner: Arc::new(Inner { orgs, memories, limits, started, n_requests }), scheme }
    }

    /// The same state for a listener that is reached otherwise.
    pub fn with_scheme(&self, scheme: Scheme) -> Self {
        Self { inner: Arc::clone(&self.inner), scheme }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Where the requests of a session's org work; of all that name none, in a room of their own.
    pub(crate) fn room(&self, token: Option<&str>) -> &Room {
        let Inner { orgs, limits, .. } = &*self.inner;
        let id = token.and_then(|it| it.split_once('!')).map(|(org, _)| RecordId::parse(org));
        let home = id.and_then(Result::ok).and_then(|it| orgs.remembered_home(it));
        &limits.rooms[home.unwrap_or(limits.rooms.len() - 1)]
    }

    /// An id that no other request of any process has, in letters that a ledger takes.
    pub(crate) fn next_request_id(&self) -> String {
        let n = self.inner.n_requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{n:x}", self.inner.started.0)
    }

    /// The session of a token, and its org. Sessions of the browser are none of the API's.
    pub(crate) fn authenticate(&self, token: &str) -> Result<(Tenant, Session), Failure> {
        let tenant = self.tenant_of(token)?.ok_or_else(Failure::session)?;
        let session = identity::authenticate(&tenant.org, token)?;
        match session.kind {
            Kind::Api | Kind::Soap => Ok((tenant, session)),
            Kind::Web => Err(Failure::session()),
        }
    }

    /// Ends the session of a token. Returns whether there was one.
    pub(crate) fn end_session(&self, token: &str, request: &str) -> Result<bool, Failure> {
        let Some(tenant) = self.tenant_of(token)? else { return Ok(false) };
        match identity::logout(&tenant.org, token, Some(request)) {
            Ok(()) => Ok(true),
            Err(identity::Error::InvalidSession) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A SOAP login; `scope` is the id of the org that is meant, where the client says it.
    pub(crate) fn grant_login(
        &self,
        request: &Request,
        scope: Option<&str>,
        username: &str,
        password: &str,
    ) -> Grant {
        let attempt = attempt(request, username, password, Kind::Soap);
        let named = scope.and_then(|it| RecordId::parse(it.trim()).ok());
        let named = named.map_or(Ok(None), |it| self.inner.orgs.get(it))?;
        let Some(org) = named else {
            return match self.inner.orgs.login(&attempt) {
                Ok((org, signed_in)) => Ok(Ok(granted(self.tenant(org), signed_in))),
                Err(error) => denial_of(login_error(error)?).map(Err),
            };
        };
        self.login(org, &attempt)
    }

    /// OAuth's password grant, through a connected app.
    pub(crate) fn grant_password(
        &self,
        request: &Request,
        client: &Client,
        username: &str,
        password: &str,
    ) -> Grant {
        let (org, client) = match self.client(client)? {
            Ok(found) => found,
            Err(denial) => return Ok(Err(denial)),
        };
        let attempt = attempt(request, username.trim(), password, Kind::Api);
        let attempt = Attempt { client: Some(&client.id), ..attempt };
        self.login(org, &attempt)
    }

    /// OAuth's client-credentials grant: the app acts as the user it was registered for.
    pub(crate) fn grant_client(&self, request: &Request, client: &Client) -> Grant {
        let (org, client) = match self.client(client)? {
            Ok(found) => found,
            Err(denial) => return Ok(Err(denial)),
        };
        match identity::login_as_client(&org, &client, Some(&request.id)) {
            Ok(signed_in) => Ok(Ok(granted(self.tenant(org), signed_in))),
            Err(error) => denial_of(error).map(Err),
        }
    }

    /// The connected app that a request shows the secret of.
    fn client(
        &self,
        client: &Client,
    ) -> Result<Result<(Arc<Org>, identity::Client), Denial>, Failure> {
        let Some(org) = self.inner.orgs.of_client(&client.id)? else {
            return Ok(Err(Denial::InvalidClientId));
        };
        match identity::authenticate_client(&org, &client.id, &client.secret) {
            Ok(found) => Ok(Ok((org, found))),
            Err(error) => denial_of(error).map(Err),
        }
    }

    fn login(&self, org: Arc<Org>, attempt: &Attempt<'_>) -> Grant {
        match identity::login(&org, attempt) {
            Ok(signed_in) => Ok(Ok(granted(self.tenant(org), signed_in))),
            Err(error) => denial_of(error).map(Err),
        }
    }

    fn tenant_of(&self, token: &str) -> Result<Option<Tenant>, Failure> {
        let id = token.split_once('!').and_then(|(org, _)| RecordId::parse(org).ok());
        let org = id.map_or(Ok(None), |it| self.inner.orgs.get(it))?;
        Ok(org.map(|it| self.tenant(it)))
    }

    fn tenant(&self, org: Arc<Org>) -> Tenant {
        let mut memories = self.inner.memories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(memory) = memories.get(org.store.id()) {
            return Tenant { memory: Arc::clone(memory), org };
        }
        if MEMORIES_MAX <= memories.len() {
            // What nobody uses now fills again from memory alone; only its count of the day ends.
            memories.retain(|_, it| 1 < Arc::strong_count(it));
        }
        let memory = Arc::new(Memory::default());
        memories.insert(org.store.id().to_owned(), Arc::clone(&memory));
        Tenant { org, memory }
    }
}

/// The refusal of a login that named no org; what else can be is a failure.
fn login_error(error: identity::orgs::Error) -> Result<identity::Error, Failure> {
    match error {
        identity::orgs::Error::Identity(error) => Ok(error),
        other => Err(other.into()),
    }
}

fn attempt<'a>(
    request: &'a Request,
    username: &'a str,
    password: &'a str,
    kind: Kind,
) -> Attempt<'a> {
    let accept = if request.is_local { Accept::Either } else { Accept::WithToken };
    Attempt { username, password, accept, kind, client: None, request: Some(&request.id) }
}

fn granted(tenant: Tenant, signed_in: SignedIn) -> Granted {
    let SignedIn { token, session } = signed_in;
    Granted { tenant, user: session.user, token, issued_at: session.created_at }
}

impl Deref for Tenant {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.memory
    }
}

impl Tenant {
    /// The org's id, 18 characters.
    pub(crate) fn id(&self) -> &str {
        self.org.store.id()
    }

    /// Whether `text` is the org's id in either form.
    pub(crate) fn is(&self, text: &str) -> bool {
        RecordId::parse(text).is_ok_and(|it| it.to_string() == self.id())
    }

    /// The context of a call of this session's user.
    pub(crate) fn context(&self, session: &Session, request: &Request) -> Result<Ctx, Failure> {
        let mut ctx = self.org.context(session.user)?;
        if !ctx.access.has(Permission::ApiEnabled) {
            return Err(api_disabled());
        }
        ctx.request = Some(request.id.clone());
        ctx.client = request.client();
        Ok(ctx)
    }
}

/// The requests of an org on one day, in one number: the day above, the count below.
#[derive(Debug, Default)]
pub(crate) struct Usage(AtomicU64);

const COUNT_BITS: u32 = 40;
const DAY_MS: i64 = 86_400_000;

impl Usage {
    /// Counts a request, and returns the value of the header that tells of it.
    pub(crate) fn count(&self, now: DateTime) -> String {
        let day = now.0.div_euclid(DAY_MS).max(0) as u64;
        let next = |it: u64| if it >> COUNT_BITS == day { it + 1 } else { (day << COUNT_BITS) + 1 };
        // The closure always gives a value, so this is the number before.
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| Some(next(it)));
        let n = next(before.unwrap_or_default()) & ((1 << COUNT_BITS) - 1);
        format!("api-usage={n}/{REQUESTS_MAX}")
    }

    /// How many there were on the day of the last one.
    pub(crate) fn today(&self) -> u64 {
        self.0.load(Ordering::Relaxed) & ((1 << COUNT_BITS) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_counted_by_the_day() {
        let usage = Usage::default();
        let at = |day: i64| DateTime(day * DAY_MS + 5);
        assert_eq!(usage.count(at(20_000)), "api-usage=1/100000");
        assert_eq!(usage.count(at(20_000)), "api-usage=2/100000");
        assert_eq!(usage.today(), 2);
        assert_eq!(usage.count(at(20_001)), "api-usage=1/100000");
    }
}
