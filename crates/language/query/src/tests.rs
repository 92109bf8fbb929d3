//! Runs `test_data/*.case`: each query's SQL or its error, over the shipped objects.
//!
//! `compile` shows the statement of the first rows, `count`, `ids`, `page` and `children` the
//! others, `error` the message with its frame. `postgres:` begins a line that differs there.
//! `as sales` compiles for a user who may read accounts, contacts and opportunities, but not every
//! field of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use access::{Access, Guarded};
use base::{DateTime, RecordId};
use jiff::tz::TimeZone;
use schema::{FieldRights, ObjectRights, PermissionSet, Schema};
use testkit::cases::{Block, run_dir};

use crate::{Compiled, Context, Error, compile};

fn shipped() -> Schema {
    let catalog = schema::def::Catalog::shipped();
    let (schema, _) = schema::resolve(&catalog, &BTreeMap::new())
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    schema
}

/// Reads three objects, without the accounts' revenue and the contacts' e-mail address.
fn sales(schema: &Schema) -> Access {
    let mut set = PermissionSet { name: "Sales".to_owned(), ..PermissionSet::default() };
    for name in ["Account", "Contact", "Opportunity"] {
        let object = schema.object(name).unwrap();
        set.objects.insert(object.id, ObjectRights { read: true, ..ObjectRights::default() });
        for field in &object.fields {
            if !["AnnualRevenue", "Email"].contains(&field.name.as_str()) {
                let rights = FieldRights { read: true, edit: false };
                set.fields.insert((object.id, field.id), rights);
            }
        }
    }
    Access::of_user(schema, user(), &[&set])
}

fn user() -> RecordId {
    RecordId::parse("005000000000001").unwrap()
}

/// The statement for SQLite, its parameters, and the lines that are others for PostgreSQL beyond
/// the form of parameters and the schema before a table.
fn show(guarded: &Guarded) -> String {
    let statement = sql::Statement::Select(guarded.select());
    let rendered = statement.render(&sql::Dialect::sqlite());
    let mut out = lines(&rendered.text);
    let postgres = statement.render(&sql::Dialect::postgres("org"));
    assert_eq!(postgres.params, rendered.params);
    let text = postgres.text.replace('$', "?").replace("\"org\".", "");
    let others: Vec<String> = lines(&text)
        .into_iter()
        .zip(&out)
        .filter(|(postgres, sqlite)| postgres != *sqlite)
        .map(|(postgres, _)| format!("postgres: {postgres}"))
        .collect();
    let params: Vec<String> =
        rendered.params.iter().enumerate().map(|(n, it)| format!("?{}={it:?}", n + 1)).collect();
    out.push(params.join(" "));
    out.extend(others);
    out.join("\n")
}

fn lines(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for word in [" FROM ", " LEFT JOIN ", " JOIN ", " WHERE ", " ORDER BY ", " LIMIT "] {
        text = text.replace(word, &format!("\n{}", word.trim_start()));
    }
    text.replace("LEFT\nJOIN", "LEFT JOIN").lines().map(str::to_owned).collect()
}

#[test]
fn cases() {
    let schema = shipped();
    let zone = TimeZone::get("America/New_York").unwrap();
    let style = Arc::new(locale::Style::new("en_US", zone.clone(), "USD"));
    let now = DateTime::parse("2026-11-23T03:30:00Z").unwrap();
    let accesses = HashMap::from([("", Access::system("test")), ("as sales", sales(&schema))]);
    run_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/test_data")), |block| {
        let access = &accesses[block.arguments.trim_end_matches("deleted").trim()];
        let context = Context {
            schema: &schema,
            access,
            now,
            zone: &zone,
            calendar: crate::Calendar {
                week_start: 0,
                fiscal_start_month: 4,
                fiscal_year_named_by_start: false,
            },
            style: &style,
            deleted: block.arguments.ends_with("deleted"),
        };
        let compiled =
            soql::parse(&block.input).map_err(|error| error.frame(&block.input)).and_then(
                |query| compile(&context, &query).map_err(|it: Error| it.message(&block.input)),
            );
        match compiled {
            Ok(compiled) => view(block, &compiled),
            Err(message) => message,
        }
    });
}

fn view(block: &Block, compiled: &Compiled) -> String {
    let ids: Vec<RecordId> = [7, 3].into_iter().map(RecordId::from_raw).collect();
    match block.directive.as_str() {
        "compile" => show(&compiled.rows(2001)),
        "count" => show(&compiled.count()),
        "ids" => show(&compiled.ids()),
        "page" => show(&compiled.page(&ids)),
        "children" => {
            let plan = &compiled.children[0];
            let alone = soql::print(&plan.of_parent(user()));
            format!("{}\nof one parent: {alone}", show(&plan.of_parents(&ids)))
        }
        "error" => "no error".to_owned(),
        other => panic!("unknown directive `{other}` in {}", block.file.display()),
    }
}
