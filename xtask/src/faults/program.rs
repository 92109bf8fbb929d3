//! The program on a home: an org made in it, served, deployed into, verified.

use crate::run;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::client::Client;

const USERNAME: &str = "faults@candor.example";
const PASSWORD: &str = "Correct-horse-battery-7";

/// A data directory whose orgs live in a database.
pub(super) struct Program<'a> {
    bin: &'a Path,
    data: PathBuf,
    home: String,
}

/// A running server of it.
pub(super) struct Served {
    process: testkit::server::Server,
    url: String,
}

impl<'a> Program<'a> {
    /// `name` says which directory under `target/faults` it is given, empty.
    pub(super) fn new(bin: &'a Path, name: &str, home: &str) -> Result<Self> {
        let data = dir(name)?;
        Ok(Self { bin, data, home: home.to_owned() })
    }

    /// Makes the org that all of this is about.
    pub(super) fn init(&self) -> Result<()> {
        let mut init = self.command(&["init", "--org-name", "Faults"]);
        init.args(["--username", USERNAME, "--password", PASSWORD]);
        run::output(&mut init).map(drop)
    }

    pub(super) fn serve(&self) -> Result<Served> {
        let log = self.data.join("log");
        let mut command = self.command(&["serve", "--port", "0", "--json"]);
        command.stderr(File::create(&log)?);
        let process = testkit::server::Server::start(&mut command)
            .with_context(|| format!("candor did not get ready; see {}", log.display()))?;
        let ready: Value = serde_json::from_str(process.ready())?;
        let url = ready["url"].as_str().context("candor does not say where it is")?.to_owned();
        Ok(Served { process, url })
    }

    /// Deploys files, given by their path under the project's source directory.
    pub(super) fn deploy(&self, files: &[(&str, &str)]) -> Result<()> {
        let project = self.data.join("project");
        for (path, text) in files {
            let path = project.join("force-app/main/default").join(path);
            std::fs::create_dir_all(path.parent().context("the path has no directory")?)?;
            std::fs::write(path, text)?;
        }
        let manifest = r#"{"packageDirectories":[{"path":"force-app","default":true}]}"#;
        std::fs::write(project.join("sfdx-project.json"), manifest)?;
        let mut deploy = self.command(&["deploy"]);
        run::output(deploy.arg(&project)).map(drop)
    }

    /// Rebuilds the ledger's root; returns what the program says of it.
    pub(super) fn verify_ledger(&self) -> Result<String> {
        let shown = run::output(&mut self.command(&["ledger", "verify"]))?;
        Ok(shown.trim().replace('\n', "; "))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = run::command(&self.bin.to_string_lossy());
        // The URL holds a password, which a command line would show to everybody.
        command.args(args).env("CANDOR_HOME", &self.home).arg("--data").arg(&self.data);
        command
    }
}

impl Served {
    pub(super) fn client(&self) -> Result<Client> {
        Ok(Client::sign_in(&self.url, USERNAME, PASSWORD)?)
    }

    /// A client with a session that another one opened, on this process or another.
    pub(super) fn client_of_session(&self, token: Option<&str>) -> Result<Client> {
        Ok(Client::connect(&self.url, token.map(str::to_owned))?)
    }

    pub(super) fn stop(self) -> Result<()> {
        Ok(self.process.stop()?)
    }
}

fn dir(name: &str) -> Result<PathBuf> {
    let dir = run::target_dir().join("faults").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).context("what the last run left cannot be removed")?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Returns all records of a query, page after page.
pub(super) fn query_all(client: &mut Client, soql: &str) -> Result<Vec<Value>> {
    let mut path = format!("/services/data/v67.0/query?q={}", encode(soql));
    let mut records = Vec::new();
    loop {
        let mut page: Value = serde_json::from_slice(client.get(&path)?)?;
        let Some(Value::Array(some)) = page.get_mut("records").map(Value::take) else {
            bail!("not a page: {page}");
        };
        records.extend(some);
        match page.get("nextRecordsUrl").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut path),
            None => return Ok(records),
        }
    }
}

/// Encodes a text as part of a URL's query.
fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
