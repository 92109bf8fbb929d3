//! One connection's bytes: messages out, messages in.
//!
//! Reading blocks, since the callers do. Messages are collected in [`Wire::output`] and sent
//! together, so that a transaction's beginning, its first query and more travel in one packet.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{ErrorResponseBody, Header, Message};
use postgres_protocol::message::frontend;

use super::options::{PostgresOptions, Tls};
use super::tls;

/// What went wrong between us and the server.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The connection is lost, and what was under way with it.
    Lost(io::Error),
    /// The server refuses a statement and goes on.
    Server(Box<Refusal>),
}

/// An error that the server reports, as far as anybody acts on it. What may hold values of rows
/// is left out.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) constraint: String,
    /// Of a duplicate key.
    pub(crate) columns: Vec<String>,
    /// Where in the server's program it comes from.
    pub(crate) routine: String,
}

pub(crate) struct Wire {
    stream: Stream,
    input: BytesMut,
    /// What the next [`Self::flush`] sends.
    pub(crate) output: BytesMut,
    scratch: Box<[u8]>,
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    Tls(Box<tls::Stream>),
}

/// Read at once; a page of rows fits.
const SCRATCH_LEN: usize = 32 * 1024;

/// The longest message that a sound server sends.
const MESSAGE_LEN_MAX: i32 = 1 << 30;

/// How long a server may leave its end unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

impl Wire {
    /// Connects and signs in.
    pub(crate) fn connect(options: &PostgresOptions) -> Result<Self, Fault> {
        let stream = Stream::connect(options).map_err(Fault::Lost)?;
        let mut wire = Self {
            stream,
            input: BytesMut::new(),
            output: BytesMut::new(),
            scratch: vec![0; SCRATCH_LEN].into(),
        };
        let parameters = [
            ("user", options.user.as_str()),
            ("database", options.database.as_str()),
            ("client_encoding", "UTF8"),
            ("application_name", options.namespace.as_str()),
            // Our texts have backslashes that stand for themselves.
            ("standard_conforming_strings", "on"),
        ];
        frontend::startup_message(parameters, &mut wire.output).map_err(Fault::Lost)?;
        wire.flush()?;
        wire.sign_in(options)?;
        loop {
            if let Message::ReadyForQuery(_) = wire.receive()? {
                return Ok(wire);
            }
        }
    }

    fn sign_in(&mut self, options: &PostgresOptions) -> Result<(), Fault> {
        let password = || {
            let missing = "the server asks for a password, and there is none";
            options.password.as_ref().ok_or_else(|| Fault::Lost(io::Error::other(missing)))
        };
        loop {
            match self.receive()? {
                Message::AuthenticationOk => return Ok(()),
                Message::AuthenticationCleartextPassword => {
                    if matches!(self.stream, Stream::Tcp(_)) && options.tls != Tls::Disable {
                        return Err(malformed("the server asks for a password in the clear"));
                    }
                    self.answer(password()?.as_bytes())?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let password = password()?.as_bytes();
                    let hash = md5_hash(options.user.as_bytes(), password, body.salt());
                    self.answer(hash.as_bytes())?;
                }
                Message::AuthenticationSasl(body) => {
                    let known = body.mechanisms().any(|it| Ok(it == SCRAM_SHA_256));
                    if !known.map_err(Fault::Lost)? {
                        return Err(malformed("the server knows no way to sign in that we know"));
                    }
                    self.scram(password()?.as_bytes())?;
                }
                _ => return Err(malformed("the server knows no way to sign in that we know")),
            }
        }
    }

    fn answer(&mut self, password: &[u8]) -> Result<(), Fault> {
        frontend::password_message(password, &mut self.output).map_err(Fault::Lost)?;
        self.flush()
    }

    fn scram(&mut self, password: &[u8]) -> Result<(), Fault> {
        let mut scram = ScramSha256::new(password, ChannelBinding::unsupported());
        let begin =
            frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut self.output);
        begin.map_err(Fault::Lost)?;
        self.flush()?;
        let Message::AuthenticationSaslContinue(body) = self.receive()? else {
            return Err(malformed("the server broke off signing in"));
        };
        scram.update(body.data()).map_err(Fault::Lost)?;
        frontend::sasl_response(scram.message(), &mut self.output).map_err(Fault::Lost)?;
        self.flush()?;
        let Message::AuthenticationSaslFinal(body) = self.receive()? else {
            return Err(malformed("the server broke off signing in"));
        };
        scram.finish(body.data()).map_err(Fault::Lost)
    }

    /// Sends what was collected.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        let sent = self.stream.write_all(&self.output).and_then(|()| self.stream.flush());
        self.output.clear();
        sent.map_err(Fault::Lost)
    }

    /// Waits for the next message. Notices and the like are left out; an error is one here.
    pub(crate) fn receive(&mut self) -> Result<Message, Fault> {
        loop {
            let header = Header::parse(&self.input).map_err(Fault::Lost)?;
            if header.is_some_and(|it| MESSAGE_LEN_MAX < it.len()) {
                return Err(malformed("the server sent a message that is too long"));
            }
            match Message::parse(&mut self.input).map_err(Fault::Lost)? {
                Some(
                    Message::NoticeResponse(_)
                    | Message::NotificationResponse(_)
                    | Message::ParameterStatus(_)
                    | Message::BackendKeyData(_),
                ) => {}
                Some(Message::ErrorResponse(body)) => return Err(Fault::of(&body)),
                Some(message) => return Ok(message),
                None => self.fill()?,
            }
        }
    }

    fn fill(&mut self) -> Result<(), Fault> {
        let n = loop {
            match self.stream.read(&mut self.scratch) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(Fault::Lost)?,
            }
        };
        if n == 0 {
            return Err(Fault::Lost(io::ErrorKind::UnexpectedEof.into()));
        }
        self.input.extend_from_slice(&self.scratch[..n]);
        Ok(())
    }

    /// How long the server may take to answer.
    pub(crate) fn set_patience(&self, patience: Duration) -> Result<(), Fault> {
        let patience = Some(patience.max(Duration::from_millis(1)));
        let set = match &self.stream {
            Stream::Tcp(stream) => stream.set_read_timeout(patience),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_read_timeout(patience),
            Stream::Tls(stream) => stream.sock.set_read_timeout(patience),
        };
        set.map_err(Fault::Lost)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        frontend::terminate(&mut self.output);
        // The server finds out either way; this spares its log an entry.
        if let Err(error) = self.flush() {
            tracing::trace!(?error, "a lost connection was closed");
        }
    }
}

impl Fault {
    fn of(body: &ErrorResponseBody) -> Self {
        let mut refusal = Refusal {
            code: String::new(),
            message: String::new(),
            schema: String::new(),
            table: String::new(),
            constraint: String::new(),
            columns: Vec::new(),
            routine: String::new(),
        };
        let mut severity = String::new();
        let fields = body.fields().for_each(|field| {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.type_() {
                b'V' => severity = value,
                b'C' => refusal.code = value,
                b'M' => refusal.message = value,
                b's' => refusal.schema = value,
                b't' => refusal.table = value,
                b'n' => refusal.constraint = value,
                b'R' => refusal.routine = value,
                b'D' => refusal.columns = key_columns(&value),
                _ => {}
            }
            Ok(())
        });
        if let Err(error) = fields {
            return Self::Lost(error);
        }
        // What is wrong with a value is said after a colon, and repeats it.
        if refusal.code.starts_with("22")
            && let Some(at) = refusal.message.find(':')
        {
            refusal.message.truncate(at);
        }
        match severity.as_str() {
            "FATAL" | "PANIC" => Self::Lost(io::Error::other(refusal)),
            _ => Self::Server(Box::new(refusal)),
        }
    }
}

/// The names in `Key (a, "B")=(1, 2) already exists.`, whatever the language; never the values.
fn key_columns(detail: &str) -> Vec<String> {
    let Some((before, _)) = detail.split_once(")=(") else { return Vec::new() };
    let Some((_, names)) = before.split_once('(') else { return Vec::new() };
    let name = |it: &str| it.trim_matches('"').replace("\"\"", "\"");
    names.split(", ").map(name).collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

/// The server does not speak as it should; nothing more can be said to it.
pub(crate) fn malformed(what: &'static str) -> Fault {
    Fault::Lost(io::Error::new(io::ErrorKind::InvalidData, what))
}

impl Stream {
    fn connect(options: &PostgresOptions) -> io::Result<Self> {
        #[cfg(unix)]
        if options.is_socket() {
            let path = format!("{}/.s.PGSQL.{}", options.host, options.port);
            let stream = std::os::unix::net::UnixStream::connect(path)?;
            stream.set_read_timeout(Some(options.connect_timeout))?;
            stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
            return Ok(Self::Unix(stream));
        }
        let mut stream = Self::tcp(options)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(options.connect_timeout))?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        if options.tls == Tls::Disable {
            return Ok(Self::Tcp(stream));
        }
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        stream.write_all(&request)?;
        // One byte and no more: what follows it unencrypted is nobody's we know.
        let mut answer = [0];
        stream.read_exact(&mut answer)?;
        match answer[0] {
            b'S' => Ok(Self::Tls(Box::new(tls::connect(stream, options)?))),
            b'N' if options.tls == Tls::Prefer => Ok(Self::Tcp(stream)),
            b'N' => Err(io::Error::other("the server does not speak TLS")),
            _ => Err(io::Error::other("the server does not answer as PostgreSQL does")),
        }
    }

    fn tcp(options: &PostgresOptions) -> io::Result<TcpStream> {
        let mut failed = io::Error::other("the host has no address");
        for address in (options.host.as_str(), options.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, options.connect_timeout) {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buf),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(buf),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(buf),
            Self::Tls(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::key_columns;

    #[test]
    fn a_duplicates_columns_are_told_and_its_values_are_not() {
        let columns = |it: &str| key_columns(it).join("|");
        assert_eq!(columns("Key (number)=(A-1) already exists."), "number");
        assert_eq!(columns("Key (a, \"B\"\"c\")=(1, x)=(y) already exists."), "a|B\"c");
        assert_eq!(columns("Schl\u{fc}ssel \u{bb}(a)=(b)\u{ab} existiert bereits."), "a");
        assert_eq!(columns("something else"), "");
    }
}
