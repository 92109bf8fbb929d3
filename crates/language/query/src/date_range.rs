//! The range of time that a date literal names (wire reference, section 10.4).
//!
//! Ranges are half-open in days of the user's zone. Weeks and fiscal years start when the org's
//! do; what a fiscal year is called does not matter here, only its bounds.

use base::Date;
use jiff::civil;
use soql::{DateLiteral, DateRange, DateUnit};

use crate::date_part::Calendar;

/// More units than any calendar here has; larger numbers mean this one.
const UNITS_MAX: u32 = 1_000_000;

/// Days from `start`, included, to `end`, excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: Date,
    pub end: Date,
}

/// Resolves a literal for a user whose calendar day is `today`.
///
/// Of days, `LAST_N` takes today in as well; every other range leaves the present unit out.
pub fn resolve(literal: DateLiteral, today: Date, calendar: Calendar) -> Range {
    let fiscal_start_month = calendar.fiscal_start_month;
    let (from, to) = units(literal.range);
    let day = today.civil();
    match literal.unit {
        DateUnit::Day => {
            let to = if matches!(literal.range, DateRange::LastN(_)) { 1 } else { to };
            days_from(today, from, to)
        }
        DateUnit::Week => days_from(start_of_week(today, calendar.week_start), 7 * from, 7 * to),
        DateUnit::Month => months_from(day.first_of_month(), from, to),
        DateUnit::Quarter => months_from(start_of_period(day, 1, 3), 3 * from, 3 * to),
        DateUnit::Year => months_from(start_of_period(day, 1, 12), 12 * from, 12 * to),
        DateUnit::FiscalQuarter => {
            months_from(start_of_period(day, fiscal_start_month, 3), 3 * from, 3 * to)
        }
        DateUnit::FiscalYear => {
            months_from(start_of_period(day, fiscal_start_month, 12), 12 * from, 12 * to)
        }
    }
}

/// The range in units, counted from the present one.
fn units(range: DateRange) -> (i32, i32) {
    let bounded = |n: u32| n.min(UNITS_MAX) as i32;
    match range {
        DateRange::Last => (-1, 0),
        DateRange::This => (0, 1),
        DateRange::Next => (1, 2),
        DateRange::LastN(n) => (-bounded(n), 0),
        DateRange::NextN(n) => (1, 1 + bounded(n)),
        DateRange::Ago(n) => (-bounded(n), 1 - bounded(n)),
    }
}

fn days_from(start: Date, from: i32, to: i32) -> Range {
    Range { start: Date(start.0 + from), end: Date(start.0 + to) }
}

fn start_of_week(day: Date, week_start: u8) -> Date {
    let since_sunday = i32::from(day.civil().weekday().to_sunday_zero_offset());
    Date(day.0 - (since_sunday - i32::from(week_start)).rem_euclid(7))
}

/// The first day of the period of `length` months that holds `day`, when one starts in
/// `first_month`.
fn start_of_period(day: civil::Date, first_month: u8, length: i32) -> civil::Date {
    let first = i32::from(first_month.clamp(1, 12)) - 1;
    let months_in = (i32::from(day.month()) - 1 - first).rem_euclid(12) % length;
    add_months(day.first_of_month(), -months_in)
}

fn months_from(start: civil::Date, from: i32, to: i32) -> Range {
    Range {
        start: Date::from_civil(add_months(start, from)),
        end: Date::from_civil(add_months(start, to)),
    }
}

/// Saturates at the calendar's bounds.
fn add_months(date: civil::Date, months: i32) -> civil::Date {
    let bound = if months < 0 { civil::Date::MIN } else { civil::Date::MAX };
    let span = jiff::Span::new().try_months(months);
    span.and_then(|it| date.checked_add(it)).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(unit: DateUnit, range: DateRange) -> String {
        let today = Date::parse("2026-11-23").unwrap();
        let calendar =
            Calendar { week_start: 0, fiscal_start_month: 4, fiscal_year_named_by_start: false };
        let it = resolve(DateLiteral { unit, range }, today, calendar);
        format!("{}..{}", it.start, it.end)
    }

    #[test]
    fn ranges_are_those_of_the_reference() {
        use DateRange as R;
        use DateUnit as U;
        for (unit, it, expected) in [
            (U::Day, R::This, "2026-11-23..2026-11-24"),
            (U::Day, R::Last, "2026-11-22..2026-11-23"),
            (U::Day, R::LastN(90), "2026-08-25..2026-11-24"),
            (U::Day, R::NextN(90), "2026-11-24..2027-02-22"),
            (U::Day, R::LastN(1), "2026-11-22..2026-11-24"),
            (U::Day, R::LastN(0), "2026-11-23..2026-11-24"),
            (U::Day, R::Ago(3), "2026-11-20..2026-11-21"),
            (U::Week, R::This, "2026-11-22..2026-11-29"),
            (U::Week, R::LastN(2), "2026-11-08..2026-11-22"),
            (U::Week, R::NextN(1), "2026-11-29..2026-12-06"),
            (U::Month, R::This, "2026-11-01..2026-12-01"),
            (U::Month, R::NextN(2), "2026-12-01..2027-02-01"),
            (U::Quarter, R::This, "2026-10-01..2027-01-01"),
            (U::Quarter, R::Ago(1), "2026-07-01..2026-10-01"),
            (U::Year, R::This, "2026-01-01..2027-01-01"),
            (U::FiscalYear, R::This, "2026-04-01..2027-04-01"),
            (U::FiscalQuarter, R::This, "2026-10-01..2027-01-01"),
            (U::FiscalYear, R::LastN(2), "2024-04-01..2026-04-01"),
        ] {
            assert_eq!(range(unit, it), expected, "{unit:?} {it:?}");
        }
    }

    #[test]
    fn huge_numbers_saturate() {
        assert!(range(DateUnit::Year, DateRange::NextN(u32::MAX)).ends_with("9999-12-30"));
        assert!(range(DateUnit::Week, DateRange::LastN(u32::MAX)).ends_with("2026-11-22"));
    }
}
