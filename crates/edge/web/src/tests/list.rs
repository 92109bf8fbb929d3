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
fn people_are_found_by_their_last_names_and_cases_by_their_subjects() {
    let world = World::new();
    world.make("Contact", &[("FirstName", "Tommaso"), ("LastName", "Quaranta")]);
    world.make("Contact", &[("LastName", "Lind")]);
    world.make("Case", &[("Subject", "Pump is loud")]);
    let mut browser = world.signed_in();
    for (path, found) in [
        ("/o/Contact?q=quar", "Tommaso Quaranta"),
        ("/o/Contact?q=tomm", "Tommaso Quaranta"),
        ("/o/Case?q=loud", "Pump is loud"),
        ("/search?q=Quaranta", "Tommaso Quaranta"),
        ("/search?q=loud", "Pump is loud"),
    ] {
        let rows = browser.get(path).rows();
        assert!(rows.len() == 1 && rows[0].contains(found), "{path}: {rows:?}");
    }
    assert!(browser.get("/o/Contact?q=aranta").rows().is_empty());
}

#[test]
fn what_is_due_comes_by_its_time_with_the_open_ones_first() {
    let world = World::new();
    for (name, stage, date) in [
        ("Later", "Prospecting", "2031-02-01"),
        ("Done", "Closed Won", "2026-01-01"),
        ("Sooner", "Prospecting", "2031-01-01"),
    ] {
        let fields = [("Name", name), ("StageName", stage), ("CloseDate", date)];
        world.make("Opportunity", &fields);
    }
    let mut browser = world.signed_in();
    let names = |rows: Vec<String>| -> Vec<String> {
        rows.iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(browser.get("/o/Opportunity").rows()), ["Sooner", "Later", "Done"]);
    let asked = browser.get("/o/Opportunity?sort=CloseDate").rows();
    assert_eq!(names(asked), ["Done", "Sooner", "Later"]);
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

const NAMESPACE: &str = "xmlns=\"http://soap.sforce.com/2006/04/metadata\"";

fn view(name: &str, scope: &str, filters: &[(&str, &str, &str)]) -> (String, String) {
    let filters: String = filters
        .iter()
        .map(|(field, operation, value)| {
            format!(
                "<filters><field>{field}</field><operation>{operation}</operation>\
                 <value>{value}</value></filters>"
            )
        })
        .collect();
    let path = format!("objects/Opportunity/listViews/{name}.listView-meta.xml");
    let text = format!(
        "<ListView {NAMESPACE}><fullName>{name}</fullName><columns>OPPORTUNITY.NAME</columns>\
         <columns>OPPORTUNITY.AMOUNT</columns><filterScope>{scope}</filterScope>{filters}\
         <label>{name}</label></ListView>"
    );
    (path, text)
}

#[test]
fn a_list_view_shows_what_its_filters_say_or_nothing() {
    let world = World::new();
    let (stage, amount, date) =
        ("OPPORTUNITY.STAGE_NAME", "OPPORTUNITY.AMOUNT", "OPPORTUNITY.CLOSE_DATE");
    let created = "OPPORTUNITY.CREATED_DATE";
    let mut views = vec![
        view("Large", "Everything", &[(amount, "greaterThan", "1000")]),
        view("Mine", "Mine", &[]),
        view("Named", "Everything", &[("OPPORTUNITY.NAME", "contains", "b%,C")]),
        view("Not_won", "Everything", &[(stage, "notEqual", "Closed Won,Closed Lost")]),
        view("Odd", "Everything", &[(amount, "contains", "1")]),
        view("Soon", "Everything", &[(date, "lessOrEqual", "6/30/2026")]),
        view("Today", "Everything", &[(created, "equals", "TODAY")]),
        view("Won", "Everything", &[(stage, "equals", "Closed Won,Closed Lost")]),
        view("Yesterday", "Everything", &[(created, "lessThan", "2026-03-01")]),
    ];
    views.sort();
    let views: Vec<(&str, &str)> = views.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    world.deploy(&views);
    for (name, stage, amount, date) in [
        ("A", "Closed Won", "500", "2026-06-30"),
        ("Ab%", "Prospecting", "1000.01", "2026-07-01"),
        ("Ab", "Qualification", "1000", "2026-08-01"),
        ("C", "Closed Lost", "", "2026-09-01"),
    ] {
        let fields =
            [("Name", name), ("StageName", stage), ("Amount", amount), ("CloseDate", date)];
        world.make("Opportunity", &fields);
    }
    let mut browser = world.signed_in();
    for (view, names) in [
        ("Large", vec!["Ab%"]),
        ("Mine", vec!["A", "Ab", "Ab%", "C"]),
        ("Named", vec!["Ab%", "C"]),
        ("Not_won", vec!["Ab", "Ab%"]),
        ("Soon", vec!["A"]),
        ("Today", vec!["A", "Ab", "Ab%", "C"]),
        ("Won", vec!["A", "C"]),
        ("Yesterday", vec![]),
    ] {
        let page = browser.get(&format!("/o/Opportunity?view={view}&sort=Name"));
        assert_eq!(page.status, StatusCode::OK, "{view}");
        let rows = page.rows();
        let shown: Vec<&str> = rows.iter().map(|it| it.split(' ').next().unwrap()).collect();
        assert_eq!(shown, names, "{view}: {}", page.text());
    }
    let odd = browser.get("/o/Opportunity?view=Odd");
    assert!(odd.rows().is_empty());
    assert!(odd.text().contains("its filter on Amount (contains 1) is not supported"));
}

/// The view of all records ships, so the page adds none of its own.
#[test]
fn the_list_of_all_records_is_offered_once() {
    let world = World::new();
    world.make("Lead", &[("LastName", "Berg"), ("Company", "Alpina"), ("Status", "Open")]);
    let mut browser = world.signed_in();
    for path in ["/o/Lead", "/o/Lead?view=AllLeads"] {
        let page = browser.get(path);
        assert_eq!(page.rows().len(), 1, "{path}");
        assert_eq!(page.html.matches("<h1>All Leads</h1>").count(), 1, "{path}");
        assert_eq!(page.html.matches(">All Leads</a>").count(), 1, "{path}");
        assert_eq!(page.html.matches(">All Open Leads</a>").count(), 1, "{path}");
    }
    let open = browser.get("/o/Lead?view=AllOpenLeads");
    assert_eq!(open.rows().len(), 1);
    assert!(open.html.contains("<h1>All Open Leads</h1>"));
    // Nothing to choose from.
    assert!(browser.get("/o/Account").html.contains("<h1>All Accounts</h1>"));
}
