//! A new org, its administrator, and a clock.

use std::sync::Arc;

use base::{DateTime, RecordId};
use ledger::Kind as EntryKind;
use records::{Ctx, Input, Org, QueryOptions};
use store::{Clock, Durability, Options};
use testkit::home::TestHome;

use crate::{Accept, Attempt, Created, Error, Kind, NewOrg, SignedIn, row};

pub(super) const USERNAME: &str = "ada@example.com";
pub(super) const PASSWORD: &str = "correct horse battery";

pub(super) struct TestOrg {
    pub org: Arc<Org>,
    pub clock: Clock,
    pub administrator: RecordId,
    pub security_token: String,
    // Removed after the org is closed.
    pub home: TestHome,
}

pub(super) fn options(clock: &Clock) -> Options {
    Options { clock: clock.clone(), durability: Durability::Off, ..Options::default() }
}

pub(super) fn clock() -> Clock {
    Clock::fixed(DateTime::parse("2026-03-01T12:00:00Z").unwrap())
}

pub(super) fn wanted() -> NewOrg {
    NewOrg {
        name: "Analytical Engines".to_owned(),
        username: USERNAME.to_owned(),
        email: "ada@example.org".to_owned(),
        first_name: Some("Ada".to_owned()),
        last_name: "King".to_owned(),
        password: Some(PASSWORD.to_owned()),
        locale: "en_GB".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        country: Some("United Kingdom".to_owned()),
    }
}

pub(super) fn new_org() -> TestOrg {
    let home = testkit::home::home();
    let clock = clock();
    let created = crate::create_org(&home, &wanted(), &options(&clock)).unwrap();
    let Created { org, administrator, password, security_token } = created;
    assert_eq!(password, PASSWORD);
    TestOrg { org, clock, administrator, security_token, home }
}

impl TestOrg {
    pub(super) fn ctx(&self) -> Ctx {
        self.org.context(self.administrator).unwrap()
    }

    pub(super) fn login(&self, password: &str, accept: Accept) -> Result<SignedIn, Error> {
        self.login_as(USERNAME, password, accept, Kind::Soap)
    }

    pub(super) fn login_as(
        &self,
        username: &str,
        password: &str,
        accept: Accept,
        kind: Kind,
    ) -> Result<SignedIn, Error> {
        let (client, request) = (None, Some("req-1"));
        crate::login(&self.org, &Attempt { username, password, accept, kind, client, request })
    }

    /// Makes a standard user.
    pub(super) fn user(&self, username: &str, password: &str) -> RecordId {
        let ctx = self.ctx();
        let fields = user_fields(&ctx, username);
        crate::create_user(&ctx, &fields, Some(password)).unwrap().0
    }

    pub(super) fn query(&self, soql: &str) -> Vec<String> {
        let options = QueryOptions { batch_size: 2000, deleted: false, base: "" };
        let page = records::query_records(&self.org.system("test"), soql, &options).unwrap();
        let shown = |it: &query::Record| {
            let cells = it.fields.iter().map(|(_, cell)| match cell {
                query::Cell::Value(base::Value::Text(text)) => text.clone(),
                query::Cell::Value(base::Value::Bool(bool)) => bool.to_string(),
                query::Cell::Value(base::Value::Id(id)) => id.to_string(),
                query::Cell::Parent(Some(parent)) => {
                    parent.value("Name").as_text().unwrap_or_default().to_owned()
                }
                query::Cell::Value(base::Value::Null) => "-".to_owned(),
                other => format!("{other:?}"),
            });
            cells.collect::<Vec<_>>().join(" | ")
        };
        page.records.iter().map(shown).collect()
    }

    /// The kinds of the last entries of the ledger, with their reasons.
    pub(super) fn entries(&self, n: usize) -> Vec<String> {
        let mut select = sql::Select::from_table("candor_ledger", sql::Alias(0));
        select.columns = vec![row::column("entry")];
        select.order_by = vec![sql::OrderBy {
            expr: row::column("idx"),
            descending: true,
            nulls: sql::Nulls::Last,
        }];
        select.limit = Some(n as u64);
        let query = access::Access::system("test").guard(select);
        let mut entries = Vec::new();
        let each = |row: &store::Row<'_>| {
            let entry = ledger::Entry::parse(row.blob(0).unwrap()).unwrap();
            let why = entry.why.map_or(String::new(), |it| format!(" {}", it.code));
            let actor = entry.actor.kind.as_str();
            entries.insert(0, format!("{}{why} by {actor}", EntryKind::as_str(entry.kind)));
            Ok::<_, store::Error>(())
        };
        self.org.store.read().unwrap().query(&query, each).unwrap();
        entries
    }
}

pub(super) fn user_fields(ctx: &Ctx, username: &str) -> Vec<(&'static str, Input)> {
    let profile = row::find(ctx, "Profile", "Name", "Standard User").unwrap().unwrap();
    vec![
        ("Username", username.into()),
        ("Email", username.into()),
        ("LastName", "Babbage".into()),
        ("Alias", "cb".into()),
        ("ProfileId", profile.into()),
        ("TimeZoneSidKey", "Europe/London".into()),
        ("LocaleSidKey", "en_GB".into()),
        ("LanguageLocaleKey", "en_US".into()),
        ("EmailEncodingKey", "UTF-8".into()),
    ]
}
