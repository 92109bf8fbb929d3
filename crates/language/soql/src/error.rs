//! Why a text is not a query. The messages are the wire's (wire reference, section 3.5).

use base::Span;

use crate::{NESTING_MAX, STATEMENT_CHARS_MAX, STRING_CHARS_MAX};

/// The first fault of a text; all of them are the text's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("SOQL statements cannot be empty or null")]
    Empty,

    #[error("SOQL statements cannot be longer than {STATEMENT_CHARS_MAX} characters.")]
    StatementTooLong,

    /// A token, or the end (`<EOF>`), does not belong where it stands.
    #[error("unexpected token: '{token}'")]
    UnexpectedToken { token: String, span: Span },

    /// A character belongs to no token. Lines count from 1, columns from 0.
    #[error("line {line}:{column} no viable alternative at character '{character}'")]
    UnexpectedCharacter { character: char, line: usize, column: usize, span: Span },

    /// A string (`'`) or a comment (`*`) is not closed.
    #[error("line {line}:{column} mismatched character '<EOF>' expecting '{expected}'")]
    Unterminated { expected: char, line: usize, column: usize, span: Span },

    #[error(
        "Invalid string literal {literal}. Illegal character sequence '{sequence}' in string \
         literal."
    )]
    IllegalEscape { literal: String, sequence: String, span: Span },

    #[error("String literal is longer than {STRING_CHARS_MAX} characters")]
    StringTooLong { span: Span },

    #[error("Number outside valid range: {number}")]
    NumberRange { number: String, span: Span },

    /// Shaped as a date, datetime or time, but none that exists or that the platform holds.
    #[error("Invalid date: {text}")]
    InvalidDate { text: String, span: Span },

    #[error("Invalid distance unit: {unit}. Valid unit: 'mi', 'km'")]
    DistanceUnit { unit: String, span: Span },

    #[error("Bind variables only allowed in Apex code")]
    BindVariable { span: Span },

    #[error("Query is nested more than {NESTING_MAX} levels deep")]
    TooDeep { span: Span },

    #[error("only aggregate expressions use field aliasing")]
    FieldAlias { span: Span },

    #[error("only root queries support aggregate expressions")]
    AggregateInSubquery { span: Span },
}

impl Error {
    /// The sentence without its frame, as the wire has it.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// Where the fault is; none where it is the statement as a whole.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Empty | Self::StatementTooLong => None,
            Self::UnexpectedToken { span, .. }
            | Self::UnexpectedCharacter { span, .. }
            | Self::Unterminated { span, .. }
            | Self::IllegalEscape { span, .. }
            | Self::StringTooLong { span }
            | Self::NumberRange { span, .. }
            | Self::InvalidDate { span, .. }
            | Self::DistanceUnit { span, .. }
            | Self::BindVariable { span }
            | Self::TooDeep { span }
            | Self::FieldAlias { span }
            | Self::AggregateInSubquery { span } => Some(*span),
        }
    }

    /// The text that goes on the wire for the statement `text`: the message under the row and the
    /// caret. The lexer's errors name their position themselves and have no frame.
    pub fn frame(&self, text: &str) -> String {
        match (self, self.span()) {
            (Self::UnexpectedCharacter { .. } | Self::Unterminated { .. }, _) | (_, None) => {
                self.message()
            }
            (_, Some(span)) => base::span::frame(text, span, &self.message()),
        }
    }
}

/// How much of a token an error repeats: a name may be as long as the statement.
const QUOTED_CHARS_MAX: usize = 80;

/// The beginning of `text`, as an error repeats it.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
