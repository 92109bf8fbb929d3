//! Verdicts on SOQL queries: `{"soql": …, "valid": true|false}`, one a line.
//!
//! A valid query must also print as a text that reads as the same query.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::Report;

/// Judges every query of `cases`.
pub fn run(cases: &str) -> Result<Report> {
    let mut report = Report::default();
    for (n, line) in cases.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
        let case: Value =
            serde_json::from_str(line).with_context(|| format!("reading line {}", n + 1))?;
        let text = case["soql"].as_str().with_context(|| format!("line {}: no `soql`", n + 1))?;
        let valid = case["valid"].as_bool().with_context(|| format!("line {}: no `valid`", n + 1));
        match judge(text, valid?) {
            Ok(()) => report.passed += 1,
            Err(why) => report.failures.push(format!("line {}: {why}", n + 1)),
        }
    }
    Ok(report)
}

fn judge(text: &str, valid: bool) -> Result<(), String> {
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
