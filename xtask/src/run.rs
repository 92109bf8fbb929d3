//! Running other programs: where the repository is, what is printed, what a failure says.
//!
//! Every program gets an empty standard input, so that none can wait for an answer.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("invariant: xtask lies in the repository").to_path_buf()
}

/// Returns the value of a variable of the environment, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "a developer's tool, not the product")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Says whether this is a run for the record: what is missing is then a failure.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value != "false" && value != "0")
}

/// Reads the clock, for how long a step took.
#[expect(clippy::disallowed_methods, reason = "durations of steps are measured, not simulated")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns a duration as a person reads it: `4.2 s`, `3 min 07 s`.
pub(crate) fn display(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// Returns a command that runs in the root of the repository.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs git on the repository and returns what it printed.
pub(crate) fn git(args: &[&str]) -> Result<String> {
    let mut git = command("git");
    // A checkout may belong to another user than the one who checks it.
    git.args(["-c", "safe.directory=*"]).args(args);
    output(&mut git).context("the checks read the repository through git")
}

/// Returns the cargo that runs this program.
pub(crate) fn cargo_command(args: &[&str]) -> Command {
    let mut command = command(&variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.args(args);
    command
}

/// Runs cargo in the root of the repository.
pub(crate) fn cargo(args: &[&str]) -> Result<()> {
    status(&mut cargo_command(args))
}

/// Builds the program and returns its path.
pub(crate) fn build_candor(is_debug: bool) -> Result<PathBuf> {
    let mut args = vec!["build", "--package", "candor"];
    if !is_debug {
        args.push("--release");
    }
    cargo(&args)?;
    let profile = if is_debug { "debug" } else { "release" };
    Ok(target_dir().join(profile).join("candor"))
}

/// Where everything is made.
pub(crate) fn target_dir() -> PathBuf {
    let configured = variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".to_owned());
    root().join(configured)
}

/// Runs a command to its end, its output passing through.
pub(crate) fn status(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}): {}", output.status, stderr.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Says whether a command runs and succeeds; what it prints is dropped.
pub(crate) fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = command(program);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
