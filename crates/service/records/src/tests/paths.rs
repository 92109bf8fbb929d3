//! Trees, records by id, who may act, and what the ledger says of the rows.

use base::{RecordId, Value};

use super::{ALL, EACH, Fixture, one, row};
use crate::fetch;
use crate::{
    Ctx, Error, Input, RowErrorKind, TreeNode, changed, create, create_tree, delete, deleted,
    find_by_external_id, retrieve, storage, undelete, update,
};

fn node(ctx: &Ctx, reference: &str, object: &str, name: &str) -> TreeNode {
    let fields: &[(&str, Input)] = match object {
        "Milestone__c" => &[("Key__c", Input::from(name))],
        _ => &[("Name", Input::from(name))],
    };
    let row = row(ctx, object, None, fields);
    TreeNode { reference: reference.to_owned(), row, children: Vec::new() }
}

fn tree(ctx: &Ctx) -> TreeNode {
    let mut milestone = node(ctx, "m", "Milestone__c", "key");
    milestone.children = vec![("bills".to_owned(), vec![node(ctx, "b", "Bill__c", "Bill")])];
    let mut project = node(ctx, "p", "Project__c", "One");
    project.children = vec![("Milestones__r".to_owned(), vec![milestone])];
    project
}

#[test]
fn a_tree_is_saved_whole_or_not_at_all() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let mut nodes = vec![tree(&ctx), node(&ctx, "q", "Project__c", "Two")];
    nodes[0].children[0].1[0].children[0].0 = "Bills__r".to_owned();
    let saved = create_tree(&ctx, nodes.clone()).unwrap().unwrap();
    let references: Vec<&str> = saved.iter().map(|(it, _)| it.as_str()).collect();
    assert_eq!(references, ["p", "m", "b", "q"]);
    let bill = read(&ctx, saved[2].1, "Milestone__c");
    assert_eq!(bill, Value::Id(saved[1].1));
    let milestone = read(&ctx, saved[1].1, "Project__c");
    assert_eq!(milestone, Value::Id(saved[0].1));

    // The key is taken now, so nothing of the second try is saved.
    let refused = create_tree(&ctx, nodes).unwrap().unwrap_err();
    let [(reference, errors)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(reference, "m");
    assert!(matches!(errors[0].kind, RowErrorKind::DuplicateValue { .. }));
    let read = fixture.org.store.read().unwrap();
    let object = ctx.schema.object("Project__c").unwrap();
    let all = fetch::values(&read, &ctx.schema, &object.name, &["Id"], None).unwrap();
    assert_eq!(all.len(), 2);

    let refused = create_tree(&ctx, vec![tree(&ctx)]).unwrap().unwrap_err();
    assert!(matches!(refused[0].1[0].kind, RowErrorKind::UnknownField { .. }), "no such children");
}

fn read(ctx: &Ctx, id: RecordId, name: &str) -> Value {
    let object = ctx.schema.object_of_prefix(id.prefix()).unwrap();
    let records = crate::retrieve_records(ctx, object, &[id], &[name]).unwrap();
    records[0].value(name).clone()
}

#[test]
fn records_are_retrieved_in_the_order_of_the_ids() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let rows = ["A", "B"].map(|it| row(&ctx, "Account", None, &[("Name", Input::from(it))]));
    let saved = create(&ctx, rows.into(), &ALL).unwrap();
    let ids: Vec<RecordId> = saved.into_iter().map(|it| it.unwrap().id).collect();
    let object = ctx.schema.object("Account").unwrap();
    let unknown = RecordId::parse("001000000000999").unwrap();
    let asked = [ids[1], unknown, ids[0], ids[1]];
    let fields: &[&str] = &["name", "Id", "NAME"];
    let found = retrieve(&ctx, object, &asked, Some(fields), "/v").unwrap();
    let found: Vec<Option<String>> =
        found.into_iter().map(|it| it.map(|it| String::from_utf8(it).unwrap())).collect();
    let json = |id: RecordId, name: &str| {
        Some(format!(
            "{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/v/sobjects/Account/{id}\"}},\
             \"Name\":\"{name}\",\"Id\":\"{id}\"}}"
        ))
    };
    assert_eq!(found, [json(ids[1], "B"), None, json(ids[0], "A"), json(ids[1], "B")]);
    let unknown = retrieve(&ctx, object, &asked, Some(&["Nope"]), "/v");
    assert!(matches!(unknown, Err(Error::UnknownField { .. })));
    assert!(retrieve(&ctx, object, &asked, None, "/v").unwrap()[0].is_some());
    one(delete(&ctx, &[ids[0]], &EACH).unwrap());
    assert_eq!(retrieve(&ctx, object, &asked, None, "/v").unwrap()[2], None);
}

#[test]
fn external_ids_lead_to_records() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let id = one(create(
        &ctx,
        vec![row(&ctx, "Project__c", None, &[("Code__c", Input::from("Ä-1"))])],
        &ALL,
    )
    .unwrap());
    let object = ctx.schema.object("Project__c").unwrap();
    let field = object.field("Code__c").unwrap();
    let find = |it: &str| find_by_external_id(&ctx, object, field, Input::from(it)).unwrap();
    assert_eq!(find("ä-1"), [id]);
    assert_eq!(find("x"), []);
    assert_eq!(find(""), []);
}

#[test]
fn an_inactive_user_neither_acts_nor_owns() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let inactive = row(&ctx, "User", Some(fixture.clerk), &[("IsActive", Input::from(false))]);
    one(update(&fixture.org.system("test"), vec![inactive], &ALL).unwrap());
    assert!(matches!(
        fixture.org.context(fixture.clerk),
        Err(Error::UnknownActor { user }) if user == fixture.clerk
    ));
    let owned = row(
        &ctx,
        "Account",
        None,
        &[("Name", Input::from("x")), ("OwnerId", Input::from(fixture.clerk))],
    );
    let outcome = create(&ctx, vec![owned], &EACH).unwrap().remove(0);
    let refused = outcome.unwrap_err();
    assert!(matches!(refused.errors[0].kind, RowErrorKind::InactiveOwner { .. }));
    let nobody = RecordId::parse("005000000000999").unwrap();
    assert!(matches!(fixture.org.context(nobody), Err(Error::UnknownActor { .. })));
}

#[test]
fn rights_follow_the_rows_that_give_them() {
    let fixture = Fixture::new();
    let account = fixture.org.schema().object("Account").unwrap().id;
    let may = || {
        let schema = fixture.org.schema();
        fixture.org.access(fixture.clerk).unwrap().can_read_object(schema.get(account))
    };
    assert!(!may());
    let admin_profile = read(&fixture.admin(), fixture.admin, "ProfileId").as_id().unwrap();
    let promoted = row(
        &fixture.admin(),
        "User",
        Some(fixture.clerk),
        &[("ProfileId", Input::from(admin_profile))],
    );
    one(update(&fixture.org.system("test"), vec![promoted], &ALL).unwrap());
    assert!(may());
}

#[test]
fn the_system_may_set_what_users_may_not() {
    let fixture = Fixture::new();
    let system = fixture.org.system("import");
    let at = "2019-03-28T10:47:00.000+0000";
    let id = RecordId::parse("001000000001234").unwrap();
    let given = row(
        &system,
        "Account",
        Some(id),
        &[
            ("Name", Input::from("Old")),
            ("CreatedDate", Input::from(at)),
            ("CreatedById", Input::from(fixture.clerk)),
        ],
    );
    assert_eq!(one(create(&system, vec![given], &ALL).unwrap()), id);
    assert_eq!(
        read(&system, id, "CreatedDate"),
        Value::DateTime(base::DateTime::parse(at).unwrap())
    );
    assert_eq!(read(&system, id, "CreatedById"), Value::Id(fixture.clerk));
    assert_eq!(read(&system, id, "LastModifiedById"), Value::Id(fixture.admin));
}

/// The last leaf of a record commits to the row as it is, whatever happened to it.
#[test]
fn the_ledger_commits_to_every_row() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let parent =
        one(create(&ctx, vec![row(&ctx, "Project__c", None, &[("Name", Input::from("P"))])], &ALL)
            .unwrap());
    let child = row(&ctx, "Milestone__c", None, &[("Project__c", Input::from(parent))]);
    let child = one(create(&ctx, vec![child], &ALL).unwrap());
    let check = || {
        check_leaf(&ctx, parent);
        check_leaf(&ctx, child);
    };
    check();
    let fields = [("Notes__c", Input::from("x")), ("Budget__c", Input::from(5))];
    one(update(&ctx, vec![row(&ctx, "Project__c", Some(parent), &fields)], &ALL).unwrap());
    check();
    one(delete(&ctx, &[parent], &ALL).unwrap());
    check();
    one(undelete(&ctx, &[parent], &ALL).unwrap());
    check();
    fixture.org.store.verify_ledger().unwrap();
}

fn check_leaf(ctx: &Ctx, id: RecordId) {
    let object = ctx.schema.object_of_prefix(id.prefix()).unwrap();
    let plan = ctx.plan(object);
    let reader = ctx.org.store.read().unwrap();
    let stored = &fetch::records(&reader, object, plan, &[id]).unwrap()[&id];
    let values: Vec<sql::Value> = plan
        .stored
        .iter()
        .map(|it| storage::to_sql(object.get(*it), &stored.values[usize::from(it.0)]))
        .collect();
    let row = storage::canonical(object, plan, &values);
    let mut select = sql::Select::from_table("candor_ledger", sql::Alias(0));
    let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
    select.columns = vec![column("entry"), column("nonce")];
    let leaf = i64::try_from(stored.leaf.unwrap()).unwrap();
    select.where_ = column("idx").eq(sql::Expr::int(leaf));
    let mut found = false;
    crate::rows::each(&reader, &access::Access::system("test").guard(select), |it| {
        let (sql::ValueRef::Blob(entry), sql::ValueRef::Blob(nonce)) = (it.get(0), it.get(1))
        else {
            panic!("no entry");
        };
        let entry = ledger::Entry::parse(entry).unwrap();
        let nonce = nonce.try_into().unwrap();
        assert_eq!(entry.row, Some(ledger::commitment(&nonce, &row)));
        found = true;
        Ok(())
    })
    .unwrap();
    assert!(found);
}

#[test]
fn replication_sees_what_changed_and_what_was_deleted() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let rows = ["A", "B"].map(|it| row(&ctx, "Account", None, &[("Name", Input::from(it))]));
    let saved = create(&ctx, rows.into(), &ALL).unwrap();
    let ids: Vec<RecordId> = saved.into_iter().map(|it| it.unwrap().id).collect();
    fixture.clock.advance(std::time::Duration::from_secs(60));
    let later = fixture.admin();
    one(delete(&later, &[ids[0]], &EACH).unwrap());
    let object = ctx.schema.object("Account").unwrap();
    let until = |ctx: &Ctx| base::DateTime(ctx.now.0 + 1);
    assert_eq!(changed(&later, object, (ctx.now, until(&ctx)), 10).unwrap(), [ids[1]]);
    assert_eq!(changed(&later, object, (until(&ctx), until(&later)), 10).unwrap(), []);
    let gone = deleted(&later, object, (ctx.now, until(&later)), 10).unwrap();
    assert_eq!(gone, [(ids[0], later.now)]);
    let clerk = fixture.clerk();
    assert_eq!(changed(&clerk, object, (ctx.now, until(&later)), 10).unwrap(), []);
}
