//! The program with its demo org, as scripts of its users start it.

use crate::run;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::process::Command;

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
    process: testkit::server::Server,
    facts: Value,
}

impl Server {
    /// Starts the demo org in `data`, or in a database that is its home; what the server logs
    /// goes to the file `log`.
    pub(super) fn start(bin: &Path, data: &Path, home: Option<&str>, log: &Path) -> Result<Self> {
        let log_file = File::create(log).with_context(|| log.display().to_string())?;
        let mut command = run::command(&bin.to_string_lossy());
        command.args(["demo", "--port", "0", "--json", "--data"]).arg(data).stderr(log_file);
        command.envs(home.map(|home| ("CANDOR_HOME", home)));
        let process = testkit::server::Server::start(&mut command)
            .with_context(|| format!("candor did not get ready; see {}", log.display()))?;
        let facts = serde_json::from_str(process.ready()).context("its first line is not JSON")?;
        Ok(Server { process, facts })
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
    pub(super) fn stop(self) -> Result<()> {
        Ok(self.process.stop()?)
    }
}
