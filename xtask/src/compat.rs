//! Runs the outside clients in `compat/` against the built program, unmodified.
//!
//! A client is a folder with one script. The script prints one line per check, `ok NAME`,
//! `FAILED NAME: why` or `skipped NAME: why`, and exits with zero when none failed. What it
//! needs comes in the environment: see [`environment`]. All of them run twice, once on each
//! engine: what a client sees does not depend on it.
//!
//! | module     | what it does                                                           |
//! |------------|------------------------------------------------------------------------|
//! | [`tools`]  | the clients' libraries, installed under `target/compat`                |
//! | [`server`] | the program, started with `--json` and stopped as a service would be   |
//!
//! **Invariant.** Each client has a server, a data directory and a database of its own, so that
//! none sees what another left behind.

mod server;
mod tools;

use crate::ci::Tally;
use crate::postgres::{Cluster, Flush};
use crate::{ci, install, run};
use anyhow::{Context as _, Result, bail};
use server::Server;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A client that hangs is a failure; the slowest takes a minute.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    JavaScript,
}

struct Client {
    name: &'static str,
    language: Language,
    /// Whether the demo org is started for it; else the client starts what it needs.
    on_demo_org: bool,
}

const CLIENTS: &[Client] = &[
    Client { name: "simple_salesforce", language: Language::Python, on_demo_org: true },
    Client { name: "jsforce", language: Language::JavaScript, on_demo_org: true },
    Client { name: "ebikes", language: Language::Python, on_demo_org: false },
    Client { name: "browser", language: Language::JavaScript, on_demo_org: true },
];

/// Where the program keeps its orgs.
enum Engine<'a> {
    Sqlite,
    Postgres(&'a Cluster),
}

impl Engine<'_> {
    fn name(&self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    /// The URL of an empty home for a client; none where the data directory is the home.
    fn home(&self, client: &Client) -> Result<Option<String>> {
        match self {
            Engine::Sqlite => Ok(None),
            Engine::Postgres(cluster) => cluster.add_database(client.name).map(Some),
        }
    }
}

pub(crate) fn main(args: &[String]) -> Result<()> {
    let is_debug = args.iter().any(|arg| arg == "--debug");
    let names: Vec<&String> = args.iter().filter(|arg| *arg != "--debug").collect();
    if let Some(unknown) = names.iter().find(|name| CLIENTS.iter().all(|it| it.name != **name)) {
        let known: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        bail!("no client `{unknown}`; there are {}", known.join(", "));
    }
    let wanted = |client: &&Client| names.is_empty() || names.iter().any(|it| *it == client.name);
    let clients: Vec<&Client> = CLIENTS.iter().filter(wanted).collect();

    let bin = run::build_candor(is_debug)?;
    prepare(&clients)?;
    let cluster = Cluster::start(Flush::Durable)?;
    let start = run::now();
    let mut total = Tally::default();
    for engine in [Engine::Sqlite, Engine::Postgres(&cluster)] {
        for client in &clients {
            let name = format!("{} on {}", client.name, engine.name());
            println!("\n{name}");
            let tally =
                run_client(client, &bin, &engine).with_context(|| format!("compat {name}"))?;
            total.n_passed += tally.n_passed;
            total.n_failed += tally.n_failed;
            total.n_skipped += tally.n_skipped;
        }
    }
    println!("\n{}", ci::summary(&total, start.elapsed()));
    if total.n_failed != 0 {
        bail!("{} checks of outside clients failed", total.n_failed);
    }
    Ok(())
}

/// Returns `target/compat/NAME`.
fn work_dir(name: &str) -> PathBuf {
    run::target_dir().join("compat").join(name)
}

fn prepare(clients: &[&Client]) -> Result<()> {
    if clients.iter().any(|client| client.language == Language::Python) {
        install::ensure(install::FOR_PYTHON)?;
        tools::python()?;
    }
    if clients.iter().any(|client| client.language == Language::JavaScript) {
        install::ensure(install::FOR_NODE)?;
        tools::node()?;
    }
    if clients.iter().any(|client| client.name == "browser") {
        install::ensure(install::FOR_BROWSER)?;
    }
    Ok(())
}

fn run_client(client: &Client, bin: &Path, engine: &Engine<'_>) -> Result<Tally> {
    let data = work_dir("data").join(client.name);
    let home = engine.home(client)?;
    if data.exists() {
        std::fs::remove_dir_all(&data).context("the data of the last run cannot be removed")?;
    }
    std::fs::create_dir_all(&data)?;
    let mut command = script(client);
    environment(&mut command, bin, &data);
    // Read by the program, which some scripts start themselves.
    command.envs(home.iter().map(|home| ("CANDOR_HOME", home)));
    if !client.on_demo_org {
        return run_script(client, command);
    }
    let log = work_dir(&format!("{}-{}.log", client.name, engine.name()));
    let server = Server::start(bin, &data.join("org"), home.as_deref(), &log)?;
    server.describe_to(&mut command)?;
    let mut tally = run_script(client, command)?;
    match server.stop() {
        Ok(()) => {
            println!("  ok      the server stops when asked to");
            tally.n_passed += 1;
        }
        Err(error) => {
            println!("  FAILED  the server stops when asked to: {error:#}");
            tally.n_failed += 1;
        }
    }
    if tally.n_failed != 0 {
        println!("  the server's log is {}", log.display());
    }
    Ok(tally)
}

fn script(client: &Client) -> Command {
    match client.language {
        Language::Python => {
            let mut python = run::command(&tools::python_program().to_string_lossy());
            // No bytecode beside the sources: nothing may be written into the repository.
            python.arg("-B").arg("-u").arg(format!("compat/{}/run.py", client.name));
            python
        }
        Language::JavaScript => {
            let mut node = run::command("node");
            node.current_dir(tools::node_dir()).arg(format!("{}/run.mjs", client.name));
            node
        }
    }
}

/// Tells a script what does not depend on a server: `CANDOR_BIN` (the program), `CANDOR_DATA` (a
/// directory of its own), `CANDOR_SHARED` (the cases beside the repository),
/// `CANDOR_SCREENSHOTS` and `CANDOR_CHROMIUM`.
/// [`Server::describe_to`] adds where the server is and who may sign in.
fn environment(command: &mut Command, bin: &Path, data: &Path) {
    command
        .env("CANDOR_BIN", bin)
        .env("CANDOR_DATA", data)
        .env("CANDOR_SHARED", run::root().join("../shared"))
        .env("CANDOR_SCREENSHOTS", work_dir("screenshots"))
        .env("CANDOR_CHROMIUM", install::chromium().unwrap_or_default())
        .env("PYTHONPATH", run::root().join("compat/lib"));
    // A proxy that the machine goes through is none for its own loopback.
    command.env("NO_PROXY", "localhost,127.0.0.1").env("no_proxy", "localhost,127.0.0.1");
}

fn run_script(client: &Client, mut command: Command) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("the script does not start")?;
    let stdout = child.stdout.take().context("the script has no output")?;
    let finished = kill_after(CLIENT_TIMEOUT, &child);
    let mut tally = Tally::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("the script's output ends badly")?;
        println!("  {line}");
        match line.split_whitespace().next() {
            Some("ok") => tally.n_passed += 1,
            Some("FAILED") => tally.n_failed += 1,
            Some("skipped") => tally.n_skipped += 1,
            _ => {}
        }
    }
    let status = child.wait()?;
    drop(finished);
    if !status.success() && tally.n_failed == 0 {
        println!("  FAILED  {} ended early ({status})", client.name);
        tally.n_failed += 1;
    }
    if tally.n_passed + tally.n_failed + tally.n_skipped == 0 {
        println!("  FAILED  {} checked nothing", client.name);
        tally.n_failed += 1;
    }
    Ok(tally)
}

/// Kills `child` after `timeout`, unless what is returned is dropped before.
fn kill_after(timeout: Duration, child: &Child) -> mpsc::Sender<()> {
    let (finished, wait) = mpsc::channel();
    let pid = child.id().to_string();
    std::thread::spawn(move || {
        if wait.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
            println!("  FAILED  no end after {}", run::display(timeout));
            run::succeeds("kill", &["-KILL", &pid]);
        }
    });
    finished
}
