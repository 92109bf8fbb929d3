//! `conformance formula FILE [--engine memory|sqlite|postgres]`.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line program fails on standard error")]

use std::process::ExitCode;

use anyhow::Context;

const USAGE: &str = "usage: conformance formula FILE [--engine memory|sqlite|postgres]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every row holds.
fn run(args: &[String]) -> anyhow::Result<bool> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (file, engine) = match args.as_slice() {
        ["formula", file] => (*file, "memory"),
        ["formula", file, "--engine", engine] | ["formula", "--engine", engine, file] => {
            (*file, *engine)
        }
        _ => anyhow::bail!(USAGE),
    };
    let engine = conformance::formula::Engine::open(engine)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {file}"))?;
    let report = conformance::formula::run(&text, engine)?;
    println!("{}", report.print());
    Ok(report.failures.is_empty())
}
