//! Verification finds what was changed behind the store's back.

use ledger::Fault;

use super::{ORG_ID, TestOrg, options, postgres_options, write};
use crate::Unverified;

/// What verification says after `sql` was run on a ledger of 20 entries.
fn after(sql: &str) -> Unverified {
    let test = TestOrg::new();
    for n in 0..20 {
        write(&test.org, n).unwrap();
    }
    assert_eq!(test.org.verify_ledger().unwrap().size, 20);
    let test = test.reopen(&options(), |home| home.tamper(sql));
    test.org.verify_ledger().unwrap_err()
}

fn fault(sql: &str) -> Fault {
    match after(sql) {
        Unverified::Fault(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// What the engines write differently.
fn words() -> [&'static str; 3] {
    if postgres_options().is_some() {
        let entry = "convert_to(replace(convert_from(entry, 'UTF8'), \
                     'rec.create', 'rec.update'), 'UTF8')";
        [entry, "decode(repeat('00', 32), 'hex')", "decode(repeat('00', 8), 'hex')"]
    } else {
        let entry = "CAST(replace(CAST(entry AS TEXT), 'rec.create', 'rec.update') AS BLOB)";
        [entry, "zeroblob(32)", "zeroblob(8)"]
    }
}

#[test]
fn a_changed_byte_is_found() {
    let [entry, hash, short] = words();
    let flip = format!("UPDATE candor_ledger SET entry = {entry} WHERE idx = 7");
    assert_eq!(fault(&flip), Fault::Changed { index: 7 });
    let zero = format!("UPDATE candor_ledger SET hash = {hash} WHERE idx = 19");
    assert_eq!(fault(&zero), Fault::Changed { index: 19 });
    let mut hashes = vec!["NULL", short];
    if postgres_options().is_none() {
        hashes.extend(["'text'", "5"]);
    }
    for hash in hashes {
        let hash = format!("UPDATE candor_ledger SET hash = {hash} WHERE idx = 3");
        assert_eq!(fault(&hash), Fault::Changed { index: 3 });
    }
    let entry = "UPDATE candor_ledger SET entry = NULL WHERE idx = 0";
    assert_eq!(fault(entry), Fault::Changed { index: 0 });
}

#[test]
fn a_leaf_that_is_missing_moved_or_added_is_found() {
    let missing = "DELETE FROM candor_ledger WHERE idx = 5";
    assert_eq!(fault(missing), Fault::Order { expected: 5, found: 6 });
    let last = "DELETE FROM candor_ledger WHERE idx = 19";
    assert_eq!(fault(last), Fault::Size { expected: 20, found: 19 });
    let added = "INSERT INTO candor_ledger SELECT 20, hash, entry, nonce, object_id \
                 FROM candor_ledger WHERE idx = 19";
    assert_eq!(fault(added), Fault::Counter { index: 20, counter: 19 });
    let moved = "UPDATE candor_ledger SET idx = -1 WHERE idx = 4";
    assert_eq!(fault(moved), Fault::Order { expected: 0, found: u64::MAX });
    let misfiled = "UPDATE candor_ledger SET object_id = 1 WHERE idx = 4";
    assert!(matches!(after(misfiled), Unverified::Misfiled { index: 4 }));
}

#[test]
fn the_head_must_be_the_leaves_own() {
    let [_, _, empty] = words();
    let head = format!("UPDATE candor_ledger_state SET frontier = {empty}");
    assert_eq!(fault(&head), Fault::Size { expected: 0, found: 20 });
}

#[test]
fn an_org_without_a_head_takes_nothing() {
    let test = TestOrg::new();
    let TestOrg { org, home } = test;
    drop(org);
    let [_, _, empty] = words();
    let short = format!("UPDATE candor_ledger_state SET frontier = substr({empty}, 1, 2)");
    home.tamper(&short);
    // One engine reads it when the org is opened, the other one before anything is written.
    let opened = home.home.open(ORG_ID, &options());
    let done = opened.and_then(|it| write(&it, 1));
    assert!(matches!(done, Err(crate::Error::Corrupt { .. })), "{done:?}");
}

#[test]
fn long_ledgers_are_read_in_pages() {
    let test = TestOrg::new();
    let done = test.org.write(|tx| {
        let mut last = None;
        for n in 0..8192 * 2 {
            last = Some(tx.append(super::draft(n))?);
        }
        Ok::<_, crate::Error>(tx.commit(last.unwrap(), ()))
    });
    done.unwrap();
    assert_eq!(test.org.verify_ledger().unwrap().size, 8192 * 2);
    write(&test.org, 100_000).unwrap();
    assert_eq!(test.org.verify_ledger().unwrap().size, 8192 * 2 + 1);
}
