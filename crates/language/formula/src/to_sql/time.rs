//! Dates, datetimes and times of day in SQL: arithmetic of integers.

use jiff::tz::TimeZone;
use sql::{Expr as E, Scalar};

use super::number::{Kind, Num};
use super::text::{DIGITS, length, slice, tail};
use super::tree::{
    add, and, at_most, call, case, div, floored, int_null, less, lit, mul, or, real, rem, sub,
    text_null, wrapped,
};
use super::{Arithmetic, Lowering, NotInSql, Part, Typed};
use crate::Number;
use crate::calendar::{DAY_MS, FIRST_DAY, LAST_DAY};
use crate::number::Rounding;

const SECONDS_END: i64 = 1_000_000_000_000;

impl Lowering<'_> {
    /// A date so many whole days later, an instant so many days to the nearest second.
    pub(super) fn later(&mut self, from: Typed, days: Typed, sign: i64) -> Result<Part, NotInSql> {
        let Typed::Number(days) = days else { return Ok(Typed::Null.into()) };
        match from {
            Typed::Date(date) => {
                let days = self.whole(days)?;
                let later = add(date, mul(days, lit(sign)));
                let (value, fault) = self.within(later, (FIRST_DAY, LAST_DAY))?;
                Ok(Part { value: Typed::Date(value), fault: Some(fault) })
            }
            Typed::DateTime(at) => {
                let seconds = self.literal(Number::from(sign * DAY_MS / 1000));
                let seconds = self.times(days, seconds)?;
                let seconds = self.rounded(seconds, 0, Rounding::HalfUp)?;
                let seconds = self.whole(seconds)?;
                // More than all of time, and few enough to count milliseconds in 64 bits.
                let seconds = self.bind(seconds, |_, it| {
                    let ends = [
                        (less(lit(SECONDS_END), it.clone()), lit(SECONDS_END)),
                        (less(it.clone(), lit(-SECONDS_END)), lit(-SECONDS_END)),
                    ];
                    Ok(case(ends, it))
                })?;
                let later = add(at, mul(seconds, lit(1000)));
                let bounds = (FIRST_DAY * DAY_MS, (LAST_DAY + 1) * DAY_MS - 1);
                let (value, fault) = self.within(later, bounds)?;
                Ok(Part { value: Typed::DateTime(value), fault: Some(fault) })
            }
            _ => Ok(Typed::Null.into()),
        }
    }

    /// The value, null outside of the bounds; and whether it is outside.
    fn within(&mut self, value: E, (first, last): (i64, i64)) -> Result<(E, E), NotInSql> {
        let outside =
            |it: &E| E::Or(vec![less(it.clone(), lit(first)), less(lit(last), it.clone())]);
        let again = self.copy(&value)?;
        let fault = self.bind(again, |_, it| Ok(outside(&it)))?;
        let value = self.bind(value, |_, it| Ok(case([(outside(&it), int_null())], it)))?;
        Ok((value, fault))
    }

    pub(super) fn days_between(&mut self, a: Typed, b: Typed) -> Result<Part, NotInSql> {
        let number = match (a, b) {
            (Typed::Date(a), Typed::Date(b)) => self.small(sub(a, b)),
            (Typed::DateTime(a), Typed::DateTime(b)) => {
                let ms = sub(a, b);
                match self.arithmetic {
                    Arithmetic::Decimals => {
                        let ms = self.whole_number(ms);
                        let day = self.literal(Number::from(DAY_MS));
                        return self.arithmetic(
                            crate::expr::Op::Div,
                            Typed::Number(ms),
                            Typed::Number(day),
                        );
                    }
                    Arithmetic::Integers => Num {
                        expr: div(E::AsReal(Box::new(ms)), real(DAY_MS as f64)),
                        kind: Kind::Real { noisy: true },
                    },
                }
            }
            _ => return Ok(Typed::Null.into()),
        };
        Ok(Typed::Number(number).into())
    }

    /// A time of day so many milliseconds later, around the clock.
    pub(super) fn around(&mut self, time: Typed, ms: Typed, sign: i64) -> Result<Part, NotInSql> {
        let (Typed::Time(time), Typed::Number(ms)) = (time, ms) else {
            return Ok(Typed::Null.into());
        };
        let ms = self.whole(ms)?;
        let moved = add(time, mul(rem(ms, lit(DAY_MS)), lit(sign)));
        let value = self.bind(moved, |_, it| Ok(wrapped(&it, DAY_MS)))?;
        Ok(Typed::Time(value).into())
    }

    pub(super) fn ms_between(&mut self, a: Typed, b: Typed) -> Result<Part, NotInSql> {
        let (Typed::Time(a), Typed::Time(b)) = (a, b) else { return Ok(Typed::Null.into()) };
        let value = rem(add(sub(a, b), lit(DAY_MS)), lit(DAY_MS));
        Ok(Typed::Number(self.small(value)).into())
    }

    /// The date of an instant in UTC.
    pub(super) fn utc_day(&mut self, at: E) -> Result<E, NotInSql> {
        self.bind(at, |_, it| Ok(floored(&it, DAY_MS)))
    }

    /// The date of an instant where the user is.
    pub(super) fn local_day(&mut self, at: E) -> Result<E, NotInSql> {
        let zone = self.environment.zone.clone();
        self.bind(at, |this, at| {
            let local = add(at.clone(), offset(&zone, &at));
            this.utc_day(local)
        })
    }

    /// The time of day of an instant in UTC.
    pub(super) fn utc_time(&mut self, at: E) -> Result<E, NotInSql> {
        self.bind(at, |_, it| Ok(wrapped(&it, DAY_MS)))
    }

    /// The date of a year, a month and a day; null where there is none.
    pub(super) fn date(&mut self, year: E, month: E, day: E) -> Result<E, NotInSql> {
        self.bind(year, |this, year| {
            this.bind(month, |this, month| {
                this.bind(day, |this, day| {
                    let valid = and([
                        less(lit(0), year.clone()),
                        less(year.clone(), lit(10_000)),
                        less(lit(0), month.clone()),
                        less(month.clone(), lit(13)),
                        less(lit(0), day.clone()),
                        at_most(day.clone(), month_days(&year, &month)),
                    ]);
                    let days = this.days_of(year, month, day)?;
                    Ok(case([(valid, days)], int_null()))
                })
            })
        })
    }

    /// Days since 1970 of a valid date: years begin in March, so that the leap day is their last.
    fn days_of(&mut self, year: E, month: E, day: E) -> Result<E, NotInSql> {
        let january = less(month.clone(), lit(3));
        let year = case([(january, sub(year.clone(), lit(1)))], year);
        self.bind(year, |_, year| {
            let months = rem(add(month, lit(9)), lit(12));
            let of_year = div(add(mul(months, lit(153)), lit(2)), lit(5));
            let leaps = add(
                sub(div(year.clone(), lit(4)), div(year.clone(), lit(100))),
                div(year.clone(), lit(400)),
            );
            let days = add(add(mul(year, lit(365)), leaps), add(of_year, day));
            Ok(sub(days, lit(719_469)))
        })
    }

    /// DATE.
    pub(super) fn date_of(&mut self, parts: [Num; 3]) -> Result<Part, NotInSql> {
        let [year, month, day] = parts;
        let (year, month, day) = (self.whole(year)?, self.whole(month)?, self.whole(day)?);
        let given = and([
            E::IsNotNull(Box::new(self.copy(&year)?)),
            E::IsNotNull(Box::new(self.copy(&month)?)),
            E::IsNotNull(Box::new(self.copy(&day)?)),
        ]);
        let value = self.date(year, month, day)?;
        let again = self.copy(&value)?;
        let fault = and([given, again.is_null()]);
        Ok(Part { value: Typed::Date(value), fault: Some(fault) })
    }

    /// ADDMONTHS: the last day of a month stays the last day.
    pub(super) fn add_months(&mut self, from: Typed, months: Num) -> Result<Part, NotInSql> {
        let months = self.whole(months)?;
        let (day, clock) = match &from {
            Typed::Date(date) => (date.clone(), None),
            Typed::DateTime(at) => {
                let (day, clock) = (self.copy(at)?, self.copy(at)?);
                (self.utc_day(day)?, Some(self.utc_time(clock)?))
            }
            _ => return Ok(Typed::Null.into()),
        };
        let given = and([
            E::IsNotNull(Box::new(self.copy(&day)?)),
            E::IsNotNull(Box::new(self.copy(&months)?)),
        ]);
        let later = self.bind(day, |this, day| {
            this.bind(call(Scalar::Year, [day.clone()]), |this, year| {
                this.bind(call(Scalar::Month, [day.clone()]), |this, month| {
                    this.bind(call(Scalar::DayOfMonth, [day]), |this, of_month| {
                        let total = add(
                            sub(add(mul(year.clone(), lit(12)), month.clone()), lit(1)),
                            months,
                        );
                        this.bind(total, |this, total| {
                            let next_year = div(total.clone(), lit(12));
                            this.bind(next_year, |this, next_year| {
                                let next_month = add(rem(total.clone(), lit(12)), lit(1));
                                this.bind(next_month, |this, next_month| {
                                    let last = month_days(&next_year, &next_month);
                                    let was_last = of_month.clone().eq(month_days(&year, &month));
                                    let past = less(last.clone(), of_month.clone());
                                    let day = case([(E::Or(vec![was_last, past]), last)], of_month);
                                    this.date(next_year, next_month, day)
                                })
                            })
                        })
                    })
                })
            })
        })?;
        let again = self.copy(&later)?;
        let fault = Some(and([given, again.is_null()]));
        let value = match clock {
            Some(clock) => Typed::DateTime(add(mul(later, lit(DAY_MS)), clock)),
            None => Typed::Date(later),
        };
        Ok(Part { value, fault })
    }

    /// WEEKDAY: Sunday is 1.
    pub(super) fn weekday(&self, day: E) -> E {
        add(rem(add(rem(day, lit(7)), lit(11)), lit(7)), lit(1))
    }

    /// DATEVALUE of a text.
    pub(super) fn parsed_date(&mut self, text: E) -> Result<Part, NotInSql> {
        let again = self.copy(&text)?;
        let value = self.read_date(text)?.0;
        let fault = self.unread(again, &value)?;
        Ok(Part { value: Typed::Date(value), fault: Some(fault) })
    }

    /// A text that has no value although it is there.
    fn unread(&mut self, text: E, value: &E) -> Result<E, NotInSql> {
        let value = self.copy(value)?;
        Ok(and([E::IsNotNull(Box::new(text)), value.is_null()]))
    }

    /// The date that a text begins with, and what follows it.
    fn read_date(&mut self, text: E) -> Result<(E, E), NotInSql> {
        let rest = after_three(self.copy(&text)?);
        let date = self.bind(text, |this, text| {
            this.bind(digits_off(text.clone()), |this, after_year| {
                this.bind(tail(after_year.clone(), 2), |this, month| {
                    this.bind(digits_off(month.clone()), |this, after_month| {
                        this.bind(tail(after_month.clone(), 2), |this, day| {
                            this.bind(digits_off(day.clone()), |this, after_day| {
                                let valid = and([
                                    sub(length(text.clone()), length(after_year.clone()))
                                        .eq(lit(4)),
                                    starts(&after_year, "-"),
                                    one_or_two(&month, &after_month),
                                    starts(&after_month, "-"),
                                    one_or_two(&day, &after_day),
                                ]);
                                let year = leading(&text, &after_year);
                                let date = this.date(
                                    year,
                                    leading(&month, &after_month),
                                    leading(&day, &after_day),
                                )?;
                                Ok(case([(valid, date)], int_null()))
                            })
                        })
                    })
                })
            })
        })?;
        Ok((date, rest))
    }

    /// Seconds since midnight of the clock that a text begins with.
    fn read_clock(&mut self, text: E) -> Result<E, NotInSql> {
        self.bind(text, |this, hour| {
            this.bind(digits_off(hour.clone()), |this, after_hour| {
                this.bind(tail(after_hour.clone(), 2), |this, minute| {
                    this.bind(digits_off(minute.clone()), |this, after_minute| {
                        this.bind(tail(after_minute.clone(), 2), |this, second| {
                            this.bind(digits_off(second.clone()), |_, after_second| {
                                let shape = and([
                                    one_or_two(&hour, &after_hour),
                                    starts(&after_hour, ":"),
                                    one_or_two(&minute, &after_minute),
                                    starts(&after_minute, ":"),
                                    one_or_two(&second, &after_second),
                                ]);
                                let read = |text: &E, rest: &E, max: i64| {
                                    let number = leading(text, rest);
                                    case([(at_most(number.clone(), lit(max)), number)], int_null())
                                };
                                let minutes = add(
                                    mul(read(&hour, &after_hour, 23), lit(60)),
                                    read(&minute, &after_minute, 59),
                                );
                                let seconds =
                                    add(mul(minutes, lit(60)), read(&second, &after_second, 59));
                                Ok(case([(shape, seconds)], int_null()))
                            })
                        })
                    })
                })
            })
        })
    }

    /// DATETIMEVALUE of a text.
    pub(super) fn parsed_datetime(&mut self, text: E) -> Result<Part, NotInSql> {
        let again = self.copy(&text)?;
        let (date, rest) = self.read_date(text)?;
        let rest_again = self.copy(&rest)?;
        let clock = self.read_clock(tail(rest, 2))?;
        let at = add(mul(date, lit(DAY_MS)), mul(clock, lit(1000)));
        let value = case([(starts(&rest_again, " "), at)], int_null());
        let fault = self.unread(again, &value)?;
        Ok(Part { value: Typed::DateTime(value), fault: Some(fault) })
    }

    /// TIMEVALUE of a text.
    pub(super) fn parsed_time(&mut self, text: E) -> Result<Part, NotInSql> {
        let again = self.copy(&text)?;
        let after_clock = after_three(self.copy(&text)?);
        let clock = self.read_clock(text)?;
        let value = self.bind(clock, |this, clock| {
            this.bind(after_clock, |this, rest| {
                this.bind(tail(rest.clone(), 2), |_, ms| {
                    let valid = and([
                        starts(&rest, "."),
                        less(lit(0), length(ms.clone())),
                        less(length(ms.clone()), lit(4)),
                        digits_off(ms.clone()).eq(E::text("")),
                    ]);
                    let number = E::AsInt(Box::new(ms));
                    Ok(case([(valid, add(mul(clock, lit(1000)), number))], int_null()))
                })
            })
        })?;
        let fault = self.unread(again, &value)?;
        Ok(Part { value: Typed::Time(value), fault: Some(fault) })
    }

    /// `10:34:55` of seconds since midnight.
    fn clock_text(&mut self, seconds: E) -> Result<E, NotInSql> {
        self.bind(seconds, |this, it| {
            let hours = this.two_digits(div(it.clone(), lit(3600)))?;
            let minutes = this.two_digits(rem(div(it.clone(), lit(60)), lit(60)))?;
            let seconds = this.two_digits(rem(it.clone(), lit(60)))?;
            let colon = || E::text(":");
            Ok(E::Concat(vec![hours, colon(), minutes, colon(), seconds]))
        })
    }

    /// TEXT of a datetime.
    pub(super) fn datetime_text(&mut self, at: E) -> Result<E, NotInSql> {
        self.bind(at, |this, at| {
            let day = this.utc_day(at.clone())?;
            let ms = this.utc_time(at.clone())?;
            let clock = this.clock_text(div(ms, lit(1000)))?;
            let date = call(Scalar::DayText, [day]);
            Ok(E::Concat(vec![date, E::text(" "), clock, E::text("Z")]))
        })
    }

    /// TEXT of a time of day.
    pub(super) fn time_text(&mut self, time: E) -> Result<E, NotInSql> {
        self.bind(time, |this, time| {
            let clock = this.clock_text(div(time.clone(), lit(1000)))?;
            let ms = tail(E::AsText(Box::new(add(rem(time, lit(1000)), lit(1000)))), 2);
            Ok(E::Concat(vec![clock, E::text("."), ms]))
        })
    }

    /// FORMATDURATION of seconds, with days where `days` holds.
    pub(super) fn duration_text(&mut self, seconds: E, days: E) -> Result<E, NotInSql> {
        self.bind(seconds, |this, it| {
            let size = case([(less(it.clone(), lit(0)), sub(lit(0), it.clone()))], it);
            this.bind(size, |this, size| {
                let short = this.clock_text(size.clone())?;
                let rest = this.clock_text(rem(size.clone(), lit(86_400)))?;
                let n_days = E::AsText(Box::new(div(size.clone(), lit(86_400))));
                let long = E::Concat(vec![n_days, E::text(":"), rest]);
                let text = case([(days, long)], short);
                Ok(case([(size.is_null(), text_null())], text))
            })
        })
    }
}

/// What follows three numbers with a character between them.
fn after_three(text: E) -> E {
    let mut rest = digits_off(text);
    for _ in 0..2 {
        rest = digits_off(tail(rest, 2));
    }
    rest
}

fn digits_off(text: E) -> E {
    call(Scalar::TrimStart, [text, E::text(DIGITS)])
}

fn starts(text: &E, with: &str) -> E {
    slice(text.clone(), lit(1), lit(1)).eq(E::text(with))
}

/// Whether a text begins with one digit or two and no more.
fn one_or_two(text: &E, rest: &E) -> E {
    let n = || sub(length(text.clone()), length(rest.clone()));
    and([less(lit(0), n()), less(n(), lit(3))])
}

/// The number that a text begins with.
fn leading(text: &E, rest: &E) -> E {
    let n = sub(length(text.clone()), length(rest.clone()));
    E::AsInt(Box::new(slice(text.clone(), lit(1), n)))
}

fn month_days(year: &E, month: &E) -> E {
    let every = |n: i64| rem(year.clone(), lit(n)).eq(lit(0));
    let leap = or([Some(every(400)), Some(and([every(4), E::Not(Box::new(every(100)))]))]);
    let february = case([(leap.unwrap_or(E::False), lit(29))], lit(28));
    let short = E::In(Box::new(month.clone()), [4, 6, 9, 11].map(sql::Value::Int).into());
    case([(month.clone().eq(lit(2)), february), (short, lit(30))], lit(31))
}

/// How far a zone is ahead at an instant, in milliseconds: one offset, or those between the
/// transitions of two centuries.
fn offset(zone: &TimeZone, at: &E) -> E {
    let ms_of = |it: jiff::tz::Offset| i64::from(it.seconds()) * 1000;
    let first = jiff::Timestamp::from_second(-2_208_988_800).unwrap_or(jiff::Timestamp::MIN);
    let last = jiff::Timestamp::from_second(4_102_444_800).unwrap_or(jiff::Timestamp::MAX);
    let mut steps = vec![(i64::MIN, ms_of(zone.to_offset(first)))];
    for transition in zone.following(first).take_while(|it| it.timestamp() < last) {
        steps.push((transition.timestamp().as_millisecond(), ms_of(transition.offset())));
    }
    halves(&steps, at)
}

/// Looks an instant up among ordered steps, by halves.
fn halves(steps: &[(i64, i64)], at: &E) -> E {
    match steps {
        [] => lit(0),
        [(_, offset)] => lit(*offset),
        _ => {
            let (before, after) = steps.split_at(steps.len() / 2);
            let start = after.first().map_or(0, |it| it.0);
            case([(less(at.clone(), lit(start)), halves(before, at))], halves(after, at))
        }
    }
}
