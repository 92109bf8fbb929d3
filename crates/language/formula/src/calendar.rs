//! Dates as numbers: the proleptic Gregorian calendar, years 1 to 9999.
//!
//! `base::temporal` bounds dates to the years that fields hold; a formula computes beyond them on
//! its way, so its arithmetic is here, on days since 1970-01-01.

use base::{Date, DateTime, Time};

pub(crate) const DAY_MS: i64 = 86_400_000;

/// 0001-01-01 and 9999-12-31.
pub(crate) const FIRST_DAY: i64 = -719_162;
pub(crate) const LAST_DAY: i64 = 2_932_896;

/// Year, month (1 to 12) and day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

impl Civil {
    pub(crate) fn of(date: Date) -> Self {
        // Counted from March of year 0, in eras of 400 years, so that the leap day ends a year.
        let days = i64::from(date.0) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day: day_of_year - (153 * shifted + 2) / 5 + 1 }
    }

    /// The date; none where the calendar has no such day.
    pub(crate) fn date(self) -> Option<Date> {
        let Self { year, month, day } = self;
        if !(1..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=month_days(year, month)).contains(&day)
        {
            return None;
        }
        let year = year - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        date(era * 146_097 + day_of_era - 719_468)
    }
}

/// The date that many days after 1970-01-01, where it is in the calendar.
pub(crate) fn date(days: i64) -> Option<Date> {
    (FIRST_DAY..=LAST_DAY).contains(&days).then_some(Date(days as i32))
}

/// The instant, where it is in the calendar.
pub(crate) fn datetime(ms: i64) -> Option<DateTime> {
    date(ms.div_euclid(DAY_MS)).map(|_| DateTime(ms))
}

/// The time of day that many milliseconds after midnight, days left out.
pub(crate) fn time(ms: i64) -> Time {
    Time(ms.rem_euclid(DAY_MS) as i32)
}

pub(crate) fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date `months` later. The last day of a month stays the last day; a day that the month does
/// not have becomes its last.
pub(crate) fn add_months(from: Date, months: i64) -> Option<Date> {
    let it = Civil::of(from);
    let months = (it.year * 12 + it.month - 1).checked_add(months)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let last = month_days(year, month);
    let day = if it.day == month_days(it.year, it.month) { last } else { it.day.min(last) };
    Civil { year, month, day }.date()
}

/// Sunday is 1.
pub(crate) fn weekday(date: Date) -> i64 {
    (i64::from(date.0) + 4).rem_euclid(7) + 1
}

pub(crate) fn day_of_year(date: Date) -> i64 {
    let first = Civil { month: 1, day: 1, ..Civil::of(date) };
    first.date().map_or(0, |it| i64::from(date.0) - i64::from(it.0) + 1)
}

/// The ISO week and the year it belongs to: that of its Thursday.
pub(crate) fn iso_week(date: Date) -> (i64, i64) {
    let monday_first = (i64::from(date.0) + 3).rem_euclid(7);
    let thursday = Date((i64::from(date.0) - monday_first + 3) as i32);
    ((day_of_year(thursday) - 1) / 7 + 1, Civil::of(thursday).year)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        let parts: Vec<i64> = text.split('-').map(|it| it.parse().unwrap()).collect();
        Civil { year: parts[0], month: parts[1], day: parts[2] }.date().unwrap()
    }

    #[test]
    fn every_day_goes_both_ways() {
        let mut days = FIRST_DAY;
        while days <= LAST_DAY {
            let date = Date(days as i32);
            assert_eq!(Civil::of(date).date(), Some(date));
            days += 17;
        }
        assert_eq!(day("1970-1-1"), Date(0));
        assert_eq!(day("1-1-1").0, FIRST_DAY as i32);
        assert_eq!(day("9999-12-31").0, LAST_DAY as i32);
        assert_eq!(Civil { year: 1900, month: 2, day: 29 }.date(), None);
        assert_eq!(date(LAST_DAY + 1), None);
    }

    #[test]
    fn months_clamp_and_keep_the_last_day() {
        for (from, months, to) in [
            ("2004-12-31", 2, "2005-2-28"),
            ("2004-2-29", 1, "2004-3-31"),
            ("2004-3-30", -1, "2004-2-29"),
            ("2004-3-29", -13, "2003-2-28"),
            ("2004-1-15", 0, "2004-1-15"),
        ] {
            assert_eq!(add_months(day(from), months), Some(day(to)), "{from} {months}");
        }
        assert_eq!(add_months(day("9999-12-1"), 1), None);
        assert_eq!(add_months(day("2004-12-1"), i64::MAX), None);
    }

    #[test]
    fn weeks_belong_to_their_thursday() {
        for (text, week) in [
            ("2005-1-1", (53, 2004)),
            ("2005-1-3", (1, 2005)),
            ("2000-1-1", (52, 1999)),
            ("1900-1-1", (1, 1900)),
            ("2026-12-31", (53, 2026)),
        ] {
            assert_eq!(iso_week(day(text)), week, "{text}");
        }
        assert_eq!(weekday(day("2005-12-31")), 7);
        assert_eq!(weekday(day("1-1-1")), 2);
        assert_eq!(day_of_year(day("2004-12-31")), 366);
    }
}
