//! Rows that are collected and sent together.
//!
//! A unit of work inserts many rows into few tables, a leaf of the ledger for each among them.
//! Here they wait, by table and columns, until something else is asked of the connection; then
//! they go out as inserts of many rows. The numbers of rows are powers of two, so that the same
//! few texts come again and stay prepared.

use std::collections::BTreeMap;

use sql::{Dialect, InsertRows, Statement, Value, ValueRef};

use super::bind::Params;
use super::connection::Connection;
use crate::Error;

/// Parameters of one statement: with more, the server's plan of it grows for no gain.
const PARAMS_MAX: usize = 2048;

/// Shapes whose texts are kept.
const SHAPES_MAX: usize = 16;

/// Bytes that may wait.
const BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Default)]
pub(crate) struct Inserts {
    /// Those with rows, in the order of their first; then those that had some.
    shapes: Vec<Shape>,
    n_bytes: usize,
    /// Rows that went out since the last commit, by table.
    sent: BTreeMap<String, u64>,
}

#[derive(Debug)]
struct Shape {
    table: String,
    columns: Vec<String>,
    rows: Params,
    n_rows: usize,
    /// The text for 2^n rows.
    texts: Vec<Option<String>>,
}

impl Inserts {
    pub(crate) fn is_empty(&self) -> bool {
        self.shapes.iter().all(|it| it.n_rows == 0)
    }

    /// Whether rows of `table` wait.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.shapes.iter().any(|it| 0 < it.n_rows && it.table == table)
    }

    /// Whether so much waits that it should go out.
    pub(crate) fn is_full(&self) -> bool {
        BYTES_MAX <= self.n_bytes
    }

    pub(crate) fn add<'a>(
        &mut self,
        table: &str,
        columns: &[String],
        values: impl Iterator<Item = ValueRef<'a>>,
    ) {
        let found = self.shapes.iter().position(|it| it.table == table && it.columns == columns);
        let at = found.unwrap_or_else(|| {
            self.shapes.push(Shape {
                table: table.to_owned(),
                columns: columns.to_vec(),
                rows: Params::default(),
                n_rows: 0,
                texts: Vec::new(),
            });
            self.shapes.len() - 1
        });
        let shape = &mut self.shapes[at];
        let before = shape.rows.n_bytes();
        values.for_each(|it| shape.rows.push(it));
        shape.n_rows += 1;
        self.n_bytes += shape.rows.n_bytes() - before;
    }

    /// Puts all rows on the connection.
    pub(crate) fn put(&mut self, on: &mut Connection, dialect: &Dialect) -> Result<(), Error> {
        self.n_bytes = 0;
        for shape in &mut self.shapes {
            if 0 < shape.n_rows {
                let n_rows = shape.n_rows as u64;
                match self.sent.get_mut(&shape.table) {
                    Some(sent) => *sent += n_rows,
                    None => drop(self.sent.insert(shape.table.clone(), n_rows)),
                }
            }
            shape.put(on, dialect)?;
        }
        // The latest shapes are the ones that come again.
        let extra = self.shapes.len().saturating_sub(SHAPES_MAX);
        self.shapes.drain(..extra);
        Ok(())
    }

    /// How many rows went out since this was asked last, by table; about as many where a part of
    /// them was taken back.
    pub(crate) fn take_sent(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.sent)
    }

    /// Forgets the rows: what they are part of is taken back.
    pub(crate) fn clear(&mut self) {
        self.n_bytes = 0;
        for shape in &mut self.shapes {
            (shape.rows, shape.n_rows) = (Params::default(), 0);
        }
    }
}

impl Shape {
    fn put(&mut self, on: &mut Connection, dialect: &Dialect) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.rows);
        let mut n_rows = std::mem::take(&mut self.n_rows);
        let width = self.columns.len();
        let mut rest = rows.as_slice();
        while 0 < n_rows {
            let most = n_rows.min((PARAMS_MAX / width.max(1)).max(1));
            let power = most.ilog2();
            let n = 1 << power;
            let (these, others) = rest.split(n * width);
            on.put(self.text(power as usize, dialect), these, true)?;
            rest = others;
            n_rows -= n;
        }
        Ok(())
    }

    fn text(&mut self, power: usize, dialect: &Dialect) -> &str {
        if self.texts.len() <= power {
            self.texts.resize(power + 1, None);
        }
        let (table, columns) = (&self.table, &self.columns);
        self.texts[power].get_or_insert_with(|| {
            let row = vec![Value::Null; columns.len()];
            let insert = InsertRows {
                table: table.clone(),
                columns: columns.clone(),
                rows: vec![row; 1 << power],
            };
            Statement::InsertRows(&insert).render(dialect).text
        })
    }
}
