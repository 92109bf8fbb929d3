//! Making, listing and opening orgs.

use super::support::{PASSWORD, clock, n_entries, new_org, options, wanted};
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
    let data = org.data.path();
    std::fs::create_dir(data.join("orgs/unrelated")).unwrap();
    std::fs::write(data.join("orgs/file"), "").unwrap();
    let found = crate::list_orgs(data).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.to_string(), org.org.store.id());
    assert!(matches!(
        crate::open_org(&found[0].dir, &options),
        Err(Error::Store(store::Error::Locked { .. }))
    ));
    let super::support::TestOrg { org, data, .. } = org;
    drop(org);
    let again = crate::open_org(&found[0].dir, &options).unwrap();
    assert_eq!(again.store.id(), found[0].id.to_string());
    let missing = data.path().join("orgs/00D000000000009AAA");
    assert!(matches!(crate::open_org(&missing, &options), Err(Error::NoOrg { .. })));
    assert!(crate::list_orgs(&data.path().join("nowhere")).unwrap().is_empty());
}

#[test]
fn a_password_is_drawn_where_none_is_given() {
    let data = tempfile::tempdir().unwrap();
    let new = NewOrg { password: None, ..wanted() };
    let created = crate::create_org(data.path(), &new, &options(&clock())).unwrap();
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
    let data = tempfile::tempdir().unwrap();
    let orgs = data.path().join("orgs");
    let make = |new: &NewOrg| crate::create_org(data.path(), new, &options(&clock()));
    let weak = NewOrg { password: Some("short".to_owned()), ..wanted() };
    assert!(matches!(make(&weak), Err(Error::WeakPassword(Weakness::TooShort))));
    for bad in [
        NewOrg { time_zone: "Mars/Olympus".to_owned(), ..wanted() },
        NewOrg { locale: "xx_XX".to_owned(), ..wanted() },
        NewOrg { email: "no address".to_owned(), ..wanted() },
        NewOrg { last_name: String::new(), ..wanted() },
    ] {
        assert!(matches!(make(&bad), Err(Error::Refused { .. })), "{bad:?}");
        assert_eq!(n_entries(&orgs), 0);
    }
    assert!(crate::list_orgs(data.path()).unwrap().is_empty());
    // What a crash left is cleared away.
    std::fs::create_dir_all(orgs.join("unfinished-00D000000000009AAA")).unwrap();
    std::fs::write(orgs.join("unfinished-00D000000000009AAA/lock"), "").unwrap();
    make(&wanted()).unwrap();
    assert_eq!(n_entries(&orgs), 1);
}

#[test]
fn secrets_are_nowhere_on_disk() {
    let org = new_org();
    let signed_in = org.login(PASSWORD, Accept::Either).unwrap();
    let secret = signed_in.token.split_once('!').unwrap().1.to_owned();
    let dir = org.org.store.dir().to_owned();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for text in [PASSWORD, &org.security_token, &secret] {
            let found = bytes.windows(text.len()).any(|it| it == text.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
}
