//! Text into tokens: comments and white space go, escapes in texts are read.

use base::Span;

use crate::ast::Operator;
use crate::{Error, Number};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(Number),
    Text(String),
    /// A name or a path: letters, digits, `_ . : # $`.
    Name(String),
    Operator(Operator),
    Bang,
    Open,
    Close,
    Comma,
    End,
}

impl Token {
    /// The token as a message names it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Number(number) => format!("`{number}`"),
            Self::Text(_) => "a text".to_owned(),
            Self::Name(name) => format!("`{name}`"),
            Self::Operator(operator) => format!("`{}`", operator.symbol()),
            Self::Bang => "`!`".to_owned(),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// The tokens of `text` and where they stand; the last is [`Token::End`].
pub(crate) fn lex(text: &str) -> Result<Vec<(Token, Span)>, Error> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let done = token == Token::End;
        tokens.push((token, Span::new(start, lexer.at)));
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}', '\u{a0}']);
            self.at += rest.len() - trimmed.len();
            if !self.rest().starts_with("/*") {
                return Ok(());
            }
            let start = self.at;
            let Some(end) = self.text[start + 2..].find("*/") else {
                return Err(Error::UnterminatedComment { span: Span::new(start, start + 2) });
            };
            self.at = start + 2 + end + 2;
        }
    }

    fn token(&mut self) -> Result<Token, Error> {
        use Operator::*;
        let two = [self.byte(0), self.byte(1)];
        let (token, length) = match &two {
            b"&&" => (Token::Operator(And), 2),
            b"||" => (Token::Operator(Or), 2),
            b"==" => (Token::Operator(Eq), 2),
            b"!=" | b"<>" => (Token::Operator(Ne), 2),
            b"<=" => (Token::Operator(Le), 2),
            b">=" => (Token::Operator(Ge), 2),
            [b'=', _] => (Token::Operator(Eq), 1),
            [b'<', _] => (Token::Operator(Lt), 1),
            [b'>', _] => (Token::Operator(Gt), 1),
            [b'+', _] => (Token::Operator(Add), 1),
            [b'-', _] => (Token::Operator(Sub), 1),
            [b'&', _] => (Token::Operator(Concat), 1),
            [b'^', _] => (Token::Operator(Pow), 1),
            [b'*', _] => (Token::Operator(Mul), 1),
            [b'/', _] => (Token::Operator(Div), 1),
            [b'!', _] => (Token::Bang, 1),
            [b'(', _] => (Token::Open, 1),
            [b')', _] => (Token::Close, 1),
            [b',', _] => (Token::Comma, 1),
            [b'"' | b'\'', _] => return self.text_literal(),
            [b'0'..=b'9', _] | [b'.', b'0'..=b'9'] => return self.number(),
            [b'A'..=b'Z' | b'a'..=b'z' | b'$' | b'_', _] => return Ok(self.name()),
            _ => return self.end(),
        };
        self.at += length;
        Ok(token)
    }

    fn end(&self) -> Result<Token, Error> {
        match self.rest().chars().next() {
            None => Ok(Token::End),
            Some(found) => {
                let span = Span::new(self.at, self.at + found.len_utf8());
                Err(Error::Character { found, span })
            }
        }
    }

    fn name(&mut self) -> Token {
        let is_part = |it: &u8| it.is_ascii_alphanumeric() || b"_.:#$".contains(it);
        let length = self.rest().bytes().take_while(is_part).count();
        let name = self.rest()[..length].to_owned();
        self.at += length;
        Token::Name(name)
    }

    fn number(&mut self) -> Result<Token, Error> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(self.rest());
        if self.byte(length) == b'.' && self.byte(length + 1).is_ascii_digit() {
            length += 1 + digits(&self.rest()[length + 1..]);
        }
        let span = Span::new(self.at, self.at + length);
        let number = Number::parse(&self.rest()[..length]);
        self.at += length;
        number.map(Token::Number).ok_or(Error::NumberTooLarge { span })
    }

    /// A text in either quotes. `\"`, `\'` and `\\` are the second character; every other
    /// backslash stands for itself, as in a regular expression.
    fn text_literal(&mut self) -> Result<Token, Error> {
        let start = self.at;
        let quote = char::from(self.byte(0));
        let mut out = String::new();
        let mut chars = self.text[start + 1..].char_indices().peekable();
        while let Some((offset, found)) = chars.next() {
            match found {
                '\n' | '\r' => {
                    let at = start + 1 + offset;
                    return Err(Error::LineBreak { span: Span::new(at, at + 1) });
                }
                '\\' => match chars.peek() {
                    Some((_, next @ ('"' | '\'' | '\\'))) => {
                        out.push(*next);
                        chars.next();
                    }
                    _ => out.push('\\'),
                },
                _ if found == quote => {
                    self.at = start + 1 + offset + 1;
                    return Ok(Token::Text(out));
                }
                _ => out.push(found),
            }
        }
        Err(Error::UnterminatedText { span: Span::new(start, start + 1) })
    }
}
