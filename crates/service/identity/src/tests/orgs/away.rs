//! A home that does not answer keeps nobody from what lives elsewhere.

use base::RecordId;
use store::PostgresOptions;
use testkit::home::TestHome;

use super::support::{made, named, quietly};
use crate::orgs::{Error, Home, Orgs, Place};
use crate::tests::support::{USERNAME, clock, options, wanted};
use crate::{Accept, Attempt, Kind};

/// The home of a server that is not there, before one that is.
fn with_one_away(home: &TestHome) -> Orgs {
    let nowhere = PostgresOptions::parse("postgres://nobody@127.0.0.1:1/none").unwrap();
    let homes = vec![
        Home::new("away", "us", store::Home::postgres(&nowhere)),
        Home::new("here", "eu", (**home).clone()),
    ];
    Orgs::new(homes, options(&clock())).unwrap()
}

fn is_away<T>(result: Result<T, Error>) -> bool {
    result.is_err_and(|it| crate::orgs::is_away(&it))
}

#[test]
fn orgs_of_other_homes_are_listed_made_and_found() {
    let home = testkit::home::home();
    let orgs = with_one_away(&home);
    let in_eu = Place { region: Some("eu"), ..Place::default() };
    let created = orgs.create(&wanted(), &in_eu).unwrap();
    let id = RecordId::parse(created.org.store.id()).unwrap();
    let listings = orgs.list();
    assert_eq!(listings.orgs.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
    let [away] = &listings.away[..] else { panic!("{listings:?}") };
    assert_eq!((&*away.home, &*away.region), ("away", "us"));
    assert_eq!(orgs.find("analytical engines").unwrap(), id);
    assert_eq!(orgs.find(&id.to_string()).unwrap(), id);
    assert!(orgs.get(id).unwrap().is_some());
    assert!(is_away(listings.whole()));
    // What is not there may be in the home that does not answer.
    assert!(is_away(orgs.find("Somebody else")));
    assert!(is_away(orgs.get(RecordId::new(id.prefix(), 1))));
    assert!(is_away(orgs.only()));
    assert!(is_away(orgs.create(&wanted(), &Place::default())));
}

#[test]
fn people_of_other_homes_sign_in() {
    let home = testkit::home::home();
    // Their home has been told of them, and nobody has opened the org since.
    let id = {
        let orgs = super::support::serve(&[("here", "eu", &home)], &clock());
        let (org, id) = made(&orgs);
        drop(org);
        id
    };
    let orgs = with_one_away(&home);
    assert!(!orgs.settle_untold(), "that was not all of them");
    assert_eq!(orgs.of_username(USERNAME).unwrap().unwrap().store.id(), id.to_string());
    let attempt = |username| {
        let (accept, kind) = (Accept::Either, Kind::Api);
        Attempt { username, password: "wrong", accept, kind, client: None, request: None }
    };
    let refused = orgs.login(&attempt(USERNAME));
    assert!(matches!(refused, Err(Error::Identity(crate::Error::InvalidLogin))), "{refused:?}");
    assert!(is_away(orgs.login(&attempt("nobody@example.com"))));
}

#[test]
fn orgs_move_between_homes_that_answer() {
    let (a, b) = (testkit::home::home(), testkit::home::directory());
    let nowhere = PostgresOptions::parse("postgres://nobody@127.0.0.1:1/none").unwrap();
    let homes = vec![
        Home::new("a", "eu", (*a).clone()),
        Home::new("away", "eu", store::Home::postgres(&nowhere)),
        Home::new("b", "eu", (*b).clone()),
    ];
    let orgs = Orgs::new(homes, options(&clock())).unwrap();
    let id = named(&orgs, "Acme", "a@example.com");
    assert!(is_away(orgs.move_to(id, "away", &mut quietly)));
    orgs.move_to(id, "b", &mut quietly).unwrap();
    orgs.confirm_move(id).unwrap();
    assert_eq!(orgs.list().orgs[0].home, "b");
}
