//! Rights add up over permission sets and never come from nowhere.

use base::RecordId;

use crate::Access;

#[test]
fn the_system_names_its_reason() {
    let access = Access::system("sign-in");
    assert_eq!(access.system_reason(), Some("sign-in"));
    assert_eq!(access.user(), None);
}

#[test]
fn a_user_without_sets_may_nothing() {
    let schema = schema::Schema::default();
    let user = RecordId::MASTER_RECORD_TYPE;
    let access = Access::of_user(&schema, user, &[]);
    assert_eq!(access.user(), Some(user));
    for permission in crate::Permission::ALL {
        assert!(!access.has(permission));
    }
}
