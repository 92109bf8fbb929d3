//! The process may end at any step: what was acknowledged stays, the rest is gone whole.
//!
//! What a killed process leaves is its files, as they are at that moment. So each step of the
//! write path copies them, while it holds the writer's lock, and each copy is then opened as a
//! restarted program would. (A loss of power leaves at least what was synced, which is SQLite's
//! promise under `synchronous = FULL`.)

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::probe::{Point, Probe};
use super::{TestOrg, add, numbers, options, write};
use crate::{Durability, Error, Home, Options, Org};

/// The files of one moment.
struct Remains {
    home: PathBuf,
    point: Point,
    /// Numbers that had been acknowledged by then.
    acknowledged: Vec<i64>,
}

impl Remains {
    /// Opens them as a restarted program would.
    fn open(&self) -> Org {
        Home::directory(&self.home).open(super::ORG_ID, &options()).unwrap()
    }
}

/// Copies the org's files at each step, once `org` is known.
#[derive(Default)]
struct Witness {
    org: Mutex<Option<PathBuf>>,
    acknowledged: Mutex<Vec<i64>>,
    remains: Mutex<Vec<Remains>>,
    skip: AtomicI64,
}

impl Witness {
    fn look(&self, point: Point, every: i64) {
        let Some(org) = self.org.lock().unwrap().clone() else { return };
        if self.skip.fetch_add(1, Ordering::SeqCst) % every != 0 {
            return;
        }
        // Taken before the copy: what is acknowledged now must be in it.
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let mut remains = self.remains.lock().unwrap();
        let home = org.with_file_name(format!("remains-{}", remains.len()));
        let dir = home.join("orgs").join(org.file_name().unwrap());
        copy(&org, &dir);
        remains.push(Remains { home, point, acknowledged });
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["org.db", "org.db-wal"] {
        match fs::copy(from.join(name), to.join(name)) {
            Err(error) if name.ends_with("-wal") => {
                assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
            }
            copied => assert!(copied.unwrap() > 0 || name.ends_with("-wal")),
        }
    }
}

/// An org whose every `every`th step leaves remains.
fn witnessed(every: i64) -> (TestOrg, Arc<Witness>) {
    let witness = Arc::new(Witness::default());
    let looks = Arc::clone(&witness);
    let probe = Probe::new(move |point| {
        looks.look(point, every);
        Ok(())
    });
    let test = TestOrg::on_disk(&Options { probe, durability: Durability::Full, ..options() });
    *witness.org.lock().unwrap() = Some(test.path());
    (test, witness)
}

#[test]
fn a_unit_is_there_after_a_crash_or_not_at_all() {
    let (test, witness) = witnessed(1);
    for unit in 0..4_i64 {
        let numbers: Vec<i64> = (unit * 10..unit * 10 + 3).collect();
        let done = test.org.write(|tx| {
            let mut last = None;
            for n in &numbers {
                last = Some(tx.savepoint(|tx| add(tx, *n))?);
            }
            Ok::<_, Error>(tx.commit(last.unwrap(), ()))
        });
        done.unwrap();
        witness.acknowledged.lock().unwrap().extend(numbers);
    }
    drop(test.org);
    let remains = std::mem::take(&mut *witness.remains.lock().unwrap());
    // Four units: begun, six statements, before and after the commit.
    assert_eq!(remains.len(), 4 * 9);
    for it in remains {
        let org = it.open();
        let Remains { point, acknowledged, .. } = it;
        let mut expected = acknowledged.clone();
        if point == Point::Committed {
            // Durable, and nobody was told: it may be there, and is.
            let next = acknowledged.len() as i64 / 3 * 10;
            expected.extend(next..next + 3);
        }
        assert_eq!(numbers(&org.read().unwrap()), expected, "{point:?}");
        assert_eq!(org.verify_ledger().unwrap().size, expected.len() as u64, "{point:?}");
        write(&org, 999).unwrap();
        assert_eq!(org.verify_ledger().unwrap().size, expected.len() as u64 + 1, "{point:?}");
    }
}

#[test]
fn a_crash_under_load_keeps_what_was_acknowledged() {
    let (test, witness) = witnessed(23);
    thread::scope(|scope| {
        for thread in 0..8_i64 {
            let (org, witness) = (&test.org, &witness);
            scope.spawn(move || {
                for n in 0..20 {
                    let n = thread * 100 + n;
                    write(org, n).unwrap();
                    witness.acknowledged.lock().unwrap().push(n);
                }
            });
        }
    });
    drop(test.org);
    let remains = std::mem::take(&mut *witness.remains.lock().unwrap());
    assert!(10 < remains.len());
    for it in remains {
        let org = it.open();
        let Remains { point, acknowledged, .. } = it;
        let found = numbers(&org.read().unwrap());
        for n in acknowledged {
            assert!(found.contains(&n), "{n} was acknowledged before {point:?}");
        }
        assert_eq!(org.verify_ledger().unwrap().size, found.len() as u64);
    }
}
