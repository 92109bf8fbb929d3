//! Whole logs: an honest one passes, and every damage is found and named.

use base::DateTime;
use proptest::prelude::*;

use super::{account, bare};
use crate::tree::{Hash, Head, leaf_hash};
use crate::{Entry, Error, Fault, Kind, Verifier};

/// Changes to records, in order: which record, and how many milliseconds later.
fn log_of(changes: &[(i64, i64)]) -> Vec<Entry> {
    let mut log: Vec<Entry> = Vec::new();
    for (record, ms) in changes {
        let id = account(*record);
        let same = |it: &Entry| it.object.as_ref().is_some_and(|(_, it)| *it == id);
        let previous = log.iter().rposition(same).map(|it| it as u64);
        let kind = if previous.is_some() { Kind::RecordUpdate } else { Kind::RecordCreate };
        let mut entry = bare(kind, log.len() as u64);
        entry.time.0 = log.last().map_or(entry.time.0, |it| it.time.0) + ms;
        entry.object = Some(("Account".to_owned(), id));
        entry.previous = previous;
        log.push(entry);
    }
    log
}

fn bytes_of(log: &[Entry]) -> Vec<Vec<u8>> {
    log.iter().map(|it| it.canonical().unwrap()).collect()
}

fn leaves_of(log: &[Vec<u8>]) -> Vec<Hash> {
    log.iter().map(|it| leaf_hash(it)).collect()
}

fn head_of(log: &[Vec<u8>]) -> Head {
    let leaves = leaves_of(log);
    Head { size: leaves.len() as u64, root: super::naive_root(&leaves) }
}

fn run(log: &[Vec<u8>], stored: Option<&[Hash]>, head: &Head) -> Result<(), Fault> {
    let mut verifier = Verifier::default();
    for (index, bytes) in log.iter().enumerate() {
        verifier.push(index as u64, bytes, stored.and_then(|it| it.get(index)))?;
    }
    verifier.finish(head)
}

/// The first fault of a log that is otherwise as its head says.
fn fault(log: &[Entry]) -> Fault {
    let bytes = bytes_of(log);
    run(&bytes, Some(&leaves_of(&bytes)), &head_of(&bytes)).unwrap_err()
}

fn small_log() -> Vec<Entry> {
    log_of(&[(1, 0), (2, 5), (1, 0), (17, 1), (1, 9)])
}

#[test]
fn an_honest_log_passes_and_returns_its_entries() {
    let log = small_log();
    let bytes = bytes_of(&log);
    let mut verifier = Verifier::default();
    for (index, entry) in log.iter().enumerate() {
        assert_eq!(verifier.push(index as u64, &bytes[index], None).as_ref(), Ok(entry));
        assert_eq!(verifier.head(), head_of(&bytes[..=index]));
    }
    assert_eq!(verifier.finish(&head_of(&bytes)), Ok(()));
    assert_eq!(run(&[], None, &head_of(&[])), Ok(()));
}

#[test]
fn a_dishonest_writer_is_named_even_with_matching_hashes() {
    let mut log = small_log();
    log[2].counter = 7;
    assert_eq!(fault(&log), Fault::Counter { index: 2, counter: 7 });

    let mut log = small_log();
    log[3].time = DateTime(log[2].time.0 - 1);
    assert_eq!(fault(&log), Fault::Time { index: 3 });

    let mut log = small_log();
    log[4].previous = Some(0);
    assert_eq!(fault(&log), Fault::Chain { index: 4, expected: Some(2), found: Some(0) });

    let mut log = small_log();
    log[4].previous = None;
    assert_eq!(fault(&log), Fault::Chain { index: 4, expected: Some(2), found: None });

    let mut log = small_log();
    log[3].previous = Some(1);
    let found = fault(&log);
    assert_eq!(found, Fault::Chain { index: 3, expected: None, found: Some(1) });
    assert_eq!(found.to_string(), "entry 3 continues entry 1, but the record's last is no entry");
}

#[test]
fn a_swapped_leaf_table_is_found() {
    let bytes = bytes_of(&small_log());
    let mut stored = leaves_of(&bytes);
    stored.swap(1, 3);
    let found = run(&bytes, Some(&stored), &head_of(&bytes));
    assert_eq!(found, Err(Fault::Changed { index: 1 }));
}

#[test]
fn a_cut_log_is_found() {
    let bytes = bytes_of(&small_log());
    let found = run(&bytes[..4], None, &head_of(&bytes));
    assert_eq!(found, Err(Fault::Size { expected: 5, found: 4 }));
    let head = head_of(&bytes);
    let found = run(&bytes[1..], None, &Head { size: 4, ..head });
    assert_eq!(found, Err(Fault::Counter { index: 0, counter: 1 }));
}

#[test]
fn a_gap_in_the_indexes_is_found() {
    let bytes = bytes_of(&small_log());
    let mut verifier = Verifier::default();
    verifier.push(0, &bytes[0], None).unwrap();
    let gap = verifier.push(2, &bytes[2], None);
    assert_eq!(gap, Err(Fault::Order { expected: 1, found: 2 }));
    let again = verifier.push(0, &bytes[0], None);
    assert_eq!(again, Err(Fault::Order { expected: 1, found: 0 }));
}

#[test]
fn a_rewritten_log_with_all_its_hashes_is_found_by_the_root() {
    let log = small_log();
    let head = head_of(&bytes_of(&log));
    let mut rewritten = log;
    rewritten[1].actor.pseudonym = [0xcd; 32];
    let bytes = bytes_of(&rewritten);
    let found = head_of(&bytes).root;
    let verified = run(&bytes, Some(&leaves_of(&bytes)), &head);
    assert_eq!(verified, Err(Fault::Root { expected: head.root, found }));
}

#[test]
fn bytes_that_are_no_entry_are_found() {
    let found = run(&[b"{}".to_vec()], None, &head_of(&[]));
    assert_eq!(found, Err(Fault::Malformed { index: 0, source: Error::Syntax { at: 0 } }));
}

#[test]
fn every_flipped_bit_of_a_log_is_found() {
    let bytes = bytes_of(&small_log());
    let (head, stored) = (head_of(&bytes), leaves_of(&bytes));
    for index in 0..bytes.len() {
        for bit in 0..8 * bytes[index].len() {
            let mut damaged = bytes.clone();
            damaged[index][bit / 8] ^= 1 << (bit % 8);
            let changed = Fault::Changed { index: index as u64 };
            assert_eq!(run(&damaged, Some(&stored), &head), Err(changed));
            assert_ne!(run(&damaged, None, &head), Ok(()), "entry {index}, bit {bit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_damage_is_found(
        changes in prop::collection::vec((0_i64..40, 0_i64..3), 2..40),
        (a, b) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        place in any::<prop::sample::Index>(),
        bits in 1_u8..,
    ) {
        let bytes = bytes_of(&log_of(&changes));
        let (head, stored) = (head_of(&bytes), leaves_of(&bytes));
        prop_assert_eq!(run(&bytes, Some(&stored), &head), Ok(()));
        let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));

        let mut flipped = bytes.clone();
        let at = place.index(flipped[a].len());
        flipped[a][at] ^= bits;
        let changed = Fault::Changed { index: a as u64 };
        prop_assert_eq!(run(&flipped, Some(&stored), &head), Err(changed));
        prop_assert_ne!(run(&flipped, None, &head), Ok(()));

        let mut dropped = bytes.clone();
        dropped.remove(a);
        prop_assert_ne!(run(&dropped, None, &head), Ok(()));

        let mut doubled = bytes.clone();
        doubled.insert(b, bytes[a].clone());
        prop_assert_ne!(run(&doubled, None, &head), Ok(()));

        if a != b {
            let mut swapped = bytes.clone();
            swapped.swap(a, b);
            prop_assert_ne!(run(&swapped, None, &head), Ok(()));
        }
    }
}
