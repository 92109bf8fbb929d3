//! Local time: what `convertTimezone` adds to an instant, in SQL, and when a local day begins.
//!
//! The offset of a zone is a step function of its transitions, a dozen comparisons deep. The
//! rules by which clocks change today go on forever; from [`LAST`] on, there are the steps of 28
//! years, in which the calendar repeats itself, so the result is exact for every instant.

use base::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use sql::{ArithOp, CompareOp, Expr};

/// 2100-03-01: up to here each transition stands in the tree by itself.
const LAST: i64 = 4_107_542_400_000;

const DAY_MS: i64 = 86_400_000;
/// The calendar repeats itself with its weekdays after 400 years, …
const CYCLE_MS: i64 = 146_097 * DAY_MS;
/// … and after 28 where no year is left out as a leap year.
const SHORT_CYCLE_MS: i64 = 10_227 * DAY_MS;

/// Where in a cycle from [`LAST`] on such a stretch ends, and what lies between its beginning and
/// that of the years, four later each time, whose weekdays are those of the first stretch.
const STRETCHES: [(i64, i64); 3] =
    [(36_524 * DAY_MS, 0), (73_048 * DAY_MS, 35_063 * DAY_MS), (CYCLE_MS, 70_126 * DAY_MS)];

/// `at`, milliseconds in UTC, as milliseconds of the clocks in `zone`.
pub(crate) fn local(zone: &TimeZone, at: &Expr) -> Expr {
    match offset(zone, at) {
        Expr::Literal(0) => at.clone(),
        offset => at.clone().arith(ArithOp::Add, offset),
    }
}

/// What the clocks in `zone` are ahead of UTC at the instant `at`, in milliseconds.
fn offset(zone: &TimeZone, at: &Expr) -> Expr {
    let known = Steps::between(zone, None, LAST);
    let later = Steps::between(zone, Some(LAST), LAST + SHORT_CYCLE_MS);
    if later.points.is_empty() {
        // The clocks of this zone do not change any more.
        return known.of(at);
    }
    let since = at.clone().arith(ArithOp::Sub, Expr::Literal(LAST));
    let in_cycle = since.arith(ArithOp::Rem, Expr::Literal(CYCLE_MS));
    let earlier = STRETCHES.map(|(end, earlier)| {
        let within = in_cycle.clone().compare(CompareOp::Lt, Expr::Literal(end));
        (within, Expr::Literal(earlier))
    });
    let earlier = Expr::Case(earlier.to_vec(), Box::new(Expr::Literal(0)));
    let in_stretch = in_cycle.arith(ArithOp::Sub, earlier);
    let in_short_cycle = in_stretch.arith(ArithOp::Rem, Expr::Literal(SHORT_CYCLE_MS));
    let later = Expr::Let(0, Box::new(in_short_cycle), Box::new(later.of(&Expr::Bound(0))));
    let is_known = at.clone().compare(CompareOp::Lt, Expr::Literal(LAST));
    Expr::Case(vec![(is_known, known.of(at))], Box::new(later))
}

/// From when on it is `day` or later by the clocks in `zone`; none where they skip its beginning
/// or come to it twice.
pub(crate) fn start_of_day(zone: &TimeZone, day: Date) -> Option<DateTime> {
    let start = zone.to_ambiguous_timestamp(day.civil().to_datetime(civil::Time::midnight()));
    let start = start.unambiguous().ok()?;
    Some(DateTime(start.as_millisecond()))
}

/// How the offset changes over a stretch of time.
struct Steps {
    /// The offset before the first change.
    first: i64,
    /// From when on, since the beginning of the stretch, and the offset then.
    points: Vec<(i64, i64)>,
}

impl Steps {
    /// The changes up to `end`, all times counted from `start` (from 1970 without one).
    fn between(zone: &TimeZone, start: Option<i64>, end: i64) -> Self {
        let from = start.map_or(Timestamp::MIN, |it| DateTime(it).timestamp());
        let ms = |it: jiff::tz::Offset| i64::from(it.seconds()) * 1000;
        let first = ms(zone.to_offset(from));
        let mut points: Vec<(i64, i64)> = Vec::new();
        for transition in zone.following(from) {
            let at = transition.timestamp().as_millisecond();
            if end <= at {
                break;
            }
            let offset = ms(transition.offset());
            if points.last().map_or(first, |(_, last)| *last) != offset {
                points.push((at - start.unwrap_or(0), offset));
            }
        }
        Self { first, points }
    }

    /// The offset at `at`.
    fn of(self, at: &Expr) -> Expr {
        let Self { first, points } = self;
        if points.is_empty() {
            return Expr::Literal(first);
        }
        Expr::Steps { of: Box::new(at.clone()), first, points: points.into() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::evaluate;

    const ZONES: [&str; 9] = [
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "America/Santiago",
        "Pacific/Apia",
        "Europe/Dublin",
    ];

    fn check(zone: &str, ms: i64) {
        let zone = TimeZone::get(zone).unwrap();
        let ahead = i64::from(zone.to_offset(DateTime(ms).timestamp()).seconds()) * 1000;
        let shown = DateTime(ms).timestamp();
        assert_eq!(evaluate(&local(&zone, &Expr::Literal(ms))), ms + ahead, "{zone:?} {shown}");
    }

    #[test]
    fn a_day_begins_once_where_it_is_told() {
        for (zone, day, expected) in [
            ("UTC", "2026-01-01", Some("2026-01-01T00:00:00.000+0000")),
            ("America/New_York", "2026-01-01", Some("2026-01-01T05:00:00.000+0000")),
            ("America/New_York", "2026-07-01", Some("2026-07-01T04:00:00.000+0000")),
            ("America/New_York", "2026-03-09", Some("2026-03-09T04:00:00.000+0000")),
            ("America/Santiago", "2026-09-06", None),
            ("Pacific/Apia", "2011-12-30", None),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let found = start_of_day(&zone, Date::parse(day).unwrap());
            assert_eq!(found.map(|it| it.to_string()).as_deref(), expected, "{zone:?} {day}");
        }
    }

    #[test]
    fn every_change_of_the_clocks_is_exact() {
        for name in ZONES {
            let zone = TimeZone::get(name).unwrap();
            let from = Timestamp::from_millisecond(LAST - 300 * 365 * DAY_MS).unwrap();
            for transition in zone.following(from).take(700).step_by(3) {
                let at = transition.timestamp().as_millisecond();
                check(name, at - 1);
                check(name, at);
            }
        }
    }

    proptest! {
        #[test]
        fn any_instant_has_the_offset_of_its_zone(
            ms in -8_520_336_000_000_i64..64_092_211_199_999,
            zone in proptest::sample::select(&ZONES[..]),
        ) {
            check(zone, ms);
        }
    }
}
