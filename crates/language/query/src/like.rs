//! LIKE: a pattern, and the range in which an index finds what begins as it does.

use base::Span;
use schema::{Field, FieldType};
use soql::Literal;
use sql::{CompareOp, Expr};

use crate::condition::{truth, two_valued};
use crate::error::{Error, ErrorKind};
use crate::literal::Operand;
use crate::path::Leaf;

/// The longest pattern that engines take: the time that one costs grows with its square.
const BYTES_MAX: usize = 4096;

/// Lowers `leaf LIKE value`.
pub(crate) fn lower(
    leaf: &Leaf<'_>,
    value: &soql::Value,
    span: Span,
    negated: bool,
) -> Result<Expr, Error> {
    if !leaf.ty().is_text() || leaf.ty() == FieldType::MultiselectPicklist {
        return Err(Error::at(span, ErrorKind::InvalidOperator));
    }
    let pattern = match &value.literal {
        Literal::Pattern(pattern) => pattern,
        Literal::Null => return Err(Error::at(span, ErrorKind::InvalidOperator)),
        _ => {
            let (field, expected) = (leaf.name().to_owned(), "string");
            return Err(Error::at(value.span, ErrorKind::WrongType { field, expected }));
        }
    };
    if pattern.parts.is_empty() {
        return Ok(truth(leaf, CompareOp::Eq, &Operand::Null, negated));
    }
    let mut text = String::new();
    for part in &pattern.parts {
        match part {
            soql::PatternPart::Text(part) => text.push_str(&escaped(&leaf.comparable(part))),
            soql::PatternPart::AnyRun => text.push('%'),
            soql::PatternPart::AnyOne => text.push('_'),
        }
    }
    let start = match pattern.parts.first() {
        Some(soql::PatternPart::Text(start)) => starts_with(leaf, leaf.comparable(start)),
        _ => Expr::True,
    };
    let matches = matches(leaf.compared(), text, value.span)?;
    Ok(two_valued(leaf, Expr::all([start, matches]), negated))
}

/// `text LIKE pattern`, where the pattern is not too long for any engine.
pub(crate) fn matches(text: Expr, pattern: String, span: Span) -> Result<Expr, Error> {
    if BYTES_MAX < pattern.len() {
        let kind = ErrorKind::TooMany { what: "bytes of a LIKE pattern", max: BYTES_MAX };
        return Err(Error::at(span, kind));
    }
    Ok(Expr::Like(Box::new(text), Box::new(Expr::text(pattern))))
}

/// The range in which everything lies that begins with `start`: engines find it in an index,
/// which they do not for a pattern that is a parameter. True where no index could serve it.
fn starts_with(leaf: &Leaf<'_>, start: String) -> Expr {
    if !leaf.field().is_some_and(Field::compares_by_column) {
        return Expr::True;
    }
    let end = successor(&start);
    let from = leaf.compared().compare(CompareOp::Ge, Expr::text(start));
    let to = end.map(|it| leaf.compared().compare(CompareOp::Lt, Expr::text(it)));
    Expr::all([from, to.unwrap_or(Expr::True)])
}

/// The least text that is greater than everything that begins with `start`, by code points;
/// none where nothing is.
fn successor(start: &str) -> Option<String> {
    let mut text = start.to_owned();
    while let Some(last) = text.pop() {
        // No character lies between the two; what is above all others has no next one.
        let next =
            if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// Makes `%`, `_` and `\` stand for themselves in a pattern.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        if matches!(it, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}
