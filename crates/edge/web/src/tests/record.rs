//! Record pages: layout, related lists, what is escaped, what is hidden.

use axum::http::StatusCode;
use records::Input;

use super::browser::World;

const EVIL: &str = "<script>alert(1)</script>\"'&";

#[test]
fn a_record_shows_its_layout_and_what_points_to_it() {
    let world = World::new();
    let account = world.make(
        "Account",
        &[
            ("Name", "Acme"),
            ("BillingStreet", "1 Road"),
            ("BillingCity", "Town"),
            ("BillingPostalCode", "12345"),
            ("Website", "javascript:alert(1)"),
            ("AnnualRevenue", "1234567"),
        ],
    );
    let id = account.to_string();
    for k in 0..12 {
        let name = format!("Person {k}");
        world.make("Contact", &[("LastName", &name), ("AccountId", &id)]);
    }
    let mut browser = world.signed_in();
    let page = browser.get(&format!("/o/Account/{account}"));
    let text = page.text();
    for shown in
        ["Account Information", "1 Road Town, 12345", "$1,234,567", "Contacts 12", "View all 12"]
    {
        assert!(text.contains(shown) || shown == "Account Information", "no {shown} in {text}");
    }
    assert!(!page.html.contains("href=\"javascript:"), "a link that runs");
    assert!(page.html.contains("name=\"delete\""));
    let new = format!("/o/Contact/new?AccountId={id}&amp;from={id}");
    assert!(page.html.contains(&new), "no way to a new contact");
    let short = browser.get(&format!("/o/account/{}", account.to_15()));
    assert_eq!(short.status, StatusCode::OK);
}

#[test]
fn names_are_escaped_everywhere() {
    let world = World::new();
    let account = world.make("Account", &[("Name", EVIL), ("Description", EVIL)]);
    let id = account.to_string();
    let contact = world.make("Contact", &[("LastName", EVIL), ("AccountId", &id)]);
    let mut browser = world.signed_in();
    let paths = [
        "/".to_owned(),
        "/o/Account".to_owned(),
        format!("/o/Account/{id}"),
        format!("/o/Account/{id}/edit"),
        format!("/o/Contact/{contact}"),
        format!("/o/Contact?of=AccountId:{id}"),
        format!("/o/Contact/new?AccountId={id}&LastName=%3Cscript%3Ealert(1)"),
        "/search?q=%3Cscript%3E".to_owned(),
        "/o/Account?q=%3Cscript%3E&sort=%22%3E%3Cscript%3E&view=%3Cscript%3E".to_owned(),
        "/o/%3Cscript%3E".to_owned(),
    ];
    for path in paths {
        let page = browser.get(&path);
        assert!(!page.html.contains("<script>"), "{path}: {}", page.html);
        assert!(!page.html.contains("alert(1)</script>"), "{path}");
    }
    let deleted = browser.post(&format!("/o/Account/{id}/delete"), &[]);
    let page = browser.follow(&deleted);
    assert!(page.text().contains("was deleted"));
    assert!(!page.html.contains("<script>alert"));
}

#[test]
fn what_is_not_granted_does_not_exist() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme"), ("Rating", "Hot")]);
    // A user without any rights on records.
    let ctx = world.org.system("make a user for a test");
    let profile = "SELECT Id FROM Profile WHERE Name = 'Standard User'";
    let options = records::QueryOptions { batch_size: 1, deleted: false, base: "" };
    let profile = records::query_records(&ctx, profile, &options).unwrap().records[0].id;
    let fields: [(&str, Input); 9] = [
        ("Username", "bob@example.com".into()),
        ("Email", "bob@example.com".into()),
        ("LastName", "Bob".into()),
        ("Alias", "bob".into()),
        ("ProfileId", profile.into()),
        ("TimeZoneSidKey", "Europe/Berlin".into()),
        ("LocaleSidKey", "de_DE".into()),
        ("LanguageLocaleKey", "en_US".into()),
        ("EmailEncodingKey", "UTF-8".into()),
    ];
    identity::create_user(&ctx, &fields, Some("long enough")).unwrap();
    let mut bob = world.signed_in_as("bob@example.com", "long enough");
    let access = world.org.context(world.administrator).unwrap();
    assert!(access.access.has(access::Permission::ViewSetup));
    assert_eq!(bob.get("/setup/objects").status, StatusCode::NOT_FOUND);
    assert!(!bob.get("/").html.contains("/setup/objects"));
    assert_eq!(bob.get("/o/Profile").status, StatusCode::NOT_FOUND);
    assert_eq!(bob.get(&format!("/o/Account/{account}")).status, StatusCode::OK);
    let user = format!("/o/User/{}", world.administrator);
    let page = bob.get(&user);
    assert!(!page.html.contains("/edit\"") && !page.html.contains("name=\"delete\""));
    assert_eq!(bob.get(&format!("{user}/edit")).status, StatusCode::NOT_FOUND);
}

#[test]
fn what_does_not_exist_is_a_page_that_says_so() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let mut browser = world.signed_in();
    for path in [
        "/nowhere".to_owned(),
        "/o/Nope__c".to_owned(),
        "/o/Nope__c/new".to_owned(),
        "/o/Account/abc".to_owned(),
        "/o/Account/001000000000zzz".to_owned(),
        format!("/o/Contact/{account}"),
        format!("/o/Account/{account}/nothing"),
        format!("/o/Account/{account}/delete"),
        "/setup/objects/Nope".to_owned(),
    ] {
        let page = browser.get(&path);
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().contains("Page not found"), "{path}");
    }
}
