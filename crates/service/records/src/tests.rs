//! The life of a record against a real database in a temporary directory.
//!
//! `test_data/project` is deployed beside the shipped objects; `test_data/cases` are text cases
//! ([`cases`]), what needs more than text stands in the other modules.

mod cases;
mod coherence;
mod cursors;
mod explain;
mod files;
mod lockout;
mod paths;
mod queries;
mod search;
mod text;
mod values;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base::{DateTime, RecordId};
use schema::def::read_project;
use schema::{Catalog, FieldRights, Schema};
use store::Clock;
use testkit::home::TestHome;

use crate::{Ctx, Input, Org, Outcome, Row, SaveOptions, Source, create, fetch};

pub(super) const EACH: SaveOptions = SaveOptions { all_or_none: false };
pub(super) const ALL: SaveOptions = SaveOptions { all_or_none: true };

/// An org with an administrator and a clerk.
pub(super) struct Fixture {
    pub org: Arc<Org>,
    pub clock: Clock,
    pub admin: RecordId,
    pub clerk: RecordId,
    // Removed after the org is closed.
    pub home: TestHome,
}

pub(super) fn schema() -> Schema {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/test_data/project"));
    let mut texts = Vec::new();
    files::read(root, root, &mut texts);
    let project = read_project(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert!(project.problems.is_empty(), "{:?}", project.problems);
    let mut catalog = Catalog::shipped();
    for component in project.components {
        catalog.insert(component);
    }
    let prefixes = schema::assign_prefixes(&catalog, &BTreeMap::new());
    let resolved = schema::resolve(&catalog, &prefixes);
    let (mut schema, _) = resolved.unwrap_or_else(|problems| panic!("{problems:#?}"));
    grant_all(&mut schema, "Admin");
    schema
}

/// The setting that numbers the schemas of a test's org.
pub(super) const VERSION: &str = "test.version";

/// The schema is always the same, but a test may say that it is another one.
pub(super) const SOURCE: Source = Source {
    version: |reader| {
        let set = fetch::setting(reader, "candor_setting", VERSION)?;
        Ok(set.and_then(|it| it.first().copied()).map_or(0, u64::from))
    },
    load: |_| Ok(schema()),
    reload: |_| Ok(schema()),
};

/// Rights are allow-lists: a profile that may see all data still names each field.
fn grant_all(schema: &mut Schema, profile: &str) {
    let all = FieldRights { read: true, edit: true };
    let fields = schema
        .objects
        .iter()
        .flat_map(|object| object.fields.iter().map(move |field| ((object.id, field.id), all)));
    let fields = fields.collect();
    let profile = schema.profiles.iter_mut().find(|it| it.name == profile).unwrap();
    profile.fields = fields;
}

pub(super) const ORG_ID: &str = "00D000000000001EAA";

pub(super) fn options(clock: &Clock) -> store::Options {
    store::Options {
        clock: clock.clone(),
        durability: store::Durability::Off,
        ..store::Options::default()
    }
}

impl Fixture {
    pub(super) fn new() -> Self {
        let clock = Clock::fixed(DateTime::parse("2026-11-23T10:00:00Z").unwrap());
        let home = testkit::home::home();
        let tables = schema::create_all(&schema());
        let id = ORG_ID;
        home.publish(home.create(id, &options(&clock), &tables).unwrap()).unwrap();
        let store = home.open(id, &options(&clock)).unwrap();
        let org = Org::found(store, SOURCE, clock.clone()).unwrap();
        let system = org.system("set up the test org");
        let make = |object: &str, id, fields: &[(&str, Input)]| {
            one(create(&system, vec![row(&system, object, id, fields)], &ALL).unwrap())
        };
        let text = |it: &str| Input::from(it);
        make(
            "Organization",
            Some(RecordId::parse(id).unwrap()),
            &[
                ("Name", text("Test")),
                ("DefaultLocaleSidKey", text("en_US")),
                ("LanguageLocaleKey", text("en_US")),
                ("TimeZoneSidKey", text("America/New_York")),
                ("FiscalYearStartMonth", Input::from(1)),
            ],
        );
        let user = |name: &str, id| {
            let profile = make("Profile", None, &[("Name", text(name))]);
            let address = format!("{name}@example.com");
            make(
                "User",
                id,
                &[
                    ("LastName", text(name)),
                    ("Username", Input::from(address.clone())),
                    ("Email", Input::from(address)),
                    ("Alias", text(name)),
                    ("ProfileId", Input::from(profile)),
                    ("TimeZoneSidKey", text("America/New_York")),
                    ("LocaleSidKey", text("en_US")),
                    ("LanguageLocaleKey", text("en_US")),
                    ("EmailEncodingKey", text("UTF-8")),
                    ("IsActive", Input::from(true)),
                ],
            )
        };
        let admin = user("Admin", Some(org.automated_user()));
        let clerk = user("Clerk", None);
        Self { org, clock, admin, clerk, home }
    }

    pub(super) fn admin(&self) -> Ctx {
        self.org.context(self.admin).unwrap()
    }

    pub(super) fn clerk(&self) -> Ctx {
        self.org.context(self.clerk).unwrap()
    }
}

pub(super) fn row(ctx: &Ctx, object: &str, id: Option<RecordId>, fields: &[(&str, Input)]) -> Row {
    let object = ctx.schema.object(object).unwrap().id;
    let fields = fields.iter().map(|(name, it)| ((*name).to_owned(), it.clone())).collect();
    Row { object, id, fields }
}

/// The id of the one row of a call.
pub(super) fn one(outcomes: Vec<Outcome>) -> RecordId {
    let [outcome] = outcomes.try_into().unwrap();
    outcome.unwrap_or_else(|refused| panic!("{:#?}", refused.errors)).id
}
