//! Candor as a process, with an org of its own that vanishes with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;
use testkit::client::Client;

use crate::floor;
use crate::place::Place;

const USERNAME: &str = "bench@candor.example";
const PASSWORD: &str = "Correct-horse-battery-7";

pub(crate) struct Server {
    candor: PathBuf,
    place: Place,
    data: TempDir,
    process: testkit::server::Server,
    url: String,
}

impl Server {
    /// Makes an org and serves it.
    pub(crate) fn start(candor: &Path, place: &Place) -> Result<Self> {
        if let Place::Postgres { url, .. } = place {
            floor::clear(url)?;
        }
        let data = TempDir::new()?;
        let made = command(candor, place, data.path(), "init")
            .args(["--org-name", "Bench", "--username", USERNAME, "--password", PASSWORD])
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(made.success(), "candor init failed");
        let (process, url) = serve(candor, place, data.path())?;
        Ok(Self { candor: candor.to_owned(), place: place.clone(), data, process, url })
    }

    /// Stops the process and starts it again on the same org.
    pub(crate) fn restart(self) -> Result<Self> {
        let Self { candor, place, data, process, .. } = self;
        process.stop()?;
        let (process, url) = serve(&candor, &place, data.path())?;
        Ok(Self { candor, place, data, process, url })
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A client that is signed in.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(Client::sign_in(&self.url, USERNAME, PASSWORD)?)
    }

    pub(crate) fn anonymous(&self) -> Result<Client> {
        Ok(Client::connect(&self.url, None)?)
    }

    /// The org's database file, where it is one.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        let orgs = std::fs::read_dir(self.data.path().join("orgs"))?;
        let org = orgs.into_iter().next().context("no org")??;
        Ok(org.path().join("org.db"))
    }

    /// How many flushes the org's commits have waited for so far, where that can be told.
    pub(crate) fn flushes(&self) -> Result<Option<u64>> {
        match &self.place {
            Place::Directory { slow_flush: None } => Ok(None),
            Place::Directory { slow_flush: Some(_) } => {
                Ok(Some(std::fs::metadata(count_file(self.data.path()))?.len()))
            }
            Place::Postgres { url, .. } => Ok(Some(floor::Observer::connect(url)?.flushes()?)),
        }
    }

    /// The memory that the process holds, in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        Ok(self.process.resident_kib()?)
    }
}

fn serve(candor: &Path, place: &Place, data: &Path) -> Result<(testkit::server::Server, String)> {
    let mut command = command(candor, place, data, "serve");
    command.args(["--port", "0", "--json"]);
    let process = testkit::server::Server::start(&mut command).context("candor did not start")?;
    let ready: serde_json::Value = serde_json::from_str(process.ready())?;
    let url = ready["url"].as_str().context("no url")?.to_owned();
    Ok((process, url))
}

fn command(candor: &Path, place: &Place, data: &Path, name: &str) -> Command {
    let mut command = Command::new(candor);
    command.arg(name).arg("--data").arg(data);
    match place {
        Place::Directory { slow_flush: None } => {}
        Place::Directory { slow_flush: Some(shim) } => {
            command.env("LD_PRELOAD", shim).env("CANDOR_FLUSH_COUNT", count_file(data));
        }
        // Not on the command line, where everybody could read the password.
        Place::Postgres { url, .. } => {
            command.env("CANDOR_HOME", url);
        }
    }
    command
}

fn count_file(data: &Path) -> PathBuf {
    data.join("flushes")
}
