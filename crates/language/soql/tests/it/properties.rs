//! No text panics, and what is read prints as a text that reads the same.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::round_trip::printed;

/// Queries that reach every rule of the grammar, to be mutated.
const SEEDS: &[&str] = &[
    "SELECT Id, Account.Owner.Name, (SELECT Id FROM Contacts c LIMIT 2) FROM Account a, a.Owner o",
    "SELECT TYPEOF What WHEN Account THEN Phone, Name ELSE Name END FROM Task USING SCOPE mine",
    "SELECT COUNT() n FROM Contact WHERE NOT Name LIKE '%a\\%\\_b\\'\\n\\u00e9_' OR (a != NULL)",
    "SELECT Name n, COUNT(Id) c FROM A GROUP BY ROLLUP(Name) HAVING COUNT(Id) > -1.5e3 ORDER BY n",
    "SELECT FIELDS(ALL) FROM Order ORDER BY Limit DESC NULLS LAST, a ASC LIMIT 200 OFFSET 10",
    "SELECT Id FROM A WHERE b IN (1, .5, 2., 1e-9, USD5000, usd5.01, EUR-7) AND c NOT IN ('x')",
    "SELECT Id FROM A WHERE Id IN (SELECT AccountId FROM Contact WHERE d INCLUDES ('A;B', 'C'))",
    "SELECT Id FROM A WHERE d = 2010-10-31T22:15:00.000+0000 AND e > 2010-10-31 AND f < 22:15:00Z",
    "SELECT Id FROM A WHERE d = LAST_N_DAYS : 30 OR e = THIS_FISCAL_QUARTER OR f = LAST_90_DAYS",
    "SELECT Id FROM A WHERE DISTANCE(L__c, GEOLOCATION(37.7, -122.4), 'mi') < -0.0 FOR UPDATE",
    "SELECT Id FROM A WHERE DAY_ONLY(convertTimezone(CreatedDate)) = TODAY WITH SECURITY_ENFORCED",
    "SELECT Id FROM Q WITH DATA CATEGORY G__c AT (a__c, b__c) AND P__c ABOVE_OR_BELOW c__c",
    "SELECT Id FROM K WITH RecordVisibilityContext (maxDescriptorPerRecord=100, b=TRUE) ALL ROWS",
    "SELECT FORMAT(convertCurrency(Amount)) f, toLabel(x) FROM A For FOR VIEW, REFERENCE UPDATE \
     TRACKING, VIEWSTAT /* end */ // end",
];

const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "NULL",
    "TRUE",
    "USING",
    "SCOPE",
    "WITH",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "ALL",
    "ROWS",
    "FOR",
    "VIEW",
    "UPDATE",
    "TRACKING",
    "AS",
    "ASC",
    "DESC",
    "NULLS",
    "FIRST",
    "TYPEOF",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "COUNT",
    "COUNT()",
    "FORMAT",
    "FIELDS",
    "ROLLUP",
    "DATA",
    "CATEGORY",
    "AT",
    "TODAY",
    "LAST_N_DAYS:3",
    "USD",
    "Name",
    "a.b",
    "Order",
    "(",
    ")",
    ",",
    ".",
    ":",
    "=",
    "!=",
    "<",
    ">=",
    "*",
    "%",
    "\"",
    "'",
    "'x'",
    "'\\%'",
    "\\",
    "\\u",
    "/*",
    "*/",
    "//",
    "\n",
    "1",
    "-1",
    "+.5",
    "5.",
    "1e9",
    "1e99",
    "-0",
    "-0.00",
    "2020-02-30",
    "2020-02-29",
    "1700-01-01T00:00:00+23:59",
    "24:00:00",
    "é",
    "\0",
    "(SELECT Id FROM B)",
    "79228162514264337593543950335",
    "0.0000000000000000000000000001",
];

fn check(text: &str) {
    match soql::parse(text) {
        Ok(query) => {
            printed(&query);
        }
        Err(error) => assert!(error.frame(text).ends_with(&error.message())),
    }
}

#[derive(Debug, Clone)]
enum Change {
    Insert(&'static str),
    Replace(&'static str),
    Cut(usize),
    Copy(usize),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let change = prop_oneof![
        select(PIECES).prop_map(Change::Insert),
        select(PIECES).prop_map(Change::Replace),
        (1_usize..9).prop_map(Change::Cut),
        (1_usize..40).prop_map(Change::Copy),
    ];
    (any::<Index>(), change)
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

fn apply(text: &mut String, (index, change): &(Index, Change)) {
    let start = boundary(text, index.index(text.len() + 1));
    match change {
        Change::Insert(piece) => text.insert_str(start, &format!(" {piece} ")),
        Change::Replace(piece) => {
            // The word or run of marks that begins here.
            let word = |it: &char| it.is_alphanumeric() || *it == '_';
            let is_word = text[start..].starts_with(|it| word(&it));
            let run = text[start..].chars().take_while(|it| word(it) == is_word);
            let end = start + run.map(char::len_utf8).sum::<usize>();
            text.replace_range(start..end, &format!(" {piece} "));
        }
        Change::Cut(length) => {
            let end = boundary(text, start + length);
            text.replace_range(start..end.max(start), "");
        }
        Change::Copy(length) => {
            let end = boundary(text, start + length).max(start);
            let copy = text[start..end].to_owned();
            text.insert_str(end, &copy);
        }
    }
}

#[test]
fn seeds_are_read() {
    for seed in SEEDS {
        printed(&soql::parse(seed).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words_have_an_answer(
        words in proptest::collection::vec(select(PIECES), 0..30),
        blank in select(&["", " "][..]),
    ) {
        check(&words.join(blank));
        check(&format!("SELECT a FROM b WHERE {}", words.join(blank)));
    }

    #[test]
    fn mutated_queries_have_an_answer(
        seed in select(SEEDS),
        changes in proptest::collection::vec(change(), 0..5),
    ) {
        let mut text = seed.to_owned();
        changes.iter().for_each(|it| apply(&mut text, it));
        check(&text);
    }

    #[test]
    fn text_literals_keep_their_text(text in "\\PC{0,30}|[\\x00-\\x7f]{0,30}") {
        let quoted = format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let query = soql::parse(&format!("SELECT Id FROM A WHERE b = {quoted}")).unwrap();
        let again = soql::parse(&soql::print(&query)).unwrap();
        for query in [query, again] {
            let Some(soql::Condition::Compare { value, .. }) = query.where_ else {
                panic!("not a comparison");
            };
            prop_assert_eq!(value.literal, soql::Literal::Text(text.clone()));
        }
        check(&format!("SELECT Id FROM A WHERE b LIKE {quoted}"));
    }
}
