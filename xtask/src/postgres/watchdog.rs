//! Removes a cluster however the program that started it ends.
//!
//! A shell in a process group of its own waits for the end of its input, which comes when the
//! program closes the pipe, or dies: by an error, a panic, Ctrl-C, or `kill -9`. So no signal
//! need be handled, and nothing is left behind.

use super::user;
use anyhow::{Context as _, Result};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

/// Removes the directory last, so that a data directory never lies about without its guard.
const SCRIPT: &str = "\
trap '' INT TERM HUP
read -r _
if [ -f \"$1/data/postmaster.pid\" ]; then
    \"$2\" stop --silent --mode=immediate --wait --pgdata \"$1/data\"
fi
rm -rf \"$1\"
";

pub(super) struct Watchdog {
    shell: Child,
    /// None once it was told to act.
    alive: Option<ChildStdin>,
}

impl Watchdog {
    /// Guards the cluster in `dir`, which the program `pg_ctl` stops.
    pub(super) fn start(dir: &Path, pg_ctl: &Path) -> Result<Self> {
        let mut shell = user::command("sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(dir).arg(pg_ctl);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().context("sh could not be started")?;
        let alive = shell.stdin.take();
        Ok(Watchdog { shell, alive })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.alive.take());
        // It cannot fail in a way that anybody could mend here.
        drop(self.shell.wait());
    }
}
