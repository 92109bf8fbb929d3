//! `candor user password`: gives a user a password, and lets a locked-out one in again.
//!
//! Whoever runs it can read the org's files, so it asks for no rights: it is the way back for an
//! administrator who forgot a password.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let Some(("password", matches)) = matches.subcommand() else { bail!("no such command") };
    let orgs = orgs::registry(matches)?;
    let org = orgs::one(matches, &orgs)?;
    let ctx = org.system("set a password from the command line");
    let username = cli::text(matches, "username").context("a user name is needed")?;
    let user = identity::user::find(&ctx, &username)?
        .with_context(|| format!("there is no user `{username}`"))?;
    let given = cli::text(matches, "password");
    let secrets = identity::set_password(&ctx, user, given.as_deref())
        .with_context(|| format!("the password of `{username}` was not changed"))?;
    say(format_args!("password        {}", secrets.password));
    say(format_args!("security token  {}", secrets.security_token));
    say("All sessions of the user have ended. Note these down: only digests of them are stored.");
    Ok(())
}
