//! Contacts, the first of each account its head, and leads.

use base::Date;

use super::super::dataset::{Cell, Record, RowKey};
use super::super::names::Sex;
use super::super::phrase;
use super::super::random::Random;
use super::Scene;
use super::customer::{self, Sector};

/// A lead that was added.
pub(super) struct Lead {
    pub(super) key: RowKey,
    pub(super) owner: usize,
    pub(super) is_open: bool,
    pub(super) created: Date,
}

const N_LEADS: usize = 180;

/// Title and department of whoever speaks for a company, then of the others.
fn roles(sector: Sector) -> (&'static [[&'static str; 2]], &'static [[&'static str; 2]]) {
    const PURCHASING: [&str; 2] = ["Purchasing Manager", "Purchasing"];
    match sector {
        Sector::Group => (
            &[
                ["Chief Operating Officer", "Management"],
                ["Group Procurement Director", "Purchasing"],
            ],
            &[PURCHASING, ["Sustainability Officer", "Management"]],
        ),
        Sector::Utility => (
            &[["Technical Director", "Management"], ["Head of Operations", "Operations"]],
            &[
                ["Process Engineer", "Operations"],
                ["Laboratory Manager", "Laboratory"],
                ["Instrumentation Technician", "Maintenance"],
                PURCHASING,
            ],
        ),
        Sector::Harbor => (
            &[["Harbor Master", "Operations"], ["Environmental Manager", "Environment"]],
            &[
                ["Dredging Supervisor", "Operations"],
                ["Survey Engineer", "Engineering"],
                PURCHASING,
            ],
        ),
        Sector::Farm => (
            &[["Owner", "Management"], ["Managing Director", "Management"]],
            &[["Production Manager", "Production"], ["Pond Foreman", "Production"]],
        ),
        Sector::Plant => (
            &[["Plant Manager", "Production"], ["Head of Utilities", "Engineering"]],
            &[
                ["Quality Manager", "Quality"],
                ["Environmental Officer", "Environment"],
                ["Maintenance Planner", "Maintenance"],
                PURCHASING,
            ],
        ),
        Sector::Institute => (
            &[["Head of Department", "Hydrology"], ["Professor of Limnology", "Hydrology"]],
            &[
                ["Research Associate", "Hydrology"],
                ["Field Technician", "Workshop"],
                ["Data Scientist", "Hydrology"],
            ],
        ),
    }
}

pub(super) fn add_contacts(scene: &mut Scene) {
    let mut random = scene.random("contacts");
    for account in 0..scene.customers.len() {
        let (heads, _) = roles(scene.customers[account].sector);
        let role = random.pick(heads);
        add_contact(scene, account, role, &mut random);
    }
    for account in 0..scene.customers.len() {
        let (_, others) = roles(scene.customers[account].sector);
        let least = usize::from(scene.customers[account].level.is_some());
        for _ in 0..least + random.below(3) {
            let role = random.pick(others);
            add_contact(scene, account, role, &mut random);
        }
    }
}

fn add_contact(scene: &mut Scene, account: usize, role: [&str; 2], random: &mut Random) {
    let customer = &scene.customers[account];
    let place = &scene.names.cities[customer.city];
    let country = scene.names.country_of(place);
    let person = scene.names.person(country.culture, random);
    let head = customer.people.first().copied();
    let [title, department] = role;
    let mut record = Record::new([
        ("AccountId", customer.key.into()),
        ("OwnerId", Cell::Employee(customer.owner)),
        ("FirstName", person.given.into()),
        ("LastName", person.family.into()),
        ("Title", title.into()),
        ("Department", department.into()),
        ("Email", format!("{}@{}", person.mailbox, customer.host).into()),
        ("Phone", country.phone(random).into()),
        ("Preferred_Language__c", country.language(random).into()),
        ("MailingStreet", customer.address.street.clone().into()),
        ("MailingCity", place.name.into()),
        ("MailingState", place.state.into()),
        ("MailingPostalCode", customer.address.postal_code.clone().into()),
        ("MailingCountry", country.name.into()),
        ("HasOptedOutOfEmail", random.chance(5).into()),
        ("DoNotCall", random.chance(3).into()),
    ]);
    record.set_some("Salutation", salutation(title, person.sex, random));
    record.set_some("ReportsToId", head.filter(|_| random.chance(60)));
    if random.chance(55) {
        record.set("MobilePhone", country.phone(random));
    }
    if random.chance(70) {
        record
            .set("LeadSource", random.pick(&["Web", "Phone Inquiry", "Partner Referral", "Other"]));
    }
    if random.chance(15) {
        record.set("Birthdate", scene.day(-365 * random.between(28, 60) - random.between(0, 364)));
    }
    let created = Date(customer.created.0 + random.between(0, 200));
    let changed = Date(created.0 + random.between(0, 400));
    scene.stamp(&mut record, customer.owner, (created, changed), random);
    let key = scene.data.add("Contact", record);
    scene.customers[account].people.push(key);
    scene.people.push(key);
}

fn salutation(title: &str, sex: Sex, random: &mut Random) -> Option<&'static str> {
    if title.starts_with("Professor") {
        return Some("Prof.");
    }
    match (random.below(10), sex) {
        (0, _) => Some("Dr."),
        (1..4, _) => None,
        (_, Sex::Female) => Some("Ms."),
        (_, Sex::Male) => Some("Mr."),
    }
}

pub(super) fn add_leads(scene: &mut Scene) {
    let mut random = scene.random("leads");
    for _ in 0..N_LEADS {
        let (record, lead) = lead(scene, &mut random);
        let key = scene.data.add("Lead", record);
        scene.leads.push(Lead { key, ..lead });
    }
}

fn lead(scene: &Scene, random: &mut Random) -> (Record, Lead) {
    let place = random.one_of(&scene.names.cities);
    let country = scene.names.country_of(place);
    let (company, sector) = customer::stranger(scene, place, random);
    let person = scene.names.person(country.culture, random);
    let address = scene.names.address(place, random);
    let (heads, others) = roles(sector);
    let roles = if random.chance(40) { heads } else { others };
    let [title, _] = random.pick(roles);
    let status = random.weighted(&[
        (45, "Open - Not Contacted"),
        (40, "Working - Contacted"),
        (15, "Closed - Not Converted"),
    ]);
    let owner = random.weighted(&[(45, 1), (45, 2), (10, 0)]);
    let days_ago = if status.starts_with("Open") { 25 } else { 240 };
    let created = scene.day(-random.between(1, days_ago));
    let host = format!("{}.example.com", company.host);
    let mut record = Record::new([
        ("OwnerId", Cell::Employee(owner)),
        ("FirstName", person.given.into()),
        ("LastName", person.family.into()),
        ("Company", company.name.into()),
        ("Title", title.into()),
        ("Status", status.into()),
        ("Rating", random.weighted(&[(20, "Hot"), (45, "Warm"), (35, "Cold")]).into()),
        ("Industry", random.pick(sector.industries()).into()),
        (
            "LeadSource",
            random.pick(&["Web", "Phone Inquiry", "Partner Referral", "Purchased List"]).into(),
        ),
        ("Email", format!("{}@{host}", person.mailbox).into()),
        ("Phone", country.phone(random).into()),
        ("Website", format!("https://{host}").into()),
        ("Street", address.street.into()),
        ("City", place.name.into()),
        ("State", place.state.into()),
        ("PostalCode", address.postal_code.into()),
        ("Country", country.name.into()),
        ("NumberOfEmployees", random.between(5, 800).into()),
        ("IsUnreadByOwner", status.starts_with("Open").into()),
    ]);
    record.set_some("Salutation", salutation(title, person.sex, random));
    if random.chance(60) {
        record.set("Description", random.pick(phrase::LEAD_NOTES));
    }
    let changed = Date(created.0 + random.between(0, 20));
    scene.stamp(&mut record, owner, (created, changed), random);
    let key = RowKey { object: "Lead", number: scene.leads.len() };
    (record, Lead { key, owner, is_open: !status.starts_with("Closed"), created })
}
