//! Projects that must not be deployed: every problem is told, and nothing is changed.

use schema::Problem;

use super::support::{CODE, HEIGHT, SHELF, TestOrg, new_org, project, shelves};
use crate::{Error, Project};

/// Deploys what is wrong, and returns what was told, file and line first.
fn problems(org: &TestOrg, project: &Project) -> Vec<String> {
    let before = org.state();
    let schema = org.org.schema();
    let told = match org.deploy(project) {
        Err(Error::Problems { problems }) => problems,
        other => panic!("deployed: {other:?}"),
    };
    assert_eq!(org.state(), before, "nothing changed");
    assert!(std::sync::Arc::ptr_eq(&org.org.schema(), &schema), "the schema is still in force");
    let line = |it: &Problem| {
        let file = it.file.rsplit('/').next().unwrap_or_default();
        format!("{file}:{} {}", it.line, it.component)
    };
    told.iter().map(line).collect()
}

#[test]
fn every_problem_is_told_and_nothing_changes() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let broken = project(&[
        ("objects/Box__c/Box__c.object-meta.xml", &SHELF.replace("Shelf", "Box")),
        ("objects/Box__c/fields/A__c.field-meta.xml", "<CustomField>\n<type>Text</typ>"),
        (
            "objects/Box__c/fields/B__c.field-meta.xml",
            "<CustomField>\n<fullName>B__c</fullName>\n<label>B</label>\n<type>Txt</type>\n\
             </CustomField>",
        ),
        (
            "objects/Box__c/fields/C__c.field-meta.xml",
            "<CustomField>\n<fullName>C__c</fullName>\n<label>C</label>\n<type>Lookup</type>\n\
             <referenceTo>Nowhere__c</referenceTo>\n</CustomField>",
        ),
        (
            "permissionsets/P.permissionset-meta.xml",
            "<PermissionSet>\n<label>P</label>\n<fieldPermissions>\n<editable>true</editable>\n\
             <field>Box__c.Missing__c</field>\n<readable>true</readable>\n</fieldPermissions>\n\
             </PermissionSet>",
        ),
        ("tabs/T__c.tab-meta.xml", "<CustomObject/>"),
    ]);
    assert_eq!(
        problems(&org, &broken),
        [
            "A__c.field-meta.xml:2 Box__c.A__c",
            "B__c.field-meta.xml:4 Box__c.B__c",
            "C__c.field-meta.xml:5 Box__c.C__c",
            "P.permissionset-meta.xml:5 P",
            "T__c.tab-meta.xml:1 T__c",
        ]
    );
}

#[test]
fn a_component_in_two_files_is_a_problem() {
    let org = new_org();
    let twice = project(&[
        ("objects/Shelf__c/Shelf__c.object-meta.xml", SHELF),
        ("more/objects/Shelf__c/Shelf__c.object-meta.xml", SHELF),
    ]);
    assert_eq!(problems(&org, &twice), ["Shelf__c.object-meta.xml:1 Shelf__c"]);
}

#[test]
fn values_that_would_be_lost_are_a_problem() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let path = "objects/Shelf__c/fields/Height__c.field-meta.xml";
    let text =
        HEIGHT.replace("Number", "Date").replace("<precision>6</precision><scale>2</scale>", "");
    let told = problems(&org, &project(&[(path, &text)]));
    assert_eq!(told, ["Height__c.field-meta.xml:1 Shelf__c.Height__c"]);
}

#[test]
fn values_that_are_not_unique_are_a_problem() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let ctx = org.system();
    let object = ctx.schema.object("Shelf__c").unwrap().id;
    let row = |code: &str| records::Row {
        object,
        id: None,
        fields: vec![("Name".to_owned(), "S".into()), ("Code__c".to_owned(), code.into())],
    };
    let all = records::SaveOptions { all_or_none: true };
    let saved = records::create(&ctx, vec![row("same"), row("SAME")], &all).unwrap();
    assert!(saved.iter().all(Result::is_ok));
    let path = "objects/Shelf__c/fields/Code__c.field-meta.xml";
    let unique = CODE.replace("</length>", "</length>\n<unique>true</unique>");
    let told = problems(&org, &project(&[(path, &unique)]));
    assert_eq!(told, ["Code__c.field-meta.xml:2 Shelf__c.Code__c"]);
}

#[test]
fn a_component_of_the_org_that_a_deploy_breaks_is_named() {
    let org = new_org();
    org.deploy(&shelves()).unwrap();
    let layout = "<Layout><layoutSections><customLabel>false</customLabel>\
        <layoutColumns><layoutItems><field>Code__c</field></layoutItems></layoutColumns>\
        </layoutSections></Layout>";
    org.deploy(&project(&[("layouts/Shelf__c-L.layout-meta.xml", layout)])).unwrap();
    // The field becomes one that no layout can show.
    let path = "objects/Shelf__c/fields/Code__c.field-meta.xml";
    let broken = CODE.replace("<type>Text</type>", "<type>Nonsense</type>");
    let told = problems(&org, &project(&[(path, &broken)]));
    assert!(told.contains(&"Code__c.field-meta.xml:1 Shelf__c.Code__c".to_owned()), "{told:?}");
}

#[test]
fn setup_takes_no_custom_fields() {
    let org = new_org();
    let path = "objects/Profile/fields/Code__c.field-meta.xml";
    assert_eq!(
        problems(&org, &project(&[(path, CODE)])),
        ["Code__c.field-meta.xml:1 Profile.Code__c"]
    );
}

#[test]
fn a_profile_under_both_its_names_is_a_problem() {
    let org = new_org();
    let twice = project(&[
        ("profiles/Admin.profile-meta.xml", "<Profile/>"),
        ("profiles/System Administrator.profile-meta.xml", "<Profile/>"),
    ]);
    assert_eq!(problems(&org, &twice), ["System Administrator.profile-meta.xml:1 Admin"]);
}
