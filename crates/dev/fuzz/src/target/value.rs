//! Single values as people and programs write them: numbers, dates, ids, ledger entries.

use std::fmt::Debug;
use std::sync::LazyLock;

use base::{Date, DateTime, KeyPrefix, RecordId, Time, decimal, id, name};
use jiff::tz::TimeZone;
use locale::Style;

use super::{Seeds, Target, words};
use crate::probe::Probe;

pub(super) const TARGET: Target = Target {
    name: "value",
    run,
    words: dictionary,
    seeds: &[
        Seeds::Texts(&[
            "1,234,567.50",
            "\u{2212}1.234,5 €",
            "12,34,567%",
            "2026-03-08T02:30",
            "2024-02-29T23:14:15.678+05:30",
            "13:14:15.678Z",
            "001000000000001AAA",
            "0.0000000000000000000000000001",
            "79228162514264337593543950335",
            "Thing_2__c",
        ]),
        Seeds::FileLines("crates/language/ledger/test_data/entries.jsonl"),
    ],
    n_in_tests: 2_000,
};

fn dictionary() -> Vec<String> {
    words(include_str!("../../words/value.txt"))
}

static STYLES: LazyLock<Vec<Style>> = LazyLock::new(|| {
    let zone = |name: &str| TimeZone::get(name).expect("invariant: zones are bundled");
    [
        ("en_US", "America/New_York", "USD"),
        ("de_CH", "Europe/Zurich", "CHF"),
        ("en_IN", "Asia/Kolkata", "INR"),
        ("fr_FR", "Pacific/Apia", "EUR"),
    ]
    .map(|(locale, name, currency)| Style::new(locale, zone(name), currency))
    .into()
});

fn run(text: &str, probe: &mut Probe) {
    for style in STYLES.iter() {
        locale(style, text, probe);
    }
    again(probe, "date", text, Date::parse, Date::to_string);
    again(probe, "datetime", text, DateTime::parse, |it| it.to_rfc3339());
    again(probe, "time", text, Time::parse, Time::to_string);
    again(probe, "decimal", text, decimal::parse, ToString::to_string);
    again(probe, "id", text, RecordId::parse, |it| it.to_string());
    again(probe, "prefix", text, KeyPrefix::parse, KeyPrefix::to_string);
    if let Ok(safe) = probe.measure("case-safe id", || id::case_safe(text)) {
        probe.note("case-safe id", 0);
        assert!(safe.len() == 18 && safe.starts_with(text), "{safe}");
    }
    let number = probe.measure("number", || formula::Number::parse(text));
    if let Some(number) = number {
        probe.note("number", u64::from(number.places()));
        assert_eq!(formula::Number::parse(&number.to_string()), Some(number), "{number}");
    }
    probe.note("name", u64::from(probe_name(text)));
    entry(text, probe);
    let folded = probe.measure("fold", || base::fold(text)).into_owned();
    assert_eq!(base::fold(&folded), folded, "what is folded stays so");
}

fn probe_name(text: &str) -> bool {
    name::is_valid(text) || name::is_custom(text) || name::relationship_of(text).is_some()
}

fn locale(style: &Style, text: &str, probe: &mut Probe) {
    if let Some(read) = probe.measure("read a number", || style.read_number(text)) {
        probe.note("locale number", 0);
        if let Ok(number) = decimal::parse(&read) {
            let shown = style.number(number, 28.min(number.scale()));
            assert!(style.read_number(&shown).is_some(), "{read} is shown as {shown}");
        }
    }
    if let Some(at) = probe.measure("read a datetime", || style.read_datetime(text)) {
        probe.note("locale datetime", 0);
        style.datetime(at);
    }
}

/// Asserts that what is read from `text` is read the same once it is written.
fn again<T: Debug + PartialEq, E: Debug>(
    probe: &mut Probe,
    what: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    write: impl Fn(&T) -> String,
) {
    match probe.measure(what, || parse(text)) {
        Ok(value) => {
            probe.note(what, 0);
            let written = write(&value);
            match parse(&written) {
                Ok(again) => assert_eq!(again, value, "{what}: {written}"),
                Err(error) => panic!("{what}: {written}: {error:?}"),
            }
        }
        Err(error) => probe.see(&error),
    }
}

fn entry(text: &str, probe: &mut Probe) {
    match probe.measure("ledger entry", || ledger::Entry::parse(text.as_bytes())) {
        Ok(entry) => {
            probe.see(&entry);
            assert_eq!(entry.canonical().as_deref(), Ok(text.as_bytes()), "entries are canonical");
        }
        Err(error) => probe.see(&error),
    }
}
