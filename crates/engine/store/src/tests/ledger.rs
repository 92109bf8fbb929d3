//! Verification finds what was changed behind the store's back.

use ledger::Fault;

use super::{TestOrg, options, write};
use crate::Unverified;

/// What verification says after `sql` was run on a ledger of 20 entries.
fn after(sql: &str) -> Unverified {
    let test = TestOrg::new();
    for n in 0..20 {
        write(&test.org, n).unwrap();
    }
    assert_eq!(test.org.verify_ledger().unwrap().size, 20);
    let test = test.reopen(&options(), |conn| assert_eq!(conn.execute(sql, []).unwrap(), 1));
    test.org.verify_ledger().unwrap_err()
}

fn fault(sql: &str) -> Fault {
    match after(sql) {
        Unverified::Fault(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_byte_is_found() {
    let flip = "UPDATE candor_ledger SET entry = CAST(replace(CAST(entry AS TEXT), \
                'rec.create', 'rec.update') AS BLOB) WHERE idx = 7";
    assert_eq!(fault(flip), Fault::Changed { index: 7 });
    let hash = "UPDATE candor_ledger SET hash = zeroblob(32) WHERE idx = 19";
    assert_eq!(fault(hash), Fault::Changed { index: 19 });
    for hash in ["NULL", "x'00'", "'text'", "5"] {
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
    let head = "UPDATE candor_ledger_state SET frontier = zeroblob(8)";
    assert_eq!(fault(head), Fault::Size { expected: 0, found: 20 });
}

#[test]
fn an_org_without_a_head_does_not_open() {
    let test = TestOrg::new();
    let path = test.org.dir().to_owned();
    drop(test.org);
    let conn = rusqlite::Connection::open(path.join("org.db")).unwrap();
    conn.execute("UPDATE candor_ledger_state SET frontier = x'0102'", []).unwrap();
    drop(conn);
    let opened = crate::Org::open(&path, &options());
    assert!(matches!(opened, Err(crate::Error::Corrupt { .. })), "{opened:?}");
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
