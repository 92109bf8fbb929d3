//! Runs the conformance cases of a language: any file of its format, not only those beside a
//! checkout. The programs that judge are examples of the languages' own crates.

use crate::run;
use anyhow::{Result, bail};
use std::path::PathBuf;

pub(crate) fn main(args: &[String]) -> Result<()> {
    let [language, file, options @ ..] = args else {
        bail!("say which language and which file: `conformance soql FILE`");
    };
    let package = match language.as_str() {
        "soql" => "soql",
        other => bail!("no conformance cases for `{other}`"),
    };
    // The command runs in the repository, the file is meant from here.
    let file = PathBuf::from(file).canonicalize().map_err(|it| anyhow::anyhow!("{file}: {it}"))?;
    let mut cargo = run::cargo_command(&["run", "--quiet", "--package", package]);
    cargo.args(["--example", "conformance", "--"]).arg(file).args(options);
    run::status(&mut cargo)
}
