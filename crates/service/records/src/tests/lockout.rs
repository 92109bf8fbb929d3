//! Nobody locks themselves out, and the last administrator stays one.

use base::RecordId;

use super::{EACH, Fixture, row};
use crate::{Ctx, Input, Locked, Outcome, Row, RowErrorKind, create, update};

const ADMINISTRATOR: &str = "System Administrator";

fn change(ctx: &Ctx, user: RecordId, field: &str, value: Input) -> Row {
    row(ctx, "User", Some(user), &[(field, value)])
}

/// Why each row was refused; none where it was not.
fn reasons(outcomes: Vec<Outcome>) -> Vec<Option<(Locked, Vec<String>)>> {
    let reason = |outcome: Outcome| {
        let error = outcome.err()?.errors.remove(0);
        let RowErrorKind::NotWriteable { why, .. } = error.kind else { panic!("{error:?}") };
        Some((why, error.fields))
    };
    outcomes.into_iter().map(reason).collect()
}

fn locked(why: Locked, field: &str) -> Option<(Locked, Vec<String>)> {
    Some((why, vec![field.to_owned()]))
}

/// A profile, and users who have it.
fn users(ctx: &Ctx, profile: &str, names: &[&str]) -> (RecordId, Vec<RecordId>) {
    let one = |row| super::one(create(ctx, vec![row], &EACH).unwrap());
    let profile = one(row(ctx, "Profile", None, &[("Name", Input::from(profile))]));
    let user = |name: &&str| {
        let address = format!("{name}@example.com");
        let fields = [
            ("LastName", Input::from(*name)),
            ("Username", Input::from(address.clone())),
            ("Email", Input::from(address)),
            ("Alias", Input::from(*name)),
            ("ProfileId", Input::from(profile)),
            ("TimeZoneSidKey", Input::from("America/New_York")),
            ("LocaleSidKey", Input::from("en_US")),
            ("LanguageLocaleKey", Input::from("en_US")),
            ("EmailEncodingKey", Input::from("UTF-8")),
            ("IsActive", Input::from(true)),
        ];
        one(row(ctx, "User", None, &fields))
    };
    (profile, names.iter().map(user).collect())
}

#[test]
fn nobody_locks_themselves_out() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let (profile, _) = users(&fixture.org.system("test"), "Other", &[]);
    let rows = vec![change(&ctx, fixture.admin, "IsActive", Input::from(false))];
    let outcomes = update(&ctx, rows, &EACH).unwrap();
    assert_eq!(reasons(outcomes), [locked(Locked::OwnUser, "IsActive")]);
    let rows = vec![change(&ctx, fixture.admin, "ProfileId", Input::from(profile))];
    let outcomes = update(&ctx, rows, &EACH).unwrap();
    assert_eq!(reasons(outcomes), [locked(Locked::OwnUser, "ProfileId")]);
    let rows = vec![
        change(&ctx, fixture.admin, "IsActive", Input::from(true)),
        change(&ctx, fixture.clerk, "IsActive", Input::from(false)),
    ];
    assert_eq!(reasons(update(&ctx, rows, &EACH).unwrap()), [None, None]);
    let system = fixture.org.system("test");
    let rows = vec![change(&system, fixture.admin, "IsActive", Input::from(false))];
    assert_eq!(reasons(update(&system, rows, &EACH).unwrap()), [None]);
}

#[test]
fn the_last_administrator_stays() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let (_, both) = users(&fixture.org.system("test"), ADMINISTRATOR, &["eve", "sam"]);
    let clerks = fixture.org.schema();
    let read = fixture.org.store.read().unwrap();
    let by_name = Some(("Name", vec![base::Value::Text("Clerk".to_owned())]));
    let found = crate::fetch::values(&read, &clerks, "Profile", &["Id"], by_name).unwrap();
    let clerks = found[0][0].as_id().unwrap();
    drop(read);
    let rows = vec![
        change(&ctx, both[0], "IsActive", Input::from(false)),
        change(&ctx, both[1], "IsActive", Input::from(false)),
    ];
    let last = Locked::LastAdministrator;
    assert_eq!(reasons(update(&ctx, rows, &EACH).unwrap()), [None, locked(last, "IsActive")]);
    let rows = vec![change(&ctx, both[1], "ProfileId", Input::from(clerks))];
    assert_eq!(reasons(update(&ctx, rows, &EACH).unwrap()), [locked(last, "ProfileId")]);
    // Who comes in the same call takes over, wherever the row stands.
    let rows = vec![
        change(&ctx, both[1], "ProfileId", Input::from(clerks)),
        change(&ctx, both[0], "IsActive", Input::from(true)),
    ];
    assert_eq!(reasons(update(&ctx, rows, &EACH).unwrap()), [None, None]);
}
