//! Candor: one program that makes orgs, serves them, and deploys into them.
//!
//! | module      | what                                                         |
//! |-------------|--------------------------------------------------------------|
//! | [`cli`]     | the command line                                             |
//! | [`command`] | what each command does, one file each                        |
//! | [`config`]  | where orgs live, as files, environment and arguments say it   |
//! | [`orgs`]    | the orgs that a command works on                              |
//! | [`control`] | how `candor org` reaches a server that runs                   |
//! | [`search`]  | keeps the search indexes of the orgs that are open            |
//! | [`demo`]    | the sample company and its data                              |
//! | [`server`]  | listeners and shutdown                                       |
//! | [`tls`]     | the local certificate authority                              |
//!
//! The only crate that knows all others, and the only one that reads arguments and environment.
//! Exit codes: 0 for done, 1 for failed with a message on standard error, 2 for a command line
//! that cannot be read.

mod cli;
mod command;
mod config;
mod orgs;
mod control;
mod search;
mod demo;
mod server;
mod tls;

use std::process::ExitCode;

use clap::ArgMatches;

fn main() -> ExitCode {
    let matches = cli::command().get_matches();
    log();
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match matches.subcommand() {
        Some(("demo", matches)) => command::demo::run(matches),
        Some(("serve", matches)) => command::serve::run(matches),
        Some(("init", matches)) => command::init::run(matches),
        Some(("deploy", matches)) => command::deploy::run(matches),
        Some(("retrieve", matches)) => command::retrieve::run(matches),
        Some(("org", matches)) => command::org::run(matches),
        Some(("ledger", matches)) => command::ledger::run(matches),
        Some(("client", matches)) => command::client::run(matches),
        Some(("user", matches)) => command::user::run(matches),
        Some(("id", matches)) => command::id::run(matches),
        _ => anyhow::bail!("no such command"),
    }
}

/// Logs warnings and errors to standard error, or what `CANDOR_LOG` asks for.
fn log() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .with_env_var("CANDOR_LOG")
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // What cannot be logged, because a disk is full, must not end what was being logged.
        .log_internal_errors(false)
        .init();
}

/// Prints an error and what lies under it, each cause once.
#[expect(clippy::print_stderr, reason = "the message of a failed command")]
fn complain(error: &anyhow::Error) {
    eprintln!("candor: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
