//! The verdicts of another parser's test data, where a clone has them beside it.
//!
//! `test_data/grammar_exceptions.tsv` lists the queries on which the platform's documentation
//! says otherwise, with the reason; an exception that is no longer one fails the test.

use std::collections::BTreeMap;
use std::fs;

use crate::round_trip::printed;

const CASES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/conformance/soql/grammar.jsonl");
const EXCEPTIONS: &str = include_str!("../../test_data/grammar_exceptions.tsv");

#[test]
fn verdicts_are_those_of_the_grammar_cases() {
    let Ok(cases) = fs::read_to_string(CASES) else {
        assert!(!in_ci(), "{CASES} is missing");
        println!("skipped: {CASES} is missing");
        return;
    };
    let lines = EXCEPTIONS.lines().filter(|it| !it.starts_with('#'));
    let mut exceptions: BTreeMap<&str, &str> =
        lines.map(|it| it.split_once('\t').unwrap()).collect();
    let mut failures = Vec::new();
    for line in cases.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = case["soql"].as_str().unwrap();
        let parsed = soql::parse(text);
        let agrees = parsed.is_ok() == case["valid"].as_bool().unwrap();
        let excepted = exceptions.remove(text).is_some();
        if agrees == excepted {
            let word = if excepted { "needs no exception" } else { "differs" };
            failures.push(format!("{word}: {text}\n  {parsed:?}"));
        }
        if let Ok(query) = parsed {
            printed(&query);
        }
    }
    failures.extend(exceptions.keys().map(|it| format!("not among the cases: {it}")));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "the build's promise that the cases are there")]
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|it| it == "true")
}
