//! Two processes serve, and write, the same org at the same time.

use super::Trial;
use super::load::{Load, patiently};
use super::program::{Program, Served, query_all};
use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};
use testkit::client::Client;

/// Updates of the one record by each writer.
const UPDATES: usize = 100;

const ACCOUNTS: &str = "/services/data/v67.0/sobjects/Account";

const FIELD: &str = "<CustomField xmlns=\"http://soap.sforce.com/2006/04/metadata\">\
    <fullName>Seen_By_All__c</fullName><label>Seen By All</label>\
    <type>Text</type><length>20</length></CustomField>";

const RIGHTS: &str = "<Profile xmlns=\"http://soap.sforce.com/2006/04/metadata\">\
    <fieldPermissions><editable>true</editable><field>Account.Seen_By_All__c</field>\
    <readable>true</readable></fieldPermissions></Profile>";

pub(super) fn run(trial: &mut Trial<'_>) -> Result<()> {
    let (plan, cluster) = (trial.plan, trial.cluster);
    let home = cluster.url();
    let first = Program::new(&plan.bin, "shared-1", &home)?;
    let second = Program::new(&plan.bin, "shared-2", &home)?;
    first.init()?;
    let (one, two) = (first.serve()?, second.serve()?);
    trial.check("a session of one process is one of the other", sessions(&one, &two))?;
    trial.check("one record: no field loses its last value", one_record(&one, &two))?;
    trial.check("many records: each is there once", many_records(&one, &two, plan.n_records))?;
    trial.check("a query goes on in the other process", cursors(&one, &two))?;
    trial.check("a deployed field is seen by both", deployed(&first, &one, &two))?;
    trial.check("what one deletes, the other does not see", deleted(&one, &two))?;
    one.stop()?;
    two.stop()?;
    trial.check("the ledger verifies", first.verify_ledger())
}

fn sessions(one: &Served, two: &Served) -> Result<String> {
    let signed_in = one.client()?;
    let mut other = two.client_of_session(signed_in.token())?;
    other.get("/services/data/v67.0/limits")?;
    Ok(String::new())
}

/// Each process writes a field of its own, and both write a third: as the wire has it, an update
/// sets the fields it names and no others, and the last one to a field stays.
fn one_record(one: &Served, two: &Served) -> Result<String> {
    let id = create(&mut one.client()?, &json!({"Name": "One"}))?;
    let path = format!("{ACCOUNTS}/{id}");
    let write = |served: &Served, field: &str| -> Result<()> {
        let mut client = served.client()?;
        for n in 1..=UPDATES {
            let value = format!("{field} {n}");
            let body = json!({field: value, "Site": value});
            patiently(|| patch(&mut client, &path, &body))?;
        }
        Ok(())
    };
    both(|| write(one, "Phone"), || write(two, "Fax"))?;
    let last = [format!("Phone {UPDATES}"), format!("Fax {UPDATES}")];
    for served in [one, two] {
        let record: Value = serde_json::from_slice(served.client()?.get(&path)?)?;
        ensure!(record["Phone"] == *last[0], "Phone is {}", record["Phone"]);
        ensure!(record["Fax"] == *last[1], "Fax is {}", record["Fax"]);
        let site = record["Site"].as_str().unwrap_or_default();
        ensure!(last.iter().any(|it| it == site), "Site is {site}, which nobody wrote last");
    }
    Ok(format!("{} updates", 2 * UPDATES))
}

/// Both processes are loaded at once, and each shows what the other made.
fn many_records(one: &Served, two: &Served, n_records: usize) -> Result<String> {
    let here = Load::new(one, "Here", n_records / 2)?;
    let there = Load::new(two, "There", n_records / 2)?;
    let (made_here, made_there) = both(|| here.run(one), || there.run(two))?;
    made_here.compare(two)?;
    made_there.compare(one)
}

fn cursors(one: &Served, two: &Served) -> Result<String> {
    let mut client = one.client()?;
    let soql = "/services/data/v67.0/query?q=SELECT+Id+FROM+Account";
    let status = client.send("GET", soql, "", "application/json")?;
    ensure!(status == 200, "the query is answered {status}");
    let page: Value = serde_json::from_slice(client.body())?;
    let Some(next) = page["nextRecordsUrl"].as_str() else { return Ok("one page".to_owned()) };
    let mut other = two.client_of_session(client.token())?;
    let rest: Value = serde_json::from_slice(other.get(next)?)?;
    ensure!(rest["totalSize"] == page["totalSize"], "the other process counts differently");
    Ok(format!("{} rows", page["totalSize"]))
}

fn deployed(program: &Program<'_>, one: &Served, two: &Served) -> Result<String> {
    let (mut here, mut there) = (one.client()?, two.client()?);
    // Each has described the object, and may remember what it was.
    for client in [&mut here, &mut there] {
        client.get(&format!("{ACCOUNTS}/describe"))?;
    }
    program.deploy(&[
        ("objects/Account/fields/Seen_By_All__c.field-meta.xml", FIELD),
        ("profiles/Admin.profile-meta.xml", RIGHTS),
    ])?;
    for (client, value) in [(&mut here, "here"), (&mut there, "there")] {
        let described = String::from_utf8_lossy(client.get(&format!("{ACCOUNTS}/describe"))?);
        ensure!(described.contains("Seen_By_All__c"), "describe does not show the field {value}");
        create(client, &json!({"Name": "Deployed", "Seen_By_All__c": value}))?;
    }
    let soql = "SELECT Seen_By_All__c FROM Account WHERE Name = 'Deployed' ORDER BY Seen_By_All__c";
    for client in [&mut here, &mut there] {
        let seen = query_all(client, soql)?;
        let seen: Vec<&str> = seen.iter().filter_map(|it| it["Seen_By_All__c"].as_str()).collect();
        ensure!(seen == ["here", "there"], "the field holds {seen:?}");
    }
    Ok(String::new())
}

fn deleted(one: &Served, two: &Served) -> Result<String> {
    let (mut here, mut there) = (one.client()?, two.client()?);
    let id = create(&mut here, &json!({"Name": "Short-lived"}))?;
    let path = format!("{ACCOUNTS}/{id}");
    let status = there.send("DELETE", &path, "", "application/json")?;
    ensure!(status == 204, "deleting is answered {status}");
    let status = here.send("GET", &path, "", "application/json")?;
    ensure!(status == 404, "the deleted record is answered {status}");
    Ok(String::new())
}

fn create(client: &mut Client, record: &Value) -> Result<String> {
    let answer: Value = serde_json::from_slice(client.post(ACCOUNTS, &record.to_string())?)?;
    answer["id"].as_str().map(str::to_owned).context("a created record has no id")
}

fn patch(client: &mut Client, path: &str, body: &Value) -> Result<()> {
    let status = client.send("PATCH", path, &body.to_string(), "application/json")?;
    ensure!(status == 204, "{status}: {}", String::from_utf8_lossy(client.body()));
    Ok(())
}

/// Does both at the same time.
fn both<A: Send, B: Send>(
    one: impl FnOnce() -> Result<A> + Send,
    two: impl FnOnce() -> Result<B> + Send,
) -> Result<(A, B)> {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let two = two();
        let one = one.join().map_err(|_| anyhow!("a client panicked"))?;
        Ok((one?, two?))
    })
}
