//! Units that arrive together share a commit, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use super::probe::{Point, Probe};
use super::{TestOrg, add, numbers, options, write};
use crate::{Cause, Durability, Error, Options, Org};

/// Starts a unit that holds the writer until `n` others wait, and those others.
fn together<R: Send>(org: &Org, n: usize, other: impl Fn(&Org, i64) -> R + Sync) -> Vec<R> {
    let started = AtomicBool::new(false);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            org.write(|tx| {
                started.store(true, Ordering::SeqCst);
                while org.waiting() < n {
                    thread::yield_now();
                }
                let logged = add(tx, 1_000_000)?;
                Ok::<_, Error>(tx.commit(logged, ()))
            })
        });
        while !started.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        let other = &other;
        let others: Vec<_> = (0..n as i64).map(|n| scope.spawn(move || other(org, n))).collect();
        let _first = first.join().unwrap();
        others.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

#[test]
fn thirty_two_writers_share_commits() {
    const THREADS: i64 = 32;
    const EACH: i64 = 50;
    let test = TestOrg::with(&Options { durability: Durability::Full, ..options() });
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let org = &test.org;
            scope.spawn(move || {
                for n in 0..EACH {
                    write(org, thread * EACH + n).unwrap();
                }
            });
        }
    });
    let all: Vec<i64> = (0..THREADS * EACH).collect();
    assert_eq!(numbers(&test.org.read().unwrap()), all);
    assert_eq!(test.org.verify_ledger().unwrap().size, 1600);
    let commits = test.org.commits();
    assert!(commits < 800, "{commits} commits for 1600 units");
}

#[test]
fn a_batch_is_one_commit() {
    let test = TestOrg::new();
    let done = together(&test.org, 20, write);
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    // Old batches close after a while, so a slow machine may take a few.
    let commits = test.org.commits();
    assert!(commits < 15, "{commits} commits for 21 units");
    assert_eq!(test.org.verify_ledger().unwrap().size, 21);
}

#[test]
fn units_that_fail_or_panic_do_not_make_others_fail() {
    let test = TestOrg::new();
    let done = together(&test.org, 30, |org, n| {
        let unit = || {
            org.write(|tx| {
                let logged = add(tx, n)?;
                match n % 3 {
                    0 => Ok(tx.commit(logged, ())),
                    1 => Err(Error::Timeout),
                    _ => panic!("unit {n}"),
                }
            })
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(unit)).ok()
    });
    for (n, done) in done.iter().enumerate() {
        let as_asked = match n % 3 {
            0 => matches!(done, Some(Ok(()))),
            1 => matches!(done, Some(Err(Error::Timeout))),
            _ => done.is_none(),
        };
        assert!(as_asked, "unit {n}: {done:?}");
    }
    let mut kept: Vec<i64> = (0..30).filter(|n| n % 3 == 0).collect();
    kept.push(1_000_000);
    assert_eq!(numbers(&test.org.read().unwrap()), kept);
    assert_eq!(test.org.verify_ledger().unwrap().size, 11);
}

#[test]
fn a_commit_that_fails_is_everybodys_error_once() {
    let fail = Arc::new(AtomicBool::new(false));
    let fails = Arc::clone(&fail);
    let probe = Probe::new(move |point| {
        if point == Point::Committing && fails.swap(false, Ordering::SeqCst) {
            return Err(Error::Unavailable {
                place: "disk".to_owned(),
                source: Cause::new("gone"),
            });
        }
        Ok(())
    });
    let test = TestOrg::with(&Options { probe, ..options() });
    write(&test.org, 500).unwrap();
    fail.store(true, Ordering::SeqCst);
    let done = together(&test.org, 10, |org, n| write(org, n).map(|()| n));
    let kept: Vec<i64> = done.iter().filter_map(|it| it.as_ref().ok().copied()).collect();
    let lost = done.iter().filter(|it| matches!(it, Err(Error::Unavailable { .. }))).count();
    assert_eq!(kept.len() + lost, 10, "{done:?}");
    assert!(!fail.load(Ordering::SeqCst));
    write(&test.org, 501).unwrap();
    let found = numbers(&test.org.read().unwrap());
    assert!(kept.iter().all(|n| found.contains(n)), "{kept:?} are in {found:?}");
    assert!(found.contains(&500) && found.contains(&501));
    assert!(found.len() <= kept.len() + 3, "{found:?}");
    assert_eq!(test.org.verify_ledger().unwrap().size, found.len() as u64);
}

#[test]
fn a_panic_inside_the_writer_does_not_brick_the_org() {
    let panics = Arc::new(AtomicUsize::new(0));
    let armed = Arc::clone(&panics);
    let probe = Probe::new(move |point| {
        let due = point == Point::Committing
            && armed
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1))
                .is_ok();
        if due { panic!("in the commit") } else { Ok(()) }
    });
    let test = TestOrg::with(&Options { probe, ..options() });
    panics.store(1, Ordering::SeqCst);
    let done = thread::scope(|scope| {
        let one = scope.spawn(|| write(&test.org, 1));
        one.join()
    });
    assert!(done.is_err());
    let done = together(&test.org, 5, |org, n| write(org, n + 10));
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(numbers(&test.org.read().unwrap()), [10, 11, 12, 13, 14, 1_000_000]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 6);
}

#[test]
fn duty_is_never_lost_among_changing_neighbors() {
    const THREADS: u64 = 8;
    const EACH: u64 = 100;
    let test = TestOrg::new();
    let kept = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (org, kept) = (&test.org, &kept);
            scope.spawn(move || {
                for n in 0..EACH {
                    let id = (thread * EACH + n) as i64;
                    // A fixed sequence that looks like none: keep, fail, or change nothing.
                    let choice = id.wrapping_mul(2_654_435_761).rem_euclid(7);
                    let done = org.write(|tx| match choice {
                        0 => Err(Error::Timeout),
                        1 => tx.unchanged(()),
                        _ => {
                            let logged = add(tx, id)?;
                            kept.fetch_add(1, Ordering::SeqCst);
                            Ok(tx.commit(logged, ()))
                        }
                    });
                    assert_eq!(done.is_err(), choice == 0);
                }
            });
        }
    });
    let kept = kept.into_inner();
    assert_eq!(numbers(&test.org.read().unwrap()).len() as u64, kept);
    assert_eq!(test.org.verify_ledger().unwrap().size, kept);
}
