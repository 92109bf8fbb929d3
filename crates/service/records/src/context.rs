//! What every call knows: the org, its schema, who acts, with which rights, when.
//!
//! An [`Org`] keeps the current snapshot of the schema and, with it, the rights of the users who
//! have acted under it. A deploy swaps the snapshot; a change to users or their permissions
//! forgets the rights. Whoever computes rights meanwhile puts them into the snapshot that they
//! come from, so nothing outdated outlives its snapshot.

mod actor;
mod setting;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use access::Access;
use base::{DateTime, RecordId};
use jiff::tz::TimeZone;
use schema::{Object, Schema};
use store::Clock;

use crate::error::Error;
use crate::plan::Plan;

pub(crate) use actor::Actor;
use setting::Settings;

/// An open org.
pub struct Org {
    pub store: store::Org,
    clock: Clock,
    settings: Settings,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// What is known under one schema.
pub(crate) struct Snapshot {
    schema: Arc<Schema>,
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
}

impl Org {
    /// Prepares a database that was just created: draws the org's key, reserves the id of its
    /// first user, in whose name the system acts, and says so in the ledger.
    pub fn found(store: store::Org, schema: Schema, clock: Clock) -> Result<Arc<Self>, Error> {
        setting::found(&store, &schema)?;
        Self::open(store, schema, clock)
    }

    /// Takes an org's database into service.
    pub fn open(store: store::Org, schema: Schema, clock: Clock) -> Result<Arc<Self>, Error> {
        let settings = setting::load(&store)?;
        let snapshot = RwLock::new(Arc::new(Snapshot::of(Arc::new(schema))));
        Ok(Arc::new(Self { store, clock, settings, snapshot }))
    }

    /// The schema as it is now.
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.snapshot().schema)
    }

    /// Swaps the schema, after a deploy. Calls under way keep theirs.
    pub fn replace_schema(&self, schema: Schema) {
        self.swap(Snapshot::of(Arc::new(schema)));
    }

    /// Forgets the rights of all users: something they follow from has changed.
    pub fn forget_access(&self) {
        let now = self.snapshot();
        self.swap(Snapshot {
            schema: Arc::clone(&now.schema),
            plans: Arc::clone(&now.plans),
            users: Mutex::default(),
            regional: OnceLock::new(),
        });
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
        Ok(Arc::clone(&self.actor(&self.snapshot(), user)?.access))
    }

    /// The pseudonym under which the ledger knows a user.
    pub fn pseudonym(&self, user: RecordId) -> ledger::Hash {
        self.settings.pseudonym(user)
    }

    /// The context of a call by `user`.
    pub fn context(self: &Arc<Self>, user: RecordId) -> Result<Ctx, Error> {
        let snapshot = self.snapshot();
        let actor = self.actor(&snapshot, user)?;
        Ok(self.context_of(snapshot, actor))
    }

    /// The context of something that the engine does by itself, in the automated user's name.
    pub fn system(self: &Arc<Self>, reason: &'static str) -> Ctx {
        let actor = Actor {
            access: Arc::new(Access::system(reason)),
            zone: TimeZone::UTC,
            pseudonym: self.settings.pseudonym(self.settings.automated_user),
        };
        self.context_of(self.snapshot(), Arc::new(actor))
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
            snapshot,
            actor,
        }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn swap(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
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
    fn of(schema: Arc<Schema>) -> Self {
        let plans = schema.objects.iter().map(|_| OnceLock::new()).collect();
        Self { schema, plans: Arc::new(plans), users: Mutex::default(), regional: OnceLock::new() }
    }
}

impl Ctx {
    /// The user who acts; the automated user where the system does.
    pub fn actor(&self) -> RecordId {
        self.access.user().unwrap_or(self.org.settings.automated_user)
    }

    /// The month in which the org's fiscal year begins, from 1.
    pub fn fiscal_start_month(&self, reader: &store::Reader) -> Result<u8, Error> {
        let regional = actor::regional_once(&self.snapshot.regional, reader, &self.schema)?;
        Ok(regional.fiscal_start_month)
    }

    pub(crate) fn plan(&self, object: &Object) -> &Plan {
        self.snapshot.plans[usize::from(object.id.0)].get_or_init(|| Plan::of(object))
    }

    /// Who the ledger says did it.
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
