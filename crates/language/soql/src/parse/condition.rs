//! The conditions of `WHERE`, `HAVING` and `WITH`.
//!
//! ```text
//! condition  = term { "AND" term } | term { "OR" term }
//! term       = "NOT" term | "(" condition ")" | comparison
//! comparison = operand op value | operand "LIKE" values
//!            | operand [ "NOT" ] "IN" ( values | "(" query ")" )
//!            | operand ( "INCLUDES" | "EXCLUDES" ) values
//! values     = "(" value { "," value } ")"
//! ```
//!
//! `AND` beside `OR` needs parentheses: the second of the two words is unexpected. Parentheses
//! leave no node of their own.

use crate::ast::{CompareOp, Condition, InValues, Operand, Value};
use crate::error::Error;
use crate::lex::Kind;

use super::cursor::Parser;

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Result<Condition, Error> {
        let first = self.term()?;
        let word = match () {
            () if self.is_word(0, "AND") => "AND",
            () if self.is_word(0, "OR") => "OR",
            () => return Ok(first),
        };
        let mut terms = vec![first];
        while self.eat_word(word) {
            terms.push(self.term()?);
        }
        Ok(if word == "AND" { Condition::And(terms) } else { Condition::Or(terms) })
    }

    fn term(&mut self) -> Result<Condition, Error> {
        let start = self.peek(0).span;
        if self.eat_word("NOT") {
            let inner = Box::new(self.nested(Self::term)?);
            return Ok(Condition::Not { inner, span: self.since(start) });
        }
        if self.eat(Kind::Open) {
            let inner = self.nested(Self::condition)?;
            self.expect(Kind::Close)?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Error> {
        let operand = self.operand()?;
        let start = operand.span();
        if let Kind::Compare(op) = self.peek(0).kind {
            self.bump();
            let value = self.value()?;
            return Ok(Condition::Compare { operand, op, value, span: self.since(start) });
        }
        if self.eat_word("LIKE") {
            return self.like(operand);
        }
        let negated = self.is_word(0, "EXCLUDES");
        if negated || self.is_word(0, "INCLUDES") {
            self.bump();
            self.open_values()?;
            let values = self.values()?;
            return Ok(Condition::Includes { operand, negated, values, span: self.since(start) });
        }
        self.membership(operand)
    }

    /// Reads the value of `LIKE`, or a list of them: one matches.
    fn like(&mut self, operand: Operand) -> Result<Condition, Error> {
        let start = operand.span();
        if !self.eat(Kind::Open) {
            let (op, value) = (CompareOp::Like, self.pattern_value()?);
            return Ok(Condition::Compare { operand, op, value, span: self.since(start) });
        }
        let values = self.list(Self::pattern_value)?;
        self.expect(Kind::Close)?;
        Ok(Condition::LikeAny { operand, values, span: self.since(start) })
    }

    fn membership(&mut self, operand: Operand) -> Result<Condition, Error> {
        let start = operand.span();
        let negated = self.is_word(0, "NOT") && self.is_word(1, "IN");
        if negated {
            self.bump();
        }
        self.expect_word("IN")?;
        self.open_values()?;
        let values = if self.is_word(0, "SELECT") {
            InValues::Subquery(self.subquery()?)
        } else {
            InValues::List(self.values()?)
        };
        Ok(Condition::In { operand, negated, values, span: self.since(start) })
    }

    /// Reads the parenthesis of a list, for which Apex may put a bind variable.
    fn open_values(&mut self) -> Result<(), Error> {
        if self.eat(Kind::Open) { Ok(()) } else { Err(self.unexpected_value()) }
    }

    /// Reads values to the parenthesis that ends them.
    fn values(&mut self) -> Result<Vec<Value>, Error> {
        let values = self.list(Self::value)?;
        self.expect(Kind::Close)?;
        Ok(values)
    }
}
