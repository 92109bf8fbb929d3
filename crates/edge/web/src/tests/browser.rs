//! A browser without a window: keeps cookies, reads forms, follows redirects when told to.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use base::{DateTime, RecordId};
use records::{Input, Org, Row, SaveOptions};
use store::{Clock, Durability, Options};
use testkit::home::TestHome;
use tower::ServiceExt;

use super::well_formed;
use crate::form::encode;
use crate::{State, router};

pub(super) const USERNAME: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "correct horse battery";

/// An org with an administrator, and its pages.
pub(super) struct World {
    pub org: Arc<Org>,
    pub administrator: RecordId,
    pub clock: Clock,
    router: axum::Router,
    // Removed after the org is closed.
    _home: TestHome,
}

pub(super) struct Browser<'a> {
    world: &'a World,
    cookies: BTreeMap<String, String>,
}

pub(super) struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

impl World {
    pub(super) fn new() -> Self {
        let home = testkit::home::home();
        let clock = Clock::fixed(DateTime::parse("2026-03-01T12:00:00Z").unwrap());
        let options =
            Options { clock: clock.clone(), durability: Durability::Off, ..Options::default() };
        let new = identity::NewOrg {
            name: "Analytical Engines".to_owned(),
            username: USERNAME.to_owned(),
            email: USERNAME.to_owned(),
            first_name: Some("Ada".to_owned()),
            last_name: "King".to_owned(),
            password: Some(PASSWORD.to_owned()),
            locale: "en_US".to_owned(),
            language: "en_US".to_owned(),
            time_zone: "America/New_York".to_owned(),
            currency: "USD".to_owned(),
            country: None,
        };
        let homes = vec![identity::orgs::Home::new("test", "local", home.clone())];
        let orgs = Arc::new(identity::orgs::Orgs::new(homes, options).unwrap());
        let created = orgs.create(&new, &identity::orgs::Place::default()).unwrap();
        let router = router(State::new(orgs, false));
        let (org, administrator) = (created.org, created.administrator);
        Self { org, administrator, clock, router, _home: home }
    }

    /// Makes a record as the administrator.
    pub(super) fn make(&self, object: &str, fields: &[(&str, &str)]) -> RecordId {
        self.make_all(object, &[fields])[0]
    }

    pub(super) fn make_all(&self, object: &str, rows: &[&[(&str, &str)]]) -> Vec<RecordId> {
        let ctx = self.org.context(self.administrator).unwrap();
        let object = ctx.schema.object(object).unwrap().id;
        let fields = |row: &[(&str, &str)]| {
            row.iter().map(|(name, value)| ((*name).to_owned(), Input::from(*value))).collect()
        };
        let rows = rows.iter().map(|it| Row { object, id: None, fields: fields(it) }).collect();
        let outcomes = records::create(&ctx, rows, &SaveOptions { all_or_none: true }).unwrap();
        outcomes.into_iter().map(|it| it.unwrap().id).collect()
    }

    /// Deploys metadata files, by path and text.
    pub(super) fn deploy(&self, files: &[(&str, &str)]) {
        let ctx = self.org.context(self.administrator).unwrap();
        let file = |(path, text): &(&str, &str)| metadata::project::SourceFile {
            path: (*path).to_owned(),
            text: Some((*text).to_owned()),
        };
        let project = metadata::Project::of(files.iter().map(file).collect());
        let report = metadata::deploy(&ctx, &project).unwrap();
        assert!(!format!("{report:?}").contains("Refused"), "{report:?}");
    }

    /// The stored value of a field, as text.
    pub(super) fn value(&self, id: RecordId, field: &str) -> String {
        let ctx = self.org.context(self.administrator).unwrap();
        let object = ctx.schema.object_of_prefix(id.prefix()).unwrap();
        let found = records::retrieve_records(&ctx, object, &[id], &[field]).unwrap();
        match found[0].value(field) {
            base::Value::Text(text) => text.clone(),
            base::Value::Decimal(it) => it.normalize().to_string(),
            base::Value::Id(it) => it.to_string(),
            base::Value::Date(it) => it.to_string(),
            base::Value::DateTime(it) => it.to_rfc3339(),
            other => format!("{other:?}"),
        }
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: BTreeMap::new() }
    }

    pub(super) fn signed_in(&self) -> Browser<'_> {
        self.signed_in_as(USERNAME, PASSWORD)
    }

    pub(super) fn signed_in_as(&self, username: &str, password: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let page = browser.sign_in(username, password, "");
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/"));
        browser
    }
}

impl Browser<'_> {
    pub(super) fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, String::new(), &[])
    }

    pub(super) fn sign_in(&mut self, username: &str, password: &str, next: &str) -> Page {
        let fields = [("username", username), ("password", password), ("next", next)];
        self.post_raw("/login", &fields)
    }

    /// Sends a form with the session's token, as the page at `/` has it.
    pub(super) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let flash = self.cookies.get("candor_flash").cloned();
        let csrf = self.get("/").input("csrf");
        if let Some(flash) = flash {
            self.cookies.insert("candor_flash".to_owned(), flash);
        }
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_raw(path, &all)
    }

    pub(super) fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send("POST", path, encoded(fields), &[])
    }

    /// Sends a form of `page` back, with some fields filled in.
    pub(super) fn submit(&mut self, page: &Page, path: &str, changes: &[(&str, &str)]) -> Page {
        let mut fields = page.fields();
        for (name, value) in changes {
            fields.retain(|(it, _)| it != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_raw(path, &fields)
    }

    pub(super) fn follow(&mut self, page: &Page) -> Page {
        let path = page.location().to_owned();
        self.get(&path)
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "candor.test")
            .header(header::COOKIE, cookies.join("; "));
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let router = self.world.router.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (parts, bytes) = runtime.block_on(async {
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            (parts, to_bytes(body, usize::MAX).await.unwrap())
        });
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = String::from_utf8(bytes.to_vec()).unwrap();
        let is_html = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|it| it.to_str().unwrap().starts_with("text/html"));
        if is_html {
            well_formed::check(&html);
        }
        Page { status: parts.status, headers: parts.headers, html }
    }
}

pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

impl Page {
    pub(super) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |it| it.to_str().unwrap())
    }

    /// The text of the page: what stands between its tags, on one line.
    pub(super) fn text(&self) -> String {
        let body = self.html.split_once("<body>").map_or(self.html.as_str(), |(_, it)| it);
        let mut text = String::new();
        for part in body.split('<') {
            text.push(' ');
            text.push_str(part.split_once('>').map_or(part, |(_, it)| it));
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of each row of the first table.
    pub(super) fn rows(&self) -> Vec<String> {
        let table = self.html.split("<tbody>").nth(1).unwrap_or_default();
        let table = table.split("</tbody>").next().unwrap_or_default();
        let rows = table.split("<tr>").skip(1);
        rows.map(|it| Self::of(it).text()).collect()
    }

    /// The value of the first input of this name.
    pub(super) fn input(&self, name: &str) -> String {
        let found = self.fields().into_iter().find(|(it, _)| it == name);
        found.unwrap_or_else(|| panic!("no input {name} in {}", self.text())).1
    }

    /// What a browser would send of the page's own form: the last one with a field.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let main = self.html.split("<main").nth(1).unwrap_or(&self.html);
        let form = main.split("<form").skip(1).find(|it| it.contains("name=\"csrf\""));
        let form = form.unwrap_or(self.html.rsplit("<form").next().unwrap_or_default());
        let form = form.split("</form>").next().unwrap_or_default();
        let mut fields = Vec::new();
        let mut rest = form;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
            let after = rest.get(tag.len() + 1..).unwrap_or_default();
            let value = attribute(tag, "value").unwrap_or_default();
            let Some(name) = attribute(tag, "name") else { continue };
            let kind = attribute(tag, "type").unwrap_or_default();
            let boxed = kind == "checkbox" || kind == "radio";
            match tag.split_whitespace().next().unwrap_or_default() {
                "input" if !boxed || tag.contains(" checked") => fields.push((name, value)),
                "textarea" => {
                    let text = after.split("</textarea>").next().unwrap_or_default();
                    let text = text.strip_prefix('\n').unwrap_or(text);
                    fields.push((name, unescape(text)));
                }
                "select" => {
                    let options = after.split("</select>").next().unwrap_or_default();
                    let chosen = options
                        .split("<option")
                        .skip(1)
                        .find(|it| it.split('>').next().is_some_and(|it| it.contains(" selected")));
                    let first = options.split("<option").nth(1);
                    let tag = chosen.or(first).and_then(|it| it.split('>').next());
                    let value = tag.and_then(|it| attribute(it, "value"));
                    fields.push((name, value.unwrap_or_default()));
                }
                _ => {}
            }
        }
        fields
    }

    fn of(html: &str) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), html: html.to_owned() }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(value.split('"').next()?))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
