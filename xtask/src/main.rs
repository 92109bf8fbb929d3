//! The developer's commands: what a build script would do, in Rust.
//!
//! | command                | what it does                                              |
//! |------------------------|-----------------------------------------------------------|
//! | `cargo xtask ci`       | installs what is missing, then every check and test       |
//! | `cargo xtask tidy`     | the house rules that no compiler or linter knows          |
//! | `cargo xtask compat`   | unmodified outside clients against the built binary       |
//! | `cargo xtask bench`    | the ratios of `bench`, in release                         |
//! | `cargo xtask conformance` | the cases of a language, from any file of its format   |
//! | `cargo xtask fuzz`     | made-up texts at the parsers of what people write         |
//! | `cargo xtask faults`   | a database that dies, and two processes on one            |
//! | `cargo xtask postgres` | a private PostgreSQL, for as long as it is wanted         |
//!
//! **Invariant.** Nothing here writes into the repository: everything made lands in `target/`.
//!
//! **Absent on purpose.** No argument parser and no process library: four commands with a flag
//! or two each are read by hand, so that `cargo xtask tidy` compiles in seconds.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line program fails on standard error")]

mod run;
mod tidy;
mod install;
mod ci;
mod compat;
mod conformance;
mod fuzz;
mod bench;
mod postgres;
mod faults;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci [--fast]            install what is missing, then every check and test;
                         --fast: formatting, tidy, clippy and tests only
  tidy                   check the house rules
  compat [NAME] [--debug]
                         run the outside clients in compat/ (or one of them) against
                         the release binary (or the debug one)
  conformance soql FILE
  conformance formula FILE [--engine memory|sqlite|postgres]
                         judge each case of the file, list what fails, count the rest
  fuzz [PARSER] [--minutes N] [--seed N]
  fuzz PARSER FILE       throw made-up texts at the parsers, each for N minutes (1), or one file
  bench [ARGS]           build and run the benchmarks in release
  faults [NAME] [--records N] [--seed N] [--debug]
                         kill the database, cut its connections, share it, during a load
  postgres [--durable]   start a private PostgreSQL, print its URL, and remove it at the end of
                         standard input; --durable: commits wait for the disk";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> anyhow::Result<()> {
    let Some((command, rest)) = args.split_first() else {
        anyhow::bail!("no command\n{USAGE}");
    };
    match command.as_str() {
        "ci" => ci::main(rest),
        "tidy" => tidy::main(rest),
        "compat" => compat::main(rest),
        "conformance" => conformance::main(rest),
        "fuzz" => fuzz::main(rest),
        "bench" => bench::main(rest),
        "faults" => faults::main(rest),
        "postgres" => postgres::main(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => anyhow::bail!("no command `{other}`\n{USAGE}"),
    }
}
