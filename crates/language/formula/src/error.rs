//! Why a formula does not compile, and why one has no value. All of it is the formula's fault.
//!
//! The wording follows the platform's, because people search for it.

use base::Span;

use crate::types::{Type, TypeSet};
use crate::{Context, NESTING_MAX};

/// Why a formula does not compile; [`Error::span`] says where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Formula is too long ({chars} characters). Maximum length is {max} characters")]
    TooLong { chars: usize, max: usize },
    #[error("Formula is empty")]
    Empty,
    #[error("Syntax error. Found `{found}`, which belongs to no expression")]
    Character { found: char, span: Span },
    #[error("Syntax error. The text that starts here has no end")]
    UnterminatedText { span: Span },
    #[error("Syntax error. The comment that starts here has no end")]
    UnterminatedComment { span: Span },
    #[error("Syntax error. A text has no line breaks; use BR() or a second text")]
    LineBreak { span: Span },
    #[error("Syntax error. Found {found}, expected {expected}")]
    Unexpected { found: String, expected: &'static str, span: Span },
    #[error("Syntax error. Missing `}}` of the merge field that starts here")]
    UnterminatedField { span: Span },
    #[error("Formula is nested more than {NESTING_MAX} levels deep")]
    TooDeep { span: Span },
    #[error("Number is too large or has too many digits")]
    NumberTooLarge { span: Span },
    #[error("Unknown function {name}. Check spelling")]
    UnknownFunction { name: String, span: Span },
    #[error("Function {name} may not be used in this type of formula ({context})")]
    NotHere { name: &'static str, context: Context, span: Span },
    #[error(
        "Incorrect number of parameters for function '{name}()'. Expected {expected}, received \
         {found}"
    )]
    Arguments { name: &'static str, expected: String, found: usize, span: Span },
    #[error(
        "Incorrect parameter type for {what}. Expected {expected}, received {found}{}",
        if found.is_picklist() { "; use it in ISPICKVAL, INCLUDES, CASE or TEXT" } else { "" }
    )]
    Mismatch { what: String, expected: TypeSet, found: Type, span: Span },
    #[error("Function '{name}()' takes {what} here")]
    Literal { name: &'static str, what: &'static str, span: Span },
    #[error("Regular expression is not supported: {reason}")]
    Pattern { reason: String, span: Span },
    #[error("Field {path} does not exist. Check spelling")]
    UnknownField { path: String, span: Span },
    #[error("Field {path} may not be used in this type of formula")]
    FieldNotHere { path: String, span: Span },
    #[error("Field {path} crosses {levels} relationships; at most {max} may be crossed")]
    PathTooLong { path: String, levels: usize, max: usize, span: Span },
    #[error("Formula refers to more than {max} fields")]
    TooManyFields { max: usize, span: Span },
    #[error(
        "Formula result is data type ({found}), incompatible with expected data type ({expected})"
    )]
    Result { expected: Type, found: Type, span: Span },
}

impl Error {
    /// The part of the text that the error is about.
    pub fn span(&self) -> Span {
        let mut it = self.clone();
        it.span_mut().map_or(Span::default(), |span| *span)
    }

    fn span_mut(&mut self) -> Option<&mut Span> {
        match self {
            Self::TooLong { .. } | Self::Empty => None,
            Self::Character { span, .. }
            | Self::UnterminatedText { span }
            | Self::UnterminatedComment { span }
            | Self::LineBreak { span }
            | Self::Unexpected { span, .. }
            | Self::UnterminatedField { span }
            | Self::TooDeep { span }
            | Self::NumberTooLarge { span }
            | Self::UnknownFunction { span, .. }
            | Self::NotHere { span, .. }
            | Self::Arguments { span, .. }
            | Self::Mismatch { span, .. }
            | Self::Literal { span, .. }
            | Self::Pattern { span, .. }
            | Self::UnknownField { span, .. }
            | Self::FieldNotHere { span, .. }
            | Self::PathTooLong { span, .. }
            | Self::TooManyFields { span, .. }
            | Self::Result { span, .. } => Some(span),
        }
    }
}

impl Error {
    /// The same error of a formula that is part of a longer text: its spans move by `by`, and an
    /// error about the whole is about `whole`.
    pub(crate) fn moved(mut self, by: u32, whole: Span) -> Self {
        if let Self::Empty = self {
            let found = "an empty merge field".to_owned();
            return Self::Unexpected { found, expected: "an expression", span: whole };
        }
        if let Some(span) = self.span_mut() {
            *span = Span { start: span.start + by, end: span.end + by };
        }
        self
    }
}

/// Why a formula has no value for a record: what a formula field shows as `#Error!`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Fault {
    pub cause: Cause,
    /// The operator or function whose arguments had no result.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("division by zero, or a number out of range")]
    Range,
    #[error("out of the domain of {0}()")]
    Domain(&'static str),
    #[error("not a number")]
    NotANumber,
    #[error("not a date, a time or a datetime that {0}() reads")]
    NotATime(&'static str),
    #[error("no such day in the calendar")]
    NoSuchDay,
    #[error("latitude or longitude out of range")]
    Location,
    #[error("unit of distance is neither 'mi' nor 'km'")]
    Unit,
    #[error("regular expression is not supported: {0}")]
    Pattern(String),
    #[error("not JSON, or not a path")]
    Json,
    #[error("no rate for the currency")]
    Currency,
    #[error("text is too long")]
    TextTooLong,
    #[error("formula takes too many steps")]
    TooManySteps,
    #[error("a field that it needs has no value")]
    Needed,
}
