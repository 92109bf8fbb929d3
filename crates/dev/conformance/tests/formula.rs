//! Every row of the shared formula cases, on every engine.

use conformance::formula::{Engine, run};

fn rows() -> Option<String> {
    let path = testkit::shared::path("conformance/formula/cases.jsonl")?;
    Some(std::fs::read_to_string(path).expect("a readable file"))
}

#[test]
fn in_memory() {
    let Some(text) = rows() else { return };
    let report = run(&text, Engine::open("memory").expect("memory")).expect("a well-formed file");
    assert!(report.failures.is_empty(), "{}", report.print());
}
