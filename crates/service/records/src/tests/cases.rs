//! Runs `test_data/cases/*.case`, each file in an org of its own.
//!
//! | directive                     | input, a line each                                    |
//! |-------------------------------|-------------------------------------------------------|
//! | `create OBJECT`               | `label {"Field": value, …}`                            |
//! | `update OBJECT`               | the same; the label names the record                   |
//! | `upsert OBJECT FIELD`         | `label {…}`                                            |
//! | `delete`, `undelete`          | `label`                                                |
//! | `query`, `query deleted`      | SOQL                                                   |
//! | `names OBJECT`                | conditions, a line each: the names of what each finds  |
//! | `refused`                     | SOQL, a line each: why each does not run               |
//! | `search`                      | SOSL                                                   |
//! | `found`                       | the same; shows which records, and no more             |
//! | `bin`                         | nothing                                                |
//! | `leaves`                      | `label`: the record's entries in the ledger            |
//!
//! `as clerk` acts as a user with few rights, `as system` as the system, `all` makes a call all or
//! none. `$label` stands for the id of a record that a case made. Each case is an hour after the
//! one before.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use base::RecordId;
use serde_json::Value as Json;
use testkit::cases::{Block, run_dir};

use super::{ALL, EACH, Fixture, ORG_ID};
use crate::search::{self, ROWS_MAX, SearchOptions};
use crate::{
    Ctx, Error, Input, Outcome, QueryOptions, Row, create, delete, query, recycle_bin, undelete,
    update, upsert,
};

#[test]
fn cases() {
    let mut worlds: HashMap<String, World> = HashMap::new();
    run_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/test_data/cases")), |block| {
        let file = block.file.display().to_string();
        let world = worlds.entry(file).or_insert_with(World::new);
        world.fixture.clock.advance(Duration::from_secs(3600));
        world.run(block)
    });
    for world in worlds.values() {
        world.fixture.org.store.verify_ledger().unwrap();
    }
}

struct World {
    fixture: Fixture,
    /// Ordered, so that of two labels of one record the same one shows every time.
    labels: BTreeMap<String, RecordId>,
}

impl World {
    fn new() -> Self {
        let fixture = Fixture::new();
        let org = RecordId::parse(ORG_ID).unwrap();
        let labels = [("admin", fixture.admin), ("clerk", fixture.clerk), ("org", org)];
        let labels = labels.map(|(label, id)| (label.to_owned(), id)).into();
        Self { fixture, labels }
    }

    fn run(&mut self, block: &Block) -> String {
        let ctx = match () {
            () if block.arguments.contains("as clerk") => self.fixture.clerk(),
            () if block.arguments.contains("as system") => self.fixture.org.system("a case"),
            () => self.fixture.admin(),
        };
        let words: Vec<&str> = block.arguments.split(' ').collect();
        let options = if words.contains(&"all") { ALL } else { EACH };
        let input = self.with_ids(&block.input);
        let ids = || {
            input
                .lines()
                .map(|it| RecordId::parse(it).unwrap_or(self.fixture.admin))
                .collect::<Vec<_>>()
        };
        let shown = match block.directive.as_str() {
            "create" | "update" | "upsert" => {
                let (labels, rows) = self.rows(&ctx, words[0], &block.input);
                let object = ctx.schema.object(words[0]).unwrap();
                let outcomes = match block.directive.as_str() {
                    "create" => create(&ctx, rows, &options),
                    "update" => update(&ctx, rows, &options),
                    _ => {
                        let field = object.field(words[1]).unwrap().id;
                        upsert(&ctx, rows, (object.id, field), &options)
                    }
                };
                self.outcomes(&labels, outcomes.unwrap())
            }
            "delete" => self.outcomes(&lines(block), delete(&ctx, &ids(), &options).unwrap()),
            "undelete" => self.outcomes(&lines(block), undelete(&ctx, &ids(), &options).unwrap()),
            "query" => {
                let deleted = words.contains(&"deleted");
                let options = QueryOptions { batch_size: 200, deleted, base: "" };
                match query(&ctx, &input, &options) {
                    Ok(page) => {
                        let records = String::from_utf8(page.records).unwrap();
                        format!("{}: {records}", page.total_size)
                            .replace("},{\"attributes", "},\n{\"attributes")
                    }
                    Err(error) => format!("{error:?}"),
                }
            }
            "names" => input.lines().map(|it| names(&ctx, words[0], it)).collect(),
            "refused" => input.lines().map(|it| refused(&ctx, it)).collect(),
            "search" => searched(&ctx, &input),
            "found" => found(&ctx, &input),
            "bin" => bin(&ctx),
            "leaves" => ids().into_iter().map(|id| leaves(&ctx, id)).collect(),
            other => panic!("unknown directive `{other}`"),
        };
        self.without_ids(&shown)
    }

    fn rows(&self, ctx: &Ctx, object: &str, input: &str) -> (Vec<String>, Vec<Row>) {
        let object = ctx.schema.object(object).unwrap().id;
        let row = |line: &str| {
            let (label, json) = line.split_once(' ').unwrap();
            let json: Json = serde_json::from_str(&self.with_ids(json)).unwrap();
            let Input::Object(fields) = input_of(json) else { panic!("{line}") };
            (label.to_owned(), Row { object, id: self.labels.get(label).copied(), fields })
        };
        input.lines().map(row).unzip()
    }

    fn outcomes(&mut self, labels: &[String], outcomes: Vec<Outcome>) -> String {
        let mut out = String::new();
        for (label, outcome) in labels.iter().zip(outcomes) {
            match outcome {
                Ok(saved) => {
                    self.labels.insert(label.clone(), saved.id);
                    let done = if saved.created { "created" } else { "done" };
                    writeln!(out, "{label}: {done}").unwrap();
                }
                Err(refused) => {
                    for error in refused.errors {
                        let fields = error.fields.join(", ");
                        writeln!(out, "{label}: {:?} [{fields}]", error.kind).unwrap();
                    }
                }
            }
        }
        out
    }

    fn with_ids(&self, text: &str) -> String {
        let mut labels: Vec<(&String, &RecordId)> = self.labels.iter().collect();
        labels.sort_by_key(|(label, _)| std::cmp::Reverse(label.len()));
        labels.into_iter().fold(text.to_owned(), |text, (label, id)| {
            let line = |it: &str| if it == label { id.to_string() } else { it.to_owned() };
            let text = text.replace(&format!("${label}"), &id.to_string());
            text.lines().map(line).collect::<Vec<_>>().join("\n")
        })
    }

    fn without_ids(&self, text: &str) -> String {
        self.labels.iter().fold(text.to_owned(), |text, (label, id)| {
            text.replace(&id.to_string(), &format!("${label}"))
        })
    }
}

/// The names of the records for which a condition holds.
fn names(ctx: &Ctx, object: &str, condition: &str) -> String {
    let options = QueryOptions { batch_size: 2000, deleted: false, base: "" };
    let soql = format!("SELECT Name FROM {object} WHERE {condition} ORDER BY Name");
    let found = match query(ctx, &soql, &options) {
        Ok(page) => String::from_utf8(page.records).unwrap(),
        Err(error) => return format!("{condition}: {error:?}\n"),
    };
    let names = found.split("\"Name\":\"").skip(1).filter_map(|it| it.split('"').next());
    let names: Vec<&str> = names.collect();
    format!("{condition}: {}\n", names.join(" "))
}

/// Why a query does not run.
fn refused(ctx: &Ctx, soql: &str) -> String {
    let options = QueryOptions { batch_size: 200, deleted: false, base: "" };
    match query(ctx, soql, &options) {
        Ok(page) => format!("{} rows\n", page.total_size),
        Err(Error::Query(error)) => format!("{:?}\n", error.kind),
        Err(error) => format!("{error:?}\n"),
    }
}

fn searched(ctx: &Ctx, text: &str) -> String {
    let options = SearchOptions { rows_max: ROWS_MAX, base: "" };
    let found = match soql::sosl::parse(text) {
        Ok(parsed) => search::search(ctx, &parsed, &options),
        Err(error) => return format!("{error:?}"),
    };
    match found {
        Ok(page) => {
            let records = String::from_utf8(page.records).unwrap();
            let shown = records.replace("},{\"attributes", "},\n{\"attributes");
            if shown.is_empty() { "nothing".to_owned() } else { shown }
        }
        Err(error) => format!("{error:?}"),
    }
}

/// The labels of what a search finds, in order; a line for each of several searches.
fn found(ctx: &Ctx, text: &str) -> String {
    let ids = |text| {
        let shown = searched(ctx, text);
        let urls = shown.split("/sobjects/").skip(1);
        let ids: Vec<&str> = urls.filter_map(|it| it.split(['/', '"']).nth(1)).collect();
        if ids.is_empty() { shown } else { ids.join(" ") }
    };
    text.lines().map(ids).collect::<Vec<_>>().join("\n")
}

fn lines(block: &Block) -> Vec<String> {
    block.input.lines().map(|it| it.trim_start_matches('$').to_owned()).collect()
}

fn input_of(json: Json) -> Input {
    match json {
        Json::Null => Input::Null,
        Json::Bool(bool) => Input::Bool(bool),
        Json::Number(number) => Input::Number(number.to_string()),
        Json::String(text) => Input::Text(text),
        Json::Array(_) => Input::List,
        Json::Object(map) => {
            Input::Object(map.into_iter().map(|(key, it)| (key, input_of(it))).collect())
        }
    }
}

fn bin(ctx: &Ctx) -> String {
    let mut out = String::new();
    for it in recycle_bin(ctx, 100, None).unwrap().entries {
        let object = &ctx.schema.get(it.object).name;
        let (name, by, at) = (&it.name, it.deleted_by, it.deleted_at);
        writeln!(out, "{object} {name} {} by {by} at {at}", it.id).unwrap();
    }
    out
}

/// The kinds and fields of a record's entries, found by following them back from its last one.
fn leaves(ctx: &Ctx, id: RecordId) -> String {
    let object = ctx.schema.object_of_prefix(id.prefix()).unwrap();
    let read = ctx.org.store.read().unwrap();
    let last = crate::fetch::records(&read, object, ctx.plan(object), &[id]).unwrap()[&id].leaf;
    let mut next = last;
    let mut out = Vec::new();
    while let Some(index) = next {
        let mut select = sql::Select::from_table("candor_ledger", sql::Alias(0));
        let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
        select.columns = vec![column("entry")];
        select.where_ = column("idx").eq(sql::Expr::int(i64::try_from(index).unwrap()));
        next = None;
        let query = access::Access::system("test").guard(select);
        crate::rows::each(&read, &query, |row| {
            let sql::ValueRef::Blob(bytes) = row.get(0) else { panic!("no entry") };
            let entry = ledger::Entry::parse(bytes).unwrap();
            assert_eq!(entry.object, Some((object.name.clone(), id)));
            assert!(entry.row.is_some());
            next = entry.previous;
            out.push(format!("{} {}\n", entry.kind.as_str(), entry.fields.join(" ")));
            Ok(())
        })
        .unwrap();
    }
    out.reverse();
    out.concat()
}
