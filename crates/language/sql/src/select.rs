//! Queries, clause by clause.

use crate::{Alias, Expr, Value};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Select {
    pub columns: Vec<Expr>,
    pub from: Source,
    pub alias: Alias,
    pub joins: Vec<Join>,
    pub where_: Expr,
    pub group_by: Vec<Expr>,
    pub having: Expr,
    pub order_by: Vec<OrderBy>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
}

impl Select {
    /// A query of `table` without columns, joins or conditions yet.
    pub fn from_table(table: impl Into<String>, alias: Alias) -> Self {
        Self::from_source(Source::Table(table.into()), alias)
    }

    pub fn from_source(from: Source, alias: Alias) -> Self {
        Self {
            columns: Vec::new(),
            from,
            alias,
            joins: Vec::new(),
            where_: Expr::True,
            group_by: Vec::new(),
            having: Expr::True,
            order_by: Vec::new(),
            limit: None,
            offset: None,
        }
    }
}

/// What a query reads from. Columns of values and of sub-queries are named `c0`, `c1`, ….
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    Table(String),
    Values(Vec<Vec<Value>>),
    Select(Box<Select>),
    /// The rows of each, in no order; never empty.
    Union(Vec<Select>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Join {
    pub kind: JoinKind,
    pub source: Source,
    pub alias: Alias,
    pub on: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    Inner,
    Left,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    pub expr: Expr,
    pub descending: bool,
    pub nulls: Nulls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nulls {
    First,
    Last,
    /// There are none: a primary key. Engines that put nulls last in its index sort for nothing
    /// if they are asked to put them first.
    Never,
}
