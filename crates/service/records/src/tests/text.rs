//! Text compares by its fold, whatever the engine: its answers are held against comparisons in
//! memory, for a field that is looked up by value and for one that is not.

use base::{RecordId, fold};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{EACH, Fixture, row};
use crate::{Ctx, Input, QueryOptions, create, query_records, update};

/// Letters whose cases are far apart in Unicode or in number of bytes, letters of two code points,
/// what folds into ASCII, and what patterns and literals give a meaning to.
const LETTERS: [&str; 26] = [
    "a", "b", "A", "Z", "é", "É", "e\u{301}", "ß", "ẞ", "ſ", "\u{212a}", "İ", "ı", "Σ", "ς", "日",
    "😀", "\u{ffee}", "\u{d7ff}", "%", "_", "\\", "'", " ", "0", "~",
];

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&LETTERS[..]), 0..4)
        .prop_map(|it| it.concat())
}

fn runner() -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config::default(), rng)
}

fn sample(runner: &mut TestRunner) -> String {
    text().new_tree(runner).unwrap().current()
}

/// A literal; in a pattern, `%` and `_` stand for themselves too.
fn quoted(text: &str, pattern: bool) -> String {
    let mut out = String::new();
    for it in text.chars() {
        if matches!(it, '\\' | '\'') || pattern && matches!(it, '%' | '_') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

/// What is stored, with the ids in ascending order.
type Stored = Vec<(RecordId, Option<String>)>;

fn answer(ctx: &Ctx, rest: &str) -> Vec<RecordId> {
    let soql = format!("SELECT Id FROM Account {rest}");
    let options = QueryOptions { batch_size: 2000, deleted: false, base: "" };
    let page =
        query_records(ctx, &soql, &options).unwrap_or_else(|error| panic!("{soql}: {error:?}"));
    page.records.into_iter().map(|it| it.id).collect()
}

fn matching(stored: &Stored, holds: impl Fn(&str) -> bool) -> Vec<RecordId> {
    let holds = |text: &Option<String>| text.as_deref().is_some_and(|it| holds(&fold(it)));
    stored.iter().filter(|(_, it)| holds(it)).map(|(id, _)| *id).collect()
}

fn compare(ctx: &Ctx, stored: &Stored, field: &str, probe: &str) {
    let check = |condition: String, holds: &dyn Fn(&str) -> bool| {
        let found = answer(ctx, &format!("WHERE {field} {condition}"));
        assert_eq!(found, matching(stored, holds), "{field} {condition}");
    };
    let literal = probe.trim_end();
    let value = fold(literal).into_owned();
    if !literal.is_empty() {
        let quoted = quoted(probe, false);
        check(format!("= '{quoted}'"), &|it| it == value);
        check(format!("< '{quoted}'"), &|it| it < value.as_str());
        check(format!(">= '{quoted}'"), &|it| value.as_str() <= it);
        check(format!("IN ('{quoted}', 'a')"), &|it| it == value || it == "a");
    }
    let start = fold(probe).into_owned();
    if !start.is_empty() {
        let quoted = quoted(probe, true);
        check(format!("LIKE '{quoted}%'"), &|it| it.starts_with(&start));
        check(format!("LIKE '%{quoted}%'"), &|it| it.contains(&start));
        check(format!("LIKE '_{quoted}%'"), &|it| {
            let mut chars = it.chars();
            chars.next().is_some() && chars.as_str().starts_with(&start)
        });
    }
}

fn sorted(stored: &Stored, descending: bool) -> Vec<RecordId> {
    let mut rows: Vec<_> =
        stored.iter().map(|(id, it)| (it.as_ref().map(|it| fold(it).into_owned()), *id)).collect();
    rows.sort_by(|(a, x), (b, y)| {
        let by_text = match (a, b) {
            // Without a text comes first in both directions.
            (Some(a), Some(b)) if descending => b.cmp(a),
            _ => a.cmp(b),
        };
        by_text.then(x.cmp(y))
    });
    rows.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn every_engine_compares_text_alike() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let mut runner = runner();
    let mut texts: Vec<String> = (0..150).map(|_| sample(&mut runner)).collect();
    let account = |name: &str, site: &str| {
        row(&ctx, "Account", None, &[("Name", Input::from(name)), ("Site", Input::from(site))])
    };
    let rows = texts.iter().map(|it| account(&format!("x{it}"), it)).collect();
    let made = create(&ctx, rows, &EACH).unwrap();
    let ids: Vec<RecordId> = made.into_iter().map(|it| it.unwrap().id).collect();
    // Shadows come, change and go with the text.
    let changed: Vec<_> = (0..ids.len()).step_by(2).map(|at| (at, sample(&mut runner))).collect();
    let rows = changed.iter().map(|(at, text)| {
        let name = format!("x{text}");
        row(
            &ctx,
            "Account",
            Some(ids[*at]),
            &[("Name", name.into()), ("Site", text.clone().into())],
        )
    });
    update(&ctx, rows.collect(), &EACH).unwrap().into_iter().for_each(|it| {
        it.unwrap();
    });
    for (at, text) in changed {
        texts[at] = text;
    }
    let stored = |prefix: &str| -> Stored {
        let text = |it: &String| Some(format!("{prefix}{it}").trim().to_owned());
        ids.iter()
            .copied()
            .zip(texts.iter().map(|it| text(it).filter(|it| !it.is_empty())))
            .collect()
    };
    let (names, sites) = (stored("x"), stored(""));
    for _ in 0..100 {
        let probe = sample(&mut runner);
        compare(&ctx, &names, "Name", &format!("X{probe}"));
        compare(&ctx, &sites, "Site", &probe);
    }
    for (field, stored) in [("Name", &names), ("Site", &sites)] {
        assert_eq!(answer(&ctx, &format!("ORDER BY {field}")), sorted(stored, false), "{field}");
        assert_eq!(
            answer(&ctx, &format!("ORDER BY {field} DESC")),
            sorted(stored, true),
            "{field}"
        );
    }
}
