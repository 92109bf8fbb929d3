//! `candor serve`: serves the orgs of a data directory, and makes the first one when there is
//! none.
//!
//! The first start takes the org's name and its administrator from options or the environment,
//! and asks for them where it runs in a terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use identity::orgs::Orgs;
use serde_json::{Map, Value};

use crate::command::{init, remark, say};
use crate::control::Control;
use crate::search::Indexer;
use crate::server::{self, Listeners};
use crate::{cli, orgs, tls};

/// Between two looks for orgs whose users cannot be found.
const UNTOLD_PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let data = cli::data_dir(matches);
    let listeners = listen(matches)?;
    let mut facts = Map::new();
    let orgs = orgs::registry(matches)?;
    let given = |name: &str| cli::text(matches, name);
    // Homes that somebody configured are served empty, too: `candor org create` fills them.
    let wants_org = given("org-name").is_some() || !orgs::configuration(matches)?.is_given;
    if wants_org && is_empty(&orgs)? {
        let name = match given("org-name") {
            Some(name) => name,
            None => ask("Name of the organization", "--org-name")?,
        };
        let username = match given("username") {
            Some(username) => username,
            None => ask("User name of its administrator (like an e-mail address)", "--username")?,
        };
        let place = identity::orgs::Place::default();
        let created = orgs::create(&orgs, &name, &username, given("password"), &place)?;
        if !matches.get_flag("json") {
            for line in init::lines(&username, &created) {
                say(line);
            }
        }
        facts.insert("username".to_owned(), username.into());
        facts.insert("password".to_owned(), created.password.into());
        facts.insert("security_token".to_owned(), created.security_token.into());
    }
    serve(matches, listeners, &data, orgs, facts)
}

/// Binds the ports that the command line asks for.
pub(crate) fn listen(matches: &ArgMatches) -> Result<Listeners> {
    let host = *matches.get_one("host").context("--host is missing")?;
    Listeners::bind(host, *matches.get_one("port").context("--port is missing")?)
}

/// Serves `orgs` until a signal to stop, after saying where, and does what `candor org` asks;
/// `facts` are added to the line of JSON.
pub(crate) fn serve(
    matches: &ArgMatches,
    listeners: Listeners,
    data: &Path,
    orgs: Arc<Orgs>,
    facts: Map<String, Value>,
) -> Result<()> {
    let host = *matches.get_one("host").context("--host is missing")?;
    let now = store::Clock::system().now();
    let tls = tls::open(data, host, now)?;
    let _settling = settle(&orgs)?;
    let _control = Control::listen(data, Arc::clone(&orgs));
    let tended = Arc::clone(&orgs);
    let _indexer = Indexer::start(move || {
        tended.tend();
        tended.open_orgs()
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        // Each home has its own places in the API and in the pages, and so has who names none.
        .max_blocking_threads(128 * (orgs.homes().len() + 1))
        .thread_keep_alive(std::time::Duration::from_secs(60))
        .build()
        .context("cannot start the runtime")?;
    let closing = Arc::clone(&orgs);
    let served = runtime.block_on(async {
        let (url, api_url) = (listeners.url()?, listeners.api_url()?);
        let ca_file = tls.ca_file.display().to_string();
        if matches.get_flag("json") {
            let mut line = Map::new();
            line.insert("url".to_owned(), url.into());
            line.insert("api_url".to_owned(), api_url.into());
            line.insert("ca_file".to_owned(), ca_file.into());
            line.extend(facts);
            say(Value::Object(line));
        } else {
            for line in ready(&url, &api_url, &ca_file) {
                say(line);
            }
        }
        std::io::stdout().flush().context("cannot write to standard output")?;
        let api = rest::State::new(Arc::clone(&orgs), rest::Scheme::Http);
        let pages = web::State::new(orgs, false);
        let plain = rest::router(api.clone()).merge(web::router(pages.clone()));
        let over_tls = rest::router(api.with_scheme(rest::Scheme::Https))
            .merge(web::router(pages.with_secure(true)));
        server::serve(listeners, tls.config, plain, over_tls).await
    });
    drop(runtime);
    closing.close_all();
    served
}

/// Whether there is no org anywhere.
fn is_empty(orgs: &Orgs) -> Result<bool> {
    let listings = orgs.list();
    Ok(listings.orgs.is_empty()
        && listings.whole().context("there may be an org already")?.is_empty())
}

/// Sees to it that users are found whose orgs nobody told their home of: those of a crash, of
/// an earlier version, of an export. Many are done while the server answers already, and those
/// of a home that does not answer now when it does. Goes on until what is returned is dropped.
fn settle(orgs: &Arc<Orgs>) -> Result<Sender<()>> {
    let (going_on, ended) = mpsc::channel();
    if orgs.settle_untold() {
        return Ok(going_on);
    }
    let orgs = Arc::clone(orgs);
    let settling = move || {
        while ended.recv_timeout(UNTOLD_PAUSE) == Err(RecvTimeoutError::Timeout) {
            if orgs.settle_untold() {
                return;
            }
        }
    };
    let named = std::thread::Builder::new().name("settle".to_owned());
    named.spawn(settling).context("cannot start a thread")?;
    Ok(going_on)
}

fn ready(url: &str, api_url: &str, ca_file: &str) -> [String; 7] {
    [
        format!("In a browser    {url}"),
        format!("API             {api_url}"),
        "API clients trust the local certificate authority with one of:".to_owned(),
        format!("  export NODE_EXTRA_CA_CERTS={ca_file}"),
        format!("  export REQUESTS_CA_BUNDLE={ca_file}"),
        format!("  export SSL_CERT_FILE={ca_file}"),
        "Ctrl-C stops.".to_owned(),
    ]
}

/// Asks a person for one line.
fn ask(question: &str, option: &str) -> Result<String> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("there is no org yet, and nobody to ask: give {option}");
    }
    loop {
        remark(format_args!("{question}:"));
        let mut line = String::new();
        if input.lock().read_line(&mut line).context("cannot read the answer")? == 0 {
            bail!("there is no org yet: give {option}");
        }
        if !line.trim().is_empty() {
            return Ok(line.trim().to_owned());
        }
    }
}
