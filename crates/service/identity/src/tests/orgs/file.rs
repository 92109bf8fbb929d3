//! Export and import.

use std::ops::ControlFlow;

use super::support::{account, accounts, assert_same, contents, made, pairs, quietly, serve};
use crate::orgs::{Error, Place, Step};
use crate::tests::support::USERNAME;

#[test]
fn an_export_is_the_org_and_comes_back() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        for n in 0..3 {
            account(&org, &format!("Account {n}")).unwrap();
        }
        let before = contents(&org);
        let dir = tempfile::tempdir().unwrap();
        let mut is_changed = false;
        let head = two
            .orgs
            .export(id, dir.path(), &mut |step| {
                // Whatever happens meanwhile is not in it.
                if !is_changed && matches!(step, Step::Copied { n_rows: 1.., .. }) {
                    is_changed = true;
                    account(&org, "Later").unwrap();
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(is_changed);
        assert_eq!(accounts(&org).len(), 4);
        let again = two.orgs.export(id, dir.path(), &mut quietly);
        assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
        let place = Place { home: Some("other"), ..Place::default() };
        let known = two.orgs.import(dir.path(), None, &place, &mut quietly);
        assert!(matches!(known, Err(Error::Exists { .. })), "{known:?}");
        drop(org);
        two.orgs.close_all();
        two.eu.remove(&id.to_string()).unwrap();
        let two = two.restart();
        assert!(two.orgs.get(id).unwrap().is_none());
        assert!(two.orgs.of_username(USERNAME).unwrap().is_none());
        let imported = two.orgs.import(dir.path(), None, &place, &mut quietly).unwrap();
        assert_eq!(imported, id);
        let org = two.orgs.of_username(USERNAME).unwrap().unwrap();
        assert_eq!(org.store.is_shared(), two.other.is_shared());
        assert_same(&before, &contents(&org));
        assert_eq!(org.store.verify_ledger().unwrap(), head);
        account(&org, "Next").unwrap();
        // What was exported is a home, and was left as it was.
        let dir = testkit_home(dir.path());
        let exported = crate::open_org(&dir, &id.to_string(), &options(&two)).unwrap();
        assert_same(&before, &contents(&exported));
    }
}

fn testkit_home(path: &std::path::Path) -> store::Home {
    store::Home::directory(path)
}

fn options(two: &super::support::Two) -> store::Options {
    crate::tests::support::options(&two.clock)
}

#[test]
fn exports_and_imports_that_were_cut_off_are_done_again() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        let before = contents(&org);
        drop(org);
        let dir = tempfile::tempdir().unwrap();
        let mut stop = |step: &Step| match step {
            Step::Copied { table, .. } if table == "candor_ledger" => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let stopped = two.orgs.export(id, dir.path(), &mut stop);
        assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
        let none = two.orgs.import(dir.path(), None, &Place::default(), &mut quietly);
        assert!(matches!(none, Err(Error::UnknownOrg { .. })), "{none:?}");
        two.orgs.export(id, dir.path(), &mut quietly).unwrap();
        let super::support::Two { orgs, clock, eu, other } = two;
        drop(orgs);
        let there = serve(&[("other", "eu", &other)], &clock);
        let stopped = there.import(dir.path(), Some(id), &Place::default(), &mut stop);
        assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
        assert!(there.get(id).unwrap().is_none());
        there.import(dir.path(), Some(id), &Place::default(), &mut quietly).unwrap();
        assert_same(&before, &contents(&there.get(id).unwrap().unwrap()));
        drop((there, eu));
    }
}
