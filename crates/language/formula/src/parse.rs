//! Tokens into a tree, by precedence climbing.
//!
//! ```text
//! expression = unary { operator unary }        each level from left to right
//! unary      = ( "+" | "-" | "!" | NOT ) unary | primary
//! primary    = NUMBER | TEXT | TRUE | FALSE | NULL | path | "(" expression ")"
//!            | name "(" [ expression { "," expression } ] ")"
//! ```
//!
//! Operators, from loose to tight: `||`, `&&`, `= == <> !=`, `< <= > >=`, `+ - &`, `^`, `* /`, and
//! the prefixes. Keywords and names are without case.
//!
//! **Invariants.** Recursion is at most [`NESTING_MAX`] deep; time is linear in the text.

use base::Span;

use crate::ast::{Node, NodeKind, Operator};
use crate::lex::{Token, lex};
use crate::{Error, NESTING_MAX};

pub(crate) fn parse(text: &str, max: usize) -> Result<Node, Error> {
    // A character has at least one byte, so that short texts are not counted.
    if max < text.len() {
        let chars = text.chars().count();
        if max < chars {
            return Err(Error::TooLong { chars, max });
        }
    }
    let tokens = lex(text)?;
    if tokens.len() == 1 {
        return Err(Error::Empty);
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected("an operator")),
    }
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// Takes a token; the end stays.
    fn next(&mut self) -> Token {
        if *self.peek() == Token::End {
            return Token::End;
        }
        let token = std::mem::replace(&mut self.tokens[self.at].0, Token::Comma);
        self.at += 1;
        token
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        Error::Unexpected { found: self.peek().describe(), expected, span: self.span() }
    }

    fn expect(&mut self, token: &Token, expected: &'static str) -> Result<(), Error> {
        if self.peek() != token {
            return Err(self.unexpected(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == NESTING_MAX {
            return Err(Error::TooDeep { span: self.span() });
        }
        self.depth += 1;
        let out = read(self);
        self.depth -= 1;
        out
    }

    /// Reads operators that bind tighter than `looser`.
    fn expression(&mut self, looser: u8) -> Result<Node, Error> {
        let mut left = self.unary()?;
        while let Token::Operator(operator) = *self.peek()
            && looser < operator.precedence()
        {
            let precedence = operator.precedence();
            let mut rest = Vec::new();
            while let Token::Operator(operator) = *self.peek()
                && operator.precedence() == precedence
            {
                let span = self.span();
                self.at += 1;
                let operand = self.deeper(|it| it.expression(precedence))?;
                rest.push((operator, span, operand));
            }
            let span = rest.last().map_or(left.span, |(_, _, it)| left.span.to(it.span));
            left = Node { kind: NodeKind::Chain(Box::new(left), rest), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, Error> {
        let start = self.span();
        let make: fn(Box<Node>) -> NodeKind = match self.peek() {
            Token::Operator(Operator::Add) => NodeKind::Plus,
            Token::Operator(Operator::Sub) => NodeKind::Negate,
            Token::Bang => NodeKind::Not,
            Token::Name(name) if name.eq_ignore_ascii_case("not") => NodeKind::Not,
            _ => return self.primary(),
        };
        self.at += 1;
        let operand = self.deeper(Self::unary)?;
        let span = start.to(operand.span);
        Ok(Node { kind: make(Box::new(operand)), span })
    }

    fn primary(&mut self) -> Result<Node, Error> {
        let span = self.span();
        let kind = match self.peek() {
            Token::Open => {
                self.at += 1;
                let inner = self.deeper(|it| it.expression(0))?;
                let close = self.span();
                self.expect(&Token::Close, "`)`")?;
                return Ok(Node { span: span.to(close), ..inner });
            }
            Token::Number(_) | Token::Text(_) | Token::Name(_) => match self.next() {
                Token::Number(number) => NodeKind::Number(number),
                Token::Text(text) => NodeKind::Text(text),
                Token::Name(name) => return self.named(name, span),
                _ => return Err(self.unexpected("an expression")),
            },
            _ => return Err(self.unexpected("a field, a function or a value")),
        };
        Ok(Node { kind, span })
    }

    fn named(&mut self, name: String, span: Span) -> Result<Node, Error> {
        if *self.peek() != Token::Open {
            let kind = match name.to_ascii_lowercase().as_str() {
                "true" => NodeKind::Boolean(true),
                "false" => NodeKind::Boolean(false),
                "null" => NodeKind::Null,
                _ => NodeKind::Path(name),
            };
            return Ok(Node { kind, span });
        }
        self.at += 1;
        let mut arguments = Vec::new();
        if *self.peek() != Token::Close {
            arguments.push(self.deeper(|it| it.expression(0))?);
            while *self.peek() == Token::Comma {
                self.at += 1;
                arguments.push(self.deeper(|it| it.expression(0))?);
            }
        }
        let close = self.span();
        self.expect(&Token::Close, "`,` or `)`")?;
        Ok(Node { kind: NodeKind::Call(name, arguments), span: span.to(close) })
    }
}
