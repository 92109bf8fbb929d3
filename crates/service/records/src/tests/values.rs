//! What is stored is what was given, for every type of field.

use base::{Date, DateTime, Decimal, RecordId, Time, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{EACH, Fixture, one, row};
use crate::{Ctx, Input, create, retrieve_records, update};

/// A field of the test project, with input for it and the value that it means.
type Case = (&'static str, Input, Value);

fn text(name: &'static str, pattern: &'static str) -> impl Strategy<Value = Case> {
    pattern.prop_map(move |it: String| {
        let trimmed = it.trim();
        let value = if trimmed.is_empty() { Value::Null } else { Value::Text(trimmed.to_owned()) };
        (name, Input::Text(it), value)
    })
}

fn number(
    name: &'static str,
    scaled: std::ops::Range<i64>,
    scale: u32,
) -> impl Strategy<Value = Case> {
    (scaled, any::<bool>()).prop_map(move |(scaled, quoted)| {
        let decimal = Decimal::new(scaled, scale);
        let text = decimal.to_string();
        let input = if quoted { Input::Text(text) } else { Input::Number(text) };
        (name, input, Value::Decimal(decimal))
    })
}

fn case() -> impl Strategy<Value = Case> {
    prop_oneof![
        text("Code__c", "[ -~é日]{0,20}"),
        text("Street__c", "[ -~\n]{0,60}"),
        text("Notes__c", "\\PC{0,80}"),
        text("Html__c", "<p>[a-z ]{1,9}</p>"),
        text("Secret__c", "[!-~]{1,40}"),
        text("Contact_Email__c", "[a-z]{1,9}@[a-z]{1,9}\\.(com|org)"),
        text("Phone__c", "[0-9+ ()-]{0,20}"),
        text("Site__c", "https://[a-z]{1,9}\\.example"),
        text("Priority__c", "High|Normal"),
        text("Tags__c", "Red|Red;Blue|Green;Blue|"),
        number("Budget__c", -9_999_999_999..9_999_999_999, 2),
        number("Rate__c", -99_999..99_999, 1),
        number("Count__c", -9_999..9_999, 0),
        number("Place__Latitude__s", -9_000_000..9_000_000, 5),
        any::<bool>().prop_map(|it| ("Active__c", Input::Bool(it), Value::Bool(it))),
        (-98_000..700_000).prop_map(|it| {
            let date = Date(it);
            ("Start__c", Input::Text(date.to_string()), Value::Date(date))
        }),
        (-8_000_000_000_000_i64..60_000_000_000_000).prop_map(|it| {
            let at = DateTime(it);
            ("At__c", Input::from(at), Value::DateTime(at))
        }),
        (0..86_400_000).prop_map(|it| {
            let time = Time(it);
            ("Clock__c", Input::Text(time.to_string()), Value::Time(time))
        }),
    ]
}

#[test]
fn a_value_comes_back_as_it_was_given() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let id = one(create(&ctx, vec![row(&ctx, "Project__c", None, &[])], &EACH).unwrap());
    let mut runner = TestRunner::new(Config { cases: 400, ..Config::default() });
    let result = runner.run(&(case(), any::<bool>()), |((name, input, value), fresh)| {
        let fields = [(name, input)];
        let id = if fresh {
            // A unique value would be taken from the first case on.
            one(create(&ctx, vec![row(&ctx, "Project__c", None, &unless_unique(&fields))], &EACH)
                .unwrap())
        } else {
            one(update(&ctx, vec![row(&ctx, "Project__c", Some(id), &fields)], &EACH).unwrap())
        };
        if !(fresh && name == "Code__c") {
            prop_assert_eq!(read(&ctx, id, name), value);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    fixture.org.store.verify_ledger().unwrap();
}

fn unless_unique<'a>(fields: &[(&'a str, Input)]) -> Vec<(&'a str, Input)> {
    fields.iter().filter(|(name, _)| *name != "Code__c").cloned().collect()
}

fn read(ctx: &Ctx, id: RecordId, name: &str) -> Value {
    let object = ctx.schema.object("Project__c").unwrap();
    let records = retrieve_records(ctx, object, &[id], &[name]).unwrap();
    records[0].value(name).clone()
}

/// Whatever the input is, the answer is an outcome.
#[test]
fn no_input_breaks_a_save() {
    let fixture = Fixture::new();
    let ctx = fixture.admin();
    let input = prop_oneof![
        Just(Input::Null),
        Just(Input::List),
        any::<bool>().prop_map(Input::Bool),
        "[-+0-9.eE]{0,40}".prop_map(Input::Number),
        any::<String>().prop_map(Input::Text),
        any::<Vec<u8>>().prop_map(Input::Bytes),
        any::<String>().prop_map(|it| Input::Object(vec![(it.clone(), Input::Text(it))])),
        any::<String>().prop_map(|it| Input::Object(vec![("Id".to_owned(), Input::Text(it))])),
    ];
    let object = ctx.schema.object("Project__c").unwrap();
    let mut names: Vec<String> = object.fields.iter().map(|it| it.name.clone()).collect();
    names.extend(["Account__r", "Owner", "Nope", ""].map(str::to_owned));
    let mut runner = TestRunner::new(Config { cases: 1500, ..Config::default() });
    let rows = (proptest::sample::select(names), input);
    let result = runner.run(&rows, |(name, input)| {
        let row = row(&ctx, "Project__c", None, &[(&name, input)]);
        prop_assert_eq!(create(&ctx, vec![row], &EACH).unwrap().len(), 1);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
