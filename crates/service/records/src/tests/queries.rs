//! Random queries on a real engine: whatever the compiler makes of them, the engine takes.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

use super::{ALL, Fixture, row};
use crate::{Error, Input, QueryOptions, create, query};

const TEXT: &[&str] = &["'x'", "'é%'", "''", "NULL"];
const NUMBER: &[&str] = &["1", "-1.005", "99999999999.5", "NULL"];
const DATE: &[&str] = &["2026-01-31", "TODAY", "LAST_N_FISCAL_QUARTERS:3", "NULL"];
const TIME: &[&str] = &["2026-01-31T00:00:00Z", "THIS_WEEK", "NULL"];
const ID: &[&str] = &["'a00000000000001'", "NULL"];

/// What a row can be asked for, with values that it compares with.
const OF_ROWS: &[(&str, &[&str])] = &[
    ("Id", ID),
    ("Name", TEXT),
    ("Code__c", TEXT),
    ("Budget__c", NUMBER),
    ("Start__c", DATE),
    ("At__c", TIME),
    ("Priority__c", TEXT),
    ("Active__c", &["TRUE"]),
    ("Account__c", ID),
    ("Account__r.Name", TEXT),
    ("Owner.Name", TEXT),
    ("Owner.Type", TEXT),
    ("Account__r.Owner.Name", TEXT),
    ("CALENDAR_YEAR(Start__c)", NUMBER),
    ("WEEK_IN_YEAR(convertTimezone(At__c))", NUMBER),
    ("FISCAL_QUARTER(Start__c)", NUMBER),
    ("HOUR_IN_DAY(At__c)", NUMBER),
    ("DAY_ONLY(convertTimezone(CreatedDate))", DATE),
    ("DISTANCE(Place__c, GEOLOCATION(1.5, -2), 'km')", NUMBER),
    ("toLabel(Priority__c)", TEXT),
    ("FORMAT(Rate__c)", NUMBER),
];

/// What a group can be asked for.
const OF_GROUPS: &[(&str, &[&str])] = &[
    ("COUNT(Id)", NUMBER),
    ("COUNT_DISTINCT(Contact_Email__c)", NUMBER),
    ("SUM(Budget__c)", NUMBER),
    ("AVG(Rate__c)", NUMBER),
    ("MIN(Contact_Email__c)", TEXT),
    ("MAX(At__c)", TIME),
    ("MAX(Tags__c)", TEXT),
    ("FORMAT(AVG(Budget__c))", NUMBER),
];

const KEYS: &[(&str, &[&str])] = &[
    ("Name", TEXT),
    ("Priority__c", TEXT),
    ("Start__c", DATE),
    ("Account__c", ID),
    ("Active__c", &["TRUE"]),
    ("Account__r.Name", TEXT),
    ("Owner.Type", TEXT),
    ("CALENDAR_YEAR(convertTimezone(At__c))", NUMBER),
    ("DAY_ONLY(CreatedDate)", DATE),
    ("WEEK_IN_MONTH(Start__c)", NUMBER),
];

const OPS: &[&str] = &["=", "!=", "<", "<=", ">", ">=", "LIKE", "IN", "NOT IN"];

type Operand = (&'static str, &'static [&'static str]);

fn condition(of: Vec<Operand>) -> impl Strategy<Value = String> {
    let term = (select(of), select(OPS), any::<prop::sample::Index>(), any::<bool>());
    let term = term.prop_map(|((operand, values), op, at, not)| {
        let value = values[at.index(values.len())];
        let list = format!("({})", values.join(", "));
        let value = if op.ends_with("IN") { &list } else { value };
        format!("{}{operand} {op} {value}", if not { "NOT " } else { "" })
    });
    let joined = (proptest::collection::vec(term, 1..3), any::<bool>());
    joined.prop_map(|(terms, and)| terms.join(if and { " AND " } else { " OR " }))
}

fn clause(
    word: &'static str,
    what: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), what.prop_map(move |it| format!(" {word} {it}"))]
}

fn order(of: Vec<Operand>) -> impl Strategy<Value = String> {
    let order = (select(of), select(&["", " DESC", " NULLS LAST"][..]));
    clause("ORDER BY", order.prop_map(|((by, _), how)| format!("{by}{how}")))
}

fn plain() -> impl Strategy<Value = String> {
    let items = subsequence(OF_ROWS.to_vec(), 1..5);
    let plain = (items, clause("WHERE", condition(OF_ROWS.to_vec())), order(OF_ROWS.to_vec()));
    plain.prop_map(|(items, where_, order)| {
        format!("SELECT {} FROM Project__c{where_}{order}", names(&items))
    })
}

fn grouped() -> impl Strategy<Value = String> {
    let form = select(&["#", "#", "ROLLUP(#)", "CUBE(#)"][..]);
    let keys = (subsequence(KEYS.to_vec(), 1..4), subsequence(OF_GROUPS.to_vec(), 1..4), form);
    keys.prop_flat_map(|(keys, items, form)| {
        let of: Vec<Operand> = keys.iter().chain(&items).copied().collect();
        let by = form.replace('#', &names(&keys));
        let select = format!("SELECT {}, {} FROM Project__c", names(&keys), names(&items));
        let where_ = clause("WHERE", condition(OF_ROWS.to_vec()));
        let rest = (where_, clause("HAVING", condition(of.clone())), order(of));
        rest.prop_map(move |(where_, having, order)| {
            format!("{select}{where_} GROUP BY {by}{having}{order}")
        })
    })
}

fn names(of: &[Operand]) -> String {
    of.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_engine_takes_what_compiles() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let text_of = |it: &str| Input::from(it);
    let fields = |n: usize| {
        [
            ("Name", Input::from(format!("Project {n}"))),
            ("Budget__c", Input::from(i64::try_from(n).unwrap())),
            ("Start__c", text_of("2026-01-31")),
            ("At__c", text_of("2026-07-01T00:00:00Z")),
            ("Priority__c", text_of("High")),
        ]
    };
    let rows = (0..5).map(|n| row(&ctx, "Project__c", None, &fields(n))).collect();
    create(&ctx, rows, &ALL).unwrap();
    let options = QueryOptions { batch_size: 200, deleted: false, base: "" };
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() };
    let (ran, refused) = (Cell::new(0), Cell::new(0));
    TestRunner::new(config)
        .run(&prop_oneof![plain(), grouped()], |soql| {
            match query(&ctx, &soql, &options) {
                Ok(_) => ran.set(ran.get() + 1),
                Err(Error::Query(_) | Error::Syntax(_)) => {
                    refused.set(refused.get() + 1);
                }
                Err(other) => prop_assert!(false, "{soql}\n{other:?}"),
            }
            Ok(())
        })
        .unwrap();
    assert!(120 < ran.get(), "{ran:?} ran, {refused:?} were refused");
}
