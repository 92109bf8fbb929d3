//! Every row of the shared formula cases, on every engine.

use conformance::formula::{Engine, run};

fn rows() -> Option<String> {
    let path = testkit::shared::path("conformance/formula/cases.jsonl")?;
    Some(std::fs::read_to_string(path).expect("a readable file"))
}

/// Runs the rows, of which at most `excepted` in a thousand may be on the list of those that cannot
/// hold.
fn check(engine: &str, excepted: usize) {
    let Some(text) = rows() else { return };
    let engine = Engine::open(engine).expect("an engine");
    let report = run(&text, engine).expect("a well-formed file");
    assert!(report.failures.is_empty(), "{}", report.print());
    let n_rows = report.passed + report.excepted.len();
    assert!(report.excepted.len() * 1000 <= n_rows * excepted, "{}", report.print());
}

#[test]
fn in_memory() {
    check("memory", 1);
}

#[test]
fn on_sqlite() {
    check("sqlite", 10);
}

#[test]
fn on_postgres() {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask")]
    if std::env::var("CANDOR_TEST_POSTGRES").is_err() {
        eprintln!("skipped: CANDOR_TEST_POSTGRES names no server");
        return;
    }
    check("postgres", 10);
}
