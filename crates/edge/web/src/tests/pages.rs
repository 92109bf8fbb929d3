//! Every page of every object once: it answers, and its markup fits together.

use axum::http::StatusCode;

use super::browser::World;

#[test]
fn every_object_has_a_list_and_a_form() {
    let world = World::new();
    let mut browser = world.signed_in();
    let schema = world.org.schema();
    let mut n_forms = 0;
    for object in schema.objects.iter().filter(|it| !it.setup && it.queryable) {
        let page = browser.get(&format!("/o/{}", object.name));
        assert_eq!(page.status, StatusCode::OK, "{}", object.name);
        let form = browser.get(&format!("/o/{}/new", object.name));
        assert!(
            [StatusCode::OK, StatusCode::NOT_FOUND].contains(&form.status),
            "{}: {}",
            object.name,
            form.status
        );
        n_forms += usize::from(form.status == StatusCode::OK);
    }
    assert!(15 < n_forms, "{n_forms} objects can be created");
}

#[test]
fn the_other_pages_answer() {
    let world = World::new();
    world.make("Account", &[("Name", "Acme")]);
    let mut browser = world.signed_in();
    for path in ["/", "/search", "/search?q=ac", "/recycle-bin", "/setup/objects"] {
        assert_eq!(browser.get(path).status, StatusCode::OK, "{path}");
    }
    assert!(browser.get("/search?q=ac").text().contains("Acme"));
    assert!(browser.get("/search?q=cme").text().contains("Nothing found"));
    assert!(browser.get("/setup/objects/Account").text().contains("Lookup(User)"));
    assert!(browser.get("/").text().contains("Accounts 1"), "no count");
    let user = format!("/search?q={}", world.administrator);
    assert_eq!(browser.get(&user).location(), format!("/o/User/{}", world.administrator));
    let by_id = browser.get(&format!("/{}", world.administrator));
    assert_eq!(by_id.location(), format!("/o/User/{}", world.administrator));
    for nothing in ["/001", "/001000000000000AAB", "/zzz000000000001"] {
        assert_eq!(browser.get(nothing).status, StatusCode::NOT_FOUND, "{nothing}");
    }
}
