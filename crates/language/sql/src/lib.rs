//! A small relational tree and its rendering as SQL text.
//!
//! In: trees that `query`, `schema::diff` and the services build. Out: [`Rendered`], a text and
//! its parameters in order. User text can only become a parameter; names come from validated
//! API names and are quoted all the same.
//!
//! | module     | what                                              |
//! |------------|---------------------------------------------------|
//! | [`expr`]   | values and expressions                            |
//! | [`scalar`] | functions of values                               |
//! | [`select`] | queries                                           |
//! | [`dml`]    | insert, update, delete                            |
//! | [`ddl`]    | tables, columns, indexes                          |
//! | [`dialect`] | what an engine's text looks like                 |
//! | [`render`] | all of it as text                                 |
//!
//! The subset is the one that SQLite and PostgreSQL (and the engines that speak its protocol)
//! share: no triggers, no sequences, no engine collations, no JSON operators, no functions but
//! `lower` (on ASCII), `COALESCE`, `COUNT`, `ROW_NUMBER` and those of [`scalar`], for formulas.
//!
//! **Absent on purpose.** No connection and no schema. The tree stays open to inspection, which
//! is why no query-builder library stands here: theirs are opaque once built.

pub mod expr;
pub mod scalar;
pub mod select;
pub mod dml;
pub mod ddl;
pub mod dialect;
pub mod render;

#[cfg(test)]
mod tests;

pub use ddl::{AddColumn, ColumnDef, ColumnType, CreateIndex, CreateTable, Ddl};
pub use dialect::Dialect;
pub use dml::{Delete, Insert, InsertRows, Update};
pub use expr::{Aggregate, Alias, ArithOp, CompareOp, Expr, Row, Value, ValueRef};
pub use render::{Rendered, Statement};
pub use scalar::{Functions, Scalar};
pub use select::{Join, JoinKind, Nulls, OrderBy, Select, Source};
