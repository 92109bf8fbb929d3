//! Texts of inserts, kept by shape.
//!
//! A load inserts thousands of rows into a few tables. Their texts differ by table and columns
//! only, and rendering one costs as much as the ledger does, so the latest are kept.

use sql::{Insert, Statement};

use sql::ValueRef;

use super::connection::Connection;
use crate::Error;

const SHAPES_MAX: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Shapes(Vec<Shape>);

#[derive(Debug)]
struct Shape {
    table: String,
    columns: Vec<String>,
    on_conflict_update: Vec<String>,
    text: String,
}

impl Shapes {
    /// Runs `insert`, and returns the number of rows.
    pub(crate) fn insert(&mut self, conn: &Connection, insert: &Insert) -> Result<usize, Error> {
        let of = |it: &Shape| {
            it.table == insert.table
                && it.columns == insert.columns
                && it.on_conflict_update == insert.on_conflict_update
        };
        match self.0.iter().position(of) {
            Some(at) => self.0[..=at].rotate_right(1),
            None => {
                let rendered = Statement::Insert(insert).render(conn.dialect());
                debug_assert_eq!(rendered.params, insert.values, "a parameter for each value");
                self.0.truncate(SHAPES_MAX - 1);
                let shape = Shape {
                    table: insert.table.clone(),
                    columns: insert.columns.clone(),
                    on_conflict_update: insert.on_conflict_update.clone(),
                    text: rendered.text,
                };
                self.0.insert(0, shape);
            }
        }
        conn.run(&self.0[0].text, insert.values.iter().map(ValueRef::from))
    }
}
