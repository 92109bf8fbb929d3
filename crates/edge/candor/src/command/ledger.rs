//! `candor ledger verify`: rebuilds the log's root and finds a changed byte.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use crate::{cli, orgs};
use crate::command::say;

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let Some(("verify", matches)) = matches.subcommand() else { bail!("no such command") };
    let data = cli::data_dir(matches);
    let found = orgs::list(&data)?;
    if found.is_empty() {
        bail!("there is no org in {}", data.display());
    }
    let home = store::Home::directory(&data);
    for id in found {
        // Only the store: a damaged org must be verifiable even if its metadata cannot be read.
        let org = home
            .open(&id, &store::Options::default())
            .with_context(|| format!("cannot open the org {id} in {}", data.display()))?;
        let head = org
            .verify_ledger()
            .with_context(|| format!("the ledger of {} does not verify", org.id()))?;
        let root = ledger::hex(&head.root);
        say(format_args!("{}: {} entries verify; root {root}", org.id(), head.size));
    }
    Ok(())
}
