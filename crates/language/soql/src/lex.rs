//! Text into tokens.
//!
//! In: the statement. Out: its tokens, ended by [`Kind::End`] or, where the text cannot be read
//! further, by [`Kind::Invalid`] with the error: a fault of the grammar that stands before it is
//! reported first. Keywords are words here; what a word means is the parser's.
//!
//! ```text
//! word     = letter { letter | digit | "_" }
//! number   = [ "+" | "-" ] ( digit+ [ "." digit* ] | "." digit+ ) [ exponent ]
//! exponent = ( "e" | "E" ) [ "+" | "-" ] digit+
//! date     = dddd "-" dd "-" dd
//! datetime = date "T" clock [ "Z" | ("+" | "-") digits, with or without ":" ]
//! time     = dd ":" dd …
//! text     = "'" { character | "\" character } "'"
//! ```
//!
//! Dates and times are found by shape; whether they exist is asked where they are used. Blanks
//! and comments (`//` to the end of the line, `/* */`) separate tokens.

use base::Span;
use base::span::line_column;

use crate::ast::CompareOp;
use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Number,
    Text,
    Date,
    DateTime,
    Time,
    Open,
    Close,
    Comma,
    Dot,
    Colon,
    Compare(CompareOp),
    /// A character that stands in no rule of the grammar, but in those of other languages.
    Symbol,
    End,
    Invalid,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

pub(crate) struct Lexed {
    /// Never empty.
    pub(crate) tokens: Vec<Token>,
    /// Why the last token is [`Kind::Invalid`].
    pub(crate) error: Option<Error>,
}

pub(crate) fn lex(text: &str) -> Lexed {
    lex_from(text, 0)
}

/// The tokens from the byte `at` on.
pub(crate) fn lex_from(text: &str, at: usize) -> Lexed {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at };
    let mut tokens = Vec::new();
    loop {
        match lexer.token() {
            Ok(token) => tokens.push(token),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                tokens.push(Token { kind: Kind::Invalid, span });
                return Lexed { tokens, error: Some(error) };
            }
        }
        if tokens.last().is_some_and(|it| it.kind == Kind::End) {
            return Lexed { tokens, error: None };
        }
    }
}

/// The first `count` tokens, or fewer where the text ends or cannot be read.
pub(crate) fn head(text: &str, count: usize) -> Vec<Token> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0 };
    (0..count).map_while(|_| lexer.token().ok()).collect()
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Token, Error> {
        self.skip_blanks()?;
        let start = self.at;
        let kind = self.kind()?;
        Ok(Token { kind, span: Span::new(start, self.at) })
    }

    fn kind(&mut self) -> Result<Kind, Error> {
        let Some(byte) = self.byte(0) else {
            return Ok(Kind::End);
        };
        let signed = byte == b'+' || byte == b'-';
        let number = if signed { self.number_at(1) } else { self.number_at(0) };
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                self.skip(|it| it.is_ascii_alphanumeric() || it == b'_');
                Ok(Kind::Word)
            }
            b'\'' => self.text(),
            _ if number => Ok(self.number_or_date(signed)),
            _ => self.mark(byte),
        }
    }

    /// Reads a token of one or two marks.
    fn mark(&mut self, byte: u8) -> Result<Kind, Error> {
        let (kind, length) = match (byte, self.byte(1)) {
            (b'(', _) => (Kind::Open, 1),
            (b')', _) => (Kind::Close, 1),
            (b',', _) => (Kind::Comma, 1),
            (b'.', _) => (Kind::Dot, 1),
            (b':', _) => (Kind::Colon, 1),
            (b'=', _) => (Kind::Compare(CompareOp::Eq), 1),
            (b'!', Some(b'=')) | (b'<', Some(b'>')) => (Kind::Compare(CompareOp::Ne), 2),
            (b'<', Some(b'=')) => (Kind::Compare(CompareOp::Le), 2),
            (b'>', Some(b'=')) => (Kind::Compare(CompareOp::Ge), 2),
            (b'<', _) => (Kind::Compare(CompareOp::Lt), 1),
            (b'>', _) => (Kind::Compare(CompareOp::Gt), 1),
            _ if b"*+-/?!&|;[]{}^~".contains(&byte) => (Kind::Symbol, 1),
            _ => return Err(self.unexpected_character()),
        };
        self.at += length;
        Ok(kind)
    }

    fn unexpected_character(&self) -> Error {
        let character = self.text[self.at..].chars().next().unwrap_or_default();
        let place = line_column(self.text, self.at);
        Error::UnexpectedCharacter {
            character,
            line: place.line,
            column: place.column - 1,
            span: Span::new(self.at, self.at + character.len_utf8()),
        }
    }

    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (Some(b' ' | b'\t' | b'\r' | b'\n' | b'\x0c'), _) => self.at += 1,
                (Some(b'/'), Some(b'/')) => self.skip(|it| it != b'\n'),
                (Some(b'/'), Some(b'*')) => {
                    let Some(length) = self.text[self.at + 2..].find("*/") else {
                        return Err(self.unterminated('*'));
                    };
                    self.at += length + 4;
                }
                _ => return Ok(()),
            }
        }
    }

    fn text(&mut self) -> Result<Kind, Error> {
        self.at += 1;
        loop {
            match self.byte(0) {
                Some(b'\'') => {
                    self.at += 1;
                    return Ok(Kind::Text);
                }
                // What is escaped is at least one byte long, and no later byte of a character is
                // a quote or a backslash.
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.unterminated('\'')),
            }
        }
    }

    fn unterminated(&self, expected: char) -> Error {
        let end = self.text.len();
        let place = line_column(self.text, end);
        Error::Unterminated {
            expected,
            line: place.line,
            column: place.column - 1,
            span: Span::new(end, end),
        }
    }

    /// Whether a number without a sign begins `ahead` bytes on.
    fn number_at(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            Some(b'.') => self.byte(ahead + 1).is_some_and(|it| it.is_ascii_digit()),
            byte => byte.is_some_and(|it| it.is_ascii_digit()),
        }
    }

    fn number_or_date(&mut self, signed: bool) -> Kind {
        if self.is_shaped(b"dddd-dd-dd") {
            self.at += 10;
            let clock = self.byte(1).is_some_and(|it| it.is_ascii_digit());
            if !clock || !matches!(self.byte(0), Some(b'T' | b't')) {
                return Kind::Date;
            }
            self.at += 1;
            self.skip_clock();
            if matches!(self.byte(0), Some(b'+' | b'-')) && self.number_at(1) {
                self.at += 1;
                self.skip(|it| it.is_ascii_digit() || it == b':');
            } else if matches!(self.byte(0), Some(b'Z' | b'z')) {
                self.at += 1;
            }
            return Kind::DateTime;
        }
        if self.is_shaped(b"dd:dd") {
            self.skip_clock();
            if matches!(self.byte(0), Some(b'Z' | b'z')) {
                self.at += 1;
            }
            return Kind::Time;
        }
        self.at += usize::from(signed);
        self.skip(|it| it.is_ascii_digit());
        if self.byte(0) == Some(b'.') {
            self.at += 1;
            self.skip(|it| it.is_ascii_digit());
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = matches!(self.byte(1), Some(b'+' | b'-'));
            let digits = if sign { 2 } else { 1 };
            if self.byte(digits).is_some_and(|it| it.is_ascii_digit()) {
                self.at += digits;
                self.skip(|it| it.is_ascii_digit());
            }
        }
        Kind::Number
    }

    fn skip_clock(&mut self) {
        self.skip(|it| it.is_ascii_digit() || it == b':');
        if self.byte(0) == Some(b'.') && self.number_at(1) {
            self.at += 1;
            self.skip(|it| it.is_ascii_digit());
        }
    }

    /// Whether the text goes on like `shape`, in which `d` is any digit.
    fn is_shaped(&self, shape: &[u8]) -> bool {
        let ahead = &self.bytes[self.at..];
        shape.len() <= ahead.len()
            && shape.iter().zip(ahead).all(|(shape, byte)| match shape {
                b'd' => byte.is_ascii_digit(),
                mark => mark == byte,
            })
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&belongs) {
            self.at += 1;
        }
    }
}
