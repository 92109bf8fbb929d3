//! How locales write numbers and dates: one table, by language and region.
//!
//! The facts are CLDR's for the numeric short forms. A locale that the table lacks is looked up
//! by its language, then gets ISO dates and plain separators, which nobody misreads.

use jiff::tz::TimeZone;

/// How one person reads numbers, dates and money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    pub(super) group: &'static str,
    pub(super) decimal: &'static str,
    /// Groups of two above the thousand.
    pub(super) lakh: bool,
    order: Order,
    separator: &'static str,
    /// Days and months have two digits.
    padded: bool,
    pub(super) twelve_hours: bool,
    /// The sign of the org's currency, or its code.
    pub(super) currency: String,
    pub(super) currency_after: bool,
    pub(super) zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

impl Style {
    /// The style of `locale` (`en_US`), in `zone`, with amounts in `currency` (an ISO code).
    pub fn new(locale: &str, zone: TimeZone, currency: &str) -> Self {
        let (_, form) = find(locale).unwrap_or(&("", ISO));
        Self {
            group: form.group,
            decimal: form.decimal,
            lakh: form.lakh,
            order: form.order,
            separator: form.separator,
            padded: form.padded,
            twelve_hours: form.twelve_hours,
            currency: sign(currency).to_owned(),
            currency_after: form.decimal == ",",
            zone,
        }
    }

    pub(super) fn date_parts(&self, year: i16, month: i8, day: i8) -> String {
        let two = |n: i8| if self.padded { format!("{n:02}") } else { n.to_string() };
        let (day, month, year) = (two(day), two(month), format!("{year:04}"));
        let parts = match self.order {
            Order::DayMonthYear => [day, month, year],
            Order::MonthDayYear => [month, day, year],
            Order::YearMonthDay => [year, month, day],
        };
        parts.join(self.separator)
    }
}

struct Form {
    group: &'static str,
    decimal: &'static str,
    lakh: bool,
    order: Order,
    separator: &'static str,
    padded: bool,
    twelve_hours: bool,
}

const ISO: Form = form(",", ".", Order::YearMonthDay, "-");

/// Two-digit days and months, 24 hours, groups of three; the table changes what differs.
const fn form(
    group: &'static str,
    decimal: &'static str,
    order: Order,
    separator: &'static str,
) -> Form {
    Form { group, decimal, lakh: false, order, separator, padded: true, twelve_hours: false }
}

impl Form {
    const fn short(self) -> Self {
        Self { padded: false, ..self }
    }

    const fn twelve(self) -> Self {
        Self { twelve_hours: true, ..self }
    }

    const fn lakh(self) -> Self {
        Self { lakh: true, ..self }
    }
}

const DMY: Order = Order::DayMonthYear;
const MDY: Order = Order::MonthDayYear;
const YMD: Order = Order::YearMonthDay;
const NARROW: &str = "\u{202f}";
const BLANK: &str = "\u{a0}";

const TABLE: &[(&str, Form)] = &[
    ("en_US", form(",", ".", MDY, "/").short().twelve()),
    ("en_PH", form(",", ".", MDY, "/").short().twelve()),
    ("en_AU", form(",", ".", DMY, "/").short().twelve()),
    ("en_NZ", form(",", ".", DMY, "/").short().twelve()),
    ("en_CA", form(",", ".", YMD, "-").twelve()),
    ("en_IN", form(",", ".", DMY, "/").twelve().lakh()),
    ("en_ZA", form(BLANK, ",", YMD, "/")),
    ("en", form(",", ".", DMY, "/")),
    ("de_CH", form("’", ".", DMY, ".")),
    ("de_AT", form(BLANK, ",", DMY, ".")),
    ("de", form(".", ",", DMY, ".")),
    ("fr_CA", form(BLANK, ",", YMD, "-")),
    ("fr_CH", form(NARROW, ",", DMY, ".")),
    ("fr", form(NARROW, ",", DMY, "/")),
    ("es_MX", form(",", ".", DMY, "/")),
    ("es_US", form(",", ".", DMY, "/").short().twelve()),
    ("es", form(".", ",", DMY, "/").short()),
    ("it_CH", form("’", ".", DMY, ".")),
    ("it", form(".", ",", DMY, "/")),
    ("nl", form(".", ",", DMY, "-")),
    ("pt_PT", form(BLANK, ",", DMY, "/")),
    ("pt", form(".", ",", DMY, "/")),
    ("da", form(".", ",", DMY, ".")),
    ("nb", form(BLANK, ",", DMY, ".")),
    ("no", form(BLANK, ",", DMY, ".")),
    ("sv", form(BLANK, ",", YMD, "-")),
    ("fi", form(BLANK, ",", DMY, ".").short()),
    ("pl", form(BLANK, ",", DMY, ".")),
    ("cs", form(BLANK, ",", DMY, ".").short()),
    ("sk", form(BLANK, ",", DMY, ".").short()),
    ("hu", form(BLANK, ",", YMD, ".")),
    ("ro", form(".", ",", DMY, ".")),
    ("bg", form(BLANK, ",", DMY, ".").short()),
    ("hr", form(".", ",", DMY, ".")),
    ("sl", form(".", ",", DMY, ".").short()),
    ("el", form(".", ",", DMY, "/").short().twelve()),
    ("tr", form(".", ",", DMY, ".")),
    ("ru", form(BLANK, ",", DMY, ".")),
    ("uk", form(BLANK, ",", DMY, ".")),
    ("he", form(",", ".", DMY, ".").short()),
    ("iw", form(",", ".", DMY, ".").short()),
    ("ar", form(",", ".", DMY, "/").short().twelve()),
    ("hi", form(",", ".", DMY, "/").short().twelve().lakh()),
    ("ja", form(",", ".", YMD, "/")),
    ("zh", form(",", ".", YMD, "/").short()),
    ("ko", form(",", ".", YMD, ".").short()),
    ("th", form(",", ".", DMY, "/").short()),
    ("vi", form(".", ",", DMY, "/")),
    ("id", form(".", ",", DMY, "/")),
    ("in", form(".", ",", DMY, "/")),
    ("ms", form(",", ".", DMY, "/").short().twelve()),
];

fn find(locale: &str) -> Option<&'static (&'static str, Form)> {
    let locale = locale.replace('-', "_");
    let parts: Vec<&str> = locale.split('_').collect();
    let region = match parts.as_slice() {
        [language, .., region] => format!("{language}_{region}"),
        _ => locale.clone(),
    };
    let language = parts.first().copied().unwrap_or_default();
    let by_name = |name: &str| TABLE.iter().find(|(it, _)| *it == name);
    by_name(&region).or_else(|| by_name(language))
}

/// The sign of a currency that has one of its own; the code of the others, and of those whose
/// sign several countries share.
fn sign(code: &str) -> &str {
    match code {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        "ILS" => "₪",
        "TRY" => "₺",
        "UAH" => "₴",
        "VND" => "₫",
        "PHP" => "₱",
        "NGN" => "₦",
        "PLN" => "zł",
        "CZK" => "Kč",
        other => other,
    }
}
