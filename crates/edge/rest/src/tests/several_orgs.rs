//! Two orgs behind one router: a username, a scope, an app or a token says which one is meant.

use axum::body::Body;
use axum::http::Request;

use super::support::{Answer, PASSWORD, Server, tenant};

fn login(server: &Server, scope: &str, username: &str, password: &str) -> Answer {
    let body = format!(
        "<e:Envelope xmlns:e='x'><e:Header><LoginScopeHeader><organizationId>{scope}\
         </organizationId></LoginScopeHeader></e:Header><e:Body><login><username>{username}\
         </username><password>{password}</password></login></e:Body></e:Envelope>"
    );
    let request = Request::builder().method("POST").uri("/services/Soap/u/60.0");
    server.send(request.body(Body::from(body)).unwrap())
}

fn between<'a>(text: &'a str, tag: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
    rest.split_once('<').unwrap().0
}

#[test]
fn each_org_has_its_own() {
    let one = Server::start();
    let two = tenant(&one.orgs, "other@example.com");
    let two_id = two.org.store.id();

    let password = format!("{PASSWORD}{}", two.security_token);
    let answer = login(&one, "", "other@example.com", &password).text();
    assert_eq!(between(&answer, "organizationId"), two_id);
    assert!(between(&answer, "serverUrl").starts_with("https://localhost/"), "{answer}");
    let token = between(&answer, "sessionId").to_owned();
    let root = one.call(&token, "GET", "/services/data/v60.0", "").json();
    assert!(root["identity"].as_str().unwrap().contains(two_id), "{root}");

    // The reader is in both orgs, and has a security token in neither's hands.
    let scoped = login(&one, two_id, "reader@example.com", PASSWORD);
    assert_eq!(scoped.status.as_u16(), 500, "{}", scoped.text());

    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        two.client.client.id, two.client.secret
    );
    let request = Request::builder()
        .method("POST")
        .uri("/services/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let granted = one.send(request).json();
    assert!(granted["access_token"].as_str().unwrap().starts_with(two_id), "{granted}");
}
