//! Lays a new org's tables out, on several connections at once.
//!
//! An org has some 70 tables and 250 indexes, and PostgreSQL waits for the disk once for each
//! index that it makes (before version 17), besides the few hundred microseconds that each takes
//! it anyway. On a disk with other things to do that is more than a second, one after another. So
//! workers take table by table, with its indexes, each in a transaction of its own: nobody sees
//! them until the org is published, and what a crash leaves is cleared away like any org that is
//! not whole.
//!
//! The workers' connections are beside the pool and end with the work: a connection that has made
//! thousands of tables would remember them all. None of their commits waits for the disk. The
//! transaction that comes after them does, and with it everything before is durable.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use sql::{Ddl, Statement};

use super::bind::Params;
use super::connection::{Connection, Timeouts};
use super::link::Schema;
use crate::Error;

/// Beyond this a server's processors are busy anyway.
const WORKERS: usize = 4;

/// What is left to be done, and why something could not be.
#[derive(Default)]
struct Work {
    scripts: Vec<String>,
    failure: Option<Error>,
    /// Why there are fewer workers.
    refusal: Option<Error>,
}

/// Makes the tables and indexes of `steps`, in a schema that is there.
pub(super) fn out(schema: &Schema, steps: &[Ddl], timeouts: Timeouts) -> Result<(), Error> {
    let scripts = scripts(schema, steps);
    let n_workers = WORKERS.min(scripts.len());
    let work = Mutex::new(Work { scripts, ..Work::default() });
    let run = || match worker(schema, timeouts) {
        Ok(connection) => take_from(&work, connection),
        // The others do it.
        Err(error) => lock(&work).refusal = Some(error),
    };
    thread::scope(|scope| {
        for _ in 1..n_workers {
            scope.spawn(run);
        }
        run();
    });
    let Work { scripts, failure, refusal } =
        work.into_inner().unwrap_or_else(PoisonError::into_inner);
    let undone = if scripts.is_empty() { None } else { refusal };
    failure.or(undone).map_or(Ok(()), Err)
}

fn worker(schema: &Schema, timeouts: Timeouts) -> Result<Connection, Error> {
    let mut connection = schema.pool.open_apart()?;
    connection.set_timeouts(timeouts)?;
    connection.run("SET synchronous_commit TO OFF", &Params::default(), false)?;
    Ok(connection)
}

fn take_from(work: &Mutex<Work>, mut connection: Connection) {
    loop {
        let next = {
            let mut work = lock(work);
            if work.failure.is_some() { None } else { work.scripts.pop() }
        };
        let Some(script) = next else { return };
        if let Err(error) = connection.run_script(&script) {
            lock(work).failure.get_or_insert(error);
            return;
        }
    }
}

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A script for each table, the longest last; one for all where a step does not say its table.
fn scripts(schema: &Schema, steps: &[Ddl]) -> Vec<String> {
    let tables: Option<Vec<&str>> = steps.iter().map(table).collect();
    let mut scripts: BTreeMap<&str, String> = BTreeMap::new();
    for (n, step) in steps.iter().enumerate() {
        let table = tables.as_ref().map_or("", |it| it[n]);
        let script = scripts.entry(table).or_default();
        script.push_str(&Statement::Ddl(step).render(&schema.dialect).text);
        script.push_str(";\n");
    }
    let mut scripts: Vec<String> = scripts.into_values().collect();
    scripts.sort_by_key(String::len);
    scripts
}

fn table(step: &Ddl) -> Option<&str> {
    match step {
        Ddl::CreateTable(it) => Some(&it.table),
        Ddl::AddColumn(it) => Some(&it.table),
        Ddl::CreateIndex(it) => Some(&it.table),
        Ddl::DropColumn { table, .. } | Ddl::DropTable { table } => Some(table),
        Ddl::DropIndex { .. } => None,
    }
}
