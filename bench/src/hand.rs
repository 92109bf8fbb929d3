//! An org's tables by hand: filled past candor, many rows in a moment, and queried past it.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::ToSql;
use postgres::{Client, Row};
use records::Org;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::floor;
use crate::now;

pub(crate) enum Hand {
    Sqlite(Connection),
    Postgres { client: Box<Client>, schema: String },
}

impl Hand {
    /// The tables of `org`; `url` is its database, where it is on a server.
    pub(crate) fn open(org: &Org, url: &str) -> Result<Self> {
        if let Some(dir) = org.store.dir() {
            return Ok(Self::Sqlite(Connection::open(dir.join("org.db"))?));
        }
        let mut client = floor::connect(url)?;
        let schema = floor::org_schema(&mut client)?;
        Ok(Self::Postgres { client: Box::new(client), schema })
    }

    pub(crate) fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// One of two texts, each as its engine says it.
    pub(crate) fn text<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres { .. } => postgres,
        }
    }

    pub(crate) fn table(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => name.to_owned(),
            Self::Postgres { schema, .. } => format!("\"{schema}\".{name}"),
        }
    }

    /// Makes `n_rows` rows of the one that is in the table. `values` are columns and what they get,
    /// in which `i` is the number of the row.
    pub(crate) fn multiply(
        &mut self,
        name: &str,
        n_rows: usize,
        values: &[(&str, &str)],
    ) -> Result<()> {
        let columns = self.columns(name)?;
        let value = |column: &String| {
            let found = values.iter().find(|(it, _)| it == column);
            found.map_or(format!("\"{column}\""), |(_, value)| (*value).to_owned())
        };
        let listed: Vec<String> = columns.iter().map(|it| format!("\"{it}\"")).collect();
        let made: Vec<String> = columns.iter().map(value).collect();
        let (table, listed, made) = (self.table(name), listed.join(", "), made.join(", "));
        let last = n_rows.saturating_sub(1);
        let numbers = match self {
            Self::Sqlite(_) => format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})
                  SELECT i FROM n)"
            ),
            Self::Postgres { .. } => format!("(SELECT generate_series(1, {last})::bigint AS i)"),
        };
        let insert =
            format!("INSERT INTO {table} ({listed}) SELECT {made} FROM {table}, {numbers} n");
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(&insert)?),
            Self::Postgres { client, .. } => {
                client.batch_execute(&insert)?;
                Ok(client.batch_execute(&format!("VACUUM ANALYZE {table}"))?)
            }
        }
    }

    fn columns(&mut self, name: &str) -> Result<Vec<String>> {
        let text = format!("SELECT * FROM {} LIMIT 1", self.table(name));
        Ok(match self {
            Self::Sqlite(connection) => {
                let statement = connection.prepare(&text)?;
                statement.column_names().map(str::to_owned).collect()
            }
            Self::Postgres { client, .. } => {
                let statement = client.prepare(&text)?;
                statement.columns().iter().map(|it| it.name().to_owned()).collect()
            }
        })
    }

    /// How long a query takes with all of its rows read, and the integer that ends its last row.
    pub(crate) fn query(&mut self, text: &str) -> Result<(Duration, i64)> {
        let mut last = 0;
        let start = match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(text)?;
                let width = statement.column_count();
                let start = now();
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    for n in 0..width {
                        if let ValueRef::Integer(it) = black_box(row.get_ref(n)?) {
                            last = it;
                        }
                    }
                }
                start
            }
            Self::Postgres { client, .. } => {
                let statement = client.prepare(text)?;
                let start = now();
                let none = std::iter::empty::<&dyn ToSql>();
                let mut rows = client.query_raw(&statement, none)?;
                while let Some(row) = rows.next()? {
                    last = integer(&row).context("a row ends in no integer")?;
                }
                start
            }
        };
        Ok((start.elapsed(), last))
    }
}

fn integer(row: &Row) -> Result<i64> {
    Ok(row.try_get(row.len() - 1)?)
}
