//! Sessions and cursors: kept over a restart, and nobody misses them much.

use sql::{Alias, Delete, Expr, Insert, Select, Statement, Value};

use super::{TestOrg, column, guard, options, rows};
use crate::{Error, Org, Reader, migrate};

fn cursor(id: i64) -> Insert {
    Insert {
        table: "candor_cursor".to_owned(),
        columns: migrate::names(&["id", "user_id", "soql"]),
        values: vec![Value::Int(id), Value::Int(1), Value::from("SELECT Id FROM Account")],
        on_conflict_update: Vec::new(),
    }
}

fn cursors(org: &Org) -> Vec<i64> {
    let mut select = Select::from_table("candor_cursor", Alias(0));
    select.columns = vec![column("id")];
    let read = |reader: &Reader| Ok::<_, Error>(rows(reader, select, |row| row.int(0).unwrap()));
    org.state().read(read).unwrap()
}

#[test]
fn a_unit_is_kept_if_it_succeeds() {
    let test = TestOrg::new();
    let org = &test.org;
    let done = org.state().write(|tx| {
        tx.execute(Statement::Insert(&cursor(1)))?;
        tx.execute(Statement::Insert(&cursor(2)))
    });
    assert_eq!(done.map_err(|it: Error| it.to_string()), Ok(1));
    let failed = org.state().write(|tx| {
        tx.execute(Statement::Insert(&cursor(3)))?;
        tx.execute(Statement::Insert(&cursor(1)))
    });
    assert!(matches!(failed, Err(Error::Unique { .. })), "{failed:?}");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        org.state().write(|tx| -> Result<(), Error> {
            tx.execute(Statement::Insert(&cursor(4)))?;
            panic!("in a unit")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(cursors(org), [1, 2]);
    let test = test.reopen(&options(), |_| {});
    assert_eq!(cursors(&test.org), [1, 2]);
    let where_ = Expr::OwnColumn("id".to_owned()).eq(Expr::int(1));
    let delete = Delete { table: "candor_cursor".to_owned(), where_ };
    let deleted = test.org.state().write(|tx| tx.execute(Statement::Delete(&delete)));
    assert_eq!(deleted.map_err(|it: Error| it.to_string()), Ok(1));
    assert_eq!(cursors(&test.org), [2]);
}

#[test]
fn a_state_that_is_gone_is_made_again() {
    let test = TestOrg::on_disk(&options());
    let done = test.org.state().write(|tx| tx.execute(Statement::Insert(&cursor(1))));
    done.map_err(|it: Error| it.to_string()).unwrap();
    let file = test.path().join("state.db");
    let test = test.reopen(&options(), |_| std::fs::remove_file(&file).unwrap());
    assert_eq!(cursors(&test.org), []);
}

#[test]
fn the_tables_of_an_org_are_in_another_file() {
    let test = TestOrg::on_disk(&options());
    let query = guard(Select::from_table("candor_setting", Alias(0)));
    let read = test.org.state().read(|reader| reader.query::<Error>(&query, |_| Ok(())));
    assert!(matches!(read, Err(Error::Sql { .. })), "{read:?}");
}
