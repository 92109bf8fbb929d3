//! Builds and runs the benchmarks in release, with what they are measured against: a private
//! PostgreSQL, and disks on which a flush takes a millisecond more.

use crate::postgres::{Cluster, Flush};
use crate::{install, run};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

pub(crate) fn main(args: &[String]) -> Result<()> {
    // The benchmarks of HTTP start the program itself.
    let candor = run::build_candor(false)?;
    run::cargo(&["build", "--release", "--package", "bench"])?;
    let shim = slow_flush()?;
    let fast = Cluster::start(Flush::Durable)?;
    let slow = Cluster::start_with(Flush::Durable, Some(&shim))?;
    let mut bench = run::command(&candor.with_file_name("bench").to_string_lossy());
    bench.args(args);
    // Read by the program; see its `main`.
    bench.env("CANDOR_BENCH_POSTGRES", fast.url());
    bench.env("CANDOR_BENCH_SLOW_POSTGRES", slow.url());
    bench.env("CANDOR_BENCH_SLOW_FLUSH", &shim);
    run::status(&mut bench)
}

/// Compiles the library that makes flushes slow, and says where it is.
fn slow_flush() -> Result<PathBuf> {
    install::ensure(install::FOR_BUILD)?;
    let dir = run::target_dir().join("bench");
    std::fs::create_dir_all(&dir)?;
    let library = dir.join("slow_flush.so");
    let source = Path::new("bench/slow_flush.c");
    let mut cc = run::command("cc");
    cc.args(["-O2", "-Wall", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    run::status(&mut cc).context("the library that delays flushes")?;
    Ok(library)
}
