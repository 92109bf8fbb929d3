//! Tasks and events around customers, sales, leads and cases; notes.

use base::Date;

use super::super::dataset::{Cell, Record, RowKey};
use super::super::phrase;
use super::super::random::Random;
use super::{Scene, instant, workday, working_hour};

const N_TASKS: usize = 900;
const N_EVENTS: usize = 250;
const N_NOTES: usize = 80;

/// What an activity is about.
struct Subject {
    /// A contact or a lead.
    who: Option<RowKey>,
    what: Option<RowKey>,
    account: Option<RowKey>,
    owner: usize,
    /// Nothing happened before this day.
    since: Date,
    /// Minutes that the clocks of the place are ahead of UTC.
    utc_offset_minutes: i32,
    place: String,
}

pub(super) fn add(scene: &mut Scene) {
    let mut random = scene.random("tasks");
    let tasks = (0..N_TASKS).map(|it| task(scene, it, &mut random)).collect();
    let mut random = scene.random("events");
    let events = (0..N_EVENTS).map(|it| event(scene, it, &mut random)).collect();
    let mut random = scene.random("notes");
    let notes = (0..N_NOTES).map(|it| note(scene, it, &mut random)).collect();
    scene.data.add_all("Task", tasks);
    scene.data.add_all("Event", events);
    scene.data.add_all("Note", notes);
}

fn subject(scene: &Scene, random: &mut Random) -> Subject {
    match random.weighted(&[(45, 's'), (25, 'a'), (15, 'c'), (15, 'l')]) {
        's' => {
            let sale = random.one_of(&scene.sales);
            let since = if sale.is_closed { sale.close } else { sale.created };
            about(scene, (sale.account, Some(sale.key), sale.owner, since), random)
        }
        'c' => {
            let case = random.one_of(&scene.cases);
            about(scene, (case.account, Some(case.key), case.owner, case.created), random)
        }
        'l' => {
            let open: Vec<_> = scene.leads.iter().filter(|it| it.is_open).collect();
            let lead = random.pick(&open);
            Subject {
                who: Some(lead.key),
                what: None,
                account: None,
                owner: lead.owner,
                since: lead.created,
                utc_offset_minutes: 0,
                place: "Video call".to_owned(),
            }
        }
        _ => {
            let account = random.below(scene.customers.len());
            let customer = &scene.customers[account];
            about(scene, (account, None, customer.owner, customer.created), random)
        }
    }
}

/// An activity with one of the account's people; without a record of its own, about the account.
fn about(
    scene: &Scene,
    (account, what, owner, since): (usize, Option<RowKey>, usize, Date),
    random: &mut Random,
) -> Subject {
    let customer = &scene.customers[account];
    let city = &scene.names.cities[customer.city];
    Subject {
        who: customer.somebody(random),
        what: what.or(Some(customer.key)),
        account: Some(customer.key),
        owner,
        since,
        utc_offset_minutes: city.utc_offset_minutes,
        place: format!("{}, {}", customer.address.street, city.name),
    }
}

fn task(scene: &Scene, number: usize, random: &mut Random) -> Record {
    let subject = subject(scene, random);
    let (kind, subtype, texts) = random.weighted(&[
        (45, (Some("Call"), "Call", phrase::CALLS)),
        (30, (Some("Email"), "Email", phrase::MAILS)),
        (25, (None, "Task", phrase::CHORES)),
    ]);
    // A few are due today, some are late, most are done.
    let (status, day) = match number % 20 {
        0 => ("Not Started", scene.today),
        1 => ("In Progress", scene.past_workday(random.between(1, 8))),
        2..7 => ("Not Started", workday(scene.day(random.between(1, 30)))),
        7 => ("Waiting on someone else", workday(scene.day(random.between(-5, 15)))),
        8 => ("Deferred", workday(scene.day(random.between(20, 90)))),
        _ => {
            let day = Date(scene.past_workday(random.between(1, 300)).0.max(subject.since.0));
            ("Completed", Date(day.0.min(scene.yesterday().0)))
        }
    };
    let done = status == "Completed";
    let mut record = Record::new([
        ("Subject", random.pick(texts).into()),
        ("OwnerId", Cell::Employee(subject.owner)),
        ("Status", status.into()),
        ("Priority", random.weighted(&[(15, "High"), (70, "Normal"), (15, "Low")]).into()),
        ("ActivityDate", day.into()),
        ("TaskSubtype", subtype.into()),
    ]);
    record.set_some("Type", kind);
    relate(&mut record, &subject);
    if done && subtype == "Call" {
        record.set("CallType", random.weighted(&[(70, "Outbound"), (30, "Inbound")]));
        record.set("CallDurationInSeconds", random.between(40, 1500));
        record.set("Description", random.pick(phrase::OUTCOMES));
    }
    if !done && random.chance(30) {
        record.set("IsReminderSet", true);
        record.set("ReminderDateTime", instant(day, 8 * 60, subject.utc_offset_minutes));
    }
    let made = Date(day.0.min(scene.today.0) - random.between(1, 14));
    scene.stamp(&mut record, subject.owner, (made, day), random);
    record
}

fn relate(record: &mut Record, subject: &Subject) {
    record.set_some("WhoId", subject.who);
    record.set_some("WhatId", subject.what);
    record.set_some("AccountId", subject.account);
}

fn event(scene: &Scene, number: usize, random: &mut Random) -> Record {
    let subject = subject(scene, random);
    let (text, minutes) = random.pick(phrase::MEETINGS);
    let day = match number % 25 {
        0 => scene.today,
        1..9 => workday(scene.day(random.between(1, 45))),
        _ => scene.past_workday(random.between(1, 240)),
    };
    let start = working_hour(random);
    let is_call = text.starts_with("Call");
    let place = if is_call { "Video call" } else { &subject.place };
    let mut record = Record::new([
        ("Subject", text.into()),
        ("OwnerId", Cell::Employee(subject.owner)),
        ("Type", if is_call { "Call" } else { "Meeting" }.into()),
        ("Location", place.into()),
        ("StartDateTime", instant(day, start, subject.utc_offset_minutes).into()),
        ("EndDateTime", instant(day, start + minutes, subject.utc_offset_minutes).into()),
        ("ActivityDateTime", instant(day, start, subject.utc_offset_minutes).into()),
        ("ActivityDate", day.into()),
        ("DurationInMinutes", minutes.into()),
        ("IsAllDayEvent", false.into()),
        ("ShowAs", "Busy".into()),
    ]);
    relate(&mut record, &subject);
    if day < scene.today && random.chance(50) {
        record.set("Description", random.pick(phrase::OUTCOMES));
    }
    let made = Date(day.0.min(scene.today.0) - random.between(3, 30));
    scene.stamp(&mut record, subject.owner, (made, made), random);
    record
}

fn note(scene: &Scene, number: usize, random: &mut Random) -> Record {
    let (title, body) = phrase::NOTES[number % phrase::NOTES.len()];
    let account = random.below(scene.customers.len());
    let customer = &scene.customers[account];
    let sale = random.one_of(&scene.sales);
    let (parent, owner, since) = if number.is_multiple_of(3) {
        (sale.key, sale.owner, sale.created)
    } else {
        (customer.key, customer.owner, customer.created)
    };
    let mut record = Record::new([
        ("ParentId", parent.into()),
        ("OwnerId", Cell::Employee(owner)),
        ("Title", title.into()),
        ("Body", body.into()),
    ]);
    let made = Date(since.0 + random.between(1, 60));
    scene.stamp(&mut record, owner, (made, made), random);
    record
}
