//! `candor ledger verify`: rebuilds the log's root and finds a changed byte.

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use crate::cli;
use crate::command::say;

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let Some(("verify", matches)) = matches.subcommand() else { bail!("no such command") };
    let data = cli::data_dir(matches);
    let found = identity::list_orgs(&data)?;
    if found.is_empty() {
        bail!("there is no org in {}", data.display());
    }
    for it in found {
        // Only the store: a damaged org must be verifiable even if its metadata cannot be read.
        let org = store::Org::open(&it.dir, &store::Options::default())
            .with_context(|| format!("cannot open the org in {}", it.dir.display()))?;
        let head = org
            .verify_ledger()
            .with_context(|| format!("the ledger of {} does not verify", org.id()))?;
        let root = ledger::hex(&head.root);
        say(format_args!("{}: {} entries verify; root {root}", org.id(), head.size));
    }
    Ok(())
}
