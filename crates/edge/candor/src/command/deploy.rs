//! `candor deploy`: deploys a project into the org of a data directory, whole or not at all.

use anyhow::{Context, Result, anyhow};
use clap::ArgMatches;
use metadata::{Outcome, Report, project};

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let dir = cli::dir(matches);
    let project = project::read(&dir)
        .with_context(|| format!("cannot read the project in {}", dir.display()))?;
    let orgs = orgs::registry(matches)?;
    let org = orgs::one(matches, &orgs)?;
    let ctx = org.context(org.automated_user())?;
    let what = dir.display().to_string();
    let report = metadata::deploy(&ctx, &project).map_err(|error| explain(error, &what))?;
    for line in table(&report) {
        say(line);
    }
    Ok(())
}

/// Lists the problems of a project that cannot be deployed, one a line.
pub(crate) fn explain(error: metadata::Error, what: &str) -> anyhow::Error {
    let metadata::Error::Problems { problems } = &error else {
        return anyhow::Error::new(error).context(format!("cannot deploy {what}"));
    };
    let lines: Vec<String> = problems
        .iter()
        .map(|it| format!("\n  {}:{}: {}: {}", it.file, it.line, it.component, it.message))
        .collect();
    let n = problems.len();
    anyhow!("{what} has {n} problem(s); nothing was changed:{}", lines.concat())
}

fn table(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &report.entries {
        if entry.outcome != Outcome::Unchanged || !entry.notices.is_empty() {
            lines.push(format!(
                "{:<12} {:<18} {}",
                entry.outcome.as_str(),
                entry.type_name,
                entry.name
            ));
        }
        for notice in &entry.notices {
            let place = match notice.line {
                0 => entry.file.clone(),
                line => format!("{}:{line}", entry.file),
            };
            lines.push(format!("             {place}: {}", notice.message));
        }
    }
    if !report.granted.is_empty() {
        lines.push(format!(
            "{} rights on what is new were granted to the profile System Administrator.",
            report.granted.len()
        ));
    }
    lines.push(if report.is_no_op() {
        format!("Nothing changed: {} components are as they were.", report.entries.len())
    } else {
        let count = |outcome| report.count(outcome);
        format!(
            "Deployed: {} created, {} changed, {} as they were, {} not supported.",
            count(Outcome::Created),
            count(Outcome::Changed),
            count(Outcome::Unchanged),
            count(Outcome::Unsupported)
        )
    });
    lines
}
