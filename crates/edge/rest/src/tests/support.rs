//! An org in a directory that vanishes with it, and requests to it without a socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base::{DateTime, RecordId};
use identity::NewOrg;
use identity::orgs::Orgs;
use metadata::Project;
use metadata::project::SourceFile;
use records::Org;
use store::{Clock, Durability, Options};
use testkit::home::TestHome;
use tower::ServiceExt as _;

use crate::{Scheme, State, router};

pub(super) const USERNAME: &str = "admin@example.com";
pub(super) const PASSWORD: &str = "correct horse";

/// A served org with an administrator and a user who may do little.
pub(super) struct Server {
    pub org: Arc<Org>,
    pub router: axum::Router,
    pub admin: RecordId,
    pub security_token: String,
    pub client: identity::NewClient,
    pub orgs: Arc<Orgs>,
    runtime: tokio::runtime::Runtime,
    clock: Clock,
    // Removed after the org is closed.
    _home: TestHome,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

impl Server {
    pub(super) fn start() -> Self {
        let home = testkit::home::home();
        let clock = Clock::fixed(DateTime::parse("2026-03-02T09:30:00Z").unwrap());
        let options =
            Options { clock: clock.clone(), durability: Durability::Off, ..Options::default() };
        let homes = vec![identity::orgs::Home::new("test", "local", home.clone())];
        let orgs = Arc::new(Orgs::new(homes, options).unwrap());
        let Tenant { org, admin, security_token, client } = tenant(&orgs, USERNAME);
        Self {
            router: router(State::new(Arc::clone(&orgs), Scheme::Https)),
            org,
            admin,
            security_token,
            client,
            orgs,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            clock,
            _home: home,
        }
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A token of a session of the app's user.
    pub(super) fn token(&self) -> String {
        identity::login_as_client(&self.org, &self.client.client, None).unwrap().token
    }

    /// A token of the user who may do little.
    pub(super) fn reader_token(&self) -> String {
        let attempt = identity::Attempt {
            username: "reader@example.com",
            password: PASSWORD,
            accept: identity::Accept::Either,
            kind: identity::Kind::Api,
            client: None,
            request: None,
        };
        identity::login(&self.org, &attempt).unwrap().token
    }

    pub(super) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }

    pub(super) fn call(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "api.example.com")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request)
    }
}

/// One of the orgs of a server.
pub(super) struct Tenant {
    pub org: Arc<Org>,
    pub admin: RecordId,
    pub security_token: String,
    pub client: identity::NewClient,
}

/// Makes an org whose administrator has this username.
pub(super) fn tenant(orgs: &Orgs, username: &str) -> Tenant {
    let made = orgs.create(&new_org(username), &identity::orgs::Place::default()).unwrap();
    let org = made.org;
    metadata::deploy(&org.system("set up a test"), &project()).unwrap();
    add_reader(&org);
    let ctx = org.system("set up a test");
    let client = identity::create_client(&ctx, "Test", made.administrator).unwrap();
    Tenant { org, admin: made.administrator, security_token: made.security_token, client }
}

fn new_org(username: &str) -> NewOrg {
    NewOrg {
        name: "Example".to_owned(),
        username: username.to_owned(),
        email: username.to_owned(),
        first_name: Some("Ada".to_owned()),
        last_name: "Admin".to_owned(),
        password: Some(PASSWORD.to_owned()),
        locale: "en_US".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".to_owned(),
        country: None,
    }
}

/// A user whose profile reads accounts, some fields of them, and nothing else.
fn add_reader(org: &Arc<Org>) {
    let ctx = org.system("set up a test");
    let options = records::QueryOptions { batch_size: 1, deleted: false, base: "" };
    let query = "SELECT Id FROM Profile WHERE Name = 'Reader'";
    let profile = records::query_records(&ctx, query, &options).unwrap().records.remove(0).id;
    let fields = [
        ("Username", "reader@example.com".into()),
        ("Email", "reader@example.com".into()),
        ("LastName", "Reader".into()),
        ("Alias", "reader".into()),
        ("IsActive", true.into()),
        ("ProfileId", profile.into()),
        ("TimeZoneSidKey", "Europe/Berlin".into()),
        ("LocaleSidKey", "en_US".into()),
        ("LanguageLocaleKey", "en_US".into()),
        ("EmailEncodingKey", "UTF-8".into()),
    ];
    identity::create_user(&ctx, &fields, Some(PASSWORD)).unwrap();
}

/// The metadata in `test_data/project`.
fn project() -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/project");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let files = paths.into_iter().map(|it| SourceFile {
        path: it.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
        text: Some(std::fs::read_to_string(&it).unwrap()),
    });
    Project::of(files.collect())
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, out) } else { out.push(path) }
    }
}
