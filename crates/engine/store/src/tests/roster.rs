//! What a home remembers of its orgs.

use std::collections::BTreeSet;

use base::DateTime;

use super::TestHome;
use crate::{Error, Key, Note, Roster};

const ORG: &str = "00D000000000001AAA";
const OTHER: &str = "00D000000000002AAA";

fn keys(range: std::ops::Range<u16>) -> BTreeSet<Key> {
    let key = |n: u16| {
        let mut key = Key::default();
        key[..2].copy_from_slice(&n.to_be_bytes());
        key
    };
    range.map(key).collect()
}

fn note(meta: i64) -> Note {
    Note { meta, name: format!("Acme {meta}"), is_open: false }
}

#[test]
fn keys_lead_to_orgs_until_they_are_told_anew() {
    let home = TestHome::new();
    let roster = Roster::open(&home.home).unwrap();
    let found = |n: u16| roster.find(keys(n..n + 1).first().unwrap()).unwrap();
    // Nothing is there, not even tables.
    assert!(found(0).is_empty() && roster.notes().unwrap().is_empty());
    roster.forget(ORG).unwrap();
    roster.note(ORG, &note(5), &keys(0..600)).unwrap();
    roster.note(OTHER, &note(1), &keys(590..700)).unwrap();
    assert_eq!((found(0), found(595)), (vec![ORG.to_owned()], vec![ORG.into(), OTHER.into()]));
    roster.note(ORG, &note(6), &keys(500..650)).unwrap();
    assert_eq!((found(0), found(620)), (vec![], vec![ORG.to_owned(), OTHER.to_owned()]));
    // Who was slow does not undo it.
    roster.note(ORG, &note(5), &keys(0..1)).unwrap();
    assert!(found(0).is_empty());
    assert_eq!(roster.noted(ORG).unwrap(), Some(note(6)));
    roster.mark(ORG, true).unwrap();
    assert!(roster.noted(ORG).unwrap().unwrap().is_open);
    roster.forget(ORG).unwrap();
    assert_eq!(found(620), [OTHER]);
    assert_eq!(roster.notes().unwrap().into_keys().collect::<Vec<_>>(), [OTHER]);
}

#[test]
fn many_tell_at_once() {
    let home = TestHome::new();
    let roster = Roster::open(&home.home).unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let roster = &roster;
            scope.spawn(move || roster.note(ORG, &note(n), &keys(0..10 + n as u16)).unwrap());
        }
    });
    assert_eq!(roster.noted(ORG).unwrap(), Some(note(3)));
    let last = keys(12..13);
    assert_eq!(roster.find(last.first().unwrap()).unwrap(), [ORG]);
}

#[test]
fn a_lease_is_one_holders_until_it_ends() {
    let home = TestHome::new();
    let roster = Roster::open(&home.home).unwrap();
    let lease =
        |holder, now, until| roster.lease(ORG, holder, DateTime(now), DateTime(until)).unwrap();
    assert_eq!(lease("a", 0, 100), None);
    assert_eq!(lease("b", 50, 150), Some(DateTime(100)));
    assert_eq!(lease("a", 60, 200), None);
    assert_eq!(lease("b", 150, 250), Some(DateTime(200)));
    assert_eq!(lease("b", 201, 300), None);
    assert_eq!(lease("a", 210, 310), Some(DateTime(300)));
    roster.release(ORG, "a").unwrap();
    assert_eq!(lease("a", 210, 310), Some(DateTime(300)));
    roster.release(ORG, "b").unwrap();
    assert_eq!(lease("a", 210, 310), None);
}

#[test]
fn a_directory_is_one_process_s() {
    let home = TestHome::directory();
    let roster = Roster::open(&home.home).unwrap();
    roster.note(ORG, &note(5), &keys(0..1)).unwrap();
    let second = Roster::open(&home.home);
    assert!(matches!(second, Err(Error::Locked { .. })), "{second:?}");
    drop(roster);
    let again = Roster::open(&home.home).unwrap();
    assert_eq!(again.noted(ORG).unwrap(), Some(note(5)));
}

#[test]
fn a_database_has_one_id() {
    let home = TestHome::new();
    let id = |new: &str| Roster::open(&home.home).unwrap().home_id(new).unwrap();
    let is_shared = home.home.is_shared();
    let expected = is_shared.then(|| "first".to_owned());
    assert_eq!((id("first"), id("second")), (expected.clone(), expected));
}
