//! Bringing what has changed since a snapshot.
//!
//! Entries of the ledger say which records changed. What they became is read from the later
//! snapshot, and not from the entries, which commit to values without holding them. Metadata that
//! was deployed may have filled columns of rows that no entry names, so it ends this.

use std::collections::{BTreeMap, BTreeSet};

use base::{KeyPrefix, RecordId};
use sql::{CompareOp, Delete, Expr, Nulls, OrderBy, Statement, Value};

use super::load::Loader;
use super::plan::{Kind, Table};
use super::rows::{all, column, copy, guard};
use super::{Error, Watch};
use crate::Reader;
use crate::migrate::LEDGER;
use crate::tail::stored_index;

/// Entries that are brought at a time.
const PAGE: u64 = 1000;

/// Where metadata is.
const COMPONENT: &str = "candor_component";

/// Records that one statement asks for.
const IDS_MAX: usize = 500;

/// The same where they may be large.
const HEAVY_IDS_MAX: usize = 20;

/// Brings the entries `from..to` and the records that they name. `plan` is the tables, and which
/// of them has the records of a prefix.
pub(super) fn follow(
    read: &Reader,
    loader: &Loader,
    plan: (&[Table], &BTreeMap<KeyPrefix, String>),
    (from, to): (u64, u64),
    watch: Watch<'_>,
) -> Result<(), Error> {
    let (tables, of_prefix) = plan;
    let changed = |table: &str| Error::Changed { table: table.to_owned() };
    let ledger = tables.iter().find(|it| it.kind == Kind::Ledger);
    let ledger = ledger.ok_or_else(|| changed(LEDGER))?;
    let object_id = ledger.columns.iter().position(|it| it == "object_id");
    let object_id = object_id.ok_or_else(|| changed(LEDGER))?;
    let body = ledger.columns.iter().position(|it| it == "entry");
    let body = body.ok_or_else(|| changed(LEDGER))?;
    let mut touched: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut next = from;
    while next < to {
        let end = to.min(next + PAGE);
        let mut select = all(ledger);
        let index = column(ledger, ledger.key[0]);
        select.where_ = Expr::all([
            index.clone().compare(CompareOp::Ge, Expr::int(stored_index(next))),
            index.clone().compare(CompareOp::Lt, Expr::int(stored_index(end))),
        ]);
        select.order_by = vec![OrderBy { expr: index, descending: false, nulls: Nulls::Never }];
        let mut unknown = None;
        copy(read, loader, ledger, &guard(select), &mut |row| {
            if is_deploy(&row[body]) {
                unknown = Some(COMPONENT.to_owned());
            }
            if let Value::Int(id) = row[object_id] {
                let prefix = RecordId::from_raw(id).prefix();
                match of_prefix.get(&prefix) {
                    Some(table) => _ = touched.entry(table).or_default().insert(id),
                    None => unknown = Some(prefix.to_string()),
                }
            }
        })?;
        if let Some(unknown) = unknown {
            return Err(changed(&unknown));
        }
        next = end;
        if watch(LEDGER, next).is_break() {
            return Err(Error::Ended);
        }
    }
    for (name, ids) in touched {
        let table = tables.iter().find(|it| it.name == name).ok_or_else(|| changed(name))?;
        records(read, loader, table, &ids, watch)?;
    }
    Ok(())
}

/// Whether an entry says that metadata was deployed.
fn is_deploy(entry: &Value) -> bool {
    let Value::Blob(bytes) = entry else { return false };
    ledger::Entry::parse(bytes).is_ok_and(|it| it.kind == ledger::Kind::MetaDeploy)
}

/// Makes the target's records of these ids what the source's are.
fn records(
    read: &Reader,
    loader: &Loader,
    table: &Table,
    ids: &BTreeSet<i64>,
    watch: Watch<'_>,
) -> Result<(), Error> {
    let key = table.key.first().copied().unwrap_or_default();
    let ids: Vec<Value> = ids.iter().copied().map(Value::Int).collect();
    // All of them first: what is unique may have gone from one to another.
    for ids in ids.chunks(IDS_MAX) {
        let own = Expr::OwnColumn(table.columns[key].clone());
        let where_ = Expr::In(Box::new(own), ids.to_vec());
        loader.change(Statement::Delete(&Delete { table: table.name.clone(), where_ }))?;
    }
    let mut n_rows = 0;
    for ids in ids.chunks(if table.is_heavy { HEAVY_IDS_MAX } else { IDS_MAX }) {
        let mut select = all(table);
        select.where_ = Expr::In(Box::new(column(table, key)), ids.to_vec());
        n_rows += copy(read, loader, table, &guard(select), &mut |_| {})?;
        if watch(&table.name, n_rows).is_break() {
            return Err(Error::Ended);
        }
    }
    Ok(())
}
