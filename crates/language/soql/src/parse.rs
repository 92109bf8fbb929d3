//! Tokens into a tree, by recursive descent; one file per part of the statement.
//!
//! ```text
//! query     = "SELECT" items "FROM" from [ "USING" "SCOPE" word ] [ "WHERE" condition ]
//!             { "WITH" with } [ group-by ] [ "ORDER" "BY" order-items ] [ "LIMIT" n ]
//!             [ "OFFSET" n ] [ "ALL" "ROWS" ] { "FOR" for } [ "UPDATE" update ]
//! ```
//!
//! A clause is only looked for where it may stand, so that one out of order, or a second one, is
//! an unexpected token.

mod cursor;
mod select;
mod clause;
mod condition;
mod function;
mod value;
pub(crate) mod search;

use crate::ast::Query;
use crate::error::Error;
use crate::lex::{Kind, Lexed};

use cursor::Parser;

pub(crate) fn parse(text: &str, lexed: Lexed) -> Result<Query, Error> {
    let mut parser = Parser::new(text, lexed);
    let query = parser.query(Place::Root)?;
    parser.expect(Kind::End)?;
    Ok(query)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// In the `SELECT` of another query, or behind `IN`.
    Nested,
}

impl Parser<'_> {
    fn query(&mut self, place: Place) -> Result<Query, Error> {
        let start = self.expect_word("SELECT")?;
        let select = self.select_items()?;
        self.expect_word("FROM")?;
        let from = self.from(place)?;
        let scope = self.scope()?;
        let where_ = if self.eat_word("WHERE") { Some(self.condition()?) } else { None };
        let mut with = Vec::new();
        while self.eat_word("WITH") {
            with.push(self.with()?);
        }
        Ok(Query {
            select,
            from,
            scope,
            where_,
            with,
            group_by: self.group_by()?,
            order_by: self.order_by()?,
            limit: if self.eat_word("LIMIT") { Some(self.count()?) } else { None },
            offset: if self.eat_word("OFFSET") { Some(self.count()?) } else { None },
            all_rows: if place == Place::Root { self.all_rows() } else { None },
            for_: self.for_clauses()?,
            update: self.update_items()?,
            span: self.since(start),
        })
    }

    /// Reads a query in parentheses, the first of which is read.
    fn subquery(&mut self) -> Result<Box<Query>, Error> {
        let query = self.nested(|parser| parser.query(Place::Nested))?;
        self.expect(Kind::Close)?;
        Ok(Box::new(query))
    }
}
