//! What the server knows between requests: its orgs, their use, how much runs at once.
//!
//! One process may own several orgs. A token names its org in front of the `!`; a login names it
//! by `LoginScopeHeader`, by the connected app, or by a username that only one of them has.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use access::Permission;
use base::{DateTime, RecordId};
use identity::{Accept, Attempt, Kind, Session, SignedIn};
use records::{Ctx, Input, Org};
use tokio::sync::Semaphore;

use crate::error::{Denial, Failure, api_disabled, denial_of};
use crate::oauth::Client;
use crate::request::Request;
use crate::resource::describe::Cache;

/// What `Sforce-Limit-Info` gives as the requests of a day. They are counted, not refused.
pub(crate) const REQUESTS_MAX: u64 = 100_000;

/// Requests that work at the same time, and that wait to.
const WORKING_MAX: usize = 64;
const WAITING_MAX: usize = 512;

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
    /// Never empty.
    tenants: Vec<Arc<Tenant>>,
    by_id: HashMap<RecordId, Arc<Tenant>>,
    limits: Limits,
    /// Tells the requests of this process from those of others.
    started: DateTime,
    n_requests: AtomicU64,
}

/// An org that is served.
pub(crate) struct Tenant {
    pub org: Arc<Org>,
    pub usage: Usage,
    pub describes: Cache,
}

pub(crate) struct Limits {
    pub working: Arc<Semaphore>,
    pub logins: Arc<Semaphore>,
    pub waiting: Arc<AtomicUsize>,
    pub waiting_max: usize,
}

/// A session that was just opened.
pub(crate) struct Granted {
    pub tenant: Arc<Tenant>,
    pub user: RecordId,
    pub token: String,
    pub issued_at: DateTime,
}

/// Refused by rule, or failed.
type Grant = Result<Result<Granted, Denial>, Failure>;

impl State {
    /// The state of a server of `orgs`.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn new(orgs: Vec<Arc<Org>>, scheme: Scheme) -> Self {
        let tenants: Vec<Arc<Tenant>> = orgs.into_iter().map(Tenant::new).map(Arc::new).collect();
        let first = tenants.first().expect("invariant: a server has an org");
        let started = first.org.clock().now();
        let by_id = tenants.iter().filter_map(|it| {
            let id = RecordId::parse(it.id()).ok()?;
            Some((id, Arc::clone(it)))
        });
        let by_id = by_id.collect();
        let limits = Limits {
            working: Arc::new(Semaphore::new(WORKING_MAX)),
            logins: Arc::new(Semaphore::new(LOGINS_MAX)),
            waiting: Arc::default(),
            waiting_max: WAITING_MAX,
        };
        let n_requests = AtomicU64::new(0);
        Self { inner: Arc::new(Inner { tenants, by_id, limits, started, n_requests }), scheme }
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

    /// An id that no other request of any process has, in letters that a ledger takes.
    pub(crate) fn next_request_id(&self) -> String {
        let n = self.inner.n_requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{n:x}", self.inner.started.0)
    }

    /// The session of a token, and its org. Sessions of the browser are none of the API's.
    pub(crate) fn authenticate(&self, token: &str) -> Result<(Arc<Tenant>, Session), Failure> {
        let tenant = self.tenant_of(token).ok_or_else(Failure::session)?;
        let session = identity::authenticate(&tenant.org, token)?;
        match session.kind {
            Kind::Api | Kind::Soap => Ok((Arc::clone(tenant), session)),
            Kind::Web => Err(Failure::session()),
        }
    }

    /// Ends the session of a token. Returns whether there was one.
    pub(crate) fn end_session(&self, token: &str, request: &str) -> Result<bool, Failure> {
        let Some(tenant) = self.tenant_of(token) else { return Ok(false) };
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
        let named = scope.and_then(|it| RecordId::parse(it.trim()).ok());
        let tenant = match named.and_then(|it| self.inner.by_id.get(&it)) {
            Some(tenant) => tenant,
            None => self.tenant_of_username(username)?,
        };
        let attempt = attempt(request, username, password, Kind::Soap);
        granted(tenant, identity::login(&tenant.org, &attempt))
    }

    /// OAuth's password grant, through a connected app.
    pub(crate) fn grant_password(
        &self,
        request: &Request,
        client: &Client,
        username: &str,
        password: &str,
    ) -> Grant {
        let (tenant, client) = match self.client(client)? {
            Ok(found) => found,
            Err(denial) => return Ok(Err(denial)),
        };
        let attempt = attempt(request, username.trim(), password, Kind::Api);
        let attempt = Attempt { client: Some(&client.id), ..attempt };
        granted(tenant, identity::login(&tenant.org, &attempt))
    }

    /// OAuth's client-credentials grant: the app acts as the user it was registered for.
    pub(crate) fn grant_client(&self, request: &Request, client: &Client) -> Grant {
        let (tenant, client) = match self.client(client)? {
            Ok(found) => found,
            Err(denial) => return Ok(Err(denial)),
        };
        let signed_in = identity::login_as_client(&tenant.org, &client, Some(&request.id));
        granted(tenant, signed_in)
    }

    /// The connected app that a request shows the secret of.
    fn client(
        &self,
        client: &Client,
    ) -> Result<Result<(&Arc<Tenant>, identity::Client), Denial>, Failure> {
        for tenant in &self.inner.tenants {
            match identity::authenticate_client(&tenant.org, &client.id, &client.secret) {
                Ok(found) => return Ok(Ok((tenant, found))),
                Err(identity::Error::UnknownClient) => {}
                Err(error) => return denial_of(error).map(Err),
            }
        }
        Ok(Err(Denial::InvalidClientId))
    }

    fn tenant_of(&self, token: &str) -> Option<&Arc<Tenant>> {
        let (org, _) = token.split_once('!')?;
        self.inner.by_id.get(&RecordId::parse(org).ok()?)
    }

    /// The org that has the user; the first where none has, so that the attempt costs the same.
    fn tenant_of_username(&self, username: &str) -> Result<&Arc<Tenant>, Failure> {
        let tenants = &self.inner.tenants;
        if 1 < tenants.len() {
            for tenant in tenants {
                if tenant.has_user(username)? {
                    return Ok(tenant);
                }
            }
        }
        Ok(&tenants[0])
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

fn granted(tenant: &Arc<Tenant>, signed_in: Result<SignedIn, identity::Error>) -> Grant {
    match signed_in {
        Ok(SignedIn { token, session }) => Ok(Ok(Granted {
            tenant: Arc::clone(tenant),
            user: session.user,
            token,
            issued_at: session.created_at,
        })),
        Err(error) => denial_of(error).map(Err),
    }
}

impl Tenant {
    fn new(org: Arc<Org>) -> Self {
        Self { org, usage: Usage::default(), describes: Cache::default() }
    }

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

    fn has_user(&self, username: &str) -> Result<bool, Failure> {
        let ctx = self.org.system("find the org of somebody who signs in");
        let Some(object) = ctx.schema.object("User") else { return Ok(false) };
        let Some(field) = object.field("Username") else { return Ok(false) };
        let found = records::find_by_external_id(&ctx, object, field, Input::from(username))?;
        Ok(!found.is_empty())
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
