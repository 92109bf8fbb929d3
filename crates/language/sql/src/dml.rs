//! Insert, update, delete.

use crate::{Expr, Value};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    pub table: String,
    pub columns: Vec<String>,
    pub values: Vec<Value>,
    /// Names the conflicting columns; the other columns are then updated.
    pub on_conflict_update: Vec<String>,
}

/// Several rows of one shape, for engines far enough away that each statement costs a trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertRows {
    pub table: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub table: String,
    pub set: Vec<(String, Expr)>,
    /// Refers to columns by [`Expr::OwnColumn`].
    pub where_: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    pub table: String,
    /// Refers to columns by [`Expr::OwnColumn`].
    pub where_: Expr,
}
