//! Which PostgreSQL database a home is, and how it is reached.
//!
//! A database is named by a URL:
//!
//! ```text
//! postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?KEY=VALUE&…]
//! ```
//!
//! | key           | value                                                                |
//! |---------------|----------------------------------------------------------------------|
//! | `sslmode`     | `disable`, `prefer`, `require`, `verify-ca` or `verify-full`         |
//! | `sslrootcert` | a file of certificates that the server's must descend from           |
//! | `host`        | instead of the URL's; the directory of a socket begins with `/`      |
//! | `namespace`   | how the schemas begin that are ours; `candor` unless given           |
//! | `connections` | the most that are open at once                                       |
//!
//! Without `sslmode`, a server on another machine must speak TLS and, where `sslrootcert` says
//! whom to trust, prove its name; one on this machine may do without. `require` with
//! `sslrootcert` is `verify-ca`, as everywhere.
//!
//! **Invariant.** A password shows in no text that this makes of itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a PostgreSQL database is reached, and how hard it may be used.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// A name, an address, or the directory of a socket.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: Option<Password>,
    pub database: String,
    pub tls: Tls,
    /// Certificates that the server's must descend from.
    pub ca_file: Option<PathBuf>,
    /// How the names of our schemas begin: several installations may share a database.
    pub namespace: String,
    /// The most connections that are open at once, for all orgs together.
    pub connections: usize,
    pub connect_timeout: Duration,
    /// A connection is replaced when it is as old as this.
    pub age_max: Duration,
    /// A connection is replaced when it has touched this many tables: a server keeps tens of
    /// kilobytes for each, as long as the connection lasts.
    pub tables_max: usize,
}

/// A password; shown to nobody but the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Whether the connection is encrypted, and whether the server must prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    Disable,
    /// If the server offers it.
    Prefer,
    Require,
    /// The server's certificate descends from `ca_file`'s.
    VerifyCa,
    /// The same, and is the host's.
    VerifyFull,
}

/// Why a text names no PostgreSQL database. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("a PostgreSQL URL begins with `postgres://`")]
    Scheme,

    #[error("the URL names no user")]
    User,

    #[error("the URL names no database")]
    Database,

    #[error("the URL's port is no number up to 65535")]
    Port,

    #[error("the URL has a `%` that two hexadecimal digits do not follow, or what is no text")]
    Encoding,

    #[error("the URL has a key that is none of sslmode, sslrootcert, host, namespace, connections")]
    Key,

    #[error("the URL's `{key}` has a value that it cannot have")]
    Value { key: &'static str },

    #[error("`sslmode` {mode} needs `sslrootcert`, a file of certificates to trust")]
    CaFile { mode: &'static str },
}

impl Password {
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Characters of a namespace, so that it needs no quoting and leaves room for an org's id.
const NAMESPACE_LEN_MAX: usize = 24;

impl PostgresOptions {
    /// Reads a URL.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        Self::parse_trusting(url, None)
    }

    /// Reads a URL. `ca_file`, if there is one, stands for its `sslrootcert`, and the server must
    /// then prove its name unless the URL says that less or nothing is to be checked.
    pub fn parse_trusting(url: &str, ca_file: Option<&Path>) -> Result<Self, UrlError> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let (rest, query) = split(rest.ok_or(UrlError::Scheme)?, '?');
        let (authority, database) = split(rest, '/');
        let (login, place) = authority.rsplit_once('@').ok_or(UrlError::User)?;
        let (user, password) = split(login, ':');
        let (host, port) = host_and_port(place)?;
        let mut options = Self {
            host: decode(host)?,
            port,
            user: decode(user)?,
            password: if password.is_empty() { None } else { Some(Password(decode(password)?)) },
            database: decode(database)?,
            tls: Tls::Prefer,
            ca_file: None,
            namespace: "candor".to_owned(),
            connections: 16,
            connect_timeout: Duration::from_secs(5),
            age_max: Duration::from_secs(30 * 60),
            tables_max: 1000,
        };
        let mut tls = None;
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (key, value) = split(pair, '=');
            options.set(&mut tls, key, decode(value)?)?;
        }
        if options.host.is_empty() {
            "localhost".clone_into(&mut options.host);
        }
        if let Some(file) = ca_file {
            options.ca_file = Some(file.to_owned());
        }
        options.tls = match tls.unwrap_or_else(|| options.default_tls()) {
            // Who says apart from the URL whom to trust wants the server to prove its name.
            Tls::Prefer | Tls::Require if ca_file.is_some() => Tls::VerifyFull,
            Tls::Require if options.ca_file.is_some() => Tls::VerifyCa,
            tls => tls,
        };
        options.check()?;
        Ok(options)
    }

    fn set(&mut self, tls: &mut Option<Tls>, key: &str, value: String) -> Result<(), UrlError> {
        match key {
            "sslmode" => *tls = Some(Tls::parse(&value).ok_or(UrlError::Value { key: "sslmode" })?),
            "sslrootcert" => self.ca_file = Some(value.into()),
            "host" => self.host = value,
            "namespace" => self.namespace = value,
            "connections" => {
                let number = value.parse().ok().filter(|it| (4..=10_000).contains(it));
                self.connections = number.ok_or(UrlError::Value { key: "connections" })?;
            }
            _ => return Err(UrlError::Key),
        }
        Ok(())
    }

    fn default_tls(&self) -> Tls {
        let here = ["localhost", "127.0.0.1", "::1"].contains(&self.host.as_str());
        match &self.ca_file {
            _ if self.is_socket() => Tls::Disable,
            Some(_) => Tls::VerifyFull,
            None if here => Tls::Prefer,
            None => Tls::Require,
        }
    }

    fn check(&self) -> Result<(), UrlError> {
        let mode = match self.tls {
            Tls::VerifyCa => Some("verify-ca"),
            Tls::VerifyFull => Some("verify-full"),
            Tls::Disable | Tls::Prefer | Tls::Require => None,
        };
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
        if self.user.is_empty() {
            return Err(UrlError::User);
        }
        if self.database.is_empty() {
            return Err(UrlError::Database);
        }
        if !(1..=NAMESPACE_LEN_MAX).contains(&self.namespace.len())
            || !self.namespace.bytes().all(plain)
            || !self.namespace.starts_with(|it: char| it.is_ascii_lowercase())
        {
            return Err(UrlError::Value { key: "namespace" });
        }
        match mode {
            Some(mode) if self.ca_file.is_none() => Err(UrlError::CaFile { mode }),
            _ => Ok(()),
        }
    }

    /// Whether the host is the directory of a socket.
    pub(crate) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// The database, as people are told of it.
    pub(crate) fn place(&self) -> String {
        format!("the database `{}` at {}:{}", self.database, self.host, self.port)
    }
}

impl Tls {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// What stands before and after the first `at`; nothing after where there is none.
fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn host_and_port(place: &str) -> Result<(&str, u16), UrlError> {
    // An address of the newer kind stands in brackets, and has colons of its own.
    let (host, rest) = match place.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((host, rest)) => (host, rest),
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, 5432)),
        None => Err(UrlError::Port),
        Some(port) => Ok((host, port.parse().map_err(|_| UrlError::Port)?)),
    }
}

/// Takes the percent-encoding away.
fn decode(text: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(UrlError::Encoding) };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
    }
    String::from_utf8(bytes).ok().filter(|it| !it.contains('\0')).ok_or(UrlError::Encoding)
}
