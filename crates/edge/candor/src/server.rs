//! Serves one router on two listeners: plain HTTP on loopback for a browser on this machine,
//! and TLS for API clients.
//!
//! Stops on SIGINT or SIGTERM: no new connections, requests under way finish (for a while), then
//! the caller closes the orgs.

use std::future::Future;
use std::net::{self, IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// How long requests may finish after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a client may take for its TLS handshake, and for a request's head.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HEAD: Duration = Duration::from_secs(30);
/// Connections at a time; the rest wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 4096;

/// The two bound sockets.
pub(crate) struct Listeners {
    plain: net::TcpListener,
    tls: net::TcpListener,
}

impl Listeners {
    /// Binds plain HTTP to `port` on loopback and TLS to the next one on `host`; port 0 takes
    /// free ones.
    pub(crate) fn bind(host: IpAddr, port: u16) -> Result<Self> {
        let plain = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let next = match port {
            0 => 0,
            _ => port.checked_add(1).context("the port must be below 65535")?,
        };
        let tls = listen(SocketAddr::from((host, next)))?;
        Ok(Self { plain, tls })
    }

    /// Where a browser on this machine goes.
    pub(crate) fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.plain.local_addr()?))
    }

    /// Where API clients go.
    pub(crate) fn api_url(&self) -> Result<String> {
        let address = self.tls.local_addr()?;
        let host = match address.ip() {
            ip if ip.is_unspecified() => "localhost".to_owned(),
            IpAddr::V6(ip) => format!("[{ip}]"),
            IpAddr::V4(ip) => ip.to_string(),
        };
        Ok(format!("https://{host}:{}", address.port()))
    }
}

fn listen(address: SocketAddr) -> Result<net::TcpListener> {
    let listener = net::TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address}; is another server using it?"))?;
    listener.set_nonblocking(true).context("cannot wait for connections")?;
    Ok(listener)
}

/// Serves until a signal to stop.
///
/// `plain` and `tls` are the same pages and the same API, told how they are reached.
pub(crate) async fn serve(
    listeners: Listeners,
    config: Arc<ServerConfig>,
    plain: Router,
    tls: Router,
) -> Result<()> {
    let plain_listener = TcpListener::from_std(listeners.plain).context("cannot listen")?;
    let tls_listener = TcpListener::from_std(listeners.tls).context("cannot listen")?;
    let acceptor = TlsAcceptor::from(config);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    let mut stop = pin!(stop_signal()?);
    loop {
        let slot = Arc::clone(&slots).acquire_owned();
        let slot = tokio::select! {
            slot = slot => slot.context("the server is closed")?,
            () = &mut stop => break,
        };
        let (accepted, secure) = tokio::select! {
            accepted = plain_listener.accept() => (accepted, false),
            accepted = tls_listener.accept() => (accepted, true),
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a client that left: neither ends the server.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let watcher = graceful.watcher();
        if secure {
            let (acceptor, router) = (acceptor.clone(), tls.clone());
            tokio::spawn(async move {
                let handshake = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    connection(stream, peer, router, watcher).await;
                }
                drop(slot);
            });
        } else {
            let router = plain.clone();
            tokio::spawn(async move {
                no_delay(&stream);
                connection(stream, peer, router, watcher).await;
                drop(slot);
            });
        }
    }
    drop((plain_listener, tls_listener));
    tracing::info!("stopping; requests under way may finish");
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    Ok(())
}

fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}

async fn connection<S>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(128 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Completes at the first SIGINT or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
