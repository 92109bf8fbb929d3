//! A server's error as one of the store's.

use super::wire::Refusal;
use crate::{Cause, Error};

/// Says what `refusal` means for whoever ran `statement` on the database `place`.
pub(crate) fn refusal(refusal: Refusal, place: &str, statement: &str) -> Error {
    let code = refusal.code.clone();
    match (code.as_str(), code.get(..2).unwrap_or_default()) {
        ("23505", _) => unique(refusal),
        // Only the statement timeout cancels a query of ours.
        ("57014", _) => Error::Timeout,
        ("55P03" | "55006", _) => Error::Busy,
        _ if is_conflict(&refusal) => Error::Busy,
        ("XX001" | "XX002", _) => {
            Error::Corrupt { place: place.to_owned(), source: Cause::new(refusal) }
        }
        // Connections, resources, an operator's intervention, the system; a standby.
        ("25006", _) | (_, "08" | "53" | "57" | "58") => unavailable(place, refusal),
        _ => Error::bug(statement, refusal),
    }
}

/// Whether the server refuses a unit only for another one's sake, so that it may be run again.
pub(crate) fn is_conflict(refusal: &Refusal) -> bool {
    ["40001", "40P01"].contains(&refusal.code.as_str()) || is_stale(refusal)
}

/// Whether the server has other tables than when the statement was prepared, or does not know
/// the statement any more.
pub(crate) fn is_stale(refusal: &Refusal) -> bool {
    let plan_is_old = refusal.code == "0A000" && refusal.routine == "RevalidateCachedQuery";
    plan_is_old || refusal.code == "26000"
}

/// Whether the server takes no changes, as one that has lost its place to another: connections
/// that are opened anew may lead there.
pub(crate) fn is_read_only(refusal: &Refusal) -> bool {
    refusal.code == "25006"
}

/// Whether a statement failed because the table that it names is not there, or its schema.
pub(crate) fn is_absent(error: &Error) -> bool {
    code(error).is_some_and(|it| ["42P01", "3F000"].contains(&it))
}

/// Whether a schema could not be dropped because there is something in it.
pub(crate) fn is_not_empty(error: &Error) -> bool {
    code(error) == Some("2BP01")
}

fn code(error: &Error) -> Option<&str> {
    let Error::Sql { source, .. } = error else { return None };
    source.downcast::<Refusal>().map(|it| it.code.as_str())
}

pub(crate) fn unavailable(
    place: &str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Unavailable { place: place.to_owned(), source: Cause::new(cause) }
}

/// The server names a primary key's constraint itself; other names are ours.
fn unique(refusal: Refusal) -> Error {
    let is_ours = !refusal.constraint.ends_with("_pkey");
    Error::Unique {
        table: refusal.table,
        columns: refusal.columns,
        index: is_ours.then_some(refusal.constraint),
    }
}
