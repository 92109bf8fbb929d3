//! The copy itself.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use records::Org;
use schema::ObjectKind;
use store::transfer::{self, Contents, Transfer};
use store::{Home, Options, Status};

use super::super::Error;
use super::{Step, Watch, tell};

/// Changes that are few enough to be brought while the org is frozen.
const FEW: u64 = 500;

/// How often changes are brought before that, however many come meanwhile.
const ROUNDS_MAX: u32 = 10;

/// How often a copy is begun because metadata was deployed.
const TRIES_MAX: u32 = 5;

/// What is to be copied, and how the target is called.
pub(super) struct Job<'a> {
    pub source: &'a Org,
    pub to: &'a Home,
    pub to_name: &'a str,
    pub options: &'a Options,
    /// Whether the org is to leave the source, or a snapshot of it is wanted.
    pub leaves: bool,
}

impl Job<'_> {
    /// Makes a whole and verified copy, incoming. An org that leaves is frozen then.
    pub(super) fn run(&self, watch: Watch<'_>) -> Result<ledger::Head, Error> {
        let mut n_tries = 1;
        loop {
            match self.once(watch) {
                Err(Error::Transfer(transfer::Error::Changed { .. })) if n_tries < TRIES_MAX => {
                    n_tries += 1;
                    self.take_back();
                    tell(watch, &Step::Anew)?;
                }
                // As if the process had ended here.
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(error) => {
                    self.take_back();
                    return Err(error);
                }
                Ok(head) => return Ok(head),
            }
        }
    }

    fn once(&self, watch: Watch<'_>) -> Result<ledger::Head, Error> {
        let contents = contents(self.source);
        let store = &self.source.store;
        let mut transfer = Transfer::begin(store, self.to, contents, self.options)?;
        tell(watch, &Step::Begun { home: self.to_name.to_owned() })?;
        within(watch, |pages| transfer.copy(pages))?;
        if self.leaves {
            for _ in 0..ROUNDS_MAX {
                let n_entries = within(watch, |pages| transfer.follow(pages))?;
                tell(watch, &Step::Followed { n_entries })?;
                if n_entries < FEW {
                    break;
                }
            }
            store.set_status(Status::Frozen { to: self.to_name.to_owned() })?;
            tell(watch, &Step::Frozen)?;
            let n_entries = within(watch, |pages| transfer.follow(pages))?;
            tell(watch, &Step::Followed { n_entries })?;
            within(watch, |pages| transfer.complete(pages))?;
        }
        let head = within(watch, |pages| transfer.verify(pages))?;
        transfer.finish()?;
        tell(watch, &Step::Verified { n_entries: head.size, root: head.root })?;
        Ok(head)
    }

    /// Takes the org back into service where it was, and removes the copy: nothing that is more
    /// than incoming, for that would be somebody's org. What fails here is done by whoever resumes
    /// or cancels.
    fn take_back(&self) {
        let id = self.source.store.id();
        let thaw = || match self.source.store.status()? {
            Status::Frozen { .. } => self.source.store.set_status(Status::Active),
            _ => Ok(()),
        };
        let remove = || {
            let listed = self.to.orgs()?;
            let is_ours = |it: &store::Listed| it.id == id && it.status == Status::Incoming;
            if listed.iter().any(is_ours) { self.to.remove(id) } else { Ok(()) }
        };
        for done in [thaw(), remove()] {
            if let Err(error) = done {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(org.id = id, error, "a move could not be taken back");
            }
        }
    }
}

/// Runs a part of a transfer, whose pages are steps.
fn within<T>(
    watch: Watch<'_>,
    part: impl FnOnce(transfer::Watch<'_>) -> Result<T, transfer::Error>,
) -> Result<T, Error> {
    let mut pages = |table: &str, n_rows: u64| -> ControlFlow<()> {
        watch(&Step::Copied { table: table.to_owned(), n_rows })
    };
    match part(&mut pages) {
        Err(transfer::Error::Ended) => Err(Error::Stopped),
        done => Ok(done?),
    }
}

/// What the schema says that an org consists of.
fn contents(org: &Org) -> Contents {
    let schema = org.schema();
    let stored = schema.objects.iter().filter(|it| it.kind != ObjectKind::PlatformEvent);
    let of_prefix: BTreeMap<_, _> = stored.map(|it| (it.key_prefix, it.table.clone())).collect();
    Contents { tables: schema::create_all(&schema), of_prefix }
}
