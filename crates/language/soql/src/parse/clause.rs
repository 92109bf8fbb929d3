//! The clauses behind `SELECT`, except `WHERE`.
//!
//! ```text
//! from      = path [ alias ] { "," path [ alias ] }
//! with      = "DATA" "CATEGORY" category { "AND" category }
//!           | "SECURITY_ENFORCED" | "USER_MODE" | "SYSTEM_MODE"
//!           | name "(" name "=" value { "," name "=" value } ")" | condition
//! category  = name ( "AT" | "ABOVE" | "BELOW" | "ABOVE_OR_BELOW" ) ( name | "(" names ")" )
//! group-by  = "GROUP" "BY" ( operands | ( "ROLLUP" | "CUBE" ) "(" operands ")" )
//!             [ "HAVING" condition ]
//! order-item = operand [ "ASC" | "DESC" ] [ "NULLS" ( "FIRST" | "LAST" ) ]
//! for       = kind { "," kind }           kind = "VIEW" | "REFERENCE" | "UPDATE"
//! update    = "TRACKING" | "VIEWSTAT", one or both with a comma
//! ```

use base::Span;

use crate::ast::{
    CategoryFilter, CompareOp, Direction, For, ForKind, From, GroupBy, GroupKind, Ident, Join,
    Nulls, OrderItem, ScopeClause, Update, UpdateKind, Value, With, WithMode,
};
use crate::error::Error;
use crate::lex::Kind;
use crate::vocabulary::{CategorySelector, Scope};

use super::Place;
use super::cursor::Parser;
use super::function::is_function;

impl Parser<'_> {
    pub(super) fn from(&mut self, place: Place) -> Result<From, Error> {
        let object = self.path()?;
        let alias = self.alias()?;
        let mut joins = Vec::new();
        while place == Place::Root && self.eat(Kind::Comma) {
            joins.push(Join { path: self.path()?, alias: self.alias()? });
        }
        Ok(From { object, alias, joins })
    }

    pub(super) fn scope(&mut self) -> Result<Option<ScopeClause>, Error> {
        let start = self.peek(0).span;
        if !self.eat_word("USING") {
            return Ok(None);
        }
        self.expect_word("SCOPE")?;
        let Some(scope) = self.word(0).and_then(Scope::of) else {
            return Err(self.unexpected());
        };
        self.bump();
        Ok(Some(ScopeClause { scope, span: self.since(start) }))
    }

    pub(super) fn with(&mut self) -> Result<With, Error> {
        if self.is_word(0, "DATA") && self.is_word(1, "CATEGORY") {
            self.bump();
            self.bump();
            let mut filters = vec![self.category_filter()?];
            while self.eat_word("AND") {
                filters.push(self.category_filter()?);
            }
            return Ok(With::DataCategory(filters));
        }
        let mode = match self.word(0).map(str::to_ascii_uppercase).as_deref() {
            Some("SECURITY_ENFORCED") => Some(WithMode::SecurityEnforced),
            Some("USER_MODE") => Some(WithMode::User),
            Some("SYSTEM_MODE") => Some(WithMode::System),
            _ => None,
        };
        match (mode, self.word(0)) {
            (Some(mode), _) => Ok(With::Mode { mode, span: self.bump().span }),
            (None, Some(name)) if self.is(1, Kind::Open) && is_context(name) => self.context(),
            _ => self.condition().map(With::Filter),
        }
    }

    fn category_filter(&mut self) -> Result<CategoryFilter, Error> {
        let group = self.ident()?;
        let Some(selector) = self.word(0).and_then(CategorySelector::of) else {
            return Err(self.unexpected());
        };
        self.bump();
        if !self.eat(Kind::Open) {
            return Ok(CategoryFilter { group, selector, categories: vec![self.ident()?] });
        }
        let categories = self.list(Self::ident)?;
        self.expect(Kind::Close)?;
        Ok(CategoryFilter { group, selector, categories })
    }

    fn context(&mut self) -> Result<With, Error> {
        let name = self.ident()?;
        self.expect(Kind::Open)?;
        let settings = self.list(Self::setting)?;
        self.expect(Kind::Close)?;
        Ok(With::Context { name, settings })
    }

    fn setting(&mut self) -> Result<(Ident, Value), Error> {
        let name = self.ident()?;
        self.expect(Kind::Compare(CompareOp::Eq))?;
        Ok((name, self.value()?))
    }

    pub(super) fn group_by(&mut self) -> Result<Option<GroupBy>, Error> {
        let start = self.peek(0).span;
        if !self.eat_word("GROUP") {
            return Ok(None);
        }
        self.expect_word("BY")?;
        let kind = match self.word(0).filter(|_| self.is(1, Kind::Open)) {
            Some(word) if word.eq_ignore_ascii_case("ROLLUP") => GroupKind::Rollup,
            Some(word) if word.eq_ignore_ascii_case("CUBE") => GroupKind::Cube,
            _ => GroupKind::Plain,
        };
        let items = if kind == GroupKind::Plain {
            self.list(Self::operand)?
        } else {
            self.bump();
            self.bump();
            let items = self.list(Self::operand)?;
            self.expect(Kind::Close)?;
            items
        };
        let span = self.since(start);
        let having = if self.eat_word("HAVING") { Some(self.condition()?) } else { None };
        Ok(Some(GroupBy { kind, items, having, span }))
    }

    pub(super) fn order_by(&mut self) -> Result<Vec<OrderItem>, Error> {
        if !self.eat_word("ORDER") {
            return Ok(Vec::new());
        }
        self.expect_word("BY")?;
        self.list(Self::order_item)
    }

    fn order_item(&mut self) -> Result<OrderItem, Error> {
        let operand = self.operand()?;
        let direction = if self.eat_word("DESC") {
            Direction::Descending
        } else {
            self.eat_word("ASC");
            Direction::Ascending
        };
        let nulls = match self.eat_word("NULLS") {
            false => None,
            true if self.eat_word("FIRST") => Some(Nulls::First),
            true => {
                self.expect_word("LAST")?;
                Some(Nulls::Last)
            }
        };
        let span = self.since(operand.span());
        Ok(OrderItem { operand, direction, nulls, span })
    }

    pub(super) fn all_rows(&mut self) -> Option<Span> {
        if !self.is_word(0, "ALL") || !self.is_word(1, "ROWS") {
            return None;
        }
        let start = self.bump().span;
        self.bump();
        Some(self.since(start))
    }

    pub(super) fn for_clauses(&mut self) -> Result<Vec<For>, Error> {
        let mut clauses: Vec<For> = Vec::new();
        while self.eat_word("FOR") || (!clauses.is_empty() && self.eat(Kind::Comma)) {
            let kind = match self.word(0).map(str::to_ascii_uppercase).as_deref() {
                Some("VIEW") => ForKind::View,
                Some("REFERENCE") => ForKind::Reference,
                Some("UPDATE") => ForKind::Update,
                _ => return Err(self.unexpected()),
            };
            if clauses.iter().any(|it| it.kind == kind) {
                return Err(self.unexpected());
            }
            clauses.push(For { kind, span: self.bump().span });
        }
        Ok(clauses)
    }

    pub(super) fn update_items(&mut self) -> Result<Vec<Update>, Error> {
        let mut items: Vec<Update> = Vec::new();
        if !self.eat_word("UPDATE") {
            return Ok(items);
        }
        while items.is_empty() || self.eat(Kind::Comma) {
            let kind = match self.word(0).map(str::to_ascii_uppercase).as_deref() {
                Some("TRACKING") => UpdateKind::Tracking,
                Some("VIEWSTAT") => UpdateKind::ViewStat,
                _ => return Err(self.unexpected()),
            };
            if items.iter().any(|it| it.kind == kind) {
                return Err(self.unexpected());
            }
            items.push(Update { kind, span: self.bump().span });
        }
        Ok(items)
    }
}

/// Whether a parenthesis behind this word holds settings, rather than arguments or a condition.
fn is_context(word: &str) -> bool {
    !is_function(word) && !word.eq_ignore_ascii_case("NOT")
}
