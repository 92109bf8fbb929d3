//! Searches over a million names, on both engines; and what making their index takes.
//!
//! The searches go from one name among a million to a word that all have. Each runs whole: from
//! its text to the JSON of its records. With a directory, what is made is kept there and in the
//! database, and a second run measures the same orgs again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use identity::NewOrg;
use records::search::{Progress, SearchOptions, keep};
use records::{Ctx, Input, Org, QueryOptions, Row, SaveOptions};
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

/// Distinct first and last names. How often each comes falls with its rank, as among people: the
/// most frequent last name is one in seventeen, the last of them one in a million.
const GIVEN: usize = 2_000;
const FAMILIES: usize = 100_000;

/// What is searched for, and the statement. `$one` is the name of one contact, `$g1` and `$f1` are
/// the most frequent names, `$f300` and `$f40000` are less so.
const SEARCHES: [(&str, &str); 35] = [
    ("one name", "FIND {$one} IN NAME FIELDS RETURNING Contact(Id, Name)"),
    ("one name, anywhere", "FIND {$one} RETURNING Contact(Id, Name)"),
    ("one name, in all objects", "FIND {$one}"),
    ("a rare word", "FIND {$f40000} RETURNING Contact(Id, Name)"),
    ("a word of some", "FIND {$f300} RETURNING Contact(Id, Name)"),
    ("a word of some, in all objects", "FIND {$f300} LIMIT 200"),
    ("a word of many", "FIND {$f1} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a word of many, all that fit", "FIND {$f1} IN NAME FIELDS RETURNING Contact(Id, Name)"),
    ("a word of many, in all objects", "FIND {$f1} LIMIT 200"),
    ("a word of all", "FIND {example} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a word of all, in all objects", "FIND {example} LIMIT 200"),
    ("a word of none", "FIND {nobodyhere}"),
    ("two letters", "FIND {ba*} RETURNING Contact(Id, Name) LIMIT 20"),
    ("two letters, all that fit", "FIND {ko*} RETURNING Contact(Id, Name)"),
    ("two letters, in names", "FIND {ba*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 200"),
    ("three letters", "FIND {kom*} RETURNING Contact(Id, Name) LIMIT 200"),
    ("three letters, in names", "FIND {vub*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 200"),
    ("four letters, in names", "FIND {bara*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 200"),
    ("as typed, two letters", "FIND {ba} IN SIDEBAR FIELDS RETURNING Contact(Id, Name) LIMIT 20"),
    ("as typed, three letters", "FIND {vub} IN SIDEBAR FIELDS LIMIT 20"),
    (
        "as typed, a name and a letter",
        "FIND {$f300 b} IN SIDEBAR FIELDS RETURNING Contact(Id, Name) LIMIT 20",
    ),
    ("two beginnings", "FIND {ba* vug*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 20"),
    ("a phrase", "FIND {\"$one\"} RETURNING Contact(Id, Name)"),
    ("a phrase of many", "FIND {\"$g1 $f1\"} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a phrase of none", "FIND {\"$f1 $g1\"} RETURNING Contact(Id, Name) LIMIT 200"),
    ("either of two", "FIND {$f1 OR $f300} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 200"),
    ("some without many", "FIND {$f300 AND NOT $g1} RETURNING Contact(Id, Name) LIMIT 200"),
    ("all without many", "FIND {example AND NOT $f1} RETURNING Contact(Id, Name) LIMIT 200"),
    ("few of many", "FIND {(ba* OR ko*) AND $f300} RETURNING Contact(Id, Name) LIMIT 200"),
    ("a wildcard within", "FIND {b?ra*} IN NAME FIELDS RETURNING Contact(Id, Name) LIMIT 20"),
    ("an address", "FIND {$dot@example.test} RETURNING Contact(Id, Email)"),
    ("part of an address", "FIND {$f300@ex*} IN EMAIL FIELDS RETURNING Contact(Id, Email)"),
    ("part of no address", "FIND {$g1@example.test} RETURNING Contact(Id, Email)"),
    ("part of a number", "FIND {042-4242} IN PHONE FIELDS RETURNING Contact(Id, Phone)"),
    ("in order", "FIND {$f300} RETURNING Contact(Id, Name ORDER BY Name LIMIT 20)"),
];

/// Whose name `$one` is.
const SOUGHT: usize = 4_242;

pub(crate) fn run(args: &[String], url: &str, table: &mut Table) -> Result<()> {
    let (number, kept) = match args {
        [] => (None, None),
        [number] => (Some(number), None),
        [number, directory] => (Some(number), Some(Path::new(directory))),
        _ => anyhow::bail!("--search takes a number and a directory"),
    };
    let n_names = number.map_or(Ok(NAMES), |it| it.parse()).context("--search takes a number")?;
    let dir = TempDir::new()?;
    if kept.is_none() {
        floor::clear(url)?;
    }
    let sqlite = Home::directory(kept.unwrap_or(dir.path()));
    let postgres = Home::postgres(&PostgresOptions::parse(url)?);
    for (engine, home) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
        let org = match home.orgs()?.first() {
            Some(it) => identity::open_org(&home, &it.id, &Options::default())?,
            None => identity::create_org(&home, &new_org(), &Options::default())?.org,
        };
        fill(&org, n_names)?;
        let start = now();
        while keep(&org, PORTION)? == Progress::Behind {}
        let per_thousand = start.elapsed() * 1_000 / u32::try_from(n_names)?;
        let work = format!("{engine}: index 1,000 of {n_names} contacts");
        table.within(&work, &[per_thousand], Duration::from_millis(200));
        let ctx = org.context(org.automated_user())?;
        for (what, text) in SEARCHES {
            let (first, last) = name(SOUGHT);
            let text = [
                ("$one", format!("{first} {last}")),
                ("$dot", format!("{first}.{last}")),
                ("$f40000", word(40_000)),
                ("$f300", word(300)),
                ("$f1", word(1)),
                ("$g1", word(FAMILIES + 1)),
            ]
            .iter()
            .fold(text.to_owned(), |text, (name, it)| text.replace(name, it));
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
    let query = QueryOptions { batch_size: 200, deleted: false, base: "" };
    let found = records::query(&ctx, "SELECT Id FROM Contact LIMIT 1", &query)?;
    if 0 < found.total_size {
        return Ok(());
    }
    for from in (0..n_names).step_by(BATCH) {
        let rows = (from..n_names.min(from + BATCH)).map(|n| {
            let (first, last) = name(n);
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

fn name(n: usize) -> (String, String) {
    (word(FAMILIES + rank(2 * n, GIVEN)), word(rank(2 * n + 1, FAMILIES)))
}

/// From 1 on; each as often as the one of half its rank is twice.
fn rank(n: usize, ranks: usize) -> usize {
    let mut bits = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let chance = (bits ^ (bits >> 31)) as f64 / u64::MAX as f64;
    (ranks as f64).powf(chance) as usize
}

/// A word for each rank, the frequent ones shorter.
fn word(rank: usize) -> String {
    let mut word = String::new();
    let mut rest = rank * 7;
    while 0 < rest || word.len() < 4 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word[..1].to_uppercase() + &word[1..]
}

const SYLLABLES: [&str; 11] = ["ba", "ma", "ra", "lin", "ko", "si", "do", "ten", "vu", "ge", "ja"];

pub(crate) fn new_org() -> NewOrg {
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
