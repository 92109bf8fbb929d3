//! Creating, opening, upgrading, copying: an org is whole or absent, and has one owner.

use std::fs;
use std::path::Path;

use sql::{ColumnType, Ddl};

use super::{ORG_ID, TestHome, TestOrg, add, make, numbers, options, tables, write};
use crate::migrate::{self, Step, snapshot_of};
use crate::{Error, Home, Listed, Org, Status};

#[test]
fn an_org_is_created_once() {
    let test = TestOrg::new();
    let again = test.org.home().create(ORG_ID, &options(), &tables());
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    assert_eq!(test.org.id(), ORG_ID);
    let test = test.reopen(&options(), |_| {});
    assert_eq!(test.org.id(), ORG_ID);
}

#[test]
fn creation_that_fails_leaves_nothing() {
    let test = TestHome::new();
    let twice: Vec<Ddl> = tables().into_iter().chain(tables()).collect();
    let created = test.home.create(ORG_ID, &options(), &twice);
    assert!(matches!(created, Err(Error::Sql { .. })), "{created:?}");
    let created = test.home.create("not a token", &options(), &tables());
    assert!(matches!(created, Err(Error::Entry(_))), "{created:?}");
    let orgs = test.dir.path().join("orgs");
    if test.postgres.is_none() {
        assert_eq!(fs::read_dir(&orgs).unwrap().count(), 0);
        // What a crash leaves is cleared by the next attempt.
        let unfinished = orgs.join(format!("unfinished-{ORG_ID}"));
        fs::create_dir(&unfinished).unwrap();
        fs::write(unfinished.join("org.db"), "half a databa").unwrap();
    }
    make(&test.home, &options());
    assert_eq!(test.home.orgs().unwrap().len(), 1);
}

#[test]
fn an_org_appears_when_it_is_published() {
    let test = TestHome::new();
    let home = &test.home;
    assert_eq!(home.orgs().unwrap(), []);
    home.clear_unfinished().unwrap();
    let org = home.create(ORG_ID, &options(), &tables()).unwrap();
    assert_eq!(org.status().unwrap(), Status::Making);
    write(&org, 1).unwrap();
    assert_eq!(home.orgs().unwrap(), []);
    let early = home.open(ORG_ID, &options());
    assert!(matches!(early, Err(Error::Missing { .. })), "{early:?}");
    // It is being made: that is not what a crash left.
    home.clear_unfinished().unwrap();
    home.publish(org).unwrap();
    let listed = Listed { id: ORG_ID.to_owned(), status: Status::Active };
    assert_eq!(home.orgs().unwrap(), [listed]);
    let again = home.create(ORG_ID, &options(), &tables());
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    let org = home.open(ORG_ID, &options()).unwrap();
    assert_eq!((org.id(), org.status().unwrap()), (ORG_ID, Status::Active));
    assert_eq!(numbers(&org.read().unwrap()), [1]);
    let open = home.remove(ORG_ID);
    assert!(matches!(open, Err(Error::Locked { .. })), "{open:?}");
    drop(org);
    home.remove(ORG_ID).unwrap();
    assert_eq!(home.orgs().unwrap(), []);
    let gone = home.remove(ORG_ID);
    assert!(matches!(gone, Err(Error::Missing { .. })), "{gone:?}");
    // What nobody publishes is gone, and its name is free.
    drop(home.create(ORG_ID, &options(), &tables()).unwrap());
    make(home, &options());
}

#[test]
fn an_org_comes_in_with_its_status() {
    let test = TestHome::new();
    let org = test.home.create(ORG_ID, &options(), &tables()).unwrap();
    org.set_status(Status::Incoming).unwrap();
    test.home.publish(org).unwrap();
    assert_eq!(test.home.orgs().unwrap()[0].status, Status::Incoming);
    let org = test.home.open(ORG_ID, &options()).unwrap();
    assert!(matches!(write(&org, 1), Err(Error::Closed { status: Status::Incoming })));
    org.set_status(Status::Active).unwrap();
    write(&org, 1).unwrap();
    assert_eq!(test.home.orgs().unwrap()[0].status, Status::Active);
}

#[test]
fn what_a_crash_left_is_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::directory(dir.path());
    home.clear_unfinished().unwrap();
    let left = dir.path().join("orgs/unfinished-00D000000000009");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("org.db"), "half a databa").unwrap();
    home.clear_unfinished().unwrap();
    assert!(!left.exists());
}

#[test]
fn an_org_that_moves_takes_no_changes() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let frozen = Status::Frozen { to: "eu-2".to_owned() };
    let refused = |org: &Org| {
        let done = write(org, 2);
        let Err(Error::Closed { status }) = done else { panic!("{done:?}") };
        status
    };
    test.org.set_status(frozen.clone()).unwrap();
    assert_eq!(refused(&test.org), frozen);
    assert_eq!(numbers(&test.org.read().unwrap()), [1]);
    let listed = Listed { id: ORG_ID.to_owned(), status: frozen.clone() };
    assert_eq!(test.org.home().orgs().unwrap(), [listed]);
    let test = test.reopen(&options(), |_| {});
    assert_eq!((refused(&test.org), test.org.status().unwrap()), (frozen.clone(), frozen));
    let moved = Status::Moved { to: "eu-2".to_owned() };
    test.org.set_status(moved.clone()).unwrap();
    assert_eq!(refused(&test.org), moved);
    test.org.set_status(Status::Active).unwrap();
    write(&test.org, 2).unwrap();
    assert_eq!(numbers(&test.org.read().unwrap()), [1, 2]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 2);
    // The list follows the database.
    if let Some(dir) = test.org.dir() {
        let status = dir.join("status");
        let test = test.reopen(&options(), |_| fs::write(&status, "incoming\n").unwrap());
        assert_eq!(test.org.home().orgs().unwrap()[0].status, Status::Active);
    }
}

#[test]
fn a_change_of_metadata_is_seen_by_its_entry() {
    let test = TestOrg::new();
    let org = &test.org;
    let touch = |keep: bool| {
        org.write(|tx| {
            tx.touch_meta();
            let first = add(tx, 100 + tx.next_leaf() as i64)?;
            let (before, logged) = (tx.meta(), add(tx, 100 + tx.next_leaf() as i64)?);
            if keep { Ok(tx.commit(logged, (before, first.index()))) } else { Err(Error::Busy) }
        })
    };
    assert_eq!(org.meta().unwrap(), -1);
    write(org, 0).unwrap();
    assert_eq!(touch(true).unwrap(), (-1, 1));
    assert_eq!(org.meta().unwrap(), 2, "the entry that the unit was committed with");
    assert!(touch(false).is_err());
    write(org, 1).unwrap();
    let undone = org.write(|tx| {
        let undone: Result<(), Error> = tx.savepoint(|tx| {
            tx.touch_meta();
            Err(Error::Busy)
        });
        assert!(undone.is_err());
        let logged = add(tx, 2)?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    undone.unwrap();
    assert_eq!(org.meta().unwrap(), 2);
    let test = test.reopen(&options(), |_| {});
    assert_eq!(test.org.meta().unwrap(), 2);
}

#[test]
fn a_second_opener_of_a_directory_is_refused() {
    let test = TestOrg::on_disk(&options());
    let second = test.org.home().open(ORG_ID, &options());
    let Err(Error::Locked { place }) = second else { panic!("{second:?}") };
    assert_eq!(place, test.path().display().to_string());
    let test = test.reopen(&options(), |_| {});
    write(&test.org, 1).unwrap();
}

#[test]
fn a_home_without_the_org_says_so() {
    let test = TestHome::new();
    let home = &test.home;
    for id in [ORG_ID, "nosuch", "..", ""] {
        let opened = home.open(id, &options());
        assert!(matches!(opened, Err(Error::Missing { .. })), "{opened:?}");
        let removed = home.remove(id);
        assert!(matches!(removed, Err(Error::Missing { .. })), "{removed:?}");
    }
    assert_eq!(fs::read_dir(test.dir.path()).unwrap().count(), 0);
}

/// The present version's steps, and one more.
const NEXT: &[Step] = &[migrate::ORG[0], migrate::ORG[1], || {
    vec![migrate::table("candor_next", &[("id", ColumnType::Int)], &["id"])]
}];

/// A step that breaks midway.
const BROKEN: &[Step] = &[migrate::ORG[0], migrate::ORG[1], || {
    let table = migrate::table("candor_next", &[("id", ColumnType::Int)], &["id"]);
    vec![table.clone(), table]
}];

#[test]
fn an_upgrade_is_taken_whole() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let TestOrg { org, home: test } = test;
    drop(org);
    let home = &test.home;

    let broken = home.open_at(ORG_ID, &options(), BROKEN);
    assert!(matches!(broken, Err(Error::Sql { .. })), "{broken:?}");
    let org = home.open(ORG_ID, &options()).unwrap();
    write(&org, 2).unwrap();
    drop(org);

    let org = home.open_at(ORG_ID, &options(), NEXT).unwrap();
    write(&org, 3).unwrap();
    assert_eq!(org.verify_ledger().unwrap().size, 3);
    drop(org);
    drop(home.open_at(ORG_ID, &options(), NEXT).unwrap());

    let newer = home.open(ORG_ID, &options());
    let Err(error @ Error::Newer { found: 3, known: 2, .. }) = newer else { panic!("{newer:?}") };
    let says = error.to_string();
    assert!(says.contains("has version 3") && says.contains("up to 2"), "{says}");
}

#[test]
fn an_upgrade_of_a_file_takes_a_snapshot_first() {
    let test = TestOrg::on_disk(&options());
    write(&test.org, 1).unwrap();
    let (path, home) = (test.path(), test.org.home().clone());
    drop(test.org);
    drop(home.open_at(ORG_ID, &options(), NEXT).unwrap());

    let snapshot = snapshot_of(&path.join("org.db"), 2);
    assert!(snapshot.ends_with("org.db.v2.bak"));
    fs::rename(&snapshot, path.join("org.db")).unwrap();
    let org = home.open(ORG_ID, &options()).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1]);
    assert_eq!(org.verify_ledger().unwrap().size, 1);
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
        let test = TestOrg::on_disk(&options());
        let (database, home) = (test.path().join("org.db"), test.org.home().clone());
        drop(test.org);
        damage(&database);
        let opened = home.open(ORG_ID, &options());
        let Err(Error::Corrupt { place, .. }) = opened else { panic!("{opened:?}") };
        assert_eq!(place, database.display().to_string());
    }
}

#[test]
fn a_backup_is_an_org() {
    let test = TestOrg::on_disk(&options());
    write(&test.org, 1).unwrap();
    let home = Home::directory(&test.home.dir.path().join("backup"));
    let to = test.home.dir.path().join("backup/orgs").join(ORG_ID);
    test.org.backup(&to).unwrap();
    write(&test.org, 2).unwrap();
    let backup = home.open(ORG_ID, &options()).unwrap();
    assert_eq!(numbers(&backup.read().unwrap()), [1]);
    assert_eq!(backup.verify_ledger().unwrap().size, 1);
    write(&backup, 3).unwrap();
    let again = test.org.backup(&to);
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    assert_eq!(fs::read_dir(to.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn closing_writes_the_log_back() {
    let test = TestOrg::on_disk(&options());
    write(&test.org, 1).unwrap();
    drop(test.org.read().unwrap());
    let path = test.path();
    assert!(path.join("org.db-wal").exists());
    drop(test.org);
    let mut names: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["lock", "org.db", "state.db"]);
}

#[test]
#[cfg(unix)]
fn what_is_on_disk_is_the_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;

    let outer = tempfile::tempdir().unwrap();
    let home = crate::Home::directory(&outer.path().join("a").join("b"));
    let _roster = crate::Roster::open(&home).unwrap();
    let org = super::make(&home, &options());
    org.set_status(crate::Status::Frozen { to: "c".to_owned() }).unwrap();
    org.backup(&outer.path().join("backup.db")).unwrap();
    let mut left = vec![outer.path().join("a"), outer.path().join("backup.db")];
    let mut n_files = 0;
    while let Some(path) = left.pop() {
        let metadata = std::fs::metadata(&path).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, expected, "{}", path.display());
        n_files += usize::from(metadata.is_file());
        if metadata.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        }
    }
    assert!(6 <= n_files, "{n_files}");
}
