//! Local time in SQL: what `convertTimezone` adds to an instant.
//!
//! The offset of a zone is a decision tree over its transitions, a dozen comparisons deep. The
//! rules by which clocks change today go on forever; from [`LAST`] on, the tree holds 28 years of
//! each century, in which the calendar repeats itself, so the result is exact for every instant.

use base::DateTime;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sql::{ArithOp, CompareOp, Expr};

/// 2100-03-01: up to here each transition stands in the tree by itself.
const LAST: i64 = 4_107_542_400_000;

const DAY_MS: i64 = 86_400_000;
/// The calendar repeats itself with its weekdays after 400 years, …
const CYCLE_MS: i64 = 146_097 * DAY_MS;
/// … and after 28 where no year is left out as a leap year.
const SHORT_CYCLE_MS: i64 = 10_227 * DAY_MS;
/// The first days of March of 2100, 2200 and 2300, after each of which 28 years repeat for a
/// century or two, from [`LAST`].
const CENTURIES: [i64; 3] = [0, 36_524 * DAY_MS, 73_048 * DAY_MS];

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
    let later: Vec<Steps> = CENTURIES
        .iter()
        .map(|start| LAST + start)
        .map(|start| Steps::between(zone, Some(start), start + SHORT_CYCLE_MS))
        .collect();
    if later.iter().all(|it| it.points.is_empty()) {
        // The clocks of this zone do not change any more.
        return known.tree(at);
    }
    let since = at.clone().arith(ArithOp::Sub, Expr::Literal(LAST));
    let in_cycle = since.arith(ArithOp::Rem, Expr::Literal(CYCLE_MS));
    let mut centuries: Vec<Expr> = CENTURIES
        .iter()
        .zip(&later)
        .map(|(start, steps)| {
            let since = in_cycle.clone().arith(ArithOp::Sub, Expr::Literal(*start));
            steps.tree(&since.arith(ArithOp::Rem, Expr::Literal(SHORT_CYCLE_MS)))
        })
        .collect();
    let last = centuries.pop().expect("invariant: there are three");
    let before = |limit: i64| in_cycle.clone().compare(CompareOp::Lt, Expr::Literal(limit));
    let whens = CENTURIES[1..].iter().map(|it| before(*it)).zip(centuries).collect();
    let is_known = at.clone().compare(CompareOp::Lt, Expr::Literal(LAST));
    Expr::Case(vec![(is_known, known.tree(at))], Box::new(Expr::Case(whens, Box::new(last))))
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

    fn tree(&self, at: &Expr) -> Expr {
        tree(at, self.first, &self.points)
    }
}

fn tree(at: &Expr, first: i64, points: &[(i64, i64)]) -> Expr {
    let middle = points.len() / 2;
    let Some((from, offset)) = points.get(middle) else { return Expr::Literal(first) };
    let earlier = at.clone().compare(CompareOp::Lt, Expr::Literal(*from));
    let before = tree(at, first, &points[..middle]);
    let after = tree(at, *offset, &points[middle + 1..]);
    Expr::Case(vec![(earlier, before)], Box::new(after))
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
