//! Orgs: made and opened.
//!
//! An org is made out of sight and published when it is whole, so what a crash left is never
//! taken for an org.

mod seed;

use std::sync::Arc;

use base::{KeyPrefix, RecordId};
use records::Org;
use store::{Home, Options};

use crate::{Error, password, secret, user};

/// What a new org is to be.
#[derive(Debug, Clone)]
pub struct NewOrg {
    pub name: String,
    /// The administrator's username, in the form of an e-mail address.
    pub username: String,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: String,
    /// Drawn if none is given.
    pub password: Option<String>,
    /// Such as `en_US`.
    pub locale: String,
    /// Such as `en_US`, or `de`.
    pub language: String,
    /// Such as `Europe/Berlin`.
    pub time_zone: String,
    /// Such as `EUR`.
    pub currency: String,
    pub country: Option<String>,
}

/// An org that was just made, and the only time its administrator's secrets are seen.
#[derive(Debug)]
pub struct Created {
    pub org: Arc<Org>,
    pub administrator: RecordId,
    pub password: String,
    pub security_token: String,
}

/// Makes an org with its administrator in `home`, and opens it.
pub fn create_org(home: &Home, new: &NewOrg, options: &Options) -> Result<Created, Error> {
    if let Some(password) = &new.password {
        password::check(password, &new.username).map_err(Error::WeakPassword)?;
    }
    let id = new_id()?;
    home.clear_unfinished()?;
    let (administrator, secrets) = make(home, id, new, options, |_| Ok::<_, Error>(()))?;
    Ok(Created {
        org: open_org(home, &id.to_string(), options)?,
        administrator,
        password: secrets.password,
        security_token: secrets.security_token,
    })
}

/// Opens an org of a home.
pub fn open_org(home: &Home, id: &str, options: &Options) -> Result<Arc<Org>, Error> {
    let store = home.open(id, options).map_err(|error| match error {
        store::Error::Missing { place } => Error::NoOrg { place },
        other => Error::Store(other),
    })?;
    Ok(metadata::open(store, options.clock.clone())?)
}

/// Makes the whole org, lets `last` complete it, and closes it.
pub(crate) fn make<E: From<Error>>(
    home: &Home,
    id: RecordId,
    new: &NewOrg,
    options: &Options,
    last: impl FnOnce(&Org) -> Result<(), E>,
) -> Result<(RecordId, user::Secrets), E> {
    let founding = metadata::founding().map_err(Error::from)?;
    let store = home.create(&id.to_string(), options, &founding.tables).map_err(Error::from)?;
    let org = metadata::found(store, founding, options.clock.clone()).map_err(Error::from)?;
    let administrator = seed::plant(&org, id, new)?;
    let ctx = org.system("give the administrator a password");
    let secrets = user::store_password(&ctx, administrator, new.password.as_deref())?;
    drop(ctx);
    last(&org)?;
    let org = Arc::into_inner(org).expect("invariant: only its maker knows an org in the making");
    home.publish(org.store).map_err(Error::from)?;
    Ok((administrator, secrets))
}

/// An id that no org has: 45 random bits.
pub fn new_id() -> Result<RecordId, Error> {
    let random = i64::from_le_bytes(secret::bytes::<8>()?);
    // Neither zero nor the number that names no record.
    let sequence = 1 + random.rem_euclid(RecordId::SEQUENCE_MAX - 1);
    Ok(RecordId::new(prefix(), sequence))
}

fn prefix() -> KeyPrefix {
    KeyPrefix::parse("00D").expect("invariant: three base-62 characters")
}
