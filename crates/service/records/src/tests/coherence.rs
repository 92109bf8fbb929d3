//! What a context sees and may do after schema or rights have changed.

use std::sync::Arc;

use base::RecordId;
use sql::{Insert, Statement, Value};
use store::Tx;

use super::{ALL, EACH, Fixture, VERSION, one, row};
use crate::{
    Ctx, Error, Input, Org, RowErrorKind, TreeNode, create, create_tree, delete, update, upsert,
    within,
};

/// What a deploy does, as far as this crate notices.
fn change_schema(fixture: &Fixture, version: u8) {
    let ctx = fixture.org.system("pretend to deploy");
    ctx.write(|tx| {
        let leaf = put_version(&ctx, tx, version)?;
        Ok(tx.commit(leaf, ()))
    })
    .unwrap();
}

fn put_version(ctx: &Ctx, tx: &mut Tx<'_>, version: u8) -> Result<store::Logged, Error> {
    let insert = Insert {
        table: "candor_setting".to_owned(),
        columns: vec!["name".to_owned(), "value".to_owned()],
        values: vec![VERSION.into(), Value::Blob(vec![version])],
        on_conflict_update: vec!["name".to_owned()],
    };
    tx.execute(Statement::Insert(&insert))?;
    tx.touch_meta();
    Ok(tx.append(store::Draft {
        kind: ledger::Kind::MetaDeploy,
        object: None,
        previous: None,
        row: None,
        fields: Vec::new(),
        actor: ctx.ledger_actor(),
        body: None,
        why: None,
        policy: None,
        request: None,
    })?)
}

fn account(ctx: &Ctx, name: &str) -> crate::Row {
    row(ctx, "Account", None, &[("Name", Input::from(name))])
}

fn profile_of(fixture: &Fixture, user: RecordId) -> RecordId {
    let ctx = fixture.org.system("test");
    let object = ctx.schema.object("User").unwrap();
    let found = crate::retrieve_records(&ctx, object, &[user], &["ProfileId"]).unwrap();
    found[0].value("ProfileId").as_id().unwrap()
}

/// Gives the clerk another profile.
fn move_clerk(fixture: &Fixture, profile: RecordId) {
    let ctx = fixture.org.system("test");
    let fields = [("ProfileId", Input::from(profile))];
    one(update(&ctx, vec![row(&ctx, "User", Some(fixture.clerk), &fields)], &ALL).unwrap());
}

#[test]
fn a_context_of_an_older_schema_changes_nothing() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let id = one(create(&ctx, vec![account(&ctx, "A")], &ALL).unwrap());
    let schema = fixture.org.schema();
    change_schema(&fixture, 1);
    let size = || fixture.org.store.verify_ledger().unwrap().size;
    let before = size();
    let object = ctx.schema.object("Account").unwrap();
    let external_id = (object.id, object.field("Id").unwrap().id);
    let node =
        TreeNode { reference: "a".to_owned(), row: account(&ctx, "B"), children: Vec::new() };
    for refused in [
        create(&ctx, vec![account(&ctx, "B")], &EACH).map(|_| ()),
        update(&ctx, vec![row(&ctx, "Account", Some(id), &[])], &EACH).map(|_| ()),
        upsert(&ctx, vec![account(&ctx, "B")], external_id, &EACH).map(|_| ()),
        delete(&ctx, &[id], &EACH).map(|_| ()),
        crate::undelete(&ctx, &[id], &EACH).map(|_| ()),
        create_tree(&ctx, vec![node]).map(|_| ()),
    ] {
        assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    }
    assert_eq!(size(), before);
    let ctx = fixture.admin();
    assert!(!Arc::ptr_eq(&ctx.schema, &schema), "read again");
    assert!(Arc::ptr_eq(&ctx.schema, &fixture.admin().schema), "once");
    one(create(&ctx, vec![account(&ctx, "B")], &EACH).unwrap());
}

#[test]
fn rights_that_were_taken_away_are_not_used() {
    let fixture = Fixture::new();
    let (admin, clerk) = (profile_of(&fixture, fixture.admin), profile_of(&fixture, fixture.clerk));
    move_clerk(&fixture, admin);
    let promoted = fixture.clerk();
    one(create(&promoted, vec![account(&promoted, "A")], &ALL).unwrap());
    let schema = fixture.org.schema();
    move_clerk(&fixture, clerk);
    let refused = create(&promoted, vec![account(&promoted, "B")], &ALL);
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    let demoted = fixture.clerk();
    let refused = create(&demoted, vec![account(&demoted, "B")], &ALL).unwrap().remove(0);
    let kind = refused.unwrap_err().errors.remove(0).kind;
    assert!(matches!(kind, RowErrorKind::NotPermitted { .. }), "{kind:?}");
    assert!(Arc::ptr_eq(&schema, &demoted.schema), "the schema is the same");
}

#[test]
fn changes_that_take_nothing_away_disturb_nobody() {
    let fixture = Fixture::new();
    let (ctx, clerk) = (fixture.admin(), fixture.clerk());
    let access = |ctx: &Ctx| Arc::clone(&ctx.access);
    let before = access(&clerk);
    // Nothing that rights follow from.
    let fields = [("Title", Input::from("Clerk"))];
    one(update(&ctx, vec![row(&ctx, "User", Some(fixture.clerk), &fields)], &ALL).unwrap());
    assert!(Arc::ptr_eq(&before, &access(&fixture.clerk())));
    // A permission set more.
    let system = fixture.org.system("test");
    let fields = [("Name", Input::from("More")), ("Label", Input::from("More"))];
    let set = row(&system, "PermissionSet", None, &fields);
    let set = one(create(&system, vec![set], &ALL).unwrap());
    let assign = |user: RecordId| {
        let fields = [("AssigneeId", Input::from(user)), ("PermissionSetId", Input::from(set))];
        let row = row(&system, "PermissionSetAssignment", None, &fields);
        one(create(&system, vec![row], &ALL).unwrap())
    };
    let (_, mine) = (assign(fixture.clerk), assign(fixture.admin));
    assert!(!Arc::ptr_eq(&before, &access(&fixture.clerk())));
    let next = fixture.admin();
    for ctx in [&ctx, &next] {
        one(create(ctx, vec![account(ctx, "A")], &ALL).unwrap());
    }
    // One less, of which only the later context knew.
    one(delete(&system, &[mine], &ALL).unwrap());
    one(create(&ctx, vec![account(&ctx, "A")], &ALL).unwrap());
    let refused = create(&next, vec![account(&next, "A")], &ALL);
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
}

/// Rows are saved with what a service changes besides, or not at all.
#[test]
fn a_service_saves_rows_within_its_own_unit() {
    let fixture = Fixture::new();
    let schema = super::schema();
    let system = fixture.org.system("pretend to deploy");
    let under = fixture.org.system_under(schema, "save rows under the next schema");
    let n_accounts = || {
        let read = fixture.org.store.read().unwrap();
        crate::fetch::values(&read, &under.schema, "Account", &["Id"], None).unwrap().len()
    };
    let run = |name: &str| {
        system.write(|tx| {
            let leaf = put_version(&system, tx, 7)?;
            let rows = vec![account(&under, "One"), account(&under, name)];
            let made = within::create(&under, tx, rows)?;
            let ids: Vec<RecordId> = made.outcomes.iter().flatten().map(|it| it.id).collect();
            if ids.len() < 2 {
                assert!(made.logged.is_none(), "nothing was written");
                return Err(Error::Inconsistent { what: "refused" });
            }
            let renamed = row(&under, "Account", Some(ids[0]), &[("Name", Input::from("Two"))]);
            within::update(&under, tx, vec![renamed])?.outcomes.remove(0).unwrap();
            within::delete(&under, tx, &ids[..1])?.outcomes.remove(0).unwrap();
            assert!(within::create(&under, tx, Vec::new())?.logged.is_none());
            Ok(tx.commit(leaf, ()))
        })
    };
    assert!(matches!(run(""), Err(Error::Inconsistent { .. })));
    assert_eq!(n_accounts(), 0);
    run("Three").unwrap();
    assert_eq!(n_accounts(), 1);
    // For nothing but the unit that brings its schema.
    let refused = create(&under, vec![account(&under, "A")], &ALL);
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    fixture.org.store.verify_ledger().unwrap();
}

#[test]
fn an_outdated_system_reads_on() {
    let fixture = Fixture::new();
    let ctx = fixture.org.system("test");
    change_schema(&fixture, 1);
    assert_eq!(crate::count(&ctx, "SELECT Id FROM Account").unwrap(), 0);
}

/// Another handle of the org, as another process has one; none where a home lets nobody else in.
fn another_process(fixture: &Fixture) -> Option<Arc<Org>> {
    if !fixture.org.store.is_shared() {
        return None;
    }
    let store = fixture.home.open(super::ORG_ID, &super::options(&fixture.clock)).unwrap();
    Some(Org::open(store, super::SOURCE, fixture.clock.clone()).unwrap())
}

#[test]
fn rights_taken_away_in_one_process_are_gone_in_another() {
    let fixture = Fixture::new();
    let Some(there) = another_process(&fixture) else { return };
    let before = there.context(fixture.clerk).unwrap();
    let (admin, clerk) = (profile_of(&fixture, fixture.admin), profile_of(&fixture, fixture.clerk));
    move_clerk(&fixture, admin);
    let promoted = there.context(fixture.clerk).unwrap();
    one(create(&promoted, vec![account(&promoted, "A")], &ALL).unwrap());
    move_clerk(&fixture, clerk);
    for ctx in [before, promoted] {
        // The first context's rights are again what they were.
        let refused = create(&ctx, vec![account(&ctx, "B")], &EACH);
        let stale = matches!(refused, Err(Error::Stale));
        assert!(stale || refused.unwrap()[0].is_err());
    }
    let fields = [("IsActive", Input::from(false))];
    let ctx = fixture.org.system("test");
    one(update(&ctx, vec![row(&ctx, "User", Some(fixture.clerk), &fields)], &ALL).unwrap());
    let gone = there.context(fixture.clerk);
    assert!(matches!(gone, Err(Error::UnknownActor { .. })), "{gone:?}");
}

#[test]
fn a_schema_changed_in_one_process_is_read_in_another() {
    let fixture = Fixture::new();
    let Some(there) = another_process(&fixture) else { return };
    let before = there.context(fixture.admin).unwrap();
    change_schema(&fixture, 1);
    let refused = create(&before, vec![account(&before, "A")], &ALL);
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    let after = there.context(fixture.admin).unwrap();
    assert!(!Arc::ptr_eq(&before.schema, &after.schema));
    one(create(&after, vec![account(&after, "A")], &ALL).unwrap());
}

/// Ids, auto-numbers and unique values are the org's, not a process's; and of two changes to one
/// record none is lost.
#[test]
fn processes_save_side_by_side() {
    let fixture = Fixture::new();
    let Some(there) = another_process(&fixture) else { return };
    let shared = fixture.org.system("test");
    let id = one(create(&shared, vec![account(&shared, "Both")], &ALL).unwrap());
    let save = |org: &Arc<Org>, field: &str| {
        let mut made = 0;
        for n in 0..20 {
            let ctx = org.context(fixture.admin).unwrap();
            let fields = [("Code__c", Input::from(format!("code {n}")))];
            let saved = create(&ctx, vec![row(&ctx, "Project__c", None, &fields)], &EACH).unwrap();
            match &saved[0] {
                Ok(_) => made += 1,
                Err(refused) => {
                    let kind = &refused.errors[0].kind;
                    assert!(matches!(kind, RowErrorKind::DuplicateValue { .. }), "{kind:?}");
                }
            }
            let fields = [(field, Input::from(format!("{n}")))];
            one(update(&ctx, vec![row(&ctx, "Account", Some(id), &fields)], &EACH).unwrap());
        }
        made
    };
    let (here, there) = std::thread::scope(|scope| {
        let other = scope.spawn(|| save(&there, "Site"));
        (save(&fixture.org, "Fax"), other.join().unwrap())
    });
    assert_eq!(here + there, 20, "each code once");
    let object = shared.schema.object("Account").unwrap();
    let found = crate::retrieve_records(&shared, object, &[id], &["Site", "Fax"]).unwrap();
    assert_eq!(["Site", "Fax"].map(|it| found[0].value(it).as_text()), [Some("19"); 2]);
    assert_eq!(crate::count(&shared, "SELECT Id FROM Project__c").unwrap(), 20);
    fixture.org.store.verify_ledger().unwrap();
}

#[test]
fn a_cursor_of_one_process_is_read_in_another() {
    let fixture = Fixture::new();
    let Some(there) = another_process(&fixture) else { return };
    let ctx = fixture.admin();
    let rows = (0..250).map(|n| account(&ctx, &format!("{n:03}"))).collect();
    assert!(create(&ctx, rows, &ALL).unwrap().iter().all(Result::is_ok));
    let options = crate::QueryOptions { batch_size: 200, deleted: false, base: "" };
    let soql = "SELECT Name FROM Account ORDER BY Name";
    let next = crate::query(&ctx, soql, &options).unwrap().next.unwrap();
    let rest = crate::more_records(&there.context(fixture.admin).unwrap(), next).unwrap();
    assert_eq!(rest.records.len(), 50);
    assert_eq!(rest.records[0].value("Name").as_text(), Some("200"));
}
