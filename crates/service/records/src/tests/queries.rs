//! Random queries on a real engine: whatever the compiler makes of them, the engine takes, and
//! says the same with and without `LIMIT`.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::{ALL, Fixture, row};
use crate::{Error, Input, QueryOptions, create, query};

const FIELDS: [&str; 18] = [
    "Id",
    "Name",
    "Code__c",
    "Count__c",
    "Budget__c",
    "Rate__c",
    "Start__c",
    "At__c",
    "Clock__c",
    "Priority__c",
    "Tags__c",
    "Active__c",
    "Account__c",
    "Account__r.Name",
    "Owner.Name",
    "Owner.Type",
    "Account__r.Owner.Name",
    "Contact_Email__c",
];

const VALUES: [&str; 12] = [
    "'x'",
    "''",
    "NULL",
    "1",
    "-1.005",
    "99999999999",
    "TRUE",
    "2026-01-31",
    "2026-01-31T00:00:00Z",
    "TODAY",
    "LAST_N_FISCAL_QUARTERS:3",
    "'a00000000000001'",
];

const FUNCTIONS: [&str; 16] = [
    "COUNT()",
    "COUNT(#)",
    "COUNT_DISTINCT(#)",
    "SUM(#)",
    "AVG(#)",
    "MIN(#)",
    "MAX(#)",
    "CALENDAR_YEAR(#)",
    "WEEK_IN_YEAR(convertTimezone(#))",
    "DAY_ONLY(#)",
    "FISCAL_QUARTER(#)",
    "HOUR_IN_DAY(convertTimezone(#))",
    "toLabel(#)",
    "FORMAT(#)",
    "convertCurrency(#)",
    "DISTANCE(Place__c, GEOLOCATION(1.5, -2), 'km')",
];

const OPS: [&str; 8] = ["=", "!=", "<", "<=", ">", ">=", "LIKE", "IN"];

fn operand() -> impl Strategy<Value = String> {
    let field = || select(&FIELDS[..]);
    let function = (select(&FUNCTIONS[..]), field()).prop_map(|(it, field)| it.replace('#', field));
    prop_oneof![3 => field().prop_map(str::to_owned), 2 => function]
}

fn condition() -> impl Strategy<Value = String> {
    let term = (operand(), select(&OPS[..]), select(&VALUES[..]), any::<bool>());
    let term = term.prop_map(|(operand, op, value, not)| {
        let value = if op == "IN" { format!("({value}, NULL)") } else { value.to_owned() };
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

fn list() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(operand(), 1..4)
}

fn text() -> impl Strategy<Value = String> {
    let group = (list(), select(&["#", "#", "ROLLUP(#)", "CUBE(#)"][..]));
    let group = group.prop_map(|(keys, form)| (keys.join(", "), form));
    let grouped = (group, list(), clause("HAVING", condition()), clause("ORDER BY", operand()));
    let grouped = grouped.prop_map(|((keys, form), select, having, order)| {
        let select = select.join(", ");
        let by = form.replace('#', &keys);
        format!("SELECT {keys}, {select} FROM Project__c GROUP BY {by}{having}{order}")
    });
    let order = (operand(), select(&["", " DESC", " NULLS LAST"][..]));
    let order = order.prop_map(|(by, how)| format!("{by}{how}"));
    let plain = (list(), clause("WHERE", condition()), clause("ORDER BY", order));
    let plain = plain.prop_map(|(select, where_, order)| {
        format!("SELECT {} FROM Project__c{where_}{order}", select.join(", "))
    });
    prop_oneof![plain, grouped]
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
    let config = ProptestConfig { cases: 1_500, failure_persistence: None, ..Default::default() };
    let (mut ran, mut refused) = (0, 0);
    TestRunner::new(config)
        .run(&text(), |soql| {
            match query(&ctx, &soql, &options) {
                Ok(_) => ran += 1,
                Err(Error::Query(_) | Error::Syntax(_)) => refused += 1,
                Err(other) => prop_assert!(false, "{soql}\n{other:?}"),
            }
            Ok(())
        })
        .unwrap();
    assert!(150 < ran, "{ran} ran, {refused} were refused");
}
