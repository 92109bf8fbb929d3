//! Judges the queries of a file, one a line: `{"soql": …, "valid": true|false}`.
//!
//! Lists the queries whose verdict differs, and those that do not print as what they are, and ends
//! with `N passed, M failed`. Run by `cargo xtask conformance soql FILE`.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line program fails on standard error")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let [file] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap_or_default();
    let cases = match std::fs::read_to_string(&file) {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for (n, line) in cases.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
        match judge(line) {
            Ok(()) => passed += 1,
            Err(why) => {
                failed += 1;
                println!("line {}: {why}", n + 1);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn judge(line: &str) -> Result<(), String> {
    let case: serde_json::Value = serde_json::from_str(line).map_err(|it| it.to_string())?;
    let (Some(text), Some(valid)) = (case["soql"].as_str(), case["valid"].as_bool()) else {
        return Err("no case: `soql` and `valid` are missing".to_owned());
    };
    match (soql::parse(text), valid) {
        (Ok(query), true) => reads_as_it_prints(&query),
        (Err(_), false) => Ok(()),
        (Ok(_), false) => Err(format!("accepted: {text}")),
        (Err(error), true) => Err(format!("refused: {text}\n{}", error.frame(text).trim_start())),
    }
}

fn reads_as_it_prints(query: &soql::Query) -> Result<(), String> {
    let printed = soql::print(query);
    match soql::parse(&printed) {
        Ok(again) if soql::print(&again) == printed => Ok(()),
        Ok(again) => Err(format!("printed: {printed}\nand then: {}", soql::print(&again))),
        Err(error) => Err(format!("printed: {printed}\n{}", error.frame(&printed).trim_start())),
    }
}
