//! Queries: what reading and compiling one takes, what a formula costs in a condition, and what
//! aggregates cost over a million records.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use identity::NewOrg;
use metadata::Project;
use metadata::project::SourceFile;
use records::{Ctx, Input, Org, QueryOptions, Row, SaveOptions};
use store::{Home, Options, PostgresOptions};
use tempfile::TempDir;

use crate::floor;
use crate::hand::Hand;
use crate::search::new_org;
use crate::table::Table;
use crate::{ROUNDS, now};

const OPPORTUNITIES: usize = 1_000_000;
const DEALS: usize = 100_000;

/// How often a query is compiled for one figure.
const COMPILES: u32 = 200;

/// What a list of opportunities asks.
const TYPICAL: &str = "SELECT Id, Name, Amount, StageName, CloseDate, Account.Name, \
     Account.Owner.Name, Owner.Name FROM Opportunity WHERE StageName IN ('Prospecting', \
     'Closed Won') AND Amount > $n AND CloseDate = THIS_YEAR AND Account.Industry != 'Energy' \
     ORDER BY CloseDate DESC, Name LIMIT 50";

const LOCAL: &str =
    "SELECT Id FROM Opportunity WHERE HOUR_IN_DAY(convertTimezone(CreatedDate)) = 5 LIMIT $n";

/// The stage of the opportunity number `i`.
const STAGE: &str = "CASE i % 6 WHEN 0 THEN 'Prospecting' WHEN 1 THEN 'Qualification' WHEN 2 THEN \
     'Needs Analysis' WHEN 3 THEN 'Closed Won' WHEN 4 THEN 'Closed Lost' ELSE \
     'Value Proposition' END";

const OPTIONS: QueryOptions<'_> = QueryOptions { batch_size: 200, deleted: false, base: "" };

/// Reading and compiling, through the way that a request takes.
pub(crate) fn compile(table: &mut Table) -> Result<()> {
    let dir = TempDir::new()?;
    let new = NewOrg { time_zone: "America/New_York".to_owned(), ..new_org() };
    let org = identity::create_org(&Home::directory(dir.path()), &new, &Options::default())?;
    let ctx = org.org.context(org.org.automated_user())?;
    let read = ctx.org.store.read()?;
    for (what, text) in [("a typical query", TYPICAL), ("a query in local time", LOCAL)] {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for round in 0..3 * ROUNDS as u32 {
            let with = |n: u32| text.replace("$n", &(1000 + round * COMPILES + n).to_string());
            let texts: Vec<String> = (0..COMPILES).map(with).collect();
            let start = now();
            for text in &texts {
                records::prepare(&ctx, &read, text, false)?;
            }
            first.push(start.elapsed() / COMPILES);
            let start = now();
            for _ in 0..COMPILES {
                records::prepare(&ctx, &read, &texts[0], false)?;
            }
            again.push(start.elapsed() / COMPILES);
        }
        let work = format!("read and compile {what}");
        table.within(&work, &first, Duration::from_micros(100));
        table.within(&format!("{work} that is remembered"), &again, Duration::from_micros(5));
    }
    Ok(())
}

/// Conditions on formula fields of 100,000 records, against the same expressions by hand.
pub(crate) fn formulas(url: &str, table: &mut Table) -> Result<()> {
    for_each_engine(url, |org, hand| {
        let admin = org.context(org.automated_user())?;
        metadata::deploy(&admin, &deals()).context("the object cannot be deployed")?;
        let ctx = org.system("measure formulas");
        create(&ctx, "Deal__c", &[("Name", "Deal"), ("Stage__c", "Open")])?;
        hand.multiply(
            "deal__c",
            DEALS,
            &[
                ("id", "id + i"),
                ("amount__c", "CASE WHEN i % 50 = 0 THEN NULL ELSE i * 7919 % 1000003 END"),
                ("rate__c", "CASE WHEN i % 30 = 0 THEN NULL ELSE i * 31 % 10000 END"),
                ("stage__c", "CASE i % 3 WHEN 0 THEN 'Open' WHEN 1 THEN 'Won' ELSE 'Lost' END"),
            ],
        )?;
        let name = hand.table("deal__c");
        let net =
            "(COALESCE(amount__c, 0) * (10000 - COALESCE(rate__c, 0)) + 5000) / 10000 > 250000";
        let kind = "lower(CASE WHEN COALESCE(amount__c, 0) > 500000 THEN 'Big ' || CASE stage__c \
                    WHEN 'Open' THEN 'lead' WHEN 'Won' THEN 'customer' ELSE 'other' END \
                    ELSE 'Small' END) = 'big customer'";
        for (what, soql, by_hand) in [
            ("a currency formula", "Net__c > 2500", net),
            ("a text formula", "Kind__c = 'Big customer'", kind),
        ] {
            let soql = format!("SELECT COUNT() FROM Deal__c WHERE {soql}");
            let by_hand = format!("SELECT COUNT(*) FROM {name} WHERE isdeleted = 0 AND {by_hand}");
            let work = format!("{}: {what} in WHERE over {DEALS} records", hand.engine());
            let (ours, floor) = in_turns(&ctx, &soql, hand, &by_hand, true)?;
            table.at_most(&work, &ours, &floor, 3.0);
        }
        Ok(())
    })
}

/// Aggregates by stage and month, against the same by hand.
pub(crate) fn aggregates(args: &[String], url: &str, table: &mut Table) -> Result<()> {
    let n_rows = match args {
        [] => OPPORTUNITIES,
        [number] => number.parse().context("--aggregates takes a number")?,
        _ => anyhow::bail!("--aggregates takes one number"),
    };
    for_each_engine(url, |org, hand| {
        let ctx = org.context(org.automated_user())?;
        let fields = [("Name", "Deal"), ("StageName", "Prospecting"), ("CloseDate", "2026-01-31")];
        create(&ctx, "Opportunity", &fields)?;
        hand.multiply(
            "opportunity",
            n_rows,
            &[
                ("id", "id + i"),
                ("amount", "CASE WHEN i % 50 = 0 THEN NULL ELSE i * 7919 % 1000003 END"),
                ("closedate", "20000 + i * 31 % 730"),
                ("stagename", STAGE),
                ("stagename__fold", &format!("lower({STAGE})")),
            ],
        )?;
        let soql = "SELECT StageName, CALENDAR_MONTH(CloseDate), SUM(Amount), COUNT(Id) \
                    FROM Opportunity GROUP BY StageName, CALENDAR_MONTH(CloseDate)";
        let month = hand.text(
            "CAST(strftime('%m', closedate * 86400, 'unixepoch') AS INTEGER)",
            "EXTRACT(MONTH FROM DATE '1970-01-01' + closedate::int)",
        );
        let by_hand = format!(
            "SELECT stagename, {month} AS m, SUM(amount), COUNT(id) FROM {} WHERE isdeleted = 0 \
             GROUP BY 1, 2 ORDER BY 1, 2",
            hand.table("opportunity")
        );
        let work = format!("{}: {n_rows} opportunities by stage and month", hand.engine());
        let (ours, floor) = in_turns(&ctx, soql, hand, &by_hand, false)?;
        table.at_most(&work, &ours, &floor, 1.2);
        Ok(())
    })
}

/// Runs `measure` with a new org on each engine.
fn for_each_engine(
    url: &str,
    mut measure: impl FnMut(&Arc<Org>, &mut Hand) -> Result<()>,
) -> Result<()> {
    floor::clear(url)?;
    let dir = TempDir::new()?;
    let homes = [Home::directory(dir.path()), Home::postgres(&PostgresOptions::parse(url)?)];
    for home in homes {
        let org = identity::create_org(&home, &new_org(), &Options::default())?.org;
        measure(&org, &mut Hand::open(&org, url)?)?;
    }
    Ok(())
}

/// Both in turns, so that a busy moment meets both. Where `soql` counts, they must count the same.
fn in_turns(
    ctx: &Ctx,
    soql: &str,
    hand: &mut Hand,
    by_hand: &str,
    counts: bool,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..=2 * ROUNDS {
        let start = now();
        let page = records::query(ctx, soql, &OPTIONS)?;
        let took = start.elapsed();
        let (took_by_hand, last) = hand.query(by_hand)?;
        anyhow::ensure!(page.total_size != 0, "nothing was found: {soql}");
        let same = !counts || i64::try_from(page.total_size) == Ok(last);
        anyhow::ensure!(same, "{} and {last} by hand: {soql}", page.total_size);
        // The first round brings the pages of both into memory.
        if 0 < round {
            ours.push(took);
            floor.push(took_by_hand);
        }
    }
    Ok((ours, floor))
}

fn create(ctx: &Ctx, object: &str, fields: &[(&str, &str)]) -> Result<()> {
    let object = ctx.schema.object(object).context("no such object")?.id;
    let fields = fields.iter().map(|(name, it)| ((*name).to_owned(), Input::from(*it))).collect();
    let rows = vec![Row { object, id: None, fields }];
    let outcomes = records::create(ctx, rows, &SaveOptions { all_or_none: true })?;
    anyhow::ensure!(outcomes.iter().all(Result::is_ok), "a record was refused: {outcomes:?}");
    Ok(())
}

fn deals() -> Project {
    let text = include_str!("../project/Deal__c.object-meta.xml").to_owned();
    let path = "objects/Deal__c.object-meta.xml".to_owned();
    Project::of(vec![SourceFile { path, text: Some(text) }])
}
