//! What a database's failures, and other processes on it, do to the promises of the wire.
//!
//! In: the built program and a private PostgreSQL. Out: one line per check, in the form of
//! outside clients': `ok NAME` or `FAILED NAME: why`.
//!
//! | module     | what it does                                                            |
//! |------------|-------------------------------------------------------------------------|
//! | [`program`]| the program on a home: made, served, verified                           |
//! | [`load`]   | clients that create records through every failure, and remember answers |
//! | [`killed`] | the database is killed and started again during the load                |
//! | [`cut`]    | connections to it are cut at random during the load                     |
//! | [`shared`] | two processes serve, and write, the same org                            |
//! | [`proxy`]  | what cuts connections                                                   |
//! | [`random`] | chance that a seed repeats                                              |
//!
//! **Invariant.** The clients do what the wire promises to be safe, and nothing that only works
//! here: a refusal with 503 is sent again, an answer that never came is asked for by name.

mod program;
mod load;
mod killed;
mod cut;
mod shared;
mod proxy;
mod random;

#[cfg(test)]
mod tests;

use crate::ci::{self, Tally};
use crate::postgres::{Cluster, Flush};
use crate::run;
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

/// How many records the full form creates, and the shorter one that is part of `ci`.
const RECORDS: usize = 10_000;
const RECORDS_IN_CI: usize = 2_000;

/// What a run is to do.
pub(crate) struct Plan {
    bin: PathBuf,
    n_records: usize,
    seed: u64,
    only: Option<String>,
}

/// What one fault is tried with.
struct Trial<'a> {
    plan: &'a Plan,
    cluster: &'a Cluster,
    tally: Tally,
}

struct Fault {
    name: &'static str,
    run: fn(&mut Trial<'_>) -> Result<()>,
}

const FAULTS: &[Fault] = &[
    Fault { name: "killed", run: killed::run },
    Fault { name: "cut", run: cut::run },
    Fault { name: "shared", run: shared::run },
];

pub(crate) fn main(args: &[String]) -> Result<()> {
    let (mut n_records, mut seed, mut only, mut is_debug) =
        (RECORDS, random::fresh()?, None, false);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--debug" => is_debug = true,
            "--records" => n_records = number(rest.next())?,
            "--seed" => seed = number(rest.next())?,
            name if FAULTS.iter().any(|it| it.name == name) => only = Some(name.to_owned()),
            other => bail!("faults does not know `{other}`"),
        }
    }
    let bin = run::build_candor(is_debug)?;
    run_all(&Plan { bin, n_records, seed, only })
}

/// The form that `ci` runs, against the release build.
pub(crate) fn in_ci() -> Result<()> {
    let bin = run::build_candor(false)?;
    run_all(&Plan { bin, n_records: RECORDS_IN_CI, seed: random::fresh()?, only: None })
}

fn number<T: std::str::FromStr>(arg: Option<&String>) -> Result<T> {
    let number = arg.and_then(|it| it.parse().ok());
    number.context("--records and --seed take a number")
}

fn run_all(plan: &Plan) -> Result<()> {
    println!("seed {}: `cargo xtask faults --seed {0}` repeats it", plan.seed);
    let start = run::now();
    let mut total = Tally::default();
    for fault in FAULTS.iter().filter(|it| plan.only.as_ref().is_none_or(|only| only == it.name)) {
        println!("\n{}", fault.name);
        // Each has a server of its own: what one did to it is not the next one's matter.
        let cluster = Cluster::start(Flush::Durable)?;
        let mut trial = Trial { plan, cluster: &cluster, tally: Tally::default() };
        if let Err(error) = (fault.run)(&mut trial) {
            trial.tally.n_failed += 1;
            println!("  FAILED  {}: {error:#}", fault.name);
        }
        total.n_passed += trial.tally.n_passed;
        total.n_failed += trial.tally.n_failed;
    }
    println!("\n{}", ci::summary(&total, start.elapsed()));
    if total.n_failed != 0 {
        bail!("{} checks under faults failed; the seed was {}", total.n_failed, plan.seed);
    }
    Ok(())
}

impl Trial<'_> {
    /// Notes a check that must hold for the trial to go on.
    fn check(&mut self, name: &str, outcome: Result<String>) -> Result<()> {
        match outcome {
            Ok(shown) => {
                self.tally.n_passed += 1;
                println!("  ok      {name}{}{shown}", if shown.is_empty() { "" } else { ": " });
                Ok(())
            }
            Err(error) => Err(error.context(name.to_owned())),
        }
    }
}
