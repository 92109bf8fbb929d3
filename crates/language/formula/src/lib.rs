//! Formulas: one language for formula fields, validation rules, default values, automation, flows
//! and merge fields.
//!
//! In: the text of a formula, and a [`Resolver`] that knows the types of fields. Out: a
//! [`Formula`] that knows what it refers to and can be evaluated, or the first [`Error`] with its
//! position. The stages, in reading order:
//!
//! | module          | from → to                            | can fail because                     |
//! |-----------------|--------------------------------------|--------------------------------------|
//! | [`lex`]         | text → tokens                        | a character belongs to no token      |
//! | [`parse`]       | tokens → [`ast`]                     | a token does not belong where it is  |
//! | [`types`]       | what types there are                 |                                      |
//! | [`functions`]   | the table of functions               |                                      |
//! | [`check`]       | [`ast`] → [`expr`], names and types  | a name is unknown, a type is wrong   |
//! | [`eval`]        | [`expr`] → [`Value`]                 | a [`Fault`]: no value for the record |
//! | [`to_sql`]      | [`expr`] → `sql::Expr`               | an engine has no such function       |
//! | [`merge_field`] | template → text                      | as above                             |
//!
//! **Invariants.** Numbers are exact decimals ([`number`]). No text panics, overflows the stack or
//! takes more than linear time. Empty text and blank are the same.
//!
//! **Absent on purpose.** No schema: the resolver answers for one. No clock and no zone: they come
//! with the [`Environment`]. No graph: [`Formula::references`] says what a formula needs, and the
//! caller looks for cycles. No JavaScript.
//!
//! The semantics are those of the platform's open formula engine; `docs/formula.md` says where we
//! differ, and why.

mod error;
pub mod number;
mod calendar;
mod value;
mod context;
mod ast;
mod lex;
mod parse;
mod types;
mod functions;
mod expr;
mod check;
mod eval;
pub mod to_sql;
pub mod merge_field;

use base::Span;

pub use context::Context;
pub use error::{Cause, Error, Fault};
pub use eval::{Environment, Record};
pub use expr::{Formula, VLookup};
pub use number::Number;
pub use types::{FieldType, Type, TypeSet};
pub use value::{Location, Value};

/// How deep parentheses, functions, prefixes and tighter operators may be nested together.
pub const NESTING_MAX: usize = 128;

/// How many relationships a field path may cross.
pub const RELATIONSHIPS_MAX: usize = 10;

/// How many different fields a formula may refer to.
pub const REFERENCES_MAX: usize = 1_000;

/// What a blank number field is in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blanks {
    AsZero,
    AsBlank,
}

/// Where a formula stands and what it should return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    pub context: Context,
    /// The type of the field that it is the value of; none where any type will do.
    pub returns: Option<FieldType>,
    pub blanks: Blanks,
}

/// A field that a formula refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As it was written first: `Account.Owner.Name`, `$User.Id`.
    pub path: String,
    /// The path in lower case: two references are the same field where these are equal.
    pub key: String,
    pub ty: FieldType,
    /// Where it was written first.
    pub span: Span,
}

/// Knows the fields that formulas refer to.
pub trait Resolver {
    /// The type of the field at the end of `path`: relationships first, or a global such as
    /// `$User`, the field last. Names are in any case. `$ObjectType.Object.Fields.Field` is asked
    /// for the arguments of VLOOKUP.
    fn resolve(&self, path: &[&str]) -> Result<FieldType, Unresolved>;
}

/// Why a path has no type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unresolved {
    Unknown,
    /// It exists, but a formula of this kind may not refer to it.
    NotHere,
}

/// Compiles `text`.
pub fn compile(text: &str, settings: &Settings, resolver: &dyn Resolver) -> Result<Formula, Error> {
    let node = parse::parse(text, settings.context.chars_max())?;
    let mut checker = check::Checker { resolver, settings, references: Vec::new() };
    let root = checker.check(&node)?;
    let references = checker.references;
    if let Some(returns) = settings.returns {
        let expected = returns.expression();
        if expected.common(root.ty).is_none() {
            return Err(Error::Result { expected, found: root.ty, span: root.span });
        }
    } else if root.ty == Type::Location {
        return Err(Error::Result { expected: Type::Number, found: root.ty, span: root.span });
    }
    Ok(Formula { root, references, settings: *settings })
}

impl Formula {
    /// The fields it refers to, in the order of their first use.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Whether its value changes from one moment of a day to the next.
    pub fn reads_clock(&self) -> bool {
        self.root.calls(&["NOW", "TIMENOW"])
    }

    /// Whether its text may hold links or images, as HTML.
    pub fn makes_html(&self) -> bool {
        self.root.calls(&["HYPERLINK", "IMAGE"])
    }

    /// The type of its value; [`Type::Null`] where it is always blank.
    pub fn ty(&self) -> Type {
        self.root.ty
    }
}

/// Names, signatures and contexts of all functions: one line each, for the documentation and for
/// editors.
pub fn signatures() -> Vec<String> {
    functions::all().map(functions::Function::signature).collect()
}

#[cfg(test)]
mod tests;
