//! A server at a distance: connections that die, other processes, limits. These run where
//! `CANDOR_TEST_POSTGRES` names a server.

mod proxy;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sql::{AddColumn, ColumnDef, ColumnType, Ddl, Expr, Statement, Update, Value, ValueRef};

use self::proxy::Proxy;
use super::probe::{Point, Probe};
use super::{
    ORG_ID, TestHome, add, column, guard, make, numbers, options, postgres_options, record_id,
    rows, write,
};
use crate::postgres::bind::Params;
use crate::postgres::connection::Connection;
use crate::{Durability, Error, Home, Options, Org, PostgresOptions, Status};

/// A home on the server, its options, and a connection beside it; none if no server is named.
fn server() -> Option<(TestHome, PostgresOptions, Connection)> {
    let home = TestHome::new();
    let Some(options) = home.postgres.clone() else {
        println!("skipped: CANDOR_TEST_POSTGRES names no server");
        return None;
    };
    let beside = PostgresOptions { namespace: "beside".to_owned(), ..options.clone() };
    let other = Connection::open(&beside, &"test".into()).unwrap();
    Some((home, options, other))
}

/// Ends all connections of a namespace, as an operator would.
fn terminate(options: &PostgresOptions, other: &mut Connection) -> usize {
    let text = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                WHERE application_name = $1";
    other.rows(text, &[ValueRef::Text(&options.namespace)]).unwrap().len()
}

fn run(other: &mut Connection, options: &PostgresOptions, text: &str) {
    let text = text.replace("SCHEMA", &super::schema_of(options));
    other.run(&text, &Params::default(), false).unwrap();
}

/// The same home, as another process has it.
fn another(options: &PostgresOptions) -> Home {
    Home::postgres(options)
}

#[test]
fn a_connection_that_died_idle_is_replaced_silently() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = make(&home.home, &options());
    for n in 0..3 {
        write(&org, n).unwrap();
        assert!(0 < terminate(&postgres, &mut other));
        assert_eq!(numbers(&org.read().unwrap()), (0..=n).collect::<Vec<_>>());
        terminate(&postgres, &mut other);
        assert_eq!(org.meta().unwrap(), -1);
        terminate(&postgres, &mut other);
        assert_eq!(home.home.orgs().unwrap().len(), 1);
        terminate(&postgres, &mut other);
    }
    write(&org, 3).unwrap();
    assert_eq!(org.verify_ledger().unwrap().size, 4);
}

#[test]
fn a_connection_that_dies_takes_its_transaction_and_nothing_else() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = make(&home.home, &options());
    write(&org, 1).unwrap();
    let done = org.write(|tx| {
        let _logged = add(tx, 2)?;
        assert_eq!(numbers(tx), [1, 2]);
        terminate(&postgres, &mut other);
        let logged = add(tx, 3)?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    // Nothing was said of the commit: what is found is that it did not come about.
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
    let done = org.write(|tx| {
        let logged = add(tx, 2)?;
        terminate(&postgres, &mut other);
        let seen = tx.query::<Error>(&guard(super::accounts()), |_| Ok(()));
        assert!(matches!(seen, Err(Error::Unavailable { .. })), "{seen:?}");
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
    let read = org.read().unwrap();
    assert_eq!(numbers(&read), [1]);
    terminate(&postgres, &mut other);
    let seen = read.query::<Error>(&guard(super::accounts()), |_| Ok(()));
    assert!(matches!(seen, Err(Error::Unavailable { .. })), "{seen:?}");
    drop(read);
    write(&org, 2).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1, 2]);
    assert_eq!(org.verify_ledger().unwrap().size, 2);
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_up() {
    let Some((home, postgres, _)) = server() else { return };
    drop(make(&home.home, &options()));
    // Before the server has it, and after.
    for (first, cut) in [(10, proxy::Cut::Request), (20, proxy::Cut::Answer)] {
        let proxy = Proxy::start(&postgres);
        let org = another(&proxy.options(&postgres)).open(ORG_ID, &options()).unwrap();
        write(&org, first).unwrap();
        let before = numbers(&org.read().unwrap());
        let next = first + 1;
        proxy.cut_at_commit(cut);
        let done = write(&org, next);
        assert!(proxy.has_cut());
        let after = numbers(&org.read().unwrap());
        match cut {
            proxy::Cut::Request => {
                assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
                assert_eq!(after, before);
            }
            proxy::Cut::Answer | proxy::Cut::All => {
                done.unwrap();
                assert!(after.contains(&next), "{after:?}");
            }
        }
        write(&org, next + 1).unwrap();
        let kept = numbers(&org.read().unwrap()).len() as u64;
        assert_eq!(org.verify_ledger().unwrap().size, kept);
    }
}

#[test]
fn a_commit_that_nobody_can_look_up_is_in_doubt() {
    let Some((home, postgres, _)) = server() else { return };
    drop(make(&home.home, &options()));
    let proxy = Proxy::start(&postgres);
    let wait = Options { busy_timeout: Duration::from_millis(50), ..options() };
    let org = another(&proxy.options(&postgres)).open(ORG_ID, &wait).unwrap();
    write(&org, 1).unwrap();
    proxy.cut_at_commit(proxy::Cut::All);
    let done = write(&org, 2);
    assert!(matches!(done, Err(Error::InDoubt)), "{done:?}");
    proxy.refuse(false);
    write(&org, 3).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1, 2, 3]);
    assert_eq!(org.verify_ledger().unwrap().size, 3);
}

#[test]
fn a_lost_server_is_told_of_and_comes_back() {
    let Some((home, postgres, _)) = server() else { return };
    drop(make(&home.home, &options()));
    let proxy = Proxy::start(&postgres);
    let wait = Options { busy_timeout: Duration::from_millis(100), ..options() };
    let org = another(&proxy.options(&postgres)).open(ORG_ID, &wait).unwrap();
    write(&org, 1).unwrap();
    proxy.refuse(true);
    let lost = org.read().and_then(|it| it.query(&guard(super::accounts()), |_| Ok(())));
    assert!(matches!(lost, Err(Error::Unavailable { .. })), "{lost:?}");
    let done = write(&org, 2);
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
    proxy.refuse(false);
    write(&org, 2).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1, 2]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is how long it takes")]
fn another_processs_unit_is_waited_for_and_no_longer() {
    let Some((home, postgres, mut other)) = server() else { return };
    let wait = Duration::from_millis(50);
    let org = make(&home.home, &Options { busy_timeout: wait, ..options() });
    run(&mut other, &postgres, "BEGIN");
    run(&mut other, &postgres, "SELECT 1 FROM SCHEMA.candor_ledger_state FOR UPDATE");
    let start = Instant::now();
    let done = write(&org, 1);
    assert!(matches!(done, Err(Error::Busy)), "{done:?}");
    assert!(wait <= start.elapsed());
    run(&mut other, &postgres, "ROLLBACK");
    write(&org, 1).unwrap();
    assert_eq!(org.verify_ledger().unwrap().size, 1);
}

#[test]
fn processes_write_one_ledger_without_gaps() {
    const EACH: i64 = 60;
    let Some((home, postgres, _)) = server() else { return };
    drop(make(&home.home, &options()));
    let options = Options { durability: Durability::Full, ..options() };
    let orgs: Vec<Org> =
        (0..3).map(|_| another(&postgres).open(ORG_ID, &options).unwrap()).collect();
    thread::scope(|scope| {
        for (process, org) in orgs.iter().enumerate() {
            for half in 0..2 {
                scope.spawn(move || {
                    let first = (process as i64 * 2 + half) * EACH;
                    for n in first..first + EACH {
                        write(org, n).unwrap();
                    }
                });
            }
        }
    });
    for org in &orgs {
        assert_eq!(numbers(&org.read().unwrap()), (0..6 * EACH).collect::<Vec<_>>());
        assert_eq!(org.verify_ledger().unwrap().size, 6 * EACH as u64);
    }
    let commits: u64 = orgs.iter().map(Org::commits).sum();
    assert!(commits <= 6 * EACH as u64, "{commits}");
}

#[test]
fn processes_see_each_others_status_and_metadata() {
    let Some((home, postgres, _)) = server() else { return };
    let one = make(&home.home, &options());
    let two = another(&postgres).open(ORG_ID, &options()).unwrap();
    let touched = one.write(|tx| {
        tx.touch_meta();
        let logged = add(tx, 1)?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    touched.unwrap();
    assert_eq!((one.meta().unwrap(), two.meta().unwrap()), (0, 0));
    let seen = two.write(|tx| tx.unchanged((tx.meta(), tx.next_leaf())));
    assert_eq!(seen.map_err(|it: Error| it.to_string()), Ok((0, 1)));
    let frozen = Status::Frozen { to: "eu".to_owned() };
    one.set_status(frozen.clone()).unwrap();
    assert_eq!(two.status().unwrap(), frozen);
    let done = write(&two, 2);
    assert!(matches!(&done, Err(Error::Closed { status }) if *status == frozen), "{done:?}");
    assert_eq!(another(&postgres).orgs().unwrap()[0].status, frozen);
    two.set_status(Status::Active).unwrap();
    write(&one, 2).unwrap();
    // One process must not take it away from another one unseen: it says that it is gone.
    drop(one);
    home.home.remove(ORG_ID).unwrap();
    let done = write(&two, 3);
    assert!(matches!(done, Err(Error::Missing { .. })), "{done:?}");
    let select = || super::guard(sql::Select::from_table("account", sql::Alias(0)));
    let read = || two.read()?.query::<Error>(&select(), |_| Ok(()));
    assert!(matches!(read(), Err(Error::Missing { .. })), "{:?}", read());
    assert!(two.is_gone());
    for told in [two.status().map(|_| ()), two.meta().map(|_| ())] {
        assert!(matches!(told, Err(Error::Missing { .. })), "{told:?}");
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is waited for is done by a thread of the store"
)]
fn tables_that_have_grown_are_analyzed() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = make(&home.home, &options());
    let mut known = || {
        let text = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass($1)";
        let table = format!("{}.account", super::schema_of(&postgres));
        match other.rows(text, &[ValueRef::Text(&table)]).unwrap()[0].get(0) {
            ValueRef::Int(known) => known,
            other => panic!("{other:?}"),
        }
    };
    let load = |from: i64| {
        let loaded = org.write(|tx| {
            (from + 1..from + 600).try_for_each(|n| add(tx, n).map(|_| ()))?;
            let logged = add(tx, from)?;
            Ok::<_, Error>(tx.commit(logged, ()))
        });
        loaded.unwrap();
    };
    load(0);
    assert_eq!(known(), -1, "it has too few rows to matter");
    load(1000);
    let patience = Instant::now() + Duration::from_secs(20);
    while known() != 1200 {
        assert!(Instant::now() < patience, "it knows of {}", known());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_table_that_is_missing_is_no_org_that_is() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = make(&home.home, &options());
    run(&mut other, &postgres, "DROP TABLE SCHEMA.account");
    let select = super::guard(sql::Select::from_table("account", sql::Alias(0)));
    let read = org.read().unwrap().query::<Error>(&select, |_| Ok(()));
    assert!(matches!(read, Err(Error::Sql { .. })), "{read:?}");
}

#[test]
fn a_unit_that_made_way_is_run_again() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = make(&home.home, &options());
    write(&org, 1).unwrap();
    write(&org, 2).unwrap();
    let rename = |n| Update {
        table: "account".to_owned(),
        set: vec![("name".to_owned(), Expr::text("ours"))],
        where_: Expr::OwnColumn("id".to_owned()).eq(Expr::int(record_id(n).raw())),
    };
    let theirs = |n| {
        let id = record_id(n).raw();
        format!("UPDATE SCHEMA.account SET name = 'theirs' WHERE id = {id}")
    };
    run(&mut other, &postgres, "BEGIN");
    run(&mut other, &postgres, &theirs(2));
    let beside = PostgresOptions { namespace: "watcher".to_owned(), ..postgres.clone() };
    let mut watcher = Connection::open(&beside, &"test".into()).unwrap();
    let mut waits = || {
        let text = "SELECT 1 FROM pg_stat_activity \
                    WHERE application_name = $1 AND wait_event_type = 'Lock'";
        !watcher.rows(text, &[ValueRef::Text(&postgres.namespace)]).unwrap().is_empty()
    };
    let tries = AtomicU32::new(0);
    thread::scope(|scope| {
        // Who waits first finds the deadlock first, and makes way.
        let theirs = scope.spawn(|| {
            while !waits() {
                thread::yield_now();
            }
            run(&mut other, &postgres, &theirs(1));
            run(&mut other, &postgres, "COMMIT");
        });
        let done = org.write(|tx| {
            tries.fetch_add(1, Ordering::SeqCst);
            tx.execute(Statement::Update(&rename(1)))?;
            tx.execute(Statement::Update(&rename(2)))?;
            let logged = tx.append(super::draft(3))?;
            Ok::<_, Error>(tx.commit(logged, ()))
        });
        done.unwrap();
        theirs.join().unwrap();
    });
    // Theirs may be overtaken once more.
    assert!((2..=4).contains(&tries.into_inner()));
    let mut select = super::accounts();
    select.columns = vec![column("name")];
    let read = org.read().unwrap();
    let names = rows(&read, select, |row| row.text(0).map(str::to_owned));
    assert_eq!(names, [Some("ours".to_owned()), Some("ours".to_owned())]);
    assert_eq!(org.verify_ledger().unwrap().size, 3);
}

#[test]
fn connections_are_bounded_and_come_back() {
    let Some((home, postgres, _)) = server() else { return };
    drop(make(&home.home, &options()));
    let few = PostgresOptions { connections: 4, ..postgres };
    let wait = Options { busy_timeout: Duration::from_millis(20), readers: 10, ..options() };
    let org = another(&few).open(ORG_ID, &wait).unwrap();
    // Two are kept for units, of which one waits for nobody.
    let reads: Vec<_> = (0..2).map(|_| org.read().unwrap()).collect();
    assert!(matches!(org.read(), Err(Error::Busy)));
    write(&org, 1).unwrap();
    assert_eq!(org.meta().unwrap(), -1);
    for read in &reads {
        assert_eq!(numbers(read), [1]);
    }
    drop(reads);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    // Those that come in vain do no harm.
                    drop(org.read().map(|it| numbers(&it)));
                }
            });
        }
    });
    assert_eq!(numbers(&org.read().unwrap()), [1]);
}

#[test]
fn connections_end_when_they_have_touched_many_tables() {
    let Some((home, postgres, mut other)) = server() else { return };
    drop(make(&home.home, &options()));
    let few = PostgresOptions { tables_max: 2, connections: 8, ..postgres };
    let org = another(&few).open(ORG_ID, &options()).unwrap();
    let backends = |other: &mut Connection| {
        let text = "SELECT pid::text FROM pg_stat_activity WHERE application_name = $1";
        let all = other.rows(text, &[ValueRef::Text(&few.namespace)]).unwrap();
        all.len()
    };
    for n in 0..20 {
        // The ledger, its state, and the account: a connection serves one unit.
        write(&org, n).unwrap();
    }
    assert!(backends(&mut other) <= 4, "they are closed");
    assert_eq!(org.verify_ledger().unwrap().size, 20);
}

#[test]
fn rows_come_in_portions_and_queries_nest() {
    let Some((home, ..)) = server() else { return };
    let org = make(&home.home, &options());
    const N: i64 = 10_000;
    let done = org.write(|tx| {
        let mut last = None;
        for n in 0..N {
            last = Some(add(tx, n)?);
        }
        Ok::<_, Error>(tx.commit(last.unwrap(), ()))
    });
    done.unwrap();
    let read = org.read().unwrap();
    let (mut outer, mut inner) = (0, 0);
    let done = read.query::<Error>(&guard(super::accounts()), |row| {
        outer += 1;
        if outer % 3_000 == 1 {
            let id = row.int(0).unwrap();
            let mut select = super::accounts();
            select.where_ = column("id").compare(sql::CompareOp::Ge, Expr::int(id));
            read.query::<Error>(&guard(select), |_| {
                inner += 1;
                if inner % 6_000 == 0 { Err(Error::Unlogged) } else { Ok(()) }
            })
            .or_else(|error| if let Error::Unlogged = error { Ok(()) } else { Err(error) })?;
            let mut select = super::accounts();
            select.where_ = column("id").eq(Expr::int(id));
            assert_eq!(rows(&read, select, |it| it.int(0)), [Some(id)]);
        }
        Ok(())
    });
    done.unwrap();
    assert_eq!(outer, N);
    assert_eq!(numbers(&read).len() as i64, N);
    assert_eq!(org.verify_ledger().unwrap().size as i64, N);
}

#[test]
fn a_plan_that_is_older_than_its_table_is_made_anew() {
    let Some((home, postgres, _)) = server() else { return };
    let one = make(&home.home, &options());
    let two = another(&postgres).open(ORG_ID, &options()).unwrap();
    let mut select = super::accounts();
    select.columns = vec![column("number")];
    write(&one, 1).unwrap();
    for _ in 0..2 {
        rows(&two.read().unwrap(), select.clone(), |_| ());
    }
    let added = ColumnDef {
        name: "number".to_owned(),
        ty: ColumnType::Int,
        primary_key: false,
        not_null: true,
        default: Some(Value::Int(7)),
    };
    let steps = [
        Ddl::DropColumn { table: "account".to_owned(), column: "number".to_owned() },
        Ddl::AddColumn(AddColumn { table: "account".to_owned(), column: added }),
    ];
    let changed = one.write(|tx| {
        for step in &steps {
            tx.execute(Statement::Ddl(step))?;
        }
        let logged = tx.append(super::draft(3))?;
        Ok::<_, Error>(tx.commit(logged, ()))
    });
    changed.unwrap();
    assert_eq!(rows(&two.read().unwrap(), select, |row| row.int(0)), [Some(7)]);
}

#[test]
fn what_a_maker_left_is_cleared_and_what_it_makes_is_not() {
    let Some((home, postgres, mut other)) = server() else { return };
    let org = home.home.create(ORG_ID, &options(), &super::tables()).unwrap();
    another(&postgres).clear_unfinished().unwrap();
    write(&org, 1).unwrap();
    // Its connections die, as if the process had.
    terminate(&postgres, &mut other);
    let second = another(&postgres);
    second.clear_unfinished().unwrap();
    assert!(home.home.publish(org).is_err());
    drop(make(&second, &options()));
    assert_eq!(second.orgs().unwrap().len(), 1);
}

#[test]
fn a_batch_that_fails_at_its_commit_leaves_nothing() {
    let Some((home, postgres, other)) = server() else { return };
    let other = Arc::new(std::sync::Mutex::new(other));
    let armed = Arc::new(AtomicBool::new(false));
    let (killer, fires) = (Arc::clone(&other), Arc::clone(&armed));
    let target = postgres.clone();
    let probe = Probe::new(move |point| {
        if point == Point::Committing && fires.swap(false, Ordering::SeqCst) {
            terminate(&target, &mut killer.lock().unwrap());
        }
        Ok(())
    });
    let org = make(&home.home, &Options { probe, ..options() });
    write(&org, 1).unwrap();
    armed.store(true, Ordering::SeqCst);
    let done = write(&org, 2);
    assert!(matches!(done, Err(Error::Unavailable { .. })), "{done:?}");
    write(&org, 2).unwrap();
    assert_eq!(numbers(&org.read().unwrap()), [1, 2]);
    assert_eq!(org.verify_ledger().unwrap().size, 2);
    drop(other);
}

#[test]
fn secrets_are_not_told() {
    let Some(mut wrong) = postgres_options() else { return };
    let secret = "s3cret-and-wrong";
    wrong.password = Some(crate::Password::new(secret));
    wrong.user = "nobody_of_that_name".to_owned();
    let home = Home::postgres(&wrong);
    let error = home.orgs().unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    for told in [format!("{error:?} {error}"), format!("{home:?}"), format!("{wrong:?}")] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn connections_to_a_server_that_takes_no_changes_are_left() {
    use crate::postgres::pool::{Class, Pool};

    let Some((_home, postgres, _other)) = server() else { return };
    let pool = Pool::new(&postgres);
    let take = || pool.take(Class::State, 1, Duration::from_secs(5)).unwrap();
    let run = |on: &mut Connection, text: &str| on.run(text, &Params::default(), false);
    let pid = |on: &mut Connection| {
        let rows = on.rows("SELECT CAST(pg_backend_pid() AS BIGINT)", &[]).unwrap();
        let ValueRef::Int(pid) = rows[0].get(0) else { panic!() };
        pid
    };
    let (mut first, mut second) = (take(), take());
    let pids = [pid(&mut first), pid(&mut second)];
    // As those of a server do that has become the standby of another one.
    run(&mut first, "SET default_transaction_read_only TO on").unwrap();
    pool.give_back(second, 1);
    let refused = run(&mut first, "CREATE SCHEMA never_made");
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    pool.give_back(first, 1);
    let mut next = take();
    assert!(!pids.contains(&pid(&mut next)), "it leads elsewhere");
    pool.give_back(next, 1);
}
