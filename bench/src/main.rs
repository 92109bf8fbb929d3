//! Ratios against the floor: what Candor costs over the same work done by hand in SQL, measured
//! in one run on one machine, on both engines.
//!
//! `cargo xtask bench` builds `candor` in release and runs this, with a private PostgreSQL. Each
//! figure is the median of several rounds; candor and its floor take turns, so that a busy
//! moment hits both.
//!
//! | module     | what                                                            |
//! |------------|-----------------------------------------------------------------|
//! | [`place`]  | where an org is measured: on which engine, on what disk          |
//! | [`server`] | candor as a process, with an org of its own                      |
//! | [`floor`]  | the same work in SQL, through the engine's driver                |
//! | [`point`]  | reads of one row: what the storage layer adds to the driver      |
//! | [`many`]   | thousands of orgs in one database; only with `--orgs`            |
//! | [`hand`]   | an org's tables, filled and queried past candor                  |
//! | [`queries`] | compiling, formulas, and with `--aggregates` a million records  |
//! | [`search`] | searches over a million names; only with `--search`              |
//! | [`table`]  | rounds, medians, and the table                                   |

mod place;
mod server;
mod floor;
mod point;
mod search;
mod hand;
mod queries;
mod many;
mod table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::place::Place;
use crate::server::Server;
use crate::table::Table;

/// What `cargo xtask bench` has made: see `xtask/src/bench.rs`.
const POSTGRES: &str = "CANDOR_BENCH_POSTGRES";
const SLOW_POSTGRES: &str = "CANDOR_BENCH_SLOW_POSTGRES";
const SLOW_FLUSH: &str = "CANDOR_BENCH_SLOW_FLUSH";

/// Rows of the page that is read, and of a collection that is created.
const PAGE_ROWS: usize = 2_000;
const COLLECTION_ROWS: usize = 200;
const CREATED_ROWS: usize = 10_000;
const CLIENTS: usize = 32;
const SINGLE_ROWS: usize = 3_200;
const ROUNDS: usize = 5;

/// The fields of the page that is read: 20, of every storage type.
const FIELDS: [&str; 20] = [
    "Id",
    "Name",
    "Type",
    "BillingStreet",
    "BillingCity",
    "BillingState",
    "BillingPostalCode",
    "BillingCountry",
    "Phone",
    "Fax",
    "Website",
    "Industry",
    "AnnualRevenue",
    "NumberOfEmployees",
    "OwnerId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "SystemModstamp",
    "IsDeleted",
];

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut table = Table::default();
    match args.first().map(String::as_str) {
        None => {
            on_sqlite(&mut table)?;
            on_postgres(&mut table)?;
            on_queries(&mut table)?;
        }
        Some("sqlite") => on_sqlite(&mut table)?,
        Some("queries") => on_queries(&mut table)?,
        Some("postgres") => on_postgres(&mut table)?,
        Some("--orgs") => many::run(&args[1..], &variable(POSTGRES)?, &mut table)?,
        Some("--aggregates") => queries::aggregates(&args[1..], &variable(POSTGRES)?, &mut table)?,
        Some("--search") => search::run(&args[1..], &variable(POSTGRES)?, &mut table)?,
        Some(floor::INSERTS) => return floor::inserts_here(&args[1..]),
        Some(other) => anyhow::bail!(
            "no `{other}`; there are sqlite, postgres, queries, --orgs [NUMBER], \
             --search [NUMBER [DIRECTORY]], --aggregates [NUMBER]"
        ),
    }
    Ok(())
}

fn on_sqlite(table: &mut Table) -> Result<()> {
    let slow = Place::Directory { slow_flush: Some(PathBuf::from(variable(SLOW_FLUSH)?)) };
    usual(&Place::Directory { slow_flush: None }, &slow, table)?;
    point::run(table)
}

fn on_queries(table: &mut Table) -> Result<()> {
    queries::compile(table)?;
    queries::formulas(&variable(POSTGRES)?, table)
}

fn on_postgres(table: &mut Table) -> Result<()> {
    let slow = Place::Postgres { url: variable(SLOW_POSTGRES)?, is_slow: true };
    usual(&Place::Postgres { url: variable(POSTGRES)?, is_slow: false }, &slow, table)
}

/// What is measured on each engine; `slow` is the same engine on a slow disk.
fn usual(place: &Place, slow: &Place, table: &mut Table) -> Result<()> {
    // Built into the same directory as this program.
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let candor: PathBuf = own.with_file_name("candor");
    anyhow::ensure!(candor.is_file(), "{} is not built", candor.display());
    create_collections(&candor, place, table)?;
    read_page(&candor, place, table)?;
    single_creates(&candor, place, table)?;
    single_creates(&candor, slow, table)?;
    cold_start(&candor, place, table)
}

#[expect(clippy::disallowed_methods, reason = "a developer's program, not the product")]
fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run `cargo xtask bench`"))
}

/// One account as JSON; every field that [`FIELDS`] lists and a client may set.
fn account(n: usize) -> String {
    format!(
        "{{\"attributes\":{{\"type\":\"Account\"}},\"Name\":\"Account {n:06}\",\
         \"Type\":\"Prospect\",\"BillingStreet\":\"{n} Harbour Road\",\
         \"BillingCity\":\"Port {}\",\"BillingState\":\"Cornwall\",\
         \"BillingPostalCode\":\"TR{n:05}\",\"BillingCountry\":\"United Kingdom\",\
         \"Phone\":\"+44 1632 {n:06}\",\"Fax\":\"+44 1632 {n:06}\",\
         \"Website\":\"https://account-{n}.example.com\",\"Industry\":\"Energy\",\
         \"AnnualRevenue\":{n},\"NumberOfEmployees\":{n}}}",
        n % 97
    )
}

fn collection(from: usize, rows: usize) -> String {
    let records: Vec<String> = (from..from + rows).map(account).collect();
    format!("{{\"allOrNone\":false,\"records\":[{}]}}", records.join(","))
}

/// 10,000 creates in collections of 200, against the same inserts by hand.
fn create_collections(candor: &Path, place: &Place, table: &mut Table) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = Server::start(candor, place)?;
        let mut client = server.client()?;
        let bodies: Vec<String> = (0..CREATED_ROWS / COLLECTION_ROWS)
            .map(|n| collection(n * COLLECTION_ROWS, COLLECTION_ROWS))
            .collect();
        let start = now();
        for body in &bodies {
            let answer = client.post("/services/data/v67.0/composite/sobjects", body)?;
            let answer = String::from_utf8_lossy(answer);
            anyhow::ensure!(!answer.contains("\"success\":false"), "a create failed: {answer}");
        }
        ours.push(start.elapsed());
        by_hand.push(floor::inserts(&server, COLLECTION_ROWS)?);
    }
    let work = format!("{}: create 10,000 records, 200 a request", place.name());
    table.at_most(&work, &ours, &by_hand, 3.0);
    Ok(())
}

/// A page of 2,000 rows by 20 fields over HTTP, against the same columns by hand as JSON.
fn read_page(candor: &Path, place: &Place, table: &mut Table) -> Result<()> {
    let server = Server::start(candor, place)?;
    let mut client = server.client()?;
    for n in 0..PAGE_ROWS / COLLECTION_ROWS {
        let body = collection(n * COLLECTION_ROWS, COLLECTION_ROWS);
        client.post("/services/data/v67.0/composite/sobjects", &body)?;
    }
    floor::wait_for_quiet();
    let path = format!(
        "/services/data/v67.0/query?q=SELECT+{}+FROM+Account+LIMIT+{PAGE_ROWS}",
        FIELDS.join(",")
    );
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..8 * ROUNDS {
        // Once unmeasured, as the floor's is, for what the other left in the caches.
        client.get(&path)?;
        let start = now();
        let answer = client.get(&path)?;
        ours.push(start.elapsed());
        let answer = String::from_utf8_lossy(answer);
        anyhow::ensure!(answer.contains("\"totalSize\":2000"), "not a page: {answer:.200}");
        by_hand.push(floor::page(&server, &FIELDS, PAGE_ROWS)?);
    }
    let work = format!("{}: read a page of 2,000 rows of 20 fields", place.name());
    table.at_most(&work, &ours, &by_hand, 1.5);
    Ok(())
}

/// Single creates by 32 clients at once, against one commit an insert.
fn single_creates(candor: &Path, place: &Place, table: &mut Table) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    let mut flushes = None;
    for _ in 0..ROUNDS {
        let server = Server::start(candor, place)?;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(server.client()?);
        }
        let flushed_before = server.flushes()?;
        let start = now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = clients
                .iter_mut()
                .enumerate()
                .map(|(client_idx, client)| {
                    scope.spawn(move || -> Result<()> {
                        for n in 0..SINGLE_ROWS / CLIENTS {
                            let body = account(client_idx * SINGLE_ROWS + n);
                            client.post("/services/data/v67.0/sobjects/Account", &body)?;
                        }
                        Ok(())
                    })
                })
                .collect();
            threads
                .into_iter()
                .try_for_each(|it| it.join().map_err(|_| anyhow::anyhow!("a client panicked"))?)
        })?;
        ours.push(start.elapsed());
        flushes = server.flushes()?.zip(flushed_before).map(|(after, before)| after - before);
        by_hand.push(floor::inserts(&server, 1)?);
    }
    let mut work = format!("{}: single creates by 32 clients, durable", place.name());
    if place.is_slow() {
        work.push_str(", on a disk whose flush takes 1 ms more");
    }
    if let Some(flushes) = flushes {
        work.push_str(&format!("; {SINGLE_ROWS} creates in {flushes} flushes"));
    }
    table.at_least(&work, &ours, &by_hand, 5.0);
    Ok(())
}

/// From the start of the process to its first answer, with an org that exists; and the memory
/// it holds then.
fn cold_start(candor: &Path, place: &Place, table: &mut Table) -> Result<()> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    let mut server = Server::start(candor, place)?;
    for _ in 0..ROUNDS {
        let start = now();
        server = server.restart()?;
        let mut client = server.anonymous()?;
        client.get("/services/data")?;
        times.push(start.elapsed());
        memory.push(server.resident_kib()?);
    }
    let work = format!("{}: cold start to the first answer", place.name());
    table.within(&work, &times, Duration::from_millis(150));
    let work = format!("{}: resident memory when idle", place.name());
    table.memory(&work, &memory, 60 * 1024);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "durations are what this program measures")]
fn now() -> Instant {
    Instant::now()
}
