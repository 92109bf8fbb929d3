//! Who signs in where.

use base::RecordId;
use store::Status;

use super::support::{made, pairs, quietly, serve};
use crate::orgs::{Error, Orgs, Place};
use crate::tests::support::{PASSWORD, USERNAME, clock, user_fields, wanted};
use crate::{Accept, Attempt, Kind, NewOrg, row};

const CHARLES: &str = "charles@example.com";

fn org_of(orgs: &Orgs, username: &str) -> Option<String> {
    orgs.of_username(username).unwrap().map(|it| it.store.id().to_owned())
}

fn attempt<'a>(username: &'a str, password: &'a str) -> Attempt<'a> {
    let (accept, kind) = (Accept::Either, Kind::Api);
    Attempt { username, password, accept, kind, client: None, request: None }
}

#[test]
fn people_are_found_by_their_usernames() {
    for two in pairs() {
        let (org, id) = made(&two.orgs);
        let text = id.to_string();
        assert_eq!(org_of(&two.orgs, "ADA@Example.com"), Some(text.clone()));
        assert_eq!(org_of(&two.orgs, CHARLES), None);
        let ctx = org.system("test");
        let fields = user_fields(&ctx, CHARLES);
        let user = crate::create_user(&ctx, &fields, Some(PASSWORD)).unwrap().0;
        // Whether anybody says that something has changed or not.
        assert_eq!(org_of(&two.orgs, CHARLES), Some(text.clone()));
        row::update(&ctx, "User", user, &[("Username", "cb@example.com".into())]).unwrap();
        assert_eq!(org_of(&two.orgs, CHARLES), None);
        assert_eq!(org_of(&two.orgs, "cb@example.com"), Some(text.clone()));
        crate::deactivate_user(&ctx, user).unwrap();
        let refused = two.orgs.login(&attempt("cb@example.com", PASSWORD));
        assert!(matches!(refused, Err(Error::Identity(crate::Error::InactiveUser { .. }))));
        let (signed_in_to, _) = two.orgs.login(&attempt(USERNAME, PASSWORD)).unwrap();
        assert_eq!(signed_in_to.store.id(), text);
        let refused = two.orgs.login(&attempt("nobody@example.com", PASSWORD));
        assert!(matches!(refused, Err(Error::Identity(crate::Error::InvalidLogin))));
        drop((ctx, org, signed_in_to));
        follow(two, id);
    }
}

/// What is known stays known when the process ends and when the org moves.
fn follow(two: super::support::Two, id: RecordId) {
    let two = two.restart();
    let text = id.to_string();
    assert_eq!(org_of(&two.orgs, "cb@example.com"), Some(text.clone()));
    let org = two.orgs.get(id).unwrap().unwrap();
    let administrator = two.orgs.of_username(USERNAME).unwrap().unwrap();
    let user = row::find(&administrator.system("t"), "User", "Username", USERNAME);
    let ctx = org.context(user.unwrap().unwrap()).unwrap();
    let client = crate::create_client(&ctx, "App", ctx.access.user().unwrap()).unwrap().client;
    drop((ctx, org, administrator));
    assert_eq!(two.orgs.of_client(&client.id).unwrap().unwrap().store.id(), text);
    two.orgs.move_to(id, "other", &mut quietly).unwrap();
    let two = two.restart();
    assert_eq!(org_of(&two.orgs, USERNAME), Some(text.clone()));
    let there = two.orgs.of_client(&client.id).unwrap().unwrap();
    assert_eq!(there.store.status().unwrap(), Status::Active);
    assert_eq!(there.store.is_shared(), two.other.is_shared());
    // And not when it has gone.
    drop(there);
    two.orgs.confirm_move(id).unwrap();
    assert_eq!(org_of(&two.orgs, USERNAME), Some(text));
}

#[test]
fn a_roster_that_is_lost_is_written_again() {
    let dir = testkit::home::directory();
    let clock = clock();
    let orgs = serve(&[("a", "eu", &dir)], &clock);
    let (org, id) = made(&orgs);
    drop((org, orgs));
    for name in ["roster.db", "roster.db-wal", "roster.db-shm"] {
        let removed = std::fs::remove_file(dir.dir().unwrap().join(name));
        assert!(removed.is_ok() || name != "roster.db");
    }
    let orgs = serve(&[("a", "eu", &dir)], &clock);
    assert_eq!(org_of(&orgs, USERNAME), None);
    assert!(orgs.settle_untold());
    assert_eq!(org_of(&orgs, USERNAME), Some(id.to_string()));
    assert_eq!(orgs.list().whole().unwrap()[0].name.as_deref(), Some("Analytical Engines"));
}

#[test]
fn another_process_finds_them_too() {
    let home = testkit::home::home();
    if !home.is_shared() {
        return;
    }
    let clock = clock();
    let here = serve(&[("a", "eu", &home)], &clock);
    let there = serve(&[("a", "eu", &home)], &clock);
    let (org, id) = made(&here);
    assert_eq!(org_of(&there, USERNAME), Some(id.to_string()));
    let ctx = org.system("test");
    // Whoever was told that the user is there may sign in as them, wherever they are.
    crate::create_user(&ctx, &user_fields(&ctx, CHARLES), Some(PASSWORD)).unwrap();
    let (signed_in_to, signed_in) = there.login(&attempt(CHARLES, PASSWORD)).unwrap();
    assert_eq!(signed_in_to.store.id(), id.to_string());
    // The session is everybody's.
    assert_eq!(crate::authenticate(&org, &signed_in.token).unwrap().user, signed_in.session.user);
}

#[test]
fn orgs_of_the_same_username_do_not_lock_each_other_out() {
    let home = testkit::home::home();
    let orgs = serve(&[("a", "eu", &home)], &clock());
    let passwords = ["Correct-horse-battery-1", "Correct-horse-battery-2"];
    let ids = passwords.map(|it| {
        let new = NewOrg { password: Some(it.to_owned()), ..wanted() };
        orgs.create(&new, &Place::default()).unwrap().org.store.id().to_owned()
    });
    let n_entries = |id: &str| {
        let org = orgs.get(RecordId::parse(id).unwrap()).unwrap().unwrap();
        org.store.verify_ledger().unwrap().size
    };
    for _ in 0..=crate::login::FAILURES_MAX {
        for n in 0..2 {
            let before = n_entries(&ids[1 - n]);
            let (org, _) = orgs.login(&attempt(USERNAME, passwords[n])).unwrap();
            assert_eq!(org.store.id(), ids[n]);
            assert_eq!(n_entries(&ids[1 - n]), before, "the other org is told nothing");
        }
    }
    // Nobody guesses on, in whichever org.
    for _ in 0..crate::login::FAILURES_MAX {
        let refused = orgs.login(&attempt(USERNAME, "Wrong-horse-battery-3"));
        assert!(matches!(refused, Err(Error::Identity(crate::Error::InvalidLogin))));
    }
    for it in passwords {
        let refused = orgs.login(&attempt(USERNAME, it));
        assert!(matches!(refused, Err(Error::Identity(crate::Error::LockedOut { .. }))));
    }
}

#[test]
fn people_of_an_org_that_another_process_moved_sign_in_at_once() {
    let (eu, other) = (testkit::home::home(), testkit::home::home());
    if !eu.is_shared() {
        return;
    }
    let clock = clock();
    let homes = [("eu", "eu", &eu), ("other", "eu", &other)];
    let (here, there) = (serve(&homes, &clock), serve(&homes, &clock));
    let (org, id) = made(&here);
    drop(org);
    there.login(&attempt(USERNAME, PASSWORD)).unwrap();
    for to in ["other", "eu"] {
        here.move_to(id, to, &mut quietly).unwrap();
        // No time passes: where the org was is remembered there, and even open.
        let (org, _) = there.login(&attempt(USERNAME, PASSWORD)).unwrap();
        assert_eq!(org.store.status().unwrap(), Status::Active);
        drop(org);
        there.close_all();
        here.confirm_move(id).unwrap();
    }
}
