//! Throws made-up texts at the parsers, optimized, for as long as is wanted: `fuzz soql
//! --minutes 10`. What it finds lies in `target/findings`.

use crate::run;
use anyhow::Result;
use std::path::Path;

pub(crate) fn main(args: &[String]) -> Result<()> {
    let build = ["run", "--quiet", "--profile", "fuzz", "--package", "fuzz", "--"];
    let mut cargo = run::cargo_command(&build);
    for arg in args {
        // The command runs in the repository, a file is meant from here.
        match Path::new(arg).canonicalize() {
            Ok(file) if file.is_file() => cargo.arg(file),
            _ => cargo.arg(arg),
        };
    }
    run::status(&mut cargo)
}
