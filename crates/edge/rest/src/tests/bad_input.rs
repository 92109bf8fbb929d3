//! Everything malformed gets an error of the wire's own shape, and never a 500.

use std::io::Write as _;

use axum::body::Body;
use axum::http::Request;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::support::{Answer, Server};

/// The status and the code of an answer that has the shape of a refusal.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    assert!(!answer.header("x-request-id").is_empty());
    let json = answer.json();
    let items = json.as_array().unwrap_or_else(|| panic!("no array: {}", answer.text()));
    assert_eq!(items.len(), 1, "{}", answer.text());
    assert!(items[0]["message"].as_str().is_some_and(|it| !it.is_empty()), "{}", answer.text());
    format!("{} {}", answer.status.as_u16(), items[0]["errorCode"].as_str().unwrap())
}

#[test]
fn malformed_requests_are_refused_in_shape() {
    let server = Server::start();
    let token = server.token();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(2000), "}".repeat(2000));
    let long = "x".repeat(60_000);
    let many = format!("{{\"records\":[{}]}}", ["{}"; 201].join(","));
    let node = |n: usize| {
        format!(r#"{{"attributes":{{"type":"Account","referenceId":"r{n}"}},"Name":"x"}}"#)
    };
    let nodes: Vec<String> = (0..201).map(node).collect();
    let nodes = format!("{{\"records\":[{}]}}", nodes.join(","));
    let ids = ["001000000000001AAA"; 201].join(",");
    // Six levels, one within the other.
    let nested = (0..6).fold("{}".to_owned(), |inner, n| {
        format!(
            r#"{{"records":[{{"attributes":{{"type":"Account","referenceId":"r{n}"}},
               "ChildAccounts":{inner}}}]}}"#
        )
    });
    let account = "/services/data/v60.0/sobjects/Account";
    let composite = "/services/data/v60.0/composite";
    for (method, path, body, expected) in [
        ("POST", account.to_owned(), "{", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "null", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "{\"Name\":\"\u{0}\"}", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "{\"Name\":\"\\ud800\"}", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), &deep, "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "{\"Name\":{\"a\":1}}", "400 JSON_PARSER_ERROR"),
        ("POST", account.to_owned(), "{\"\":1,\"Name\":\"x\"}", "400 INVALID_FIELD"),
        ("POST", account.to_owned(), "{\"Name\":\"x\",\"Nope\":{}}", "400 INVALID_FIELD"),
        ("POST", account.to_owned(), "{\"Name\":\"x\",\"Owner\":{}}", "400 JSON_PARSER_ERROR"),
        ("POST", format!("{account}/x"), "{}", "405 METHOD_NOT_ALLOWED"),
        ("GET", format!("{account}/{long}"), "", "404 NOT_FOUND"),
        ("GET", format!("{account}/%00%ff"), "", "404 NOT_FOUND"),
        ("GET", format!("{account}/..%2f..%2fetc%2fpasswd"), "", "404 NOT_FOUND"),
        ("GET", format!("{account}/Id/nonsense"), "", "404 NOT_FOUND"),
        ("GET", format!("{account}/%27%20OR%201=1--"), "", "404 NOT_FOUND"),
        ("GET", format!("{account}/001000000000001AAB"), "", "400 MALFORMED_ID"),
        ("GET", "/services/data/v60.0/query?q=%00".to_owned(), "", "400 MALFORMED_QUERY"),
        ("GET", format!("/services/data/v60.0/query?q={long}"), "", "400 MALFORMED_QUERY"),
        (
            "GET",
            format!("/services/data/v60.0/query?q=SELECT+Id+FROM+Account+WHERE+{}", "(".repeat(5000)),
            "",
            "400 MALFORMED_QUERY",
        ),
        (
            "GET",
            "/services/data/v60.0/query?q=SELECT+Id+FROM+Account+WHERE+Name+=+'x';+DROP+TABLE+account".to_owned(),
            "",
            "400 MALFORMED_QUERY",
        ),
        ("GET", "/services/data/v60.0/query/01g-9999999999999999999999".to_owned(), "", "400 INVALID_QUERY_LOCATOR"),
        ("POST", format!("{composite}/sobjects"), &many, "400 INVALID_INPUT"),
        ("POST", format!("{composite}/sobjects"), "{\"records\":[1]}", "400 JSON_PARSER_ERROR"),
        ("POST", format!("{composite}/sobjects/Account"), "{\"ids\":[1],\"fields\":[]}", "400 JSON_PARSER_ERROR"),
        ("DELETE", format!("{composite}/sobjects?ids={ids}"), "", "400 INVALID_INPUT"),
        ("POST", format!("{composite}/tree/Account"), &nodes, "400 INVALID_INPUT"),
        ("POST", format!("{composite}/tree/Account"), &nested, "400 INVALID_INPUT"),
        ("POST", format!("{composite}/tree/Account"), "{}", "400 MISSING_ARGUMENT"),
        ("TRACE", account.to_owned(), "", "405 METHOD_NOT_ALLOWED"),
        ("FROBNICATE", account.to_owned(), "", "405 METHOD_NOT_ALLOWED"),
    ] {
        let answer = server.call(&token, method, &path, body);
        let shown: String = format!("{method} {path} {body}").chars().take(200).collect();
        assert_eq!(refusal(&answer), expected, "{shown}\n{}", answer.text());
    }
}

fn post(server: &Server, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder()
        .method("POST")
        .uri("/services/data/v60.0/sobjects/Account")
        .header("authorization", format!("Bearer {}", server.token()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(body)).unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bodies_have_a_form_and_a_size() {
    let server = Server::start();
    let json = ("content-type", "application/json; charset=ISO-8859-1");
    let zipped = ("content-encoding", "gzip");
    for (headers, body, expected) in [
        (vec![("content-type", "text/csv")], b"{}".to_vec(), "415 UNSUPPORTED_MEDIA_TYPE"),
        (vec![json, ("content-encoding", "br")], b"{}".to_vec(), "415 UNSUPPORTED_MEDIA_TYPE"),
        (vec![json, zipped], b"{}".to_vec(), "400 INVALID_INPUT"),
        (vec![json, zipped], gzip(&vec![b' '; 20 << 20]), "413 EXCEEDED_MAX_SIZE_REQUEST"),
        (vec![json], vec![b' '; (50 << 20) + 1], "413 EXCEEDED_MAX_SIZE_REQUEST"),
        (vec![json, ("content-length", "52428801")], Vec::new(), "413 EXCEEDED_MAX_SIZE_REQUEST"),
        (vec![("content-type", "multipart/form-data")], b"x".to_vec(), "400 INVALID_INPUT"),
        (vec![json], vec![b'"', 0xff, b'"'], "400 JSON_PARSER_ERROR"),
    ] {
        let answer = post(&server, &headers, body);
        assert_eq!(refusal(&answer), expected, "{headers:?}");
    }
    let large = format!("{{\"Name\":\"x\",\"Nope\":\"{}\"}}", "x".repeat(10 << 20));
    assert_eq!(refusal(&post(&server, &[json], large.into_bytes())), "400 INVALID_FIELD");
    let good = post(&server, &[json, zipped], gzip(b"\xef\xbb\xbf{\"Name\":\"zipped\"}"));
    assert_eq!(good.status.as_u16(), 201, "{}", good.text());
}

#[test]
fn large_answers_are_compressed_on_request() {
    let server = Server::start();
    let get = |path: &str| {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {}", server.token()))
            .header("accept-encoding", "gzip");
        server.send(request.body(Body::empty()).unwrap())
    };
    let large = get("/services/data/v60.0/sobjects");
    assert_eq!(large.header("content-encoding"), "gzip");
    assert_eq!(large.header("vary"), "accept-encoding");
    assert_eq!(large.body[..2], [0x1f, 0x8b]);
    assert_eq!(get("/services/data/v60.0").header("content-encoding"), "");
}

#[test]
fn pages_follow_each_other() {
    let server = Server::start();
    let token = server.token();
    for start in (0..450).step_by(150) {
        let records: Vec<String> = (start..start + 150)
            .map(|n| format!(r#"{{"attributes":{{"type":"Account"}},"Name":"Bulk {n:04}"}}"#))
            .collect();
        let body = format!(r#"{{"allOrNone":true,"records":[{}]}}"#, records.join(","));
        let made = server.call(&token, "POST", "/services/data/v60.0/composite/sobjects", &body);
        assert_eq!(made.status.as_u16(), 200, "{}", made.text());
    }
    let query = |path: &str| {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("sforce-query-options", "client=x, batchSize=200");
        server.send(request.body(Body::empty()).unwrap()).json()
    };
    let first = query("/services/data/v60.0/query?q=SELECT+Name+FROM+Account+ORDER+BY+Name");
    assert_eq!((&first["totalSize"], &first["done"]), (&450.into(), &false.into()));
    let next = first["nextRecordsUrl"].as_str().unwrap();
    assert!(next.starts_with("/services/data/v60.0/query/01g") && next.ends_with("-200"), "{next}");
    let second = query(next);
    assert_eq!(second["records"][0]["Name"], "Bulk 0200");
    let last = query(second["nextRecordsUrl"].as_str().unwrap());
    assert_eq!((&last["done"], last["records"].as_array().unwrap().len()), (&true.into(), 50));
    assert!(last.get("nextRecordsUrl").is_none());
    let jump = query(&next.replace("-200", "-313"));
    assert_eq!(jump["records"][0]["Name"], "Bulk 0313");
    let by_all = query(&next.replace("/query/", "/queryAll/"));
    assert_eq!(by_all["records"][0]["Name"], "Bulk 0200");
    let stranger = server.call(&server.reader_token(), "GET", next, "");
    assert_eq!(refusal(&stranger), "400 INVALID_QUERY_LOCATOR");
}

#[test]
fn large_queries_are_no_faults() {
    let server = Server::start();
    let token = server.token();
    let many = |n: usize, part: &str, joint: &str| vec![part; n].join(joint);
    let semi_join = "Id+IN+(SELECT+AccountId+FROM+Contact)";
    for (condition, expected) in [
        (many(1500, "Name='x'", "+OR+"), 200),
        (many(1500, "Name='x'", "+AND+"), 200),
        (many(1000, "Name+LIKE+'%25x%25'", "+OR+"), 200),
        (format!("{}Name='x'{}", "(Name='y'+OR+".repeat(90), ")".repeat(90)), 200),
        (format!("{}Name='x'{}", "(NOT+".repeat(90), ")".repeat(90)), 400),
        (format!("Name+IN+({})", many(4000, "'x'", ",")), 200),
        (format!("Name+LIKE+'{}'", "%25a_".repeat(6000)), 400),
        (many(60, semi_join, "+AND+"), 400),
    ] {
        let path = format!("/services/data/v60.0/query?q=SELECT+Id+FROM+Account+WHERE+{condition}");
        let answer = server.call(&token, "GET", &path, "");
        let shown: String = condition.chars().take(80).collect();
        assert_eq!(answer.status.as_u16(), expected, "{shown}\n{}", answer.text());
    }
}
