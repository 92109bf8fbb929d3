//! What tables an org has, as its engine tells.
//!
//! The schema of an org says which tables it should have. This is for whoever must know what is
//! there instead: a program that meets tables which another version of it has made.

/// A table with what it consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// In the order of the table.
    pub columns: Vec<String>,
    /// The names of its indexes, without those that the engine makes for keys by itself.
    pub indexes: Vec<String>,
}

/// A row of a catalog: a part of a table.
pub(crate) enum Part {
    Column(String),
    Index(String),
}

/// Adds a part to its table; those of one table come one after another.
pub(crate) fn add(tables: &mut Vec<Table>, name: String, part: Part) {
    if tables.last().is_none_or(|it| it.name != name) {
        tables.push(Table { name, columns: Vec::new(), indexes: Vec::new() });
    }
    if let Some(table) = tables.last_mut() {
        match part {
            Part::Column(column) => table.columns.push(column),
            Part::Index(index) => table.indexes.push(index),
        }
    }
}
