//! An org to deploy to, and projects written in few words.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use access::Access;
use base::DateTime;
use records::{Ctx, Org};
use sql::{Alias, Expr, Select};
use store::{Clock, Durability, Home, Options};
use tempfile::TempDir;
use testkit::home::TestHome;

use crate::project::{Project, SourceFile};
use crate::{Error, Report};

pub(super) struct TestOrg {
    pub org: Arc<Org>,
    // Removed after the org is closed.
    pub home: TestHome,
    /// For projects that are read and written.
    pub dir: TempDir,
}

pub(super) const ORG_ID: &str = "00D000000000001AAA";

pub(super) fn options() -> Options {
    let clock = Clock::fixed(DateTime::parse("2026-03-01T12:00:00Z").unwrap());
    Options { clock, durability: Durability::Off, ..Options::default() }
}

/// A new org, as far as metadata is concerned.
pub(super) fn new_org() -> TestOrg {
    new_org_in(testkit::home::home())
}

pub(super) fn new_org_in(home: TestHome) -> TestOrg {
    let founding = crate::founding().unwrap();
    let options = options();
    home.publish(home.create(ORG_ID, &options, &founding.tables).unwrap()).unwrap();
    let store = home.open(ORG_ID, &options).unwrap();
    let org = crate::found(store, founding, options.clock.clone()).unwrap();
    TestOrg { org, home, dir: tempfile::tempdir().unwrap() }
}

/// Opens the org of a home as a program does.
pub(super) fn open(home: &Home) -> Arc<Org> {
    let options = options();
    let store = home.open(ORG_ID, &options).unwrap();
    crate::open(store, options.clock.clone()).unwrap()
}

impl TestOrg {
    pub(super) fn system(&self) -> Ctx {
        self.org.system("test")
    }

    pub(super) fn deploy(&self, project: &Project) -> Result<Report, Error> {
        crate::deploy(&self.system(), project)
    }

    /// Closes the org and opens it again.
    pub(super) fn reopen(self) -> Self {
        let Self { org, home, dir } = self;
        assert_eq!(Arc::strong_count(&org), 1, "nobody else has the org open");
        drop(org);
        let org = open(&home);
        Self { org, home, dir }
    }

    /// Everything that a deploy could leave behind.
    pub(super) fn state(&self) -> State {
        let tables = self.home.definitions();
        let components = self.rows("candor_component", &["type", "name", "body"]);
        let prefixes = self.rows("candor_object", &["name", "key_prefix"]);
        let size = self.org.store.verify_ledger().unwrap().size;
        State { tables, components, prefixes, size }
    }

    pub(super) fn rows(&self, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
        let mut select = Select::from_table(table, Alias(0));
        select.columns =
            columns.iter().map(|it| Expr::Column(Alias(0), (*it).to_owned())).collect();
        let query = Access::system("test").guard(select);
        let mut rows = Vec::new();
        let read = self.org.store.read().unwrap();
        let each = |row: &store::Row<'_>| {
            let values = (0..columns.len()).map(|at| match row.get(at) {
                sql::ValueRef::Null => String::new(),
                sql::ValueRef::Int(int) => int.to_string(),
                sql::ValueRef::Text(text) => text.to_owned(),
                other => format!("{other:?}"),
            });
            rows.push(values.collect());
            Ok::<_, store::Error>(())
        };
        read.query(&query, each).unwrap();
        rows.sort();
        rows
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub tables: Vec<String>,
    pub components: Vec<Vec<String>>,
    pub prefixes: Vec<Vec<String>>,
    pub size: u64,
}

/// A project of files given by path and text.
pub(super) fn project(files: &[(&str, &str)]) -> Project {
    let mut by_path: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in files {
        by_path.insert(format!("force-app/main/default/{path}"), (*text).to_owned());
    }
    let file = |(path, text)| SourceFile { path, text: Some(text) };
    Project::of(by_path.into_iter().map(file).collect())
}

pub(super) const SHELF: &str = "<CustomObject><label>Shelf</label><pluralLabel>Shelves</pluralLabel>\
    <nameField><label>Name</label><type>Text</type></nameField>\
    <deploymentStatus>Deployed</deploymentStatus><sharingModel>ReadWrite</sharingModel>\
    </CustomObject>";

pub(super) const CODE: &str = "<CustomField><fullName>Code__c</fullName><label>Code</label>\
    <type>Text</type><length>20</length></CustomField>";

pub(super) const HEIGHT: &str = "<CustomField><fullName>Height__c</fullName>\
    <label>Height</label><type>Number</type><precision>6</precision><scale>2</scale>\
    </CustomField>";

/// A custom object with two fields, and a field of a standard object.
pub(super) fn shelves() -> Project {
    project(&[
        ("objects/Shelf__c/Shelf__c.object-meta.xml", SHELF),
        ("objects/Shelf__c/fields/Code__c.field-meta.xml", CODE),
        ("objects/Shelf__c/fields/Height__c.field-meta.xml", HEIGHT),
        ("objects/Account/fields/Height__c.field-meta.xml", HEIGHT),
    ])
}

/// The project that stands beside the repository, where it does.
#[expect(clippy::disallowed_methods, reason = "the machine says whether absence is a failure")]
pub(super) fn ebikes() -> Option<std::path::PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/conformance/projects/ebikes");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var("CI").is_err(), "the conformance projects are missing");
    println!("skipped: {} is absent", dir.display());
    None
}
