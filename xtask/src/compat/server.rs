//! The program as its users' scripts see it: started with `--json`, ready when it says so on one
//! line, stopped by a signal.

use crate::run;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The demo org is made within seconds; a debug build takes longer.
const READY_TIMEOUT: Duration = Duration::from_secs(180);
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// The line's keys, and the variables by which scripts get them.
const FACTS: &[(&str, &str)] = &[
    ("url", "CANDOR_URL"),
    ("api_url", "CANDOR_API_URL"),
    ("ca_file", "CANDOR_CA_FILE"),
    ("username", "CANDOR_USERNAME"),
    ("password", "CANDOR_PASSWORD"),
    ("security_token", "CANDOR_TOKEN"),
    ("client_id", "CANDOR_CLIENT_ID"),
    ("client_secret", "CANDOR_CLIENT_SECRET"),
];

/// A running server; it is killed when dropped.
pub(super) struct Server {
    child: Child,
    facts: Value,
}

impl Server {
    /// Starts the demo org in `data`; what the server logs goes to the file `log`.
    pub(super) fn start(bin: &Path, data: &Path, log: &Path) -> Result<Self> {
        let log_file = File::create(log).with_context(|| log.display().to_string())?;
        let mut command = run::command(&bin.to_string_lossy());
        command.args(["demo", "--port", "0", "--json", "--data"]).arg(data);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .context("candor does not start")?;
        let stdout = child.stdout.take();
        let mut server = Server { child, facts: Value::Null };
        let line = first_line(stdout.context("candor has no output")?);
        server.facts = line
            .and_then(|line| serde_json::from_str(&line).context("its first line is not JSON"))
            .with_context(|| format!("candor did not get ready; see {}", log.display()))?;
        Ok(server)
    }

    /// Tells a script where the server is and who may sign in.
    pub(super) fn describe_to(&self, command: &mut Command) -> Result<()> {
        for (key, variable) in FACTS {
            let Some(value) = self.facts.get(key).and_then(Value::as_str) else {
                bail!("candor's line says nothing of `{key}`: {}", self.facts);
            };
            command.env(variable, value);
        }
        // Read by requests and by Node as they start: the clients themselves are not configured.
        let ca_file = self.facts.get("ca_file").and_then(Value::as_str).unwrap_or_default();
        command.env("REQUESTS_CA_BUNDLE", ca_file).env("NODE_EXTRA_CA_CERTS", ca_file);
        Ok(())
    }

    /// Asks the server to stop, and waits until it has.
    pub(super) fn stop(mut self) -> Result<()> {
        let asked = run::now();
        let pid = self.child.id().to_string();
        if !run::succeeds("kill", &["-TERM", &pid]) {
            bail!("it is gone already");
        }
        let kept = super::kill_after(STOP_TIMEOUT, &self.child);
        let status = self.child.wait()?;
        drop(kept);
        if !status.success() {
            bail!("it ended with {status} after {}", run::display(asked.elapsed()));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what they are for.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits for the line; what follows is read on so that the server never blocks on a full pipe.
fn first_line(stdout: ChildStdout) -> Result<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { return };
            // Only the first is waited for.
            drop(send.send(line));
        }
    });
    receive.recv_timeout(READY_TIMEOUT).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => anyhow::anyhow!("it printed nothing"),
        mpsc::RecvTimeoutError::Disconnected => anyhow::anyhow!("it ended"),
    })
}
