//! Units of work are kept whole and logged, or not at all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use base::DateTime;
use ledger::Kind;
use sql::{
    AddColumn, Alias, ColumnDef, ColumnType, Ddl, Delete, Expr, Select, Statement, Update, Value,
};

use super::{TestOrg, add, draft, insert, numbered, numbers, options, rows, write};
use crate::{Clock, Commit, Error, Options, Tx};

#[test]
fn a_unit_is_seen_once_it_is_committed() {
    let test = TestOrg::new();
    let before = test.org.read().unwrap();
    assert_eq!(numbers(&before), []);
    let seen_inside = test.org.write(|tx| {
        let logged = add(tx, 1)?;
        let seen = numbers(tx);
        Ok::<_, Error>(tx.commit(logged, seen))
    });
    assert_eq!(seen_inside.unwrap(), [1]);
    assert_eq!(numbers(&before), [], "a read is a snapshot");
    assert_eq!(numbers(&test.org.read().unwrap()), [1]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 1);
}

#[test]
fn a_unit_that_fails_leaves_nothing() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let failed = test.org.write(|tx| -> Result<Commit<()>, Error> {
        let _logged = add(tx, 2)?;
        tx.execute(Statement::Insert(&insert(1)))?;
        // An engine at a distance says so with what is asked next.
        numbers_of(tx)?;
        unreachable!("the row exists");
    });
    assert!(matches!(failed, Err(Error::Unique { .. })));
    assert_eq!(numbers(&test.org.read().unwrap()), [1]);
    write(&test.org, 3).unwrap();
    assert_eq!(test.org.verify_ledger().unwrap().size, 2);
}

fn numbers_of(tx: &Tx<'_>) -> Result<usize, Error> {
    let mut n = 0;
    tx.query(&super::guard(super::accounts()), |_| {
        n += 1;
        Ok::<_, Error>(())
    })?;
    Ok(n)
}

#[test]
fn a_unit_that_panics_leaves_nothing_and_harms_nobody() {
    let test = TestOrg::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        test.org.write(|tx| {
            let _logged = add(tx, 1)?;
            tx.savepoint(|tx| {
                let _logged = add(tx, 2)?;
                if tx.next_leaf() == 2 {
                    panic!("inside a savepoint");
                }
                Ok::<_, Error>(())
            })?;
            tx.unchanged(())
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"inside a savepoint"));
    write(&test.org, 3).unwrap();
    assert_eq!(numbers(&test.org.read().unwrap()), [3]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 1);
}

#[test]
fn a_savepoint_fails_alone() {
    let test = TestOrg::new();
    let results = test.org.write(|tx| {
        let first = add(tx, 1)?;
        let second = tx.savepoint(|tx| {
            let _logged = add(tx, 2)?;
            tx.savepoint(|tx| add(tx, 3))?;
            add(tx, 1)
        });
        assert!(matches!(second, Err(Error::Unique { .. })));
        assert_eq!(numbers(tx), [1]);
        assert_eq!(tx.next_leaf(), first.index() + 1);
        let third = tx.savepoint(|tx| add(tx, 4))?;
        Ok::<_, Error>(tx.commit(third, [first.index(), third.index()]))
    });
    assert_eq!(results.unwrap(), [0, 1]);
    assert_eq!(numbers(&test.org.read().unwrap()), [1, 4]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 2);
}

#[test]
fn what_changed_is_logged() {
    let test = TestOrg::new();
    let unlogged = |work: &dyn Fn(&mut Tx<'_>) -> Result<Commit<()>, Error>| {
        assert!(matches!(test.org.write(work), Err(Error::Unlogged)));
    };
    unlogged(&|tx| {
        tx.execute(Statement::Insert(&insert(1)))?;
        tx.unchanged(())
    });
    unlogged(&|tx| {
        let nothing = tx.unchanged(())?;
        tx.execute(Statement::Insert(&insert(1)))?;
        Ok(nothing)
    });
    unlogged(&|tx| {
        let mut logged = None;
        let _undone = tx.savepoint(|tx| {
            logged = Some(tx.append(draft(1))?);
            Err::<(), Error>(Error::Busy)
        });
        tx.execute(Statement::Insert(&insert(1)))?;
        Ok(tx.commit(logged.unwrap(), ()))
    });
    unlogged(&|tx| {
        let column = ColumnDef {
            name: "x".to_owned(),
            ty: ColumnType::Int,
            primary_key: false,
            not_null: false,
            default: None,
        };
        let add = AddColumn { table: "account".to_owned(), column };
        tx.execute(Statement::Ddl(&Ddl::AddColumn(add)))?;
        tx.unchanged(())
    });
    assert_eq!(numbers(&test.org.read().unwrap()), []);
}

#[test]
fn an_entry_of_another_unit_is_no_entry() {
    let test = TestOrg::new();
    let old = test.org.write(|tx| {
        let logged = add(tx, 1)?;
        Ok::<_, Error>(tx.commit(logged, logged))
    });
    let old = old.unwrap();
    let reused = test.org.write(|tx| {
        tx.execute(Statement::Insert(&insert(2)))?;
        Ok(tx.commit(old, ()))
    });
    assert!(matches!(reused, Err(Error::Unlogged)));
}

#[test]
fn a_unit_that_undid_everything_changed_nothing() {
    let test = TestOrg::new();
    let done = test.org.write(|tx| {
        assert_eq!(tx.allocate("001", 200)?, 1);
        let failed = tx.savepoint(|tx| {
            let _logged = add(tx, 1)?;
            Err::<(), Error>(Error::Busy)
        });
        assert!(matches!(failed, Err(Error::Busy)));
        tx.unchanged(5)
    });
    assert_eq!(done.unwrap(), 5);
}

#[test]
fn only_appending_writes_the_ledger() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    for table in ["candor_ledger", "CANDOR_LEDGER", "candor_ledger_state"] {
        let delete = Delete { table: table.to_owned(), where_: Expr::True };
        let done = test.org.write(|tx| {
            tx.execute(Statement::Delete(&delete))?;
            tx.unchanged(())
        });
        assert!(matches!(done, Err(Error::Sql { .. })), "{table}");
    }
    assert_eq!(test.org.verify_ledger().unwrap().size, 1);
}

#[test]
fn an_entry_that_the_ledger_refuses_is_an_error() {
    let test = TestOrg::new();
    let done = test.org.write(|tx| {
        let mut draft = draft(1);
        draft.request = Some("sam@example.com".to_owned());
        let logged = tx.append(draft)?;
        Ok(tx.commit(logged, ()))
    });
    assert!(matches!(done, Err(Error::Entry(ledger::Error::Token { key: "req" }))));
}

#[test]
fn numbers_are_taken_once() {
    let test = TestOrg::new();
    let take = |n| -> Result<i64, Error> {
        test.org.write(|tx| {
            let first = tx.allocate("001", n)?;
            tx.unchanged(first)
        })
    };
    assert_eq!(take(3).unwrap(), 1);
    assert_eq!(take(1).unwrap(), 4);
    assert_eq!(take(200).unwrap(), 5);
    let other = test.org.write(|tx| tx.unchanged(tx.next_leaf()));
    assert_eq!(other.map_err(|it: Error| it.to_string()), Ok(0));
    let test = test.reopen(&options(), |_| {});
    let next = test.org.write(|tx| {
        let first = tx.allocate("001", 1)?;
        tx.unchanged(first)
    });
    assert_eq!(next.map_err(|it: Error| it.to_string()), Ok(205));
}

#[test]
fn a_duplicate_names_its_index() {
    let test = TestOrg::new();
    let result = test.org.write(|tx| {
        tx.execute(Statement::Insert(&numbered(1, "A-1")))?;
        tx.execute(Statement::Insert(&numbered(2, "A-1")))?;
        numbers_of(tx)?;
        tx.unchanged(())
    });
    let Err(Error::Unique { table, columns, index }) = result else { panic!("{result:?}") };
    assert_eq!((table.as_str(), columns), ("account", vec!["number".to_owned()]));
    assert_eq!(index.as_deref(), Some("account_number"));
    let result = test.org.write(|tx| {
        tx.execute(Statement::Insert(&insert(1)))?;
        tx.execute(Statement::Insert(&insert(1)))?;
        numbers_of(tx)?;
        tx.unchanged(())
    });
    let Err(Error::Unique { columns, index, .. }) = result else { panic!("{result:?}") };
    assert_eq!((columns, index), (vec!["id".to_owned()], None));
}

#[test]
fn a_change_of_one_row_is_of_one_row() {
    let test = TestOrg::new();
    for n in 1..=3 {
        write(&test.org, n).unwrap();
    }
    let rename = |where_: Expr, name: &str| Update {
        table: "account".to_owned(),
        set: vec![("name".to_owned(), Expr::text(name))],
        where_,
    };
    let is = |n| Expr::OwnColumn("id".to_owned()).eq(Expr::int(super::record_id(n).raw()));
    let mut leaf = 10;
    let mut unit = |updates: &[Update]| {
        leaf += 1;
        test.org.write(|tx| {
            let logged = add(tx, leaf)?;
            for update in updates {
                tx.execute_one(Statement::Update(update))?;
            }
            Ok::<_, Error>(tx.commit(logged, ()))
        })
    };
    unit(&[rename(is(1), "one"), rename(is(2), "two"), rename(is(1), "uno")]).unwrap();
    for wrong in [is(7), Expr::True] {
        let done = unit(&[rename(is(3), "lost"), rename(wrong, "wrong"), rename(is(3), "lost")]);
        assert!(matches!(done, Err(Error::Sql { .. })), "{done:?}");
    }
    let part = test.org.write(|tx| {
        let part = tx.savepoint(|tx| tx.execute_one(Statement::Update(&rename(is(7), "wrong"))));
        assert!(matches!(part, Err(Error::Sql { .. })), "{part:?}");
        let new = numbered(20, "A-20");
        tx.execute(Statement::Insert(&new))?;
        tx.execute_one(Statement::Update(&rename(is(20), "new")))?;
        let logged = tx.append(draft(20))?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    part.unwrap();
    let mut select = super::accounts();
    select.where_ = super::column("id").compare(sql::CompareOp::Ge, Expr::int(0));
    let read = test.org.read().unwrap();
    let mut names = rows(&read, select, |row| row.text(1).unwrap().to_owned());
    names.sort();
    assert_eq!(names, ["Acme 11", "Acme 3", "new", "two", "uno"]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 5);
}

#[test]
fn a_wrong_statement_is_a_bug_not_a_string() {
    let test = TestOrg::new();
    let mut select = Select::from_table("account", Alias(0));
    select.columns = vec![Expr::Column(Alias(0), "nosuch".to_owned())];
    let query = super::guard(select.clone());
    let read = test.org.read().unwrap().query::<Error>(&query, |_| Ok(()));
    assert!(matches!(read, Err(Error::Sql { .. })), "{read:?}");
    let own = Delete {
        table: "account".to_owned(),
        where_: Expr::OwnColumn("nosuch".to_owned()).eq(Expr::text("nosuch")),
    };
    for statement in [Statement::Delete(&own), Statement::Select(&select)] {
        let done = test.org.write(|tx| {
            tx.execute(statement)?;
            tx.unchanged(())
        });
        assert!(matches!(done, Err(Error::Sql { .. })), "{done:?}");
    }
}

#[test]
fn tables_change_in_a_unit() {
    let test = TestOrg::new();
    write(&test.org, 1).unwrap();
    let change = |ddl: &[Ddl], keep: bool| {
        test.org.write(|tx| {
            for it in ddl {
                tx.execute(Statement::Ddl(it))?;
            }
            let mut draft = draft(0);
            (draft.kind, draft.object, draft.row) = (Kind::MetaDeploy, None, None);
            draft.fields.clear();
            let logged = tx.append(draft)?;
            if keep { Ok(tx.commit(logged, ())) } else { Err(Error::Busy) }
        })
    };
    let named = ColumnDef {
        name: "x__c".to_owned(),
        ty: ColumnType::Text,
        primary_key: false,
        not_null: true,
        default: Some(Value::from("it's")),
    };
    let add = Ddl::AddColumn(AddColumn { table: "account".to_owned(), column: named });
    let index = Ddl::DropIndex { name: "account_number".to_owned() };
    let drop = Ddl::DropColumn { table: "account".to_owned(), column: "number".to_owned() };
    let mut select = super::accounts();
    select.columns.push(super::column("x__c"));
    assert!(change(&[add.clone(), index.clone()], false).is_err());
    let query = super::guard(select.clone());
    assert!(test.org.read().unwrap().query::<Error>(&query, |_| Ok(())).is_err());
    change(&[add, index, drop], true).unwrap();
    let read = test.org.read().unwrap();
    assert_eq!(rows(&read, select, |row| row.text(2).map(str::to_owned)), [Some("it's".into())]);
    assert_eq!(test.org.verify_ledger().unwrap().size, 2);
}

#[test]
fn entries_never_go_back_in_time() {
    let clock = Clock::fixed(DateTime(1_700_000_000_000));
    let options = Options { clock: clock.clone(), ..options() };
    let test = TestOrg::with(&options);
    clock.advance(Duration::from_secs(60));
    write(&test.org, 1).unwrap();
    let earlier = Options { clock: Clock::fixed(DateTime(0)), ..options };
    let test = test.reopen(&earlier, |_| {});
    let now = test.org.write(|tx| {
        let logged = add(tx, 2)?;
        let now = tx.now();
        Ok::<_, Error>(tx.commit(logged, now))
    });
    assert_eq!(now.unwrap(), DateTime(1_700_000_060_000));
    assert_eq!(test.org.verify_ledger().unwrap().size, 2);
}

#[test]
fn a_full_disk_fails_the_unit_and_not_the_org() {
    let test = TestOrg::on_disk(&options());
    write(&test.org, 1).unwrap();
    let done = test.org.write(|tx| {
        let _answers_with_a_row = tx.sqlite().unwrap().control("PRAGMA max_page_count = 40");
        for n in 2..10_000 {
            let mut insert = insert(n);
            insert.values[1] = Value::Text("x".repeat(1000));
            tx.execute(Statement::Insert(&insert))?;
        }
        tx.unchanged(())
    });
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
    let mut answers = Vec::new();
    for n in 2..4 {
        answers.push(write(&test.org, n));
    }
    assert!(answers.iter().any(Result::is_ok), "{answers:?}");
    assert_eq!(
        test.org.verify_ledger().unwrap().size as usize,
        numbers(&test.org.read().unwrap()).len()
    );
}

#[test]
fn a_unit_inside_a_unit_is_a_bug() {
    let test = TestOrg::new();
    let other = TestOrg::new();
    let done = test.org.write(|tx| {
        let inner = write(&test.org, 1);
        assert!(matches!(inner, Err(Error::Sql { .. })), "{inner:?}");
        write(&other.org, 1)?;
        let logged = add(tx, 2)?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    done.unwrap();
    write(&test.org, 3).unwrap();
    assert_eq!(numbers(&test.org.read().unwrap()), [2, 3]);
}

#[test]
fn another_programs_lock_is_waited_for_and_no_longer() {
    let wait = Duration::from_millis(5);
    let test = TestOrg::on_disk(&Options { busy_timeout: wait, ..options() });
    let other = rusqlite::Connection::open(test.path().join("org.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let done = write(&test.org, 1);
    assert!(matches!(done, Err(Error::Busy)), "{done:?}");
    other.execute_batch("ROLLBACK").unwrap();
    write(&test.org, 1).unwrap();
    assert_eq!(test.org.verify_ledger().unwrap().size, 1);
}
