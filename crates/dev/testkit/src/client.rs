//! A client of a few lines: keep-alive, no compression, bodies with a length or in chunks.
//!
//! It does next to nothing besides, so that measurements of a server do not measure its client.

use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A server that has not answered by then never will.
const TIMEOUT: Duration = Duration::from_secs(120);

pub struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    token: Option<String>,
    /// The last answer's body; kept, so that its room is not made again for each answer.
    body: Vec<u8>,
}

impl Client {
    /// Connects to `http://HOST:PORT`; requests bear `token`.
    pub fn connect(url: &str, token: Option<String>) -> Result<Self> {
        let host = url.strip_prefix("http://").ok_or_else(|| Error::other("not a plain URL"))?;
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self { stream, host: host.to_owned(), token, body: Vec::new() })
    }

    /// Connects to `url` and signs in over SOAP.
    pub fn sign_in(url: &str, username: &str, password: &str) -> Result<Self> {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
             <login xmlns=\"urn:partner.soap.sforce.com\"><username>{username}</username>\
             <password>{password}</password></login></e:Body></e:Envelope>"
        );
        let mut client = Self::connect(url, None)?;
        client.succeed("POST", "/services/Soap/u/60.0", &body, "text/xml")?;
        let answer = String::from_utf8_lossy(&client.body);
        let token = answer.split("<sessionId>").nth(1).and_then(|it| it.split('<').next());
        let token = token.ok_or_else(|| Error::other("no session in the answer"))?.to_owned();
        client.token = Some(token);
        Ok(client)
    }

    /// The token that requests bear.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the body of the answer, which must be a success.
    pub fn get(&mut self, path: &str) -> Result<&[u8]> {
        self.succeed("GET", path, "", "application/json")
    }

    /// Returns the body of the answer, which must be a success.
    pub fn post(&mut self, path: &str, body: &str) -> Result<&[u8]> {
        self.succeed("POST", path, body, "application/json")
    }

    fn succeed(&mut self, method: &str, path: &str, body: &str, media: &str) -> Result<&[u8]> {
        let status = self.send(method, path, body, media)?;
        if !(200..300).contains(&status) {
            let body = String::from_utf8_lossy(&self.body);
            return Err(Error::other(format!("{method} {path}: {status}: {body:.500}")));
        }
        Ok(&self.body)
    }

    /// Sends a request, and returns the status of its answer; [`Self::body`] has the rest.
    pub fn send(&mut self, method: &str, path: &str, body: &str, media: &str) -> Result<u16> {
        let authorization = match &self.token {
            Some(token) => format!("Authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{authorization}\
             Content-Type: {media}\r\nContent-Length: {}\r\nSOAPAction: \"\"\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(Error::other)?;
            }
            chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        if chunked {
            self.chunks()?;
        } else {
            self.body.resize(length, 0);
            self.stream.read_exact(&mut self.body)?;
        }
        let status = status.split(' ').nth(1).and_then(|it| it.parse().ok());
        status.ok_or_else(|| Error::other("the answer has no status"))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(Error::other("the server closed the connection"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn chunks(&mut self) -> Result<()> {
        self.body.clear();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16).map_err(Error::other)?;
            let from = self.body.len();
            self.body.resize(from + length, 0);
            self.stream.read_exact(&mut self.body[from..])?;
            self.line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}
