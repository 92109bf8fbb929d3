//! The floor on PostgreSQL, through the driver that candor uses; and what the server tells of
//! itself.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{FromSql, ToSql, Type};
use postgres::{Client, Column, NoTls, Row, Statement};

use super::{Cell, Json, insert_statement, listed, select};
use crate::now;

/// Where the floor has its table.
const SCHEMA: &str = "floor";

pub(super) fn page(url: &str, fields: &[&str], rows: usize) -> Result<Duration> {
    let mut client = connect(url)?;
    let table = format!("\"{}\".account", org_schema(&mut client)?);
    let statement = client.prepare(&select(&table, fields, rows))?;
    // Once unmeasured, so that the backend knows the table as a pooled one does.
    json(&mut client, &statement, fields)?;
    let start = now();
    let out = json(&mut client, &statement, fields)?;
    let elapsed = start.elapsed();
    ensure!(rows < out.len(), "the floor read nothing");
    Ok(elapsed)
}

fn json(client: &mut Client, statement: &Statement, fields: &[&str]) -> Result<Vec<u8>> {
    let mut json = Json::new(fields);
    let mut rows = client.query_raw(statement, std::iter::empty::<&dyn ToSql>())?;
    while let Some(row) = rows.next()? {
        json.row(|n| cell(&row, n))?;
    }
    Ok(json.end())
}

fn cell(row: &Row, n: usize) -> Result<Cell<'_>> {
    let ty = row.columns()[n].type_();
    let cell = match *ty {
        Type::INT8 => row.try_get::<_, Option<i64>>(n)?.map(Cell::Int),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(n)?.map(Cell::Real),
        Type::TEXT => row.try_get::<_, Option<&str>>(n)?.map(Cell::Text),
        _ => None,
    };
    Ok(cell.unwrap_or(Cell::Null))
}

pub(super) fn inserts(url: &str, rows_per_commit: usize) -> Result<Duration> {
    let mut client = connect(url)?;
    let source = format!("\"{}\".account", org_schema(&mut client)?);
    client.batch_execute(&format!(
        "DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA};
         CREATE TABLE {SCHEMA}.account (LIKE {source} INCLUDING ALL)"
    ))?;
    let rows = client.query(&format!("SELECT * FROM {source} ORDER BY id"), &[])?;
    let columns = rows.first().context("there is nothing to insert")?.columns();
    let used = used(&mut client, &source, columns)?;
    let names: Vec<&str> = used.iter().map(|&n| columns[n].name()).collect();
    let table = format!("{SCHEMA}.account");
    let (insert, chunks) = if rows_per_commit == 1 {
        let values = |row| used.iter().map(|&n| owned(row, n)).collect();
        (insert_statement(&table, &names, '$'), rows.iter().map(values).collect())
    } else {
        let of = |some: &[Row]| used.iter().map(|&n| owned_column(some, n)).collect();
        let types: Vec<&Type> = used.iter().map(|&n| columns[n].type_()).collect();
        (insert_rows(&table, &names, &types), rows.chunks(rows_per_commit).map(of).collect())
    };
    let chunks: Result<Vec<Vec<Box<dyn ToSql + Sync>>>> = chunks;
    let (insert, chunks) = (client.prepare(&insert)?, chunks?);
    let start = now();
    for chunk in &chunks {
        let values: Vec<&(dyn ToSql + Sync)> = chunk.iter().map(AsRef::as_ref).collect();
        let mut transaction = client.transaction()?;
        transaction.execute(&insert, &values)?;
        transaction.commit()?;
    }
    let elapsed = start.elapsed();
    client.batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE"))?;
    Ok(elapsed)
}

/// The columns that are not null in every row.
fn used(client: &mut Client, table: &str, columns: &[Column]) -> Result<Vec<usize>> {
    let counts: Vec<String> =
        columns.iter().map(|it| format!("count(\"{}\")", it.name())).collect();
    let counted = client.query_one(&format!("SELECT {} FROM {table}", counts.join(", ")), &[])?;
    let mut used = Vec::new();
    for n in 0..columns.len() {
        if counted.try_get::<_, i64>(n)? != 0 {
            used.push(n);
        }
    }
    Ok(used)
}

/// The statement that inserts many rows, of each column an array.
fn insert_rows(table: &str, names: &[&str], types: &[&Type]) -> String {
    let arrays: Vec<String> =
        types.iter().enumerate().map(|(n, ty)| format!("${}::{}[]", n + 1, ty.name())).collect();
    let (names, arrays) = (listed(names), arrays.join(", "));
    format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})")
}

fn owned_column(rows: &[Row], n: usize) -> Result<Box<dyn ToSql + Sync>> {
    fn all<'a, T: FromSql<'a>>(rows: &'a [Row], n: usize) -> Result<Vec<Option<T>>> {
        rows.iter().map(|row| Ok(row.try_get(n)?)).collect()
    }
    let row = rows.first().context("there are no rows")?;
    Ok(match *row.columns()[n].type_() {
        Type::INT8 => Box::new(all::<i64>(rows, n)?),
        Type::FLOAT8 => Box::new(all::<f64>(rows, n)?),
        Type::BYTEA => Box::new(all::<Vec<u8>>(rows, n)?),
        _ => Box::new(all::<String>(rows, n)?),
    })
}

fn owned(row: &Row, n: usize) -> Result<Box<dyn ToSql + Sync>> {
    Ok(match *row.columns()[n].type_() {
        Type::INT8 => Box::new(row.try_get::<_, Option<i64>>(n)?),
        Type::FLOAT8 => Box::new(row.try_get::<_, Option<f64>>(n)?),
        Type::BYTEA => Box::new(row.try_get::<_, Option<Vec<u8>>>(n)?),
        _ => Box::new(row.try_get::<_, Option<String>>(n)?),
    })
}

/// Removes every schema of the role: the next org is the only one.
pub(crate) fn clear(url: &str) -> Result<()> {
    let mut client = connect(url)?;
    // One a transaction: together they would take more locks than there are.
    for schema in own_schemas(&mut client)? {
        client.batch_execute(&format!("DROP SCHEMA \"{schema}\" CASCADE"))?;
    }
    Ok(())
}

/// Asks the server about itself.
pub(crate) struct Observer(Client);

impl Observer {
    pub(crate) fn connect(url: &str) -> Result<Self> {
        Ok(Self(connect(url)?))
    }

    /// How many times the log was flushed to the disk so far.
    pub(crate) fn flushes(&mut self) -> Result<u64> {
        // Counts are passed on with a delay; a new statement asks for the latest.
        let row = self.0.query_one("SELECT wal_sync FROM pg_stat_wal", &[])?;
        Ok(row.try_get::<_, i64>(0)?.unsigned_abs())
    }

    /// The process ids of the role's other connections.
    pub(crate) fn backends(&mut self) -> Result<Vec<i32>> {
        let rows = self.0.query(
            "SELECT pid FROM pg_stat_activity
             WHERE usename = current_user AND pid <> pg_backend_pid()",
            &[],
        )?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

pub(crate) fn connect(url: &str) -> Result<Client> {
    Client::connect(url, NoTls).context("the floor's connection")
}

/// The schema of the one org that is there.
pub(crate) fn org_schema(client: &mut Client) -> Result<String> {
    let schemas: Vec<String> =
        own_schemas(client)?.into_iter().filter(|it| it.contains("_org_")).collect();
    let [schema] = &schemas[..] else { anyhow::bail!("{} orgs, not one", schemas.len()) };
    Ok(schema.clone())
}

fn own_schemas(client: &mut Client) -> Result<Vec<String>> {
    let rows = client.query(
        "SELECT nspname::text FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
         WHERE r.rolname = current_user ORDER BY 1",
        &[],
    )?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
