//! Dates, datetimes and times as the integers that storage holds, and their wire forms.
//!
//! Wire forms (wire reference, rule 12): date `2019-03-28`; datetime
//! `2019-03-28T10:47:00.000+0000`, always UTC with three fraction digits; time `10:47:00.000Z`.
//! Input takes every ISO form with an offset, with or without a fraction or a colon in the
//! offset.

use std::fmt;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// Days since 1970-01-01; no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub i64);

/// Milliseconds since midnight; no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not a date of the form 2019-03-28")]
    Date,
    #[error("not a datetime of the form 2019-03-28T10:47:00Z")]
    DateTime,
    #[error("not a time of the form 10:47:00Z")]
    Time,
}

/// 1700-01-01, and the day after 4000-12-31.
const FIRST_DAY: i64 = -98_615;
const END_DAY: i64 = 741_808;

const DAY_SECONDS: i64 = 86_400;
const DAY_MS: i64 = 1000 * DAY_SECONDS;

impl Date {
    /// Reads `YYYY-MM-DD`, years 1700 to 4000 as the platform bounds them.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_ascii() {
            return Err(Error::Date);
        }
        let number = |part: &str| part.parse::<u16>().map_err(|_| Error::Date);
        let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?);
        if !(1700..=4000).contains(&year) {
            return Err(Error::Date);
        }
        let date = civil::Date::new(year as i16, month as i8, day as i8);
        date.map(Self::from_civil).map_err(|_| Error::Date)
    }

    pub fn from_civil(date: civil::Date) -> Self {
        // The last day of jiff's calendar is beyond its timestamps: both ends saturate.
        let bound = if date.year() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(bound);
        Self(midnight.as_second().div_euclid(DAY_SECONDS) as i32)
    }

    /// The calendar date; days beyond jiff's years saturate at its bounds.
    pub fn civil(self) -> civil::Date {
        let bound = if self.0 < 0 { civil::Date::MIN } else { civil::Date::MAX };
        let midnight = jiff::Timestamp::from_second(i64::from(self.0) * DAY_SECONDS);
        midnight.map_or(bound, |it| Offset::UTC.to_datetime(it).date())
    }

    /// Appends `2019-03-28`.
    pub fn write(self, out: &mut Vec<u8>) {
        let date = self.civil();
        let year = date.year().clamp(0, 9999);
        let [century, year] = [(year / 100) as u8, (year % 100) as u8];
        let (month, day) = (date.month() as u8, date.day() as u8);
        let [a, b] = two(century);
        let [c, d] = two(year);
        let [e, f] = two(month);
        let [g, h] = two(day);
        out.extend_from_slice(&[a, b, c, d, b'-', e, f, b'-', g, h]);
    }

    /// Midnight of this date in `zone`: the instant at which it starts.
    pub fn start_in(self, zone: &TimeZone) -> DateTime {
        let start = self.civil().to_zoned_datetime(zone.clone());
        start.map_or(DateTime(i64::from(self.0) * DAY_MS), |it| {
            DateTime(it.timestamp().as_millisecond())
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(f, |out| self.write(out))
    }
}

impl DateTime {
    /// Reads an ISO datetime with an offset.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let error = Error::DateTime;
        if !text.is_ascii() || text.len() < 17 || !matches!(text.as_bytes()[10], b'T' | b't') {
            return Err(error);
        }
        let date = Date::parse(&text[..10]).map_err(|_| error)?;
        let (clock, offset) = split_offset(&text[11..]).ok_or(error)?;
        let time = Time::parse_clock(clock).ok_or(error)?;
        let at = i64::from(date.0) * DAY_MS + i64::from(time.0) - offset;
        // What is written must be readable: the years are bounded in UTC, too.
        if (FIRST_DAY * DAY_MS..END_DAY * DAY_MS).contains(&at) { Ok(Self(at)) } else { Err(error) }
    }

    /// The calendar date at this instant in `zone`.
    pub fn date_in(self, zone: &TimeZone) -> Date {
        Date::from_civil(self.timestamp().to_zoned_datetime(zone.clone()).date())
    }

    /// The instant as jiff's type; out-of-range milliseconds saturate.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// `2019-03-28T10:47:00.000Z`, the form of SOAP, CSV and the ledger.
    pub fn to_rfc3339(self) -> String {
        let mut out = Vec::with_capacity(24);
        self.write_rfc3339(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Appends what [`Self::to_rfc3339`] returns.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        self.write_clock(out);
        out.push(b'Z');
    }

    /// Appends `2019-03-28T10:47:00.000+0000`, the form of REST JSON.
    pub fn write(self, out: &mut Vec<u8>) {
        self.write_clock(out);
        out.extend_from_slice(b"+0000");
    }

    fn write_clock(self, out: &mut Vec<u8>) {
        let day = self.0.div_euclid(DAY_MS);
        Date(i32::try_from(day).unwrap_or(i32::MAX)).write(out);
        out.push(b'T');
        Time(self.0.rem_euclid(DAY_MS) as i32).write_clock(out);
    }
}

impl fmt::Display for DateTime {
    /// The form of REST JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(f, |out| self.write(out))
    }
}

impl Time {
    /// Reads `HH:MM:SS[.fff][Z]`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let clock = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        Self::parse_clock(clock).ok_or(Error::Time)
    }

    fn parse_clock(clock: &str) -> Option<Self> {
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut parts = whole.split(':');
        let mut next = |max: i32| {
            let part = parts.next()?;
            let ok = part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
            part.parse::<i32>().ok().filter(|it| ok && *it <= max)
        };
        let (hour, minute) = (next(23)?, next(59)?);
        let second = if whole.len() > 5 { next(59)? } else { 0 };
        if parts.next().is_some() || !fraction.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
        let millis: i32 = millis.parse().ok()?;
        Some(Self(((hour * 60 + minute) * 60 + second) * 1000 + millis))
    }

    /// Appends `10:47:00.000Z`.
    pub fn write(self, out: &mut Vec<u8>) {
        self.write_clock(out);
        out.push(b'Z');
    }

    fn write_clock(self, out: &mut Vec<u8>) {
        let ms = self.0.max(0);
        let [a, b] = two((ms / 3_600_000 % 100) as u8);
        let [c, d] = two((ms / 60_000 % 60) as u8);
        let [e, f] = two((ms / 1000 % 60) as u8);
        let [g, h] = two((ms % 1000 / 10) as u8);
        let i = b'0' + (ms % 10) as u8;
        out.extend_from_slice(&[a, b, b':', c, d, b':', e, f, b'.', g, h, i]);
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(f, |out| self.write(out))
    }
}

/// The two digits of a number below 100.
fn two(value: u8) -> [u8; 2] {
    [b'0' + value / 10, b'0' + value % 10]
}

fn display(f: &mut fmt::Formatter<'_>, write: impl FnOnce(&mut Vec<u8>)) -> fmt::Result {
    let mut out = Vec::with_capacity(32);
    write(&mut out);
    f.write_str(&String::from_utf8_lossy(&out))
}

/// Splits `10:47:00+01:00` into its clock and its offset in milliseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset[1..].chars().filter(|it| *it != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?);
    if 23 < hours || 59 < minutes {
        return None;
    }
    Some((clock, sign * (hours * 60 + minutes) * 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_iso_form_is_one_instant() {
        for text in [
            "2019-03-28T10:47:00Z",
            "2019-03-28T10:47:00.000Z",
            "2019-03-28T10:47:00.000+0000",
            "2019-03-28T11:47:00+01:00",
            "2019-03-28T05:17:00.000-0530",
            "2019-03-28T10:47Z",
        ] {
            let at = DateTime::parse(text).unwrap();
            assert_eq!(at.to_string(), "2019-03-28T10:47:00.000+0000", "{text}");
        }
        assert_eq!(DateTime(-1).to_string(), "1969-12-31T23:59:59.999+0000");
        assert_eq!(DateTime(0).to_rfc3339(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_not_a_date_is_refused() {
        for text in ["2019-02-29", "2019-3-28", "20190328", "", "abcd-ef-gh", "9999-01-01"] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
        for text in
            ["2019-03-28", "2019-03-28T10:47:00", "2019-03-28T25:00:00Z", "2019-03-28T10:47:00+1"]
        {
            assert!(DateTime::parse(text).is_err(), "{text}");
        }
        assert!(Time::parse("24:00:00").is_err());
    }

    #[test]
    fn the_bounds_hold_in_utc() {
        assert_eq!(Date::parse("1700-01-01"), Ok(Date(FIRST_DAY as i32)));
        assert_eq!(Date::parse("4000-12-31"), Ok(Date(END_DAY as i32 - 1)));
        assert!(DateTime::parse("4000-12-31T23:59:59Z").is_ok());
        assert!(DateTime::parse("4000-12-31T23:59:59-12:00").is_err());
        assert!(DateTime::parse("1700-01-01T00:00:00+14:00").is_err());
    }

    #[test]
    fn dates_go_both_ways() {
        for days in [-90_000, -1, 0, 1, 20_000] {
            assert_eq!(Date::parse(&Date(days).to_string()), Ok(Date(days)));
        }
        assert_eq!(Date::parse("1970-01-02"), Ok(Date(1)));
        assert_eq!(Time::parse("10:47:00.5Z").map(|it| it.to_string()), Ok("10:47:00.500Z".into()));
    }

    #[test]
    fn a_day_starts_where_the_zone_says() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        let date = Date::parse("2026-03-08").unwrap();
        assert_eq!(date.start_in(&zone).to_string(), "2026-03-08T08:00:00.000+0000");
        assert_eq!(Date(date.0 + 1).start_in(&zone).to_string(), "2026-03-09T07:00:00.000+0000");
        assert_eq!(
            DateTime::parse("2026-03-08T07:59:59Z").unwrap().date_in(&zone),
            Date(date.0 - 1)
        );
    }
}
