//! Deploying, again, back and forth.

use std::fs;
use std::time::Duration;

use base::Value;
use records::{Input, Row, SaveOptions};

use super::support::{CODE, TestOrg, new_org, project, shelves};
use crate::{Error, Existing, Outcome, Report};

fn outcomes(report: &Report) -> Vec<String> {
    let line = |it: &crate::Entry| format!("{} {} {}", it.outcome.as_str(), it.type_name, it.name);
    report.entries.iter().map(line).collect()
}

/// Creates a shelf and returns what it holds.
fn shelf_with(org: &TestOrg, code: &str) -> Result<Value, records::Refused> {
    let ctx = org.system();
    let object = ctx.schema.object("Shelf__c").unwrap();
    let fields = vec![
        ("Name".to_owned(), Input::from("A shelf")),
        ("Code__c".to_owned(), Input::from(code)),
    ];
    let rows = vec![Row { object: object.id, id: None, fields }];
    let saved = records::create(&ctx, rows, &SaveOptions { all_or_none: true }).unwrap();
    let id = saved.into_iter().next().unwrap()?.id;
    assert_eq!(id.prefix().to_string(), "a00");
    let found = records::retrieve_records(&ctx, object, &[id], &["Code__c"]).unwrap();
    Ok(found[0].value("Code__c").clone())
}

#[test]
fn what_is_deployed_is_in_force() {
    let org = new_org();
    let before = org.state().size;
    let report = org.deploy(&shelves()).unwrap();
    assert_eq!(
        outcomes(&report),
        [
            "created CustomField Account.Height__c",
            "created CustomField Shelf__c.Code__c",
            "created CustomField Shelf__c.Height__c",
            "created CustomObject Shelf__c",
            "changed Profile Admin",
        ]
    );
    assert_eq!(report.leaf, Some(before));
    assert_eq!(shelf_with(&org, "x-1").unwrap(), Value::Text("x-1".to_owned()));
    let org = org.reopen();
    assert_eq!(shelf_with(&org, "x-2").unwrap(), Value::Text("x-2".to_owned()));
    org.org.store.verify_ledger().unwrap();
}

#[test]
fn the_same_deploy_twice_changes_nothing() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let before = org.state();
    let commits = org.org.store.commits();
    let report = org.deploy(&shelves()).unwrap();
    assert_eq!(report.count(Outcome::Unchanged), 4);
    assert!(report.is_no_op());
    assert_eq!(org.state(), before);
    assert_eq!(org.org.store.commits(), commits);
}

#[test]
fn form_does_not_count_and_content_does() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let path = "objects/Shelf__c/fields/Code__c.field-meta.xml";
    let spaced = CODE.replace("><", ">\n  <").replace("<CustomField>", "<CustomField xmlns='x'>");
    assert!(org.deploy(&project(&[(path, &spaced)])).unwrap().is_no_op());
    let longer = CODE.replace("20", "40");
    let report = org.deploy(&project(&[(path, &longer)])).unwrap();
    assert_eq!(outcomes(&report), ["changed CustomField Shelf__c.Code__c"]);
    assert!(shelf_with(&org, &"x".repeat(40)).is_ok());
}

#[test]
fn what_is_retrieved_deploys_to_nothing() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let dir = org.dir.path().join("project");
    let files = crate::retrieve(&org.system(), &dir, Existing::Keep).unwrap();
    assert_eq!(
        files,
        [
            "sfdx-project.json",
            "force-app/main/default/objects/Shelf__c/Shelf__c.object-meta.xml",
            "force-app/main/default/objects/Account/fields/Height__c.field-meta.xml",
            "force-app/main/default/objects/Shelf__c/fields/Code__c.field-meta.xml",
            "force-app/main/default/objects/Shelf__c/fields/Height__c.field-meta.xml",
            "force-app/main/default/profiles/Admin.profile-meta.xml",
            "force-app/main/default/profiles/Standard.profile-meta.xml",
        ]
    );
    let before = org.state();
    let report = org.deploy(&crate::project::read(&dir).unwrap()).unwrap();
    assert_eq!(report.count(Outcome::Unchanged), report.entries.len());
    assert_eq!(org.state(), before);

    // The same project makes the same org elsewhere.
    let other = new_org();
    other.deploy(&crate::project::read(&dir).unwrap()).unwrap();
    assert_eq!(other.state().components, before.components);
    assert_eq!(other.state().tables, before.tables);
}

#[test]
fn a_retrieve_does_not_write_over_anything_unasked() {
    let org = new_org();
    let dir = org.dir.path().join("project");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("mine"), "mine").unwrap();
    let refused = crate::retrieve(&org.system(), &dir, Existing::Keep);
    assert!(matches!(refused, Err(Error::NotEmpty { .. })));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
    crate::retrieve(&org.system(), &dir, Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(dir.join("mine")).unwrap(), "mine");
    assert!(dir.join("force-app/main/default/profiles/Admin.profile-meta.xml").is_file());
}

#[test]
fn inline_children_are_components_of_their_own() {
    let org = new_org();
    let inline = super::support::SHELF.replace(
        "</CustomObject>",
        &format!("{}</CustomObject>", CODE.replace("CustomField", "fields")),
    );
    let whole = project(&[("objects/Shelf__c/Shelf__c.object-meta.xml", &inline)]);
    let report = org.deploy(&whole).unwrap();
    assert!(outcomes(&report).contains(&"created CustomField Shelf__c.Code__c".to_owned()));
    let split = project(&[
        ("objects/Shelf__c/Shelf__c.object-meta.xml", super::support::SHELF),
        ("objects/Shelf__c/fields/Code__c.field-meta.xml", CODE),
    ]);
    assert!(org.deploy(&split).unwrap().is_no_op());
}

#[test]
fn unknown_types_are_told() {
    let org = new_org();
    let report = org
        .deploy(&project(&[
            ("flows/Greet.flow-meta.xml", "<Flow/>"),
            ("strange/Thing.odd-meta.xml", "<Odd/>"),
        ]))
        .unwrap();
    assert_eq!(outcomes(&report), ["unsupported Flow Greet", "unsupported odd Thing"]);
    assert!(report.is_no_op());
    assert!(!report.entries[0].notices.is_empty());
}

#[test]
fn only_who_may_customize_deploys() {
    let org = new_org();
    let mut ctx = org.system();
    let schema = org.org.schema();
    let nobody = org.org.automated_user();
    ctx.access = access::Access::of_user(&schema, nobody, &[]).into();
    assert!(matches!(crate::deploy(&ctx, &shelves()), Err(Error::NotPermitted)));
    let retrieved = crate::retrieve(&ctx, &org.dir.path().join("project"), Existing::Keep);
    assert!(matches!(retrieved, Err(Error::NotPermitted)));
}

#[test]
fn loading_is_quick() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let start = std::time::Instant::now();
    crate::load::load(&org.org.store.read().unwrap()).unwrap();
    let took = start.elapsed();
    println!("load: {took:?}");
    // A part of the 150 ms that a cold start may take, in optimized builds.
    let budget = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 60 });
    assert!(took < budget, "{took:?}");
}

#[test]
fn ebikes_deploys_whole() {
    let Some(dir) = super::support::ebikes() else { return };
    let org = new_org();
    let report = org.deploy(&crate::project::read(&dir).unwrap()).unwrap();
    assert!(!report.is_no_op());
    let before = org.state();
    assert!(org.deploy(&crate::project::read(&dir).unwrap()).unwrap().is_no_op());
    assert_eq!(org.state(), before);
    let again = org.dir.path().join("again");
    crate::retrieve(&org.system(), &again, Existing::Keep).unwrap();
    assert!(org.deploy(&crate::project::read(&again).unwrap()).unwrap().is_no_op());
    assert_eq!(org.state(), before);
    let org = org.reopen();
    let schema = org.org.schema();
    for object in ["Order__c", "Order_Item__c", "Product__c", "Product_Family__c"] {
        assert!(schema.object(object).is_some(), "{object}");
    }
    assert!(schema.permission_sets.iter().any(|it| it.name == "ebikes"));
}
