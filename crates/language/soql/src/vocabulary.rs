//! The closed word lists of the language: date literals, functions' names, scopes, units.
//!
//! In: a word without regard to case. Out: what it means, or nothing.

use std::fmt;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {
            $($variant,)*
        }

        impl $type {
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(crate) fn of(word: &str) -> Option<Self> {
                let all = [$(($name, Self::$variant),)*];
                let found = all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
                found.map(|(_, it)| it)
            }
        }
    };
}

names! {
    AggregateOp {
        Avg = "AVG",
        Sum = "SUM",
        Min = "MIN",
        Max = "MAX",
        Count = "COUNT",
        CountDistinct = "COUNT_DISTINCT",
    }
}

names! {
    /// What a date function takes out of a date or datetime.
    DatePart {
        CalendarMonth = "CALENDAR_MONTH",
        CalendarQuarter = "CALENDAR_QUARTER",
        CalendarYear = "CALENDAR_YEAR",
        DayInMonth = "DAY_IN_MONTH",
        DayInWeek = "DAY_IN_WEEK",
        DayInYear = "DAY_IN_YEAR",
        DayOnly = "DAY_ONLY",
        FiscalMonth = "FISCAL_MONTH",
        FiscalQuarter = "FISCAL_QUARTER",
        FiscalYear = "FISCAL_YEAR",
        HourInDay = "HOUR_IN_DAY",
        WeekInMonth = "WEEK_IN_MONTH",
        WeekInYear = "WEEK_IN_YEAR",
    }
}

names! {
    /// Whose records `USING SCOPE` asks for.
    Scope {
        Delegated = "delegated",
        Everything = "everything",
        Mine = "mine",
        MineAndMyGroups = "mine_and_my_groups",
        MyTerritory = "my_territory",
        MyTeamTerritory = "my_team_territory",
        Team = "team",
        Mru = "mru",
        AllPrivate = "allPrivate",
        ScopingRule = "scopingRule",
        Custom = "custom",
    }
}

names! {
    CategorySelector {
        At = "AT",
        Above = "ABOVE",
        Below = "BELOW",
        AboveOrBelow = "ABOVE_OR_BELOW",
    }
}

names! {
    DistanceUnit {
        Miles = "mi",
        Kilometers = "km",
    }
}

/// A relative range of dates such as `LAST_N_DAYS:30`: `range` counted in `unit`s from the one
/// that now is in.
///
/// `TODAY` is `This` day, `YESTERDAY` the `Last`, `TOMORROW` the `Next`. `LAST_90_DAYS` is
/// `LAST_N_DAYS:90` and `NEXT_90_DAYS` is `NEXT_N_DAYS:90`: their ranges are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateLiteral {
    pub unit: DateUnit,
    pub range: DateRange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    FiscalQuarter,
    FiscalYear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateRange {
    Last,
    This,
    Next,
    /// The n units before the present one; of days, today as well.
    LastN(u32),
    /// The n units after the present one.
    NextN(u32),
    /// The one unit that is n before the present one.
    Ago(u32),
}

/// What the word of a date literal says before its number is known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DateWord {
    Whole(DateLiteral),
    /// `:n` follows.
    Counted(DateUnit, fn(u32) -> DateRange),
}

const UNITS: [(&str, &str, DateUnit); 7] = [
    ("DAY", "DAYS", DateUnit::Day),
    ("WEEK", "WEEKS", DateUnit::Week),
    ("MONTH", "MONTHS", DateUnit::Month),
    ("QUARTER", "QUARTERS", DateUnit::Quarter),
    ("YEAR", "YEARS", DateUnit::Year),
    ("FISCAL_QUARTER", "FISCAL_QUARTERS", DateUnit::FiscalQuarter),
    ("FISCAL_YEAR", "FISCAL_YEARS", DateUnit::FiscalYear),
];

/// The longest word of a date literal, `NEXT_N_FISCAL_QUARTERS`: longer ones are not looked up.
const DATE_WORD_BYTES_MAX: usize = 22;

impl DateWord {
    pub(crate) fn of(word: &str) -> Option<Self> {
        if DATE_WORD_BYTES_MAX < word.len() {
            return None;
        }
        let word = word.to_ascii_uppercase();
        let day = |range| Some(Self::Whole(DateLiteral { unit: DateUnit::Day, range }));
        match word.as_str() {
            "YESTERDAY" => return day(DateRange::Last),
            "TODAY" => return day(DateRange::This),
            "TOMORROW" => return day(DateRange::Next),
            "LAST_90_DAYS" => return day(DateRange::LastN(90)),
            "NEXT_90_DAYS" => return day(DateRange::NextN(90)),
            _ => {}
        }
        if let Some(plural) = word.strip_prefix("LAST_N_") {
            return counted(plural, DateRange::LastN);
        }
        if let Some(plural) = word.strip_prefix("NEXT_N_") {
            return counted(plural, DateRange::NextN);
        }
        if let Some(plural) = word.strip_prefix("N_").and_then(|it| it.strip_suffix("_AGO")) {
            return counted(plural, DateRange::Ago);
        }
        let (range, name) = word.split_once('_')?;
        let range = match range {
            "LAST" => DateRange::Last,
            "THIS" => DateRange::This,
            "NEXT" => DateRange::Next,
            _ => return None,
        };
        let (_, _, unit) = UNITS.into_iter().find(|(singular, ..)| *singular == name)?;
        // Single days have words of their own.
        (unit != DateUnit::Day).then_some(Self::Whole(DateLiteral { unit, range }))
    }
}

fn counted(name: &str, range: fn(u32) -> DateRange) -> Option<DateWord> {
    let (_, _, unit) = UNITS.into_iter().find(|(_, plural, _)| *plural == name)?;
    Some(DateWord::Counted(unit, range))
}

impl fmt::Display for DateLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = UNITS.into_iter().find(|(.., unit)| *unit == self.unit);
        let (one, many, _) = named.expect("invariant: UNITS lists every unit");
        match (self.range, self.unit) {
            (DateRange::Last, DateUnit::Day) => write!(f, "YESTERDAY"),
            (DateRange::This, DateUnit::Day) => write!(f, "TODAY"),
            (DateRange::Next, DateUnit::Day) => write!(f, "TOMORROW"),
            (DateRange::Last, _) => write!(f, "LAST_{one}"),
            (DateRange::This, _) => write!(f, "THIS_{one}"),
            (DateRange::Next, _) => write!(f, "NEXT_{one}"),
            (DateRange::LastN(n), _) => write!(f, "LAST_N_{many}:{n}"),
            (DateRange::NextN(n), _) => write!(f, "NEXT_N_{many}:{n}"),
            (DateRange::Ago(n), _) => write!(f, "N_{many}_AGO:{n}"),
        }
    }
}

/// Words that no alias may be. `ORDER`, `FOR`, `OFFSET`, `ALL` and `UPDATE` may, where the next
/// word shows that no clause begins.
const NEVER_ALIASES: [&str; 21] = [
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
    "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
];

/// Words that no path begins with: a query that has one there has left a name out. `ORDER` is
/// none of them, nor `GROUP` or `LIMIT`: they name objects, relationships and fields.
const NEVER_PATHS: [&str; 12] = [
    "AND", "FROM", "HAVING", "IN", "LIKE", "NOT", "NULL", "OR", "SELECT", "USING", "WHERE", "WITH",
];

pub(crate) fn may_be_alias(word: &str) -> bool {
    !listed(&NEVER_ALIASES, word)
}

pub(crate) fn may_begin_path(word: &str) -> bool {
    !listed(&NEVER_PATHS, word)
}

fn listed(words: &[&str], word: &str) -> bool {
    words.iter().any(|it| it.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_literal_reads_as_it_prints() {
        let mut known = 0;
        for (one, many, _) in UNITS {
            for word in [format!("LAST_{one}"), format!("THIS_{one}"), format!("NEXT_{one}")] {
                let Some(DateWord::Whole(literal)) = DateWord::of(&word) else {
                    assert_eq!(one, "DAY", "{word}");
                    continue;
                };
                assert_eq!(literal.to_string(), word);
                known += 1;
            }
            for word in
                [format!("LAST_N_{many}"), format!("next_n_{many}"), format!("N_{many}_AGO")]
            {
                let Some(DateWord::Counted(unit, range)) = DateWord::of(&word) else {
                    panic!("{word} is no date literal");
                };
                let printed = DateLiteral { unit, range: range(7) }.to_string();
                assert_eq!(printed, format!("{}:7", word.to_ascii_uppercase()));
                known += 1;
            }
        }
        for word in ["YESTERDAY", "today", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"] {
            assert!(matches!(DateWord::of(word), Some(DateWord::Whole(_))), "{word}");
            known += 1;
        }
        assert_eq!(known, 44);
        for word in ["", "LAST", "LAST_", "LAST_FORTNIGHT", "N_DAYS", "LAST_N_DAY", "THIS_N_DAYS"] {
            assert!(DateWord::of(word).is_none(), "{word}");
        }
    }
}
