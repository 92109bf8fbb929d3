//! What date functions take out of a day, in SQL: arithmetic of whole numbers, the same on every
//! engine.
//!
//! A day is counted from March 1 of the year 0, so that leap days end a year and everything that
//! is stored (years 1700 to 4000) is positive: engines divide towards zero. The arithmetic of
//! years, months and days is Neri and Schneider's ("Euclidean affine functions and their
//! application to calendar algorithms", 2023).

use soql::DatePart;
use sql::{ArithOp, Expr};

/// Days from the year 0, March 1, to 1970-01-01.
const EPOCH: i64 = 719_468;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// The org's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// The day on which weeks begin: 0 is Sunday.
    pub week_start: u8,
    /// The month, from 1, in which the fiscal year begins.
    pub fiscal_start_month: u8,
    /// Whether a fiscal year is called after the year in which it begins, not ends.
    pub fiscal_year_named_by_start: bool,
}

/// Regions whose weeks begin on Sunday, and on Saturday; all others' begin on Monday (CLDR).
const SUNDAY: &str = "AG AS AU BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH \
    KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW";
const SATURDAY: &str = "AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY";

impl Calendar {
    /// The day on which weeks begin in a locale such as `en_US`: 0 is Sunday.
    pub fn week_start_of(locale: &str) -> u8 {
        let region = locale.split(['_', '-']).skip(1).find(|it| it.len() == 2);
        let of = |list: &str| region.is_some_and(|it| list.split_whitespace().any(|r| r == it));
        match () {
            () if of(SUNDAY) || region.is_none() => 0,
            () if of(SATURDAY) => 6,
            () => 1,
        }
    }
}

/// A point in time, as the functions see it.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// Days since 1970.
    Date(Expr),
    /// Milliseconds since 1970, of the zone that counts.
    DateTime(Expr),
}

impl Moment {
    /// The `part` of it; null where it is null.
    pub(crate) fn part(self, part: DatePart, calendar: Calendar) -> Expr {
        if part == DatePart::HourInDay {
            return divided(self.of_day(), HOUR_MS);
        }
        let day = Day(self.day());
        let start = i64::from(calendar.fiscal_start_month.clamp(1, 12));
        match part {
            DatePart::DayOnly => minus(day.0, EPOCH),
            DatePart::CalendarYear => day.year(),
            DatePart::CalendarQuarter => plus(divided(minus(day.month(), 1), 3), 1),
            DatePart::CalendarMonth => day.month(),
            DatePart::DayInMonth => day.of_month(),
            DatePart::DayInYear => day.of_year(),
            // 1 is Sunday.
            DatePart::DayInWeek => plus(rest(plus(day.0, 3), 7), 1),
            DatePart::WeekInMonth => plus(divided(minus(day.of_month(), 1), 7), 1),
            DatePart::WeekInYear => plus(divided(minus(day.of_year(), 1), 7), 1),
            DatePart::FiscalMonth => plus(months_since(&day, start), 1),
            DatePart::FiscalQuarter => plus(divided(months_since(&day, start), 3), 1),
            DatePart::FiscalYear => day.fiscal_year(start, calendar.fiscal_year_named_by_start),
            DatePart::HourInDay => day.0,
        }
    }

    /// Days since March 1 of the year 0.
    fn day(self) -> Expr {
        match self {
            Self::Date(days) => plus(days, EPOCH),
            Self::DateTime(ms) => divided(plus(ms, EPOCH * DAY_MS), DAY_MS),
        }
    }

    /// Milliseconds since midnight.
    fn of_day(self) -> Expr {
        match self {
            Self::Date(_) => Expr::Literal(0),
            Self::DateTime(ms) => rest(plus(ms, EPOCH * DAY_MS), DAY_MS),
        }
    }
}

/// Months since the fiscal year began.
fn months_since(day: &Day, start: i64) -> Expr {
    rest(plus(day.month(), 12 - start), 12)
}

/// Days since March 1 of the year 0.
struct Day(Expr);

const DAYS_OF_400_YEARS: i64 = 146_097;
const DAYS_OF_4_YEARS: i64 = 1_461;
/// January 1, in days from March 1.
const JANUARY: i64 = 306;

impl Day {
    fn quarters(&self) -> Expr {
        plus(times(self.0.clone(), 4), 3)
    }

    fn century(&self) -> Expr {
        divided(self.quarters(), DAYS_OF_400_YEARS)
    }

    fn quarters_in_century(&self) -> Expr {
        plus(times(divided(rest(self.quarters(), DAYS_OF_400_YEARS), 4), 4), 3)
    }

    fn year_of_century(&self) -> Expr {
        divided(self.quarters_in_century(), DAYS_OF_4_YEARS)
    }

    /// Days since the last March 1.
    fn since_march(&self) -> Expr {
        divided(rest(self.quarters_in_century(), DAYS_OF_4_YEARS), 4)
    }

    fn year(&self) -> Expr {
        let since = plus(times(self.century(), 100), 0);
        let year = since.arith(ArithOp::Add, self.year_of_century());
        // One from January 1 on.
        year.arith(ArithOp::Add, divided(plus(self.since_march(), 366 - JANUARY), 366))
    }

    /// Months in the upper bits, days in the lower ones.
    fn month_and_day(&self) -> Expr {
        plus(times(self.since_march(), 2141), 197_913)
    }

    fn month(&self) -> Expr {
        // January is the 13th.
        plus(rest(minus(divided(self.month_and_day(), 65_536), 1), 12), 1)
    }

    fn of_month(&self) -> Expr {
        plus(divided(rest(self.month_and_day(), 65_536), 2141), 1)
    }

    fn of_year(&self) -> Expr {
        let since = self.since_march();
        let leap = Expr::all([
            rest(self.year_of_century(), 4).is(0),
            Expr::any([self.year_of_century().is(0).negate(), rest(self.century(), 4).is(0)]),
        ]);
        let january = since.clone().compare(sql::CompareOp::Ge, Expr::Literal(JANUARY));
        let of_leap_year = plus(since.clone(), 61);
        Expr::Case(
            vec![(january, minus(since.clone(), JANUARY - 1)), (leap, of_leap_year)],
            Box::new(plus(since, 60)),
        )
    }

    fn fiscal_year(&self, start: i64, named_by_start: bool) -> Expr {
        if start == 1 {
            return self.year();
        }
        // The year in which the fiscal year began, plus one where it is called after its end.
        let begun = self.month().compare(sql::CompareOp::Ge, Expr::Literal(start));
        let (this, last) = if named_by_start { (0, -1) } else { (1, 0) };
        let add = Expr::Case(vec![(begun, Expr::Literal(this))], Box::new(Expr::Literal(last)));
        self.year().arith(ArithOp::Add, add)
    }
}

fn plus(expr: Expr, n: i64) -> Expr {
    if n == 0 { expr } else { expr.arith(ArithOp::Add, Expr::Literal(n)) }
}

fn minus(expr: Expr, n: i64) -> Expr {
    expr.arith(ArithOp::Sub, Expr::Literal(n))
}

fn times(expr: Expr, n: i64) -> Expr {
    expr.arith(ArithOp::Mul, Expr::Literal(n))
}

fn divided(expr: Expr, n: i64) -> Expr {
    expr.arith(ArithOp::Div, Expr::Literal(n))
}

fn rest(expr: Expr, n: i64) -> Expr {
    expr.arith(ArithOp::Rem, Expr::Literal(n))
}

#[cfg(test)]
mod tests {
    use base::Date;
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::evaluate;

    fn expected(part: DatePart, date: Date, calendar: Calendar) -> i64 {
        let it = date.civil();
        let month = i64::from(it.month());
        let start = i64::from(calendar.fiscal_start_month);
        let fiscal = (month - start).rem_euclid(12);
        i64::from(match part {
            DatePart::CalendarYear => i32::from(it.year()),
            DatePart::CalendarMonth => i32::from(it.month()),
            DatePart::CalendarQuarter => (i32::from(it.month()) - 1) / 3 + 1,
            DatePart::DayInMonth => i32::from(it.day()),
            DatePart::DayInYear => i32::from(it.day_of_year()),
            DatePart::DayInWeek => i32::from(it.weekday().to_sunday_one_offset()),
            DatePart::DayOnly => date.0,
            DatePart::WeekInMonth => (i32::from(it.day()) - 1) / 7 + 1,
            DatePart::WeekInYear => (i32::from(it.day_of_year()) - 1) / 7 + 1,
            DatePart::FiscalMonth => fiscal as i32 + 1,
            DatePart::FiscalQuarter => fiscal as i32 / 3 + 1,
            DatePart::FiscalYear => {
                let begun = i32::from(it.year()) - i32::from(month < start);
                begun + i32::from(start != 1 && !calendar.fiscal_year_named_by_start)
            }
            DatePart::HourInDay => 0,
        })
    }

    const PARTS: [DatePart; 12] = [
        DatePart::CalendarYear,
        DatePart::CalendarMonth,
        DatePart::CalendarQuarter,
        DatePart::DayInMonth,
        DatePart::DayInYear,
        DatePart::DayInWeek,
        DatePart::DayOnly,
        DatePart::WeekInMonth,
        DatePart::WeekInYear,
        DatePart::FiscalMonth,
        DatePart::FiscalQuarter,
        DatePart::FiscalYear,
    ];

    fn check(date: Date, calendar: Calendar, ms: i64) {
        for part in PARTS {
            let of_date = Moment::Date(Expr::Literal(i64::from(date.0))).part(part, calendar);
            assert_eq!(evaluate(&of_date), expected(part, date, calendar), "{part:?} of {date}");
            let at = Expr::Literal(i64::from(date.0) * DAY_MS + ms);
            let of_time = Moment::DateTime(at.clone()).part(part, calendar);
            assert_eq!(evaluate(&of_time), expected(part, date, calendar), "{part:?} of {date}");
            let hour = Moment::DateTime(at).part(DatePart::HourInDay, calendar);
            assert_eq!(evaluate(&hour), ms / HOUR_MS);
        }
    }

    #[test]
    fn turns_of_years_are_those_of_the_calendar() {
        let calendar =
            Calendar { week_start: 0, fiscal_start_month: 4, fiscal_year_named_by_start: false };
        for year in [1700, 1899, 1900, 1969, 1970, 1999, 2000, 2023, 2024, 2100, 2399, 2400, 3999] {
            for day in ["01-01", "02-28", "03-01", "03-31", "04-01", "12-31"] {
                check(Date::parse(&format!("{year}-{day}")).unwrap(), calendar, DAY_MS - 1);
            }
        }
    }

    proptest! {
        #[test]
        fn parts_are_those_of_the_calendar(
            day in -98_615_i32..741_800,
            fiscal_start_month in 1_u8..13,
            fiscal_year_named_by_start: bool,
            ms in 0..DAY_MS,
        ) {
            let calendar =
                Calendar { week_start: 0, fiscal_start_month, fiscal_year_named_by_start };
            check(Date(day), calendar, ms);
        }
    }
}
