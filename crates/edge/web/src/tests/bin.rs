//! Deleting, undoing, the recycle bin.

use axum::http::StatusCode;

use super::browser::World;

#[test]
fn a_deleted_record_is_offered_back() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let id = account.to_string();
    let contact = world.make("Contact", &[("LastName", "Lind"), ("AccountId", &id)]);
    let mut browser = world.signed_in();
    let path = format!("/o/Account/{account}");
    let page = browser.post(&format!("{path}/delete"), &[("delete", "")]);
    assert_eq!(page.location(), "/o/Account");
    let page = browser.follow(&page);
    assert!(page.text().contains("Acme was deleted. Undo"), "{}", page.text());
    assert_eq!(browser.get(&path).status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/o/Account").text().contains("Undo"), "the message stays");

    let undone = browser.submit(&page, &format!("/restore/{account}"), &[]);
    assert_eq!(undone.location(), path);
    assert!(browser.follow(&undone).text().contains("The record was restored."));
    assert_eq!(browser.get(&format!("/o/Contact/{contact}")).status, StatusCode::OK);
}

#[test]
fn the_bin_says_who_deleted_what_and_restores_it() {
    let world = World::new();
    let account = world.make("Account", &[("Name", "Acme")]);
    let mut browser = world.signed_in();
    assert!(browser.get("/recycle-bin").text().contains("Nothing here"));
    browser.post(&format!("/o/Account/{account}/delete"), &[]);
    let page = browser.get("/recycle-bin");
    let rows = page.rows();
    assert_eq!(rows.len(), 1);
    for shown in ["Acme", "Account", "Ada King", "3/1/2026"] {
        assert!(rows[0].contains(shown), "{}", rows[0]);
    }
    let page = browser.post(&format!("/restore/{account}"), &[]);
    assert_eq!(browser.follow(&page).status, StatusCode::OK);
    let again = browser.post(&format!("/restore/{account}"), &[]);
    assert!(browser.follow(&again).text().contains("not in the recycle bin"));
    assert_eq!(browser.post("/restore/abc", &[]).status, StatusCode::NOT_FOUND);
}

#[test]
fn what_may_not_be_deleted_has_no_page_that_deletes() {
    let world = World::new();
    let mut browser = world.signed_in();
    let user = format!("/o/User/{}", world.administrator);
    let page = browser.post(&format!("{user}/delete"), &[]);
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&user).status, StatusCode::OK);
    let page = browser.post("/o/Account/001000000000zzz/delete", &[]);
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
