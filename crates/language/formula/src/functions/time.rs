//! Dates, datetimes and times of day.
//!
//! TODAY and DATEVALUE of an instant are in the user's zone; everything else is in UTC, as on the
//! platform.

use base::{DateTime, Time};

use super::{Call, Function};
use crate::calendar::{self, Civil, DAY_MS};
use crate::error::Cause;
use crate::types::{Type, TypeSet};
use crate::{Number, Value};

const N: TypeSet = TypeSet::NUMBER;
const D: TypeSet = TypeSet::DATE;
const DAY: TypeSet = TypeSet::DAY;
const TIME: TypeSet = TypeSet::TIME;
const FOR_DATE: TypeSet = TypeSet::of(&[Type::Text, Type::Date, Type::DateTime]);
const FOR_TIME: TypeSet = TypeSet::of(&[Type::Text, Type::Time, Type::DateTime]);
const SPAN: TypeSet = TypeSet::of(&[Type::Number, Type::DateTime, Type::Time]);
const SPAN_END: TypeSet = TypeSet::of(&[Type::Boolean, Type::DateTime, Type::Time]);
const STAMP: TypeSet = TypeSet::of(&[Type::Date, Type::DateTime, Type::Time]);

pub(crate) static TABLE: &[Function] = &[
    Function::new("TODAY", &[], Type::Date, |call| {
        Ok(Value::Date(call.environment.now.date_in(call.environment.zone)))
    }),
    Function::new("NOW", &[], Type::DateTime, |call| Ok(Value::DateTime(call.environment.now))),
    Function::new("TIMENOW", &[], Type::Time, |call| {
        Ok(Value::Time(calendar::time(call.environment.now.0)))
    }),
    Function::new("DATE", &[N, N, N], Type::Date, |call| {
        match (call.whole(0), call.whole(1), call.whole(2)) {
            (Some(year), Some(month), Some(day)) => {
                let date = Civil { year, month, day }.date();
                date.map(Value::Date).ok_or(Cause::NoSuchDay)
            }
            _ => Ok(Value::Blank),
        }
    }),
    Function::new("DATEVALUE", &[FOR_DATE], Type::Date, |call| match call.args.first() {
        Some(Value::Date(date)) => Ok(Value::Date(*date)),
        Some(Value::DateTime(at)) => Ok(Value::Date(at.date_in(call.environment.zone))),
        Some(Value::Text(text)) => {
            read_date(text).map(|(date, _)| date).ok_or(Cause::NotATime("DATEVALUE"))
        }
        _ => Ok(Value::Blank),
    }),
    Function::new("DATETIMEVALUE", &[FOR_DATE], Type::DateTime, |call| match call.args.first() {
        Some(Value::Date(date)) => Ok(Value::DateTime(DateTime(i64::from(date.0) * DAY_MS))),
        Some(Value::DateTime(at)) => Ok(Value::DateTime(*at)),
        Some(Value::Text(text)) => read_datetime(text).ok_or(Cause::NotATime("DATETIMEVALUE")),
        _ => Ok(Value::Blank),
    }),
    Function::new("TIMEVALUE", &[FOR_TIME], Type::Time, |call| match call.args.first() {
        Some(Value::Time(time)) => Ok(Value::Time(*time)),
        Some(Value::DateTime(at)) => Ok(Value::Time(calendar::time(at.0))),
        Some(Value::Text(text)) => read_time(text).ok_or(Cause::NotATime("TIMEVALUE")),
        _ => Ok(Value::Blank),
    }),
    Function::new("YEAR", &[D], Type::Number, |call| part(call, |it| it.year)),
    Function::new("MONTH", &[D], Type::Number, |call| part(call, |it| it.month)),
    Function::new("DAY", &[D], Type::Number, |call| part(call, |it| it.day)),
    Function::new("WEEKDAY", &[DAY], Type::Number, |call| {
        Ok(call.day(0).map_or(Value::Blank, |it| Value::from(calendar::weekday(it))))
    }),
    Function::new("DAYOFYEAR", &[DAY], Type::Number, |call| {
        Ok(call.day(0).map_or(Value::Blank, |it| Value::from(calendar::day_of_year(it))))
    }),
    Function::new("ISOWEEK", &[DAY], Type::Number, |call| {
        Ok(call.day(0).map_or(Value::Blank, |it| Value::from(calendar::iso_week(it).0)))
    }),
    Function::new("ISOYEAR", &[DAY], Type::Number, |call| {
        Ok(call.day(0).map_or(Value::Blank, |it| Value::from(calendar::iso_week(it).1)))
    }),
    Function::new("HOUR", &[TIME], Type::Number, |call| of_time(call, |it| it / 3_600_000)),
    Function::new("MINUTE", &[TIME], Type::Number, |call| of_time(call, |it| it / 60_000 % 60)),
    Function::new("SECOND", &[TIME], Type::Number, |call| of_time(call, |it| it / 1000 % 60)),
    Function::new("MILLISECOND", &[TIME], Type::Number, |call| of_time(call, |it| it % 1000)),
    Function::new("ADDMONTHS", &[DAY, N], Type::Date, add_months).returns_first(),
    Function::new("UNIXTIMESTAMP", &[STAMP], Type::Number, |call| {
        let seconds = match call.args.first() {
            Some(Value::Date(date)) => i64::from(date.0) * (DAY_MS / 1000),
            Some(Value::DateTime(at)) => at.0 / 1000,
            Some(Value::Time(time)) => i64::from(time.0 / 1000),
            _ => return Ok(Value::Blank),
        };
        Ok(Value::from(seconds))
    }),
    Function::new("FROMUNIXTIME", &[N], Type::DateTime, |call| {
        let Some(seconds) = call.number(0) else { return Ok(Value::Blank) };
        let at = calendar::datetime(seconds.shifted(3)?.to_i64());
        at.map(Value::DateTime).ok_or(Cause::NoSuchDay)
    }),
    Function::new("FORMATDURATION", &[SPAN, SPAN_END], Type::Text, duration).required(1),
];

fn part(call: &Call<'_>, of: fn(Civil) -> i64) -> Result<Value, Cause> {
    Ok(call.day(0).map_or(Value::Blank, |it| Value::from(of(Civil::of(it)))))
}

fn of_time(call: &Call<'_>, of: fn(i64) -> i64) -> Result<Value, Cause> {
    Ok(call.time(0).map_or(Value::Blank, |it| Value::from(of(i64::from(it.0)))))
}

fn add_months(call: &Call<'_>) -> Result<Value, Cause> {
    let (Some(date), Some(months)) = (call.day(0), call.whole(1)) else {
        return Ok(Value::Blank);
    };
    let later = calendar::add_months(date, months).ok_or(Cause::NoSuchDay)?;
    match call.args.first() {
        Some(Value::DateTime(at)) => {
            let clock = at.0.rem_euclid(DAY_MS);
            Ok(Value::DateTime(DateTime(i64::from(later.0) * DAY_MS + clock)))
        }
        _ => Ok(Value::Date(later)),
    }
}

/// `HH:MM:SS` of a number of seconds or between two times, with days in front where they were
/// asked for or where two instants are given.
fn duration(call: &Call<'_>) -> Result<Value, Cause> {
    let (seconds, days) = match (call.args.first(), call.args.get(1)) {
        (Some(Value::Number(seconds)), _) => (seconds.to_i64(), call.is_true(1)),
        (Some(Value::Time(a)), Some(Value::Time(b))) => (i64::from(b.0 - a.0) / 1000, false),
        (Some(Value::DateTime(a)), Some(Value::DateTime(b))) => ((b.0 - a.0) / 1000, true),
        _ => return Ok(Value::Blank),
    };
    let seconds = seconds.unsigned_abs();
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let text = if days {
        format!("{}:{:02}:{minutes:02}:{rest:02}", seconds / 86_400, seconds / 3600 % 24)
    } else {
        format!("{:02}:{minutes:02}:{rest:02}", seconds / 3600)
    };
    Ok(Value::text(text))
}

/// One or two digits, or as many as `max`, off the front.
fn digits(text: &str, max: usize) -> Option<(i64, &str)> {
    let n = text.bytes().take(max + 1).take_while(u8::is_ascii_digit).count();
    if n == 0 || max < n {
        return None;
    }
    Some((text[..n].parse().ok()?, &text[n..]))
}

/// `2005-1-2` and what follows it: a year of four digits, months and days of one or two.
fn read_date(text: &str) -> Option<(Value, &str)> {
    let year_length = text.bytes().take_while(u8::is_ascii_digit).count();
    if year_length != 4 {
        return None;
    }
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    Some((Value::Date(Civil { year, month, day }.date()?), rest))
}

/// `2005-1-2 3:04:05` in UTC; what follows is not read.
fn read_datetime(text: &str) -> Option<Value> {
    let (Value::Date(date), rest) = read_date(text)? else { return None };
    let (seconds, _) = clock(rest.strip_prefix(' ')?)?;
    Some(Value::DateTime(DateTime(i64::from(date.0) * DAY_MS + seconds * 1000)))
}

/// `10:34:55.666` and nothing after it; the milliseconds are a number, so `.5` is five of them.
fn read_time(text: &str) -> Option<Value> {
    let (seconds, rest) = clock(text)?;
    let (ms, rest) = digits(rest.strip_prefix('.')?, 3)?;
    rest.is_empty().then_some(Value::Time(Time((seconds * 1000 + ms) as i32)))
}

/// Seconds since midnight of `10:34:55`.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then_some(((hour * 60 + minute) * 60 + second, rest))
}

/// Days times milliseconds, to the nearest second: what is added to an instant.
pub(crate) fn days_in_ms(days: Number) -> Result<i64, Cause> {
    let seconds = days.times(Number::from(DAY_MS / 1000))?;
    let seconds = seconds.rounded(0, crate::number::Rounding::HalfUp).to_i64();
    seconds.checked_mul(1000).ok_or(Cause::NoSuchDay)
}
