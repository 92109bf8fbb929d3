//! Searches over a million names, on both engines; and what making their index takes.
//!
//! The searches go from one name among a million to the beginning of a tenth of them. Each runs
//! whole: from its text to the JSON of its records.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use identity::NewOrg;
use records::search::{Progress, SearchOptions, keep};
use records::{Ctx, Input, Org, Row, SaveOptions};
use store::{Home, Options, PostgresOptions};
use tempfile::TempDir;

use crate::floor;
use crate::now;
use crate::table::Table;

const NAMES: usize = 1_000_000;
const ROUNDS: usize = 15;
const BATCH: usize = 2_000;

/// Entries and records of one call that indexes.
const PORTION: u64 = 100_000;

/// Whose name it is that is searched for.
const SOUGHT: usize = 4_242;

/// What is searched for, and the statement.
const SEARCHES: [(&str, &str); 9] = [
    ("one name", "FIND {GIVEN FAMILY} IN NAME FIELDS RETURNING Contact(Id, Name)"),
    ("a word of few", "FIND {FAMILY} RETURNING Contact(Id, Name)"),
    ("a word of many", "FIND {GIVEN} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a word of all", "FIND {example} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a beginning of many", "FIND {bar*} RETURNING Contact(Id, Name) LIMIT 200"),
    ("as typed, two letters", "FIND {ba} IN SIDEBAR FIELDS RETURNING Contact(Id, Name) LIMIT 20"),
    ("two beginnings", "FIND {ba* ko*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 20"),
    ("an address", "FIND {GIVEN.FAMILY@example.test} RETURNING Contact(Id, Email)"),
    ("part of a number", "FIND {042-4242} IN PHONE FIELDS RETURNING Contact(Id, Phone)"),
];

pub(crate) fn run(args: &[String], url: &str, table: &mut Table) -> Result<()> {
    let n_names = match args {
        [] => NAMES,
        [number] => number.parse().context("--search takes a number")?,
        _ => anyhow::bail!("--search takes one number"),
    };
    let dir = TempDir::new()?;
    floor::clear(url)?;
    let postgres = Home::postgres(&PostgresOptions::parse(url)?);
    for (engine, home) in [("SQLite", Home::directory(dir.path())), ("PostgreSQL", postgres)] {
        let org = identity::create_org(&home, &new_org(), &Options::default())?.org;
        fill(&org, n_names)?;
        let start = now();
        while keep(&org, PORTION)? == Progress::Behind {}
        let per_thousand = start.elapsed() * 1_000 / u32::try_from(n_names)?;
        let work = format!("{engine}: index 1,000 of {n_names} contacts");
        table.within(&work, &[per_thousand], Duration::from_millis(200));
        let ctx = org.context(org.automated_user())?;
        for (what, text) in SEARCHES {
            let text = text.replace("GIVEN", &given(SOUGHT)).replace("FAMILY", &family(SOUGHT));
            let (times, n_found) = searches(&ctx, &text)?;
            let work = format!("{engine}: search {n_names} contacts: {what}, {n_found} found");
            table.within(&work, &times, Duration::from_millis(50));
        }
    }
    Ok(())
}

fn searches(ctx: &Ctx, text: &str) -> Result<(Vec<Duration>, usize)> {
    let options = SearchOptions { rows_max: records::search::ROWS_MAX, base: "" };
    let (mut times, mut n_found) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = now();
        let parsed = soql::sosl::parse(text).context("the search cannot be read")?;
        let page = records::search::search(ctx, &parsed, &options)?;
        times.push(start.elapsed());
        n_found = String::from_utf8_lossy(&page.records).matches("\"attributes\"").count();
    }
    Ok((times, n_found))
}

fn fill(org: &Arc<Org>, n_names: usize) -> Result<()> {
    let ctx = org.system("make records to measure searches with");
    let object = ctx.schema.object("Contact").context("no contacts")?.id;
    let all = SaveOptions { all_or_none: true };
    for from in (0..n_names).step_by(BATCH) {
        let rows = (from..n_names.min(from + BATCH)).map(|n| {
            let (first, last) = (given(n), family(n));
            let email = format!("{first}.{last}@example.test").to_lowercase();
            let phone = format!("+1 415 {:03}-{:04}", n / 10_000 % 1_000, n % 10_000);
            let fields =
                [("FirstName", first), ("LastName", last), ("Email", email), ("Phone", phone)];
            let fields = fields.map(|(name, it)| (name.to_owned(), Input::Text(it))).into();
            Row { object, id: None, fields }
        });
        let outcomes = records::create(&ctx, rows.collect(), &all)?;
        anyhow::ensure!(outcomes.iter().all(Result::is_ok), "a contact was refused");
        if from / 100_000 != (from + BATCH) / 100_000 {
            tell(from + BATCH, n_names);
        }
    }
    Ok(())
}

/// One of 1,331 first names.
fn given(n: usize) -> String {
    let few = n.wrapping_mul(7919) % 1_331;
    capital([SYLLABLES[few % 11], SYLLABLES[few / 11 % 11], SYLLABLES[few / 121 % 11]])
}

fn family(n: usize) -> String {
    let some = n.wrapping_mul(104_729) % 13_310;
    let stem = [SYLLABLES[(some + 5) % 11], SYLLABLES[some / 11 % 11], SYLLABLES[some / 121 % 11]];
    format!("{}{}", capital(stem), some / 1_331)
}

const SYLLABLES: [&str; 11] = ["ba", "ma", "ra", "lin", "ko", "si", "do", "ten", "vu", "ge", "ja"];

fn capital(syllables: [&str; 3]) -> String {
    let word = syllables.concat();
    word[..1].to_uppercase() + &word[1..]
}

fn new_org() -> NewOrg {
    NewOrg {
        name: "Search".to_owned(),
        username: "admin@search.example".to_owned(),
        email: "admin@search.example".to_owned(),
        first_name: None,
        last_name: "Administrator".to_owned(),
        password: Some("Correct-horse-battery-7".to_owned()),
        locale: "en_US".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "GMT".to_owned(),
        currency: "USD".to_owned(),
        country: None,
    }
}

#[expect(clippy::print_stderr, reason = "minutes pass before there is a table")]
fn tell(n: usize, n_names: usize) {
    eprintln!("{n} of {n_names} contacts");
}
