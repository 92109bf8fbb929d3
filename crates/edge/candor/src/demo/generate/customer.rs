//! Accounts: utilities, harbors, farms, plants and institutes, some of them in groups.

use std::collections::BTreeSet;

use base::Date;

use super::super::dataset::{Cell, Record, RowKey};
use super::super::names::{Address, City, CompanyName};
use super::super::random::Random;
use super::{ADMINISTRATOR, Scene};

/// How many accounts each city has.
const PER_CITY: usize = 3;
/// How many holdings stand above some of the others.
const N_GROUPS: usize = 12;

/// An account that was added.
pub(super) struct Customer {
    pub(super) key: RowKey,
    pub(super) name: String,
    /// The invented place that it is named after.
    pub(super) stem: &'static str,
    pub(super) host: String,
    pub(super) sector: Sector,
    /// An index into the cities.
    pub(super) city: usize,
    pub(super) address: Address,
    pub(super) owner: usize,
    pub(super) created: Date,
    /// None while they have bought nothing.
    pub(super) level: Option<Level>,
    /// Contacts, the head first.
    pub(super) people: Vec<RowKey>,
}

/// What a company does; [`Sector::Group`] only owns others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sector {
    Group,
    Utility,
    Harbor,
    Farm,
    Plant,
    Institute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Basic,
    Standard,
    Premium,
}

impl Sector {
    /// The name of the sector's entries in the list of company names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Utility => "utility",
            Self::Harbor => "harbor",
            Self::Farm => "farm",
            Self::Plant => "plant",
            Self::Institute => "institute",
        }
    }

    pub(super) fn industries(self) -> &'static [&'static str] {
        match self {
            Self::Group => &["Utilities", "Environmental", "Food & Beverage"],
            Self::Utility => &["Utilities", "Utilities", "Government"],
            Self::Harbor => &["Transportation", "Shipping"],
            Self::Farm => &["Agriculture"],
            Self::Plant => &["Food & Beverage", "Manufacturing"],
            Self::Institute => &["Education", "Environmental"],
        }
    }

    fn description(self) -> &'static [&'static str] {
        match self {
            Self::Group => {
                &["Holding company; contracts are signed here, sites belong to the daughters."]
            }
            Self::Utility => &[
                "Supplies drinking water from two wells and a reservoir, treats wastewater at one plant.",
                "Runs the intake, the treatment plant and the network of a mid-sized town.",
                "Wastewater only: three plants, forty pumping stations, one outfall to the sea.",
            ],
            Self::Harbor => &[
                "Watches the basins during dredging and after spills.",
                "Needs turbidity limits proven around the clock while the quay is being extended.",
            ],
            Self::Farm => &[
                "Ponds and tanks; oxygen decides over the harvest.",
                "Irrigates from a canal whose salinity changes with the tide.",
            ],
            Self::Plant => &[
                "Process water in, cooling water out, both under permit.",
                "Buys for three production sites through one purchasing office.",
            ],
            Self::Institute => &[
                "Long time series come first: changes of method must be documented.",
                "Several working groups with budgets of their own.",
            ],
        }
    }

    /// The fewest and the most employees, and yearly revenue for each in thousands.
    fn size(self) -> (i32, i32, i32) {
        match self {
            Self::Group => (900, 6_000, 210),
            Self::Utility => (40, 900, 180),
            Self::Harbor => (60, 700, 150),
            Self::Farm => (6, 90, 110),
            Self::Plant => (50, 1_200, 240),
            Self::Institute => (25, 400, 70),
        }
    }
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }
}

impl Customer {
    /// One of the contacts.
    pub(super) fn somebody(&self, random: &mut Random) -> Option<RowKey> {
        (!self.people.is_empty()).then(|| random.pick(&self.people))
    }
}

/// Names that are taken.
#[derive(Default)]
struct Taken(BTreeSet<String>);

impl Taken {
    /// Draws until the name is new; lists hold many more names than are drawn.
    fn draw(
        &mut self,
        scene: &Scene,
        culture: &str,
        sectors: &[(usize, Sector)],
        random: &mut Random,
    ) -> (CompanyName, Sector) {
        loop {
            let sector = random.weighted(sectors);
            let name = scene.names.company(culture, sector.name(), random);
            if self.0.insert(name.name.clone()) {
                return (name, sector);
            }
        }
    }
}

/// With their weights; harbors first, which not every city has.
const SECTORS: &[(usize, Sector)] = &[
    (14, Sector::Harbor),
    (40, Sector::Utility),
    (15, Sector::Farm),
    (16, Sector::Plant),
    (15, Sector::Institute),
];

/// The sectors of a city.
fn sectors(city: &City) -> &'static [(usize, Sector)] {
    if city.is_port { SECTORS } else { &SECTORS[1..] }
}

pub(super) fn add(scene: &mut Scene) {
    let mut random = scene.random("accounts");
    let mut taken = Taken::default();
    let has_groups = |scene: &Scene, city: usize| {
        let culture = scene.names.country_of(&scene.names.cities[city]).culture;
        scene.names.has_sector(culture, Sector::Group.name())
    };
    let n_cities = scene.names.cities.len();
    let mut group_cities: Vec<usize> = (0..n_cities).filter(|it| has_groups(scene, *it)).collect();
    for _ in 0..N_GROUPS {
        let city = group_cities.remove(random.below(group_cities.len()));
        add_one(scene, city, &[(1, Sector::Group)], &mut taken, &mut random);
    }
    for city in 0..n_cities {
        for _ in 0..PER_CITY {
            let sectors = sectors(&scene.names.cities[city]);
            add_one(scene, city, sectors, &mut taken, &mut random);
        }
    }
}

/// Draws the name of a company that is no account.
pub(super) fn stranger(scene: &Scene, city: &City, random: &mut Random) -> (CompanyName, Sector) {
    let known = scene.customers.iter().map(|it| it.name.clone());
    let culture = scene.names.country_of(city).culture;
    Taken(known.collect()).draw(scene, culture, sectors(city), random)
}

fn add_one(
    scene: &mut Scene,
    city: usize,
    sectors: &[(usize, Sector)],
    taken: &mut Taken,
    random: &mut Random,
) {
    let place = &scene.names.cities[city];
    let country = scene.names.country_of(place);
    let (name, sector) = taken.draw(scene, country.culture, sectors, random);
    let address = scene.names.address(place, random);
    let home =
        if country.region.ends_with("America") || country.region == "Asia Pacific" { 2 } else { 1 };
    let owner = if random.chance(6) { ADMINISTRATOR } else { home };
    let level = random.weighted(&[
        (32, None),
        (20, Some(Level::Basic)),
        (32, Some(Level::Standard)),
        (16, Some(Level::Premium)),
    ]);
    let created = scene.day(-random.between(20, 880));
    let customer = Customer {
        key: RowKey { object: "Account", number: scene.customers.len() },
        name: name.name,
        stem: name.stem,
        host: format!("{}.example.{}", name.host, random.pick(&["com", "com", "org", "net"])),
        sector,
        city,
        address,
        owner,
        created,
        level,
        people: Vec::new(),
    };
    let record = record(scene, &customer, random);
    let key = scene.data.add("Account", record);
    scene.customers.push(Customer { key, ..customer });
}

fn record(scene: &Scene, customer: &Customer, random: &mut Random) -> Record {
    let place = &scene.names.cities[customer.city];
    let country = scene.names.country_of(place);
    let sector = customer.sector;
    let (least, most, revenue) = sector.size();
    let n_employees = random.between(least, most);
    let buys = if customer.level.is_some() {
        random.weighted(&[(80, "Customer - Direct"), (20, "Customer - Channel")])
    } else {
        random.weighted(&[
            (76, "Prospect"),
            (10, "Installation Partner"),
            (10, "Channel Partner / Reseller"),
            (4, "Other"),
        ])
    };
    let mut record = Record::new([
        ("Name", customer.name.clone().into()),
        ("AccountNumber", format!("TW-{}", 10_001 + customer.key.number).into()),
        ("OwnerId", Cell::Employee(customer.owner)),
        ("Type", buys.into()),
        ("Industry", random.pick(sector.industries()).into()),
        ("Rating", random.weighted(&[(20, "Hot"), (45, "Warm"), (35, "Cold")]).into()),
        ("Ownership", random.pick(&["Public", "Private", "Private", "Subsidiary"]).into()),
        ("Phone", country.phone(random).into()),
        ("Website", format!("https://{}", customer.host).into()),
        ("NumberOfEmployees", n_employees.into()),
        ("AnnualRevenue", (n_employees * revenue * 1000).into()),
        ("BillingStreet", customer.address.street.clone().into()),
        ("BillingCity", place.name.into()),
        ("BillingState", place.state.into()),
        ("BillingPostalCode", customer.address.postal_code.clone().into()),
        ("BillingCountry", country.name.into()),
        ("BillingLatitude", degrees(place.latitude + random.between(-30_000, 30_000))),
        ("BillingLongitude", degrees(place.longitude + random.between(-30_000, 30_000))),
        ("Region__c", country.region.into()),
    ]);
    if random.chance(70) {
        record.set("Description", random.pick(sector.description()));
    }
    if random.chance(40) {
        record.set("Fax", country.phone(random));
    }
    let source = ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"];
    record.set("AccountSource", random.pick(&source));
    if random.chance(45) {
        let shipping = scene.names.address(place, random);
        record.set("ShippingStreet", shipping.street);
        record.set("ShippingCity", place.name);
        record.set("ShippingState", place.state);
        record.set("ShippingPostalCode", shipping.postal_code);
        record.set("ShippingCountry", country.name);
    }
    record.set_some("ParentId", parent(scene, customer, random));
    if let Some(level) = customer.level {
        // Many bought before there was a CRM to write it into.
        let since = Date(customer.created.0 + 30 - random.between(0, 2400));
        record.set("Customer_Since__c", Date(since.0.min(scene.yesterday().0)));
        record.set("Service_Level__c", level.name());
    }
    let changed = Date(customer.created.0 + random.between(0, 500));
    scene.stamp(&mut record, customer.owner, (customer.created, changed), random);
    record
}

/// A group of the same country's language, for some.
fn parent(scene: &Scene, customer: &Customer, random: &mut Random) -> Option<RowKey> {
    let culture = |city: usize| scene.names.country_of(&scene.names.cities[city]).culture;
    if customer.sector == Sector::Group || !random.chance(45) {
        return None;
    }
    let own = culture(customer.city);
    let groups = scene.customers.iter().take(N_GROUPS);
    let groups: Vec<RowKey> =
        groups.filter(|it| culture(it.city) == own).map(|it| it.key).collect();
    (!groups.is_empty()).then(|| random.pick(&groups))
}

/// Millionths of a degree as a number.
pub(super) fn degrees(micro: i32) -> Cell {
    let sign = if micro < 0 { "-" } else { "" };
    let micro = micro.unsigned_abs();
    Cell::Number(format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000))
}
