//! Signing in: by password, or as a connected app.
//!
//! Every attempt at an org costs one password hash and one entry of the ledger, whether or not
//! there is such a user, so that neither the answer nor its time says which usernames exist.
//! Where several orgs have the username ([`login_to_one`]), an org that another one's user meant
//! is told nothing. Wrong
//! passwords are counted; after [`FAILURES_MAX`] in a row the password is not looked at for
//! [`LOCK_OUT`].

use std::sync::Arc;
use std::time::Duration;

use access::Permission;
use base::{DateTime, RecordId};
use ledger::Kind as EntryKind;
use records::Org;

use crate::client::Client;
use crate::credential::{self, Credential};
use crate::log::{self, Said};
use crate::session::{self, Kind, SignedIn};
use crate::{Error, password, row};

/// The most wrong passwords in a row.
pub const FAILURES_MAX: i64 = 10;

/// How long a user stays locked out.
pub const LOCK_OUT: Duration = Duration::from_secs(15 * 60);

/// What somebody who signs in with a password says.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub username: &'a str,
    /// The password; or the password and the security token, one after the other.
    pub password: &'a str,
    pub accept: Accept,
    pub kind: Kind,
    /// The connected app through which it happens.
    pub client: Option<&'a str>,
    pub request: Option<&'a str>,
}

/// Which forms of a password are good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// The security token must follow: the address is not trusted.
    WithToken,
    /// With the security token or without: a browser, or a loopback address.
    Either,
}

/// Why an org does not accept a password, before anybody is told.
enum Denial {
    /// And the user, if there is one.
    Wrong(Option<RecordId>),
    /// The password was not looked at.
    Locked(RecordId, DateTime),
}

/// Signs a user in and opens a session.
pub fn login(org: &Arc<Org>, attempt: &Attempt<'_>) -> Result<SignedIn, Error> {
    login_to_one(std::slice::from_ref(org), attempt).map(|(_, signed_in)| signed_in)
}

/// Signs a user in to the first org that accepts the password, and returns its place. Where none
/// does, each counts the failure, and the first one's error is returned.
pub(crate) fn login_to_one(
    orgs: &[Arc<Org>],
    attempt: &Attempt<'_>,
) -> Result<(usize, SignedIn), Error> {
    let mut refused = Vec::new();
    for (n, org) in orgs.iter().enumerate() {
        let entered = match look(org, attempt) {
            Ok(Ok(user)) => enter(org, user, attempt),
            Ok(Err(denial)) => {
                refused.push(Ok((org, denial)));
                continue;
            }
            Err(error) => Err(error),
        };
        match entered {
            Ok(signed_in) => return Ok((n, signed_in)),
            Err(error) => refused.push(Err(error)),
        }
    }
    let mut first = None;
    for refused in refused {
        let error = refused.and_then(|(org, denial)| refuse(org, attempt, &denial));
        first.get_or_insert(error.unwrap_or_else(|error| error));
    }
    Err(first.unwrap_or(Error::InvalidLogin))
}

/// Looks at the password, at the cost of one hash whatever is found.
fn look(org: &Arc<Org>, attempt: &Attempt<'_>) -> Result<Result<RecordId, Denial>, Error> {
    let ctx = org.system("sign somebody in");
    let user = row::find(&ctx, "User", "Username", attempt.username)?;
    let credential = match user {
        Some(user) => credential::read(&*org.store.read()?, user)?,
        None => None,
    };
    let (Some(user), Some(credential)) = (user, credential) else {
        password::verify_nobody(attempt.password)?;
        return Ok(Err(Denial::Wrong(None)));
    };
    let now = org.clock().now();
    if let Some(until) = credential.locked_until.filter(|it| now < *it) {
        password::verify_nobody(attempt.password)?;
        return Ok(Err(Denial::Locked(user, until)));
    }
    let is_right = is_right(attempt, &credential)?;
    Ok(if is_right { Ok(user) } else { Err(Denial::Wrong(Some(user))) })
}

fn enter(org: &Arc<Org>, user: RecordId, attempt: &Attempt<'_>) -> Result<SignedIn, Error> {
    admit(org, user, attempt.kind)?;
    welcome(org, user, attempt)
}

/// Opens a session for the user as whom a connected app runs.
pub fn login_as_client(
    org: &Arc<Org>,
    client: &Client,
    request: Option<&str>,
) -> Result<SignedIn, Error> {
    let user = client.run_as;
    admit(org, user, Kind::Api)?;
    let attempt = Attempt {
        username: "",
        password: "",
        accept: Accept::WithToken,
        kind: Kind::Api,
        client: Some(&client.id),
        request,
    };
    welcome(org, user, &attempt)
}

fn is_right(attempt: &Attempt<'_>, credential: &Credential) -> Result<bool, Error> {
    match credential.without_token(attempt.password) {
        Some(given) => password::verify(given, &credential.password_hash),
        None => {
            let right = password::verify(attempt.password, &credential.password_hash)?;
            Ok(right && attempt.accept == Accept::Either)
        }
    }
}

/// Whether this user may sign in so. The right password was given.
fn admit(org: &Arc<Org>, user: RecordId, kind: Kind) -> Result<(), Error> {
    let access = match org.access(user) {
        Ok(access) => access,
        Err(records::Error::UnknownActor { user }) => return Err(Error::InactiveUser { user }),
        Err(error) => return Err(error.into()),
    };
    match kind {
        Kind::Api | Kind::Soap if !access.has(Permission::ApiEnabled) => {
            Err(Error::ApiDisabled { user })
        }
        Kind::Web | Kind::Api | Kind::Soap => Ok(()),
    }
}

/// Counts and logs a failure. Returns what to answer.
fn refuse(org: &Org, attempt: &Attempt<'_>, denial: &Denial) -> Result<Error, Error> {
    match *denial {
        Denial::Locked(user, until) => {
            say_failed(org, attempt, user, "locked")?;
            Ok(Error::LockedOut { until })
        }
        Denial::Wrong(Some(user)) => count(org, attempt, user),
        Denial::Wrong(None) => {
            say_failed(org, attempt, nobody(org), "unknown")?;
            Ok(Error::InvalidLogin)
        }
    }
}

fn count(org: &Org, attempt: &Attempt<'_>, user: RecordId) -> Result<Error, Error> {
    org.store.write(|tx| {
        // Read again: attempts may run side by side.
        let failures = credential::read(tx, user)?.map_or(0, |it| it.failures) + 1;
        let locked = (FAILURES_MAX <= failures).then(|| later(tx.now(), LOCK_OUT));
        // After the lock-out, counting begins anew.
        let failures = if locked.is_some() { 0 } else { failures };
        credential::put_failures(tx, user, failures, locked)?;
        let logged = log::append(org, tx, failed(attempt, user, "password"))?;
        Ok(tx.commit(logged, Error::InvalidLogin))
    })
}

fn say_failed(
    org: &Org,
    attempt: &Attempt<'_>,
    user: RecordId,
    code: &'static str,
) -> Result<(), Error> {
    org.store.write(|tx| {
        let logged = log::append(org, tx, failed(attempt, user, code))?;
        Ok(tx.commit(logged, ()))
    })
}

fn failed<'a>(attempt: &Attempt<'a>, user: RecordId, code: &'static str) -> Said<'a> {
    let (kind, actor) = (EntryKind::AuthFailed, attempt.kind.actor());
    Said { kind, actor, user, code: Some(code), request: attempt.request }
}

fn welcome(org: &Org, user: RecordId, attempt: &Attempt<'_>) -> Result<SignedIn, Error> {
    org.store.write::<_, Error>(|tx| {
        let dirty = |it: &Credential| 0 < it.failures || it.locked_until.is_some();
        if credential::read(tx, user)?.is_some_and(|it| dirty(&it)) {
            credential::put_failures(tx, user, 0, None)?;
        }
        let (kind, actor) = (EntryKind::AuthLogin, attempt.kind.actor());
        let said = Said { kind, actor, user, code: None, request: attempt.request };
        let logged = log::append(org, tx, said)?;
        Ok(tx.commit(logged, ()))
    })?;
    session::open(org, user, attempt.kind, attempt.client)
}

/// Stands for whoever tried: an id that no user ever has.
fn nobody(org: &Org) -> RecordId {
    RecordId::new(org.automated_user().prefix(), RecordId::SEQUENCE_MAX)
}

pub(crate) fn later(at: DateTime, by: Duration) -> DateTime {
    DateTime(at.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}
