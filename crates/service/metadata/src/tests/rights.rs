//! What profiles grant, before and after deploys, and the rows that show it.

use std::sync::Arc;

use access::Access;
use records::QueryOptions;
use schema::Schema;

use super::support::{TestOrg, new_org, project, shelves};
use crate::Grant;

fn of_profile(org: &TestOrg, name: &str) -> (Arc<Schema>, Access) {
    let schema = org.org.schema();
    let profile = schema.profiles.iter().find(|it| it.name == name).unwrap();
    let access = Access::of_user(&schema, org.org.automated_user(), &[profile]);
    (Arc::clone(&schema), access)
}

fn query(org: &TestOrg, soql: &str) -> Vec<String> {
    let options = QueryOptions { batch_size: 2000, deleted: false, base: "" };
    let page = records::query_records(&org.system(), soql, &options).unwrap();
    let shown = |it: &query::Record| {
        let cells = it.fields.iter().filter(|(name, _)| name != "Id");
        cells.map(|(_, cell)| show(cell)).collect::<Vec<_>>().join(" ")
    };
    page.records.iter().map(shown).collect()
}

fn show(cell: &query::Cell) -> String {
    match cell {
        query::Cell::Value(base::Value::Text(text)) => text.clone(),
        query::Cell::Value(base::Value::Bool(bool)) => bool.to_string(),
        query::Cell::Value(base::Value::Null) => "-".to_owned(),
        query::Cell::Value(base::Value::Decimal(number)) => number.to_string(),
        query::Cell::Parent(Some(parent)) => {
            parent.fields.iter().map(|it| show(&it.1)).collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn the_administrator_may_everything() {
    let org = new_org();
    let (schema, access) = of_profile(&org, "System Administrator");
    for permission in access::Permission::ALL {
        assert!(access.has(permission), "{permission:?}");
    }
    for object in &schema.objects {
        assert!(access.object(object).modify_all, "{}", object.name);
        for field in &object.fields {
            let rights = access.field(object, field);
            assert!(rights.read, "{}.{}", object.name, field.name);
            let writable = field.createable || field.updateable;
            assert!(rights.edit || !writable, "{}.{}", object.name, field.name);
        }
    }
}

#[test]
fn a_standard_user_works_with_records_and_not_with_setup() {
    let org = new_org();
    let (schema, access) = of_profile(&org, "Standard User");
    assert!(access.has(access::Permission::ApiEnabled));
    assert!(!access.has(access::Permission::ViewAllData));
    let rights = |name: &str| {
        let it = access.object(schema.object(name).unwrap());
        [it.create, it.read, it.edit, it.delete]
    };
    assert_eq!(rights("Account"), [true; 4]);
    assert_eq!(rights("OpportunityLineItem"), [true; 4]);
    assert_eq!(rights("Product2"), [true, true, true, false]);
    assert_eq!(rights("User"), [false, true, false, false]);
    assert_eq!(rights("Profile"), [false, true, false, false]);
    assert_eq!(rights("PermissionSetAssignment"), [false, true, false, false]);
    let account = schema.object("Account").unwrap();
    assert!(access.can_write_field(account, account.field("Industry").unwrap(), true));
    let user = schema.object("User").unwrap();
    assert!(access.can_read_field(user, user.field("Title").unwrap()));
    assert!(!access.can_write_field(user, user.field("Title").unwrap(), false));
}

#[test]
fn what_is_new_is_granted_to_the_administrator_alone() {
    let org = new_org();
    let report = org.deploy(&shelves()).unwrap();
    assert_eq!(
        report.granted,
        [
            Grant::Field("Account.Height__c".to_owned()),
            Grant::Object("Shelf__c".to_owned()),
            Grant::Field("Shelf__c.Code__c".to_owned()),
            Grant::Field("Shelf__c.Height__c".to_owned()),
        ]
    );
    for (profile, sees) in [("System Administrator", true), ("Standard User", false)] {
        let (schema, access) = of_profile(&org, profile);
        let shelf = schema.object("Shelf__c").unwrap();
        assert_eq!(access.object(shelf).create, sees);
        assert_eq!(access.field(shelf, shelf.field("Code__c").unwrap()).edit, sees);
        let account = schema.object("Account").unwrap();
        assert_eq!(access.field(account, account.field("Height__c").unwrap()).read, sees);
    }
}

#[test]
fn what_a_project_says_of_its_fields_stands() {
    let org = new_org();
    let mut files = shelves();
    files.files.extend(
        project(&[(
            "profiles/Admin.profile-meta.xml",
            "<Profile><fieldPermissions><editable>false</editable>\
             <field>Shelf__c.Code__c</field><readable>true</readable></fieldPermissions></Profile>",
        )])
        .files,
    );
    let report = org.deploy(&files).unwrap();
    assert!(!report.granted.contains(&Grant::Field("Shelf__c.Code__c".to_owned())));
    let schema = org.org.schema();
    let shelf = schema.object("Shelf__c").unwrap();
    let code = shelf.field("Code__c").unwrap();
    let admin = schema.profiles.iter().find(|it| it.name == "System Administrator").unwrap();
    let rights = admin.fields[&(shelf.id, code.id)];
    assert_eq!((rights.read, rights.edit), (true, false));
    // The rest of the profile is still there.
    assert!(admin.user_permissions.iter().any(|it| it == "ModifyAllData"));
    assert!(org.deploy(&files).unwrap().is_no_op());
}

#[test]
fn rows_show_rights() {
    let org = new_org();
    let profiles = "SELECT Name, PermissionsApiEnabled, PermissionsModifyAllData FROM Profile \
                    ORDER BY Name";
    assert_eq!(
        query(&org, profiles),
        ["Standard User true false", "System Administrator true true"]
    );
    let sets = "SELECT Profile.Name, IsOwnedByProfile, IsCustom FROM PermissionSet \
                ORDER BY Profile.Name";
    assert_eq!(query(&org, sets), ["Standard User true false", "System Administrator true false"]);
    org.deploy(&shelves()).unwrap();
    let set = |editable: &str| {
        format!(
            "<PermissionSet><label>Shelving</label><fieldPermissions>\
             <editable>{editable}</editable><field>Shelf__c.Code__c</field>\
             <readable>true</readable></fieldPermissions><objectPermissions>\
             <allowCreate>true</allowCreate><allowDelete>false</allowDelete>\
             <allowEdit>true</allowEdit><allowRead>true</allowRead>\
             <modifyAllRecords>false</modifyAllRecords><object>Shelf__c</object>\
             <viewAllRecords>false</viewAllRecords></objectPermissions></PermissionSet>"
        )
    };
    let path = "permissionsets/Shelving.permissionset-meta.xml";
    org.deploy(&project(&[(path, &set("true"))])).unwrap();
    let fields = "SELECT Parent.Name, Field, PermissionsEdit FROM FieldPermissions \
                  WHERE Parent.Name = 'Shelving' AND Field = 'Shelf__c.Code__c'";
    assert_eq!(query(&org, fields), ["Shelving Shelf__c.Code__c true"]);
    org.deploy(&project(&[(path, &set("false"))])).unwrap();
    assert_eq!(query(&org, fields), ["Shelving Shelf__c.Code__c false"]);
    let objects = "SELECT SobjectType, PermissionsCreate, PermissionsDelete \
                   FROM ObjectPermissions WHERE Parent.Name = 'Shelving'";
    assert_eq!(query(&org, objects), ["Shelf__c true false"]);
    // A right that is no longer given is no longer shown.
    let empty = "<PermissionSet><label>Shelving</label></PermissionSet>";
    org.deploy(&project(&[(path, empty)])).unwrap();
    assert!(query(&org, fields).is_empty());
    assert!(query(&org, objects).is_empty());
}

#[test]
fn rows_show_value_sets_record_types_and_list_views() {
    let org = new_org();
    let stages = "SELECT MasterLabel, IsClosed, IsWon, DefaultProbability, ForecastCategoryName \
                  FROM OpportunityStage WHERE IsClosed = true ORDER BY SortOrder";
    assert_eq!(
        query(&org, stages),
        ["Closed Won true true 100 Closed", "Closed Lost true false 0 Omitted"]
    );
    let converted = "SELECT ApiName FROM LeadStatus WHERE IsConverted = true";
    assert_eq!(query(&org, converted), ["Closed - Converted"]);
    for object in ["CaseStatus", "TaskStatus", "TaskPriority"] {
        assert!(!query(&org, &format!("SELECT ApiName FROM {object}")).is_empty(), "{object}");
    }
    let books = "SELECT Name, IsActive FROM Pricebook2 WHERE IsStandard = true";
    assert_eq!(query(&org, books), ["Standard Price Book true"]);
    let views = "SELECT Name FROM ListView WHERE SobjectType = 'Lead' ORDER BY Name";
    assert_eq!(query(&org, views), ["All Leads", "All Open Leads"]);
    let mut files = shelves();
    files.files.extend(
        project(&[
            (
                "objects/Shelf__c/recordTypes/Tall.recordType-meta.xml",
                "<RecordType><fullName>Tall</fullName><active>true</active>\
                 <label>Tall shelf</label></RecordType>",
            ),
            (
                "objects/Shelf__c/listViews/All.listView-meta.xml",
                "<ListView><fullName>All</fullName><columns>NAME</columns>\
                 <filterScope>Everything</filterScope><label>All shelves</label></ListView>",
            ),
        ])
        .files,
    );
    org.deploy(&files).unwrap();
    let types = "SELECT SobjectType, DeveloperName, Name FROM RecordType";
    assert_eq!(query(&org, types), ["Shelf__c Tall Tall shelf"]);
    let views = "SELECT Name FROM ListView WHERE SobjectType = 'Shelf__c'";
    assert_eq!(query(&org, views), ["All shelves"]);
}

#[test]
fn rows_that_are_right_are_left_alone() {
    let org = new_org();
    let before = org.state().size;
    let ctx = org.system();
    org.org
        .store
        .write::<_, crate::Error>(|tx| {
            crate::projection::project(&ctx, tx)?;
            Ok(tx.unchanged(())?)
        })
        .unwrap();
    assert_eq!(org.state().size, before);
}

#[test]
fn no_row_is_refused() {
    let org = new_org();
    let long = "x".repeat(200);
    let value = |name: &str, more: &str| {
        format!(
            "<standardValue><fullName>{name}</fullName><default>false</default>\
             <label>{name}</label>{more}</standardValue>"
        )
    };
    let stages = format!(
        "<StandardValueSet><sorted>false</sorted>{}{}{}</StandardValueSet>",
        value("Odd", "<forecastCategory>Strange</forecastCategory>"),
        value("Huge", "<probability>4000</probability>"),
        value("Won", "<closed>true</closed><won>true</won><probability>100</probability>"),
    );
    org.deploy(&project(&[
        ("standardValueSets/OpportunityStage.standardValueSet-meta.xml", &stages),
        (
            "permissionsets/Long.permissionset-meta.xml",
            &format!("<PermissionSet><label>{long}</label></PermissionSet>"),
        ),
        (
            "profiles/System Administrator.profile-meta.xml",
            "<Profile><description>Those who know.</description></Profile>",
        ),
    ]))
    .unwrap();
    let stages = "SELECT ApiName, DefaultProbability, ForecastCategory FROM OpportunityStage \
                  ORDER BY SortOrder";
    assert_eq!(query(&org, stages), ["Odd - Pipeline", "Huge - Pipeline", "Won 100 Pipeline"]);
    let label = "SELECT Label FROM PermissionSet WHERE Name = 'Long'";
    assert_eq!(query(&org, label), ["x".repeat(80)]);
    let profile = "SELECT Description FROM Profile WHERE Name = 'System Administrator'";
    assert_eq!(query(&org, profile), ["Those who know."]);
}
