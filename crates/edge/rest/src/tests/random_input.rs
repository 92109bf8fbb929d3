//! Random bytes as bodies, queries and paths never break the server, and what they leave is an
//! org that still answers.

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::Server;

const CASES: u32 = 300;

/// Well-formed requests, to be broken in places.
const SOAP: &str = "<e:Envelope xmlns:e='x'><e:Header><SessionHeader><sessionId>00D!</sessionId>\
    </SessionHeader></e:Header><e:Body><logout/></e:Body></e:Envelope>";
const RECORDS: &str = r#"{"allOrNone":false,"records":[{"attributes":{"type":"Account",
    "referenceId":"a"},"Name":"x","AnnualRevenue":1.5,"Contacts":{"records":[{"attributes":
    {"type":"Contact","referenceId":"b"},"LastName":"y","Account":{"Name":"z"}}]}}]}"#;
const QUERY: &str =
    "SELECT+Id,Account.Name,(SELECT+Id+FROM+Cases)+FROM+Contact+WHERE+Name+LIKE+%27a%25%27+LIMIT+1";

/// `text` with some bytes replaced, dropped or doubled.
fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let change = (0..text.len(), any::<u8>(), 0..3_u8);
    prop::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte, kind) in changes {
            let at = at % bytes.len();
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

/// Bytes as a path or a query may hold them.
fn escaped(bytes: &[u8]) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&it);
    bytes
        .iter()
        .map(|it| if plain(*it) { char::from(*it).to_string() } else { format!("%{it:02x}") })
        .collect()
}

fn check(
    name: &str,
    strategy: impl Strategy<Value = Vec<u8>>,
    request: impl Fn(&[u8]) -> (String, String, Vec<u8>),
) {
    let server = Server::start();
    let token = server.token();
    let mut runner =
        TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let run = runner.run(&strategy, |bytes| {
        let (method, path, body) = request(&bytes);
        let built = Request::builder()
            .method(method.as_str())
            .uri(&path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body));
        // What is no URI never reaches the server.
        let Ok(built) = built else { return Ok(()) };
        let answer = server.send(built);
        let is_fault = path.contains("/Soap/") && answer.text().contains("soapenv:Fault");
        prop_assert!(answer.status.as_u16() < 500 || is_fault, "{path}: {}", answer.text());
        prop_assert!(!answer.text().contains("UNKNOWN_EXCEPTION"), "{path}: {}", answer.text());
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{name}: {error}"));
    // A session of its own: a broken logout may have ended the other one, rightly.
    let token = server.token();
    let after =
        server.call(&token, "GET", "/services/data/v60.0/query?q=SELECT+COUNT()+FROM+Account", "");
    assert_eq!(after.status.as_u16(), 200, "{name}: {}", after.text());
}

#[test]
fn json_bodies() {
    for path in [
        "sobjects/Account",
        "composite/sobjects",
        "composite/tree/Account",
        "composite/sobjects/Account",
    ] {
        let path = format!("/services/data/v60.0/{path}");
        let to = |body: &[u8]| ("POST".to_owned(), path.clone(), body.to_vec());
        check("random", bytes(), to);
        check("mutated", mutated(RECORDS), to);
    }
}

#[test]
fn soap_bodies() {
    let to = |body: &[u8]| ("POST".to_owned(), "/services/Soap/u/60.0".to_owned(), body.to_vec());
    check("random", bytes(), to);
    check("mutated", mutated(SOAP), to);
}

#[test]
fn queries() {
    let to = |text: &[u8]| {
        ("GET".to_owned(), format!("/services/data/v60.0/query?q={}", escaped(text)), Vec::new())
    };
    check("random", bytes(), to);
    check("mutated", mutated(QUERY), to);
}

#[test]
fn paths() {
    for method in ["GET", "PATCH", "DELETE"] {
        for base in [
            "/services/",
            "/services/data/v60.0/sobjects/",
            "/services/data/v60.0/sobjects/Account/",
        ] {
            check(method, bytes(), |text| {
                (method.to_owned(), format!("{base}{}", escaped(text)), b"{}".to_vec())
            });
        }
    }
}
