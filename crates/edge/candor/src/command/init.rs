//! `candor init`: makes the first org and its administrator, without serving.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use identity::Created;

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let orgs = orgs::registry(matches)?;
    let listings = orgs.list();
    if listings.orgs.is_empty() {
        listings.whole().context("there may be an org already")?;
    } else {
        bail!(
            "there is an org already, and nothing was changed; `candor org create` makes another"
        );
    }
    let username = cli::text(matches, "username").context("--username is needed")?;
    let name = cli::text(matches, "org-name").context("--org-name is needed")?;
    let password = cli::text(matches, "password");
    let place = identity::orgs::Place::default();
    let created = orgs::create(&orgs, &name, &username, password, &place)?;
    for line in lines(&username, &created) {
        say(line);
    }
    Ok(())
}

/// What a person has to note down: it is shown once.
pub(crate) fn lines(username: &str, created: &Created) -> Vec<String> {
    vec![
        format!("organization    {}", created.org.store.id()),
        format!("user name       {username}"),
        format!("password        {}", created.password),
        format!("security token  {}", created.security_token),
        "The password and the token are stored as digests only: note them down now.".to_owned(),
    ]
}
