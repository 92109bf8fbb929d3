//! Which org is meant, and where it is.

use store::Status;

use super::support::{Two, account, made, named, pairs, quietly, serve, try_serve};
use crate::orgs::{Error, Home, Orgs, Place};
use crate::tests::support::{clock, options, wanted};

#[test]
fn orgs_are_found_by_id_and_by_name() {
    let home = testkit::home::home();
    let orgs = serve(&[("here", "local", &home)], &clock());
    assert!(orgs.only().unwrap().is_none());
    let acme = named(&orgs, "Acme", "a@example.com");
    assert_eq!(orgs.only().unwrap().unwrap().store.id(), acme.to_string());
    let twins = [named(&orgs, "Twin", "b@example.com"), named(&orgs, "TWIN", "c@example.com")];
    assert!(orgs.only().unwrap().is_none());
    assert_eq!(orgs.find("acme").unwrap(), acme);
    assert_eq!(orgs.find(&acme.to_string()).unwrap(), acme);
    assert_eq!(orgs.find(&acme.to_string()[..15]).unwrap(), acme);
    assert!(matches!(orgs.find("twin"), Err(Error::Ambiguous { n: 2, .. })));
    assert!(matches!(orgs.find("nobody"), Err(Error::UnknownOrg { .. })));
    let unknown = base::RecordId::new(acme.prefix(), 1);
    assert!(orgs.get(unknown).unwrap().is_none());
    let listed = orgs.list().whole().unwrap();
    let mut ids = vec![acme, twins[0], twins[1]];
    ids.sort_unstable_by_key(ToString::to_string);
    assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), ids);
    for it in listed {
        assert_eq!((&*it.home, &*it.region, it.status), ("here", "local", Status::Active));
        assert_eq!(it.name.as_deref().unwrap().to_lowercase().len(), 4);
    }
}

#[test]
fn an_org_is_made_where_it_is_wanted() {
    for two in pairs() {
        let Two { orgs, clock, eu, other } = two;
        drop(orgs);
        let orgs = serve(&[("eu", "eu", &eu), ("us", "us", &other)], &clock);
        let in_us = Place { region: Some("us"), ..Place::default() };
        let made = orgs.create(&wanted(), &in_us).unwrap();
        let id = base::RecordId::parse(made.org.store.id()).unwrap();
        assert_eq!(orgs.list().whole().unwrap()[0].home, "us");
        let again = orgs.create(&wanted(), &Place { id: Some(id), ..Place::default() });
        assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
        for place in [
            Place { region: Some("ap"), ..Place::default() },
            Place { home: Some("eu"), region: Some("us"), ..Place::default() },
        ] {
            let refused = orgs.create(&wanted(), &place);
            assert!(matches!(refused, Err(Error::UnknownRegion { .. })), "{refused:?}");
        }
        let refused = orgs.create(&wanted(), &Place { home: Some("no"), ..Place::default() });
        assert!(matches!(refused, Err(Error::UnknownHome { .. })), "{refused:?}");
    }
}

#[test]
fn a_region_is_for_good() {
    let home = testkit::home::home();
    let clock = clock();
    let orgs = serve(&[("home", "local", &home)], &clock);
    let (_, id) = made(&orgs);
    drop(orgs);
    // Who had named no region names one: the data is there already.
    let orgs = serve(&[("home", "eu", &home)], &clock);
    orgs.get(id).unwrap().unwrap();
    drop(orgs);
    let orgs = serve(&[("home", "us", &home)], &clock);
    let refused = orgs.get(id);
    assert!(matches!(refused, Err(Error::OtherRegion { .. })), "{refused:?}");
    let Err(error) = refused else { unreachable!() };
    let told = format!("org {id} belongs to the region `eu`, and home `home` is in `us`");
    assert_eq!(error.to_string(), told);
}

#[test]
fn data_does_not_leave_its_region() {
    for two in pairs() {
        let Two { orgs, clock, eu, other } = two;
        drop(orgs);
        let orgs = serve(&[("eu", "eu", &eu), ("us", "us", &other)], &clock);
        let (_, id) = made(&orgs);
        let refused = orgs.move_to(id, "us", &mut quietly);
        assert!(matches!(refused, Err(Error::OtherRegion { .. })), "{refused:?}");
        let dir = tempfile::tempdir().unwrap();
        orgs.export(id, dir.path(), &mut quietly).unwrap();
        drop(orgs);
        let orgs = serve(&[("us", "us", &other)], &clock);
        for place in [Place { home: Some("us"), ..Place::default() }, Place::default()] {
            let refused = orgs.import(dir.path(), None, &place, &mut quietly);
            let is_refused =
                matches!(refused, Err(Error::OtherRegion { .. } | Error::UnknownRegion { .. }));
            assert!(is_refused, "{refused:?}");
        }
        assert_eq!(other.n_kept(), 0);
    }
}

#[test]
fn an_org_that_is_active_twice_is_served_by_nobody() {
    for two in pairs() {
        let (_, id) = made(&two.orgs);
        // Somebody copies files, or restores a backup elsewhere: past all this.
        let there = two.other.clone();
        let copy = tempfile::tempdir().unwrap();
        two.orgs.export(id, copy.path(), &mut quietly).unwrap();
        let Two { orgs, clock, eu, other } = two;
        drop(orgs);
        let others = serve(&[("other", "eu", &other)], &clock);
        others.import(copy.path(), None, &Place::default(), &mut quietly).unwrap();
        drop(others);
        let two = Two::new(eu, other);
        for refused in [two.orgs.get(id), two.orgs.of_username("ada@example.com")] {
            assert!(matches!(refused, Err(Error::Twice { .. })), "{refused:?}");
        }
        let refused = two.orgs.move_to(id, "other", &mut quietly);
        assert!(matches!(refused, Err(Error::Twice { .. })), "{refused:?}");
        // One of them goes, by hand.
        there.remove(&id.to_string()).unwrap();
        let two = two.restart();
        assert!(two.orgs.get(id).unwrap().is_some());
    }
}

#[test]
fn an_org_that_another_process_took_away_is_not_here() {
    let (home, next) = (testkit::home::home(), testkit::home::home());
    if !home.is_shared() {
        return;
    }
    let clock = clock();
    let homes = [("a", "eu", &home), ("b", "eu", &next)];
    // With a view of the homes of its own, as another process has it.
    let there = homes.map(|(name, region, it)| {
        let options = store::PostgresOptions::parse(it.url().unwrap()).unwrap();
        Home::new(name, region, store::Home::postgres(&options))
    });
    let there = Orgs::new(there.into(), options(&clock)).unwrap();
    let here = serve(&homes, &clock);
    let (held, id) = made(&here);
    there.move_to(id, "b", &mut quietly).unwrap();
    there.confirm_move(id).unwrap();
    // Whoever is at it is told what is the matter, and the next one finds it where it is.
    let missed = account(&held, "Acme").unwrap_err();
    let missed = Error::from(missed);
    let is_missing = |error: &dyn std::error::Error| {
        let mut next = error.source();
        while let Some(it) = next {
            if let Some(store::Error::Missing { .. }) = it.downcast_ref() {
                return true;
            }
            next = it.source();
        }
        false
    };
    assert!(is_missing(&missed), "{missed:?}");
    let moved = here.get(id).unwrap().unwrap();
    assert!(!std::sync::Arc::ptr_eq(&held, &moved));
    account(&moved, "Acme").unwrap();
    drop(moved);
    there.close_all();
    here.close_all();
    there.homes()[1].store.remove(&id.to_string()).unwrap();
    assert!(here.get(id).unwrap().is_none());
}

#[test]
fn a_directory_has_one_owner() {
    let dir = testkit::home::directory();
    let clock = clock();
    let _orgs = serve(&[("a", "eu", &dir)], &clock);
    let second = try_serve(&[("a", "eu", &dir)], &clock);
    let is_locked = matches!(&second, Err(Error::Store(store::Error::Locked { .. })));
    assert!(is_locked, "{second:?}");
}

#[test]
fn one_place_is_no_two_homes() {
    let (dir, clock) = (testkit::home::directory(), clock());
    let path = dir.dir().unwrap();
    let again = path.join("orgs").join("..");
    std::fs::create_dir(path.join("orgs")).unwrap();
    let homes = |paths: &[&std::path::Path]| {
        let home = |(n, it): (usize, &&std::path::Path)| {
            Home::new(format!("h{n}"), "eu", store::Home::directory(it))
        };
        Orgs::new(paths.iter().enumerate().map(home).collect(), options(&clock))
    };
    let refused = homes(&[path, &again]);
    assert!(matches!(&refused, Err(Error::OneHome { .. })), "{refused:?}");
    let told = refused.unwrap_err().to_string();
    assert!(told.starts_with("the homes `h0` and `h1` are one and the same place"), "{told}");
    homes(&[path, &path.join("other")]).unwrap();
}

#[test]
fn one_database_is_no_two_homes_whatever_its_server_is_called() {
    let home = testkit::home::home();
    let Some(url) = home.url() else { return };
    let options_of = |host: &str| {
        let options = store::PostgresOptions::parse(url).unwrap();
        let other = if options.host == "127.0.0.1" { host } else { &*options.host };
        store::PostgresOptions { host: other.to_owned(), ..options.clone() }
    };
    let other = testkit::home::home();
    let named = |hosts: [&str; 2]| {
        let homes = hosts.map(|it| Home::new(it, "eu", store::Home::postgres(&options_of(it))));
        let homes = homes.into_iter().chain([Home::new("third", "eu", (*other).clone())]);
        Orgs::new(homes.collect(), options(&clock()))
    };
    for hosts in [["127.0.0.1", "localhost"], ["127.0.0.1", "127.0.0.1"]] {
        let refused = named(hosts);
        assert!(matches!(refused, Err(Error::OneHome { .. })), "{refused:?}");
    }
}
