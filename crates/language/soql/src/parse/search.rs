//! The statement `FIND`.
//!
//! ```text
//! search     = "FIND" "{" text "}" [ "IN" scope "FIELDS" ] [ "RETURNING" returning
//!              { "," returning } ] { "WITH" with } [ "LIMIT" n ] [ "UPDATE" update ]
//! returning  = name [ "(" item { "," item } [ "WHERE" condition ] [ list-view ]
//!              [ "ORDER" "BY" order-items ] [ "LIMIT" n ] [ "OFFSET" n ] ")" ]
//! list-view  = "USING" "ListView" "=" name, which may stand before WHERE, too
//! item       = path | ( "toLabel" | "FORMAT" | "convertCurrency" ) "(" … ")" [ alias ]
//! with       = "DIVISION" "=" text | "DATA" "CATEGORY" … | "METADATA" "=" text | "HIGHLIGHT"
//!            | "SNIPPET" [ "(" "target_length" "=" n ")" ] | "PricebookId" "=" text
//!            | "NETWORK" ( "=" text | "IN" "(" text { "," text } ")" )
//!            | "SPELL_CORRECTION" "=" ( "TRUE" | "FALSE" ) | "USER_MODE" | "SYSTEM_MODE"
//! ```
//!
//! The text ends at the first closing brace that has no backslash before it.

use base::Span;

use crate::ast::{CompareOp, FunctionKind, Ident, Literal, Operand, SelectItem, With, WithMode};
use crate::error::Error;
use crate::lex::{self, Kind};
use crate::sosl::{self, Find, Returning, Search, SearchScope, SearchWith, term};

use super::cursor::Parser;

pub(crate) fn parse(text: &str) -> Result<Search, sosl::Error> {
    let (start, open) = match lex::head(text, 2).as_slice() {
        [find, open] if is(text, find.span, "FIND") && is(text, open.span, "{") => {
            (find.span, open.span.end as usize)
        }
        // The braces are what a text without any of it lacks, too.
        [find, ..] if is(text, find.span, "FIND") => return Err(sosl::Error::NoTerm),
        [] => return Err(sosl::Error::NoTerm),
        [token, ..] => {
            let shown = crate::error::excerpt(slice(text, token.span));
            return Err(Error::UnexpectedToken { token: shown, span: token.span }.into());
        }
    };
    let close = closing_brace(text, open).ok_or(sosl::Error::NoTerm)?;
    let written = &text[open..close];
    let trimmed = term::trim(written);
    let at = open + (written.len() - written.trim_start().len());
    let term = term::parse_at(trimmed, at)?;
    let span = Span::new(open - 1, close + 1);
    let find = Find { text: trimmed.to_owned(), term, span };
    let mut parser = Parser::new(text, lex::lex_from(text, close + 1));
    let search = parser.search(start, find)?;
    parser.expect(Kind::End)?;
    Ok(search)
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn is(text: &str, span: Span, word: &str) -> bool {
    slice(text, span).eq_ignore_ascii_case(word)
}

fn closing_brace(text: &str, from: usize) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        if byte == b'}' && !escaped {
            return Some(at);
        }
        escaped = byte == b'\\' && !escaped;
    }
    None
}

impl Parser<'_> {
    fn search(&mut self, start: Span, find: Find) -> Result<Search, sosl::Error> {
        let scope = self.search_scope()?;
        let returning =
            if self.eat_word("RETURNING") { self.list(Self::returning)? } else { Vec::new() };
        let mut with = Vec::new();
        while self.eat_word("WITH") {
            with.push(self.search_with()?);
        }
        let mut limit = None;
        if self.eat_word("LIMIT") {
            let span = self.peek(0).span;
            limit = Some(self.count()?);
            if limit.is_some_and(|it| sosl::ROWS_MAX < it) {
                return Err(sosl::Error::LimitTooLarge { span });
            }
        }
        let update = self.update_items()?;
        let span = start.to(find.span).to(self.since(start));
        Ok(Search { find, scope, returning, with, limit, update, span })
    }

    fn search_scope(&mut self) -> Result<SearchScope, Error> {
        if !self.eat_word("IN") {
            return Ok(SearchScope::All);
        }
        let scope = self.word(0).and_then(SearchScope::of).ok_or_else(|| self.unexpected())?;
        self.bump();
        self.expect_word("FIELDS")?;
        Ok(scope)
    }

    fn returning(&mut self) -> Result<Returning, Error> {
        let object = self.ident()?;
        let start = object.span;
        let mut it = Returning {
            object,
            fields: Vec::new(),
            where_: None,
            list_view: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            span: start,
        };
        if self.eat(Kind::Open) {
            it.fields = self.list(Self::returned_field)?;
            it.list_view = self.list_view()?;
            it.where_ = if self.eat_word("WHERE") { Some(self.condition()?) } else { None };
            if it.list_view.is_none() {
                it.list_view = self.list_view()?;
            }
            it.order_by = self.order_by()?;
            it.limit = if self.eat_word("LIMIT") { Some(self.count()?) } else { None };
            it.offset = if self.eat_word("OFFSET") { Some(self.count()?) } else { None };
            self.expect(Kind::Close)?;
            it.span = self.since(start);
        }
        Ok(it)
    }

    fn returned_field(&mut self) -> Result<SelectItem, Error> {
        let at = self.unexpected();
        match self.operand()? {
            Operand::Path(path) => Ok(SelectItem::Path { path, alias: None }),
            Operand::Function(function) => match function.kind {
                FunctionKind::ToLabel(_)
                | FunctionKind::Format(_)
                | FunctionKind::ConvertCurrency(_) => {
                    Ok(SelectItem::Function { function, alias: self.alias()? })
                }
                _ => Err(at),
            },
        }
    }

    fn list_view(&mut self) -> Result<Option<Ident>, Error> {
        if !self.eat_word("USING") {
            return Ok(None);
        }
        self.expect_word("LISTVIEW")?;
        self.equals()?;
        self.ident().map(Some)
    }

    fn equals(&mut self) -> Result<(), Error> {
        self.expect(Kind::Compare(CompareOp::Eq)).map(|_| ())
    }

    fn search_with(&mut self) -> Result<SearchWith, Error> {
        if self.is_word(0, "DATA") && self.is_word(1, "CATEGORY") {
            return match self.with()? {
                With::DataCategory(filters) => Ok(SearchWith::DataCategory(filters)),
                _ => Err(self.unexpected()),
            };
        }
        let Some(word) = self.word(0).map(str::to_ascii_uppercase) else {
            return Err(self.unexpected());
        };
        let unknown = self.unexpected();
        self.bump();
        Ok(match word.as_str() {
            "DIVISION" => SearchWith::Division(self.equals_text()?),
            "PRICEBOOKID" => SearchWith::PricebookId(self.equals_text()?),
            "METADATA" => SearchWith::Metadata(self.equals_text()?),
            "HIGHLIGHT" => SearchWith::Highlight,
            "USER_MODE" => SearchWith::Mode(WithMode::User),
            "SYSTEM_MODE" => SearchWith::Mode(WithMode::System),
            "SPELL_CORRECTION" => {
                self.equals()?;
                let on = self.eat_word("TRUE");
                if !on {
                    self.expect_word("FALSE")?;
                }
                SearchWith::SpellCorrection(on)
            }
            "SNIPPET" => SearchWith::Snippet { target_length: self.target_length()? },
            "NETWORK" => self.network()?,
            _ => return Err(unknown),
        })
    }

    fn target_length(&mut self) -> Result<Option<u64>, Error> {
        if !self.eat(Kind::Open) {
            return Ok(None);
        }
        self.expect_word("TARGET_LENGTH")?;
        self.equals()?;
        let length = self.count()?;
        self.expect(Kind::Close)?;
        Ok(Some(length))
    }

    fn network(&mut self) -> Result<SearchWith, Error> {
        if !self.eat_word("IN") {
            let ids = vec![self.equals_text()?];
            return Ok(SearchWith::Network { ids, list: false });
        }
        self.expect(Kind::Open)?;
        let ids = self.list(Self::text_value)?;
        self.expect(Kind::Close)?;
        Ok(SearchWith::Network { ids, list: true })
    }

    fn equals_text(&mut self) -> Result<String, Error> {
        self.equals()?;
        self.text_value()
    }

    fn text_value(&mut self) -> Result<String, Error> {
        if !self.is(0, Kind::Text) {
            return Err(self.unexpected_value());
        }
        match self.value()?.literal {
            Literal::Text(text) => Ok(text),
            _ => Err(self.unexpected()),
        }
    }
}
