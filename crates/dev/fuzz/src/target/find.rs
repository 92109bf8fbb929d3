//! SOSL, and the text of a search alone: read, printed, read again, and planned over the index.

use search::expr::Negations;
use search::{Document, Expr, FieldKind, FieldText, Group, Plan};
use soql::sosl::{self, SearchScope, Term, term};

use super::query::{WORDS, compile};
use super::{COMPARED_BYTES, Seeds, Target, without_spans, words};
use crate::dice::hash;
use crate::probe::Probe;

pub(super) const SOSL: Target = Target {
    name: "sosl",
    run: run_sosl,
    words: sosl_words,
    seeds: &[
        Seeds::Cases("crates/language/soql/test_data"),
        Seeds::Texts(&[
            "FIND {Un*} IN ALL FIELDS RETURNING Account(Id, Name), Lead(Id, Name)",
            "FIND {\"joe smith\" AND NOT (bob OR al?n) ph\\}one} IN SIDEBAR FIELDS RETURNING \
             Contact (Name, toLabel(Status) s, FORMAT(Amount) WHERE Name LIKE 'a%' USING \
             ListView=Recent ORDER BY Name DESC LIMIT 5 OFFSET 2), Lead WITH SNIPPET \
             (target_length = 120) WITH NETWORK IN ('a', 'b') LIMIT 20 UPDATE TRACKING, VIEWSTAT",
            "FIND {a b} WITH DIVISION = 'Global' WITH DATA CATEGORY G__c AT (a__c, b__c) WITH \
             HIGHLIGHT WITH SPELL_CORRECTION = false WITH METADATA='LABELS' WITH PricebookId = \
             '01s' WITH USER_MODE",
        ]),
    ],
    n_in_tests: 2_000,
};

pub(super) const SEARCH: Target = Target {
    name: "search",
    run: run_search,
    words: search_words,
    seeds: &[Seeds::Texts(&[
        "joe smith",
        "\"joe smith\" AND NOT (bob OR al?n) ph\\*one",
        "ann.lee@acme.example wal-mart 555-0142 +49 (30) 123 45 67",
        "日本語 株式* \"東京 都\" الع* ﬁx Straße İstanbul e\u{301}",
        "<p>Some <b>rich</b> text &amp; more&nbsp;&#x41;</p>",
        "a* b?c* *d ??? 12*34",
        "O'Brien AND NOT NOT x OR (((y)))",
    ])],
    n_in_tests: 2_000,
};

fn sosl_words() -> Vec<String> {
    let mut all = words(WORDS);
    all.extend(words(include_str!("../../words/sosl.txt")));
    all.extend(search_words());
    all
}

fn search_words() -> Vec<String> {
    words(include_str!("../../words/search.txt"))
}

fn run_sosl(text: &str, probe: &mut Probe) {
    let search = match probe.measure("parse", || sosl::parse(text)) {
        Ok(search) => search,
        Err(error) => {
            probe.see(&error);
            let frame = probe.measure("frame", || error.frame(text));
            assert!(frame.ends_with(&error.to_string()), "the frame ends with the message");
            return;
        }
    };
    probe.see(&search);
    let printed = probe.measure("print", || sosl::print(&search));
    match probe.measure("parse what was printed", || sosl::parse(&printed)) {
        Ok(again) => {
            assert_eq!(sosl::print(&again), printed, "it prints as it was printed");
            if text.len() <= COMPARED_BYTES {
                assert_eq!(without_spans(&again), without_spans(&search), "the tree is the same");
            }
        }
        Err(sosl::Error::Statement(soql::Error::StatementTooLong)) => {}
        Err(error) => panic!("what was printed is no search: {error}"),
    }
    printed_term(&search.find.term, probe);
    let document = document(&search.find.text, probe);
    plan(&search.find.term, search.scope, &document, probe);
    for returning in search.returning.iter().take(20) {
        compile(&returning.query(), text, probe);
    }
}

fn run_search(text: &str, probe: &mut Probe) {
    let document = document(text, probe);
    assert!(document.n_bytes() <= 1 << 20, "documents are bounded");
    match probe.measure("parse", || term::parse(text)) {
        Ok(term) => {
            probe.see(&term);
            printed_term(&term, probe);
            let scope = SearchScope::ALL[hash(text) as usize % SearchScope::ALL.len()];
            plan(&term, scope, &document, probe);
        }
        Err(error) => probe.see(&error),
    }
}

fn printed_term(term: &Term, probe: &mut Probe) {
    let printed = probe.measure("print a term", || term.to_string());
    // What is short enough to have operators may be too long once they are written out.
    if printed.chars().count() <= term::PLAIN_CHARS && *term != Term::Nothing {
        assert_eq!(term::parse(&printed).as_ref(), Ok(term), "{printed}");
    }
}

/// A record that is called `text`, and holds it in fields of every kind.
fn document(text: &str, probe: &mut Probe) -> Document {
    use FieldKind::{Address, Html, Phone, Text};
    let field = |group, kind, key, name| FieldText { group, kind, key, name, text };
    let fields = [
        field(Group::Name, Text, false, true),
        field(Group::Email, Address, false, false),
        field(Group::Phone, Phone, false, false),
        field(Group::Rest, Html, false, false),
        field(Group::Rest, Text, true, false),
    ];
    let document = probe.measure("index", || Document::of(fields));
    probe.note("runs", document.runs().len().checked_ilog2().unwrap_or(0).into());
    document
}

fn plan(term: &Term, scope: SearchScope, document: &Document, probe: &mut Probe) {
    let plan = probe.measure("plan", || Plan::of(term, scope));
    probe.see(&plan);
    let all = probe.measure("match", || plan.all.matches(document));
    probe.note("matches", all.into());
    for tier in &plan.tiers {
        let found = probe.measure("match a tier", || tier.matches(document));
        assert!(all || !found, "a tier finds what the search does not");
    }
    for expr in plan.tiers.iter().chain([&plan.all]) {
        indexable(expr, document, probe);
    }
}

/// What an index is asked finds no less than the search, and as much where it says so.
fn indexable(expr: &Expr, document: &Document, probe: &mut Probe) {
    for negations in [Negations::Asked, Negations::LeftOut] {
        let asked = probe.measure("ask an index", || expr.indexable(negations));
        let (wanted, found) = (expr.matches(document), asked.expr.matches(document));
        assert!(!wanted || found, "the index does not find what the search does");
        assert!(!asked.exact || wanted == found, "the index finds more, and says that it does not");
    }
}
