//! Moves that are cut off anywhere, and then resumed or taken back.

use std::ops::ControlFlow;

use base::RecordId;

use super::support::{Two, account, accounts, assert_same, contents, copies, made, pairs, quietly};
use crate::orgs::{Error, Step};

/// Where a move is cut off: at the first step that this says yes to.
type Cut = (&'static str, fn(&Step, usize) -> bool);

/// The steps, with the number of the step among those that are no pages.
const CUTS: [Cut; 8] = [
    ("begun", |step, _| matches!(step, Step::Begun { .. })),
    ("users", |step, _| matches!(step, Step::Copied { table, .. } if table.starts_with("user"))),
    ("followed", |step, _| matches!(step, Step::Followed { .. })),
    ("frozen", |step, _| *step == Step::Frozen),
    ("followed while frozen", |step, n| 2 < n && matches!(step, Step::Followed { .. })),
    ("verified", |step, _| matches!(step, Step::Verified { .. })),
    ("arrived", |step, _| matches!(step, Step::Arrived { .. })),
    ("left", |step, _| matches!(step, Step::Left { .. })),
];

fn cut_off(two: &Two, id: RecordId, to: &str, (name, cut): Cut) {
    let mut n_steps = 0;
    let stopped = two.orgs.move_to(id, to, &mut |step| {
        n_steps += usize::from(!matches!(step, Step::Copied { .. }));
        if cut(step, n_steps) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{name}: {stopped:?}");
}

/// Whether a move that was cut off there has arrived.
fn has_arrived(name: &str) -> bool {
    ["arrived", "left"].contains(&name)
}

#[test]
fn a_move_is_resumed_from_anywhere() {
    for mut two in pairs() {
        let (org, id) = made(&two.orgs);
        drop(org);
        let (mut from, mut to) = ("eu", "other");
        for (n, cut) in CUTS.into_iter().enumerate() {
            let before = contents(&two.orgs.get(id).unwrap().unwrap());
            cut_off(&two, id, to, cut);
            two = two.restart();
            let served = two.orgs.get(id).unwrap().unwrap();
            assert_same(&before, &contents(&served));
            // Whoever may write between, may.
            let written = account(&served, &format!("Account {n}"));
            let is_frozen = ["frozen", "followed while frozen", "verified"].contains(&cut.0);
            assert_eq!(written.is_err(), is_frozen, "{}: {written:?}", cut.0);
            if let Err(refused) = &written {
                assert!(refused.to_string().contains("moved") || is_frozen, "{refused}");
            }
            let written = accounts(&served);
            drop(served);
            two.orgs.move_to(id, to, &mut quietly).unwrap();
            let at = [format!("{from}: moved {to}"), format!("{to}: active")];
            let mut copies = copies(&two.orgs, id);
            copies.sort_by_key(|it| !it.starts_with(from));
            assert_eq!(copies, at, "{}", cut.0);
            let arrived = two.orgs.get(id).unwrap().unwrap();
            assert_eq!(accounts(&arrived), written, "{}", cut.0);
            arrived.store.verify_ledger().unwrap();
            drop(arrived);
            two.orgs.confirm_move(id).unwrap();
            (from, to) = (to, from);
        }
    }
}

#[test]
fn a_move_is_taken_back_until_it_has_arrived() {
    for mut two in pairs() {
        let (org, id) = made(&two.orgs);
        drop(org);
        let nothing = two.orgs.cancel_move(id);
        assert!(matches!(nothing, Err(Error::NotMoving { .. })), "{nothing:?}");
        for cut in CUTS {
            let before = contents(&two.orgs.get(id).unwrap().unwrap());
            cut_off(&two, id, "other", cut);
            two = two.restart();
            let cancelled = two.orgs.cancel_move(id);
            if has_arrived(cut.0) {
                assert!(matches!(cancelled, Err(Error::Arrived { .. })), "{cancelled:?}");
                // It goes forward, and back as a move of its own.
                two.orgs.confirm_move(id).unwrap();
                assert_eq!(copies(&two.orgs, id), ["other: active"], "{}", cut.0);
                two.orgs.move_to(id, "eu", &mut quietly).unwrap();
                two.orgs.confirm_move(id).unwrap();
            } else {
                cancelled.unwrap();
                assert_eq!(two.other.n_kept(), 0, "{}", cut.0);
            }
            assert_eq!(copies(&two.orgs, id), ["eu: active"], "{}", cut.0);
            let back = two.orgs.get(id).unwrap().unwrap();
            assert_same(&before, &contents(&back));
            account(&back, cut.0).unwrap();
        }
        let back = two.orgs.get(id).unwrap().unwrap();
        assert_eq!(accounts(&back).len(), CUTS.len());
        back.store.verify_ledger().unwrap();
    }
}

#[test]
fn a_move_elsewhere_waits_for_the_first_one() {
    let third = testkit::home::home();
    let two = pairs().remove(0);
    let Two { orgs, clock, eu, other } = two;
    drop(orgs);
    let homes = [("eu", "eu", &eu), ("other", "eu", &other), ("third", "eu", &third)];
    let orgs = super::support::serve(&homes, &clock);
    let (org, id) = made(&orgs);
    drop(org);
    let stopped = orgs.move_to(id, "other", &mut |step| {
        if *step == Step::Frozen { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    let refused = orgs.move_to(id, "third", &mut quietly);
    assert!(matches!(refused, Err(Error::MovingElsewhere { .. })), "{refused:?}");
    let refused = orgs.move_to(id, "eu", &mut quietly);
    assert!(matches!(refused, Err(Error::MovingElsewhere { .. })), "{refused:?}");
    orgs.cancel_move(id).unwrap();
    let refused = orgs.move_to(id, "eu", &mut quietly);
    assert!(matches!(refused, Err(Error::SameHome { .. })), "{refused:?}");
    orgs.move_to(id, "third", &mut quietly).unwrap();
    assert_eq!(copies(&orgs, id), ["eu: moved third", "third: active"]);
}

#[test]
fn a_move_is_not_taken_back_where_its_target_is_not_known() {
    let Two { orgs, clock, eu, other } = pairs().remove(0);
    let (org, id) = made(&orgs);
    drop(org);
    let stopped = orgs.move_to(id, "other", &mut |step| match step {
        Step::Arrived { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    drop(orgs);
    let orgs = super::support::serve(&[("eu", "eu", &eu)], &clock);
    let refused = orgs.cancel_move(id);
    assert!(matches!(&refused, Err(Error::TargetUnknown { to, .. }) if to == "other"));
    assert_eq!(copies(&orgs, id), ["eu: frozen other"]);
    drop((orgs, other));
}
