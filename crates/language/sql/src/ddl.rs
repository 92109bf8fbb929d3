//! Tables, columns, indexes.

use crate::{Expr, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    Int,
    Text,
    Blob,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    pub name: String,
    pub ty: ColumnType,
    pub primary_key: bool,
    pub not_null: bool,
    /// What existing rows get when the column is added.
    pub default: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    pub table: String,
    pub columns: Vec<ColumnDef>,
    /// The columns of a composite primary key; empty where a column says `primary_key`.
    pub primary_key: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddColumn {
    pub table: String,
    pub column: ColumnDef,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    pub name: String,
    pub table: String,
    pub columns: Vec<String>,
    pub unique: bool,
    /// A partial index; refers to columns by [`Expr::OwnColumn`].
    pub where_: Expr,
}

/// One step of a change of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ddl {
    CreateTable(CreateTable),
    AddColumn(AddColumn),
    CreateIndex(CreateIndex),
    DropIndex { name: String },
    DropColumn { table: String, column: String },
    DropTable { table: String },
}
