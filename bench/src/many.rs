//! Thousands of orgs in one PostgreSQL database: what making and opening one takes, and what a
//! backend's memory comes to when a pool has touched many.
//!
//! PostgreSQL keeps what it learned of a table as long as a connection lasts, so memory grows
//! with the tables that a connection touched, unless the pool replaces it.

use std::time::Duration;

use anyhow::{Context, Result};
use identity::NewOrg;
use store::{Durability, Home, Options, PostgresOptions};

use crate::floor::{self, Observer};
use crate::now;
use crate::table::Table;

const ORGS: usize = 2_000;
/// How many are opened to measure it, and touched before memory is looked at.
const OPENED: usize = 200;
const TOUCHED: usize = 1_000;

/// What a backend may hold of its own after touching [`TOUCHED`] orgs. Without a bound, at some
/// 34 kB a table and 60 tables an org, it would be 2 GB.
const BACKEND_KIB_MAX: u64 = 128 * 1024;

pub(crate) fn run(args: &[String], url: &str, table: &mut Table) -> Result<()> {
    let n_orgs = match args {
        [] => ORGS,
        [number] => number.parse().context("--orgs takes a number")?,
        _ => anyhow::bail!("--orgs takes one number"),
    };
    floor::clear(url)?;
    let home = Home::postgres(&PostgresOptions::parse(url)?);
    let options = Options { durability: Durability::Full, ..Options::default() };
    let (ids, made) = make(&home, &options, n_orgs)?;
    let (first, last) = made.split_at(made.len() / 2);
    let within = Duration::from_secs(1);
    table.within("PostgreSQL: make an org, in the first half", first, within);
    table.within(&format!("PostgreSQL: make an org, up to {n_orgs}"), last, within);

    // Neither the newest nor in the order in which they were made.
    let some = |n: usize| &ids[n * 7919 % ids.len()];
    let mut opened = Vec::new();
    for n in 0..OPENED {
        let start = now();
        identity::open_org(&home, some(n), &options)?;
        opened.push(start.elapsed());
    }
    let work = format!("PostgreSQL: open one of {n_orgs} orgs");
    table.within(&work, &opened, Duration::from_millis(50));

    let n_touched = TOUCHED.min(ids.len());
    let mut most = 0;
    let mut observer = Observer::connect(url)?;
    for n in 0..n_touched {
        touch(&home, some(n), &options)?;
        if n % 50 == 0 || n + 1 == n_touched {
            most = most.max(largest_backend(&mut observer)?);
        }
    }
    let work = format!("PostgreSQL: a backend's own memory while {n_touched} orgs are touched");
    table.memory(&work, &[most], BACKEND_KIB_MAX);
    Ok(())
}

/// Makes orgs as a provider does, one after another.
fn make(home: &Home, options: &Options, n_orgs: usize) -> Result<(Vec<String>, Vec<Duration>)> {
    let (mut ids, mut times) = (Vec::new(), Vec::new());
    for n in 0..n_orgs {
        let start = now();
        let made = identity::create_org(home, &new_org(n), options)?;
        times.push(start.elapsed());
        ids.push(made.org.store.id().to_owned());
        if n % 100 == 99 {
            tell(n + 1, n_orgs);
        }
    }
    Ok((ids, times))
}

fn new_org(n: usize) -> NewOrg {
    NewOrg {
        name: format!("Company {n}"),
        username: format!("admin@company-{n}.example"),
        email: format!("admin@company-{n}.example"),
        first_name: None,
        last_name: "Administrator".to_owned(),
        password: Some("Correct-horse-battery-7".to_owned()),
        locale: "en_US".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".to_owned(),
        country: None,
    }
}

/// Opens an org and reads from every object that has a table, as a day's users would.
fn touch(home: &Home, id: &str, options: &Options) -> Result<()> {
    let org = identity::open_org(home, id, options)?;
    let ctx = org.system("measure memory");
    let query = records::QueryOptions { batch_size: 200, deleted: false, base: "" };
    for object in &ctx.schema.objects {
        let soql = format!("SELECT Id FROM {} LIMIT 1", object.name);
        // Some objects cannot be queried alone, and say so.
        if let Err(error) = records::query_records(&ctx, &soql, &query) {
            anyhow::ensure!(!matches!(error, records::Error::Store(_)), "{soql}: {error}");
        }
    }
    Ok(())
}

/// The anonymous memory of the backend that holds most, in KiB: what all share is not its own.
fn largest_backend(observer: &mut Observer) -> Result<u64> {
    let mut most = 0;
    for process_id in observer.backends()? {
        // A backend may have ended since.
        let path = format!("/proc/{process_id}/smaps_rollup");
        let Ok(rollup) = std::fs::read_to_string(path) else { continue };
        let line = rollup.lines().find(|it| it.starts_with("Anonymous:"));
        let kib = line.and_then(|it| it.split_whitespace().nth(1)?.parse().ok());
        most = most.max(kib.context("the system does not tell a backend's memory")?);
    }
    Ok(most)
}

#[expect(clippy::print_stderr, reason = "minutes pass before there is a table")]
fn tell(n: usize, n_orgs: usize) {
    eprintln!("{n} of {n_orgs} orgs");
}
