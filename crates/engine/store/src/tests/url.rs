//! URLs of PostgreSQL databases: what they say, and what they do not repeat.

use std::path::Path;

use crate::{Password, PostgresOptions, Tls, UrlError};

fn parse(url: &str) -> PostgresOptions {
    PostgresOptions::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

#[test]
fn a_url_names_a_database() {
    let full =
        parse("postgres://can%40dor:p%3Aw@db.example:6432/crm?namespace=eu_1&connections=40");
    assert_eq!((full.user.as_str(), full.database.as_str()), ("can@dor", "crm"));
    assert_eq!(full.password, Some(Password::new("p:w")));
    assert_eq!((full.host.as_str(), full.port), ("db.example", 6432));
    assert_eq!((full.namespace.as_str(), full.connections), ("eu_1", 40));
    let short = parse("postgresql://candor@/crm");
    assert_eq!((short.host.as_str(), short.port, short.password), ("localhost", 5432, None));
    let six = parse("postgres://candor@[::1]:5433/crm");
    assert_eq!((six.host.as_str(), six.port), ("::1", 5433));
    let socket = parse("postgres://candor@/crm?host=/run/postgresql");
    assert!(socket.is_socket());
}

#[test]
fn a_server_elsewhere_must_speak_tls() {
    let tls = |url: &str| parse(url).tls;
    assert_eq!(tls("postgres://candor@db.example/crm"), Tls::Require);
    assert_eq!(tls("postgres://candor@127.0.0.1/crm"), Tls::Prefer);
    assert_eq!(tls("postgres://candor@/crm?host=/run"), Tls::Disable);
    assert_eq!(tls("postgres://candor@db.example/crm?sslrootcert=ca.pem"), Tls::VerifyFull);
    let ca = parse("postgres://candor@db.example/crm?sslmode=verify-ca&sslrootcert=/etc/ca.pem");
    assert_eq!((ca.tls, ca.ca_file.as_deref()), (Tls::VerifyCa, Some(Path::new("/etc/ca.pem"))));
}

#[test]
fn whom_to_trust_is_said_in_the_url_or_apart() {
    let tls = |query: &str, ca_file: Option<&str>| {
        let url = format!("postgres://candor@db.example/crm?{query}");
        let options = PostgresOptions::parse_trusting(&url, ca_file.map(Path::new)).unwrap();
        (options.tls, options.ca_file.map(|it| it.display().to_string()))
    };
    let with = |it: Tls, file: &str| (it, Some(file.to_owned()));
    let required = tls("sslmode=require&sslrootcert=ca.pem", None);
    assert_eq!(required, with(Tls::VerifyCa, "ca.pem"));
    for (query, mode) in [
        ("", Tls::VerifyFull),
        ("sslmode=require", Tls::VerifyFull),
        ("sslmode=require&sslrootcert=ca.pem", Tls::VerifyFull),
        ("sslmode=verify-ca", Tls::VerifyCa),
        ("sslmode=verify-full", Tls::VerifyFull),
        ("sslmode=disable", Tls::Disable),
    ] {
        assert_eq!(tls(query, Some("own.pem")), with(mode, "own.pem"), "{query}");
    }
}

#[test]
fn a_wrong_url_is_refused_and_not_repeated() {
    use UrlError::{CaFile, Database, Encoding, Key, Port, Scheme, User, Value};
    for (url, expected) in [
        ("mysql://u:s3cret@h/d", Scheme),
        ("postgres://h/d", User),
        ("postgres://:s3cret@h/d", User),
        ("postgres://u:s3cret@h", Database),
        ("postgres://u:s3cret@h:99999/d", Port),
        ("postgres://u:s3cret@[::1]x/d", Port),
        ("postgres://u:s3cret%4@h/d", Encoding),
        ("postgres://u:s3cret%00@h/d", Encoding),
        ("postgres://u:s3cret@h/d?password=s3cret", Key),
        ("postgres://u:s3cret@h/d?sslmode=s3cret", Value { key: "sslmode" }),
        ("postgres://u:s3cret@h/d?connections=0", Value { key: "connections" }),
        ("postgres://u:s3cret@h/d?namespace=A%22b", Value { key: "namespace" }),
        ("postgres://u:s3cret@h/d?sslmode=verify-full", CaFile { mode: "verify-full" }),
    ] {
        let error = PostgresOptions::parse(url).unwrap_err();
        assert_eq!(error, expected, "{url}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{url}");
    }
    let options = parse("postgres://u:s3cret@h/d");
    assert!(!format!("{options:?}").contains("s3cret"));
}
