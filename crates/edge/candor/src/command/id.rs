//! `candor id`: shows the forms of a record id.

use anyhow::{Context, Result};
use base::RecordId;
use clap::ArgMatches;

use crate::cli;
use crate::command::say;

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let text = cli::text(matches, "id").unwrap_or_default();
    let id = match text.parse::<i64>() {
        Ok(raw) if 0 <= raw && text.len() != 15 && text.len() != 18 => RecordId::from_raw(raw),
        _ => RecordId::parse(&text).with_context(|| format!("`{text}` is no record id"))?,
    };
    say(format_args!("15 characters  {}", id.to_15()));
    say(format_args!("18 characters  {id}"));
    say(format_args!("key prefix     {}", id.prefix()));
    say(format_args!("number         {}", id.sequence()));
    say(format_args!("in storage     {}", id.raw()));
    Ok(())
}
