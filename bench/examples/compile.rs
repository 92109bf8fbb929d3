//! How long it takes to read and compile a query, in microseconds: `cargo run --release -p bench
//! --example compile`. The aims are 100 uncached, and 5 for one that is remembered.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use access::Access;
use base::DateTime;
use jiff::tz::TimeZone;
use query::{Cache, Calendar, Context, compile};

const QUERIES: &[(&str, &str)] = &[
    ("by id", "SELECT Id, Name FROM Account WHERE Id = '001000000000001AAA'"),
    (
        "typical",
        "SELECT Id, Name, Amount, StageName, CloseDate, Account.Name, Account.Owner.Name, Owner.Name \
         FROM Opportunity WHERE StageName IN ('Prospecting', 'Closed Won') AND Amount > 1000 AND \
         CloseDate = THIS_YEAR AND Account.Industry != 'Energy' ORDER BY CloseDate DESC, Name LIMIT 50",
    ),
    (
        "children",
        "SELECT Id, Name, (SELECT Id, LastName, Email FROM Contacts WHERE Email != null ORDER BY \
         LastName LIMIT 5), (SELECT Id, Name, Amount FROM Opportunities) FROM Account",
    ),
    (
        "grouped",
        "SELECT StageName, CALENDAR_MONTH(CloseDate) m, COUNT(Id), SUM(Amount) FROM Opportunity \
         GROUP BY StageName, CALENDAR_MONTH(CloseDate) HAVING SUM(Amount) > 5 ORDER BY SUM(Amount)",
    ),
    ("local time", "SELECT Id FROM Account WHERE HOUR_IN_DAY(convertTimezone(CreatedDate)) = 5"),
    ("all fields", "SELECT FIELDS(ALL) FROM Account LIMIT 200"),
];

const ROUNDS: u32 = 2_000;

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn main() {
    let catalog = schema::def::Catalog::shipped();
    let resolved = schema::resolve(&catalog, &BTreeMap::new());
    let (schema, _) = resolved.expect("invariant: the shipped objects resolve");
    let (access, zone) = (Access::system("bench"), TimeZone::get("America/New_York"));
    let zone = zone.unwrap_or(TimeZone::UTC);
    let context = Context {
        schema: &schema,
        access: &access,
        now: DateTime(1_790_000_000_000),
        zone: &zone,
        calendar: Calendar {
            week_start: 0,
            fiscal_start_month: 4,
            fiscal_year_named_by_start: false,
        },
        style: &Arc::new(locale::Style::new("en_US", zone.clone(), "USD")),
        deleted: false,
    };
    for (name, text) in QUERIES {
        let micros = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(soql::parse(black_box(text))).ok();
        }
        let parse = micros(start);
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let parsed = soql::parse(black_box(text)).expect("invariant: a query");
            black_box(compile(&context, &parsed)).ok();
        }
        let whole = micros(start);
        let today = context.now.date_in(&zone);
        let mut cache = Cache::default();
        let parsed = soql::parse(text).expect("invariant: a query");
        let compiled = compile(&context, &parsed).expect("invariant: it compiles");
        cache.insert(text, (today, false), Arc::new(compiled));
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(cache.get(black_box(text), (today, false)));
        }
        println!(
            "{name:12} parse {parse:7.1}  and compile {whole:7.1}  cached {:6.2}",
            micros(start)
        );
    }
}
