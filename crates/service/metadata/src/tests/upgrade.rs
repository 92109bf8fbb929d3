//! An org that another version of the program has made.

use records::{Ctx, QueryOptions, Row, SaveOptions};
use schema::{Component, ComponentType, Schema};
use sql::{CreateIndex, Ddl, Delete, Expr, Statement};
use store::{Table, Tx};

use super::support::{TestOrg, new_org};
use crate::{Error, program, stored};

/// The fields and the object of Account that the other version did not have.
const NEW_FIELD: &str = "Fax";
const NEW_OBJECT: &str = "Asset";

fn tables(org: &TestOrg) -> Vec<Table> {
    let mut tables = org.org.store.read().unwrap().tables().unwrap();
    for it in &mut tables {
        it.columns.sort();
        it.indexes.sort();
    }
    tables
}

fn names(org: &TestOrg, soql: &str) -> Vec<String> {
    let options = QueryOptions { batch_size: 200, deleted: false, base: "" };
    let page = records::query_records(&org.system(), soql, &options).unwrap();
    let name = |it: &query::Record| it.value("Name").as_text().unwrap().to_owned();
    page.records.iter().map(name).collect()
}

fn make_accounts(org: &TestOrg, names: &[&str]) {
    let ctx = org.system();
    let rows = names.iter().map(|it| account(&ctx, it)).collect();
    let saved = records::create(&ctx, rows, &ALL).unwrap();
    assert!(saved.iter().all(Result::is_ok), "{saved:?}");
}

fn account(ctx: &Ctx, name: &str) -> Row {
    let object = ctx.schema.object("Account").unwrap().id;
    let fields = ["Name", "Site"].map(|field| (field.to_owned(), name.into()));
    Row { object, id: None, fields: fields.into() }
}

const ALL: SaveOptions = SaveOptions { all_or_none: true };

/// Changes an org as other versions of the program may have.
fn change(org: &TestOrg, change: impl Fn(&Schema, &mut Tx<'_>) -> Result<(), Error>) {
    let schema = org.org.schema();
    let written = org.org.store.write::<_, Error>(|tx| {
        change(&schema, tx)?;
        let logged = tx.append(store::Draft {
            kind: ledger::Kind::MetaDeploy,
            object: None,
            previous: None,
            row: None,
            fields: Vec::new(),
            actor: ledger::Actor {
                kind: ledger::ActorKind::System,
                pseudonym: org.org.pseudonym(org.org.automated_user()),
            },
            body: None,
            why: None,
            policy: None,
            request: None,
        })?;
        Ok(tx.commit(logged, ()))
    });
    written.unwrap();
}

/// Forgets in which versions of the program the org was open, as before they were kept.
fn forget_programs(tx: &mut Tx<'_>) -> Result<(), Error> {
    let where_ = Expr::OwnColumn("name".to_owned()).eq(Expr::text("metadata.programs"));
    let delete = Delete { table: "candor_setting".to_owned(), where_ };
    assert_eq!(tx.execute(Statement::Delete(&delete))?, 1);
    Ok(())
}

/// Takes away what a version before shadows and some of what ships did not have.
fn age(schema: &Schema, tx: &mut Tx<'_>) -> Result<(), Error> {
    let account = schema.object("Account").unwrap();
    let found = tx.tables()?;
    let table = found.iter().find(|it| it.name == account.table).unwrap();
    for index in &table.indexes {
        tx.execute(Statement::Ddl(&Ddl::DropIndex { name: index.clone() }))?;
    }
    let shadow = |field: &str| account.field(field).unwrap().fold.as_ref().unwrap().column();
    let own = account.field(NEW_FIELD).unwrap().column();
    for column in [shadow("Name"), shadow("Site"), shadow(NEW_FIELD), own] {
        let (table, column) = (account.table.clone(), column.to_owned());
        tx.execute(Statement::Ddl(&Ddl::DropColumn { table, column }))?;
    }
    for name in ["account__site", "by_hand"] {
        let index = CreateIndex {
            name: name.to_owned(),
            table: account.table.clone(),
            columns: vec!["site".to_owned()],
            unique: false,
            where_: Expr::True,
        };
        tx.execute(Statement::Ddl(&Ddl::CreateIndex(index)))?;
    }
    let table = schema.object(NEW_OBJECT).unwrap().table.clone();
    tx.execute(Statement::Ddl(&Ddl::DropTable { table }))?;
    let stored = stored::read(tx)?;
    let is_admin = |it: &&Component| it.ty == ComponentType::Profile && it.name == "Admin";
    let admin = stored.components.iter().find(is_admin).unwrap();
    let mut poorer = admin.clone();
    poorer.body.children.retain(|it| {
        let of = it.text_of("field").or(it.text_of("object")).unwrap_or_default();
        of != format!("Account.{NEW_FIELD}") && !of.starts_with(NEW_OBJECT)
    });
    assert!(poorer.body.children.len() < admin.body.children.len());
    stored::put(tx, Some(admin), &poorer)
}

#[test]
fn what_an_org_lacks_is_added() {
    let org = new_org();
    make_accounts(&org, &["Ärger", "Ordnung", "straße", "ΣΊΣΥΦΟΣ"]);
    let whole = tables(&org);
    change(&org, |schema, tx| {
        age(schema, tx)?;
        forget_programs(tx)
    });
    let org = org.reopen();
    let mut now = tables(&org);
    let account = now.iter_mut().find(|it| it.name == "account").unwrap();
    assert!(account.indexes.contains(&"by_hand".to_owned()), "not ours to drop");
    account.indexes.retain(|it| it != "by_hand");
    assert_eq!(now, whole);
    let found = |field: &str, text: &str| {
        names(&org, &format!("SELECT Name FROM Account WHERE {field} LIKE '{text}%'"))
    };
    for field in ["Name", "Site"] {
        assert_eq!(found(field, "ÄRG"), ["Ärger"], "{field}");
        assert_eq!(found(field, "ORD"), ["Ordnung"], "{field}");
        assert_eq!(found(field, "σίσυφος"), ["ΣΊΣΥΦΟΣ"], "{field}");
    }
    make_accounts(&org, &["Übermut"]);
    assert_eq!(found("Site", "über"), ["Übermut"]);
    assert!(names(&org, "SELECT Name, Fax FROM Account WHERE Fax != null").is_empty());
    assert!(names(&org, "SELECT Name FROM Asset").is_empty());
    // The administrator sees what is new, and the rows say so.
    let rows = "SELECT Parent.Profile.Name, Id FROM FieldPermissions \
                WHERE Field = 'Account.Fax' AND Parent.Profile.Name = 'System Administrator'";
    assert_eq!(records::count(&org.system(), rows).unwrap(), 1);
    let rows = rows.replace("FieldPermissions WHERE Field", "ObjectPermissions WHERE SobjectType");
    let rows = rows.replace("Account.Fax", "Asset");
    assert_eq!(records::count(&org.system(), &rows).unwrap(), 1);
    // Once.
    let before = org.state();
    let org = org.reopen();
    assert_eq!(org.state(), before);
}

#[test]
fn an_org_of_this_version_is_left_alone() {
    let org = new_org();
    org.deploy(&super::support::shelves()).unwrap();
    let before = org.state();
    let org = org.reopen();
    assert_eq!(org.state(), before);
}

#[test]
fn another_version_that_made_the_same_costs_an_entry() {
    let org = new_org();
    org.deploy(&super::support::shelves()).unwrap();
    let (whole, before) = (tables(&org), org.state());
    let other = [7; 32];
    change(&org, |_, tx| stored::put_programs(tx, &[other]));
    let org = org.reopen();
    assert_eq!(tables(&org), whole);
    assert_eq!(org.state().size, before.size + 2, "the test's own, and the upgrade's");
    let programs = stored::programs(&org.org.store.read().unwrap()).unwrap();
    assert_eq!(programs, [program::own().unwrap(), other]);
}

/// Another process has opened the org with a newer version: this one stops serving it, and does
/// not open it again.
#[test]
fn an_org_that_a_newer_version_has_opened_is_left_to_it() {
    let org = new_org();
    let ctx = org.system();
    change(&org, |_, tx| {
        stored::put_programs(tx, &[[7; 32], program::own()?])?;
        stored::put_version(tx, tx.next_leaf())?;
        tx.touch_meta();
        Ok(())
    });
    let refused = org.org.access(org.org.automated_user());
    assert!(matches!(refused, Err(records::Error::Schema(_))), "{refused:?}");
    for ctx in [ctx, org.system()] {
        let refused = records::create(&ctx, vec![account(&ctx, "x")], &ALL);
        assert!(matches!(refused, Err(records::Error::Stale)), "{refused:?}");
    }
    let TestOrg { org, home, dir: _dir } = org;
    drop(org);
    let options = super::support::options();
    let store = home.open(super::support::ORG_ID, &options).unwrap();
    let refused = crate::open(store, options.clock.clone());
    assert!(matches!(refused, Err(Error::Newer)), "{refused:?}");
}
