//! A seed and a date → the rows of a company. Pure: the same arguments give the same rows.
//!
//! The parts are made in the order in which they refer to each other, each by its own module
//! from what stands in the [`Scene`] by then:
//!
//! | module          | what                                                             |
//! |-----------------|------------------------------------------------------------------|
//! | [`product`]     | products, their prices, calibration plans                        |
//! | [`campaign`]    | campaigns, and later who was reached by them                     |
//! | [`customer`]    | accounts in groups and alone, all over the world                 |
//! | [`person`]      | contacts and leads                                               |
//! | [`sale`]        | opportunities with products and contact roles, contracts         |
//! | [`station`]     | sites, sensors, assets                                           |
//! | [`service`]     | cases with comments, service visits                              |
//! | [`activity`]    | tasks, events, notes                                             |
//!
//! Dates lie around `today`, so that there is always something overdue, something planned, and
//! something on today's calendar.

mod product;
mod campaign;
mod customer;
mod person;
mod sale;
mod station;
mod service;
mod activity;

use base::{Date, DateTime};

use super::dataset::{Cell, DataSet, Record, RowKey};
use super::names::Names;
use super::random::Random;

use campaign::Campaign;
use customer::Customer;
use person::Lead;
use product::Product;
use sale::Sale;
use service::Case;
use station::{Sensor, Site};

/// A person who works for the sample company.
pub(super) struct Employee {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    /// The part of the user name before the `@`.
    pub(super) mailbox: &'static str,
    pub(super) alias: &'static str,
    pub(super) title: &'static str,
    pub(super) department: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) locale: &'static str,
    pub(super) permission_set: &'static str,
}

/// The domain of the company's mail, and of its user names.
pub(super) const DOMAIN: &str = "tidewater.example.com";

/// The people of the company beside its administrator.
pub(super) const EMPLOYEES: &[Employee] = &[
    Employee {
        first_name: "Maren",
        last_name: "Oldenkamp",
        mailbox: "maren.oldenkamp",
        alias: "mold",
        title: "Account Manager, Europe and Africa",
        department: "Sales",
        time_zone: "Europe/Amsterdam",
        locale: "nl_NL",
        permission_set: "Sales_Representative",
    },
    Employee {
        first_name: "Tomás",
        last_name: "Arriagada",
        mailbox: "tomas.arriagada",
        alias: "tarri",
        title: "Account Manager, Americas and Asia",
        department: "Sales",
        time_zone: "America/Chicago",
        locale: "en_US",
        permission_set: "Sales_Representative",
    },
    Employee {
        first_name: "Joanna",
        last_name: "Wilczek",
        mailbox: "joanna.wilczek",
        alias: "jwilc",
        title: "Field Engineer, Europe and Africa",
        department: "Service",
        time_zone: "Europe/Berlin",
        locale: "en_GB",
        permission_set: "Field_Service",
    },
    Employee {
        first_name: "Kenji",
        last_name: "Ferrowby",
        mailbox: "kenji.ferrowby",
        alias: "kferr",
        title: "Field Engineer, Americas and Asia",
        department: "Service",
        time_zone: "Asia/Tokyo",
        locale: "en_US",
        permission_set: "Field_Service",
    },
    Employee {
        first_name: "Adaeze",
        last_name: "Lindqvold",
        mailbox: "adaeze.lindqvold",
        alias: "alind",
        title: "Quality and Compliance",
        department: "Quality",
        time_zone: "Europe/London",
        locale: "en_GB",
        permission_set: "Read_Only_Auditor",
    },
];

/// The administrator among [`Cell::Employee`]s.
const ADMINISTRATOR: usize = 0;

/// What has been made so far.
struct Scene {
    seed: u64,
    today: Date,
    names: Names,
    data: DataSet,
    products: Vec<Product>,
    /// By parameter, in the order of [`product::PARAMETERS`].
    plans: Vec<RowKey>,
    campaigns: Vec<Campaign>,
    customers: Vec<Customer>,
    people: Vec<RowKey>,
    leads: Vec<Lead>,
    sales: Vec<Sale>,
    sites: Vec<Site>,
    sensors: Vec<Sensor>,
    cases: Vec<Case>,
}

/// Makes the rows of the company as they stand on `today`.
pub(super) fn generate(seed: u64, today: Date) -> DataSet {
    let mut scene = Scene {
        seed,
        today,
        names: Names::read(),
        data: DataSet::default(),
        products: Vec::new(),
        plans: Vec::new(),
        campaigns: Vec::new(),
        customers: Vec::new(),
        people: Vec::new(),
        leads: Vec::new(),
        sales: Vec::new(),
        sites: Vec::new(),
        sensors: Vec::new(),
        cases: Vec::new(),
    };
    product::add(&mut scene);
    campaign::add(&mut scene);
    customer::add(&mut scene);
    person::add_contacts(&mut scene);
    person::add_leads(&mut scene);
    campaign::add_members(&mut scene);
    sale::add(&mut scene);
    sale::add_contracts(&mut scene);
    station::add(&mut scene);
    service::add_cases(&mut scene);
    service::add_visits(&mut scene);
    activity::add(&mut scene);
    scene.data
}

impl Scene {
    fn random(&self, part: &str) -> Random {
        Random::of(self.seed, part)
    }

    /// The day this many days from today, before it if negative.
    fn day(&self, offset: i32) -> Date {
        Date(self.today.0 + offset)
    }

    /// The last day on which anything can have happened: the hour of today is not known.
    fn yesterday(&self) -> Date {
        self.day(-1)
    }

    /// A working day this many days ago, or the one before it.
    fn past_workday(&self, days: i32) -> Date {
        workday_before(self.day(-days))
    }

    /// Says who made the record and when, and who changed it last.
    fn stamp(&self, record: &mut Record, by: usize, days: (Date, Date), random: &mut Random) {
        let created = Date(days.0.0.min(self.yesterday().0));
        let changed = Date(days.1.0.clamp(created.0, self.yesterday().0));
        let minute = random.between(7 * 60, 15 * 60);
        let later = if changed == created { minute } else { random.between(7 * 60, 16 * 60) };
        record.set("CreatedDate", instant(created, minute, 0));
        record.set("CreatedById", Cell::Employee(by));
        record.set("LastModifiedDate", instant(changed, later, 0));
        record.set("LastModifiedById", Cell::Employee(by));
    }
}

/// The instant at which clocks that are `utc_offset_minutes` ahead of UTC show this minute.
fn instant(day: Date, minute: i32, utc_offset_minutes: i32) -> DateTime {
    let minutes = i64::from(day.0) * 24 * 60 + i64::from(minute - utc_offset_minutes);
    DateTime(minutes * 60_000)
}

/// The day itself, or the Monday after it.
fn workday(day: Date) -> Date {
    Date(day.0 + [0, 0, 0, 0, 0, 2, 1][weekday(day)])
}

/// The day itself, or the Friday before it.
fn workday_before(day: Date) -> Date {
    Date(day.0 - [0, 0, 0, 0, 0, 1, 2][weekday(day)])
}

/// Monday is 0.
fn weekday(day: Date) -> usize {
    // 1970-01-01 was a Thursday.
    (day.0 + 3).rem_euclid(7).unsigned_abs() as usize
}

/// Half an hour of the working day, as minutes since midnight.
fn working_hour(random: &mut Random) -> i32 {
    8 * 60 + 30 * random.between(0, 16)
}
