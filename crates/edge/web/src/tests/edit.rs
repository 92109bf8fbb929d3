//! Forms: new records, changes, what is refused, lookups, times.

use axum::http::StatusCode;
use base::RecordId;

use super::browser::{Page, World};

fn created(page: &Page) -> RecordId {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    RecordId::parse(page.location().rsplit('/').next().unwrap()).unwrap()
}

#[test]
fn a_form_makes_a_record_and_changes_it() {
    let world = World::new();
    let mut browser = world.signed_in();
    let form = browser.get("/o/Opportunity/new");
    let typed = [
        ("Name", "Retrofit"),
        ("StageName", "Qualification"),
        ("CloseDate", "2031-05-31"),
        ("Amount", "$12,500.50"),
        ("Description", "one\r\ntwo"),
    ];
    let page = browser.submit(&form, "/o/Opportunity/new", &typed);
    let id = created(&page);
    let path = format!("/o/Opportunity/{id}");
    assert_eq!(page.location(), path);
    let page = browser.follow(&page);
    let text = page.text();
    assert!(text.contains("Retrofit was created."), "{text}");
    assert!(text.contains("$12,500.50") && text.contains("5/31/2031"), "{text}");
    assert!(!browser.get(&path).text().contains("was created"), "the message stays");
    assert_eq!(world.value(id, "Description"), "one\ntwo");
    assert_eq!(world.value(id, "OwnerId"), world.administrator.to_string());

    let edit = format!("{path}/edit");
    let form = browser.get(&edit);
    assert_eq!(form.input("Amount"), "12500.50");
    let page = browser.submit(&form, &edit, &[("StageName", "Closed Won"), ("Amount", "")]);
    assert_eq!(page.location(), path);
    assert_eq!(world.value(id, "StageName"), "Closed Won");
    assert_eq!(world.value(id, "Amount"), "Null");
    assert_eq!(world.value(id, "CloseDate"), "2031-05-31");
}

#[test]
fn an_unchanged_form_changes_nothing() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme"), ("Phone", "1")]);
    let before = world.value(account, "SystemModstamp");
    world.clock.advance(std::time::Duration::from_secs(3600));
    let mut browser = world.signed_in();
    let path = format!("/o/Account/{account}/edit");
    let form = browser.get(&path);
    assert_eq!(browser.submit(&form, &path, &[]).status, StatusCode::SEE_OTHER);
    assert_eq!(world.value(account, "SystemModstamp"), before);
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_everything_typed_stays() {
    let world = World::new();
    let mut browser = world.signed_in();
    let form = browser.get("/o/Opportunity/new");
    let typed = [("Name", ""), ("Amount", "1,5"), ("NextStep", "Call \"them\"")];
    let page = browser.submit(&form, "/o/Opportunity/new", &typed);
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = page.text();
    assert!(text.contains("Not saved"), "{text}");
    assert!(page.html.contains("href=\"#f-Name\""), "the summary leads nowhere");
    assert!(page.html.contains("id=\"e-Amount\""), "nothing beside the amount");
    assert_eq!(page.input("Amount"), "1,5");
    assert_eq!(page.input("NextStep"), "Call \"them\"");

    let typed = [("Name", "X"), ("StageName", "Nonsense"), ("CloseDate", "2031-02-30")];
    let page = browser.submit(&page, "/o/Opportunity/new", &typed);
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "x".repeat(300);
    let form = browser.get("/o/Account/new");
    let page = browser.submit(&form, "/o/Account/new", &[("Name", &long)]);
    assert!(page.text().contains("longer than 255"), "{}", page.text());
    assert_eq!(page.input("Name"), long);
}

#[test]
fn a_lookup_takes_a_name_an_id_or_a_choice() {
    let world = World::new();
    let names: Vec<String> = (0..205).map(|k| format!("Company {k:03}")).collect();
    let rows: Vec<[(&str, &str); 1]> = names.iter().map(|it| [("Name", it.as_str())]).collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(<[_; 1]>::as_slice).collect();
    let accounts = world.make_all("Account", &rows);
    let twins = world.make_all("Account", &[&[("Name", "Twin")], &[("Name", "Twin")]]);
    let mut browser = world.signed_in();
    let form = browser.get("/o/Contact/new");
    assert!(form.html.contains("<datalist"));
    let mut save = |name: &str| {
        let typed = [("LastName", "Lind"), ("AccountId", name)];
        browser.submit(&form, "/o/Contact/new", &typed)
    };
    let by_name = created(&save("company 007"));
    assert_eq!(world.value(by_name, "AccountId"), accounts[7].to_string());
    let by_id = created(&save(&accounts[8].to_string()));
    assert_eq!(world.value(by_id, "AccountId"), accounts[8].to_string());
    assert!(save("Nobody").text().contains("No account is named \u{201c}Nobody\u{201d}."));
    assert!(save("Company 01").text().contains("Choose one below"));
    let page = save("Twin");
    assert!(page.text().contains("Several account records are named"), "{}", page.text());
    let chosen = twins[1].to_string();
    assert!(page.html.contains(&chosen));
    let page = browser.submit(&page, "/o/Contact/new", &[("AccountId.id", &chosen)]);
    assert_eq!(world.value(created(&page), "AccountId"), chosen);

    // A record that was chosen before stays, whatever others are called.
    let path = format!("/o/Contact/{}/edit", created(&page));
    let form = browser.get(&path);
    assert_eq!(form.input("AccountId"), "Twin");
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(
        browser.submit(&form, &path, &[("FirstName", "Mara")]).status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(world.value(created(&page), "AccountId"), chosen);
    let page = browser.submit(&form, &path, &[("AccountId", "")]);
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let id = created(&page);
    assert_eq!(world.value(id, "AccountId"), "Null");
    assert_eq!(world.value(id, "FirstName"), "Mara", "an older form takes it back");
}

#[test]
fn a_lookup_to_several_objects_says_which() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let mut browser = world.signed_in();
    let form = browser.get("/o/Task/new");
    let typed = [("Subject", "Call"), ("WhatId.object", "Account"), ("WhatId", "Acme")];
    let id = created(&browser.submit(&form, "/o/Task/new", &typed));
    assert_eq!(world.value(id, "WhatId"), account.to_string());
    let page = browser.get(&format!("/o/Task/{id}"));
    assert!(page.html.contains(&format!("href=\"/o/Account/{account}\"")));
    let form = browser.get(&format!("/o/Task/{id}/edit"));
    assert_eq!(
        (form.input("WhatId").as_str(), form.input("WhatId.object").as_str()),
        ("Acme", "Account")
    );
}

#[test]
fn times_are_the_persons_own_across_the_change_of_clocks() {
    let world = World::new();
    let mut browser = world.signed_in();
    for (local, utc) in [
        ("2026-03-07T12:00", "2026-03-07T17:00:00.000Z"),
        ("2026-03-09T12:00", "2026-03-09T16:00:00.000Z"),
    ] {
        let form = browser.get("/o/Event/new");
        let typed = [
            ("Subject", "Visit"),
            ("StartDateTime", local),
            ("EndDateTime", &local.replace("12:", "13:")),
            ("DurationInMinutes", "60"),
        ];
        let id = created(&browser.submit(&form, "/o/Event/new", &typed));
        assert_eq!(world.value(id, "StartDateTime"), utc);
        let form = browser.get(&format!("/o/Event/{id}/edit"));
        assert_eq!(form.input("StartDateTime"), local);
    }
}

#[test]
fn a_form_that_was_overtaken_says_so_before_it_overwrites() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let path = format!("/o/Account/{account}/edit");
    let (mut one, mut two) = (world.signed_in(), world.signed_in());
    let (first, second) = (one.get(&path), two.get(&path));
    world.clock.advance(std::time::Duration::from_secs(60));
    let theirs = [("Phone", "1"), ("Website", "one.example")];
    assert_eq!(one.submit(&first, &path, &theirs).status, StatusCode::SEE_OTHER);
    let page = two.submit(&second, &path, &[("Phone", "2")]);
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Ada King changed this account at"), "{}", page.text());
    assert!(page.text().contains("Others changed this to \u{201c}1\u{201d}."), "{}", page.text());
    assert!(page.html.contains("tabindex=\"-1\" autofocus"), "the summary has no focus");
    assert_eq!(world.value(account, "Phone"), "1");
    assert_eq!(page.input("Website"), "one.example");
    assert_eq!(two.submit(&page, &path, &[]).status, StatusCode::SEE_OTHER);
    assert_eq!(world.value(account, "Phone"), "2");
    assert_eq!(world.value(account, "Website"), "one.example");
}

#[test]
fn changes_to_different_fields_do_not_meet() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let path = format!("/o/Account/{account}/edit");
    let (mut one, mut two) = (world.signed_in(), world.signed_in());
    let (first, second) = (one.get(&path), two.get(&path));
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(one.submit(&first, &path, &[("Phone", "1")]).status, StatusCode::SEE_OTHER);
    let page = two.submit(&second, &path, &[("Website", "two.example")]);
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let text = two.follow(&page).text();
    assert!(text.contains("What others changed meanwhile stays: Phone."), "{text}");
    assert_eq!(world.value(account, "Phone"), "1");
    assert_eq!(world.value(account, "Website"), "two.example");
}

#[test]
fn records_of_one_name_are_told_apart_in_a_list_to_choose_from() {
    let world = World::new();
    let twins = [("Name", "Twin")];
    world.make_all("Account", &[&twins, &twins, &[("Name", "Twin"), ("Phone", "555-1")]]);
    let mut browser = world.signed_in();
    let page = browser.get("/o/Contact/new").html;
    let select =
        page.split("id=\"f-AccountId\"").nth(1).unwrap().split("</select>").next().unwrap();
    let mut options: Vec<&str> = select.split("<option").skip(1).collect();
    options.sort_unstable();
    let n = options.len();
    options.dedup_by_key(|it| it.split_once('>').unwrap().1);
    assert_eq!((n, options.len()), (4, 4), "{options:?}");
}

#[test]
fn a_new_child_points_to_where_it_was_made() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]).to_string();
    let mut browser = world.signed_in();
    let path = format!("/o/Contact/new?AccountId={account}&from={account}");
    let form = browser.get(&path);
    assert!(
        form.html.contains(&format!("href=\"/o/Account/{account}\"")),
        "Cancel leads elsewhere"
    );
    let page = browser.submit(&form, &path, &[("LastName", "Lind"), ("again", "1")]);
    assert_eq!(page.location(), path);
    let page = browser.submit(&form, &path, &[("LastName", "Lind")]);
    assert_eq!(world.value(created(&page), "AccountId"), account);
}
