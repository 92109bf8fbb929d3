//! Has the server look at tables that have grown.
//!
//! A planner that was told nothing of a table takes `isdeleted = 0` for rare, one row in 200, and
//! so plans a query that finds all of them as one that finds a few. PostgreSQL looks by itself,
//! but once a minute at best, and the minute after a first load is when somebody wants to see it.
//! So whoever loads counts, and when a table has got its first thousand rows, and each time what
//! was added has doubled since, a thread analyzes it: on a connection of its own, and nobody waits.
//!
//! What other processes add is theirs to count, and what is changed or grows slowly is left to the
//! server. Forgetting a count costs an `ANALYZE` too many or too few.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use sql::ValueRef;

use super::connection::{Connection, Timeouts};
use super::pool::Pool;
use crate::Error;

/// A table with fewer new rows is read fast enough whatever the plan.
const FIRST: u64 = 1000;

/// A table that was looked at when it had more than so many times the rows that were added since
/// is known well enough.
const KNOWN_FACTOR: i64 = 10;

/// Tables of which counts are kept.
const TABLES_MAX: usize = 20_000;

const TIMEOUTS: Timeouts =
    Timeouts { statement: Duration::from_secs(60), lock: Duration::from_secs(1) };

/// The rows that this process has added to a database's tables.
#[derive(Debug, Default)]
pub(crate) struct Grown(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By the table's name, as statements write it.
    tables: HashMap<String, Count>,
    due: BTreeSet<String>,
    is_at_work: bool,
}

#[derive(Debug)]
struct Count {
    n_rows: u64,
    /// When it is looked at next.
    due_at: u64,
}

impl Grown {
    /// Notes that rows were added, for good.
    pub(crate) fn add(pool: &Arc<Pool>, table: String, n_rows: u64) {
        let mut state = pool.grown().lock();
        if TABLES_MAX <= state.tables.len() {
            state.tables.clear();
        }
        let start = Count { n_rows: 0, due_at: FIRST };
        let count = state.tables.entry(table.clone()).or_insert(start);
        count.n_rows += n_rows;
        if count.n_rows < count.due_at {
            return;
        }
        count.due_at = 2 * count.n_rows;
        state.due.insert(table);
        if state.is_at_work {
            return;
        }
        let working = Arc::clone(pool);
        let spawned = thread::Builder::new().name("analyze".to_owned()).spawn(move || {
            if let Err(error) = working.grown().work(&working) {
                // The server looks by itself before long.
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "a table that has grown was not analyzed");
            }
        });
        state.is_at_work = spawned.is_ok();
    }

    /// Looks at what is due until nothing is.
    fn work(&self, pool: &Pool) -> Result<(), Error> {
        let mut connection = pool.open_apart().and_then(|mut it| {
            it.set_timeouts(TIMEOUTS)?;
            Ok(it)
        });
        loop {
            let (table, n_rows) = {
                let mut state = self.lock();
                let next = if connection.is_ok() { state.due.pop_first() } else { None };
                let Some(table) = next else {
                    state.due.clear();
                    state.is_at_work = false;
                    return connection.map(|_| ());
                };
                let n_rows = state.tables.get(&table).map_or(0, |it| it.n_rows);
                (table, n_rows)
            };
            connection = connection.and_then(|mut it| {
                // One table that is busy, or gone, is no reason to leave the others.
                match analyze(&mut it, &table, n_rows) {
                    Err(error) if it.is_lost() => Err(error),
                    _ => Ok(it),
                }
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn analyze(on: &mut Connection, table: &str, n_rows: u64) -> Result<(), Error> {
    let text = "SELECT CAST(reltuples AS BIGINT) FROM pg_catalog.pg_class \
                WHERE oid = pg_catalog.to_regclass($1)";
    let rows = on.rows(text, &[ValueRef::Text(table)])?;
    let known = rows.first().map(|row| match row.get(0) {
        ValueRef::Int(known) => known,
        _ => 0,
    });
    match known {
        Some(known) if known <= KNOWN_FACTOR.saturating_mul(n_rows as i64) => {
            on.run_script(&format!("ANALYZE {table}"))
        }
        _ => Ok(()),
    }
}
