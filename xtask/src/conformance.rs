//! Runs the conformance cases of a language: any file of its format, not only those beside a
//! checkout. A program of its own judges them, because formulas are asked of engines, too.

use crate::postgres::{Flush, Server, VARIABLE};
use crate::run;
use anyhow::{Result, bail};
use std::path::PathBuf;

pub(crate) fn main(args: &[String]) -> Result<()> {
    let [language, file, options @ ..] = args else {
        bail!("say which language and which file: `conformance soql FILE`");
    };
    // The command runs in the repository, the file is meant from here.
    let file = PathBuf::from(file).canonicalize().map_err(|it| anyhow::anyhow!("{file}: {it}"))?;
    if !["soql", "formula"].contains(&language.as_str()) {
        bail!("no conformance cases for `{language}`");
    }
    let mut cargo = run::cargo_command(&["run", "--quiet", "--package", "conformance", "--"]);
    cargo.arg(language).arg(file).args(options);
    let server = match options {
        [option, engine] if option == "--engine" && engine == "postgres" => {
            Some(Server::take(Flush::Never)?)
        }
        _ => None,
    };
    if let Some(server) = &server {
        cargo.env(VARIABLE, server.url());
    }
    run::status(&mut cargo)
}
