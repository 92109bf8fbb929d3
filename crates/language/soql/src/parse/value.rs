//! Literals: from the text of a token to what it stands for.
//!
//! ```text
//! value    = "NULL" | "TRUE" | "FALSE" | number | text | date | datetime | time
//!          | date-word [ ":" digits ] | currency
//! currency = three letters [ "-" ] digits [ "." digits ], without blanks
//! escape   = "\" ( "n" | "r" | "t" | "b" | "f" in either case | '"' | "'" | "\" | "_" | "%"
//!          | ( "u" | "U" ) four hexadecimal digits )
//! ```
//!
//! A colon where a value is expected is a bind variable, which only Apex has.

use base::{Date, DateTime, Decimal, Span, Time};

use crate::STRING_CHARS_MAX;
use crate::ast::{Literal, Pattern, PatternPart, Value};
use crate::error::{Error, excerpt};
use crate::lex::{Kind, Token};
use crate::vocabulary::{DateLiteral, DateWord};

use super::cursor::Parser;

/// The instants that the platform holds, from 1700-01-01 to 4000-12-31 in UTC, in milliseconds.
const DATETIME_MS: std::ops::RangeInclusive<i64> = -8_520_336_000_000..=64_092_211_199_999;

impl Parser<'_> {
    pub(super) fn value(&mut self) -> Result<Value, Error> {
        let token = self.peek(0);
        let literal = match token.kind {
            Kind::Word => return self.word_value(),
            Kind::Number => Literal::Number(self.number()?),
            Kind::Text => {
                self.bump();
                Literal::Text(plain(&self.pieces(token.span)?))
            }
            Kind::Date | Kind::DateTime | Kind::Time => {
                self.bump();
                self.temporal(token.kind, token.span)?
            }
            _ => return Err(self.unexpected_value()),
        };
        Ok(Value { literal, span: token.span })
    }

    /// Why the next token is no value.
    pub(super) fn unexpected_value(&self) -> Error {
        match self.peek(0) {
            Token { kind: Kind::Colon, span } => Error::BindVariable { span },
            _ => self.unexpected(),
        }
    }

    /// Reads the value of `LIKE`.
    pub(super) fn pattern_value(&mut self) -> Result<Value, Error> {
        let token = self.peek(0);
        if token.kind != Kind::Text {
            return self.value();
        }
        self.bump();
        let literal = Literal::Pattern(pattern(&self.pieces(token.span)?));
        Ok(Value { literal, span: token.span })
    }

    /// Reads the number of `LIMIT` or `OFFSET`.
    pub(super) fn count(&mut self) -> Result<u64, Error> {
        let digits = self.digits()?;
        self.slice(digits).parse().map_err(|_| self.number_range(digits))
    }

    pub(super) fn number(&mut self) -> Result<Decimal, Error> {
        let span = self.expect(Kind::Number)?.span;
        self.decimal(span)
    }

    /// Reads an integer without a sign.
    fn digits(&mut self) -> Result<Span, Error> {
        let token = self.peek(0);
        let plain = self.slice(token.span).bytes().all(|it| it.is_ascii_digit());
        if token.kind != Kind::Number || !plain {
            return Err(self.unexpected_value());
        }
        Ok(self.bump().span)
    }

    fn decimal(&self, span: Span) -> Result<Decimal, Error> {
        base::decimal::parse(self.slice(span)).map_err(|_| self.number_range(span))
    }

    fn number_range(&self, span: Span) -> Error {
        Error::NumberRange { number: excerpt(self.slice(span)), span }
    }

    fn temporal(&self, kind: Kind, span: Span) -> Result<Literal, Error> {
        let text = self.slice(span);
        let read = match kind {
            Kind::Date => Date::parse(text).ok().map(Literal::Date),
            Kind::DateTime => {
                let instant = DateTime::parse(text).ok();
                instant.filter(|it| DATETIME_MS.contains(&it.0)).map(Literal::DateTime)
            }
            _ => Time::parse(text).ok().map(Literal::Time),
        };
        read.ok_or_else(|| Error::InvalidDate { text: excerpt(text), span })
    }

    fn word_value(&mut self) -> Result<Value, Error> {
        let start = self.peek(0).span;
        let word = self.slice(start);
        let literal = match word.to_ascii_uppercase().as_str() {
            "NULL" => Some(Literal::Null),
            "TRUE" => Some(Literal::Bool(true)),
            "FALSE" => Some(Literal::Bool(false)),
            _ => None,
        };
        let literal = match (literal, DateWord::of(word)) {
            (Some(literal), _) => {
                self.bump();
                literal
            }
            (None, Some(DateWord::Whole(literal))) => {
                self.bump();
                Literal::DateLiteral(literal)
            }
            (None, Some(DateWord::Counted(unit, range))) => {
                self.bump();
                self.expect(Kind::Colon)?;
                let digits = self.digits()?;
                let n = self.slice(digits).parse().map_err(|_| self.number_range(digits))?;
                Literal::DateLiteral(DateLiteral { unit, range: range(n) })
            }
            (None, None) => self.currency()?,
        };
        Ok(Value { literal, span: self.since(start) })
    }

    /// Reads `USD5000`, `usd500.01` or `USD-500`, of which only the first is one token.
    fn currency(&mut self) -> Result<Literal, Error> {
        let word = self.peek(0).span;
        let text = self.slice(word);
        let (iso, digits) = text.split_at_checked(3).unwrap_or((text, ""));
        let letters = iso.len() == 3 && iso.bytes().all(|it| it.is_ascii_alphabetic());
        if !letters || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return Err(self.unexpected());
        }
        let next = self.peek(1);
        let adjacent = next.span.start == word.end;
        let tail = self.slice(next.span);
        let end = match (next.kind, digits.is_empty()) {
            // `-500.25`, or `.01`.
            (Kind::Number, true) if adjacent && tail.starts_with('-') => next.span,
            (Kind::Number, false) if adjacent && tail.starts_with('.') => next.span,
            (Kind::Dot, false) if adjacent => next.span,
            (_, false) => word,
            (_, true) => return Err(self.unexpected()),
        };
        self.bump();
        if end != word {
            self.bump();
        }
        let amount = Span { start: word.start + 3, end: end.end };
        let exponent = self.slice(amount).bytes().any(|it| it.is_ascii_alphabetic());
        if exponent {
            return Err(self.number_range(amount));
        }
        Ok(Literal::Currency { iso: iso.to_ascii_uppercase(), amount: self.decimal(amount)? })
    }

    /// Reads the escapes of a string literal.
    fn pieces(&self, span: Span) -> Result<Vec<Piece>, Error> {
        let quoted = self.slice(span);
        let inner = &quoted[1..quoted.len() - 1];
        let mut pieces = Vec::with_capacity(inner.len());
        let mut rest = inner.chars();
        while let Some(character) = rest.next() {
            let piece = match character {
                '\\' => {
                    let from = rest.as_str();
                    escape(&mut rest).ok_or_else(|| illegal_escape(quoted, from, span))?
                }
                '%' | '_' => Piece::Wildcard(character),
                _ => Piece::Literal(character),
            };
            pieces.push(piece);
        }
        if STRING_CHARS_MAX < pieces.len() {
            return Err(Error::StringTooLong { span });
        }
        Ok(pieces)
    }
}

/// A character of a string literal: in `LIKE`, `%` and `_` are wildcards unless escaped.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Literal(char),
    Wildcard(char),
}

/// Reads an escape behind its backslash.
fn escape(rest: &mut std::str::Chars<'_>) -> Option<Piece> {
    let character = match rest.next()? {
        'n' | 'N' => '\n',
        'r' | 'R' => '\r',
        't' | 'T' => '\t',
        'b' | 'B' => '\u{8}',
        'f' | 'F' => '\u{c}',
        'u' | 'U' => unicode(rest)?,
        it @ ('"' | '\'' | '\\' | '_' | '%') => it,
        _ => return None,
    };
    Some(Piece::Literal(character))
}

/// Reads `00e9`, or the two halves of a character beyond the first 65,536: `d83d\ude00`.
fn unicode(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let first = hex4(rest)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    let second = match (rest.next()?, rest.next()?) {
        ('\\', 'u' | 'U') => hex4(rest)?,
        _ => return None,
    };
    if !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

fn hex4(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |value, _| Some(value * 16 + rest.next()?.to_digit(16)?))
}

fn illegal_escape(literal: &str, from: &str, span: Span) -> Error {
    let sequence = from.chars().next().map_or_else(String::new, |it| format!("\\{it}"));
    Error::IllegalEscape { literal: excerpt(literal), sequence, span }
}

fn plain(pieces: &[Piece]) -> String {
    let character = |piece: &Piece| match *piece {
        Piece::Literal(it) | Piece::Wildcard(it) => it,
    };
    pieces.iter().map(character).collect()
}

fn pattern(pieces: &[Piece]) -> Pattern {
    let mut parts: Vec<PatternPart> = Vec::new();
    for piece in pieces {
        match (*piece, parts.last_mut()) {
            (Piece::Wildcard('%'), _) => parts.push(PatternPart::AnyRun),
            (Piece::Wildcard(_), _) => parts.push(PatternPart::AnyOne),
            (Piece::Literal(it), Some(PatternPart::Text(text))) => text.push(it),
            (Piece::Literal(it), _) => parts.push(PatternPart::Text(it.to_string())),
        }
    }
    Pattern { parts }
}
