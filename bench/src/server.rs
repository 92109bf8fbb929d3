//! Candor as a process, with an org of its own in a directory that vanishes with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::http::Client;

const USERNAME: &str = "bench@candor.example";
const PASSWORD: &str = "Correct-horse-battery-7";

pub(crate) struct Server {
    candor: PathBuf,
    data: TempDir,
    process: Child,
    url: String,
}

impl Server {
    /// Makes an org and serves it.
    pub(crate) fn start(candor: &Path) -> Result<Self> {
        let data = TempDir::new()?;
        let made = Command::new(candor)
            .args(["init", "--org-name", "Bench", "--username", USERNAME, "--password", PASSWORD])
            .arg("--data")
            .arg(data.path())
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(made.success(), "candor init failed");
        let (process, url) = serve(candor, data.path())?;
        Ok(Self { candor: candor.to_owned(), data, process, url })
    }

    /// Stops the process and starts it again on the same org.
    pub(crate) fn restart(mut self) -> Result<Self> {
        self.stop();
        let (process, url) = serve(&self.candor, self.data.path())?;
        self.process = process;
        self.url = url;
        Ok(self)
    }

    /// A client that is signed in.
    pub(crate) fn client(&self) -> Result<Client> {
        let mut client = self.anonymous()?;
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
             <login xmlns=\"urn:partner.soap.sforce.com\"><username>{USERNAME}</username>\
             <password>{PASSWORD}</password></login></e:Body></e:Envelope>"
        );
        let answer = client.request("POST", "/services/Soap/u/60.0", &body, "text/xml")?;
        let answer = String::from_utf8_lossy(answer);
        let token = answer.split("<sessionId>").nth(1).and_then(|it| it.split('<').next());
        Client::connect(&self.url, Some(token.context("no session in the answer")?.to_owned()))
    }

    pub(crate) fn anonymous(&self) -> Result<Client> {
        Client::connect(&self.url, None)
    }

    /// The org's database file.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        let orgs = std::fs::read_dir(self.data.path().join("orgs"))?;
        let org = orgs.into_iter().next().context("no org")??;
        Ok(org.path().join("org.db"))
    }

    /// The memory that the process holds, in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|it| it.starts_with("VmRSS:")).context("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("no figure")?.parse()?)
    }

    fn stop(&mut self) {
        // SIGTERM lets the org close as it does in production.
        let id = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        if asked.is_err() {
            self.process.kill().ok();
        }
        self.process.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(candor: &Path, data: &Path) -> Result<(Child, String)> {
    let mut process = Command::new(candor)
        .args(["serve", "--port", "0", "--json", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let stdout = process.stdout.take().context("no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let ready: serde_json::Value = serde_json::from_str(&line).context("candor did not start")?;
    let url = ready["url"].as_str().context("no url")?.to_owned();
    Ok((process, url))
}
