//! Signing in and out, sessions, forged forms, headers.

use axum::http::{StatusCode, header};

use super::browser::{PASSWORD, USERNAME, World, encoded};

#[test]
fn who_is_not_signed_in_is_led_to_the_login_and_back() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/o/Account?q=a%20b");
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.location(), "/login?next=%2Fo%2FAccount%3Fq%3Da%2520b");
    let page = browser.follow(&page);
    assert!(page.html.contains("id=\"username\"") && page.html.contains("name=\"Login\""));

    let next = page.input("next");
    let page = browser.sign_in(USERNAME, PASSWORD, &next);
    assert_eq!(page.location(), "/o/Account?q=a%20b");
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(browser.follow(&page).status, StatusCode::OK);
    assert_eq!(browser.get("/login").location(), "/");
}

#[test]
fn a_form_without_its_session_leads_back_to_the_form() {
    let world = World::new();
    let mut browser = world.browser();
    let path = "/o/Account/new?from=1";
    let page = browser.post_raw(path, &[("csrf", "x"), ("Name", "Acme")]);
    let page = browser.follow(&page);
    let text = page.text();
    assert!(text.contains("Your session ended. Sign in to go on."), "{text}");
    assert!(text.contains("was not saved"), "{text}");
    assert_eq!(page.input("next"), path);
    let record = "/o/Account/001000000000001AAA";
    let page = browser.post_raw(&format!("{record}/delete"), &[]);
    assert_eq!(browser.follow(&page).input("next"), record);
    assert_eq!(browser.sign_in(USERNAME, PASSWORD, "/logout").location(), "/");
}

#[test]
fn another_method_than_a_page_takes_has_a_page() {
    let world = World::new();
    let mut browser = world.signed_in();
    let page = browser.get("/logout");
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.text().contains("Go to the home page"), "{}", page.text());
    assert_eq!(browser.get("/").status, StatusCode::OK, "the session ended");
}

#[test]
fn a_wrong_password_signs_nobody_in() {
    let world = World::new();
    let mut browser = world.browser();
    for (username, password) in [(USERNAME, "wrong"), ("nobody@example.com", PASSWORD), ("", "")] {
        let page = browser.sign_in(username, password, "/o/Account");
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text().contains("The username or the password is wrong."));
        assert_eq!(page.input("next"), "/o/Account");
        assert_eq!(page.input("username"), username);
    }
    assert_eq!(browser.get("/").status, StatusCode::SEE_OTHER);
}

#[test]
fn a_login_leads_to_no_other_site() {
    let world = World::new();
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"] {
        let page = world.browser().sign_in(USERNAME, PASSWORD, next);
        assert_eq!(page.location(), "/", "{next}");
    }
}

#[test]
fn a_forged_form_is_refused() {
    let world = World::new();
    let mut browser = world.signed_in();
    let forged = [("Name", "Forged")];
    assert_eq!(browser.post_raw("/o/Account/new", &forged).status, StatusCode::FORBIDDEN);
    let wrong = [("csrf", "0000"), ("Name", "Forged")];
    assert_eq!(browser.post_raw("/o/Account/new", &wrong).status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post_raw("/logout", &[]).status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/o/Account").rows(), [""; 0]);

    let login = encoded(&[("username", USERNAME), ("password", PASSWORD)]);
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let page = world.browser().send("POST", "/login", login.clone(), &[(name, value)]);
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let own = [("origin", "http://candor.test")];
    let page = world.browser().send("POST", "/login", login, &own);
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[test]
fn signing_out_ends_the_session() {
    let world = World::new();
    let mut browser = world.signed_in();
    let token = browser.cookie("candor_session").unwrap().to_owned();
    let page = browser.post("/logout", &[]);
    assert_eq!(page.location(), "/login");
    assert_eq!(browser.cookie("candor_session"), None);
    let stolen = format!("candor_session={token}");
    let page = browser.send("GET", "/", String::new(), &[("cookie", &stolen)]);
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[test]
fn every_answer_has_the_headers_that_guard_it() {
    let world = World::new();
    let mut browser = world.signed_in();
    for path in ["/", "/login", "/nowhere", "/o/Account", "/favicon.ico"] {
        let page = browser.get(path);
        let text = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert!(text("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!text("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(text("x-content-type-options"), "nosniff");
        assert_eq!(text("cache-control"), "no-store");
    }
    let page = browser.get(&crate::asset::STYLE.url());
    assert_eq!(page.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(browser.get("/assets/style.css").status, StatusCode::NOT_FOUND);
}

#[test]
fn what_is_no_request_of_a_browser_is_refused() {
    let world = World::new();
    let mut browser = world.signed_in();
    let big = "a=".to_owned() + &"x".repeat(5 << 20);
    for body in [big.as_str(), "a=%FF"] {
        let page = browser.send("POST", "/o/Account/new", body.to_owned(), &[]);
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(browser.get("/?q=%FF").status, StatusCode::BAD_REQUEST);
    let page = browser.send("DELETE", "/o/Account", String::new(), &[]);
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}
