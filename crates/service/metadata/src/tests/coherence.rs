//! Deploys beside other calls, in this process and in another one that serves the same org.

use std::sync::Arc;

use records::{Row, SaveOptions};

use super::support::{CODE, SHELF, TestOrg, new_org, open, project, shelves};
use crate::Project;

const ALL: SaveOptions = SaveOptions { all_or_none: true };

fn shelf(ctx: &records::Ctx) -> Row {
    let object = ctx.schema.object("Shelf__c").unwrap().id;
    Row { object, id: None, fields: vec![("Code__c".to_owned(), "x".into())] }
}

/// A custom object with one field of its own name.
fn field(name: &str) -> Project {
    project(&[
        ("objects/Shelf__c/Shelf__c.object-meta.xml", SHELF),
        (
            &format!("objects/Shelf__c/fields/{name}__c.field-meta.xml"),
            &CODE.replace("Code__c", &format!("{name}__c")),
        ),
    ])
}

/// What an inserted row lacks under an older schema, no index would find.
#[test]
fn a_save_under_the_schema_before_is_refused() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let ctx = org.system();
    let unique = CODE.replace("</CustomField>", "<unique>true</unique></CustomField>");
    org.deploy(&project(&[("objects/Shelf__c/fields/Code__c.field-meta.xml", &unique)])).unwrap();
    let refused = records::create(&ctx, vec![shelf(&ctx)], &ALL);
    assert!(matches!(refused, Err(records::Error::Stale)), "{refused:?}");
    let ctx = org.system();
    let saved = records::create(&ctx, vec![shelf(&ctx), shelf(&ctx)], &ALL).unwrap();
    assert!(saved.iter().all(Result::is_err), "it is unique now");
}

/// What has nothing to change does not disturb.
#[test]
fn a_deploy_of_nothing_leaves_contexts_as_they_are() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let ctx = org.system();
    assert!(org.deploy(&shelves()).unwrap().is_no_op());
    assert!(Arc::ptr_eq(&ctx.schema, &org.system().schema));
    let saved = records::create(&ctx, vec![shelf(&ctx)], &ALL).unwrap();
    assert!(saved[0].is_ok());
}

/// Each starts from what the other has left, whoever comes first.
#[test]
fn deploys_at_the_same_time_both_come_about() {
    let org = new_org();
    let one = |prefix: &str| {
        for n in 0..4 {
            org.deploy(&field(&format!("{prefix}{n}"))).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| one("A"));
        scope.spawn(|| one("B"));
    });
    check_fields(&org);
}

fn check_fields(org: &TestOrg) {
    let schema = org.org.schema();
    let shelf = schema.object("Shelf__c").unwrap();
    let custom = shelf.fields.iter().filter(|it| it.custom);
    let mut names: Vec<&str> = custom.map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["A0__c", "A1__c", "A2__c", "A3__c", "B0__c", "B1__c", "B2__c", "B3__c"]);
    let soql = format!("SELECT {} FROM Shelf__c", names.join(", "));
    assert_eq!(records::count(&org.system(), &soql).unwrap(), 0);
    let shown = "SELECT Id FROM FieldPermissions WHERE SobjectType = 'Shelf__c'";
    assert_eq!(records::count(&org.system(), shown).unwrap(), 8, "the administrator's");
    org.org.store.verify_ledger().unwrap();
}

/// Two handles of one org are two processes, where the home lets several in.
#[test]
fn what_one_process_deploys_another_one_sees() {
    let here = new_org();
    if !here.org.store.is_shared() {
        return;
    }
    let there = open(&here.home);
    let before = there.system("test");
    here.deploy(&shelves()).unwrap();
    let ctx = there.system("test");
    let saved = records::create(&ctx, vec![shelf(&ctx)], &ALL).unwrap();
    assert!(saved[0].is_ok(), "{saved:?}");
    let account = ctx.schema.object("Account").unwrap().id;
    let row = Row { object: account, id: None, fields: vec![("Name".to_owned(), "x".into())] };
    let refused = records::create(&before, vec![row], &ALL);
    assert!(matches!(refused, Err(records::Error::Stale)), "{refused:?}");
    // A deploy there starts from the one here.
    let height = super::support::HEIGHT.replace("Height__c", "Width__c");
    let wider = project(&[("objects/Shelf__c/fields/Width__c.field-meta.xml", &height)]);
    crate::deploy(&before, &wider).unwrap();
    assert!(here.org.schema().object("Shelf__c").unwrap().field("Width__c").is_some());
    assert!(here.deploy(&wider).unwrap().is_no_op());
}

#[test]
fn deploys_of_two_processes_both_come_about() {
    let here = new_org();
    if !here.org.store.is_shared() {
        return;
    }
    let there = open(&here.home);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..4 {
                here.deploy(&field(&format!("A{n}"))).unwrap();
            }
        });
        for n in 0..4 {
            crate::deploy(&there.system("test"), &field(&format!("B{n}"))).unwrap();
        }
    });
    check_fields(&here);
}
