//! Lists: columns, order, pages, filters.

use axum::http::StatusCode;

use super::browser::World;

fn with_accounts(n: usize) -> World {
    let world = World::new();
    let names: Vec<String> = (0..n).map(|k| format!("Company {k:03}")).collect();
    let revenue: Vec<String> = (0..n).map(|k| ((k * 7919) % 1000).to_string()).collect();
    let rows: Vec<Vec<(&str, &str)>> = names
        .iter()
        .zip(&revenue)
        .map(|(name, revenue)| vec![("Name", name.as_str()), ("AnnualRevenue", revenue.as_str())])
        .collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    world.make_all("Account", &rows);
    world
}

#[test]
fn a_list_pages_through_all_its_records_once() {
    let world = with_accounts(120);
    let mut browser = world.signed_in();
    let mut seen = Vec::new();
    for page in 1..=3 {
        let page = browser.get(&format!("/o/Account?page={page}"));
        assert!(page.text().contains("120 records"), "{}", page.text());
        seen.extend(page.rows());
    }
    assert_eq!(seen.len(), 120);
    let mut names: Vec<String> = seen.iter().map(|it| it[..11].to_owned()).collect();
    assert!(names.is_sorted());
    names.dedup();
    assert_eq!(names.len(), 120);
    let first = browser.get("/o/Account");
    assert!(first.html.contains("rel=\"next\"") && !first.html.contains("rel=\"prev\""));
    for beyond in ["99", "0", "-1", "x", "18446744073709551615"] {
        let page = browser.get(&format!("/o/Account?page={beyond}"));
        assert_eq!(page.status, StatusCode::OK, "{beyond}");
        assert!(!page.rows().is_empty(), "{beyond}");
    }
}

#[test]
fn a_list_sorts_both_ways_by_any_column() {
    let world = with_accounts(60);
    let mut browser = world.signed_in();
    let down = browser.get("/o/Account?sort=-Name");
    assert!(down.rows()[0].starts_with("Company 059"));
    assert!(down.html.contains("aria-sort=\"descending\""));
    let by_number = browser.get("/o/Account?sort=AnnualRevenue").rows();
    assert!(by_number[0].contains("$0"), "{}", by_number[0]);
    for odd in ["Nope", "Description", "BillingAddress", "'; DROP TABLE account", "-"] {
        let page = browser.get(&format!("/o/Account?sort={}", crate::form::encode(odd)));
        assert_eq!(page.rows().len(), 50, "{odd}");
    }
}

#[test]
fn the_quick_filter_finds_beginnings_and_takes_signs_as_they_are() {
    let world = with_accounts(3);
    world.make("Account", &[("Name", "100% O'Neil")]);
    let mut browser = world.signed_in();
    assert_eq!(browser.get("/o/Account?q=COMPANY").rows().len(), 3);
    assert_eq!(browser.get("/o/Account?q=100%25").rows().len(), 1);
    assert_eq!(browser.get("/o/Account?q=100%25+o%27").rows().len(), 1);
    assert_eq!(browser.get("/o/Account?q=%25").rows().len(), 0);
    assert_eq!(browser.get("/o/Account?q=_").rows().len(), 0);
    assert!(browser.get("/o/Account?q=zzz").text().contains("Nothing matches"));
    assert!(browser.get("/o/Contact").text().contains("No contacts yet"));
}

#[test]
fn lookups_sort_by_name_and_show_it() {
    let world = World::new();
    let zebra = world.make("Account", &[("Name", "Zebra")]).to_string();
    let apple = world.make("Account", &[("Name", "Apple")]).to_string();
    world.make("Contact", &[("LastName", "One"), ("AccountId", &zebra)]);
    world.make("Contact", &[("LastName", "Two"), ("AccountId", &apple)]);
    let mut browser = world.signed_in();
    let page = browser.get("/o/Contact?sort=AccountId");
    let rows = page.rows();
    assert!(rows[0].contains("Two") && rows[0].contains("Apple"), "{rows:?}");
    assert!(!page.text().contains(&apple), "an id is shown");
    let of = browser.get(&format!("/o/Contact?of=AccountId:{zebra}"));
    assert_eq!(of.rows().len(), 1);
    assert!(of.text().contains("Account Name: Zebra") || of.text().contains(": Zebra"));
}
