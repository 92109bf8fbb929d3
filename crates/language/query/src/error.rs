//! Why a query could not be compiled. All of it is the query's fault.
//!
//! `Display` gives the platform's wording, which clients match on (wire reference, section 3.5);
//! which code and status a kind gets is the edge's matter.

use base::Span;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    pub kind: ErrorKind,
    /// Where in the query's text; none where the platform reports no position.
    pub span: Option<Span>,
}

impl Error {
    pub(crate) fn at(span: Span, kind: ErrorKind) -> Self {
        Self { kind, span: Some(span) }
    }

    pub(crate) fn bare(kind: ErrorKind) -> Self {
        Self { kind, span: None }
    }

    /// The message with the frame that points at the place, where there is one.
    pub fn message(&self, text: &str) -> String {
        match self.span {
            Some(span) => base::span::frame(text, span, &self.kind.to_string()),
            None => self.kind.to_string(),
        }
    }
}

const REFERENCE: &str =
    "Please reference your WSDL or the describe call for the appropriate names.";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    #[error(
        "sObject type '{0}' is not supported. If you are attempting to use a custom object, be \
         sure to append the '__c' after the entity name. {REFERENCE}"
    )]
    UnknownObject(String),
    #[error("entity type {0} does not support query")]
    NotQueryable(String),
    #[error(
        "No such column '{field}' on entity '{object}'. If you are attempting to use a custom \
         field, be sure to append the '__c' after the custom field name. {REFERENCE}"
    )]
    UnknownField { object: String, field: String },
    #[error(
        "Didn't understand relationship '{0}' in field path. If you are attempting to use a \
         custom relationship, be sure to append the '__r' after the custom relationship name. \
         {REFERENCE}"
    )]
    UnknownRelationship(String),
    #[error(
        "Didn't understand relationship '{0}' in FROM part of query call. If you are attempting \
         to use a custom relationship, be sure to append the '__r' after the custom relationship \
         name. {REFERENCE}"
    )]
    UnknownChildRelationship(String),
    #[error("relationship paths have at most {max} levels")]
    PathTooLong { max: usize },
    #[error("duplicate field selected: {0}")]
    DuplicateField(String),
    #[error("field '{0}' can not be filtered in a query call")]
    NotFilterable(String),
    #[error("field '{0}' can not be sorted in a query call")]
    NotSortable(String),
    #[error(
        "value of filter criterion for field '{field}' must be of type {expected} and should \
         {quotes}be enclosed in quotes", quotes = if *.expected == "string" { "" } else { "not " }
    )]
    WrongType { field: String, expected: &'static str },
    #[error("field '{0}' can not be grouped in a query call")]
    NotGroupable(String),
    #[error("field {field} does not support aggregate operator {function}")]
    NotAggregatable { field: String, function: &'static str },
    #[error("field {field} does not support the function {function}")]
    FunctionField { field: String, function: String },
    #[error("Field must be grouped or aggregated: {0}")]
    NotGrouped(String),
    #[error("Grouped field should not be aggregated: {0}")]
    GroupedAggregate(String),
    #[error("duplicate grouping expression: {0}")]
    DuplicateGrouping(String),
    #[error("duplicate alias: {0}")]
    DuplicateAlias(String),
    #[error("Non-grouped query that uses overall aggregate functions cannot also use {0}")]
    OverallAggregate(&'static str),
    #[error("COUNT takes one field")]
    CountArguments,
    #[error(
        "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a \
         single batch"
    )]
    TooManyGroups,
    /// Told by the engine, when the query runs.
    #[error("A sum is outside the valid range of numbers")]
    SumOutOfRange,
    #[error("'{object}' is not an object that '{relationship}' refers to")]
    NotATarget { object: String, relationship: String },
    #[error("invalid ID field: {0}")]
    InvalidId(String),
    #[error("invalid operator")]
    InvalidOperator,
    #[error("Maximum SOQL offset allowed is 2000")]
    OffsetTooLarge,
    #[error(
        "Semi join sub-selects are only allowed at the top level WHERE expressions and not in \
         nested WHERE expressions."
    )]
    NestedSemiJoin,
    #[error("Semi join sub-selects are not allowed with the 'OR' operator")]
    SemiJoinInOr,
    #[error("Cannot have more than two semi join sub-selects")]
    TooManySemiJoins,
    #[error(
        "The left operand field in the where expression for outer query should be an id field, \
         cannot use: '{0}'"
    )]
    SemiJoinOperand(String),
    #[error("The inner select field '{0}' cannot have more than one level of relationships")]
    SemiJoinPath(String),
    #[error(
        "The selected field '{inner}' in the subquery and the left operand field in the where \
         expression in the outer query '{outer}' should point to the same object type"
    )]
    SemiJoinTypes { inner: String, outer: String },
    #[error("The inner and outer selects should not be on the same object type")]
    SemiJoinSameObject,
    #[error("The SOQL FIELDS function must have a LIMIT of at most 200")]
    FieldsNeedsLimit,
    #[error("{0} not allowed in this context")]
    NotInContext(&'static str),
    #[error("at most {max} {what} are allowed in a query")]
    TooMany { what: &'static str, max: usize },
    #[error(
        "the formulas of the fields in this query are too large together; ask for fewer of them"
    )]
    FormulasTooLarge,
    /// Part of the language, and of a later release of Candor.
    #[error("{0} not supported by this version of Candor")]
    Unsupported(String),
}
