//! The canonical form: golden entries, refusals, and reading as the exact inverse of writing.

use base::{DateTime, RecordId};
use expect_test::expect_file;
use proptest::prelude::*;

use super::{account, bare, full};
use crate::entry::{COUNTER_MAX, LEN_MAX, TOKEN_LEN_MAX};
use crate::{Actor, ActorKind, Body, Entry, Error, Kind, Why};

fn text(entry: &Entry) -> String {
    String::from_utf8(entry.canonical().unwrap()).unwrap()
}

/// One bare entry of each kind, then one with every key, as `test_data/entries.jsonl`: the bytes
/// that other implementations must agree on.
#[test]
fn golden_entries() {
    let kinds = Kind::ALL.into_iter().zip(0..).map(|(kind, counter)| bare(kind, counter));
    let lines: String = kinds.chain([full()]).map(|it| text(&it) + "\n").collect();
    expect_file!["../../test_data/entries.jsonl"].assert_eq(&lines);
}

#[test]
fn times_are_what_base_writes() {
    for ms in [-8_520_336_000_000, -1, 0, 1, 951_782_400_000, 1_772_366_400_123, 64_092_211_199_999]
    {
        let entry = Entry { time: DateTime(ms), ..full() };
        let key = format!(r#","t":"{}","v":1"#, DateTime(ms).to_rfc3339());
        assert!(text(&entry).contains(&key), "{key}");
    }
}

#[test]
fn what_the_log_does_not_take_is_refused() {
    let object = |name: &str| Some((name.to_owned(), account(1)));
    let record = |raw| Some(("Account".to_owned(), RecordId::from_raw(raw)));
    let fields = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    let why = |code: &str| Some(Why { code: code.to_owned(), reference: None });
    let long = "x".repeat(TOKEN_LEN_MAX + 1);
    let no_object = |kind| Entry { object: None, ..bare(kind, 4) };
    for (entry, error) in [
        (Entry { org: String::new(), ..full() }, Error::Token { key: "org" }),
        (Entry { org: long, ..full() }, Error::Token { key: "org" }),
        (
            Entry { request: Some("ann@example.com".to_owned()), ..full() },
            Error::Token { key: "req" },
        ),
        (Entry { why: why("asked by Ann"), ..full() }, Error::Token { key: "why" }),
        (Entry { why: why("é"), ..full() }, Error::Token { key: "why" }),
        (Entry { why: why("a\"b"), ..full() }, Error::Token { key: "why" }),
        (Entry { object: object("A b"), ..full() }, Error::Name { key: "obj" }),
        (Entry { object: object(&"x".repeat(81)), ..full() }, Error::Name { key: "obj" }),
        (Entry { fields: fields(&["a.b"]), ..full() }, Error::Name { key: "f" }),
        (Entry { fields: fields(&["B", "A"]), ..full() }, Error::FieldOrder),
        (Entry { fields: fields(&["A", "A"]), ..full() }, Error::FieldOrder),
        (Entry { object: record(-1), ..full() }, Error::RecordId),
        (Entry { object: record(i64::MAX), ..full() }, Error::RecordId),
        (Entry { counter: COUNTER_MAX + 1, ..full() }, Error::Number { key: "m" }),
        (Entry { previous: Some(4), ..full() }, Error::Previous),
        (Entry { time: DateTime(i64::MIN), ..full() }, Error::Time),
        (Entry { time: DateTime(i64::MAX), ..full() }, Error::Time),
        (Entry { time: DateTime(64_092_211_200_000), ..full() }, Error::Time),
        (no_object(Kind::RecordPurge), Error::NoObject { key: "k" }),
        (
            Entry { fields: fields(&["A"]), ..no_object(Kind::MetaDeploy) },
            Error::NoObject { key: "f" },
        ),
        (Entry { previous: Some(1), ..no_object(Kind::MetaDeploy) }, Error::NoObject { key: "pl" }),
        (
            Entry { row: Some([0; 32]), ..no_object(Kind::MetaDeploy) },
            Error::NoObject { key: "row" },
        ),
    ] {
        let mut out = b"before".to_vec();
        assert_eq!(entry.write_canonical(&mut out), Err(error), "{entry:?}");
        assert_eq!(out, b"before");
    }
}

#[test]
fn an_entry_is_as_long_as_a_bundle_allows() {
    let fields = |n| (0..n).map(|it| format!("{it:080}")).collect();
    let most = Entry { fields: fields(780), ..full() };
    assert!(most.canonical().unwrap().len() <= LEN_MAX);
    let len = most.canonical().unwrap().len() + 83 * 20;
    let more = Entry { fields: fields(800), ..full() };
    assert_eq!(more.canonical(), Err(Error::TooLong { len }));
    let blank = vec![b' '; LEN_MAX + 1];
    assert_eq!(Entry::parse(&blank), Err(Error::TooLong { len: LEN_MAX + 1 }));
}

#[test]
fn every_other_form_of_the_same_json_is_refused() {
    let text = text(&full());
    assert_eq!(Entry::parse(text.as_bytes()), Ok(full()));
    let id = account(7).to_string();
    for (from, to, error) in [
        (r#","m":4"#, r#","m":04"#, Error::NotCanonical),
        (r#","m":4"#, r#","m": 4"#, Error::Syntax { at: 0 }),
        (r#","m":4"#, r#","m":4.0"#, Error::Syntax { at: 0 }),
        (r#""Name""#, r#""N\u0061me""#, Error::Name { key: "f" }),
        (r#""Name","Tier__c""#, r#""Tier__c","Name""#, Error::FieldOrder),
        (&id, &id[..15], Error::NotCanonical),
        (&id, "001000000000007zzz", Error::RecordId),
        ("00.123Z", "00.123+00:00", Error::NotCanonical),
        ("00.123Z", "00.1230Z", Error::NotCanonical),
        ("2026-03", "2026-13", Error::Time),
        ("0303", "030A", Error::Syntax { at: 0 }),
        ("rec.update", "rec.upsert", Error::UnknownKind),
        ("provider", "stranger", Error::UnknownActor),
        (r#","v":1"#, r#","v":2"#, Error::Syntax { at: 0 }),
        (r#""}}"#, r#""}} "#, Error::Syntax { at: 0 }),
        (r#""pl":3"#, r#""pl":99999999999999999999"#, Error::Syntax { at: 0 }),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from}");
        match (Entry::parse(other.as_bytes()), error) {
            // Offsets have a test of their own.
            (Err(Error::Syntax { .. }), Error::Syntax { at: 0 }) => {}
            (parsed, error) => assert_eq!(parsed, Err(error), "{to}"),
        }
    }
}

#[test]
fn a_syntax_error_says_where() {
    let text = text(&full());
    for (from, to) in [(r#""m":4"#, r#""m":x"#), (r#""m":4"#, r#""m":4.0"#), ("\"}}", "\"}} ")] {
        let other = text.replacen(from, to, 1);
        let at = text.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        assert_eq!(Entry::parse(other.as_bytes()), Err(Error::Syntax { at }), "{to}");
    }
    assert_eq!(Entry::parse(b""), Err(Error::Syntax { at: 0 }));
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_.:/-]{1,20}"
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    let actor = (prop::sample::select(ActorKind::ALL.to_vec()), any::<[u8; 32]>())
        .prop_map(|(kind, pseudonym)| Actor { kind, pseudonym });
    let object = ("[A-Z][a-z_]{0,9}", 0..=RecordId::SEQUENCE_MAX)
        .prop_map(|(name, sequence)| (name, account(sequence)));
    let body =
        (any::<[u8; 32]>(), any::<u32>()).prop_map(|(commitment, len)| Body { commitment, len });
    let why =
        (token(), prop::option::of(token())).prop_map(|(code, reference)| Why { code, reference });
    let place = (1..=COUNTER_MAX, prop::option::of(any::<u64>()))
        .prop_map(|(counter, previous)| (counter, previous.map(|it| it % counter)));
    let hash = || prop::option::of(any::<[u8; 32]>());
    let fields = prop::collection::btree_set("[A-Za-z_]{1,9}", 0..5);
    (
        (kind, actor, object, place, token()),
        (-8_520_336_000_000_i64..64_092_211_200_000).prop_map(DateTime),
        (hash(), hash(), prop::option::of(body)),
        (prop::option::of(why), prop::option::of(token()), fields),
    )
        .prop_map(|((kind, actor, object, (counter, previous), org), time, hashes, rest)| {
            Entry {
                kind,
                time,
                counter,
                org,
                object: Some(object),
                actor,
                row: hashes.0,
                previous,
                body: hashes.2,
                why: rest.0,
                policy: hashes.1,
                request: rest.1,
                fields: rest.2.into_iter().collect(),
            }
        })
}

proptest! {
    #[test]
    fn reading_inverts_writing(entry in any_entry()) {
        let bytes = entry.canonical().unwrap();
        prop_assert_eq!(Entry::parse(&bytes), Ok(entry));
    }

    #[test]
    fn a_changed_entry_is_refused_or_another(
        entry in any_entry(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = entry.canonical().unwrap();
        let mut changed = bytes.clone();
        for (place, byte) in places {
            changed[place.index(bytes.len())] = byte;
        }
        if let Ok(read) = Entry::parse(&changed) {
            prop_assert_eq!(read == entry, changed == bytes);
            prop_assert_eq!(read.canonical().unwrap(), changed);
        }
        prop_assert!(Entry::parse(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Entry::parse(&bytes).is_err());
    }
}
