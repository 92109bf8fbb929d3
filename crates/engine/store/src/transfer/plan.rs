//! The tables to copy.

use std::collections::BTreeSet;

use sql::Ddl;

use super::Error;
use crate::Reader;
use crate::migrate::{self, LEDGER, LEDGER_STATE};

/// How a table is brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Record by record, as the ledger says.
    Records,
    /// Entry by entry: nothing in it ever changes.
    Ledger,
    /// Where the ledger stands, in one row, and what the org's status is, which stays behind.
    Standing,
    /// Whole.
    Own,
}

#[derive(Debug)]
pub(super) struct Table {
    pub name: String,
    pub kind: Kind,
    /// Without those that stay behind.
    pub columns: Vec<String>,
    /// The places of the key's columns among the columns.
    pub key: Vec<usize>,
    /// Whether rows may be megabytes long.
    pub is_heavy: bool,
}

/// The store's own tables, then those that `first` makes.
pub(super) fn tables(first: &[Ddl]) -> Vec<Table> {
    let own: Vec<Ddl> = migrate::ORG.iter().flat_map(|step| step()).collect();
    let mut tables = Vec::new();
    for ddl in &own {
        add(&mut tables, ddl, Kind::Own);
    }
    for ddl in first {
        add(&mut tables, ddl, Kind::Records);
    }
    for table in &mut tables {
        if table.kind == Kind::Standing {
            table.columns.retain(|it| it != STATUS);
        }
    }
    tables
}

/// The column of the standing that says what each copy may be used for.
const STATUS: &str = "status";

fn add(tables: &mut Vec<Table>, ddl: &Ddl, kind: Kind) {
    match ddl {
        Ddl::CreateTable(it) => {
            let kind = match it.table.as_str() {
                LEDGER => Kind::Ledger,
                LEDGER_STATE => Kind::Standing,
                _ => kind,
            };
            let is_key = |column: &sql::ColumnDef| {
                column.primary_key || it.primary_key.contains(&column.name)
            };
            let blobs = it.columns.iter().filter(|it| it.ty == sql::ColumnType::Blob);
            tables.push(Table {
                name: it.table.clone(),
                kind,
                columns: it.columns.iter().map(|it| it.name.clone()).collect(),
                key: (0..it.columns.len()).filter(|&n| is_key(&it.columns[n])).collect(),
                is_heavy: kind == Kind::Records && 0 < blobs.count(),
            });
        }
        Ddl::AddColumn(it) => {
            if let Some(table) = tables.iter_mut().find(|table| table.name == it.table) {
                table.columns.push(it.column.name.clone());
            }
        }
        Ddl::DropTable { table } => tables.retain(|it| it.name != *table),
        Ddl::DropColumn { .. } | Ddl::CreateIndex(_) | Ddl::DropIndex { .. } => {}
    }
}

/// Refuses a source that has tables, columns or indexes which the plan does not have, or the
/// other way round: they would be lost, or empty.
pub(super) fn compare(source: &Reader, plan: &[Table], indexes: &[Ddl]) -> Result<(), Error> {
    let state: Vec<Table> = {
        let mut tables = Vec::new();
        for ddl in migrate::STATE.iter().flat_map(|step| step()) {
            add(&mut tables, &ddl, Kind::Own);
        }
        tables
    };
    let there = source.tables()?;
    // The engine's own tables are none of the org's; neither is what expires, or can be made
    // again.
    let is_ours = |name: &str| {
        let is_engine = name.starts_with("sqlite_") || name == crate::search::INDEX;
        !is_engine && state.iter().all(|it| it.name != name)
    };
    for table in there.iter().filter(|it| is_ours(&it.name)) {
        let changed = || Error::Changed { table: table.name.clone() };
        let planned = plan.iter().find(|it| it.name == table.name).ok_or_else(changed)?;
        let columns: BTreeSet<&str> = table.columns.iter().map(String::as_str).collect();
        let mut wanted: BTreeSet<&str> = planned.columns.iter().map(String::as_str).collect();
        if planned.kind == Kind::Standing {
            wanted.insert(STATUS);
        }
        let has: BTreeSet<&str> = table.indexes.iter().map(String::as_str).collect();
        let index = |it: &Ddl| match it {
            Ddl::CreateIndex(it) if it.table == table.name => Some(it.name.clone()),
            _ => None,
        };
        let wants: BTreeSet<String> = indexes.iter().filter_map(index).collect();
        let same_indexes = planned.kind != Kind::Records || wants.iter().eq(has.iter());
        if columns != wanted || !same_indexes {
            return Err(changed());
        }
    }
    for table in plan {
        if !there.iter().any(|it| it.name == table.name) {
            return Err(Error::Changed { table: table.name.clone() });
        }
    }
    Ok(())
}
