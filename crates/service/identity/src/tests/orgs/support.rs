//! Two homes, orgs in them, and what an org consists of.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use base::RecordId;
use records::Org;
use store::Clock;
use testkit::home::TestHome;

use crate::orgs::{Error, Home, Orgs, Place, Step};
use crate::tests::support::{options, wanted};
use crate::{NewOrg, row};

/// The homes `eu` and `other`, both in the region `eu`.
pub(super) struct Two {
    // Closed before the homes go.
    pub orgs: Orgs,
    pub clock: Clock,
    pub eu: TestHome,
    pub other: TestHome,
}

impl Two {
    pub(super) fn new(eu: TestHome, other: TestHome) -> Self {
        let clock = crate::tests::support::clock();
        let orgs = serve(&[("eu", "eu", &eu), ("other", "eu", &other)], &clock);
        Self { orgs, clock, eu, other }
    }

    /// As if the process had ended, and another one had begun.
    pub(super) fn restart(self) -> Self {
        let Self { orgs, eu, other, .. } = self;
        drop(orgs);
        Self::new(eu, other)
    }
}

/// Each way to place two homes on engines.
pub(super) fn pairs() -> Vec<Two> {
    use testkit::home::{directory, home};
    let mut pairs = vec![Two::new(directory(), home())];
    if pairs[0].other.is_shared() {
        pairs.push(Two::new(home(), directory()));
        pairs.push(Two::new(home(), home()));
    }
    pairs
}

pub(super) fn serve(homes: &[(&str, &str, &TestHome)], clock: &Clock) -> Orgs {
    try_serve(homes, clock).unwrap()
}

pub(super) fn try_serve(homes: &[(&str, &str, &TestHome)], clock: &Clock) -> Result<Orgs, Error> {
    let homes = homes.iter().map(|(name, region, it)| Home::new(*name, *region, (**it).clone()));
    Orgs::new(homes.collect(), options(clock))
}

/// A new org in the first home, and its id.
pub(super) fn made(orgs: &Orgs) -> (Arc<Org>, RecordId) {
    made_with(orgs, wanted())
}

/// The same, by another name, with another administrator.
pub(super) fn named(orgs: &Orgs, name: &str, username: &str) -> RecordId {
    let new = NewOrg { name: name.to_owned(), username: username.to_owned(), ..wanted() };
    made_with(orgs, new).1
}

fn made_with(orgs: &Orgs, new: NewOrg) -> (Arc<Org>, RecordId) {
    let created = orgs.create(&new, &Place::default()).unwrap();
    let id = RecordId::parse(created.org.store.id()).unwrap();
    (created.org, id)
}

pub(super) fn quietly(_: &Step) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(super) fn account(org: &Arc<Org>, name: &str) -> Result<RecordId, crate::Error> {
    row::create(&org.system("test"), "Account", None, &[("Name", name.into())])
}

/// The names of the accounts, in their order.
pub(super) fn accounts(org: &Arc<Org>) -> Vec<String> {
    let options = records::QueryOptions { batch_size: 2000, deleted: false, base: "" };
    let soql = "SELECT Name FROM Account ORDER BY Name";
    let page = records::query_records(&org.system("test"), soql, &options).unwrap();
    let name = |it: &query::Record| it.value("Name").as_text().unwrap_or_default().to_owned();
    page.records.iter().map(name).collect()
}

/// All rows of all tables, without the status, and without what expires or can be made again.
pub(super) fn contents(org: &Org) -> BTreeMap<String, Vec<String>> {
    const STATE: [&str; 4] = ["candor_session", "candor_cursor", "candor_search", "sqlite_"];
    let read = org.store.read().unwrap();
    let mut contents = BTreeMap::new();
    for table in read.tables().unwrap() {
        if STATE.iter().any(|it| table.name.starts_with(it)) {
            continue;
        }
        let mut columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        columns.retain(|it| (&*table.name, *it) != ("candor_ledger_state", "status"));
        columns.sort_unstable();
        let mut rows = Vec::new();
        read.query::<store::Error>(&row::select(&table.name, &columns, sql::Expr::True), |row| {
            let cells = columns.iter().enumerate();
            rows.push(format!("{:?}", cells.map(|(n, it)| (it, row.get(n))).collect::<Vec<_>>()));
            Ok(())
        })
        .unwrap();
        rows.sort_unstable();
        contents.insert(table.name, rows);
    }
    contents
}

/// What is in one and not in the other, in few words.
pub(super) fn assert_same(a: &BTreeMap<String, Vec<String>>, b: &BTreeMap<String, Vec<String>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (table, rows) in a {
        let differs = rows.iter().zip(&b[table]).find(|(a, b)| a != b);
        assert_eq!(rows.len(), b[table].len(), "{table}");
        assert_eq!(differs, None, "{table}");
    }
}

/// Each copy of an org: its home, and its status.
pub(super) fn copies(orgs: &Orgs, id: RecordId) -> Vec<String> {
    let listed = orgs.list().whole().unwrap().into_iter().filter(|it| it.id == id);
    listed.map(|it| format!("{}: {}", it.home, it.status)).collect()
}
