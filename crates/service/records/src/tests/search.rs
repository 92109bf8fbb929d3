//! Searches against reading everything, and what becomes of the index.

use base::RecordId;
use proptest::prelude::*;
use soql::sosl::{SearchScope, Term, term};
use soql::{Pattern, PatternPart};
use sql::{Delete, Expr, Statement, Update};
use store::StateTx;

use super::{ALL, EACH, Fixture, one, row};
use crate::search::build::VERSION;
use crate::search::{self, Progress, keep};
use crate::{Ctx, Input, create, delete, undelete, update};

fn find(ctx: &Ctx, text: &str) -> Vec<RecordId> {
    let object = ctx.schema.object("Project__c").unwrap();
    let term = term::parse(text).unwrap();
    search::find(ctx, &term, SearchScope::All, &[object], 100).unwrap().remove(0)
}

fn make(ctx: &Ctx, texts: &[(&str, Input)]) -> RecordId {
    one(create(ctx, vec![row(ctx, "Project__c", None, texts)], &ALL).unwrap())
}

fn project(ctx: &Ctx, name: &str) -> RecordId {
    make(ctx, &[("Name", Input::from(name))])
}

#[test]
fn a_lost_index_is_made_again() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let one = project(&ctx, "Bridge");
    assert_eq!(find(&ctx, "bridge"), [one]);
    let lose = |table: &str| {
        let delete = Delete { table: table.to_owned(), where_: Expr::True };
        let lost = fixture.org.store.state().write(|tx| tx.execute(Statement::Delete(&delete)));
        let _: usize = lost.map_err(|it: store::Error| it).unwrap();
    };
    lose("candor_search_state");
    assert_eq!(find(&ctx, "bridge"), [one]);
    lose("candor_search_object");
    // Who knows the schema already does not look at the list again; a process that starts does.
    let Fixture { org, clock, admin, home, .. } = fixture;
    drop((ctx, org));
    let store = home.open(super::ORG_ID, &super::options(&clock)).unwrap();
    let org = crate::Org::open(store, super::SOURCE, clock).unwrap();
    assert_eq!(find(&org.context(admin).unwrap(), "bridge"), [one]);
}

#[test]
fn an_index_of_another_version_is_made_again() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let one = project(&ctx, "Bridge");
    assert_eq!(find(&ctx, "bridge"), [one]);
    let set_version = |version: i64| {
        let set = vec![("version".to_owned(), Expr::int(version))];
        let update = Update { table: "candor_search_state".to_owned(), set, where_: Expr::True };
        let state = fixture.org.store.state();
        let empty = |tx: &mut StateTx<'_>| {
            tx.make_index()?;
            tx.execute(Statement::Update(&update)).map(drop)
        };
        state.write::<_, store::Error>(empty).unwrap();
    };
    set_version(VERSION);
    assert_eq!(find(&ctx, "bridge"), [], "what is of this version is not looked at again");
    // Of releases before formats had numbers, and of one to come.
    for other in [1, VERSION + 1] {
        set_version(other);
        assert_eq!(find(&ctx, "bridge"), [one], "{other}");
    }
}

#[test]
fn the_work_can_be_done_in_parts() {
    let fixture = Fixture::new();
    let admin = fixture.admin();
    let ids: Vec<RecordId> = (0..40).map(|it| project(&admin, &format!("Part {it}"))).collect();
    let mut n = 0;
    while keep(&fixture.org, 10).unwrap() == Progress::Behind {
        n += 1;
    }
    assert!(1 < n, "it was done at once");
    assert_eq!(keep(&fixture.org, 10).unwrap(), Progress::Current);
    assert_eq!(find(&admin, "part"), ids);
}

#[test]
fn what_is_deleted_leaves_and_what_is_restored_returns() {
    let fixture = Fixture::new();
    let admin = fixture.admin();
    let (one, two) = (project(&admin, "Tower one"), project(&admin, "Tower two"));
    assert_eq!(find(&admin, "tower"), [one, two]);
    delete(&admin, &[one], &EACH).unwrap();
    assert_eq!(find(&admin, "tower"), [two]);
    undelete(&admin, &[one], &EACH).unwrap();
    assert_eq!(find(&admin, "tower"), [one, two]);
    let name = [("Name", Input::from("Hut"))];
    update(&admin, vec![row(&admin, "Project__c", Some(two), &name)], &ALL).unwrap();
    assert_eq!(find(&admin, "tower"), [one]);
    assert_eq!(find(&admin, "hut"), [two]);
}

/// Whether a text field of `texts` has what `term` says, by reading them.
fn has(term: &Term, texts: &[String]) -> Option<bool> {
    let each = |terms: &[Term]| terms.iter().filter_map(|it| has(it, texts)).collect::<Vec<_>>();
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase().replace('é', "e").split_whitespace().map(str::to_owned).collect()
    };
    match term {
        Term::Word(Pattern { parts }) => {
            let mut pattern: Vec<char> = Vec::new();
            for part in parts {
                match part {
                    PatternPart::Text(text) => pattern.extend(text.chars()),
                    _ if pattern.is_empty() => {}
                    PatternPart::AnyRun => pattern.push('*'),
                    PatternPart::AnyOne => pattern.push('?'),
                }
            }
            let fits = |it: &String| like(&pattern, &it.chars().collect::<Vec<_>>());
            let found = texts.iter().any(|it| words(it).iter().any(fits));
            (!pattern.is_empty()).then_some(found)
        }
        Term::Phrase(text) => {
            let wanted = words(text);
            let found = texts
                .iter()
                .any(|it| words(it).windows(wanted.len().max(1)).any(|it| it == wanted));
            (!wanted.is_empty()).then_some(found)
        }
        Term::And(terms) => {
            let found = each(terms);
            (!found.is_empty()).then(|| found.iter().all(|it| *it))
        }
        Term::Or(terms) => {
            let found = each(terms);
            (!found.is_empty()).then(|| found.iter().any(|it| *it))
        }
        Term::Without(first, others) => Some(has(first, texts)? && !each(others).contains(&true)),
        Term::Nothing => Some(false),
    }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|n| like(rest, &text[n..])),
        Some(('?', rest)) => !text.is_empty() && like(rest, &text[1..]),
        Some((it, rest)) => text.first() == Some(it) && like(rest, &text[1..]),
    }
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[ab]{1,3}", "[AB]b", "É|é|ae"];
    proptest::collection::vec(word, 1..4).prop_map(|it| it.join(" "))
}

/// A name, which all may read, and two texts that only the administrator may.
fn records() -> impl Strategy<Value = Vec<[String; 3]>> {
    proptest::collection::vec([text(), text(), text()], 4..16)
}

fn wanted() -> impl Strategy<Value = String> {
    let word = "[abe][abe*?]{1,2}";
    let phrase = (text(), text()).prop_map(|(a, b)| format!("\"{a} {b}\"").to_lowercase());
    let leaf = prop_oneof![3 => word, 1 => phrase];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} AND NOT {b})")),
        ]
    })
}

#[test]
fn searches_find_what_reading_finds() {
    let fixture = Fixture::new();
    let (admin, clerk) = (fixture.admin(), fixture.clerk());
    let cases = ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() };
    let searches = proptest::collection::vec(wanted(), 20);
    proptest!(cases, |(records in records(), changed in records(), searches in searches)| {
        let fields = |texts: &[String; 3]| {
            let names = ["Name", "Street__c", "Notes__c"];
            let fields = names.iter().zip(texts).map(|(name, it)| (*name, Input::from(it.clone())));
            fields.collect::<Vec<_>>()
        };
        let mut all: Vec<(RecordId, [String; 3])> =
            records.iter().map(|it| (make(&admin, &fields(it)), it.clone())).collect();
        // What was indexed once and is not any more must not be found.
        find(&admin, "aa");
        for ((id, texts), new) in all.iter_mut().zip(&changed).step_by(2) {
            texts.clone_from(new);
            let row = row(&admin, "Project__c", Some(*id), &fields(texts));
            update(&admin, vec![row], &ALL).unwrap();
        }
        let (gone, _) = all.remove(0);
        delete(&admin, &[gone], &EACH).unwrap();
        for text in &searches {
            let Ok(term) = term::parse(text) else { continue };
            for (ctx, n_read) in [(&admin, 3), (&clerk, 1)] {
                let mut found = find(ctx, text);
                found.sort_unstable();
                let matching = all.iter().filter(|(_, it)| has(&term, &it[..n_read]) == Some(true));
                let matching: Vec<RecordId> = matching.map(|(id, _)| *id).collect();
                prop_assert_eq!(found, matching, "{} reading {}", text, n_read);
            }
        }
        let ids: Vec<RecordId> = all.iter().map(|(id, _)| *id).collect();
        delete(&admin, &ids, &EACH).unwrap();
    });
}
