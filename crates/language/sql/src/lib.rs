//! A small relational tree and its rendering as SQL text.
//!
//! In: trees that `query`, `schema::diff` and the services build. Out: [`Rendered`], a text and
//! its parameters in order. User text can only become a parameter; names come from validated
//! API names and are quoted all the same.
//!
//! | module     | what                                              |
//! |------------|---------------------------------------------------|
//! | [`expr`]   | values and expressions                            |
//! | [`select`] | queries                                           |
//! | [`dml`]    | insert, update, delete                            |
//! | [`ddl`]    | tables, columns, indexes                          |
//! | [`render`] | all of it as text                                 |
//!
//! The subset is the one that SQLite and PostgreSQL (and the engines that speak its protocol)
//! share: no triggers, no sequences, no engine collations, no JSON operators. The one function
//! that engines lack is `fold`, which the store provides.
//!
//! **Absent on purpose.** No connection and no schema. The tree stays open to inspection, which
//! is why no query-builder library stands here: theirs are opaque once built.

pub mod expr;
pub mod select;
pub mod dml;
pub mod ddl;
pub mod render;

#[cfg(test)]
mod tests;

pub use ddl::{AddColumn, ColumnDef, ColumnType, CreateIndex, CreateTable, Ddl};
pub use dml::{Delete, Insert, Update};
pub use expr::{Alias, CompareOp, Expr, Row, Value, ValueRef};
pub use render::{Rendered, Statement};
pub use select::{Join, JoinKind, Nulls, OrderBy, Select, Source};
