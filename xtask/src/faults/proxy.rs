//! A listener that passes bytes on to a port of this machine, and cuts connections at random.
//!
//! Each direction of a connection may carry a number of bytes that chance gives it; then both
//! are closed, wherever that is: in the middle of a statement, or after the server committed and
//! before it could say so.

use super::random::Random;
use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Orders of magnitude, in powers of two, of the bytes that each direction carries. The least
/// is above what signing in to the database takes, the most above what opening an org reads.
const TO_SERVER: (u64, u64) = (13, 20);
const FROM_SERVER: (u64, u64) = (12, 22);

pub(super) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    random: Mutex<Random>,
    is_cutting: AtomicBool,
    is_over: AtomicBool,
    n_cut: AtomicUsize,
}

impl Proxy {
    /// Listens on a free port for what the port `target` answers.
    pub(super) fn start(target: u16, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            target,
            random: Mutex::new(Random::new(seed)),
            is_cutting: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            n_cut: AtomicUsize::new(0),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &of_thread));
        Ok(Self { port, shared })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether connections that are made from now on are cut.
    pub(super) fn set_cutting(&self, is_cutting: bool) {
        self.shared.is_cutting.store(is_cutting, Ordering::Relaxed);
    }

    pub(super) fn n_cut(&self) -> usize {
        self.shared.n_cut.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; it is gone already if this fails.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let budgets = {
            let mut random = shared.random.lock().unwrap_or_else(PoisonError::into_inner);
            let is_cutting = shared.is_cutting.load(Ordering::Relaxed);
            let mut budget = |(least, end)| is_cutting.then(|| random.magnitude(least, end));
            (budget(TO_SERVER), budget(FROM_SERVER))
        };
        // A client whose server is away sees its connection end.
        let Ok(server) = TcpStream::connect(("127.0.0.1", shared.target)) else { continue };
        let Ok(pair) = Pair::new(client, server) else { continue };
        for (from_client, budget) in [(true, budgets.0), (false, budgets.1)] {
            let (pair, shared) = (Arc::clone(&pair), Arc::clone(shared));
            std::thread::spawn(move || {
                let (client, server) = (&pair.client, &pair.server);
                let (from, to) = if from_client { (client, server) } else { (server, client) };
                pass(from, to, budget, &shared);
            });
        }
    }
}

struct Pair {
    client: TcpStream,
    server: TcpStream,
}

impl Pair {
    fn new(client: TcpStream, server: TcpStream) -> Result<Arc<Self>> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Arc::new(Self { client, server }))
    }
}

/// Passes bytes on until one side closes, or as many have passed as may; then both are closed.
fn pass(mut from: &TcpStream, mut to: &TcpStream, mut budget: Option<u64>, shared: &Shared) {
    let mut buffer = [0_u8; 1 << 14];
    while let Ok(n_read) = from.read(&mut buffer) {
        if n_read == 0 {
            // The other direction may still have something to carry.
            drop(to.shutdown(Shutdown::Write));
            return;
        }
        let mut n_passed = n_read;
        if let Some(left) = &mut budget {
            n_passed = n_read.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= n_passed as u64;
        }
        if to.write_all(&buffer[..n_passed]).is_err() {
            break;
        }
        if n_passed < n_read {
            shared.n_cut.fetch_add(1, Ordering::Relaxed);
            break;
        }
    }
    // Closed already, if it fails.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}
