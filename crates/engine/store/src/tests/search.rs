//! The engine's index against the documents themselves.

use base::RecordId;
use proptest::prelude::*;
use search::expr::Negations;
use search::{Document, Expr, FieldKind, FieldText, Group, Plan};
use soql::sosl::{SearchScope, term};

use super::TestOrg;
use crate::{Error, State};

fn id(n: i64) -> RecordId {
    id_of("001", n)
}

fn id_of(prefix: &str, n: i64) -> RecordId {
    RecordId::new(base::KeyPrefix::parse(prefix).unwrap(), n)
}

fn make(state: &State) {
    state.write::<_, Error>(|tx| tx.make_index()).unwrap();
}

fn put(state: &State, documents: &[(RecordId, Document)]) {
    let ids: Vec<RecordId> = documents.iter().map(|(id, _)| *id).collect();
    state.write::<_, Error>(|tx| tx.index(&ids, documents)).unwrap();
}

fn find(state: &State, wanted: &Expr, max: u64) -> Vec<RecordId> {
    let range = id(0)..=id(RecordId::SEQUENCE_MAX);
    state.read::<_, Error>(|reader| reader.find(wanted, range, max)).unwrap()
}

fn document(texts: &[(Group, FieldKind, &str)]) -> Document {
    Document::of(texts.iter().map(|(group, kind, text)| FieldText {
        group: *group,
        kind: *kind,
        key: *group == Group::Rest,
        name: *group == Group::Name,
        text,
    }))
}

fn wanted(text: &str) -> Expr {
    Plan::of(&term::parse(text).unwrap(), SearchScope::All).all.indexable(Negations::Asked).expr
}

/// Whoever changes what is expected here counts up `INDEX_FORMAT`: the indexes that are there were
/// written in the old way.
#[test]
fn the_format_is_known() {
    assert_eq!(crate::INDEX_FORMAT, 2);
    let document = document(&[
        (Group::Name, FieldKind::Text, "Acme Ltd"),
        (Group::Email, FieldKind::Address, "ann@acme.test"),
        (Group::Phone, FieldKind::Phone, "55501"),
    ]);
    let plain = |text: String| {
        let marks = [('\u{E000}', "."), ('\u{E001}', "N:"), ('\u{E002}', "D:")];
        let ends = [('\u{E004}', "_"), ('\u{E005}', "$")];
        marks.into_iter().chain(ends).fold(text, |text, (mark, it)| text.replace(mark, it))
    };
    assert_eq!(
        crate::sqlite::search::texts(&document).map(plain),
        ["acme ltd . N:acme_ltd_$ ", "ann acme test ", "55501 . D:5550 D:5501 ", ""]
    );
    assert_eq!(
        plain(crate::postgres::search::vector(id(1), &document)),
        "'>001' '=acme':1 '=ltd':2 '=N:acme_ltd_$':4 '@ann':6 '@acme':7 '@test':8 '#55501':10 \
         '#D:5550':12 '#D:5501':13 '<=a':1 '<=ac':1 '<=acm':1 '<=l':2 '<=lt':2 '<=ltd':2 \
         '+=acme+ltd' '<=N:a':4 '<=N:ac':4 '<=N:acm':4 '<@a':6 '<@an':6 '<@ann':6 '<@a':7 \
         '<@ac':7 '<@acm':7 '+@ann+acme' '<@t':8 '<@te':8 '<@tes':8 '+@acme+test' "
    );
    let asked = |text| plain(crate::postgres::search::query(&wanted(text)));
    assert_eq!(asked("acme"), "(('=acme') | ('@acme') | ('#acme') | ('acme'))");
    assert_eq!(asked("ac*"), "(('<=ac') | ('<@ac') | ('#ac':*) | ('ac':*))");
    assert_eq!(asked("\"a b\""), "(('+=a+b') | ('+@a+b') | ('#a' <-> '#b') | ('a' <-> 'b'))");
}

#[test]
fn documents_come_and_go() {
    let test = TestOrg::new();
    let state = test.org.state();
    make(state);
    let of = |text| document(&[(Group::Name, FieldKind::Text, text)]);
    put(state, &[(id(1), of("one two")), (id(2), of("two three")), (id(3), of("two"))]);
    assert_eq!(find(state, &wanted("two"), 9), [id(1), id(2), id(3)]);
    assert_eq!(find(state, &wanted("two"), 2).len(), 2);
    put(state, &[(id(1), of("four"))]);
    state.write::<_, Error>(|tx| tx.index(&[id(3), id(9)], &[])).unwrap();
    assert_eq!(find(state, &wanted("two"), 9), [id(2)]);
    assert_eq!(find(state, &wanted("four"), 9), [id(1)]);
    assert_eq!(find(state, &Expr::Nothing, 9), []);
    let narrow =
        |range| state.read::<_, Error>(|it| it.find(&wanted("tw* OR th*"), range, 9)).unwrap();
    assert_eq!(narrow(id(2)..=id(2)), [id(2)]);
    assert_eq!(narrow(id(3)..=id(9)), []);
    state.write::<_, Error>(|tx| tx.unindex(id(2)..=id(9))).unwrap();
    assert_eq!(find(state, &wanted("three OR four"), 9), [id(1)]);
    make(state);
    assert_eq!(find(state, &wanted("four"), 9), []);
}

#[test]
fn a_unit_that_fails_leaves_the_index() {
    let test = TestOrg::new();
    let state = test.org.state();
    make(state);
    let of = |text| document(&[(Group::Name, FieldKind::Text, text)]);
    put(state, &[(id(1), of("one"))]);
    let failed = state.write::<(), Error>(|tx| {
        tx.index(&[id(1)], &[(id(2), of("one"))])?;
        Err(Error::Busy)
    });
    assert!(matches!(failed, Err(Error::Busy)));
    assert_eq!(find(state, &wanted("one"), 9), [id(1)]);
}

/// Long documents, long searches, and every sort of token.
#[test]
fn bounds_hold() {
    let test = TestOrg::new();
    let state = test.org.state();
    make(state);
    let same = "word ".repeat(5_000);
    let many: String = (0..20_000).map(|it| format!("w{it} ")).collect();
    let wide: String = (0..4_000).map(|it| format!("{}{it} ", "\u{20000}é𝒳".repeat(30))).collect();
    let groups = Group::ALL.map(|it| it);
    for (n, text) in [same.as_str(), &many, &wide, "o'hara 東京都庁 +44 1632 960123 שלום"]
        .into_iter()
        .enumerate()
    {
        let texts: Vec<_> = groups.iter().map(|it| (*it, FieldKind::Phone, text)).collect();
        put(state, &[(id(n as i64), document(&texts))]);
    }
    assert_eq!(find(state, &wanted("\"word word\""), 9), [id(0)]);
    assert_eq!(find(state, &wanted("\"w1 w2\" w3*"), 9), [id(1)]);
    assert_eq!(find(state, &wanted("ohara OR o'hara"), 9), [id(3)]);
    let words: String = (0..1_500).map(|it| format!("v{it} ")).collect();
    assert_eq!(find(state, &wanted(&format!("{words} w7")), 9), [id(1)]);
    let phrase: String = (0..500).map(|it| format!("w{it} ")).collect();
    assert_eq!(find(state, &wanted(&format!("\"{phrase}\"")), 9), [id(1)]);
    let deep = format!("{}w1{}", "(x OR ".repeat(99), ")".repeat(99));
    assert_eq!(find(state, &wanted(&deep), 9), [id(1)]);
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[abc]{1,3}", "é|ß|o'b|a-b|東京|京|ا|한국", "[0-9]{1,6}", "\\PC"];
    proptest::collection::vec(word, 0..5).prop_map(|it| it.join(" "))
}

fn search() -> impl Strategy<Value = String> {
    let word =
        prop_oneof!["[abc]{1,2}[*?]?[abc]?", "東京?|京|한|o'b|ab-a?", "[0-9]{2,5}[*]?", "\\PC\\PC"];
    let phrase = text().prop_map(|it| format!("\"{}\"", it.replace(['"', '\\'], "")));
    let leaf = prop_oneof![3 => word, 1 => phrase];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} AND NOT {b})")),
        ]
    })
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    let kinds = [FieldKind::Text, FieldKind::Address, FieldKind::Phone, FieldKind::Html];
    let document = proptest::collection::vec(text(), 4).prop_map(move |texts| {
        let all = Group::ALL.iter().zip(kinds).zip(&texts);
        document(
            &all.map(|((group, kind), text)| (*group, kind, text.as_str())).collect::<Vec<_>>(),
        )
    });
    proptest::collection::vec(document, 1..20)
}

#[test]
fn the_index_finds_what_matches() {
    let test = TestOrg::new();
    let state = test.org.state();
    let cases = ProptestConfig { cases: 40, ..ProptestConfig::default() };
    let searches = proptest::collection::vec(search(), 1..7);
    let prefixes = ["001", "003", "a00"];
    proptest!(cases, |(documents in documents(), searches in searches, max in 1_usize..6)| {
        make(state);
        let ids = (0..).map(|n| id_of(prefixes[n as usize % 3], n / 3));
        let documents: Vec<(RecordId, Document)> = ids.zip(documents).collect();
        put(state, &documents);
        for (text, scope) in searches.iter().flat_map(|it| SearchScope::ALL.map(|all| (it, all))) {
            let Ok(term) = term::parse(text) else { continue };
            let plan = Plan::of(&term, scope);
            for (n, expr) in plan.tiers.iter().chain([&plan.all]).enumerate() {
                let expr = expr.indexable(Negations::Asked).expr;
                // One object, or all of them.
                let [first, last] = [[0, 0], [1, 1], [2, 2], [0, 2]][(n + text.len()) % 4];
                let end = id_of(prefixes[last], RecordId::SEQUENCE_MAX);
                let range = id_of(prefixes[first], 0)..=end;
                let is_one = |id: &RecordId, it: &_| range.contains(id) && expr.matches(it);
                let matching = documents.iter().filter(|(id, it)| is_one(id, it));
                let mut matching: Vec<RecordId> = matching.map(|(id, _)| *id).collect();
                matching.sort_unstable();
                let find = |max| {
                    state.read::<_, Error>(|it| it.find(&expr, range.clone(), max)).unwrap()
                };
                prop_assert_eq!(&find(100), &matching, "{} in {:?}: {:?}", text, scope, expr);
                let ranges = prefixes.map(|it| id_of(it, 0)..=id_of(it, RecordId::SEQUENCE_MAX));
                let any = state.read::<_, Error>(|it| it.find_any(&expr, &ranges)).unwrap();
                let has = ranges.map(|range| {
                    documents.iter().any(|(id, it)| range.contains(id) && expr.matches(it))
                });
                prop_assert_eq!(any, has, "objects with {}", text);
                let some = find(max as u64);
                prop_assert_eq!(some.len(), max.min(matching.len()), "{} of {}", max, text);
                prop_assert!(some.iter().all(|it| matching.contains(it)), "{} of {}", max, text);
            }
        }
    });
}
