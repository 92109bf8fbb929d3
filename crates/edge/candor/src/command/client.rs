//! `candor client create`: registers a connected app.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let Some(("create", matches)) = matches.subcommand() else { bail!("no such command") };
    let orgs = orgs::registry(matches)?;
    let org = orgs::one(matches, &orgs)?;
    let ctx = org.context(org.automated_user())?;
    let name = cli::text(matches, "name").context("a name is needed")?;
    let username = cli::text(matches, "run-as").context("--run-as is needed")?;
    let user = identity::user::find(&ctx, &username)?
        .with_context(|| format!("there is no user `{username}`"))?;
    let made = identity::create_client(&ctx, &name, user)?;
    say(format_args!("client id      {}", made.client.id));
    say(format_args!("client secret  {}", made.secret));
    say("The secret is stored as a digest only: note it down now.");
    Ok(())
}
