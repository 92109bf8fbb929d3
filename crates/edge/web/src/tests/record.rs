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

const BOB: &str = "bob@example.com";
const BOBS_PASSWORD: &str = "long enough";

fn add_standard_user(world: &World) {
    let ctx = world.org.system("make a user for a test");
    let profile = "SELECT Id FROM Profile WHERE Name = 'Standard User'";
    let options = records::QueryOptions { batch_size: 1, deleted: false, base: "" };
    let profile = records::query_records(&ctx, profile, &options).unwrap().records[0].id;
    let fields: [(&str, Input); 9] = [
        ("Username", BOB.into()),
        ("Email", BOB.into()),
        ("LastName", "Bob".into()),
        ("Alias", "bob".into()),
        ("ProfileId", profile.into()),
        ("TimeZoneSidKey", "Europe/Berlin".into()),
        ("LocaleSidKey", "de_DE".into()),
        ("LanguageLocaleKey", "en_US".into()),
        ("EmailEncodingKey", "UTF-8".into()),
    ];
    identity::create_user(&ctx, &fields, Some(BOBS_PASSWORD)).unwrap();
}

#[test]
fn a_field_that_is_not_granted_is_nowhere() {
    let world = World::new();
    world.deploy(&[
        (
            "layouts/Account-Account Layout.layout-meta.xml",
            "<Layout xmlns=\"http://soap.sforce.com/2006/04/metadata\"><layoutSections>\
             <customLabel>true</customLabel><detailHeading>true</detailHeading>\
             <editHeading>true</editHeading><label>Facts</label><layoutColumns>\
             <layoutItems><behavior>Required</behavior><field>Name</field></layoutItems>\
             <layoutItems><behavior>Edit</behavior><field>Secret__c</field></layoutItems>\
             </layoutColumns><style>OneColumn</style></layoutSections></Layout>",
        ),
        (
            "objects/Account/fields/Secret__c.field-meta.xml",
            "<CustomField xmlns=\"http://soap.sforce.com/2006/04/metadata\">\
             <fullName>Secret__c</fullName><label>Secret Plan</label><length>40</length>\
             <type>Text</type></CustomField>",
        ),
    ]);
    let system = world.org.system("make a record for a test");
    let object = system.schema.object("Account").unwrap().id;
    let fields = vec![("Name".to_owned(), "Acme".into()), ("Secret__c".to_owned(), "x1y2".into())];
    let row = records::Row { object, id: None, fields };
    let options = records::SaveOptions { all_or_none: true };
    let made = records::create(&system, vec![row], &options).unwrap().remove(0).unwrap().id;
    add_standard_user(&world);
    let mut bob = world.signed_in_as(BOB, BOBS_PASSWORD);
    let path = format!("/o/Account/{made}");
    for path in [
        path.clone(),
        format!("{path}/edit"),
        "/o/Account?sort=Secret__c".to_owned(),
        "/o/Account/new?Secret__c=x1y2z".to_owned(),
        "/search?q=x1y".to_owned(),
    ] {
        let page = bob.get(&path);
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.html.contains("Secret Plan"), "{path}");
        assert!(!page.html.contains("name=\"Secret__c\""), "{path}");
        assert!(!page.html.contains(">x1y2<"), "{path}");
    }
    let mut ada = world.signed_in();
    assert!(ada.get(&path).html.contains(">x1y2<"), "the administrator sees it");
    let edit = format!("{path}/edit");
    let form = bob.get(&edit);
    let page = bob.submit(&form, &edit, &[("Secret__c", "stolen"), ("Name", "Acme 2")]);
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value(made, "Name"), "Acme 2");
    let kept =
        records::retrieve_records(&system, system.schema.get(object), &[made], &["Secret__c"]);
    assert_eq!(kept.unwrap()[0].value("Secret__c").as_text(), Some("x1y2"));
}

#[test]
fn what_is_not_granted_does_not_exist() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    add_standard_user(&world);
    let mut bob = world.signed_in_as(BOB, BOBS_PASSWORD);
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
