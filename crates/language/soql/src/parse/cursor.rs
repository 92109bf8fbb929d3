//! The place in the tokens, and the small steps that every rule is made of.
//!
//! `is_…` looks, `eat_…` takes what is there or nothing, `expect_…` takes it or fails. The last
//! token is never passed.

use base::Span;

use crate::NESTING_MAX;
use crate::ast::{Ident, Path};
use crate::error::{Error, excerpt};
use crate::lex::{Kind, Lexed, Token};
use crate::vocabulary::{may_be_alias, may_begin_path};

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    lex_error: Option<Error>,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, lexed: Lexed) -> Self {
        Self { text, tokens: lexed.tokens, lex_error: lexed.error, at: 0, depth: 0 }
    }

    pub(super) fn peek(&self, ahead: usize) -> Token {
        self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    pub(super) fn bump(&mut self) -> Token {
        let token = self.peek(0);
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// From the beginning of `start` to the end of the last token read.
    pub(super) fn since(&self, start: Span) -> Span {
        start.to(self.tokens[self.at.saturating_sub(1)].span)
    }

    pub(super) fn is(&self, ahead: usize, kind: Kind) -> bool {
        self.peek(ahead).kind == kind
    }

    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.word(ahead).is_some_and(|it| it.eq_ignore_ascii_case(word))
    }

    pub(super) fn word(&self, ahead: usize) -> Option<&'a str> {
        let token = self.peek(ahead);
        (token.kind == Kind::Word).then(|| self.slice(token.span))
    }

    pub(super) fn eat(&mut self, kind: Kind) -> bool {
        let found = self.is(0, kind);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn expect(&mut self, kind: Kind) -> Result<Token, Error> {
        if self.is(0, kind) { Ok(self.bump()) } else { Err(self.unexpected()) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<Span, Error> {
        if self.is_word(0, word) { Ok(self.bump().span) } else { Err(self.unexpected()) }
    }

    /// Why the next token cannot stand here.
    pub(super) fn unexpected(&self) -> Error {
        let Token { kind, span } = self.peek(0);
        match (kind, &self.lex_error) {
            (Kind::Invalid, Some(error)) => error.clone(),
            (Kind::End, _) => Error::UnexpectedToken { token: "<EOF>".to_owned(), span },
            _ => Error::UnexpectedToken { token: excerpt(self.slice(span)), span },
        }
    }

    /// Reads with one more level of nesting, if there is one left.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth == NESTING_MAX {
            return Err(Error::TooDeep { span: self.peek(0).span });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads one or more of what `read` reads, with commas between.
    pub(super) fn list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut items = vec![read(self)?];
        while self.eat(Kind::Comma) {
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(super) fn ident(&mut self) -> Result<Ident, Error> {
        let span = self.expect(Kind::Word)?.span;
        Ok(Ident { text: self.slice(span).to_owned(), span })
    }

    pub(super) fn path(&mut self) -> Result<Path, Error> {
        if !self.word(0).is_some_and(may_begin_path) {
            return Err(self.unexpected());
        }
        let mut segments = vec![self.ident()?];
        let start = segments[0].span;
        while self.eat(Kind::Dot) {
            segments.push(self.ident()?);
        }
        Ok(Path { segments, span: self.since(start) })
    }

    /// Reads `[ "AS" ] name`, where one stands.
    pub(super) fn alias(&mut self) -> Result<Option<Ident>, Error> {
        if self.is_word(0, "AS") && self.is_alias(1) {
            self.bump();
        }
        if self.is_alias(0) { self.ident().map(Some) } else { Ok(None) }
    }

    /// Whether a word stands there that begins no clause.
    fn is_alias(&self, ahead: usize) -> bool {
        let Some(word) = self.word(ahead) else {
            return false;
        };
        let then = |words: &[&str]| words.iter().any(|it| self.is_word(ahead + 1, it));
        let clause = match word.to_ascii_uppercase().as_str() {
            "ORDER" => then(&["BY"]),
            "OFFSET" => matches!(self.peek(ahead + 1).kind, Kind::Number | Kind::Colon),
            "ALL" => then(&["ROWS"]),
            "FOR" => then(&["VIEW", "REFERENCE", "UPDATE"]),
            "UPDATE" => then(&["TRACKING", "VIEWSTAT"]),
            _ => false,
        };
        !clause && may_be_alias(word)
    }
}
