//! What the ledger is told: who signed in, failed to, signed out; whose password or app changed.

use base::RecordId;
use ledger::{Actor, ActorKind, Kind, Why};
use store::{Draft, Logged, Tx};

use crate::Error;

/// Something to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub kind: Kind,
    pub actor: ActorKind,
    /// The user who acts, or whom it is about where nobody is known to act.
    pub user: RecordId,
    /// Why, in a word; or what, where the kind does not say it.
    pub code: Option<&'static str>,
    pub request: Option<&'a str>,
}

/// Appends an entry as part of the unit `tx`.
pub(crate) fn append(org: &records::Org, tx: &mut Tx<'_>, said: Said<'_>) -> Result<Logged, Error> {
    let why = said.code.map(|code| Why { code: code.to_owned(), reference: None });
    let draft = Draft {
        kind: said.kind,
        object: None,
        previous: None,
        row: None,
        fields: Vec::new(),
        actor: Actor { kind: said.actor, pseudonym: org.pseudonym(said.user) },
        body: None,
        why,
        policy: None,
        request: said.request.map(str::to_owned),
    };
    Ok(tx.append(draft)?)
}
