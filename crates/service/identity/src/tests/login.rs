//! Signing in: right and wrong passwords, lock-outs, connected apps.

use std::time::Duration;

use super::support::{PASSWORD, USERNAME, new_org};
use crate::login::{FAILURES_MAX, LOCK_OUT};
use crate::{Accept, Error, Kind};

#[test]
fn the_right_password_opens_a_session() {
    let org = new_org();
    let with_token = format!("{PASSWORD}{}", org.security_token);
    for (password, accept) in [
        (with_token.as_str(), Accept::WithToken),
        (with_token.as_str(), Accept::Either),
        (PASSWORD, Accept::Either),
    ] {
        let signed_in = org.login(password, accept).unwrap();
        assert_eq!(signed_in.session.user, org.administrator);
        assert!(signed_in.token.starts_with(&format!("{}!", org.org.store.id())));
        assert!(43 <= signed_in.token.split_once('!').unwrap().1.len());
    }
    // Usernames are compared without case.
    assert!(org.login_as("Ada@Example.COM", PASSWORD, Accept::Either, Kind::Web).is_ok());
    assert_eq!(org.entries(2), ["auth.login by api", "auth.login by user"]);
}

#[test]
fn everything_else_does_not_and_has_one_answer() {
    let org = new_org();
    let cut = &org.security_token[1..];
    let wrong_token = format!("{PASSWORD}{}", "A".repeat(24));
    for (username, password, accept) in [
        (USERNAME, "wrong password", Accept::Either),
        (USERNAME, "", Accept::Either),
        (USERNAME, &PASSWORD.to_uppercase(), Accept::Either),
        (USERNAME, PASSWORD, Accept::WithToken),
        (USERNAME, &wrong_token, Accept::WithToken),
        (USERNAME, &format!("{PASSWORD}{cut}"), Accept::WithToken),
        (USERNAME, &org.security_token, Accept::WithToken),
        (USERNAME, &"é".repeat(3000), Accept::Either),
        ("nobody@example.com", PASSWORD, Accept::Either),
        ("", "", Accept::Either),
        ("' OR Username != '", PASSWORD, Accept::Either),
    ] {
        let answer = org.login_as(username, password, accept, Kind::Soap);
        assert!(matches!(answer, Err(Error::InvalidLogin)), "{username} {password}");
    }
    assert_eq!(
        org.entries(4),
        [
            "auth.failed password by api",
            "auth.failed unknown by api",
            "auth.failed unknown by api",
            "auth.failed unknown by api",
        ]
    );
    org.org.store.verify_ledger().unwrap();
}

#[test]
fn failures_in_a_row_lock_out_for_a_while() {
    let org = new_org();
    let wrong = || org.login("wrong password", Accept::Either);
    let right = || org.login(PASSWORD, Accept::Either);
    for _ in 1..FAILURES_MAX {
        assert!(matches!(wrong(), Err(Error::InvalidLogin)));
    }
    // Success ends the row.
    right().unwrap();
    for _ in 0..FAILURES_MAX {
        assert!(matches!(wrong(), Err(Error::InvalidLogin)));
    }
    let locked = right();
    let until = org.clock.now().0 + i64::try_from(LOCK_OUT.as_millis()).unwrap();
    assert!(matches!(locked, Err(Error::LockedOut { until: at }) if at.0 == until), "{locked:?}");
    assert_eq!(org.entries(1), ["auth.failed locked by api"]);
    // Others are not concerned.
    org.user("charles@example.com", "difference engine");
    org.login_as("charles@example.com", "difference engine", Accept::Either, Kind::Web).unwrap();

    org.clock.advance(LOCK_OUT - Duration::from_secs(1));
    assert!(matches!(right(), Err(Error::LockedOut { .. })));
    org.clock.advance(Duration::from_secs(1));
    right().unwrap();
    // A new password ends a lock-out too.
    for _ in 0..FAILURES_MAX {
        assert!(matches!(wrong(), Err(Error::InvalidLogin)));
    }
    assert!(matches!(right(), Err(Error::LockedOut { .. })));
    crate::set_password(&org.ctx(), org.administrator, Some(PASSWORD)).unwrap();
    right().unwrap();
}

#[test]
fn who_may_not_use_the_api_may_use_the_browser() {
    let org = new_org();
    let path = "force-app/profiles/Standard.profile-meta.xml".to_owned();
    let text = "<Profile><userPermissions><enabled>false</enabled><name>ApiEnabled</name>\
        </userPermissions></Profile>";
    let file = metadata::project::SourceFile { path, text: Some(text.to_owned()) };
    metadata::deploy(&org.ctx(), &metadata::Project::of(vec![file])).unwrap();
    let user = org.user("charles@example.com", "difference engine");
    let login =
        |password: &str, kind| org.login_as("charles@example.com", password, Accept::Either, kind);
    login("difference engine", Kind::Web).unwrap();
    for kind in [Kind::Api, Kind::Soap] {
        let refused = login("difference engine", kind);
        assert!(matches!(refused, Err(Error::ApiDisabled { user: it }) if it == user));
        // Only who knows the password learns it.
        assert!(matches!(login("wrong", kind), Err(Error::InvalidLogin)));
    }
}

#[test]
fn a_connected_app_acts_as_its_user() {
    let org = new_org();
    let made = crate::create_client(&org.ctx(), " Importer ", org.administrator).unwrap();
    assert_eq!(made.client.name, "Importer");
    assert_eq!(org.entries(1), ["meta.deploy client.create by user"]);
    let (id, secret) = (&made.client.id, &made.secret);
    let client = crate::authenticate_client(&org.org, id, secret).unwrap();
    assert_eq!(client, made.client);
    let signed_in = crate::login_as_client(&org.org, &client, Some("req-2")).unwrap();
    assert_eq!(signed_in.session.user, org.administrator);
    assert_eq!(signed_in.session.client.as_deref(), Some(id.as_str()));
    let session = crate::authenticate(&org.org, &signed_in.token).unwrap();
    assert_eq!(session, signed_in.session);

    let wrong = crate::authenticate_client(&org.org, id, &secret[1..]);
    assert!(matches!(wrong, Err(Error::WrongClientSecret)));
    let unknown = crate::authenticate_client(&org.org, "x", secret);
    assert!(matches!(unknown, Err(Error::UnknownClient)));
    let nameless = crate::create_client(&org.ctx(), " ", org.administrator);
    assert!(matches!(nameless, Err(Error::NameMissing)));
    let user = org.user("charles@example.com", "difference engine");
    let ctx = org.org.context(user).unwrap();
    assert!(matches!(crate::create_client(&ctx, "Mine", user), Err(Error::NotPermitted)));
    let of_user = crate::create_client(&org.ctx(), "His", user).unwrap();
    crate::deactivate_user(&org.ctx(), user).unwrap();
    let refused = crate::login_as_client(&org.org, &of_user.client, None);
    assert!(matches!(refused, Err(Error::InactiveUser { .. })));
}
