//! Results that do not fit on a page.

use std::time::Duration;

use base::RecordId;

use super::{EACH, Fixture, one, options, row};
use crate::{
    Ctx, Error, Input, Next, Org, QueryOptions, create, delete, more_records, query, query_more,
    query_records, update,
};

const PAGE: QueryOptions<'_> = QueryOptions { batch_size: 200, deleted: false, base: "/v" };

fn accounts(ctx: &Ctx, n: usize) -> Vec<RecordId> {
    let rows = (0..n)
        .map(|n| row(ctx, "Account", None, &[("Name", Input::from(format!("A{n:05}")))]))
        .collect();
    let outcomes = create(ctx, rows, &EACH).unwrap();
    outcomes.into_iter().map(|it| it.unwrap().id).collect()
}

fn names(records: &[u8]) -> Vec<String> {
    let json = format!("[{}]", std::str::from_utf8(records).unwrap());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let name = |it: &serde_json::Value| it["Name"].as_str().unwrap().to_owned();
    json.as_array().unwrap().iter().map(name).collect()
}

fn is_closed<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::InvalidQueryLocator))
}

#[test]
fn pages_are_read_by_any_offset_and_show_what_the_records_are_now() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let ids = accounts(&ctx, 450);
    let first = query(&ctx, "SELECT Name FROM Account ORDER BY Name", &PAGE).unwrap();
    assert_eq!(first.total_size, 450);
    assert_eq!(names(&first.records).len(), 200);
    let next = first.next.unwrap();
    assert_eq!(next.offset, 200);
    assert!(next.locator.to_string().starts_with("01g"));

    let renamed = row(&ctx, "Account", Some(ids[440]), &[("Name", Input::from("AAA"))]);
    one(update(&ctx, vec![renamed], &EACH).unwrap());
    one(delete(&ctx, &[ids[441]], &EACH).unwrap());
    accounts(&ctx, 1);
    let last = query_more(&ctx, Next { offset: 430, ..next }, &PAGE).unwrap();
    assert_eq!((last.total_size, last.next), (450, None));
    let shown = names(&last.records);
    assert_eq!(
        (shown.len(), &*shown[0], &*shown[10], &*shown[11]),
        (19, "A00430", "AAA", "A00442")
    );

    let second = query_more(&ctx, next, &PAGE).unwrap();
    assert_eq!(second.next, Some(Next { offset: 400, ..next }));
    assert_eq!(query_more(&ctx, next, &PAGE).unwrap(), second);
    assert!(is_closed(query_more(&ctx, Next { offset: 450, ..next }, &PAGE)));
}

#[test]
fn a_limit_bounds_the_result_not_the_page() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    accounts(&ctx, 450);
    let page = query(&ctx, "SELECT Name FROM Account LIMIT 210 OFFSET 5", &PAGE).unwrap();
    assert_eq!(page.total_size, 210);
    let rest = query_more(&ctx, page.next.unwrap(), &PAGE).unwrap();
    assert_eq!((rest.next, names(&rest.records).len()), (None, 10));
    let page = query(&ctx, "SELECT Name FROM Account LIMIT 200", &PAGE).unwrap();
    assert_eq!((page.total_size, page.next), (200, None));
    let page = query(&ctx, "SELECT COUNT() FROM Account", &PAGE).unwrap();
    assert_eq!((page.total_size, page.records.len()), (450, 0));
}

#[test]
fn a_cursor_is_its_users_and_ends_after_two_days() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    accounts(&ctx, 201);
    let next = query(&ctx, "SELECT Name FROM Account", &PAGE).unwrap().next.unwrap();
    assert!(is_closed(query_more(&fixture.clerk(), next, &PAGE)));
    let unknown = Next { locator: fixture.admin, offset: 0 };
    assert!(is_closed(query_more(&ctx, unknown, &PAGE)));
    fixture.clock.advance(Duration::from_secs(2 * 24 * 3600 - 1));
    query_more(&fixture.admin(), next, &PAGE).unwrap();
    fixture.clock.advance(Duration::from_secs(1));
    assert!(is_closed(query_more(&fixture.admin(), next, &PAGE)));
}

#[test]
fn a_cursor_survives_a_restart() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    accounts(&ctx, 201);
    let next = query(&ctx, "SELECT Name FROM Account", &PAGE).unwrap().next.unwrap();
    let Fixture { org, clock, admin, home, .. } = fixture;
    drop((ctx, org));
    let store = home.open(super::ORG_ID, &options(&clock)).unwrap();
    let org = Org::open(store, super::SOURCE, clock).unwrap();
    let ctx = org.context(admin).unwrap();
    let rest = query_more(&ctx, next, &PAGE).unwrap();
    assert_eq!(names(&rest.records), ["A00200"]);
}

#[test]
fn records_for_people_come_in_pages_of_any_size() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    accounts(&ctx, 60);
    let options = QueryOptions { batch_size: 25, ..PAGE };
    let soql = "SELECT Name, Owner.Name FROM Account ORDER BY Name DESC";
    let first = query_records(&ctx, soql, &options).unwrap();
    assert_eq!((first.total_size, first.records.len()), (60, 25));
    assert_eq!(first.records[0].value("name"), &base::Value::Text("A00059".to_owned()));
    let owner = first.records[0].parent("Owner").unwrap();
    assert_eq!((&*owner.object, owner.id), ("User", fixture.admin));
    let last = more_records(&ctx, Next { offset: 50, ..first.next.unwrap() }).unwrap();
    assert_eq!((last.records.len(), last.next), (10, None));
}

#[test]
fn children_come_with_their_parents_and_large_sets_go_on() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let ids = accounts(&ctx, 3);
    let contacts = |parent: RecordId, n: usize| {
        let rows = (0..n)
            .map(|n| {
                let name = Input::from(format!("C{n}"));
                let fields = [("LastName", name), ("AccountId", Input::from(parent))];
                row(&ctx, "Contact", None, &fields)
            })
            .collect();
        assert!(create(&ctx, rows, &EACH).unwrap().iter().all(Result::is_ok));
    };
    contacts(ids[0], 1);
    contacts(ids[2], 2001);
    let soql = "SELECT Name, (SELECT Name FROM Contacts) FROM Account ORDER BY Name";
    let page = query(&ctx, soql, &PAGE).unwrap();
    assert_eq!((page.total_size, page.next), (3, None));
    let json = format!("[{}]", String::from_utf8(page.records).unwrap());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["Contacts"]["totalSize"], 1);
    assert_eq!(json[0]["Contacts"]["done"], true);
    assert_eq!(json[0]["Contacts"]["records"][0]["Name"], "C0");
    assert_eq!(json[1]["Contacts"], serde_json::Value::Null);
    let large = &json[2]["Contacts"];
    assert_eq!((&large["totalSize"], &large["done"]), (&2001.into(), &false.into()));
    assert_eq!(large["records"].as_array().unwrap().len(), 2000);
    let url = large["nextRecordsUrl"].as_str().unwrap();
    let (locator, offset) = url.strip_prefix("/v/query/").unwrap().split_once('-').unwrap();
    let next = Next { locator: RecordId::parse(locator).unwrap(), offset: offset.parse().unwrap() };
    let rest = query_more(&ctx, next, &PAGE).unwrap();
    assert_eq!((names(&rest.records), rest.next), (vec!["C2000".to_owned()], None));
}

#[test]
fn pages_with_children_go_on_where_they_stopped() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    accounts(&ctx, 450);
    let soql = "SELECT Name, (SELECT Name FROM Contacts) FROM Account ORDER BY Name";
    let mut page = query(&ctx, soql, &PAGE).unwrap();
    let mut all = names(&page.records);
    while let Some(next) = page.next {
        assert_eq!(next.offset, all.len() as u64);
        page = query_more(&ctx, next, &PAGE).unwrap();
        all.extend(names(&page.records));
    }
    assert_eq!(all.len(), 450);
    assert!(all.is_sorted());
}
