//! The table as a golden file, and how paths find their rows.

use axum::http::Method;
use expect_test::expect_file;

use super::*;

#[test]
fn routes_are_known() {
    let mut out = String::new();
    for it in ROUTES {
        let needs = match it.handler {
            Open(_) => "open",
            User(_) | Hashing(_) => "user",
        };
        out.push_str(&format!("{:6} {needs} {:62} {}\n", it.method.name(), it.path, it.about));
    }
    expect_file!["../../test_data/routes.out"].assert_eq(&out);
}

#[test]
fn every_path_is_documented() {
    let docs = include_str!("../../../../../docs/api.md");
    for it in ROUTES {
        let path = it.path.replace("/services/data/{version}/", "");
        assert!(docs.contains(&format!("`{path}`")), "docs/api.md has no row for {}", it.path);
    }
}

fn found(method: &str, path: &str) -> String {
    match find(&Method::from_bytes(method.as_bytes()).unwrap(), path) {
        Ok(found) => format!("{} {}", found.version, found.values.join("|")),
        Err(Lost::Options(allow)) => format!("options {allow}"),
        Err(Lost::Refused(failure)) => {
            format!("{} {}", failure.code().name(), failure.allow().unwrap_or_default())
        }
    }
}

#[test]
fn paths_find_their_routes() {
    for (method, path, expected) in [
        ("GET", "/services/data", "0 "),
        ("GET", "/services/data/", "0 "),
        ("GET", "/a.b-c.my.salesforce.com/services/data/", "0 "),
        ("GET", "/services/data/v59.0/sobjects/Account/describe/", "59 Account"),
        ("GET", "/services/data/v26.0/sobjects/X/Ext__c/a%2Fb+c", "26 X|Ext__c|a/b+c"),
        (
            "POST",
            "/services/data/v59.0/sobjects/user/005000000000001AAA/password",
            "59 005000000000001AAA",
        ),
        (
            "PATCH",
            "/services/data/v59.0/sobjects/User/Username/password",
            "59 User|Username|password",
        ),
        (
            "GET",
            "/services/data/v59.0/sobjects/Account/001000000000001/password",
            "59 Account|001000000000001|password",
        ),
        ("HEAD", "/services/data/v67.0", "67 "),
        ("POST", "/services/Soap/u/59.0", "0 59.0"),
        ("POST", "/services/Soap/u/59.0/00D000000000001/x", "0 59.0"),
        ("POST", "/my.salesforce.com/services/Soap/c/64.0", "0 64.0"),
        ("POST", "/services/Soap/u/99.0", "0 99.0"),
        ("GET", "/services/data/v68.0/limits", "NOT_FOUND "),
        ("GET", "/services/data/v019.0/limits", "NOT_FOUND "),
        ("GET", "/services/data/v59.1/limits", "NOT_FOUND "),
        ("GET", "/services/data/59.0/limits", "NOT_FOUND "),
        ("GET", "/services/data/v59.0/tooling/query", "NOT_FOUND "),
        ("GET", "/services/data/v59.0/sobjects//describe", "NOT_FOUND "),
        ("GET", "/services/apexrest/x", "NOT_FOUND "),
        ("GET", "", "NOT_FOUND "),
        ("POST", "/services/data/v59.0/query", "METHOD_NOT_ALLOWED HEAD, GET"),
        ("PUT", "/services/data/v59.0/composite/tree/X", "METHOD_NOT_ALLOWED POST"),
        ("OPTIONS", "/services/data/v59.0/sobjects/X/1", "options HEAD, GET, PATCH, DELETE, POST"),
    ] {
        assert_eq!(found(method, path), expected, "{method} {path}");
    }
}
