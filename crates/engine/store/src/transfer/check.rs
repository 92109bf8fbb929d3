//! Comparing a copy with what it was made from.

use ledger::{Head, Verifier};
use sql::{Alias, Expr, Select};

use super::load::Loader;
use super::plan::Table;
use super::rows::guard;
use super::{Error, Watch};
use crate::migrate::LEDGER;
use crate::tail::stored;
use crate::{Reader, Unverified, verify};

/// Reads the copy's entries from `from` on. Returns how many have been read in all.
pub(super) fn entries(
    loader: &Loader,
    verifier: &mut Verifier,
    (from, org): (u64, &str),
    watch: Watch<'_>,
) -> Result<u64, Error> {
    let mut next = from;
    loop {
        let page = next;
        loader.query::<Unverified>(&verify::page(page), |row| {
            verify::check(verifier, row, org)?;
            next += 1;
            Ok(())
        })?;
        if watch(LEDGER, next).is_break() {
            return Err(Error::Ended);
        }
        if next - page < verify::PAGE {
            return Ok(next);
        }
    }
}

/// Compares how many rows there are and how the ledgers stand. Returns where the source's does.
pub(super) fn counts_and_head(
    source: &Reader,
    loader: &Loader,
    tables: &[Table],
) -> Result<Head, Error> {
    for table in tables {
        let (source_rows, target_rows) =
            (count(source, table)?, loader.read(|it| count(it, table))?);
        if source_rows != target_rows {
            return Err(Error::Differs { table: table.name.clone(), source_rows, target_rows });
        }
    }
    let of = stored(source)?.ok_or(Unverified::NoHead)?;
    let copied = loader.read(stored)?.ok_or(Unverified::NoHead)?;
    if (&of.frontier, of.meta) != (&copied.frontier, copied.meta) {
        return Err(Unverified::NoHead.into());
    }
    Ok(of.frontier.head())
}

fn count(reader: &Reader, table: &Table) -> Result<u64, Error> {
    let mut select = Select::from_table(&*table.name, Alias(0));
    select.columns = vec![Expr::CountRows];
    let mut n = 0;
    reader.query::<Error>(&guard(select), |row| {
        n = row.int(0).and_then(|it| u64::try_from(it).ok()).unwrap_or_default();
        Ok(())
    })?;
    Ok(n)
}
