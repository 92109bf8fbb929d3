//! `candor retrieve`: writes an org's own metadata as a project.

use anyhow::{Context, Result};
use clap::ArgMatches;
use metadata::Existing;

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let dir = cli::dir(matches);
    let orgs = orgs::registry(matches)?;
    let org = orgs::one(matches, &orgs)?;
    let ctx = org.context(org.automated_user())?;
    let existing = if matches.get_flag("force") { Existing::Replace } else { Existing::Keep };
    let files = metadata::retrieve(&ctx, &dir, existing)
        .with_context(|| format!("cannot retrieve into {}", dir.display()))?;
    say(format_args!("Wrote {} files to {}.", files.len(), dir.display()));
    Ok(())
}
