//! Creating, opening, upgrading, copying: an org is whole or absent, and has one owner.

use std::fs;
use std::path::Path;

use sql::{ColumnType, Ddl};

use super::{ORG_ID, TestOrg, numbers, options, tables, write};
use crate::migrate::{self, Step, snapshot_of};
use crate::{Error, Org};

#[test]
fn an_org_is_created_once() {
    let test = TestOrg::new();
    let again = Org::create(test.org.dir(), ORG_ID, &options(), &tables());
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    assert_eq!(test.org.id(), ORG_ID);
    let test = test.reopen(&options(), |_| {});
    assert_eq!(test.org.id(), ORG_ID);
}

#[test]
fn creation_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("org");
    let twice: Vec<Ddl> = tables().into_iter().chain(tables()).collect();
    let created = Org::create(&path, ORG_ID, &options(), &twice);
    assert!(matches!(created, Err(Error::Sql { .. })), "{created:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let created = Org::create(&path, "not a token", &options(), &tables());
    assert!(matches!(created, Err(Error::Entry(_))), "{created:?}");
    // What a crash leaves is cleared by the next attempt.
    fs::create_dir(dir.path().join(".org.new")).unwrap();
    fs::write(dir.path().join(".org.new/org.db"), "half a databa").unwrap();
    Org::create(&path, ORG_ID, &options(), &tables()).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_second_opener_is_refused() {
    let test = TestOrg::new();
    let second = Org::open(test.org.dir(), &options());
    let Err(Error::Locked { dir }) = second else { panic!("{second:?}") };
    assert_eq!(dir, test.org.dir());
    let test = test.reopen(&options(), |_| {});
    write(&test.org, 1).unwrap();
}

#[test]
fn a_directory_without_an_org_is_none() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("nosuch")] {
        let opened = Org::open(&path, &options());
        assert!(matches!(opened, Err(Error::Missing { .. })), "{opened:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// The present version's steps, and one more.
const NEXT: &[Step] =
    &[migrate::ORG[0], || vec![migrate::table("candor_next", &[("id", ColumnType::Int)], &["id"])]];

/// A step that breaks midway.
const BROKEN: &[Step] = &[migrate::ORG[0], || {
    let table = migrate::table("candor_next", &[("id", ColumnType::Int)], &["id"]);
    vec![table.clone(), table]
}];

#[test]
fn an_upgrade_takes_a_snapshot_first() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let path = test.org.dir().to_owned();
    drop(test.org);

    let broken = Org::open_at(&path, &options(), BROKEN);
    assert!(matches!(broken, Err(Error::Sql { .. })), "{broken:?}");
    let org = Org::open(&path, &options()).unwrap();
    write(&org, 2).unwrap();
    drop(org);

    let org = Org::open_at(&path, &options(), NEXT).unwrap();
    write(&org, 3).unwrap();
    assert_eq!(org.verify_ledger().unwrap().size, 3);
    drop(org);
    drop(Org::open_at(&path, &options(), NEXT).unwrap());

    let newer = Org::open(&path, &options());
    let Err(error @ Error::Newer { found: 2, known: 1, .. }) = newer else { panic!("{newer:?}") };
    let says = error.to_string();
    assert!(says.contains("org.db has version 2") && says.contains("up to 1"), "{says}");

    let snapshot = snapshot_of(&path.join("org.db"), 1);
    assert!(snapshot.ends_with("org.db.v1.bak"));
    fs::rename(&snapshot, path.join("org.db")).unwrap();
    let org = Org::open(&path, &options()).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1, 2]);
    assert_eq!(org.verify_ledger().unwrap().size, 2);
}

#[test]
fn a_damaged_file_is_said_to_be() {
    let damage: [fn(&Path); 3] = [
        |file| fs::write(file, "this is no database at all, is it now?").unwrap(),
        |file| fs::write(file, "").unwrap(),
        |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes[100..4096].fill(0xa5);
            fs::write(file, bytes).unwrap();
        },
    ];
    for damage in damage {
        let test = TestOrg::new();
        let path = test.org.dir().to_owned();
        drop(test.org);
        damage(&path.join("org.db"));
        let opened = Org::open(&path, &options());
        let Err(Error::Corrupt { file, .. }) = opened else { panic!("{opened:?}") };
        assert_eq!(file, path.join("org.db"));
    }
}

#[test]
fn a_backup_is_an_org() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let to = test.dir.path().join("backup");
    test.org.backup(&to).unwrap();
    write(&test.org, 2).unwrap();
    let backup = Org::open(&to, &options()).unwrap();
    assert_eq!(numbers(&backup.read().unwrap()), [1]);
    assert_eq!(backup.verify_ledger().unwrap().size, 1);
    write(&backup, 3).unwrap();
    let again = test.org.backup(&to);
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    assert_eq!(fs::read_dir(test.dir.path()).unwrap().count(), 2);
}

#[test]
fn closing_writes_the_log_back() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    drop(test.org.read().unwrap());
    let path = test.org.dir().to_owned();
    assert!(path.join("org.db-wal").exists());
    drop(test.org);
    let mut names: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["lock", "org.db", "state.db"]);
}
