//! Copying rows from a snapshot of the source into the target.
//!
//! Pages are read in the order of the key, each by a statement of its own, which has a timeout of
//! its own; a page is one transaction of the target. Rows go over as they come, so that a page of
//! large files takes the memory of one.

use access::{Access, Guarded};
use sql::{Alias, CompareOp, Delete, Expr, Insert, Nulls, OrderBy, Select, Statement};
use sql::{Value, ValueRef};

use super::load::Loader;
use super::plan::{Kind, Table};
use super::{Error, Watch};
use crate::{Reader, Row};

/// Rows of a page, and of one whose rows may be large.
const PAGE: u64 = 2000;
const HEAVY_PAGE: u64 = 20;

const T: Alias = Alias(0);

/// Makes the target's table hold what the source's holds.
pub(super) fn replace(
    read: &Reader,
    loader: &Loader,
    table: &Table,
    watch: Watch<'_>,
) -> Result<(), Error> {
    if table.kind == Kind::Standing {
        return standing(read, loader, table);
    }
    loader.change(Statement::Delete(&Delete { table: table.name.clone(), where_: Expr::True }))?;
    let mut after: Option<Vec<Value>> = None;
    let mut n_rows = 0;
    loop {
        let (n, last) = page(read, loader, table, after.as_deref())?;
        n_rows += n;
        if watch(&table.name, n_rows).is_break() {
            return Err(Error::Ended);
        }
        after = last;
        if n < page_rows(table) {
            return Ok(());
        }
    }
}

/// Copies the rows after a key. Returns how many there were, and the key of the last.
fn page(
    read: &Reader,
    loader: &Loader,
    table: &Table,
    after: Option<&[Value]>,
) -> Result<(u64, Option<Vec<Value>>), Error> {
    let mut select = all(table);
    select.where_ = after.map_or(Expr::True, |it| beyond(table, it));
    select.order_by = table
        .key
        .iter()
        .map(|&n| OrderBy { expr: column(table, n), descending: false, nulls: Nulls::Never })
        .collect();
    select.limit = Some(page_rows(table));
    let mut last = None;
    let n = copy(read, loader, table, &guard(select), &mut |row| {
        last = Some(table.key.iter().map(|&n| row[n].clone()).collect());
    })?;
    Ok((n, last))
}

/// Copies what `query` finds, in one transaction.
pub(super) fn copy(
    read: &Reader,
    loader: &Loader,
    table: &Table,
    query: &Guarded,
    seen: &mut dyn FnMut(&[Value]),
) -> Result<u64, Error> {
    let mut insert = Insert {
        table: table.name.clone(),
        columns: table.columns.clone(),
        values: Vec::new(),
        on_conflict_update: Vec::new(),
    };
    let mut n = 0;
    loader.transaction(|| {
        read.query::<Error>(query, |row| {
            n += 1;
            insert.values = values(table, row)?;
            seen(&insert.values);
            Ok(loader.change(Statement::Insert(&insert))?)
        })
    })?;
    Ok(n)
}

/// Updates the one row that says how the ledger stands.
fn standing(read: &Reader, loader: &Loader, table: &Table) -> Result<(), Error> {
    let mut set = Vec::new();
    read.query::<Error>(&guard(all(table)), |row| {
        let values = values(table, row)?;
        set = table.columns.iter().cloned().zip(values.into_iter().map(Expr::Value)).collect();
        Ok(())
    })?;
    let update = sql::Update { table: table.name.clone(), set, where_: Expr::True };
    loader.change(Statement::Update(&update))?;
    Ok(())
}

/// A query of the whole table.
pub(super) fn all(table: &Table) -> Select {
    let mut select = Select::from_table(&*table.name, T);
    select.columns = (0..table.columns.len()).map(|n| column(table, n)).collect();
    select
}

pub(super) fn guard(select: Select) -> Guarded {
    Access::system("copy an org to another home").guard(select)
}

pub(super) fn column(table: &Table, n: usize) -> Expr {
    Expr::Column(T, table.columns[n].clone())
}

fn page_rows(table: &Table) -> u64 {
    if table.is_heavy { HEAVY_PAGE } else { PAGE }
}

/// Whether a row's key comes after `key`: `a > x OR (a = x AND b > y)`.
fn beyond(table: &Table, key: &[Value]) -> Expr {
    let value = |n: usize| Expr::Value(key[n].clone());
    let parts = (0..key.len()).map(|n| {
        let same = (0..n).map(|m| column(table, table.key[m]).eq(value(m)));
        let later = column(table, table.key[n]).compare(CompareOp::Gt, value(n));
        Expr::all(same.chain([later]))
    });
    Expr::any(parts)
}

fn values(table: &Table, row: &Row<'_>) -> Result<Vec<Value>, Error> {
    let value = |n| match row.get(n) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Int(int) => Ok(Value::Int(int)),
        ValueRef::Text(text) => Ok(Value::Text(text.to_owned())),
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(Error::Value { table: table.name.clone() }),
    };
    (0..table.columns.len()).map(value).collect()
}
