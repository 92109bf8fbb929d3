//! Clients that create records through every failure, and remember what they were told.
//!
//! A record has a name that no other has. A refusal with 503 says that nothing happened, and is
//! sent again as it was; so if it does lie, a name is there twice. An answer that never came, or
//! that says it does not know, says nothing: the client asks which names are there before it
//! goes on.

use super::program::{Served, query_all};
use crate::run;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use testkit::client::Client;

const CLIENTS: usize = 4;
const COLLECTION_ROWS: usize = 50;

/// Every so many collections, their records are created one by one instead.
const SINGLES_EVERY: usize = 10;

/// A client that gets no further in this time reports what it was told last.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A load that is under way; others may watch how far it is.
pub(super) struct Load {
    /// How the names of its records begin.
    prefix: &'static str,
    n_records: usize,
    token: Option<String>,
    next: AtomicUsize,
    n_acknowledged: AtomicU64,
    n_refused: AtomicU64,
    n_unanswered: AtomicU64,
}

/// The records that were acknowledged: ids by names.
pub(super) struct Made {
    prefix: &'static str,
    ids: BTreeMap<String, String>,
    n_refused: u64,
    n_unanswered: u64,
}

/// What a client was told about a request.
enum Told {
    /// The ids of its records, in order; none for a record that was refused for now.
    Done(Vec<Option<String>>),
    /// Nothing was done.
    Refused(String),
    /// It may have been done, or not.
    Nothing(String),
}

impl Load {
    /// Signs in; the load begins with [`Self::run`].
    pub(super) fn new(served: &Served, prefix: &'static str, n_records: usize) -> Result<Self> {
        let client = patiently(|| served.client())?;
        Ok(Self {
            prefix,
            n_records,
            token: client.token().map(str::to_owned),
            next: AtomicUsize::new(0),
            n_acknowledged: AtomicU64::new(0),
            n_refused: AtomicU64::new(0),
            n_unanswered: AtomicU64::new(0),
        })
    }

    pub(super) fn n_acknowledged(&self) -> u64 {
        self.n_acknowledged.load(Ordering::Relaxed)
    }

    /// How many requests came to nothing, as far as their clients were told.
    pub(super) fn n_failed(&self) -> u64 {
        self.n_refused.load(Ordering::Relaxed) + self.n_unanswered.load(Ordering::Relaxed)
    }

    /// Creates all records, by several clients at once, and returns when each is acknowledged.
    pub(super) fn run(&self, served: &Served) -> Result<Made> {
        let ids = std::thread::scope(|scope| {
            let clients = (0..CLIENTS).map(|_| scope.spawn(|| self.work(served)));
            let clients: Vec<_> = clients.collect();
            let mut ids = BTreeMap::new();
            for client in clients {
                ids.extend(client.join().map_err(|_| anyhow!("a client panicked"))??);
            }
            Ok::<_, anyhow::Error>(ids)
        })?;
        let n_refused = self.n_refused.load(Ordering::Relaxed);
        let n_unanswered = self.n_unanswered.load(Ordering::Relaxed);
        Ok(Made { prefix: self.prefix, ids, n_refused, n_unanswered })
    }

    /// One client: takes collections until none is left.
    fn work(&self, served: &Served) -> Result<BTreeMap<String, String>> {
        let mut client = served.client_of_session(self.token.as_deref())?;
        let mut ids = BTreeMap::new();
        loop {
            let first = self.next.fetch_add(COLLECTION_ROWS, Ordering::Relaxed);
            if self.n_records <= first {
                return Ok(ids);
            }
            let end = self.n_records.min(first + COLLECTION_ROWS);
            let is_single = (first / COLLECTION_ROWS).is_multiple_of(SINGLES_EVERY);
            let n_at_once = if is_single { 1 } else { COLLECTION_ROWS };
            for start in (first..end).step_by(n_at_once) {
                let range = start..end.min(start + n_at_once);
                let names = range.map(|n| format!("{} {n:06}", self.prefix)).collect();
                self.create(served, &mut client, names, &mut ids)?;
            }
        }
    }

    /// Creates records of these names, however often that takes.
    fn create(
        &self,
        served: &Served,
        client: &mut Client,
        mut missing: Vec<String>,
        ids: &mut BTreeMap<String, String>,
    ) -> Result<()> {
        let start = run::now();
        while !missing.is_empty() {
            let why = match request(client, &missing)? {
                Told::Done(done) => {
                    let before = ids.len();
                    let told = missing.iter().cloned().zip(done);
                    ids.extend(told.filter_map(|(name, id)| Some((name, id?))));
                    self.acknowledge(ids.len() - before);
                    "records were refused".to_owned()
                }
                Told::Refused(why) => {
                    self.n_refused.fetch_add(1, Ordering::Relaxed);
                    why
                }
                Told::Nothing(why) => {
                    self.n_unanswered.fetch_add(1, Ordering::Relaxed);
                    let before = ids.len();
                    patiently(|| {
                        *client = served.client_of_session(self.token.as_deref())?;
                        ids.extend(find(client, &missing)?);
                        Ok(())
                    })?;
                    self.acknowledge(ids.len() - before);
                    why
                }
            };
            missing.retain(|name| !ids.contains_key(name));
            if missing.is_empty() {
                break;
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "no way to create {} records: {why}",
                missing.len()
            );
            wait();
        }
        Ok(())
    }

    fn acknowledge(&self, n: usize) {
        self.n_acknowledged.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// Asks for the creation of one record, or of a collection.
fn request(client: &mut Client, names: &[String]) -> Result<Told> {
    let attributes = json!({"type": "Account"});
    let record = |name: &String| json!({"attributes": attributes, "Name": name});
    let (path, body) = match names {
        [name] => ("sobjects/Account", record(name)),
        _ => {
            let records: Vec<Value> = names.iter().map(record).collect();
            ("composite/sobjects", json!({"allOrNone": true, "records": records}))
        }
    };
    let path = format!("/services/data/v67.0/{path}");
    let status = match client.send("POST", &path, &body.to_string(), "application/json") {
        Ok(status) => status,
        Err(error) => return Ok(Told::Nothing(error.to_string())),
    };
    let shown = String::from_utf8_lossy(client.body()).into_owned();
    match status {
        200 | 201 => done(&shown),
        503 => Ok(Told::Refused(shown)),
        400 if is_for_now(&shown) => Ok(Told::Refused(shown)),
        500.. => Ok(Told::Nothing(shown)),
        _ => bail!("the server answers {status}: {shown}"),
    }
}

fn done(body: &str) -> Result<Told> {
    let answer: Value = serde_json::from_str(body)?;
    let outcomes = match answer {
        Value::Array(outcomes) => outcomes,
        outcome => vec![outcome],
    };
    let mut ids = Vec::new();
    for outcome in &outcomes {
        if outcome["success"] == true {
            let id = outcome["id"].as_str().context("a created record has no id")?;
            ids.push(Some(id.to_owned()));
        } else {
            ensure!(is_for_now(&outcome.to_string()), "a record is refused: {outcome}");
            ids.push(None);
        }
    }
    Ok(Told::Done(ids))
}

/// Says whether a refusal is one that clients answer by trying again.
fn is_for_now(body: &str) -> bool {
    ["UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"].iter().any(|code| body.contains(code))
}

/// Asks which of the records are there.
fn find(client: &mut Client, names: &[String]) -> Result<BTreeMap<String, String>> {
    let list: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let soql = format!("SELECT Id, Name FROM Account WHERE Name IN ({})", list.join(","));
    query_all(client, &soql)?.iter().map(id_by_name).collect()
}

fn id_by_name(record: &Value) -> Result<(String, String)> {
    let text = |key: &str| record[key].as_str().map(str::to_owned);
    Ok((text("Name").context("no Name")?, text("Id").context("no Id")?))
}

impl Made {
    /// Compares what is there with what was acknowledged, and says what there is.
    pub(super) fn compare(&self, served: &Served) -> Result<String> {
        let mut client = patiently(|| served.client())?;
        let soql = format!("SELECT Id, Name FROM Account WHERE Name LIKE '{} %'", self.prefix);
        // A connection of before may be cut while it is asked.
        let there = patiently(|| query_all(&mut client, &soql))?;
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in &there {
            let (name, id) = id_by_name(record)?;
            by_name.entry(name).or_default().push(id);
        }
        let twice = by_name.iter().find(|(_, ids)| ids.len() != 1);
        ensure!(twice.is_none(), "a record is there more than once: {twice:?}");
        for (name, id) in &self.ids {
            let found = by_name.remove(name).unwrap_or_default();
            ensure!(found == [id.clone()], "{name} was acknowledged as {id}, there is {found:?}");
        }
        ensure!(by_name.is_empty(), "records that nobody created: {by_name:?}");
        Ok(format!("{} records", there.len()))
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} records, {} requests refused, {} unanswered",
            self.ids.len(),
            self.n_refused,
            self.n_unanswered
        )
    }
}

/// Does what may fail for now, until it works or patience ends.
pub(super) fn patiently<T>(mut act: impl FnMut() -> Result<T>) -> Result<T> {
    let start = run::now();
    loop {
        match act() {
            Err(_) if start.elapsed() < PATIENCE => wait(),
            outcome => return outcome,
        }
    }
}

/// Waits as clients do before they try again.
#[expect(clippy::disallowed_methods, reason = "what is waited for is time: that of a client")]
pub(super) fn wait() {
    std::thread::sleep(PAUSE);
}
