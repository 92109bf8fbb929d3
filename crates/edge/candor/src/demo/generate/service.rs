//! Cases with their comments, and visits to sensors: done, planned, and going on today.

use base::{Date, DateTime};

use super::super::dataset::{Cell, Cents, Record, RowKey};
use super::super::names::City;
use super::super::phrase::{self, Trouble};
use super::super::random::Random;
use super::customer::{Customer, Level};
use super::product::{PARAMETERS, interval_days};
use super::station::Sensor;
use super::{Scene, instant, workday, workday_before, working_hour};

/// A case that was added.
pub(super) struct Case {
    pub(super) key: RowKey,
    /// An index into the customers.
    pub(super) account: usize,
    /// An index into the sensors, where the case is about one.
    sensor: Option<usize>,
    pub(super) owner: usize,
    pub(super) is_closed: bool,
    pub(super) created: Date,
    closed: Date,
}

const N_CASES: usize = 220;
const N_VISITS: usize = 1500;
/// How many visits are on today's plan.
const N_TODAY: usize = 9;

pub(super) fn add_cases(scene: &mut Scene) {
    let mut random = scene.random("cases");
    let mut comments = Vec::new();
    let hangs = |it: &usize| scene.sensors[*it].installed.is_some();
    let sensors: Vec<usize> = (0..scene.sensors.len()).filter(hangs).collect();
    for number in 0..N_CASES {
        let sensor = random.chance(78).then(|| random.pick(&sensors));
        let trouble = trouble(scene, sensor, &mut random);
        let (record, case) = case(scene, (number, sensor), trouble, &mut random);
        scene.data.add("Case", record);
        comments.extend(comments_of(scene, &case, trouble, &mut random));
        scene.cases.push(case);
    }
    scene.data.add_all("CaseComment", comments);
}

/// Something that happens to this sensor, or a request.
fn trouble(scene: &Scene, sensor: Option<usize>, random: &mut Random) -> &'static Trouble {
    let Some(sensor) = sensor else { return random.one_of(phrase::REQUESTS) };
    let parameter = scene.sensors[sensor].parameter;
    let fits = |it: &&Trouble| it.parameters.contains(&parameter);
    let fitting: Vec<&'static Trouble> = phrase::TROUBLES.iter().filter(fits).collect();
    random.pick(&fitting)
}

fn case(
    scene: &Scene,
    (number, sensor_at): (usize, Option<usize>),
    trouble: &Trouble,
    random: &mut Random,
) -> (Record, Case) {
    let sensor = sensor_at.map(|it| &scene.sensors[it]);
    let account = match sensor {
        Some(sensor) => scene.sites[sensor.site].account,
        None => buyer(scene, random),
    };
    let customer = &scene.customers[account];
    let status = random.weighted(&[(14, "New"), (17, "Working"), (5, "Escalated"), (64, "Closed")]);
    let is_closed = status == "Closed";
    let back = if is_closed { random.between(14, 400) } else { random.between(1, 24) };
    let created = scene.past_workday(back);
    let closed = workday(Date(created.0 + random.between(1, 10)));
    let owner = engineer(scene, customer);
    let values = words(scene, sensor);
    let values: Vec<(&str, &str)> =
        values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let told = phrase::fill(trouble.told, &values);
    let opening = random.pick(phrase::GREETINGS);
    let ending = random.pick(if sensor.is_some() { phrase::PLEAS } else { phrase::WISHES });
    let priority = random.weighted(&[(18, "High"), (57, "Medium"), (25, "Low")]);
    let mut record = Record::new([
        ("Subject", phrase::fill(trouble.subject, &values).into()),
        ("Description", format!("{opening}\n{told}\n{ending}").trim().into()),
        ("AccountId", customer.key.into()),
        ("OwnerId", Cell::Employee(owner)),
        ("Status", status.into()),
        ("Priority", if status == "Escalated" { "High" } else { priority }.into()),
        ("IsEscalated", (status == "Escalated").into()),
        ("Origin", random.weighted(&[(45, "Email"), (35, "Phone"), (20, "Web")]).into()),
        ("Reason", trouble.reason.into()),
        ("Type", trouble.kind.into()),
    ]);
    record.set_some("ContactId", customer.somebody(random));
    if let Some(sensor) = sensor {
        record.set("Sensor__c", sensor.key);
        record.set("ProductId", scene.products[sensor.parameter].key);
    }
    if is_closed {
        record.set("ClosedDate", instant(closed, 16 * 60, 0));
    }
    let changed = if is_closed { closed } else { scene.yesterday() };
    scene.stamp(&mut record, owner, (created, changed), random);
    let key = RowKey { object: "Case", number };
    (record, Case { key, account, sensor: sensor_at, owner, is_closed, created, closed })
}

/// What the braces of a trouble stand for.
fn words(scene: &Scene, sensor: Option<&Sensor>) -> Vec<(&'static str, String)> {
    let Some(sensor) = sensor else { return Vec::new() };
    let parameter = PARAMETERS[sensor.parameter];
    let plain = if parameter == "pH" { "pH".to_owned() } else { parameter.to_lowercase() };
    let title = match plain.split_at(1) {
        _ if parameter == "pH" => "pH".to_owned(),
        (first, rest) => format!("{}{rest}", first.to_uppercase()),
    };
    vec![
        ("parameter", plain),
        ("Parameter", title),
        ("site", scene.sites[sensor.site].name.clone()),
        ("serial", sensor.serial.clone()),
    ]
}

/// Somebody who has bought something.
fn buyer(scene: &Scene, random: &mut Random) -> usize {
    let start = random.below(scene.customers.len());
    let all = (0..scene.customers.len()).map(|it| (start + it) % scene.customers.len());
    let mut buyers = all.filter(|it| scene.customers[*it].level.is_some());
    buyers.next().unwrap_or(start)
}

/// The field engineer of the account manager's region.
fn engineer(scene: &Scene, customer: &Customer) -> usize {
    let country = scene.names.country_of(&scene.names.cities[customer.city]);
    let far = country.region.ends_with("America") || country.region == "Asia Pacific";
    if far { 4 } else { 3 }
}

fn comments_of(scene: &Scene, case: &Case, trouble: &Trouble, random: &mut Random) -> Vec<Record> {
    let last = if case.is_closed { case.closed } else { scene.yesterday() };
    let mut texts = Vec::new();
    // What is said on the way is about sensors.
    let about_sensor = case.sensor.is_some();
    if about_sensor && (case.is_closed || random.chance(75)) {
        texts.push((random.pick(phrase::REPLIES), case.created));
    }
    if about_sensor && random.chance(55) {
        let day = Date(random.between(case.created.0 + 1, last.0));
        texts.push((random.pick(phrase::PROGRESS), day));
    }
    if case.is_closed {
        texts.push((trouble.found, last));
    }
    let comment = |(text, day): (&str, Date)| {
        let mut record = Record::new([
            ("ParentId", case.key.into()),
            ("CommentBody", text.into()),
            ("IsPublished", (text == trouble.found).into()),
        ]);
        scene.stamp(&mut record, case.owner, (day, day), random);
        record
    };
    texts.into_iter().map(comment).collect()
}

/// A visit before its details are drawn.
struct Visit {
    sensor: usize,
    kind: &'static str,
    day: Date,
    case: Option<RowKey>,
    /// The higher, the sooner it is left out where there are too many.
    rank: u8,
}

pub(super) fn add_visits(scene: &mut Scene) {
    let mut random = scene.random("visits");
    let mut visits = todays(scene);
    let busy: Vec<usize> = visits.iter().map(|it| it.sensor).collect();
    visits.extend(repairs(scene, &mut random));
    for sensor in 0..scene.sensors.len() {
        let own = history(scene, sensor).into_iter();
        visits.extend(own.filter(|it| it.day < scene.today || !busy.contains(&sensor)));
    }
    visits.sort_by_key(|it| it.rank);
    visits.truncate(N_VISITS);
    visits.sort_by_key(|it| (it.day, it.sensor));
    let records = visits.iter().map(|it| visit(scene, it, &mut random)).collect();
    scene.data.add_all("Service_Visit__c", records);
}

/// Visits that cases made necessary.
fn repairs(scene: &Scene, random: &mut Random) -> Vec<Visit> {
    let mut visits = Vec::new();
    for case in &scene.cases {
        let Some(sensor) = case.sensor.filter(|_| random.chance(45)) else { continue };
        let soon = workday(scene.day(random.between(1, 9)));
        let day = if case.is_closed { case.closed } else { soon };
        let kind = if random.chance(75) { "Repair" } else { "Inspection" };
        visits.push(Visit { sensor, kind, day, case: Some(case.key), rank: 0 });
    }
    visits
}

/// Sensors spread over the sites, so that several engineers are on the road.
fn todays(scene: &Scene) -> Vec<Visit> {
    let fit = |it: &(usize, &Sensor)| matches!(it.1.status, "In Service" | "Calibration Due");
    let fit: Vec<usize> = scene.sensors.iter().enumerate().filter(fit).map(|it| it.0).collect();
    let step = (fit.len() / N_TODAY).max(1);
    let chosen = fit.into_iter().step_by(step).take(N_TODAY);
    let visit =
        |sensor| Visit { sensor, kind: "Calibration", day: scene.today, case: None, rank: 0 };
    chosen.map(visit).collect()
}

/// What the sensor's own dates ask for: the next calibration, the last ones, the installation.
fn history(scene: &Scene, at: usize) -> Vec<Visit> {
    let sensor = &scene.sensors[at];
    let (Some(installed), Some(last)) = (sensor.installed, sensor.last_calibrated) else {
        return Vec::new();
    };
    let visit = |kind, day, rank| Visit { sensor: at, kind, day, case: None, rank };
    let mut visits = vec![visit("Installation", installed, 3)];
    if let Some(due) = sensor.due
        && due.0 < scene.today.0 + 75
    {
        // What is overdue is planned for the next days.
        let day = if due <= scene.today { scene.day(1 + (at % 12) as i32) } else { due };
        visits.push(visit("Calibration", workday(day), 1));
    }
    let interval = interval_days(sensor.parameter);
    for n_back in 0..3 {
        let day = workday_before(Date(last.0 - n_back * interval));
        if installed < day {
            visits.push(visit("Calibration", day, if n_back == 0 { 2 } else { 4 }));
        }
    }
    if sensor.status == "Retired" {
        visits.push(visit("Removal", workday(Date(last.0 + 30)), 2));
    }
    visits
}

fn visit(scene: &Scene, visit: &Visit, random: &mut Random) -> Record {
    let sensor = &scene.sensors[visit.sensor];
    let site = &scene.sites[sensor.site];
    let customer = &scene.customers[site.account];
    let city = &scene.names.cities[customer.city];
    let engineer = engineer(scene, customer);
    let start = working_hour(random);
    let status = status(scene, visit.day, random);
    let mut record = Record::new([
        ("Sensor__c", sensor.key.into()),
        ("Visit_Type__c", visit.kind.into()),
        ("Status__c", status.into()),
        ("Scheduled_For__c", local(visit.day, start, city).into()),
        ("Technician__c", Cell::Employee(engineer)),
        ("Billable__c", (customer.level != Some(Level::Premium)).into()),
    ]);
    record.set_some("Case__c", visit.case);
    record.set_some("Contact__c", customer.somebody(random));
    if status == "Completed" {
        report(&mut record, visit, (start, city), random);
    }
    let planned = Date(visit.day.0 - random.between(5, 30));
    scene.stamp(&mut record, engineer, (planned, visit.day), random);
    record
}

fn status(scene: &Scene, day: Date, random: &mut Random) -> &'static str {
    if scene.today < day {
        return "Scheduled";
    }
    if day == scene.today {
        return random.weighted(&[(70, "Scheduled"), (30, "In Progress")]);
    }
    random.weighted(&[(96, "Completed"), (4, "Canceled")])
}

fn local(day: Date, minute: i32, city: &City) -> DateTime {
    instant(day, minute, city.utc_offset_minutes)
}

/// What the engineer fills in afterwards.
fn report(record: &mut Record, visit: &Visit, (start, city): (i32, &City), random: &mut Random) {
    let (work, euros) = match visit.kind {
        "Installation" => (phrase::INSTALLATIONS, 1_240),
        "Repair" => (phrase::REPAIRS, 520),
        "Inspection" => (phrase::INSPECTIONS, 310),
        "Removal" => (phrase::REMOVALS, 460),
        _ => (phrase::CALIBRATIONS, 172),
    };
    let end = start + 15 * random.between(3, 14);
    record.set("Completed_At__c", local(visit.day, end, city));
    if visit.kind == "Calibration" {
        record.set("Drift__c", Cents(random.below(640) as u64));
    }
    let extra = random.below(180) as u64;
    record.set("Cost__c", Cents((euros + extra) * 100));
    let again = random.chance(7);
    record.set("Follow_Up_Needed__c", again);
    let last = if again { phrase::FOLLOW_UPS } else { phrase::DEPARTURES };
    record.set("Notes__c", phrase::compose(random, &[phrase::ARRIVALS, work, last]));
}
