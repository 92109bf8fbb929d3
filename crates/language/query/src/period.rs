//! A year or a day of a date compared with a literal, as a comparison of the date itself with a
//! range: an index serves that, and no row's calendar has to be worked out.
//!
//! In: the part of a date that a condition is about, and the operand that it is compared with.
//! Out: the same condition's range of what is stored; none where there is no exact one, and the
//! part is worked out after all.

use base::Date;
use jiff::civil;
use jiff::tz::TimeZone;
use soql::DatePart;
use sql::{Expr, Value};

use crate::date_part::Calendar;
use crate::literal::Operand;
use crate::zone;

/// The years in which everything that is stored lies.
const YEARS: std::ops::RangeInclusive<i64> = 1700..=4000;

const DAY_MS: i64 = 86_400_000;

/// A part of a date that names one stretch of time.
pub(crate) struct Period {
    /// The date or datetime.
    of: Expr,
    part: DatePart,
    clocks: Clocks,
}

/// What tells the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clocks {
    /// It is a date.
    Calendar,
    Utc,
    Users,
}

impl Period {
    /// `part` of the column `of`; none if it comes again and again, as a month does.
    pub(crate) fn new(part: DatePart, of: Expr, clocks: Clocks) -> Option<Self> {
        let single = [DatePart::CalendarYear, DatePart::FiscalYear, DatePart::DayOnly];
        single.contains(&part).then_some(Self { of, part, clocks })
    }

    /// What is compared instead, and the range that `operand` stands for there.
    pub(crate) fn range(
        &self,
        (calendar, zone): (Calendar, &TimeZone),
        operand: &Operand,
    ) -> Option<(Expr, Operand)> {
        let (first, after) = match (self.part, operand) {
            (DatePart::DayOnly, Operand::Value(Value::Int(day))) => (*day, day.checked_add(1)?),
            (DatePart::DayOnly, Operand::Range(first, after)) => (*first, *after),
            (_, Operand::Value(Value::Int(year))) => {
                (self.new_year(calendar, *year)?, self.new_year(calendar, year.checked_add(1)?)?)
            }
            _ => return None,
        };
        let range = Operand::Range(self.start(zone, first)?, self.start(zone, after)?);
        Some((self.of.clone(), range))
    }

    /// The day on which a year begins.
    fn new_year(&self, calendar: Calendar, year: i64) -> Option<i64> {
        let month = match self.part {
            DatePart::FiscalYear => calendar.fiscal_start_month.clamp(1, 12),
            _ => 1,
        };
        let begins_before = month != 1 && !calendar.fiscal_year_named_by_start;
        let year = year.checked_sub(i64::from(begins_before))?;
        let year = i16::try_from(year).ok().filter(|it| YEARS.contains(&i64::from(*it)))?;
        let day = civil::Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
        Some(i64::from(Date::from_civil(day).0))
    }

    /// From when on it is `day`, as it is stored.
    fn start(&self, zone: &TimeZone, day: i64) -> Option<i64> {
        let date = Date(i32::try_from(day).ok()?);
        if !YEARS.contains(&i64::from(date.civil().year())) {
            return None;
        }
        match self.clocks {
            Clocks::Calendar => Some(day),
            Clocks::Utc => Some(day * DAY_MS),
            Clocks::Users => zone::start_of_day(zone, date).map(|it| it.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::date_part::Moment;
    use crate::evaluate::evaluate;

    const PARTS: &[DatePart] = &[DatePart::CalendarYear, DatePart::FiscalYear, DatePart::DayOnly];
    const ZONES: &[&str] =
        &["UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"];

    proptest! {
        #[test]
        fn a_range_holds_what_the_part_equals(
            // Some years within those that are stored, so that there are years beside them.
            ms in -8_425_728_000_000_i64..63_745_000_000_000,
            part in select(PARTS),
            clocks in select(&[Clocks::Calendar, Clocks::Utc, Clocks::Users][..]),
            zone in select(ZONES),
            fiscal_start_month in 1_u8..13,
            fiscal_year_named_by_start: bool,
            beside in -1_i64..2,
        ) {
            let calendar =
                Calendar { week_start: 0, fiscal_start_month, fiscal_year_named_by_start };
            let zone = TimeZone::get(zone).unwrap();
            let stored = if clocks == Clocks::Calendar { ms.div_euclid(DAY_MS) } else { ms };
            let of = Expr::Literal(stored);
            let moment = match clocks {
                Clocks::Calendar => Moment::Date(of.clone()),
                Clocks::Utc => Moment::DateTime(of.clone()),
                Clocks::Users => Moment::DateTime(zone::local(&zone, &of)),
            };
            let value = evaluate(&moment.part(part, calendar));
            let period = Period::new(part, of, clocks).unwrap();
            let operand = Operand::Value(Value::Int(value + beside));
            match period.range((calendar, &zone), &operand) {
                Some((_, Operand::Range(start, end))) => {
                    // The range next to it is beside it, too.
                    let place = match () {
                        () if stored < start => 1,
                        () if end <= stored => -1,
                        () => 0,
                    };
                    prop_assert_eq!(place, beside);
                }
                other => prop_assert!(clocks == Clocks::Users && other.is_none(), "{other:?}"),
            }
        }
    }
}
