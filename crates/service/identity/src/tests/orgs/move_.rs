//! Moving orgs while they are used.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use records::{Org, SaveOptions};
use store::Status;

use super::support::{
    Two, account, accounts, assert_same, contents, copies, made, pairs, quietly, serve,
};
use crate::orgs::{Error, Step};
use crate::tests::support::{PASSWORD, USERNAME, user_fields};
use crate::{Accept, Attempt, Kind, row};

/// The copy that was left behind, opened past the registry.
fn kept(two: &Two, id: base::RecordId) -> Arc<Org> {
    let options = crate::tests::support::options(&two.clock);
    crate::open_org(&two.eu, &id.to_string(), &options).unwrap()
}

#[test]
fn an_org_moves_with_everything_it_has() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        let first = account(&org, "First").unwrap();
        let dropped = account(&org, "Dropped").unwrap();
        let before = contents(&org);
        let mut n_changes = 0;
        two.orgs
            .move_to(id, "other", &mut |step| {
                change(&org, step, (first, dropped), &mut n_changes);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(10 < n_changes, "{n_changes}");
        assert_eq!(copies(&two.orgs, id), ["eu: moved other", "other: active"]);
        let arrived = two.orgs.get(id).unwrap().unwrap();
        assert_eq!(arrived.store.is_shared(), two.other.is_shared());
        drop(org);
        two.orgs.close_all();
        let left = kept(&two, id);
        assert_same(&contents(&left), &contents(&arrived));
        assert!(before != contents(&arrived));
        assert_eq!(accounts(&left), accounts(&arrived));
        assert_eq!(accounts(&arrived).len(), n_changes + 1);
        let head = arrived.store.verify_ledger().unwrap();
        assert_eq!(left.store.verify_ledger().unwrap(), head);
        let refused = account(&left, "Late");
        assert!(refused.is_err(), "{refused:?}");
        drop(left);
        account(&arrived, "Next").unwrap();
        assert!(head.size < arrived.store.verify_ledger().unwrap().size);
        let again = two.orgs.move_to(id, "other", &mut quietly);
        assert!(matches!(again, Ok(())), "{again:?}");
        let back = two.orgs.move_to(id, "eu", &mut quietly);
        assert!(matches!(back, Err(Error::Kept { .. })), "{back:?}");
        let cancelled = two.orgs.cancel_move(id);
        assert!(matches!(cancelled, Err(Error::Arrived { .. })), "{cancelled:?}");
        two.orgs.confirm_move(id).unwrap();
        assert_eq!(copies(&two.orgs, id), ["other: active"]);
        assert_eq!(two.eu.n_kept(), 0);
        let nothing = two.orgs.confirm_move(id);
        assert!(matches!(nothing, Err(Error::NotMoving { .. })), "{nothing:?}");
        // And back, while it is in use there.
        two.orgs.move_to(id, "eu", &mut quietly).unwrap();
        let in_use = two.orgs.confirm_move(id);
        assert!(matches!(in_use, Err(Error::InUse)), "{in_use:?}");
        drop(arrived);
        two.orgs.confirm_move(id).unwrap();
        assert!(accounts(&two.orgs.get(id).unwrap().unwrap()).contains(&"Next".to_owned()));
    }
}

/// Changes records while they are copied. Only a frozen org refuses.
fn change(
    org: &Arc<Org>,
    step: &Step,
    (first, dropped): (base::RecordId, base::RecordId),
    n_changes: &mut usize,
) {
    match step {
        Step::Begun { .. } => {
            let ctx = org.system("test");
            let all = SaveOptions { all_or_none: true };
            row::one(records::delete(&ctx, &[dropped], &all).unwrap()).unwrap();
        }
        Step::Copied { .. } if *n_changes < 40 && org.store.status().unwrap() == Status::Active => {
            account(org, &format!("Account {n_changes}")).unwrap();
            let site = format!("{n_changes}").as_str().into();
            row::update(&org.system("test"), "Account", first, &[("Site", site)]).unwrap();
            *n_changes += 1;
        }
        Step::Frozen => {
            let refused = account(org, "Refused");
            let is_closed = matches!(
                refused,
                Err(crate::Error::Records(records::Error::Store(store::Error::Closed { .. })))
            );
            assert!(is_closed, "{refused:?}");
        }
        _ => {}
    }
}

#[test]
fn who_writes_meanwhile_loses_nothing() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        drop(org);
        let over = AtomicBool::new(false);
        let acknowledged = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|writer| {
                    let (orgs, over) = (&two.orgs, &over);
                    scope.spawn(move || {
                        let mut acknowledged = Vec::new();
                        let mut n = 0;
                        while !over.load(Ordering::SeqCst) {
                            let name = format!("Account {writer} {n:05}");
                            let org = orgs.get(id).unwrap().unwrap();
                            // Refused while the org is frozen, and by what it has left.
                            if account(&org, &name).is_ok() {
                                acknowledged.push(name);
                            }
                            n += 1;
                        }
                        acknowledged
                    })
                })
                .collect();
            let moved = two.orgs.move_to(id, "other", &mut quietly);
            over.store(true, Ordering::SeqCst);
            let acknowledged = writers.into_iter().flat_map(|it| it.join().unwrap()).collect();
            moved.unwrap();
            acknowledged
        });
        let mut acknowledged: Vec<String> = acknowledged;
        acknowledged.sort_unstable();
        assert!(!acknowledged.is_empty());
        let arrived = two.orgs.get(id).unwrap().unwrap();
        assert_eq!(accounts_all(&arrived), acknowledged);
        arrived.store.verify_ledger().unwrap();
    }
}

/// The names of all accounts, however many.
fn accounts_all(org: &Arc<Org>) -> Vec<String> {
    let schema = org.schema();
    let object = schema.object("Account").unwrap();
    let column = object.field("Name").unwrap().column();
    let mut names = Vec::new();
    let query = row::select(&object.table, &[column], sql::Expr::True);
    org.store
        .read()
        .unwrap()
        .query::<store::Error>(&query, |row| {
            names.push(row.text(0).unwrap().to_owned());
            Ok(())
        })
        .unwrap();
    names.sort_unstable();
    names
}

#[test]
fn metadata_that_is_deployed_meanwhile_comes_along() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        let mut is_deployed = false;
        let mut n_anew = 0;
        two.orgs
            .move_to(id, "other", &mut |step| {
                if !is_deployed && matches!(step, Step::Copied { .. }) {
                    is_deployed = true;
                    // An app is one of the things that the ledger calls a deployment.
                    let ctx = org.context(administrator(&org)).unwrap();
                    crate::create_client(&ctx, "App", administrator(&org)).unwrap();
                }
                n_anew += usize::from(*step == Step::Anew);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(n_anew, 1);
        drop(org);
        let arrived = two.orgs.get(id).unwrap().unwrap();
        assert_same(&contents(&kept(&two, id)), &contents(&arrived));
    }
}

fn administrator(org: &Arc<Org>) -> base::RecordId {
    row::find(&org.system("test"), "User", "Username", USERNAME).unwrap().unwrap()
}

#[test]
fn sessions_end_with_a_move() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        let ctx = org.system("test");
        crate::create_user(&ctx, &user_fields(&ctx, "b@example.com"), Some(PASSWORD)).unwrap();
        let attempt = Attempt {
            username: "b@example.com",
            password: PASSWORD,
            accept: Accept::Either,
            kind: Kind::Api,
            client: None,
            request: None,
        };
        let (_, signed_in) = two.orgs.login(&attempt).unwrap();
        two.orgs.move_to(id, "other", &mut quietly).unwrap();
        let arrived = two.orgs.get(id).unwrap().unwrap();
        for org in [&org, &arrived] {
            let ended = crate::authenticate(org, &signed_in.token);
            assert!(matches!(ended, Err(crate::Error::InvalidSession)), "{ended:?}");
        }
        two.orgs.login(&attempt).unwrap();
    }
}

#[test]
fn two_processes_move_an_org_once() {
    let (eu, other) = (testkit::home::home(), testkit::home::home());
    if !eu.is_shared() {
        return;
    }
    let two = Two::new(eu, other);
    let homes = [("eu", "eu", &two.eu), ("other", "eu", &two.other)];
    let second = serve(&homes, &two.clock);
    let (org, id) = made(&two.orgs);
    account(&org, "Before").unwrap();
    let there = second.get(id).unwrap().unwrap();
    two.orgs
        .move_to(id, "other", &mut |step| {
            if matches!(step, Step::Begun { .. } | Step::Frozen) {
                let refused = second.move_to(id, "other", &mut quietly);
                assert!(matches!(refused, Err(Error::Leased { .. })), "{refused:?}");
                let refused = second.cancel_move(id);
                assert!(matches!(refused, Err(Error::Leased { .. })), "{refused:?}");
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    // The other process writes to what it has open, until it looks.
    let refused = account(&there, "Lost");
    assert!(refused.is_err(), "{refused:?}");
    two.clock.advance(std::time::Duration::from_secs(2));
    let arrived = second.get(id).unwrap().unwrap();
    account(&arrived, "After").unwrap();
    assert_eq!(accounts(&two.orgs.get(id).unwrap().unwrap()), ["After", "Before"]);
}
