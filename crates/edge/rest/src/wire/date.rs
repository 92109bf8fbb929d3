//! The dates of HTTP headers: `Thu, 28 Mar 2019 10:47:00 GMT` (RFC 9110, section 5.6.7).

use base::DateTime;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

/// Writes an instant, its milliseconds cut off.
pub(crate) fn print(at: DateTime) -> String {
    let printed = DateTimePrinter::new().timestamp_to_rfc9110_string(&at.timestamp());
    // Only years beyond 9999 cannot be written; no clock says them.
    printed.unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

/// Reads an instant; none where the text is no such date, as the header is then ignored.
pub(crate) fn parse(text: &str) -> Option<DateTime> {
    let at = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(DateTime(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        let text = "Thu, 28 Mar 2019 10:47:00 GMT";
        assert_eq!(print(parse(text).unwrap()), text);
        assert_eq!(parse("Thu, 28 Mar 2019 11:47:00 +0100"), parse(text));
        assert_eq!(parse("yesterday"), None);
    }
}
