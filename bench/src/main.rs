//! Ratios against the floor: what Candor costs over the same work done by hand in SQL, measured
//! in one run on one machine.
//!
//! `cargo xtask bench` builds `candor` in release and runs this. Each figure is the median of
//! several rounds; candor and its floor take turns, so that a busy moment hits both.
//!
//! | module     | what                                                            |
//! |------------|-----------------------------------------------------------------|
//! | [`http`]   | a client of a few lines, so that none of its cost is counted      |
//! | [`server`] | candor as a process, with an org of its own                      |
//! | [`floor`]  | the same work in SQL through rusqlite                             |
//! | [`table`]  | rounds, medians and the table at the end                         |

mod http;
mod server;
mod floor;
mod table;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::server::Server;
use crate::table::Table;

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
    // Built into the same directory as this program.
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let candor: PathBuf = own.with_file_name("candor");
    anyhow::ensure!(candor.is_file(), "{} is not built", candor.display());
    let mut table = Table::default();
    create_collections(&candor, &mut table)?;
    read_page(&candor, &mut table)?;
    single_creates(&candor, &mut table)?;
    cold_start(&candor, &mut table)?;
    table.print();
    Ok(())
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
fn create_collections(candor: &std::path::Path, table: &mut Table) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = Server::start(candor)?;
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
        by_hand.push(floor::inserts(&server.database()?, COLLECTION_ROWS)?);
    }
    table.at_most("create 10,000 records, 200 a request", &ours, &by_hand, 3.0);
    Ok(())
}

/// A page of 2,000 rows by 20 fields over HTTP, against the same columns by hand as JSON.
fn read_page(candor: &std::path::Path, table: &mut Table) -> Result<()> {
    let server = Server::start(candor)?;
    let mut client = server.client()?;
    for n in 0..PAGE_ROWS / COLLECTION_ROWS {
        let body = collection(n * COLLECTION_ROWS, COLLECTION_ROWS);
        client.post("/services/data/v67.0/composite/sobjects", &body)?;
    }
    let path = format!(
        "/services/data/v67.0/query?q=SELECT+{}+FROM+Account+LIMIT+{PAGE_ROWS}",
        FIELDS.join(",")
    );
    let database = server.database()?;
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..8 * ROUNDS {
        let start = now();
        let answer = client.get(&path)?;
        ours.push(start.elapsed());
        let answer = String::from_utf8_lossy(answer);
        anyhow::ensure!(answer.contains("\"totalSize\":2000"), "not a page: {answer:.200}");
        by_hand.push(floor::page(&database, &FIELDS, PAGE_ROWS)?);
    }
    table.at_most("read a page of 2,000 rows of 20 fields", &ours, &by_hand, 1.5);
    Ok(())
}

/// Single creates by 32 clients at once, against one commit an insert.
fn single_creates(candor: &std::path::Path, table: &mut Table) -> Result<()> {
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = Server::start(candor)?;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(server.client()?);
        }
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
        by_hand.push(floor::inserts(&server.database()?, 1)?);
    }
    table.at_least("single creates by 32 clients, durable", &ours, &by_hand, 5.0);
    Ok(())
}

/// From the start of the process to its first answer, with an org that exists; and the memory
/// it holds then.
fn cold_start(candor: &std::path::Path, table: &mut Table) -> Result<()> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    let mut server = Server::start(candor)?;
    for _ in 0..ROUNDS {
        let start = now();
        server = server.restart()?;
        let mut client = server.anonymous()?;
        client.get("/services/data")?;
        times.push(start.elapsed());
        memory.push(server.resident_kib()?);
    }
    table.within("cold start to the first answer", &times, Duration::from_millis(150));
    table.memory("resident memory when idle", &memory, 60 * 1024);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "durations are what this program measures")]
fn now() -> Instant {
    Instant::now()
}
