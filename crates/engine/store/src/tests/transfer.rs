//! Copying an org: to the same engine, and where a server is tested, to and from it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base::KeyPrefix;
use ledger::Fault;
use sql::{Delete, Expr, Statement, Update, Value};

use super::{
    ORG_ID, TestHome, TestOrg, accounts, add, draft, make, numbered, numbers, options, record_id,
    rows, tables, write,
};
use crate::transfer::{Contents, Error, Transfer};
use crate::{Draft, Home, Org, Status, Unverified};

fn contents() -> Contents {
    let prefix = KeyPrefix::parse("001").unwrap();
    Contents { tables: tables(), of_prefix: BTreeMap::from([(prefix, "account".to_owned())]) }
}

fn quietly(_: &str, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Sources and targets on each engine that is tested.
fn pairs() -> Vec<(TestOrg, TestHome)> {
    let org = |home: TestHome| TestOrg { org: make(&home.home, &options()), home };
    vec![
        (org(TestHome::directory()), TestHome::new()),
        (org(TestHome::new()), TestHome::directory()),
        (org(TestHome::new()), TestHome::new()),
    ]
}

/// Copies the org, lets `meanwhile` do something, and brings that.
fn transfer(source: &Org, to: &Home, meanwhile: impl FnOnce(&Org)) -> Result<ledger::Head, Error> {
    let mut transfer = Transfer::begin(source, to, contents(), &options())?;
    transfer.copy(&mut quietly)?;
    meanwhile(source);
    transfer.follow(&mut quietly)?;
    transfer.complete(&mut quietly)?;
    let head = transfer.verify(&mut quietly)?;
    transfer.finish()?;
    Ok(head)
}

#[test]
fn a_copy_is_whole_and_not_in_service() {
    for (TestOrg { org, home }, to) in pairs() {
        for n in 1..=30 {
            write(&org, n).unwrap();
        }
        let head = transfer(&org, &to.home, |_| {}).unwrap();
        assert_eq!(head, org.verify_ledger().unwrap());
        let copy = to.home.open(ORG_ID, &options()).unwrap();
        assert_eq!(copy.status().unwrap(), Status::Incoming);
        assert!(matches!(write(&copy, 31), Err(crate::Error::Closed { .. })));
        assert_eq!(copy.verify_ledger().unwrap(), head);
        copy.set_status(Status::Active).unwrap();
        assert_eq!(numbers(&copy.read().unwrap()), (1..=30).collect::<Vec<_>>());
        // Its ledger goes on where the other one stands.
        write(&copy, 31).unwrap();
        assert_eq!(copy.verify_ledger().unwrap().size, head.size + 1);
        drop((copy, org, home));
    }
}

#[test]
fn what_changes_meanwhile_is_brought() {
    for (TestOrg { org, home }, to) in pairs() {
        for n in 1..=3 {
            write(&org, n).unwrap();
        }
        // The last entry about each of the first records.
        let last = RefCell::new(BTreeMap::from([(1, 0), (2, 1), (3, 2)]));
        let append = |tx: &mut crate::Tx<'_>, n: i64| {
            let previous = last.borrow().get(&n).copied();
            let logged = tx.append(Draft { previous, ..draft(n) })?;
            last.borrow_mut().insert(n, logged.index());
            Ok::<_, crate::Error>(logged)
        };
        let number = |tx: &mut crate::Tx<'_>, n: i64, number: Value| {
            let set = vec![("number".to_owned(), Expr::Value(number))];
            let id = Expr::OwnColumn("id".to_owned()).eq(Expr::int(record_id(n).raw()));
            let update = Update { table: "account".to_owned(), set, where_: id };
            tx.execute(Statement::Update(&update))?;
            append(tx, n)
        };
        org.write::<_, crate::Error>(|tx| {
            number(tx, 1, "A".into())?;
            let logged = number(tx, 2, "B".into())?;
            Ok(tx.commit(logged, ()))
        })
        .unwrap();
        let swap_and_delete = |org: &Org| {
            org.write::<_, crate::Error>(|tx| {
                number(tx, 1, Value::Null)?;
                number(tx, 2, "A".into())?;
                number(tx, 1, "B".into())?;
                let id = Expr::OwnColumn("id".to_owned()).eq(Expr::int(record_id(3).raw()));
                let delete = Delete { table: "account".to_owned(), where_: id };
                tx.execute(Statement::Delete(&delete))?;
                append(tx, 3)?;
                tx.execute(Statement::Insert(&numbered(4, "D")))?;
                let logged = append(tx, 4)?;
                Ok(tx.commit(logged, ()))
            })
            .unwrap();
            for n in 1000..3100 {
                org.write::<_, crate::Error>(|tx| {
                    let logged = add(tx, n)?;
                    Ok(tx.commit(logged, ()))
                })
                .unwrap();
            }
        };
        transfer(&org, &to.home, swap_and_delete).unwrap();
        let copy = to.home.open(ORG_ID, &options()).unwrap();
        let all = |org: &Org| {
            let mut select = accounts();
            select.columns.push(super::column("number"));
            let read = org.read().unwrap();
            let mut all = rows(&read, select, |row| {
                let text = |at| row.text(at).map(str::to_owned);
                (row.int(0), text(1), text(2))
            });
            all.sort();
            all
        };
        assert_eq!(all(&copy), all(&org));
        assert_eq!(all(&copy).len(), 3 + 2100);
        drop((copy, org, home));
    }
}

#[test]
fn tables_that_the_plan_does_not_know_are_not_lost() {
    for (TestOrg { org, home }, to) in pairs() {
        write(&org, 1).unwrap();
        let Contents { mut tables, of_prefix } = contents();
        // The index, and then the table too.
        for _ in 0..2 {
            tables.pop();
            let contents = Contents { tables: tables.clone(), of_prefix: of_prefix.clone() };
            let mut transfer = Transfer::begin(&org, &to.home, contents, &options()).unwrap();
            let refused = transfer.copy(&mut quietly);
            let changed = matches!(&refused, Err(Error::Changed { table }) if table == "account");
            assert!(changed, "{refused:?}");
            drop(transfer);
            to.home.remove(ORG_ID).unwrap();
        }
        drop((org, home));
    }
}

#[test]
fn a_damaged_ledger_is_not_carried_on() {
    for (TestOrg { org, home }, to) in pairs() {
        for n in 0..5 {
            write(&org, n).unwrap();
        }
        drop(org);
        home.tamper("DELETE FROM candor_ledger WHERE idx = 2");
        let org = home.home.open(ORG_ID, &options()).unwrap();
        let refused = transfer(&org, &to.home, |_| {});
        let is_found = matches!(
            &refused,
            Err(Error::Ledger(Unverified::Fault(Fault::Order { expected: 2, found: 3 })))
        );
        assert!(is_found, "{refused:?}");
        drop((org, home));
    }
}

#[test]
fn a_transfer_ends_when_it_is_told_to() {
    for (TestOrg { org, home }, to) in pairs() {
        write(&org, 1).unwrap();
        let mut transfer = Transfer::begin(&org, &to.home, contents(), &options()).unwrap();
        let ended = transfer.copy(&mut |table, _| match table {
            "account" => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert!(matches!(ended, Err(Error::Ended)), "{ended:?}");
        // What is being filled is nobody else's.
        let locked = to.home.remove(ORG_ID);
        assert!(matches!(locked, Err(crate::Error::Locked { .. })), "{locked:?}");
        drop(transfer);
        to.home.remove(ORG_ID).unwrap();
        let second = Transfer::begin(&org, &to.home, contents(), &options());
        assert!(second.is_ok());
        drop(second);
        drop((org, home));
    }
}
