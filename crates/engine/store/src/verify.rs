//! Reads an org's whole ledger and finds what does not fit.
//!
//! `ledger::verify` decides; here is what it is given: every leaf in order, its stored hash,
//! and the head that the last commit left. Found so: a changed byte in an entry or a hash, a
//! leaf that is missing, moved or added, a tail that was cut off. What is not found is a change
//! by somebody who rewrote the leaves after it and the head as well: that takes a witness
//! outside this file.

use base::RecordId;
use ledger::{Entry, Fault, Head, Verifier};

use crate::migrate::LEDGER;
use crate::tail::{stored, stored_index};
use sql::ValueRef;

use crate::{Error, Reader, Row};

/// Leaves read by one statement: each has a timeout of its own.
pub(crate) const PAGE: u64 = 8192;

/// Why a ledger could not be verified.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unverified {
    #[error("the ledger could not be read")]
    Unreadable(#[from] Error),

    #[error("the ledger was changed")]
    Fault(#[from] Fault),

    #[error("entry {index} belongs to org `{org}`")]
    OtherOrg { index: u64, org: String },

    #[error("entry {index} is filed under another record")]
    Misfiled { index: u64 },

    /// There is nothing to compare the leaves with.
    #[error("the ledger's stored head is missing or malformed")]
    NoHead,
}

/// Verifies the ledger of `org` as `reader` sees it, which must be one snapshot.
pub(crate) fn verify(reader: &Reader, org: &str) -> Result<Head, Unverified> {
    let head = stored(reader)?.ok_or(Unverified::NoHead)?.frontier.head();
    let mut verifier = Verifier::default();
    let mut next = 0;
    loop {
        let from = next;
        reader.query::<Unverified>(&page(from), |row| {
            check(&mut verifier, row, org)?;
            next += 1;
            Ok(())
        })?;
        if next - from < PAGE {
            break;
        }
    }
    verifier.finish(&head)?;
    Ok(head)
}

pub(crate) fn page(from: u64) -> access::Guarded {
    let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
    let mut select = sql::Select::from_table(LEDGER, sql::Alias(0));
    select.columns = ["idx", "hash", "entry", "object_id"].map(column).into();
    if 0 < from {
        let from = sql::Expr::int(stored_index(from));
        select.where_ = column("idx").compare(sql::CompareOp::Ge, from);
    }
    select.order_by =
        vec![sql::OrderBy { expr: column("idx"), descending: false, nulls: sql::Nulls::Never }];
    select.limit = Some(PAGE);
    access::Access::system("verify the ledger").guard(select)
}

pub(crate) fn check(verifier: &mut Verifier, row: &Row<'_>, org: &str) -> Result<(), Unverified> {
    // An index below 0 is in no log; as the largest one it is out of order wherever it stands.
    let index = row.int(0).and_then(|it| u64::try_from(it).ok()).unwrap_or(u64::MAX);
    let hash = row.blob(1).and_then(|it| <&ledger::Hash>::try_from(it).ok());
    // A hash of another length is no entry's.
    let hash = hash.unwrap_or(&[0; 32]);
    let entry: Entry = verifier.push(index, row.blob(2).unwrap_or_default(), Some(hash))?;
    if entry.org != org {
        return Err(Unverified::OtherOrg { index, org: entry.org });
    }
    let id = entry.object.map(|(_, id): (String, RecordId)| ValueRef::Int(id.raw()));
    if row.get(3) != id.unwrap_or(ValueRef::Null) {
        return Err(Unverified::Misfiled { index });
    }
    Ok(())
}
