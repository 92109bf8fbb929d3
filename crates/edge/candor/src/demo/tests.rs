//! Checks the sample project and its data: whole, repeatable, and fit for the schema they make.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base::{Date, DateTime, decimal};
use schema::{Catalog, FieldType, Schema, def};

use super::dataset::{Cell, DataSet, RowKey};
use super::files::PROJECT;
use super::generate::{EMPLOYEES, generate};

fn today() -> Date {
    Date::parse("2026-03-11").unwrap()
}

/// The data set as text, one row a line.
fn spelled(data: &DataSet) -> String {
    let mut out = String::new();
    for table in &data.tables {
        for record in &table.records {
            out.push_str(&format!("{} {:?}\n", table.object, record.fields));
        }
    }
    out
}

fn schema() -> Schema {
    let project = def::read_project(PROJECT.iter().copied());
    assert_eq!(project.problems, []);
    assert_eq!(project.notices, []);
    let mut catalog = Catalog::shipped();
    for component in project.components {
        catalog.insert(component);
    }
    let prefixes = schema::assign_prefixes(&catalog, &BTreeMap::new());
    let (schema, notices) = schema::resolve(&catalog, &prefixes).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|it| format!("{it}\n")).collect::<String>())
    });
    assert_eq!(notices, []);
    schema
}

#[test]
fn every_file_of_the_project_is_embedded() {
    fn walk(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/");
    let mut found = Vec::new();
    walk(&Path::new(root).join("force-app"), &mut found);
    let mut found: Vec<&str> = found.iter().map(|it| it.trim_start_matches(root)).collect();
    found.sort_unstable();
    let embedded: Vec<&str> = PROJECT.iter().map(|it| it.0).collect();
    assert_eq!(found, embedded);
}

#[test]
fn the_same_seed_gives_the_same_rows() {
    let first = spelled(&generate(1, today()));
    assert!(first == spelled(&generate(1, today())));
    assert!(first != spelled(&generate(2, today())));
}

#[test]
fn the_company_has_its_size() {
    for (seed, day) in [(1, "2026-03-11"), (2, "2027-12-31"), (3, "2028-02-29"), (4, "2026-08-02")]
    {
        let data = generate(seed, Date::parse(day).unwrap());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for table in &data.tables {
            *counts.entry(table.object).or_default() += table.records.len();
        }
        for (object, least, most) in [
            ("Account", 240, 300),
            ("Contact", 650, 800),
            ("Lead", 180, 180),
            ("Opportunity", 450, 450),
            ("OpportunityLineItem", 500, 1_200),
            ("OpportunityContactRole", 500, 800),
            ("Product2", 16, 16),
            ("PricebookEntry", 16, 16),
            ("Case", 220, 220),
            ("CaseComment", 350, 600),
            ("Task", 900, 900),
            ("Event", 250, 250),
            ("Campaign", 6, 6),
            ("CampaignMember", 300, 400),
            ("Site__c", 150, 150),
            ("Sensor__c", 500, 500),
            ("Service_Visit__c", 1_300, 1_500),
            ("Calibration_Plan__c", 8, 8),
            ("Contract", 70, 120),
            ("Asset", 120, 150),
            ("Note", 80, 80),
        ] {
            let count = counts.get(object).copied().unwrap_or_default();
            assert!((least..=most).contains(&count), "seed {seed}: {count} of {object}");
        }
    }
}

#[test]
fn today_is_alive() {
    let data = generate(1, today());
    let count = |object: &str, field: &str, value: &str| {
        let rows = data.tables.iter().filter(|it| it.object == object).flat_map(|it| &it.records);
        let has = |(name, cell): &(&str, Cell)| {
            *name == field && matches!(cell, Cell::Text(text) if text.starts_with(value))
        };
        rows.filter(|it| it.fields.iter().any(has)).count()
    };
    assert!(8 <= count("Task", "ActivityDate", "2026-03-11"));
    assert!(8 <= count("Event", "ActivityDate", "2026-03-11"));
    assert!(5 <= count("Service_Visit__c", "Scheduled_For__c", "2026-03-1"));
    assert!(20 <= count("Sensor__c", "Status__c", "Calibration Due"));
    for stage in
        ["Prospecting", "Id. Decision Makers", "Negotiation/Review", "Closed Won", "Closed Lost"]
    {
        assert!(10 <= count("Opportunity", "StageName", stage), "{stage}");
    }
}

/// Every row stands after those it names, and nothing was made or changed in the future.
#[test]
fn rows_come_in_order_and_dates_in_the_past() {
    let data = generate(1, today());
    let midnight = format!("{}T00:00:00.000Z", today());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for table in &data.tables {
        for record in &table.records {
            for (field, cell) in &record.fields {
                match cell {
                    Cell::Row(RowKey { object, number }) => {
                        let n_before = counts.get(object).copied().unwrap_or_default();
                        assert!(*number < n_before, "{}.{field} names row {number}", table.object);
                    }
                    Cell::Employee(number) => assert!(*number <= EMPLOYEES.len()),
                    Cell::Text(text)
                        if ["CreatedDate", "LastModifiedDate", "ClosedDate"].contains(field) =>
                    {
                        assert!(*text < midnight, "{}.{field} is {text}", table.object);
                    }
                    _ => {}
                }
            }
            *counts.entry(table.object).or_default() += 1;
        }
    }
}

#[test]
fn the_project_is_without_fault() {
    let schema = schema();
    for object in ["Site__c", "Sensor__c", "Service_Visit__c", "Calibration_Plan__c"] {
        let object = schema.object(object).unwrap();
        assert!(!object.layouts.is_empty() && !object.list_views.is_empty(), "{}", object.name);
    }
    assert!(schema.applications.iter().any(|it| it.name == "Tidewater" && 10 < it.tabs.len()));
    for employee in EMPLOYEES {
        assert!(schema.permission_sets.iter().any(|it| it.name == employee.permission_set));
    }
}

/// Fields exist, values have their type, fit, and are among those of restricted picklists and of
/// the standard ones; required fields are there.
#[test]
fn every_value_fits_its_field() {
    let schema = schema();
    for (seed, day) in [(1, "2026-03-11"), (2, "2028-02-29")] {
        let data = generate(seed, Date::parse(day).unwrap());
        for table in &data.tables {
            let object = schema.object(table.object).unwrap();
            for record in &table.records {
                for (name, cell) in &record.fields {
                    let field = object
                        .field(name)
                        .unwrap_or_else(|| panic!("{} has no field {name}", object.name));
                    if let Err(what) = check(&schema, field, cell) {
                        panic!("{}.{name}: {what}: {cell:?}", object.name);
                    }
                    let n_given = record.fields.iter().filter(|it| it.0 == *name).count();
                    assert_eq!(n_given, 1, "{}.{name}", object.name);
                }
                for field in object.fields.iter().filter(|it| it.required) {
                    let given = record.fields.iter().any(|it| it.0 == field.name);
                    assert!(given, "{} without {}", object.name, field.name);
                }
            }
        }
    }
}

fn check(schema: &Schema, field: &schema::Field, cell: &Cell) -> Result<(), &'static str> {
    let ensure = |ok: bool, what| if ok { Ok(()) } else { Err(what) };
    match cell {
        Cell::Bool(_) => ensure(field.ty == FieldType::Checkbox, "not a checkbox"),
        Cell::Number(digits) => {
            let number = decimal::parse(digits).map_err(|_| "not a number")?;
            ensure(field.ty.is_number(), "not a number field")?;
            ensure(decimal::fits(number, field.precision, field.scale), "does not fit")
        }
        Cell::Row(key) => {
            let target = schema.object(key.object).ok_or("no such object")?.id;
            let targets = field.reference.as_ref().map(|it| &it.targets);
            ensure(targets.is_some_and(|it| it.contains(&target)), "points elsewhere")
        }
        Cell::Employee(_) | Cell::StandardPricebook | Cell::RecordType(_) => {
            ensure(field.ty.is_reference(), "no lookup")
        }
        Cell::Text(text) => {
            ensure(text.trim() == text, "blanks around it")?;
            match field.ty {
                FieldType::Date => Date::parse(text).map(|_| ()).map_err(|_| "not a date"),
                FieldType::DateTime => {
                    DateTime::parse(text).map(|_| ()).map_err(|_| "not a datetime")
                }
                _ => {
                    ensure(field.ty.is_text(), "not a text field")?;
                    ensure(text.chars().count() <= field.length as usize, "too long")?;
                    ensure(!text.contains(['{', '}']), "a brace is left")?;
                    let Some(picklist) = &field.picklist else { return Ok(()) };
                    // Subjects of activities are picklists that take any text.
                    let free = field.describe_type.as_deref() == Some("combobox");
                    let multi = field.ty == FieldType::MultiselectPicklist;
                    let mut values = text.split(|it| multi && it == ';');
                    let known = values.all(|it| picklist.values.iter().any(|has| has.name == it));
                    ensure(free || known, "not in the picklist")
                }
            }
        }
    }
}

#[test]
fn texts_read_like_texts() {
    let data = generate(1, today());
    for table in &data.tables {
        for record in &table.records {
            for (field, cell) in &record.fields {
                let Cell::Text(text) = cell else { continue };
                assert!(!text.contains("  "), "{}.{field}: {text}", table.object);
                assert!(!text.to_lowercase().contains("lorem"), "{}.{field}", table.object);
                if field.ends_with("Email") {
                    let (_, host) = text.split_once('@').unwrap();
                    let reserved = ["example.com", "example.org", "example.net"];
                    assert!(
                        reserved.iter().any(|it| host.ends_with(it)) && text.is_ascii(),
                        "{text}"
                    );
                }
            }
        }
    }
}
