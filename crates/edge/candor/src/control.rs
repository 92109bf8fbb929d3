//! How `candor org` reaches a server that runs: a socket in the data directory.
//!
//! A server owns its SQLite orgs, so nobody else can move or export them. Whoever may open the
//! socket (its owner alone) may ask the server to. One connection carries one order:
//!
//! ```text
//! → {"order":"move","org":"00D…","to":"eu-2"}          one line
//! ← {"progress":"copying to eu-2; …"}                   as it happens
//! ← {"done":["…"],"failed":["…"]}                       the end: what came of it, and what
//!                                                       could not be done of it
//!   or  {"error":["what","because …"]}
//! ```
//!
//! A client that goes away breaks the order off where it is, unless the org is frozen already:
//! then the move is finished, for nobody could write to it. Giving the order again goes on.

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use identity::orgs::Orgs;
use serde_json::{Value, json};

use crate::command::org::{Done, Order, carry_out};

const SOCKET: &str = "control.sock";

/// An order is a few names and paths.
const LINE_LEN_MAX: u64 = 64 * 1024;

/// All that one order is answered with.
const ANSWER_LEN_MAX: u64 = 64 * 1024 * 1024;

/// Orders that are carried out at the same time.
const ORDERS_MAX: usize = 8;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket that is listened on; it goes when this is dropped.
pub(crate) struct Control(PathBuf);

impl Control {
    /// Takes orders for `orgs` from now on. The data directory's orgs are ours, so a socket that
    /// is there already is what a crash left.
    ///
    /// None where it cannot be: a path that is too long for a socket keeps nobody from serving.
    pub(crate) fn listen(data: &Path, orgs: Arc<Orgs>) -> Option<Self> {
        let path = data.join(SOCKET);
        let listening = || -> io::Result<UnixListener> {
            // Under another name until only its owner may open it.
            let unfinished = data.join(format!(".{SOCKET}"));
            remove(&unfinished)?;
            let listener = UnixListener::bind(&unfinished)?;
            fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600))?;
            fs::rename(&unfinished, &path)?;
            Ok(listener)
        };
        let started = listening()
            .map_err(anyhow::Error::from)
            .and_then(|listener| spawn(move || accept(&listener, &orgs)));
        match started {
            Ok(()) => Some(Self(path)),
            Err(error) => {
                let (path, error) = (path.display().to_string(), error.to_string());
                tracing::warn!(path, error, "`candor org` cannot reach this server");
                None
            }
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "could not remove a socket");
        }
    }
}

/// Has the server of `data` carry out `order`; none where no server runs there.
pub(crate) fn ask(
    data: &Path,
    order: &Order,
    progress: &mut dyn FnMut(&str),
) -> Option<Result<Done>> {
    let stream = UnixStream::connect(data.join(SOCKET)).ok()?;
    Some(converse(&stream, order, progress).context("the server that runs could not do it"))
}

fn converse(
    mut stream: &UnixStream,
    order: &Order,
    progress: &mut dyn FnMut(&str),
) -> Result<Done> {
    writeln!(stream, "{}", order.to_json()).context("the order could not be sent")?;
    for line in BufReader::new(stream.take(ANSWER_LEN_MAX)).lines() {
        let line = line.context("the answer could not be read")?;
        let answer: Value = serde_json::from_str(&line).context("the answer is not understood")?;
        if let Some(text) = answer.get("progress").and_then(Value::as_str) {
            progress(text);
        } else if answer.get("done").is_some() {
            return Ok(done_of(&answer));
        } else if let Some(causes) = answer.get("error") {
            let mut causes = texts(causes).into_iter().rev();
            let first = causes.next().unwrap_or_else(|| "it failed".to_owned());
            return Err(causes.fold(anyhow!(first), anyhow::Error::context));
        }
    }
    bail!("the server ended; giving the command again goes on from there")
}

pub(crate) fn json_of(done: &Done) -> Value {
    json!({ "done": done.lines, "failed": done.failures })
}

pub(crate) fn done_of(answer: &Value) -> Done {
    Done { lines: texts(&answer["done"]), failures: texts(&answer["failed"]) }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn accept(listener: &UnixListener, orgs: &Arc<Orgs>) {
    let n_orders = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "an order could not be taken");
                continue;
            }
        };
        if ORDERS_MAX <= n_orders.fetch_add(1, Ordering::SeqCst) {
            n_orders.fetch_sub(1, Ordering::SeqCst);
            tell(&stream, &json!({"error": ["too many orders at once; try again"]}));
            continue;
        }
        let (orgs, running) = (Arc::clone(orgs), Arc::clone(&n_orders));
        let spawned = spawn(move || {
            serve(&stream, &orgs);
            running.fetch_sub(1, Ordering::SeqCst);
        });
        if let Err(error) = spawned {
            n_orders.fetch_sub(1, Ordering::SeqCst);
            tracing::warn!(%error, "an order could not be carried out");
        }
    }
}

/// Carries out the one order of a connection.
fn serve(stream: &UnixStream, orgs: &Orgs) {
    let done = read(stream).and_then(|order| {
        carry_out(orgs, &order, &mut |text| {
            if tell(stream, &json!({ "progress": text })) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
    });
    match done {
        Ok(done) => tell(stream, &json_of(&done)),
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            tell(stream, &json!({ "error": causes }))
        }
    };
}

fn read(stream: &UnixStream) -> Result<Order> {
    stream.set_read_timeout(Some(PATIENCE)).context("the order cannot be awaited")?;
    let mut line = String::new();
    let read = BufReader::new(stream.take(LINE_LEN_MAX)).read_line(&mut line);
    read.context("the order could not be read")?;
    let value: Value = serde_json::from_str(&line).context("the order is not JSON")?;
    Order::of_json(&value)
}

/// Whether somebody is still there to hear it.
fn tell(mut stream: &UnixStream, value: &Value) -> bool {
    writeln!(stream, "{value}").is_ok()
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<()> {
    let named = std::thread::Builder::new().name("control".to_owned());
    named.spawn(work).map(|_| ()).context("cannot start a thread")
}
