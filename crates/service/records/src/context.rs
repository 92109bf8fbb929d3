//! What every call knows: the org, its schema, who acts, with which rights, when.
//!
//! An [`Org`] keeps the current snapshot of the schema and, with it, the rights of the users who
//! have acted under it. What moves either, in this process or in another one that serves the same
//! org, says so in the store ([`store::Tx::touch_meta`]); a context is made of the snapshot if
//! the store still says what it said then, and of a new one otherwise. Whoever computes rights
//! meanwhile puts them into the snapshot that they come from, so nothing outdated outlives its
//! snapshot.
//!
//! A context stays what it was when it was made. [`mod@unit`] keeps an outdated one from changing
//! anything.

mod actor;
mod setting;
mod unit;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use access::Access;
use base::{DateTime, RecordId};
use jiff::tz::TimeZone;
use locale::Style;
use query::Compiled;
use schema::{Object, Schema};
use store::{Clock, Reader};

use crate::error::Error;
use crate::plan::Plan;
use crate::search::Indexing;

pub(crate) use actor::{Actor, gives_rights};
use setting::Settings;
pub(crate) use unit::Supply;

/// An open org.
pub struct Org {
    pub store: store::Org,
    source: Source,
    clock: Clock,
    settings: Settings,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Held by who renews the snapshot, so that one reads what many wait for.
    renewing: Mutex<()>,
    pub(crate) indexing: Indexing,
}

/// Where the schema of an org comes from: it is made of components, which are stored above this
/// crate.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Which change of the schema was the last; never the same for two schemas.
    pub version: fn(&Reader) -> Result<u64, Error>,
    pub load: fn(&Reader) -> Result<Schema, Error>,
    /// The same for an org that is in service, whose schema has changed since.
    pub reload: fn(&Reader) -> Result<Schema, Error>,
}

/// What is known under one schema.
pub(crate) struct Snapshot {
    schema: Arc<Schema>,
    /// What [`Source::version`] said of the schema.
    version: u64,
    /// What [`store::Org::meta`] said before any of this was read.
    meta: i64,
    /// By object id.
    plans: Arc<Vec<OnceLock<Plan>>>,
    users: Mutex<HashMap<RecordId, Arc<Actor>>>,
    regional: OnceLock<actor::Regional>,
}

/// The first argument of every call.
#[derive(Clone)]
pub struct Ctx {
    pub org: Arc<Org>,
    pub schema: Arc<Schema>,
    pub access: Arc<Access>,
    pub now: DateTime,
    /// The actor's zone, in which days begin.
    pub zone: TimeZone,
    /// The id of the request, for the ledger.
    pub request: Option<String>,
    /// What the caller calls itself.
    pub client: Option<String>,
    snapshot: Arc<Snapshot>,
    actor: Arc<Actor>,
    /// The store's `meta` at which this context was last found to be right.
    checked: Arc<AtomicI64>,
}

impl Org {
    /// Prepares a database that was just created: draws the org's key, reserves the id of its
    /// first user, in whose name the system acts, and says so in the ledger.
    pub fn found(store: store::Org, source: Source, clock: Clock) -> Result<Arc<Self>, Error> {
        let schema = (source.load)(&*store.read()?)?;
        setting::found(&store, &schema)?;
        Self::open(store, source, clock)
    }

    /// Takes an org's database into service.
    pub fn open(store: store::Org, source: Source, clock: Clock) -> Result<Arc<Self>, Error> {
        let meta = store.meta()?;
        let settings = setting::load(&store)?;
        let snapshot = {
            let read = store.read()?;
            Snapshot::of((source.load)(&read)?, (source.version)(&read)?, meta)
        };
        let snapshot = RwLock::new(Arc::new(snapshot));
        let renewing = Mutex::default();
        let indexing = Indexing::default();
        Ok(Arc::new(Self { store, source, clock, settings, snapshot, renewing, indexing }))
    }

    /// The schema as it is now.
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.current_or_last().schema)
    }

    /// The user in whose name the system acts: the org's first.
    pub fn automated_user(&self) -> RecordId {
        self.settings.automated_user
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The rights of a user.
    pub fn access(&self, user: RecordId) -> Result<Arc<Access>, Error> {
        Ok(Arc::clone(&self.actor(&*self.current()?, user)?.access))
    }

    /// The pseudonym under which the ledger knows a user.
    pub fn pseudonym(&self, user: RecordId) -> ledger::Hash {
        self.settings.pseudonym(user)
    }

    /// The context of a call by `user`.
    pub fn context(self: &Arc<Self>, user: RecordId) -> Result<Ctx, Error> {
        let snapshot = self.current()?;
        let actor = self.actor(&snapshot, user)?;
        Ok(self.context_of(snapshot, actor))
    }

    /// The context of something that the engine does by itself, in the automated user's name.
    pub fn system(self: &Arc<Self>, reason: &'static str) -> Ctx {
        self.context_of(self.current_or_last(), self.system_actor(reason))
    }

    /// Like [`Org::system`], under a schema that is not in force yet: for the unit of work that
    /// brings it into force, and for nothing else.
    pub fn system_under(self: &Arc<Self>, schema: Schema, reason: &'static str) -> Ctx {
        // No org's schema has this version, so other units refuse the context.
        let snapshot = Snapshot::of(schema, u64::MAX, i64::MIN);
        self.context_of(Arc::new(snapshot), self.system_actor(reason))
    }

    fn system_actor(&self, reason: &'static str) -> Arc<Actor> {
        Arc::new(Actor {
            access: Arc::new(Access::system(reason)),
            zone: TimeZone::UTC,
            style: Arc::new(Style::new("en_US", TimeZone::UTC, "USD")),
            pseudonym: self.settings.pseudonym(self.settings.automated_user),
            grants: actor::Grants::default(),
            compiled: Mutex::default(),
        })
    }

    fn context_of(self: &Arc<Self>, snapshot: Arc<Snapshot>, actor: Arc<Actor>) -> Ctx {
        Ctx {
            org: Arc::clone(self),
            schema: Arc::clone(&snapshot.schema),
            access: Arc::clone(&actor.access),
            now: self.clock.now(),
            zone: actor.zone.clone(),
            request: None,
            client: None,
            checked: Arc::new(AtomicI64::new(snapshot.meta)),
            snapshot,
            actor,
        }
    }

    /// The snapshot of what holds now.
    fn current(&self) -> Result<Arc<Snapshot>, Error> {
        let last = self.last();
        if last.meta == self.store.meta()? {
            return Ok(last);
        }
        let _one = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have renewed it while this one waited.
        let (last, meta) = (self.last(), self.store.meta()?);
        if last.meta == meta {
            return Ok(last);
        }
        let renewed = Arc::new(self.renewed(&last, meta)?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&renewed);
        Ok(renewed)
    }

    fn renewed(&self, last: &Snapshot, meta: i64) -> Result<Snapshot, Error> {
        let read = self.store.read()?;
        let version = (self.source.version)(&read)?;
        if version != last.version {
            return Ok(Snapshot::of((self.source.reload)(&read)?, version, meta));
        }
        Ok(Snapshot {
            schema: Arc::clone(&last.schema),
            version,
            meta,
            plans: Arc::clone(&last.plans),
            users: Mutex::default(),
            regional: OnceLock::new(),
        })
    }

    /// The current snapshot; the last one where the store cannot be asked. Whatever is done with
    /// that meets the same trouble, or is checked in its unit.
    fn current_or_last(&self) -> Arc<Snapshot> {
        self.current().unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(org.id = self.store.id(), error, "schema and rights cannot be read");
            self.last()
        })
    }

    fn last(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn actor(&self, snapshot: &Snapshot, user: RecordId) -> Result<Arc<Actor>, Error> {
        let users = || snapshot.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(actor) = users().get(&user) {
            return Ok(Arc::clone(actor));
        }
        let read = self.store.read()?;
        let regional = actor::regional_once(&snapshot.regional, &read, &snapshot.schema)?;
        let pseudonym = self.settings.pseudonym(user);
        let actor = actor::load(&read, &snapshot.schema, regional, user, pseudonym)?;
        let actor = Arc::new(actor);
        users().insert(user, Arc::clone(&actor));
        Ok(actor)
    }
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Snapshot {
    fn of(schema: Schema, version: u64, meta: i64) -> Self {
        let plans = schema.objects.iter().map(|_| OnceLock::new()).collect();
        Self {
            schema: Arc::new(schema),
            version,
            meta,
            plans: Arc::new(plans),
            users: Mutex::default(),
            regional: OnceLock::new(),
        }
    }
}

impl Ctx {
    /// The user who acts; the automated user where the system does.
    pub fn actor(&self) -> RecordId {
        self.access.user().unwrap_or(self.org.settings.automated_user)
    }

    /// When the org's weeks and fiscal years begin.
    pub fn calendar(&self, reader: &Reader) -> Result<query::Calendar, Error> {
        let regional = actor::regional_once(&self.snapshot.regional, reader, &self.schema)?;
        Ok(regional.calendar)
    }

    pub(crate) fn plan(&self, object: &Object) -> &Plan {
        self.snapshot.plans[usize::from(object.id.0)].get_or_init(|| Plan::of(object))
    }

    /// Who the ledger says did it.
    /// How the actor writes numbers and dates.
    pub(crate) fn style(&self) -> &Arc<Style> {
        &self.actor.style
    }

    /// The compiled query of a text, made by `compile` where it is not remembered.
    pub(crate) fn compiled(
        &self,
        text: &str,
        deleted: bool,
        compile: impl FnOnce() -> Result<Compiled, Error>,
    ) -> Result<Arc<Compiled>, Error> {
        let variant = (self.now.date_in(&self.zone), deleted);
        let cache = || self.actor.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache().get(text, variant) {
            return Ok(found);
        }
        let compiled = Arc::new(compile()?);
        if !compiled.momentary {
            cache().insert(text, variant, Arc::clone(&compiled));
        }
        Ok(compiled)
    }

    pub(crate) fn ledger_actor(&self) -> ledger::Actor {
        let kind = match self.access.user() {
            Some(_) => ledger::ActorKind::User,
            None => ledger::ActorKind::System,
        };
        ledger::Actor { kind, pseudonym: self.actor.pseudonym }
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx").field("org", &self.org).field("actor", &self.actor()).finish()
    }
}
