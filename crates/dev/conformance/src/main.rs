//! `conformance formula FILE [--engine memory|sqlite|postgres]`, `conformance soql FILE`.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line program fails on standard error")]

use std::process::ExitCode;

use anyhow::Context;

const USAGE: &str = "\
usage: conformance formula FILE [--engine memory|sqlite|postgres]
       conformance soql FILE";

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
    if let ["soql", file] = args.as_slice() {
        let report = conformance::soql::run(&read(file)?)?;
        println!("{}", report.print());
        return Ok(report.failures.is_empty());
    }
    let (file, engine) = match args.as_slice() {
        ["formula", file] => (*file, "memory"),
        ["formula", file, "--engine", engine] | ["formula", "--engine", engine, file] => {
            (*file, *engine)
        }
        _ => anyhow::bail!(USAGE),
    };
    let engine = conformance::formula::Engine::open(engine)?;
    let report = conformance::formula::run(&read(file)?, engine)?;
    println!("{}", report.print());
    Ok(report.failures.is_empty())
}

fn read(file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {file}"))
}
