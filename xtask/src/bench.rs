//! Builds and runs the benchmarks in release; their arguments pass through.

use crate::run;

pub(crate) fn main(args: &[String]) -> anyhow::Result<()> {
    // The benchmarks of HTTP start the program itself.
    run::cargo(&["build", "--release", "--package", "candor"])?;
    let mut all = vec!["run", "--release", "--package", "bench", "--"];
    all.extend(args.iter().map(String::as_str));
    run::cargo(&all)
}
