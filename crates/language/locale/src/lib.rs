//! Numbers, dates and money as a person writes them, and back.
//!
//! A [`Style`] follows from the user's locale and zone and the org's currency. Reading a number
//! is strict about separators: `1,5` is no number to a person who writes `1.5`, rather than
//! fifteen. Dates come from the browser in ISO form whatever it shows.
//!
//! **Absent on purpose.** No translated words, and no rates between currencies: amounts are in the
//! org's.

mod style;

use base::{Date, DateTime, Decimal, Time, Value, decimal};
use jiff::civil;
use jiff::tz::TimeZone;
use schema::{Field, FieldType};

pub use style::Style;

impl Style {
    /// A value of `field` as a page shows it; none for no value and for what has no text.
    pub fn show(&self, field: &Field, value: &Value) -> Option<String> {
        self.show_as(field.ty, field.scale, value)
    }

    /// The same for a value that is no field's.
    pub fn show_as(&self, ty: FieldType, scale: u32, value: &Value) -> Option<String> {
        match value {
            Value::Null | Value::Id(_) | Value::Bytes(_) => None,
            Value::Bool(it) => Some(if *it { "Yes" } else { "No" }.to_owned()),
            Value::Text(text) => Some(text.clone()),
            Value::Decimal(it) => Some(self.number_of(ty, scale, *it)),
            Value::Date(it) => Some(self.date(*it)),
            Value::DateTime(it) => Some(self.datetime(*it)),
            Value::Time(it) => Some(self.time(*it)),
        }
    }

    fn number_of(&self, ty: FieldType, scale: u32, number: Decimal) -> String {
        match ty {
            FieldType::Currency => self.money(number, scale),
            FieldType::Percent => format!("{}%", self.number(number, scale)),
            _ => self.number(number, scale),
        }
    }

    /// A number with separators. Long fractions (coordinates) lose their trailing zeros.
    pub fn number(&self, number: Decimal, scale: u32) -> String {
        self.grouped(&plain(number, scale))
    }

    pub fn count(&self, n: u64) -> String {
        self.grouped(&n.to_string())
    }

    fn money(&self, amount: Decimal, scale: u32) -> String {
        let number = self.number(amount, scale);
        let (sign, digits) = match number.strip_prefix('\u{2212}') {
            Some(digits) => ("\u{2212}", digits),
            None => ("", number.as_str()),
        };
        let unit = &self.currency;
        let gap = if unit.chars().count() == 1 { "" } else { "\u{a0}" };
        if self.currency_after {
            format!("{sign}{digits}\u{a0}{unit}")
        } else {
            format!("{sign}{unit}{gap}{digits}")
        }
    }

    fn grouped(&self, plain: &str) -> String {
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => ("\u{2212}", rest),
            None => ("", plain),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut out = String::from(sign);
        let n = whole.len();
        for (k, digit) in whole.chars().enumerate() {
            let left = n - k;
            let here = if self.lakh && 3 < left { left % 2 == 1 } else { left % 3 == 0 };
            if 0 < k && here {
                out.push_str(self.group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push_str(self.decimal);
            out.push_str(fraction);
        }
        out
    }

    pub fn date(&self, date: Date) -> String {
        let it = date.civil();
        self.date_parts(it.year(), it.month(), it.day())
    }

    pub fn datetime(&self, at: DateTime) -> String {
        let it = at.timestamp().to_zoned_datetime(self.zone.clone());
        let clock = self.clock(it.hour(), it.minute());
        format!("{}, {clock}", self.date_parts(it.year(), it.month(), it.day()))
    }

    pub fn time(&self, time: Time) -> String {
        let minutes = time.0 / 60_000;
        self.clock((minutes / 60) as i8, (minutes % 60) as i8)
    }

    fn clock(&self, hour: i8, minute: i8) -> String {
        if !self.twelve_hours {
            return format!("{hour:02}:{minute:02}");
        }
        let half = if hour < 12 { "AM" } else { "PM" };
        let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
        format!("{hour}:{minute:02}\u{a0}{half}")
    }

    /// The text that an input of `field` starts with.
    pub fn input(&self, field: &Field, value: &Value) -> String {
        match value {
            Value::Null | Value::Bytes(_) => String::new(),
            Value::Bool(it) => it.to_string(),
            Value::Text(text) => text.clone(),
            Value::Id(id) => id.to_string(),
            Value::Decimal(it) => plain(*it, field.scale).replace('.', self.decimal),
            Value::Date(it) => it.to_string(),
            Value::DateTime(it) => local_text(*it, &self.zone),
            Value::Time(it) => it.to_string().chars().take(5).collect(),
        }
    }

    /// Reads what a person typed as a number, as digits with a point.
    pub fn read_number(&self, text: &str) -> Option<String> {
        let text = text.trim().replace('\u{2212}', "-");
        let text = text.trim_end_matches('%').replace(self.currency.as_str(), "");
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest.trim_start()),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once(self.decimal).unwrap_or((digits, ""));
        let whole = self.ungrouped(whole)?;
        if !fraction.bytes().all(|it| it.is_ascii_digit()) || (whole.len() + fraction.len() == 0) {
            return None;
        }
        let whole = if whole.is_empty() { "0" } else { &whole };
        let point = if fraction.is_empty() { "" } else { "." };
        Some(format!("{sign}{whole}{point}{fraction}"))
    }

    /// The digits before the point without separators, which must stand where they belong.
    fn ungrouped(&self, text: &str) -> Option<String> {
        let is_separator =
            |it: char| self.group.contains(it) || it == ' ' || it == '\u{a0}' || it == '\u{202f}';
        let parts: Vec<&str> = text.split(is_separator).collect();
        let (first, rest) = parts.split_first()?;
        let well_placed = rest.iter().enumerate().all(|(k, part)| {
            part.len() == 3 || (self.lakh && part.len() == 2 && k + 1 < rest.len())
        });
        let lonely = !rest.is_empty() && first.is_empty();
        let digits = parts.concat();
        let ok = well_placed && !lonely && digits.bytes().all(|it| it.is_ascii_digit());
        ok.then_some(digits)
    }

    /// Reads the value of a `datetime-local` input in the user's zone. A time that the clocks
    /// skip moves forward; of one that comes twice, it is the first.
    pub fn read_datetime(&self, text: &str) -> Option<DateTime> {
        let local: civil::DateTime = text.trim().parse().ok()?;
        let at = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(DateTime(at.as_millisecond()))
    }

    /// The sign of the org's currency.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// How a number is to be written, for a message.
    pub fn number_example(&self) -> String {
        format!("1{}234{}56", self.group, self.decimal)
    }
}

fn plain(number: Decimal, scale: u32) -> String {
    let mut rounded = decimal::round_half_up(number, scale);
    if 4 < scale {
        return rounded.normalize().to_string();
    }
    rounded.rescale(scale);
    rounded.to_string()
}

/// The value of a `datetime-local` input; seconds only where there are some.
fn local_text(at: DateTime, zone: &TimeZone) -> String {
    let it = at.timestamp().to_zoned_datetime(zone.clone());
    let seconds = if it.second() == 0 { String::new() } else { format!(":{:02}", it.second()) };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}{seconds}",
        it.year(),
        it.month(),
        it.day(),
        it.hour(),
        it.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(locale: &str, zone: &str, currency: &str) -> Style {
        Style::new(locale, TimeZone::get(zone).unwrap(), currency)
    }

    #[test]
    fn numbers_follow_the_locale() {
        let number = decimal::parse("-1234567.5").unwrap();
        for (locale, text) in [
            ("en_US", "\u{2212}1,234,567.50"),
            ("de_DE", "\u{2212}1.234.567,50"),
            ("fr_FR", "\u{2212}1\u{202f}234\u{202f}567,50"),
            ("de_CH", "\u{2212}1’234’567.50"),
            ("en_IN", "\u{2212}12,34,567.50"),
        ] {
            let style = style(locale, "UTC", "USD");
            assert_eq!(style.number(number, 2), text, "{locale}");
            assert_eq!(style.read_number(text).as_deref(), Some("-1234567.50"), "{locale}");
        }
    }

    #[test]
    fn a_misplaced_separator_is_no_number() {
        let us = style("en_US", "UTC", "USD");
        let de = style("de_DE", "UTC", "EUR");
        for (style, text, read) in [
            (&us, "1,234.5", Some("1234.5")),
            (&us, "$1,234", Some("1234")),
            (&us, ".5", Some("0.5")),
            (&us, "12%", Some("12")),
            (&us, "1,5", None),
            (&us, "1.234,5", None),
            (&us, "1.2.3", None),
            (&us, ",123", None),
            (&us, "", None),
            (&us, "-", None),
            (&us, "abc", None),
            (&us, "1e5", None),
            (&de, "1.234,5", Some("1234.5")),
            (&de, "1 234,5", Some("1234.5")),
            (&de, "1.5", None),
        ] {
            assert_eq!(style.read_number(text).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn money_has_its_sign() {
        let amount = decimal::parse("-1234.5").unwrap();
        assert_eq!(style("en_US", "UTC", "USD").money(amount, 2), "\u{2212}$1,234.50");
        assert_eq!(style("de_DE", "UTC", "EUR").money(amount, 2), "\u{2212}1.234,50\u{a0}€");
        assert_eq!(style("en_US", "UTC", "XYZ").money(amount, 0), "\u{2212}XYZ\u{a0}1,234");
        assert_eq!(style("en_US", "UTC", "USD").money(decimal::parse("0").unwrap(), 2), "$0.00");
    }

    #[test]
    fn dates_follow_the_locale_and_the_zone() {
        let at = DateTime::parse("2026-03-08T23:05:00Z").unwrap();
        let day = Date::parse("2026-03-08").unwrap();
        let us = style("en_US", "America/New_York", "USD");
        assert_eq!(us.datetime(at), "3/8/2026, 7:05\u{a0}PM");
        assert_eq!(us.date(day), "3/8/2026");
        let de = style("de_DE", "Europe/Berlin", "EUR");
        assert_eq!(de.datetime(at), "09.03.2026, 00:05");
        assert_eq!(style("sv_SE", "UTC", "SEK").date(day), "2026-03-08");
        assert_eq!(style("xx", "UTC", "SEK").date(day), "2026-03-08");
    }

    #[test]
    fn local_times_survive_the_change_of_clocks() {
        let us = style("en_US", "America/New_York", "USD");
        let read = |text: &str| us.read_datetime(text).map(DateTime::to_rfc3339);
        assert_eq!(read("2026-03-08T01:30").as_deref(), Some("2026-03-08T06:30:00.000Z"));
        assert_eq!(read("2026-03-08T03:30").as_deref(), Some("2026-03-08T07:30:00.000Z"));
        // Skipped, and twice.
        assert_eq!(read("2026-03-08T02:30").as_deref(), Some("2026-03-08T07:30:00.000Z"));
        assert_eq!(read("2026-11-01T01:30").as_deref(), Some("2026-11-01T05:30:00.000Z"));
        assert_eq!(read("tomorrow"), None);
        for utc in ["2026-03-08T06:59:00Z", "2026-07-01T00:00:30Z", "2026-12-31T23:59:00Z"] {
            let at = DateTime::parse(utc).unwrap();
            assert_eq!(us.read_datetime(&local_text(at, &us.zone)), Some(at), "{utc}");
        }
    }
}
