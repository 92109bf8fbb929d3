//! The same search done twice: over tokens, and by reading the texts with a plain definition of
//! what a word, a phrase and a wildcard find.

use proptest::prelude::*;
use soql::sosl::{SearchScope, Term, term};
use soql::{Pattern, PatternPart};

use crate::normalize::normalize;
use crate::{Document, FieldKind, FieldText, Group, Plan};

/// Whether one of `texts` has what `term` says; `all` of a conjunction may stand anywhere.
fn finds(term: &Term, texts: &[String]) -> Option<bool> {
    let any = |terms: &[Term]| terms.iter().filter_map(|it| finds(it, texts)).collect::<Vec<_>>();
    match term {
        Term::Word(pattern) => {
            let wanted = pattern_of(pattern)?;
            Some(texts.iter().any(|it| words(it).iter().any(|it| like(&wanted, it))))
        }
        Term::Phrase(text) => {
            let wanted = words(text);
            if wanted.is_empty() {
                return None;
            }
            let has = |it: &String| words(it).windows(wanted.len()).any(|it| *it == wanted);
            Some(texts.iter().any(has))
        }
        Term::And(terms) => {
            let found = any(terms);
            (!found.is_empty()).then(|| found.iter().all(|it| *it))
        }
        Term::Or(terms) => {
            let found = any(terms);
            (!found.is_empty()).then(|| found.iter().any(|it| *it))
        }
        Term::Without(first, others) => {
            Some(finds(first, texts)? && !any(others).iter().any(|it| *it))
        }
        Term::Nothing => Some(false),
    }
}

fn words(text: &str) -> Vec<String> {
    let text = normalize(text);
    let words = text.split(|it: char| !it.is_alphanumeric());
    words.filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The characters of a word, wildcards as they are written; none where it says nothing.
fn pattern_of(pattern: &Pattern) -> Option<Vec<char>> {
    let mut all = Vec::new();
    for part in &pattern.parts {
        match part {
            PatternPart::Text(text) => all.extend(normalize(text).chars()),
            PatternPart::AnyRun if !all.is_empty() => all.push('*'),
            PatternPart::AnyOne if !all.is_empty() => all.push('?'),
            PatternPart::AnyRun | PatternPart::AnyOne => {}
        }
    }
    (!all.is_empty()).then_some(all)
}

fn like(pattern: &[char], word: &str) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return word.is_empty() };
    let mut chars = word.chars();
    match first {
        '*' => (0..=word.chars().count())
            .any(|n| like(rest, &word.chars().skip(n).collect::<String>())),
        '?' => chars.next().is_some() && like(rest, chars.as_str()),
        it => chars.next() == Some(*it) && like(rest, chars.as_str()),
    }
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec("[aA]|b|é|c", 1..4)
        .prop_flat_map(|letters| proptest::collection::vec(Just(letters.concat()), 1..2))
        .prop_map(|words| words.join(" "))
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(
        proptest::collection::vec(text(), 0..4).prop_map(|it| it.join(" ")),
        1..4,
    )
}

fn word() -> impl Strategy<Value = String> {
    "[abce*?]{1,4}".prop_filter("an operator needs no escape", |it| !it.is_empty())
}

fn search() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        word(),
        (word(), word()).prop_map(|(a, b)| {
            format!("\"{} {}\"", a.replace(['*', '?'], ""), b.replace(['*', '?'], ""))
        })
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} AND NOT {b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn tokens_find_what_reading_finds(search in search(), texts in texts()) {
        let Ok(term) = term::parse(&search) else { return Ok(()) };
        let fields: Vec<FieldText<'_>> = texts.iter().map(|it| {
            super::field(Group::Rest, FieldKind::Text, it)
        }).collect();
        let plan = Plan::of(&term, SearchScope::All);
        let found = plan.all.matches(&Document::of(fields.iter().copied()));
        prop_assert_eq!(found, finds(&term, &texts).unwrap_or(false), "{:?}", plan.all);
        super::finds(&search, SearchScope::All, &fields);
    }

    #[test]
    fn nothing_panics(text in ".{0,60}", search in ".{2,40}") {
        if let Ok(term) = term::parse(&search) {
            for scope in SearchScope::ALL {
                let plan = Plan::of(&term, scope);
                let fields = [FieldKind::Text, FieldKind::Html, FieldKind::Phone].map(|kind| {
                    FieldText { group: Group::Name, kind, key: true, name: true, text: &text }
                });
                plan.all.matches(&Document::of(fields));
            }
        }
    }

    #[test]
    fn a_word_of_a_text_finds_it(text in "\\PC{1,30}") {
        let fields = [super::field(Group::Rest, FieldKind::Text, &text)];
        for word in text.split_whitespace() {
            let written: String = word.chars().flat_map(|it| ['\\', it]).collect();
            if let Ok(term) = term::parse(&format!("{written} {written}")) {
                let plan = Plan::of(&term, SearchScope::All);
                let says = plan.all != crate::Expr::Nothing;
                prop_assert!(!says || plan.all.matches(&Document::of(fields)), "{:?}", plan.all);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_rank_finds_more(words in proptest::collection::vec("[ab]", 1..9), last in "[ab]") {
        let name = words.join(" ");
        let name = FieldText { name: true, ..super::field(Group::Name, FieldKind::Text, &name) };
        for search in [words.join(" "), format!("{} {last}", words[..words.len() - 1].join(" "))] {
            for text in [search.clone(), format!("\"{search}\""), format!("++ OR (bb {search})")] {
                for scope in SearchScope::ALL {
                    if term::parse(&text).is_ok() {
                        super::finds(&text, scope, &[name]);
                    }
                }
            }
        }
    }
}
