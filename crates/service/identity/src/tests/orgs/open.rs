//! How many orgs are open, and which ones.

use std::sync::Arc;

use super::support::named;
use crate::orgs::{Home, Orgs};
use crate::tests::support::{clock, options};

#[test]
fn idle_orgs_are_closed_and_used_ones_are_not() {
    let home = testkit::home::home();
    let homes = || vec![Home::new("a", "eu", (*home).clone())];
    let orgs = Orgs::with_open_max(homes(), options(&clock()), 2).unwrap();
    let name = |n: usize| format!("user{n}@example.com");
    let ids: Vec<_> = (0..4).map(|n| named(&orgs, &format!("Org {n}"), &name(n))).collect();
    assert_eq!(orgs.n_open(), 2);
    let used: Vec<_> = ids[..3].iter().map(|&id| orgs.get(id).unwrap().unwrap()).collect();
    assert_eq!(orgs.n_open(), 3, "those in use, beyond the bound");
    drop(orgs.get(ids[3]).unwrap());
    for (id, used) in ids.iter().zip(&used) {
        assert!(Arc::ptr_eq(used, &orgs.get(*id).unwrap().unwrap()), "opened once");
    }
    let unused: Vec<_> = used.iter().map(Arc::downgrade).collect();
    drop(used);
    drop(orgs.get(ids[0]).unwrap());
    // The next one that is opened closes those that are too many, the longest unused first.
    let more = named(&orgs, "More", "more@example.com");
    assert_eq!(orgs.n_open(), 2);
    let is_open: Vec<bool> = unused.iter().map(|it| it.upgrade().is_some()).collect();
    assert_eq!(is_open, [true, false, false]);
    assert!(orgs.get(more).unwrap().is_some());
    for n in 0..4 {
        assert!(orgs.of_username(&name(n)).unwrap().is_some());
        assert!(orgs.n_open() <= 2);
    }
    orgs.close_all();
    assert_eq!(orgs.n_open(), 0);
}

#[test]
fn many_who_ask_at_once_get_the_same_org() {
    let home = testkit::home::home();
    let homes = vec![Home::new("a", "eu", (*home).clone())];
    let orgs = Orgs::with_open_max(homes, options(&clock()), 1).unwrap();
    let ids = [named(&orgs, "A", "a@example.com"), named(&orgs, "B", "b@example.com")];
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (orgs, ids) = (&orgs, &ids);
            scope.spawn(move || {
                for m in 0..20 {
                    let org = orgs.get(ids[(n + m) % 2]).unwrap().unwrap();
                    let one_more = orgs.get(ids[(n + m) % 2]).unwrap().unwrap();
                    assert!(Arc::ptr_eq(&org, &one_more));
                }
            });
        }
    });
    drop(orgs.get(ids[0]).unwrap());
    assert!(orgs.n_open() <= 1);
}
