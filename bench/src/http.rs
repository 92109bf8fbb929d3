//! A client of a few lines: keep-alive, no compression, bodies with a length or in chunks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    token: Option<String>,
    /// The last answer's body; kept, so that its room is not made again for each answer.
    body: Vec<u8>,
}

impl Client {
    /// Connects to `http://HOST:PORT`.
    pub(crate) fn connect(url: &str, token: Option<String>) -> Result<Self> {
        let host = url.strip_prefix("http://").context("not a plain URL")?.to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self { stream, host, token, body: Vec::new() })
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<&[u8]> {
        self.request("GET", path, "", "application/json")
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> Result<&[u8]> {
        self.request("POST", path, body, "application/json")
    }

    /// Sends a request and returns the body of its answer, which must be a success.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        content_type: &str,
    ) -> Result<&[u8]> {
        let authorization = match &self.token {
            Some(token) => format!("Authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{authorization}\
             Content-Type: {content_type}\r\nContent-Length: {}\r\nSOAPAction: \"\"\r\n\r\n{body}",
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
                length = value.trim().parse()?;
            }
            chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        if chunked {
            self.chunks()?;
        } else {
            self.body.resize(length, 0);
            self.stream.read_exact(&mut self.body)?;
        }
        if !status.contains(" 2") {
            let body = String::from_utf8_lossy(&self.body);
            bail!("{method} {path}: {status}: {body:.500}");
        }
        Ok(&self.body)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(0 < self.stream.read_line(&mut line)?, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }

    fn chunks(&mut self) -> Result<()> {
        self.body.clear();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
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
