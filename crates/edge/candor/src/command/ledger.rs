//! `candor ledger verify`: rebuilds the log's root and finds a changed byte.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use identity::orgs::Listings;

use crate::command::say;
use crate::{cli, orgs};

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let Some(("verify", matches)) = matches.subcommand() else { bail!("no such command") };
    let orgs = orgs::registry(matches)?;
    let wanted = cli::text(matches, "org").map(|it| orgs.find(&it)).transpose()?;
    let mut n_verified = 0;
    let Listings { orgs: listings, away } = orgs.list();
    for listing in listings {
        if wanted.is_some_and(|it| it != listing.id) {
            continue;
        }
        let id = listing.id.to_string();
        let home = orgs.home(&listing.home)?;
        // Only the store: a damaged org must be verifiable even if its metadata cannot be read.
        let org = home
            .store
            .open(&id, &store::Options::default())
            .with_context(|| format!("cannot open the org {id} in {}", listing.home))?;
        let head =
            org.verify_ledger().with_context(|| format!("the ledger of {id} does not verify"))?;
        let root = ledger::hex(&head.root);
        say(format_args!("{id}: {} entries verify; root {root}", head.size));
        n_verified += 1;
    }
    // Whoever asked for one org has its answer, or was told that it cannot be found.
    if wanted.is_none()
        && let Some(away) = away.into_iter().next()
    {
        return Err(away.error).with_context(|| format!("cannot see the orgs in {}", away.home));
    }
    if n_verified == 0 {
        bail!("there is no org in {}", cli::data_dir(matches).display());
    }
    Ok(())
}
