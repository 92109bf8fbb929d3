//! What is too long or too deep is refused, and what is long is read in linear time.

use soql::{Condition, Error, InValues, NESTING_MAX, STATEMENT_CHARS_MAX, STRING_CHARS_MAX, parse};

use crate::round_trip::printed;

fn filtered(condition: &str) -> String {
    format!("SELECT Id FROM Account WHERE {condition}")
}

#[test]
fn depth_is_bounded() {
    for unit in ["(", "NOT ", "(NOT ", "((("] {
        let text = filtered(&unit.repeat(90_000 / unit.len()));
        assert!(matches!(parse(&text), Err(Error::TooDeep { .. })), "{unit}");
    }
    let text = format!("SELECT {}", "FORMAT(".repeat(14_000));
    assert!(matches!(parse(&text), Err(Error::TooDeep { .. })));
    let text = "SELECT (".repeat(12_000);
    assert!(matches!(parse(&text), Err(Error::TooDeep { .. })));
    let text = "SELECT Id FROM A WHERE Id IN (".repeat(3_000);
    assert!(matches!(parse(&text), Err(Error::TooDeep { .. })));
}

#[test]
fn the_deepest_query_is_read_and_printed() {
    let nested = |levels: usize| {
        filtered(&format!("{}a = 1{}", "(b = 2 AND ".repeat(levels), ")".repeat(levels)))
    };
    printed(&parse(&nested(NESTING_MAX)).unwrap());
    assert!(matches!(parse(&nested(NESTING_MAX + 1)), Err(Error::TooDeep { .. })));
}

#[test]
fn blank_statements_are_refused() {
    for text in ["", " ", "\n\t\r\n"] {
        assert_eq!(parse(text), Err(Error::Empty));
        assert_eq!(Error::Empty.frame(text), "SOQL statements cannot be empty or null");
    }
}

#[test]
fn statements_are_bounded_in_characters() {
    let padded = |chars: usize| {
        let text = filtered("Name = 'é'");
        let blanks = chars - text.chars().count();
        text + &" ".repeat(blanks)
    };
    assert!(parse(&padded(STATEMENT_CHARS_MAX)).is_ok());
    assert_eq!(parse(&padded(STATEMENT_CHARS_MAX + 1)), Err(Error::StatementTooLong));
}

#[test]
fn strings_are_bounded_in_characters_behind_their_escapes() {
    let of = |chars: usize| filtered(&format!("Name = '{}'", "\\u00e9".repeat(chars)));
    assert!(parse(&of(STRING_CHARS_MAX)).is_ok());
    assert!(matches!(parse(&of(STRING_CHARS_MAX + 1)), Err(Error::StringTooLong { .. })));
}

#[test]
fn long_lists_and_chains_are_read() {
    let list = filtered(&format!("Id IN ({}'z')", "'a',".repeat(24_000)));
    match parse(&list).unwrap().where_ {
        Some(Condition::In { values: InValues::List(values), .. }) => {
            assert_eq!(values.len(), 24_001);
        }
        other => panic!("{other:?}"),
    }
    let chain = filtered(&format!("{}z = 1", "a=1 OR ".repeat(14_000)));
    match parse(&chain).unwrap().where_ {
        Some(Condition::Or(terms)) => assert_eq!(terms.len(), 14_001),
        other => panic!("{other:?}"),
    }
    let path = format!("SELECT {}a FROM Account", "a.".repeat(49_000));
    assert_eq!(parse(&path).unwrap().select.len(), 1);
}

#[test]
fn a_long_token_is_not_repeated_whole() {
    let error = parse(&filtered(&format!("a = {}", "x".repeat(90_000)))).unwrap_err();
    assert!(error.message().len() < 200, "{}", error.message());
}
