//! Searches: what is printed is what was read, and no text panics or takes long.

use proptest::prelude::*;
use soql::sosl::{self, Search, Term, term};

/// Asserts that `search` prints as a text that has the same tree, and returns that text.
pub(crate) fn printed(search: &Search) -> String {
    let text = sosl::print(search);
    match sosl::parse(&text) {
        Ok(again) => {
            assert_eq!(without_spans(&again), without_spans(search), "{text}");
            assert_eq!(sosl::print(&again), text);
        }
        Err(error) => panic!("{text}\n{}", error.frame(&text)),
    }
    text
}

fn without_spans(search: &Search) -> String {
    crate::round_trip::debug_without_spans(search)
}

/// Asserts that a term prints as a text of the same term.
pub(crate) fn printed_term(term: &Term) -> String {
    let text = term.to_string();
    // What is short enough to have operators may be too long once they are written out.
    if text.chars().count() <= term::PLAIN_CHARS && *term != Term::Nothing {
        assert_eq!(term::parse(&text).as_ref(), Ok(term), "{text}");
    }
    text
}

const SEEDS: &[&str] = &[
    "FIND {Un*} IN ALL FIELDS RETURNING Account(Id, Name), Lead(Id, Name)",
    "FIND {\"joe smith\" AND NOT (bob OR al?n) ph\\}one} IN SIDEBAR FIELDS RETURNING Contact \
     (Name, toLabel(Status) s, FORMAT(Amount) WHERE Name LIKE 'a%' USING ListView=Recent ORDER BY \
     Name DESC LIMIT 5 OFFSET 2), Lead WITH SNIPPET (target_length = 120) WITH NETWORK IN ('a', \
     'b') LIMIT 20 UPDATE TRACKING, VIEWSTAT",
    "FIND {a b} WITH DIVISION = 'Global' WITH DATA CATEGORY G__c AT (a__c, b__c) WITH HIGHLIGHT \
     WITH SPELL_CORRECTION = false WITH METADATA='LABELS' WITH PricebookId = '01s' WITH USER_MODE",
];

fn check(text: &str) {
    match sosl::parse(text) {
        Ok(search) => {
            printed(&search);
            printed_term(&search.find.term);
        }
        Err(error) => assert!(error.frame(text).ends_with(&error.to_string())),
    }
}

#[test]
fn seeds_are_read() {
    for seed in SEEDS {
        printed(&sosl::parse(seed).unwrap());
    }
}

#[test]
fn long_texts_lose_their_operators_and_then_their_meaning() {
    let words = "ab AND cd ".repeat(350);
    assert!(matches!(term::parse(&words), Ok(Term::And(terms)) if terms.len() == 700));
    let words = "ab AND cd ".repeat(401);
    assert!(matches!(term::parse(&words), Ok(Term::Or(terms)) if terms.len() == 1203));
    assert_eq!(term::parse(&"ab ".repeat(3400)), Ok(Term::Nothing));
}

#[test]
fn depth_and_time_are_bounded() {
    let deep = format!("FIND {{{}a{}}}", "(".repeat(1_900), ")".repeat(1_900));
    assert!(matches!(sosl::parse(&deep), Err(sosl::Error::Statement(soql::Error::TooDeep { .. }))));
    for unit in ["not ", "and not ", "or ", "\"", "\\", "a AND NOT "] {
        check(&format!("FIND {{{}}}", unit.repeat(3_900 / unit.len())));
    }
    check(&format!("FIND {{{}}}", "*".repeat(99_000)));
    check(&format!("FIND {{ab}} RETURNING {}", "A(b),".repeat(19_000)));
}

#[test]
fn operators_nest_as_parentheses_do() {
    let nested = |n: usize| format!("{}a{}", "a or b (".repeat(n), ")".repeat(n));
    // Two levels each, of which the canonical form writes both.
    printed_term(&term::parse(&nested(soql::NESTING_MAX / 2)).unwrap());
    let refused = term::parse(&nested(soql::NESTING_MAX / 2 + 1));
    assert!(matches!(refused, Err(sosl::Error::Statement(soql::Error::TooDeep { .. }))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        check(&text);
        check(&format!("FIND {{{text}}}"));
        check(&format!("FIND {{ab}} {text}"));
    }

    #[test]
    fn any_search_text_has_an_answer(text in "[ab \"()*?\\\\{}&andotr]{0,40}") {
        check(&format!("FIND {{{text}}}"));
        if let Ok(term) = term::parse(&text) {
            printed_term(&term);
        }
    }

    #[test]
    fn mutated_searches_have_an_answer(
        seed in proptest::sample::select(SEEDS),
        at in any::<proptest::sample::Index>(),
        piece in "[ ,(){}='a-zA-Z0-9]{0,6}",
        cut in 0_usize..6,
    ) {
        let start = at.index(seed.len() + 1);
        let end = (start + cut).min(seed.len());
        check(&format!("{}{piece}{}", &seed[..start], &seed[end..]));
    }
}
