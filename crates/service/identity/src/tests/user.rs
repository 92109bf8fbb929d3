//! Users come, change their passwords, get permissions, and go.

use super::support::{PASSWORD, USERNAME, new_org, user_fields};
use crate::password::Weakness;
use crate::{Accept, Error, Kind};

const CHARLES: &str = "charles@example.com";

#[test]
fn a_user_signs_in_with_drawn_secrets() {
    let org = new_org();
    let ctx = org.ctx();
    let fields = user_fields(&ctx, CHARLES);
    let (user, secrets) = crate::create_user(&ctx, &fields, None).unwrap();
    let password = format!("{}{}", secrets.password, secrets.security_token);
    let signed_in = org.login_as(CHARLES, &password, Accept::WithToken, Kind::Api).unwrap();
    assert_eq!(signed_in.session.user, user);
    assert_eq!(
        org.query(&format!("SELECT LastPasswordChangeDate FROM User WHERE Id = '{user}'")),
        [format!("{:?}", query::Cell::Value(base::Value::DateTime(org.clock.now())))]
    );
    // Usernames are unique without regard to case.
    let again = crate::create_user(&ctx, &user_fields(&ctx, "Charles@Example.com"), None);
    assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
    assert_eq!(org.query("SELECT Id FROM User").len(), 2);
}

#[test]
fn weak_passwords_make_no_user() {
    let org = new_org();
    let ctx = org.ctx();
    let fields = user_fields(&ctx, CHARLES);
    for (password, weakness) in
        [("short", Weakness::TooShort), ("CHARLES@example.com", Weakness::IsUsername)]
    {
        let refused = crate::create_user(&ctx, &fields, Some(password));
        assert!(matches!(refused, Err(Error::WeakPassword(it)) if it == weakness));
    }
    assert_eq!(org.query("SELECT Id FROM User").len(), 1);
    let refused = crate::set_password(&ctx, org.administrator, Some(USERNAME));
    assert!(matches!(refused, Err(Error::WeakPassword(Weakness::IsUsername))));
    org.login(PASSWORD, Accept::Either).unwrap();
}

#[test]
fn a_new_password_ends_sessions() {
    let org = new_org();
    let user = org.user(CHARLES, "difference engine");
    let login = |password: &str| org.login_as(CHARLES, password, Accept::Either, Kind::Web);
    let signed_in = login("difference engine").unwrap();
    let ctx = org.org.context(user).unwrap();
    crate::set_password(&ctx, user, Some("analytical engine")).unwrap();
    let ended = crate::authenticate(&org.org, &signed_in.token);
    assert!(matches!(ended, Err(Error::InvalidSession)));
    assert!(matches!(login("difference engine"), Err(Error::InvalidLogin)));
    login("analytical engine").unwrap();
    // Others' passwords are not theirs to set.
    let refused = crate::set_password(&ctx, org.administrator, None);
    assert!(matches!(refused, Err(Error::NotPermitted)));
    let nobody = base::RecordId::new(user.prefix(), 999);
    let refused = crate::set_password(&org.ctx(), nobody, None);
    assert!(matches!(refused, Err(Error::UnknownUser { .. })));
}

#[test]
fn who_is_deactivated_is_out() {
    let org = new_org();
    let user = org.user(CHARLES, "difference engine");
    let login = || org.login_as(CHARLES, "difference engine", Accept::Either, Kind::Web);
    let signed_in = login().unwrap();
    crate::deactivate_user(&org.ctx(), user).unwrap();
    let ended = crate::authenticate(&org.org, &signed_in.token);
    assert!(matches!(ended, Err(Error::InvalidSession)));
    assert!(matches!(login(), Err(Error::InactiveUser { .. })));
    let own = crate::deactivate_user(&org.ctx(), org.administrator);
    assert!(matches!(own, Err(Error::OwnUser)));
    let fields = [("IsActive", false.into())];
    let own = crate::row::update(&org.ctx(), "User", org.administrator, &fields);
    assert!(matches!(own, Err(Error::Refused { .. })), "{own:?}");
    org.ctx();
}

#[test]
fn who_is_deactivated_as_a_record_is_out_too() {
    let org = new_org();
    let user = org.user(CHARLES, "difference engine");
    let signed_in = org.login_as(CHARLES, "difference engine", Accept::Either, Kind::Web).unwrap();
    crate::authenticate(&org.org, &signed_in.token).unwrap();
    crate::row::update(&org.ctx(), "User", user, &[("IsActive", false.into())]).unwrap();
    let ended = crate::authenticate(&org.org, &signed_in.token);
    assert!(matches!(ended, Err(Error::InvalidSession)));
}

#[test]
fn permission_sets_come_and_go() {
    let org = new_org();
    let text = "<PermissionSet><label>Auditors</label><userPermissions><enabled>true</enabled>\
        <name>ViewAllData</name></userPermissions></PermissionSet>";
    let path = "force-app/permissionsets/Auditors.permissionset-meta.xml".to_owned();
    let file = metadata::project::SourceFile { path, text: Some(text.to_owned()) };
    metadata::deploy(&org.ctx(), &metadata::Project::of(vec![file])).unwrap();
    let user = org.user(CHARLES, "difference engine");
    let sees_all = || org.org.access(user).unwrap().has(access::Permission::ViewAllData);
    assert!(!sees_all());
    let ctx = org.ctx();
    crate::assign_permission_set(&ctx, user, "auditors").unwrap();
    crate::assign_permission_set(&ctx, user, "Auditors").unwrap();
    assert_eq!(org.query("SELECT Id FROM PermissionSetAssignment").len(), 1);
    assert!(sees_all());
    crate::revoke_permission_set(&ctx, user, "Auditors").unwrap();
    assert!(!sees_all());
    assert!(org.query("SELECT Id FROM PermissionSetAssignment").is_empty());
    let unknown = crate::assign_permission_set(&ctx, user, "Nothing");
    assert!(matches!(unknown, Err(Error::UnknownPermissionSet { .. })));
    let ctx = org.org.context(user).unwrap();
    let refused = crate::assign_permission_set(&ctx, user, "Auditors");
    assert!(matches!(refused, Err(Error::NotPermitted)));
}
