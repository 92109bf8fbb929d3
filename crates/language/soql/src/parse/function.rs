//! Functions, and what else may be compared, grouped or sorted by.
//!
//! ```text
//! operand   = path | function
//! function  = ( "AVG" | "SUM" | "MIN" | "MAX" | "COUNT_DISTINCT" | "GROUPING" | "toLabel"
//!             | "convertCurrency" ) "(" path ")"
//!           | "COUNT" "(" [ path { "," path } ] ")"
//!           | date-part "(" ( path | "convertTimezone" "(" path ")" ) ")"
//!           | "FORMAT" "(" operand ")"
//!           | "DISTANCE" "(" path "," location "," ( "'mi'" | "'km'" ) ")"
//! location  = path | "GEOLOCATION" "(" number "," number ")"
//! ```
//!
//! A name without a parenthesis behind it is a path, whatever it is called. A `COUNT` of
//! more than one field is the compiler's to refuse.

use crate::ast::{Function, FunctionKind, Location, Operand};
use crate::error::{Error, excerpt};
use crate::lex::Kind;
use crate::vocabulary::{AggregateOp, DatePart, DistanceUnit};

use super::cursor::Parser;

#[derive(Debug, Clone, Copy)]
enum Name {
    Aggregate(AggregateOp),
    Date(DatePart),
    Grouping,
    ToLabel,
    ConvertCurrency,
    Format,
    Distance,
}

impl Name {
    fn of(word: &str) -> Option<Self> {
        let others = [
            ("GROUPING", Self::Grouping),
            ("TOLABEL", Self::ToLabel),
            ("CONVERTCURRENCY", Self::ConvertCurrency),
            ("FORMAT", Self::Format),
            ("DISTANCE", Self::Distance),
        ];
        let other = || others.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        AggregateOp::of(word)
            .map(Self::Aggregate)
            .or_else(|| DatePart::of(word).map(Self::Date))
            .or_else(|| other().map(|(_, name)| name))
    }
}

pub(super) fn is_function(word: &str) -> bool {
    Name::of(word).is_some()
}

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Result<Operand, Error> {
        let name = match self.word(0) {
            Some(word) if self.is(1, Kind::Open) => Name::of(word),
            _ => None,
        };
        let Some(name) = name else {
            return self.path().map(Operand::Path);
        };
        let start = self.bump().span;
        self.bump();
        let kind = self.arguments(name)?;
        self.expect(Kind::Close)?;
        Ok(Operand::Function(Function { kind, span: self.since(start) }))
    }

    fn arguments(&mut self, name: Name) -> Result<FunctionKind, Error> {
        Ok(match name {
            Name::Aggregate(AggregateOp::Count) if self.is(0, Kind::Close) => {
                FunctionKind::CountRows
            }
            Name::Aggregate(op) => {
                let path = self.path()?;
                let mut more = Vec::new();
                while op == AggregateOp::Count && self.eat(Kind::Comma) {
                    more.push(self.path()?);
                }
                FunctionKind::Aggregate { op, path, more }
            }
            Name::Grouping => FunctionKind::Grouping(self.path()?),
            Name::ToLabel => FunctionKind::ToLabel(self.path()?),
            Name::ConvertCurrency => FunctionKind::ConvertCurrency(self.path()?),
            Name::Format => FunctionKind::Format(Box::new(self.nested(Self::operand)?)),
            Name::Date(part) => {
                let convert_timezone = self.is_word(0, "CONVERTTIMEZONE") && self.is(1, Kind::Open);
                if !convert_timezone {
                    return Ok(FunctionKind::Date { part, path: self.path()?, convert_timezone });
                }
                self.bump();
                self.bump();
                let path = self.path()?;
                self.expect(Kind::Close)?;
                FunctionKind::Date { part, path, convert_timezone }
            }
            Name::Distance => {
                let from = self.path()?;
                self.expect(Kind::Comma)?;
                let to = self.location()?;
                self.expect(Kind::Comma)?;
                FunctionKind::Distance { from, to, unit: self.distance_unit()? }
            }
        })
    }

    fn location(&mut self) -> Result<Location, Error> {
        if !self.is_word(0, "GEOLOCATION") || !self.is(1, Kind::Open) {
            return self.path().map(Location::Field);
        }
        self.bump();
        self.bump();
        let latitude = self.number()?;
        self.expect(Kind::Comma)?;
        let longitude = self.number()?;
        self.expect(Kind::Close)?;
        Ok(Location::Point { latitude, longitude })
    }

    fn distance_unit(&mut self) -> Result<DistanceUnit, Error> {
        let span = self.expect(Kind::Text)?.span;
        let text = self.slice(span).trim_matches('\'');
        DistanceUnit::of(text).ok_or_else(|| Error::DistanceUnit { unit: excerpt(text), span })
    }
}
