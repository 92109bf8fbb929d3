//! Stands between a home and its server, and breaks connections where a test wants it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;

use crate::{PostgresOptions, Tls};

pub(super) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// What is lost when a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The commit itself.
    Request = 1,
    /// What the server says of it.
    Answer = 2,
    /// The same, and everybody who comes afterwards is refused.
    All = 3,
}

#[derive(Default)]
struct Shared {
    cut: AtomicU8,
    has_cut: AtomicBool,
    refuses: AtomicBool,
}

impl Proxy {
    pub(super) fn start(to: &PostgresOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let (place, state) = ((to.host.clone(), to.port), Arc::clone(&shared));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if state.refuses.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(&place).unwrap();
                let (to_server, to_client) =
                    (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (requests, answers) = (Arc::clone(&state), Arc::clone(&state));
                // Set when the client has sent its commit, and must not hear of it.
                let deaf = Arc::new(AtomicBool::new(false));
                let hears = Arc::clone(&deaf);
                thread::spawn(move || pump(client, to_server, &|it| requests.request(it, &deaf)));
                thread::spawn(move || pump(server, to_client, &|_| answers.answer(&hears)));
            }
        });
        Self { port, shared }
    }

    /// The server, as it is reached through here.
    pub(super) fn options(&self, to: &PostgresOptions) -> PostgresOptions {
        let host = "127.0.0.1".to_owned();
        PostgresOptions { host, port: self.port, tls: Tls::Disable, ..to.clone() }
    }

    /// Breaks the connection that commits next.
    pub(super) fn cut_at_commit(&self, cut: Cut) {
        self.shared.has_cut.store(false, Ordering::SeqCst);
        self.shared.cut.store(cut as u8, Ordering::SeqCst);
    }

    pub(super) fn has_cut(&self) -> bool {
        self.shared.has_cut.load(Ordering::SeqCst)
    }

    /// Whether nobody gets through, and what is connected is broken.
    pub(super) fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }
}

impl Shared {
    /// Whether a client's message goes on.
    fn request(&self, bytes: &[u8], deaf: &AtomicBool) -> bool {
        // A leaf is on its way with the commit; its text is prepared by now, its entry is not.
        let commits = bytes.windows(10).any(|it| it == b"rec.create");
        let cut = self.cut.load(Ordering::SeqCst);
        if commits && cut != 0 {
            self.cut.store(0, Ordering::SeqCst);
            self.has_cut.store(true, Ordering::SeqCst);
            deaf.store(true, Ordering::SeqCst);
            self.refuses.store(cut == Cut::All as u8, Ordering::SeqCst);
            return cut != Cut::Request as u8;
        }
        !self.refuses.load(Ordering::SeqCst)
    }

    /// Whether the server's answer goes on.
    fn answer(&self, deaf: &AtomicBool) -> bool {
        !deaf.load(Ordering::SeqCst) && !self.refuses.load(Ordering::SeqCst)
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, goes_on: &dyn Fn(&[u8]) -> bool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        if !goes_on(&bytes[..n]) || to.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        stream.shutdown(Shutdown::Both).ok();
    }
}
