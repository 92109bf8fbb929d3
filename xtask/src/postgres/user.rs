//! Who runs PostgreSQL's programs: the user who runs this one, or `postgres` where that is root,
//! whom PostgreSQL refuses to serve.

use crate::run;
use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const USER: &str = "postgres";

/// A command that runs as that user, in a directory which everybody may enter.
pub(super) fn command(program: &str) -> Command {
    let mut command = if is_root() {
        let mut command = run::command("runuser");
        command.args(["-u", USER, "--", program]);
        command
    } else {
        run::command(program)
    };
    command.current_dir("/");
    command
}

/// Says whether there is such a user.
pub(super) fn exists() -> bool {
    !is_root() || run::succeeds("id", &[USER])
}

/// Writes a file that only that user may read.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let mut shell = command("sh");
    // The content is no argument: everybody on the machine may read those.
    shell.args(["-c", "umask 077; cat > \"$1\"", "sh"]).arg(path).stdin(Stdio::piped());
    let mut child = shell.spawn().context("sh could not be started")?;
    let mut stdin = child.stdin.take().context("no input")?;
    stdin.write_all(content)?;
    drop(stdin);
    if !child.wait()?.success() {
        bail!("{} cannot be written", path.display());
    }
    Ok(())
}

fn is_root() -> bool {
    run::output(run::command("id").arg("-u")).is_ok_and(|it| it.trim() == "0")
}
