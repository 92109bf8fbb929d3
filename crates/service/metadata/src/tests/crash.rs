//! A process that is killed in the middle of a deploy leaves the old org or the new one.
//!
//! The test starts itself as another process, watches how much that one has written, and kills
//! it at different points.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use store::Home;

use super::support::{CODE, SHELF, new_org_in, open, project};
use crate::Project;

/// Where the killed process finds its org.
const DIR: &str = "CANDOR_TEST_CRASH_DIR";

const STARTING: &str = "deploying";

/// A project whose deploy changes tables, components, the administrator's profile and rows.
fn step(n: usize) -> Project {
    let field = CODE.replace("Code__c", &format!("Code{n}__c"));
    project(&[
        ("objects/Shelf__c/Shelf__c.object-meta.xml", SHELF),
        (&format!("objects/Shelf__c/fields/Code{n}__c.field-meta.xml"), &field),
    ])
}

fn columns(org: &records::Org) -> Vec<String> {
    let schema = org.schema();
    let Some(shelf) = schema.object("Shelf__c") else { return Vec::new() };
    shelf.fields.iter().filter(|it| it.custom).map(|it| it.name.clone()).collect()
}

/// The process that is killed: deploys step after step until then.
#[test]
#[expect(clippy::disallowed_methods, reason = "how the test tells its other process what to do")]
fn deploy_until_killed() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let org = open(&Home::directory(Path::new(&dir)));
    let first = columns(&org).len();
    println!("{STARTING}");
    for n in first.. {
        crate::deploy(&org.system("test"), &step(n)).unwrap();
    }
}

fn start(dir: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["tests::crash::deploy_until_killed", "--exact", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|it| it.unwrap().contains(STARTING)));
    child
}

#[test]
fn a_killed_deploy_leaves_the_old_or_the_new() {
    if testkit::home::skips_on_postgres("it kills by how much a file has grown") {
        return;
    }
    let made = new_org_in(testkit::home::directory());
    let dir = made.home.dir().unwrap().to_owned();
    let log = made.org.store.dir().unwrap().join("org.db-wal");
    drop(made.org);
    let written = || fs::metadata(&log).map_or(0, |it| it.len());
    let mut seen = 0;
    for bytes in [1, 20_000, 60_000, 100_000, 200_000, 400_000] {
        let mut child = start(&dir);
        let before = written();
        while written() < before + bytes && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let org = open(&Home::directory(&dir));
        org.store.verify_ledger().unwrap();
        let fields = columns(&org);
        assert!(seen <= fields.len(), "what was deployed stays");
        seen = fields.len();
        // The tables, the components, and the rows are those of the schema.
        let ctx = org.system("test");
        let names = fields.join(", ");
        let options = records::QueryOptions { batch_size: 200, deleted: false, base: "" };
        let query = |soql: &str| records::query_records(&ctx, soql, &options).unwrap().records;
        if !fields.is_empty() {
            assert!(query(&format!("SELECT Id, {names} FROM Shelf__c")).is_empty());
        }
        let shown = query("SELECT Field FROM FieldPermissions WHERE SobjectType = 'Shelf__c'");
        assert_eq!(shown.len(), fields.len(), "{bytes} bytes");
        // Nothing stands in the way of deploying on.
        let next = step(fields.len());
        assert!(!crate::deploy(&ctx, &next).unwrap().is_no_op());
        assert!(crate::deploy(&ctx, &next).unwrap().is_no_op());
        seen += 1;
    }
}
