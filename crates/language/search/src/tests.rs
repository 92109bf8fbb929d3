//! Documents and plans as text, and the properties that hold between them.

mod oracle;

use soql::sosl::{SearchScope, term};

use crate::expr::Negations;
use crate::token::mark;
use crate::{Document, Expr, FieldKind, FieldText, Group, Groups, Piece, Plan};

fn field(group: Group, kind: FieldKind, text: &str) -> FieldText<'_> {
    FieldText { group, kind, key: false, name: false, text }
}

/// A document with one token, marks as letters, runs divided by bars.
fn shown(document: &Document) -> String {
    let runs = document.runs().iter().map(|it| format!("{:?}: {}", it.group, it.tokens.join(" ")));
    let text = runs.collect::<Vec<_>>().join(" | ");
    let marks = [
        (mark::NAME, "N:"),
        (mark::DIGITS, "D:"),
        (mark::KEY, "K:"),
        (mark::WORD_END, "_"),
        (mark::NAME_END, "$"),
    ];
    marks.into_iter().fold(text, |text, (mark, letter)| text.replace(mark, letter))
}

#[track_caller]
fn stores(field: FieldText<'_>, expected: &str) {
    assert_eq!(shown(&Document::of([field])), expected);
}

#[test]
fn texts_become_tokens() {
    let text = |text| field(Group::Rest, FieldKind::Text, text);
    stores(text("Zoë O'Hara, Wal-Mart"), "Rest: zoe o hara wal mart | Rest: ohara | Rest: walmart");
    stores(text("東京都庁Tower"), "Rest: 東京 京都 都庁 庁 tower");
    stores(text("서울에서"), "Rest: 서울 울에 에서 서");
    stores(text("A.B.C.D.E one--two"), "Rest: a b c d e one two");
    stores(text("- / & \u{E001}"), "");
    stores(field(Group::Rest, FieldKind::Html, "<p>Hot <b>wa</b>ter</p>"), "Rest: hot water");
    let mail = field(Group::Email, FieldKind::Address, "Ann.Smith@acme.test");
    stores(mail, "Email: ann smith acme test");
    let phone = field(Group::Phone, FieldKind::Phone, "+1 (415) 555-0142");
    stores(
        phone,
        "Phone: 1 415 555 0142 | Phone: D:1415 D:4155 D:1555 D:5555 D:5550 D:5501 D:5014 D:0142",
    );
    stores(FieldText { key: true, ..text("A-17") }, "Rest: a 17 | Rest: a17 | Rest: K:a K:17");
    let name = FieldText { name: true, ..field(Group::Name, FieldKind::Text, "Acme Ltd.") };
    stores(name, "Name: acme ltd | Name: N:acme_ltd_$");
}

#[test]
fn documents_are_bounded() {
    let long = "ab ".repeat(100_000);
    let many = (0..100_000).map(|it| format!("w{it} ")).collect::<String>();
    let wide = format!("{} ", "\u{1D11E}é".repeat(500)).repeat(1_000);
    for text in [&long, &many, &wide] {
        let fields = (0..50).map(|_| field(Group::Rest, FieldKind::Text, text));
        let document = Document::of(fields);
        let tokens = || document.runs().iter().flat_map(|it| &it.tokens);
        assert!(tokens().count() <= 12_000);
        assert!(tokens().map(String::len).sum::<usize>() <= 512 * 1024);
        assert!(tokens().all(|it| it.chars().count() <= 64));
        assert!(tokens().filter(|it| *it == "ab").count() <= 250);
    }
    let name = FieldText { name: true, ..field(Group::Name, FieldKind::Text, &wide) };
    assert!(
        Document::of([name]).runs().iter().all(|it| it.tokens.iter().all(|it| it.len() < 2046))
    );
}

fn plan(text: &str, scope: SearchScope) -> Plan {
    Plan::of(&term::parse(text).unwrap(), scope)
}

/// What documents of these texts a search finds.
fn finds(search: &str, scope: SearchScope, fields: &[FieldText<'_>]) -> bool {
    let plan = plan(search, scope);
    let document = Document::of(fields.iter().copied());
    let found = plan.all.matches(&document);
    for tier in &plan.tiers {
        assert!(found || !tier.matches(&document), "{search}: a tier finds more");
    }
    let asked = plan.all.indexable(Negations::Asked);
    let found_by_index = asked.expr.matches(&document);
    assert!(found_by_index || !found, "{search}: the index finds less");
    assert!(!asked.exact || found_by_index == found, "{search}: the index is not exact");
    let asked = plan.all.indexable(Negations::LeftOut);
    assert!(asked.expr.matches(&document) || !found, "{search}: without negations it finds less");
    found
}

#[test]
fn words_are_found() {
    let all = |search, text| {
        finds(search, SearchScope::All, &[field(Group::Rest, FieldKind::Text, text)])
    };
    for (search, text) in [
        ("acme", "ACME Ltd"),
        ("muller", "Müller"),
        ("MÜLLER", "Muller"),
        ("strasse", "Lange Straße 5"),
        ("o'brien", "Pat O'Brien"),
        ("obrien", "Pat O'Brien"),
        ("brien", "Pat O'Brien"),
        ("wal-mart", "Walmart"),
        ("walmart", "Wal-Mart"),
        ("wal-ma*", "Walmart"),
        ("ac*", "Acme"),
        ("a?me", "Acme"),
        ("a*e", "Acme"),
        ("a*m*", "Acme"),
        ("*acme", "Acme"),
        ("\"joe  smith\"", "Mr Joe-Smith"),
        ("joe smith", "Smith, Joe"),
        ("joe OR bob", "Bob"),
        ("joe NOT bob", "Joe"),
        ("(joe OR bob) NOT (al AND ann)", "Bob al"),
        ("joe & co", "Joe Co"),
        ("東京", "東京都"),
        ("京都", "東京都"),
        ("東京都庁", "新東京都庁前"),
        ("東*庁 x", "東京都庁 x"),
        ("都 東京", "東京都"),
        ("abc株", "ABC株式会社"),
        ("式abc", "株式ABC"),
        ("서울", "서울에서"),
        ("שלום", "שָׁלוֹם עולם"),
        ("محمد", "مُحَمَّد"),
        ("acme.example", "www.acme.example"),
    ] {
        assert!(all(search, text), "{search} is in {text}");
    }
    for (search, text) in [
        ("acm", "Acme"),
        ("*cme", "Acme"),
        ("a?me", "Axxme"),
        ("\"smith joe\"", "Joe Smith"),
        ("joe NOT bob", "Joe Bob"),
        ("joe AND bob", "Joe"),
        ("東都", "東京都"),
        ("\"a b\"", "a x b"),
        ("++", "++"),
        ("jo*n smith", "John"),
    ] {
        assert!(!all(search, text), "{search} is not in {text}");
    }
}

#[test]
fn phrases_lie_within_a_field() {
    let fields =
        [field(Group::Rest, FieldKind::Text, "one"), field(Group::Rest, FieldKind::Text, "two")];
    assert!(finds("one two", SearchScope::All, &fields));
    assert!(!finds("\"one two\"", SearchScope::All, &fields));
}

#[test]
fn numbers_are_found_by_fragments() {
    let phone = [field(Group::Phone, FieldKind::Phone, "+44 (1632) 960-123")];
    for search in [
        "960-123",
        "960123",
        "2960",
        "+441632960123",
        "01632960123",
        "01632 960 123",
        "01632-960",
        "\"01632 960 123\"",
        "1632",
        "\"(01632) 960123\"",
        "960-12*",
    ] {
        assert!(finds(search, SearchScope::All, &phone), "{search}");
        assert!(finds(search, SearchScope::Phone, &phone), "{search}");
        assert!(!finds(search, SearchScope::Name, &phone), "{search}");
    }
    for search in ["960124", "32", "01632 960 124"] {
        assert!(!finds(search, SearchScope::All, &phone), "{search}");
    }
    let text = [field(Group::Rest, FieldKind::Text, "4416329601")];
    assert!(!finds("1632", SearchScope::All, &text), "only numbers have fragments");
}

#[test]
fn scopes_are_groups() {
    let of = |group| [field(group, FieldKind::Text, "acme")];
    for (scope, groups) in [
        (SearchScope::All, Groups::ALL),
        (SearchScope::Name, Groups::of(&[Group::Name])),
        (SearchScope::Email, Groups::of(&[Group::Email])),
        (SearchScope::Phone, Groups::of(&[Group::Phone])),
        (SearchScope::Sidebar, Groups::of(&[Group::Name, Group::Email, Group::Phone])),
    ] {
        for group in Group::ALL {
            assert_eq!(finds("acme", scope, &of(group)), groups.has(group), "{scope:?} {group:?}");
        }
    }
    assert!(finds("acm", SearchScope::Sidebar, &of(Group::Name)));
    let key = [FieldText { key: true, ..field(Group::Rest, FieldKind::Text, "A-17") }];
    assert!(finds("a-1", SearchScope::Sidebar, &key));
    assert!(!finds("a-1", SearchScope::All, &key));
}

#[test]
fn names_come_first() {
    let name = |text| {
        Document::of([FieldText { name: true, ..field(Group::Name, FieldKind::Text, text) }])
    };
    for (search, scope, text, tier) in [
        ("acme", SearchScope::All, "ACME", Some(0)),
        ("acme", SearchScope::All, "Acme Ltd", Some(1)),
        ("acme", SearchScope::All, "New Acme", Some(2)),
        ("acme", SearchScope::All, "Acmeland", None),
        ("acme*", SearchScope::All, "Acmeland", Some(1)),
        ("acm", SearchScope::Sidebar, "Acme", Some(1)),
        ("\"acme ltd\"", SearchScope::Name, "Acme, Ltd.", Some(0)),
        ("acme lt*", SearchScope::Name, "Acme, Ltd.", Some(1)),
        ("東京", SearchScope::All, "東京都", Some(1)),
        ("acme OR x", SearchScope::All, "Acme", Some(0)),
        ("x OR \"new acme\"", SearchScope::All, "New Acme", Some(0)),
        ("new OR acme", SearchScope::All, "New Acme", Some(1)),
        ("x OR acme", SearchScope::All, "New Acme", Some(2)),
        ("acme NOT ltd", SearchScope::All, "Acme", Some(0)),
        ("acme NOT ltd", SearchScope::All, "Acme Ltd", None),
        ("a b c d e f g h", SearchScope::All, "A B C D E F G H", Some(0)),
        ("a b c d e f g x", SearchScope::All, "A B C D E F G H", None),
        ("\"a b c d e f\"", SearchScope::All, "A B C D E F G H", Some(0)),
    ] {
        let plan = plan(search, scope);
        let first = plan.tiers.iter().position(|it| it.matches(&name(text)));
        assert_eq!(first, tier, "{search} {scope:?} {text}");
    }
}

/// A name is known by its first 64 characters, a search for more of them asks for all.
#[test]
fn long_names_are_not_found_by_their_beginnings() {
    let finds = |search: &str, name: &str| {
        let field = field(Group::Name, FieldKind::Text, name);
        finds(search, SearchScope::All, &[FieldText { name: true, ..field }])
    };
    let long = "東京".repeat(35);
    assert!(finds(&long, &long));
    assert!(!finds(&format!("{long}都"), &long));
    // So many places of one token are not kept.
    assert!(!finds(&"東".repeat(300), &"東".repeat(300)));
}

#[test]
fn globs_ask_for_their_beginning() {
    let asked = plan("\"x\" jo?n*n a*.b", SearchScope::Name).all.indexable(Negations::Asked);
    let name = Groups::of(&[Group::Name]);
    let one = |piece| Expr::Phrase { groups: name, pieces: vec![piece] };
    let text = |it: &str| it.to_owned();
    let expected = Expr::And(vec![
        one(Piece::Token(text("x"))),
        one(Piece::Prefix(text("jo"))),
        Expr::And(vec![one(Piece::Prefix(text("a"))), one(Piece::Token(text("b")))]),
    ]);
    assert_eq!((asked.expr, asked.exact), (expected, false));
}

#[test]
fn long_searches_stay_small() {
    let words: String = (0..1_500).map(|it| format!("w{it} ")).collect();
    let plan = plan(&words, SearchScope::Sidebar);
    let Expr::Or(terms) = plan.all else { panic!("not any of them") };
    assert_eq!(terms.len(), 2 * 1_500);
}
