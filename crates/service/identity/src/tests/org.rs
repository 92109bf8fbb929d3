//! Making, listing and opening orgs.

use super::support::{PASSWORD, clock, new_org, options, wanted};
use crate::password::Weakness;
use crate::{Accept, Error, NewOrg};

#[test]
fn a_new_org_has_what_clients_look_for() {
    let org = new_org();
    let id = org.org.store.id().to_owned();
    let organization = "SELECT Id, Name, InstanceName, IsSandbox, TrialExpirationDate, \
        NamespacePrefix, OrganizationType, LanguageLocaleKey, TimeZoneSidKey, \
        DefaultCurrencyIsoCode FROM Organization";
    assert_eq!(
        org.query(organization),
        [format!(
            "{id} | Analytical Engines | CANDOR | false | - | - | Developer Edition | en_US | \
             Europe/London | GBP"
        )]
    );
    assert!(id.starts_with("00D") && id.len() == 18, "{id}");
    let users = "SELECT Id, Username, Name, Alias, IsActive, UserType, Profile.Name FROM User";
    assert_eq!(
        org.query(users),
        [format!(
            "{} | ada@example.com | Ada King | ada | true | Standard | System Administrator",
            org.administrator
        )]
    );
    for (soql, count) in [
        ("SELECT Id FROM Profile", 2),
        ("SELECT Id FROM PermissionSet", 2),
        ("SELECT Id FROM Pricebook2 WHERE IsStandard = true", 1),
        ("SELECT Id FROM BusinessHours WHERE IsDefault = true", 1),
        ("SELECT Id FROM FiscalYearSettings", 1),
        ("SELECT Id FROM Period", 17),
        ("SELECT Id FROM OpportunityStage", 10),
        ("SELECT Id FROM RecordType", 0),
        ("SELECT Id FROM UserRole", 0),
    ] {
        assert_eq!(org.query(soql).len(), count, "{soql}");
    }
    // Everything was made by the administrator, who stands for the system.
    let made = "SELECT CreatedBy.Name FROM Profile";
    assert_eq!(org.query(made), ["Ada King", "Ada King"]);
    org.org.store.verify_ledger().unwrap();
    let access = org.org.access(org.administrator).unwrap();
    assert!(access.has(access::Permission::ModifyAllData));
}

#[test]
fn orgs_are_listed_and_opened() {
    let org = new_org();
    let options = options(&org.clock);
    let super::support::TestOrg { org, home, .. } = org;
    if let Some(data) = home.dir() {
        std::fs::create_dir(data.join("orgs/unrelated")).unwrap();
        std::fs::write(data.join("orgs/file"), "").unwrap();
    }
    let found = home.orgs().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, org.store.id());
    // Files have one owner; what a server holds may be open in many programs.
    match crate::open_org(&home, &found[0].id, &options) {
        Ok(second) => assert!(home.is_shared() && second.store.id() == found[0].id),
        Err(Error::Store(store::Error::Locked { .. })) => assert!(!home.is_shared()),
        Err(error) => panic!("{error}"),
    }
    drop(org);
    let again = crate::open_org(&home, &found[0].id, &options).unwrap();
    assert_eq!(again.store.id(), found[0].id);
    let missing = crate::open_org(&home, "00D000000000009AAA", &options);
    assert!(matches!(missing, Err(Error::NoOrg { .. })));
}

#[test]
fn a_password_is_drawn_where_none_is_given() {
    let home = testkit::home::home();
    let new = NewOrg { password: None, ..wanted() };
    let created = crate::create_org(&home, &new, &options(&clock())).unwrap();
    assert!(16 <= created.password.len(), "{}", created.password);
    let attempt = crate::Attempt {
        username: &new.username,
        password: &format!("{}{}", created.password, created.security_token),
        accept: Accept::WithToken,
        kind: crate::Kind::Api,
        client: None,
        request: None,
    };
    let signed_in = crate::login(&created.org, &attempt).unwrap();
    assert_eq!(signed_in.session.user, created.administrator);
}

#[test]
fn an_org_that_cannot_be_made_leaves_nothing() {
    let home = testkit::home::home();
    let make = |new: &NewOrg| crate::create_org(&home, new, &options(&clock()));
    let weak = NewOrg { password: Some("short".to_owned()), ..wanted() };
    assert!(matches!(make(&weak), Err(Error::WeakPassword(Weakness::TooShort))));
    for bad in [
        NewOrg { time_zone: "Mars/Olympus".to_owned(), ..wanted() },
        NewOrg { locale: "xx_XX".to_owned(), ..wanted() },
        NewOrg { email: "no address".to_owned(), ..wanted() },
        NewOrg { last_name: String::new(), ..wanted() },
    ] {
        assert!(matches!(make(&bad), Err(Error::Refused { .. })), "{bad:?}");
        assert_eq!(home.orgs().unwrap(), []);
        assert_eq!(home.n_kept(), 0);
    }
    // What a crash left is cleared away.
    if let Some(data) = home.dir() {
        std::fs::create_dir_all(data.join("orgs/unfinished-00D000000000009AAA")).unwrap();
        std::fs::write(data.join("orgs/unfinished-00D000000000009AAA/lock"), "").unwrap();
    }
    make(&wanted()).unwrap();
    assert_eq!(home.n_kept(), 1);
}

#[test]
fn secrets_are_nowhere_on_disk() {
    if testkit::home::skips_on_postgres("it reads the org's files") {
        return;
    }
    let org = new_org();
    let signed_in = org.login(PASSWORD, Accept::Either).unwrap();
    let secret = signed_in.token.split_once('!').unwrap().1.to_owned();
    let dir = org.org.store.dir().unwrap().to_owned();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for text in [PASSWORD, &org.security_token, &secret] {
            let found = bytes.windows(text.len()).any(|it| it == text.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
}
