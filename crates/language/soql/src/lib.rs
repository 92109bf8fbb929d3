//! SOQL text into a tree, and back.
//!
//! In: the text of one statement. Out: a [`Query`] whose nodes know where they stood in the
//! text, or the first [`Error`] with its position. The stages, in reading order:
//!
//! | module    | from → to                 | can fail because                          |
//! |-----------|---------------------------|-------------------------------------------|
//! | `lex`     | text → tokens             | a character belongs to no token           |
//! | `parse`   | tokens → [`Query`]        | a token does not belong where it stands   |
//! | `check`   | [`Query`] → itself        | the parts do not go together              |
//! | `print`   | [`Query`] → text          | never                                     |
//! | [`sosl`]  | the same for searches     | as above                                  |
//!
//! **Invariants.** `parse(print(q))` is `q` up to spans, so two queries are the same query when
//! they print the same. The tree is at most [`NESTING_MAX`] levels deep, so walking it
//! recursively is safe. Time and memory are linear in the text.
//!
//! **Absent on purpose.** No schema: whether an object, a field or a relationship exists, what
//! may be filtered, grouped or joined, and which clauses an edge allows (`ALL ROWS` and
//! `FOR UPDATE` are Apex only) is the compiler's. No clock: date literals stay symbols.
//!
//! The grammar is the wire reference's, section 10; keywords are case-insensitive, and what a
//! word means follows from where it stands: `Order`, `Group` and `Limit` are names, too.

mod error;
mod ast;
mod vocabulary;
mod lex;
mod parse;
mod check;
mod print;
pub mod sosl;

pub use ast::{
    CategoryFilter, CompareOp, Condition, Direction, FieldsKind, For, ForKind, From, Function,
    FunctionKind, GroupBy, GroupKind, Ident, InValues, Join, Literal, Location, Nulls, Operand,
    OrderItem, Path, Pattern, PatternPart, Query, ScopeClause, SelectItem, TypeOf, Update,
    UpdateKind, Value, When, With, WithMode,
};
pub use error::Error;
pub use vocabulary::{
    AggregateOp, CategorySelector, DateLiteral, DatePart, DateRange, DateUnit, DistanceUnit, Scope,
};

/// The longest statement, in characters.
pub const STATEMENT_CHARS_MAX: usize = 100_000;

/// The longest string literal, in characters after its escapes are read.
pub const STRING_CHARS_MAX: usize = 4_000;

/// How deep parentheses, `NOT`, functions and subqueries may be nested together.
pub const NESTING_MAX: usize = 100;

/// Reads one SOQL statement.
pub fn parse(text: &str) -> Result<Query, Error> {
    if is_too_long(text) {
        return Err(Error::StatementTooLong);
    }
    if text.trim().is_empty() {
        return Err(Error::Empty);
    }
    let query = parse::parse(text, lex::lex(text))?;
    check::check(&query)?;
    Ok(query)
}

/// Writes `query` in its canonical form: keywords in upper case, names as they were written, one
/// blank between tokens.
pub fn print(query: &Query) -> String {
    query.to_string()
}

fn is_too_long(text: &str) -> bool {
    // A character has at least one byte, so that short texts are not counted.
    STATEMENT_CHARS_MAX < text.len() && STATEMENT_CHARS_MAX < text.chars().count()
}
