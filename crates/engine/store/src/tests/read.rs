//! Queries: values, text, plans, snapshots, bounds.

use std::time::Duration;

use sql::{Alias, CompareOp, Delete, Expr, Join, JoinKind, Select, Source, Statement, Value};

use super::{
    TestOrg, accounts, add, column, guard, numbered, numbers, options, postgres_options, rows,
    write,
};
use sql::ValueRef;

use crate::{Error, Options, Org};

const fn shared_between_threads<T: Send + Sync>() {}
const _: () = shared_between_threads::<Org>();

#[test]
fn values_come_out_as_they_went_in() {
    let test = TestOrg::new();
    // Only one of the engines stores the character of code zero.
    let text = if postgres_options().is_some() { "Zoë!" } else { "Zoë\0!" };
    let values = vec![
        Value::Int(i64::MIN),
        Value::from(text),
        Value::Blob(vec![0, 255]),
        Value::Null,
        Value::from(""),
    ];
    let mut select = Select::from_source(Source::Values(vec![values]), Alias(0));
    select.columns = ["c0", "c1", "c2", "c3", "c4"].map(column).into();
    let read = test.org.read().unwrap();
    rows(&read, select, |row| {
        assert_eq!(row.int(0), Some(i64::MIN));
        assert_eq!(row.text(1), Some(text));
        assert_eq!(row.blob(2), Some(&[0, 255][..]));
        assert_eq!(row.get(3), ValueRef::Null);
        assert_eq!(row.text(4), Some(""));
        assert_eq!((row.int(1), row.text(0), row.blob(3)), (None, None, None));
    });
}

#[test]
fn text_compares_byte_by_byte() {
    let test = TestOrg::new();
    let done = test.org.write(|tx| {
        for (n, number) in ["École", "ÉCOLE", "ecole", "E%ole"].into_iter().enumerate() {
            tx.execute(Statement::Insert(&numbered(n as i64, number)))?;
        }
        let logged = add(tx, 9)?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    done.unwrap();
    let found = |where_: Expr| {
        let mut select = accounts();
        select.where_ = where_;
        rows(&test.org.read().unwrap(), select, |row| row.int(0)).len()
    };
    let number = || column("number");
    assert_eq!(found(number().eq(Expr::text("école"))), 0);
    assert_eq!(found(number().lower().eq(Expr::text("école"))), 0, "lower knows ASCII only");
    assert_eq!(found(number().lower().eq(Expr::text("e%ole"))), 1);
    let like = |it: Expr, pattern: &str| Expr::Like(Box::new(it), Box::new(Expr::text(pattern)));
    assert_eq!(found(like(number(), "e%")), 1, "LIKE distinguishes case");
    assert_eq!(found(like(number().lower(), "e%")), 2);
    assert_eq!(found(like(number().lower(), "e\\%ole")), 1);
    assert_eq!(found(number().compare(sql::CompareOp::Gt, Expr::text("e"))), 3);
    assert_eq!(found(number().lower().is_null()), 1);
}

#[test]
fn the_callers_error_ends_a_query() {
    let test = TestOrg::new();
    for n in 0..5 {
        write(&test.org, n).unwrap();
    }
    let read = test.org.read().unwrap();
    let mut seen = 0;
    let done = read.query(&guard(accounts()), |_| {
        seen += 1;
        if seen == 2 { Err(Error::Unlogged) } else { Ok(()) }
    });
    assert!(matches!(done, Err(Error::Unlogged)));
    assert_eq!(seen, 2);
    assert_eq!(numbers(&read).len(), 5, "the reader goes on");
}

#[test]
fn a_plan_tells_the_index() {
    let test = TestOrg::new();
    let mut select = accounts();
    select.where_ = column("number").eq(Expr::text("A-1"));
    let plan = test.org.read().unwrap().explain(&guard(select)).unwrap();
    assert!(plan.iter().any(|it| it.contains("account_number")), "{plan:?}");
}

/// A query of many billion steps.
fn endless() -> Select {
    let numbers = || Source::Values((0..2000).map(|n| vec![Value::Int(n)]).collect());
    let mut select = Select::from_source(numbers(), Alias(0));
    select.columns = vec![Expr::CountRows];
    for n in 1..4 {
        let alias = Alias(n);
        let sum = Expr::Add(
            Box::new(Expr::Column(Alias(n - 1), "c0".to_owned())),
            Box::new(Expr::Column(alias, "c0".to_owned())),
        );
        let on = sum.compare(CompareOp::Ge, Expr::int(0));
        select.joins.push(Join { kind: JoinKind::Inner, source: numbers(), alias, on });
    }
    select
}

#[test]
fn a_query_has_a_deadline() {
    let timeout = Duration::from_millis(20);
    let test = TestOrg::with(&Options { statement_timeout: timeout, ..options() });
    let query = guard(endless());
    let read = test.org.read().unwrap();
    let done = read.query::<Error>(&query, |_| Ok(()));
    assert!(matches!(done, Err(Error::Timeout)), "{done:?}");
    drop(read);
    assert_eq!(numbers(&test.org.read().unwrap()), []);
    // In a unit it ends the part that it is in, not what was changed before it.
    let done = test.org.write(|tx| {
        let logged = add(tx, 1)?;
        let timed_out = tx.savepoint(|tx| tx.query::<Error>(&query, |_| Ok(())));
        assert!(matches!(timed_out, Err(Error::Timeout)), "{timed_out:?}");
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    done.unwrap();
    assert_eq!(numbers(&test.org.read().unwrap()), [1]);
}

#[test]
fn readers_are_bounded_and_reused() {
    let wait = Duration::from_millis(5);
    let test = TestOrg::with(&Options { readers: 2, busy_timeout: wait, ..options() });
    let first = test.org.read().unwrap();
    let second = test.org.read().unwrap();
    let third = test.org.read();
    assert!(matches!(third, Err(Error::Busy)), "{third:?}");
    drop(second);
    assert_eq!(numbers(&test.org.read().unwrap()), []);
    write(&test.org, 1).unwrap();
    assert_eq!(numbers(&first), [1], "a snapshot begins with its first query");
    write(&test.org, 2).unwrap();
    assert_eq!(numbers(&first), [1]);
    assert_eq!(numbers(&test.org.read().unwrap()), [1, 2]);
}

#[test]
fn a_reader_cannot_write() {
    let test = TestOrg::new();
    let read = test.org.read().unwrap();
    let delete = Delete { table: "account".to_owned(), where_: Expr::True };
    let done = read.change(Statement::Delete(&delete));
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
}
