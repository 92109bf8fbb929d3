//! What a token is good for, and for how long.

use std::time::Duration;

use super::support::{PASSWORD, USERNAME, new_org};
use crate::{Accept, Error, Kind};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn a_session_lasts_while_it_is_used() {
    let org = new_org();
    for (kind, lifetime) in [(Kind::Soap, 2 * HOUR), (Kind::Api, 2 * HOUR), (Kind::Web, 12 * HOUR)]
    {
        let signed_in = org.login_as(USERNAME, PASSWORD, Accept::Either, kind).unwrap();
        for _ in 0..3 {
            org.clock.advance(lifetime * 9 / 10);
            let session = crate::authenticate(&org.org, &signed_in.token).unwrap();
            assert_eq!((session.user, session.kind), (org.administrator, kind));
        }
        org.clock.advance(lifetime);
        let late = crate::authenticate(&org.org, &signed_in.token);
        assert!(matches!(late, Err(Error::InvalidSession)), "{kind:?}");
    }
}

#[test]
fn a_token_may_carry_the_short_id_of_the_org() {
    let org = new_org();
    let signed_in = org.login(PASSWORD, Accept::Either).unwrap();
    let (id, secret) = signed_in.token.split_once('!').unwrap();
    assert!(crate::authenticate(&org.org, &format!("{}!{secret}", &id[..15])).is_ok());
    let (last, rest) = (secret.chars().last().unwrap(), &secret[..secret.len() - 1]);
    let other = if last == 'A' { 'B' } else { 'A' };
    for wrong in [
        String::new(),
        "!".to_owned(),
        secret.to_owned(),
        format!("{id}!"),
        format!("{id}!{rest}"),
        format!("{id}!{rest}{other}"),
        format!("{id}!{}", secret.to_lowercase()),
        format!("00D000000000009AAA!{secret}"),
        format!("{}!{secret}", &id[..14]),
        format!("{id}!{secret}{}", "x".repeat(10_000)),
        format!("é{id}!{secret}"),
    ] {
        let refused = crate::authenticate(&org.org, &wrong);
        assert!(matches!(refused, Err(Error::InvalidSession)), "{wrong}");
    }
}

#[test]
fn signing_out_ends_the_session_and_no_other() {
    let org = new_org();
    let one = org.login(PASSWORD, Accept::Either).unwrap();
    let two = org.login(PASSWORD, Accept::Either).unwrap();
    crate::logout(&org.org, &one.token, Some("req-3")).unwrap();
    assert_eq!(org.entries(1), ["auth.logout by api"]);
    assert!(matches!(crate::authenticate(&org.org, &one.token), Err(Error::InvalidSession)));
    assert!(matches!(crate::logout(&org.org, &one.token, None), Err(Error::InvalidSession)));
    assert!(crate::authenticate(&org.org, &two.token).is_ok());
}

#[test]
fn sessions_survive_a_restart_and_clear_when_expired() {
    let org = new_org();
    let signed_in = org.login(PASSWORD, Accept::Either).unwrap();
    let super::support::TestOrg { org: open, clock, home, .. } = org;
    let id = open.store.id().to_owned();
    drop(open);
    let org = crate::open_org(&home, &id, &super::support::options(&clock)).unwrap();
    assert!(crate::authenticate(&org, &signed_in.token).is_ok());
    clock.advance(3 * HOUR);
    let attempt = crate::Attempt {
        username: USERNAME,
        password: PASSWORD,
        accept: Accept::Either,
        kind: Kind::Web,
        client: None,
        request: None,
    };
    crate::login(&org, &attempt).unwrap();
    let mut n_sessions = 0;
    let query = crate::row::select("candor_session", &["kind"], sql::Expr::True);
    let each = |_: &store::Row<'_>| {
        n_sessions += 1;
        Ok::<_, store::Error>(())
    };
    org.store.state().read(|it| it.query(&query, each)).unwrap();
    assert_eq!(n_sessions, 1);
    drop(home);
}

#[test]
fn forms_of_web_sessions_carry_a_secret() {
    let org = new_org();
    let web = |org: &super::support::TestOrg| {
        org.login_as(USERNAME, PASSWORD, Accept::Either, Kind::Web).unwrap()
    };
    let (one, two) = (web(&org), web(&org));
    let token = one.session.csrf_token().unwrap();
    let session = crate::authenticate(&org.org, &one.token).unwrap();
    assert!(session.is_csrf_token(&token));
    assert!(!session.is_csrf_token(""));
    assert!(!session.is_csrf_token(&two.session.csrf_token().unwrap()));
    let api = org.login(PASSWORD, Accept::Either).unwrap().session;
    assert_eq!(api.csrf_token(), None);
    assert!(!api.is_csrf_token(""));
}

#[test]
fn authenticating_is_quick() {
    let org = new_org();
    let signed_in = org.login(PASSWORD, Accept::Either).unwrap();
    crate::authenticate(&org.org, &signed_in.token).unwrap();
    let n = 1000_u32;
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let start = std::time::Instant::now();
    for _ in 0..n {
        crate::authenticate(&org.org, &signed_in.token).unwrap();
    }
    let each = start.elapsed() / n;
    println!("authenticate: {each:?}");
    // The budget is for optimized builds on a machine with nothing else to do.
    let budget = Duration::from_micros(if cfg!(debug_assertions) { 2000 } else { 100 });
    assert!(each < budget, "{each:?}");
}
