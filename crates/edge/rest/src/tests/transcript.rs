//! Requests and answers as text.
//!
//! ```text
//! PATCH /services/data/v60.0/sobjects/Account/<001:1> as admin
//! content-type: application/json
//!
//! {"Name": "x"}
//! ----
//! 204
//! ```
//!
//! The lines of a request are its headers, a blank line and its body. `as` names who asks:
//! `admin` (who else is not said), `reader`, `nobody`. An answer shows its status, the headers
//! that tell something, and its body. Ids and tokens are shown as `<PREFIX:n>` and `<token:n>`,
//! numbered as they appear; a request may use them. The time is `<now>`.
//!
//! Lines of a request that begin with `%` are for this reader: `% show /a /b` shows these parts
//! of a JSON body only, `% headers a b` more headers, `% wait N` lets N seconds pass before.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use base::RecordId;
use testkit::cases::Block;

use super::support::{Answer, Server};
use crate::wire::write::pretty;

const HEADERS: [&str; 3] = ["location", "allow", "content-encoding"];
const WIDTH_MAX: usize = 96;

/// The files of cases, each with an org of its own.
#[derive(Default)]
pub(super) struct Run {
    file: PathBuf,
    scene: Option<Scene>,
}

struct Scene {
    server: Server,
    admin: String,
    reader: String,
    /// What was shown, by what it stands for.
    names: Vec<(String, String)>,
}

impl Run {
    pub(super) fn answer(&mut self, block: &Block) -> String {
        if self.file != block.file {
            self.file.clone_from(&block.file);
            self.scene = None;
        }
        self.scene.get_or_insert_with(Scene::new).answer(block)
    }
}

impl Scene {
    fn new() -> Self {
        let server = Server::start();
        let (admin, reader) = (server.token(), server.reader_token());
        let mut scene = Self { server, admin, reader, names: Vec::new() };
        let known = [
            (scene.server.client.client.id.clone(), "<client_id>"),
            (scene.server.client.secret.clone(), "<client_secret>"),
            (scene.server.security_token.clone(), "<security_token>"),
            (scene.admin.clone(), "<session>"),
        ];
        scene.names.extend(known.map(|(value, name)| (value, name.to_owned())));
        // So that they have the same numbers in all files.
        let (org, admin) = (scene.server.org.store.id().to_owned(), scene.server.admin);
        scene.hide(&format!("{org} {admin}"));
        scene
    }

    fn answer(&mut self, block: &Block) -> String {
        let (path, actor) =
            block.arguments.split_once(" as ").unwrap_or((&block.arguments, "admin"));
        let input = self.reveal(&block.input);
        let input = format!("\n{input}");
        let (head, body) = input.split_once("\n\n").unwrap_or((input.as_str(), ""));
        let mut request = Request::builder().method(block.directive.as_str());
        let mut shown = Vec::new();
        let mut headers: Vec<String> = HEADERS.map(str::to_owned).into();
        let mut typed = false;
        for line in head.lines().filter(|it| !it.is_empty()) {
            if let Some(line) = line.strip_prefix("% ") {
                let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
                let words = rest.split(' ').map(str::to_owned);
                match word {
                    "show" => shown.extend(words),
                    "headers" => headers.extend(words),
                    "wait" => self.server.advance(rest.parse().unwrap()),
                    other => panic!("unknown word `{other}` in {}", block.file.display()),
                }
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("header {line}"));
            typed |= name == "content-type";
            request = request.header(name, value.trim());
        }
        if !typed && !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        match actor {
            "admin" => request = request.header("authorization", format!("Bearer {}", self.admin)),
            "reader" => {
                request = request.header("authorization", format!("Bearer {}", self.reader))
            }
            "nobody" => {}
            other => panic!("nobody is called {other}"),
        }
        let request = request.header("host", "api.example.com").uri(self.reveal(path));
        let answer = self.server.send(request.body(Body::from(body.to_owned())).unwrap());
        let text = show(&answer, &shown, &headers);
        self.hide(&text)
    }

    /// Puts in what placeholders stand for.
    fn reveal(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (value, name) in &self.names {
            out = out.replace(name.as_str(), value);
            if let Some(short) = name.strip_suffix('>').filter(|_| value.len() == 18) {
                out = out.replace(&format!("{short}/15>"), &value[..15]);
            }
        }
        out
    }

    /// Replaces what differs from run to run.
    fn hide(&mut self, text: &str) -> String {
        let request_ids = regex_like(text, |it| it.contains('!') && it.starts_with("00D"));
        for token in request_ids {
            self.name(token, "token");
        }
        for word in words(text) {
            if let Ok(id) = RecordId::parse(word)
                && id.sequence() != RecordId::SEQUENCE_MAX
                && id.sequence() != 0
                && word.starts_with(|it: char| it.is_ascii_digit() || it == 'a')
                && word.chars().filter(char::is_ascii_digit).count() > 3
            {
                self.name(id.to_string(), &id.prefix().to_string());
            }
        }
        let mut names = self.names.clone();
        // Tokens begin with the id of their org.
        names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        let mut out = text.to_owned();
        for (value, name) in names {
            out = out.replace(&value, &name);
            if value.len() == 18 {
                let short = name.replace('>', "/15>");
                out = out.replace(&value[..15], &short);
            }
        }
        out
    }

    fn name(&mut self, value: String, kind: &str) {
        if self.names.iter().any(|(it, _)| *it == value) {
            return;
        }
        let start = format!("<{kind}:");
        let n = self.names.iter().filter(|(_, name)| name.starts_with(&start)).count() + 1;
        self.names.push((value, format!("<{kind}:{n}>")));
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_alphanumeric())
}

/// The longest runs of token letters that fit.
fn regex_like(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let letters = |it: char| it.is_ascii_alphanumeric() || "!_.".contains(it);
    text.split(|it| !letters(it)).filter(|it| fits(it)).map(str::to_owned).collect()
}

fn show(answer: &Answer, shown: &[String], headers: &[String]) -> String {
    let mut out = answer.status.as_u16().to_string();
    for name in headers {
        if !answer.header(name).is_empty() {
            out.push_str(&format!("\n{name}: {}", answer.header(name)));
        }
    }
    if shown.is_empty() {
        if !answer.body.is_empty() {
            out.push('\n');
            out.push_str(&body(answer));
        }
        return out;
    }
    let json = answer.json();
    for pointer in shown {
        let part = json.pointer(pointer);
        let text = part.map_or_else(|| "absent".to_owned(), ToString::to_string);
        out.push_str(&format!("\n{pointer} {text}"));
    }
    out
}

fn body(answer: &Answer) -> String {
    let is_json = answer.header("content-type") == "application/json;charset=UTF-8";
    if is_json && WIDTH_MAX < answer.body.len() && !answer.body.contains(&b'\n') {
        return String::from_utf8(pretty(&answer.body)).unwrap();
    }
    answer.text().replace("><", ">\n<")
}
