//! Every check, in the order in which failures are cheapest; the first failure ends the run.
//!
//! The same command runs at a desk and at the forge. It asks nothing, and ends with a table of
//! the steps and with a line in the form of `cargo test`, in which each step counts as one test.

use crate::{compat, faults, install, postgres, run, tidy};
use anyhow::{Result, bail};
use std::time::Duration;

/// What came of a number of checks.
#[derive(Default)]
pub(crate) struct Tally {
    pub n_passed: usize,
    pub n_failed: usize,
    pub n_skipped: usize,
}

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
    /// Whether `--fast` runs it too.
    is_fast: bool,
}

#[rustfmt::skip]
const STEPS: &[Step] = &[
    Step { name: "tools", run: tools, is_fast: false },
    Step { name: "shared cases", run: shared_cases, is_fast: true },
    Step { name: "format", run: || run::cargo(&["fmt", "--all", "--check"]), is_fast: true },
    Step { name: "tidy", run: || tidy::main(&[]), is_fast: true },
    Step { name: "clippy", run: clippy, is_fast: true },
    Step { name: "test", run: test, is_fast: true },
    Step { name: "test postgres", run: test_on_postgres, is_fast: false },
    Step { name: "doc", run: doc, is_fast: false },
    Step { name: "release", run: || run::cargo(&["build", "--release", "--package", "candor"]), is_fast: false },
    Step { name: "compat", run: || compat::main(&[]), is_fast: false },
    Step { name: "faults", run: faults::in_ci, is_fast: false },
];

/// The crates whose tests touch a store, and so run on each engine.
const ON_BOTH_ENGINES: &[&str] =
    &["store", "records", "metadata", "identity", "rest", "web", "candor"];

pub(crate) fn main(args: &[String]) -> Result<()> {
    let is_fast = match args {
        [] => false,
        [flag] if flag == "--fast" => true,
        _ => bail!("ci takes only --fast, got `{}`", args.join(" ")),
    };
    let before = tree_state()?;
    if run::is_ci() && before.status.lines().any(|line| line.ends_with(" Cargo.lock")) {
        bail!("Cargo.lock does not fit the manifests; run `cargo check` and commit it");
    }
    let start = run::now();
    let mut done: Vec<(&str, Duration)> = Vec::new();
    for step in STEPS.iter().filter(|step| step.is_fast || !is_fast) {
        println!("\n== {}", step.name);
        let step_start = run::now();
        let outcome = (step.run)();
        let took = step_start.elapsed();
        if let Err(error) = outcome {
            print_table(&done);
            println!("{:<14} {:>14}  FAILED: {error:#}", step.name, run::display(took));
            println!(
                "{}",
                summary(
                    &Tally { n_passed: done.len(), n_failed: 1, n_skipped: 0 },
                    start.elapsed()
                )
            );
            bail!("ci stopped at `{}`", step.name);
        }
        println!("== {}: {}", step.name, run::display(took));
        done.push((step.name, took));
    }
    check_tree(&before).inspect_err(|error| {
        println!(
            "{error:#}\n{}",
            summary(&Tally { n_passed: done.len(), n_failed: 1, n_skipped: 0 }, start.elapsed())
        );
    })?;
    print_table(&done);
    println!(
        "{}",
        summary(&Tally { n_passed: done.len() + 1, n_failed: 0, n_skipped: 0 }, start.elapsed())
    );
    Ok(())
}

fn print_table(done: &[(&str, Duration)]) {
    println!("\n{:<14} {:>14}", "step", "took");
    for (name, took) in done {
        println!("{name:<14} {:>14}  ok", run::display(*took));
    }
}

/// Returns one line in the form of `cargo test`, which forges know how to read.
pub(crate) fn summary(tally: &Tally, took: Duration) -> String {
    let Tally { n_passed, n_failed, n_skipped } = tally;
    let outcome = if *n_failed == 0 { "ok" } else { "FAILED" };
    format!(
        "test result: {outcome}. {n_passed} passed; {n_failed} failed; {n_skipped} ignored; \
         0 measured; 0 filtered out; finished in {:.2}s",
        took.as_secs_f64()
    )
}

fn tools() -> Result<()> {
    install::ensure_components()?;
    install::ensure(install::FOR_BUILD)?;
    install::ensure(install::FOR_PYTHON)?;
    install::ensure(install::FOR_NODE)?;
    install::ensure(install::FOR_POSTGRES)?;
    install::ensure(install::FOR_BROWSER)
}

/// The conformance cases lie beside the repository, and are not part of it.
fn shared_cases() -> Result<()> {
    if run::root().join("../shared/conformance").is_dir() {
        println!("../shared is there: its cases run");
        return Ok(());
    }
    if run::is_ci() {
        bail!("../shared is absent; with CI=true its conformance cases must run");
    }
    println!("../shared is absent: the conformance cases, and the E-Bikes client, are skipped");
    Ok(())
}

fn clippy() -> Result<()> {
    run::cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

/// Every test, those that touch a store on SQLite.
fn test() -> Result<()> {
    run::status(run::cargo_command(&["test", "--workspace"]).env_remove(postgres::VARIABLE))
}

/// The tests that touch a store once more, on PostgreSQL: a server that somebody named, or one
/// of our own that is gone afterwards.
fn test_on_postgres() -> Result<()> {
    let server = postgres::Server::take(postgres::Flush::Never)?;
    let mut args = vec!["test"];
    args.extend(ON_BOTH_ENGINES.iter().flat_map(|name| ["--package", name]));
    run::status(run::cargo_command(&args).env(postgres::VARIABLE, server.url()))
}

fn doc() -> Result<()> {
    let args = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    run::status(run::cargo_command(&args).env("RUSTDOCFLAGS", "-D warnings"))
}

/// What git says of the working tree.
#[derive(PartialEq, Eq)]
struct TreeState {
    status: String,
    diff: String,
}

fn tree_state() -> Result<TreeState> {
    Ok(TreeState { status: run::git(&["status", "--porcelain"])?, diff: run::git(&["diff"])? })
}

fn check_tree(before: &TreeState) -> Result<()> {
    let after = tree_state()?;
    if after == *before {
        return Ok(());
    }
    let known: Vec<&str> = before.status.lines().collect();
    let new: Vec<&str> = after.status.lines().filter(|line| !known.contains(line)).collect();
    if new.is_empty() {
        bail!("the run changed files that were changed already; see `git diff`");
    }
    bail!("the run left a diff in the tree:\n{}", new.join("\n"));
}
