//! What an error tells the caller, and what only the log.

use super::*;

#[test]
fn faults_of_ours_tell_their_id_only() {
    let cause = Chain(&store::Error::Unlogged).to_string();
    let failure = Failure::from(records::Error::Store(store::Error::Unlogged));
    assert_eq!(failure.cause(), Some(cause.as_str()));
    assert_eq!(failure.status().as_u16(), 500);
    let items = failure.items("1a-2b");
    assert_eq!(items.len(), 1);
    assert!(items[0].message.ends_with(": 1a-2b"), "{}", items[0].message);
    assert!(!items[0].message.contains(&cause));
}

#[test]
fn a_storage_that_does_not_answer_may_be_asked_again() {
    for (error, code, status) in [
        (store::Error::Busy, "SERVER_UNAVAILABLE", 503),
        (store::Error::Timeout, "QUERY_TIMEOUT", 400),
        // Removed, or moved away, while the request was under way.
        (store::Error::Missing { place: "orgs/x".to_owned() }, "SERVER_UNAVAILABLE", 503),
    ] {
        let failure = Failure::from(error);
        assert_eq!((failure.code().name(), failure.status().as_u16()), (code, status));
        assert_eq!(failure.cause(), None);
    }
}

#[test]
fn a_storage_that_is_away_is_so_wherever_it_was_missed() {
    let under_metadata = metadata::Error::Records(records::Error::Store(store::Error::Busy));
    let failure = Failure::from(::identity::Error::Metadata(under_metadata));
    assert_eq!((failure.code().name(), failure.status().as_u16()), ("SERVER_UNAVAILABLE", 503));
    // What is not known to have failed must not look like what is safe to send again.
    let failure = Failure::from(store::Error::InDoubt);
    assert_eq!((failure.code().name(), failure.status().as_u16()), ("UNKNOWN_EXCEPTION", 500));
    assert!(failure.cause().is_some());
    let items = failure.items("1a-2b");
    assert!(items[0].message.starts_with("It is not known"), "{}", items[0].message);
}

#[test]
fn what_the_engine_finds_too_large_is_the_querys_fault() {
    for (statement, reason, expected) in [
        ("SELECT 1", "Expression tree is too large (maximum depth 1000) in SELECT 1", true),
        ("WITH a AS (SELECT 1)", "too many columns in result set", true),
        ("SELECT 1", "at most 64 tables in a join", true),
        ("SELECT 1", "stack depth limit exceeded (54001)", true),
        ("SELECT 1", "column \"x\" does not exist (42703)", false),
        ("SELECT 1", "no such column: too many", false),
        ("INSERT INTO a", "too many SQL variables", false),
    ] {
        assert_eq!(exceeds_engine(statement, reason), expected, "{statement}: {reason}");
    }
}

#[test]
fn codes_and_names_are_one_to_one() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|it| it.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
    for it in Code::ALL {
        assert!((400..600).contains(&it.status()), "{}", it.name());
    }
}
