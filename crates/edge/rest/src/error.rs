//! The one place where a failure gets a Salesforce code and an HTTP status.
//!
//! [`Code`] is the table. The functions below it turn each service's error into a code and the
//! sentence that clients see (wire reference, sections 2.4 and 3.5); they match without a
//! catch-all, so that a new variant does not compile until somebody has chosen its code.
//!
//! What the caller cannot mend is a [`Failure`] with a cause: the cause goes to the log under an
//! error id, and only the id goes to the caller.

#![deny(clippy::wildcard_enum_match_arm)]

mod row;
mod denial;
mod identity;
mod search;

use axum::http::StatusCode;

pub use denial::Denial;
pub(crate) use denial::denial_status;
pub(crate) use identity::{api_disabled, denial_of, not_permitted, of_denial};
pub(crate) use row::of_row;
pub(crate) use search::{of_search, of_search_syntax};

/// Writes the table of codes once, as an enum, its names on the wire and its statuses.
macro_rules! codes {
    ($($variant:ident $name:literal $status:literal $when:literal)*) => {
        /// What went wrong, in the wire's vocabulary (wire reference, appendix A).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $when] $variant,)*
        }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as clients read it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The status of a REST answer; a SOAP fault always has 500.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                }
            }

            /// When a caller meets it: the text of `docs/errors.md`.
            pub fn when(self) -> &'static str {
                match self {
                    $(Self::$variant => $when,)*
                }
            }
        }
    };
}

#[rustfmt::skip]
codes! {
    AllOrNoneRolledBack     "ALL_OR_NONE_OPERATION_ROLLED_BACK"     400 "Nothing was wrong with the record, but with another of its all-or-none call."
    ApiDisabledForOrg       "API_DISABLED_FOR_ORG"                  403 "The user's profile does not permit the API."
    BatchProcessingHalted   "BATCH_PROCESSING_HALTED"               412 "An earlier request of the batch failed, and the batch was to end there."
    CannotInsert            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"  400 "The caller may not create records of the object."
    CircularDependency      "CIRCULAR_DEPENDENCY"                   400 "A lookup would put the record above itself."
    DeleteFailed            "DELETE_FAILED"                         400 "Other records keep this one from being deleted."
    DuplicateExternalId     "DUPLICATE_EXTERNAL_ID"                 400 "An external id fits several records."
    DuplicateValue          "DUPLICATE_VALUE"                       400 "Another record has the value of a unique field."
    EntityIsDeleted         "ENTITY_IS_DELETED"                     404 "The record is in the recycle bin."
    ExceededIdLimit         "EXCEEDED_ID_LIMIT"                     400 "More ids than one answer may hold."
    ExceededMaxSemiJoins    "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS"      400 "The query has more than two semi-joins."
    ExceededMaxSizeRequest  "EXCEEDED_MAX_SIZE_REQUEST"             413 "The body is larger than 50 MB, or inflates to more."
    FieldIntegrity          "FIELD_INTEGRITY_EXCEPTION"             400 "The value would lock the caller, or every administrator, out."
    FunctionalityNotEnabled "FUNCTIONALITY_NOT_ENABLED"             403 "A SOAP operation that Candor does not have."
    InactiveOwnerOrUser     "INACTIVE_OWNER_OR_USER"                400 "The owner is no active user."
    InsufficientAccess      "INSUFFICIENT_ACCESS_OR_READONLY"       403 "The caller may not change or delete records of the object."
    InsufficientCrossAccess "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" 403 "The caller may not read the record that a lookup names."
    InvalidAuthHeader       "INVALID_AUTH_HEADER"                   401 "The `Authorization` header has no form that is known."
    InvalidCrossReference   "INVALID_CROSS_REFERENCE_KEY"           400 "An id names no record, or none of the right object."
    InvalidEmailAddress     "INVALID_EMAIL_ADDRESS"                 400 "The text is no email address."
    InvalidField            "INVALID_FIELD"                         400 "There is no such field, or the caller may not see it."
    InvalidFieldForWrite    "INVALID_FIELD_FOR_INSERT_UPDATE"       400 "The field cannot be written, or the caller may not write it."
    InvalidInput            "INVALID_INPUT"                         400 "The request is well-formed and means nothing here."
    InvalidLogin            "INVALID_LOGIN"                         401 "The username, password or security token is wrong, or the user is locked out."
    InvalidNewPassword      "INVALID_NEW_PASSWORD"                  400 "The password is too short, too long or the username."
    InvalidPicklistValue    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" 400 "The value is none of a restricted picklist's."
    InvalidQueryFilter      "INVALID_QUERY_FILTER_OPERATOR"         400 "The operator or its operand does not go with the field."
    InvalidQueryLocator     "INVALID_QUERY_LOCATOR"                 400 "The locator is unknown, expired or another user's."
    InvalidReplicationDate  "INVALID_REPLICATION_DATE"              400 "The end is not after the start, or the range is too long or too old."
    InvalidSessionId        "INVALID_SESSION_ID"                    401 "The session is missing, unknown or expired."
    InvalidType             "INVALID_TYPE"                          400 "A query or a record names no object that the caller may see."
    InvalidTypeForOperation "INVALID_TYPE_FOR_OPERATION"            400 "The object cannot be queried."
    InvalidTypeOnField      "INVALID_TYPE_ON_FIELD_IN_RECORD"       400 "The value is not of the field's type."
    JsonParserError         "JSON_PARSER_ERROR"                     400 "The body is not JSON, or not of the shape that the resource takes."
    MalformedId             "MALFORMED_ID"                          400 "The text is no id, or an id of the wrong object."
    MalformedQuery          "MALFORMED_QUERY"                       400 "The text is not SOQL, or SOQL that cannot run."
    MalformedSearch         "MALFORMED_SEARCH"                      400 "The text is not SOSL, or SOSL that cannot run."
    MethodNotAllowed        "METHOD_NOT_ALLOWED"                    405 "The resource has other methods: see the `Allow` header."
    MissingArgument         "MISSING_ARGUMENT"                      400 "A value that the call needs is absent."
    NotFound                "NOT_FOUND"                             404 "There is no such resource, object or record, or the caller may not see it."
    NumberOutOfRange        "NUMBER_OUTSIDE_VALID_RANGE"            400 "The number does not fit."
    QueryTimeout            "QUERY_TIMEOUT"                         400 "The query ran longer than it may."
    QueryTooComplicated     "QUERY_TOO_COMPLICATED"                 400 "The query has more conditions, fields or relationships than the database takes."
    RequiredFieldMissing    "REQUIRED_FIELD_MISSING"                400 "A required field has no value."
    ServerUnavailable       "SERVER_UNAVAILABLE"                    503 "Too many requests at once, or the storage does not answer; try again."
    StringTooLong           "STRING_TOO_LONG"                       400 "The text is longer than the field."
    UnableToLockRow         "UNABLE_TO_LOCK_ROW"                    400 "Metadata or the caller's rights changed while the call ran; nothing was done, and calling again is all it takes."
    UndeleteFailed          "UNDELETE_FAILED"                       400 "The record is not in the recycle bin, or its parent is."
    UnknownException        "UNKNOWN_EXCEPTION"                     500 "A fault of Candor's; the message has the id under which the log explains it."
    UnsupportedApiVersion   "UNSUPPORTED_API_VERSION"               400 "The SOAP path names a version that Candor does not speak."
    UnsupportedMediaType    "UNSUPPORTED_MEDIA_TYPE"                415 "The resource does not take bodies of this content type."
}

/// One element of an error array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub code: Code,
    pub message: String,
    /// Absent where the error is about no record.
    pub fields: Option<Vec<String>>,
}

/// Why a request gets no success.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Never empty; several only where a record failed for several reasons, because clients
    /// treat a longer array as an error of another kind.
    items: Vec<Item>,
    /// What the log is told and the caller is not.
    cause: Option<String>,
    /// The methods that the resource has, for 405.
    allow: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let item = Item { code, message: message.into(), fields: None };
        Self { items: vec![item], cause: None, allow: None }
    }

    /// A failure of a record, for one reason or several.
    pub(crate) fn of_record(items: Vec<Item>) -> Self {
        if items.is_empty() {
            return Self::internal(&"a record was refused without a reason");
        }
        Self { items, cause: None, allow: None }
    }

    /// A fault of ours. The message is completed with the error id when it is answered.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        let mut failure = Self::new(Code::UnknownException, "");
        failure.cause = Some(cause.to_string());
        failure
    }

    pub(crate) fn not_found() -> Self {
        Self::new(Code::NotFound, "The requested resource does not exist")
    }

    pub(crate) fn session() -> Self {
        Self::new(Code::InvalidSessionId, "Session expired or invalid")
    }

    pub(crate) fn method_not_allowed(method: &str, allow: String) -> Self {
        let message = format!("HTTP Method '{method}' not allowed. Allowed are {allow}");
        let mut failure = Self::new(Code::MethodNotAllowed, message);
        failure.allow = Some(allow);
        failure
    }

    /// The body is not of the shape that the resource takes.
    pub(crate) fn shape(message: impl Into<String>) -> Self {
        Self::new(Code::JsonParserError, message)
    }

    pub(crate) fn missing(argument: &str) -> Self {
        Self::new(Code::MissingArgument, format!("Missing required argument: {argument}"))
    }

    pub(crate) fn busy() -> Self {
        Self::new(Code::ServerUnavailable, "The server is busy. Try again.")
    }

    pub(crate) fn code(&self) -> Code {
        self.items[0].code
    }

    pub(crate) fn allow(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub(crate) fn status(&self) -> StatusCode {
        status(self.code())
    }

    /// The elements of the answer; `error_id` is where the log has the cause.
    pub(crate) fn items(mut self, error_id: &str) -> Vec<Item> {
        // What the caller can act on is said; the rest is found by its id.
        if self.items[0].message.is_empty() {
            self.items[0].message = format!(
                "An unexpected error occurred. Include this ErrorId if you contact support: \
                 {error_id}"
            );
        }
        self.items
    }
}

pub(crate) fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).expect("invariant: the table holds statuses of HTTP")
}

/// An error with everything under it, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match &error {
            E::Busy => Self::busy(),
            E::Timeout => {
                Self::new(Code::QueryTimeout, "Your query request was running for too long.")
            }
            E::Unavailable { .. } => {
                let message = "The storage does not answer. Nothing was changed; try again.";
                let mut failure = Self::new(Code::ServerUnavailable, message);
                failure.cause = Some(Chain(&error).to_string());
                failure
            }
            E::Sql { statement, source } if exceeds_engine(statement, &source.to_string()) => {
                Self::new(Code::QueryTooComplicated, "The query is too complicated to run.")
            }
            E::Closed { .. } => Self::new(
                Code::ServerUnavailable,
                "The org is being moved. It can be read; try again to change it in a moment.",
            ),
            // Found by another process, or before it was moved or removed: the next look tells.
            E::Missing { .. } => Self::new(
                Code::ServerUnavailable,
                "The org is not where it was a moment ago. Nothing was changed; try again.",
            ),
            E::InDoubt => {
                let message = "It is not known whether the changes were kept. Look for them \
                               before you send them again.";
                // Not 503: clients answer that by sending the same again.
                let mut failure = Self::new(Code::UnknownException, message);
                failure.cause = Some(Chain(&error).to_string());
                failure
            }
            E::Unique { .. }
            | E::Corrupt { .. }
            | E::Newer { .. }
            | E::Locked { .. }
            | E::Exists { .. }
            | E::Unlogged
            | E::Entry(_)
            | E::Unsupported { .. }
            | E::Sql { .. } => Self::internal(&Chain(&error)),
        }
    }
}

/// Whether the engine refuses a query for its size: a bound of its own, and not a bug.
fn exceeds_engine(statement: &str, reason: &str) -> bool {
    let reads = statement.starts_with("SELECT") || statement.starts_with("WITH");
    let sizes = [
        "Expression tree is too large",
        "LIKE or GLOB pattern too complex",
        "at most ",
        "parser stack overflow",
        "string or blob too big",
        "too many ",
    ];
    // PostgreSQL has a class of codes for it; the store puts the code behind the message.
    let limit = |it: &str| it.len() == 6 && it.starts_with("54") && it.ends_with(')');
    let is_limit = reason.rsplit_once('(').is_some_and(|(_, code)| limit(code));
    reads && (is_limit || sizes.iter().any(|it| reason.starts_with(it)))
}

/// The answer to a query that cannot be read.
pub(crate) fn of_syntax(error: &soql::Error, text: &str) -> Failure {
    use soql::Error as E;
    let code = match error {
        E::NumberRange { .. } => Code::NumberOutOfRange,
        E::Empty
        | E::StatementTooLong
        | E::UnexpectedToken { .. }
        | E::UnexpectedCharacter { .. }
        | E::Unterminated { .. }
        | E::IllegalEscape { .. }
        | E::StringTooLong { .. }
        | E::InvalidDate { .. }
        | E::DistanceUnit { .. }
        | E::BindVariable { .. }
        | E::TooDeep { .. }
        | E::FieldAlias { .. }
        | E::AggregateInSubquery { .. } => Code::MalformedQuery,
    };
    Failure::new(code, error.frame(text))
}

/// The answer to a query that cannot run.
pub(crate) fn of_query(error: &query::Error, text: &str) -> Failure {
    use query::ErrorKind as K;
    let code = match &error.kind {
        K::UnknownObject(_) | K::UnknownChildRelationship(_) => Code::InvalidType,
        K::NotQueryable(_) => Code::InvalidTypeForOperation,
        K::FormulasTooLarge => Code::QueryTooComplicated,
        K::UnknownField { .. }
        | K::UnknownRelationship(_)
        | K::DuplicateField(_)
        | K::NotFilterable(_)
        | K::NotSortable(_)
        | K::NotGroupable(_)
        | K::NotAggregatable { .. }
        | K::FunctionField { .. }
        | K::WrongType { .. } => Code::InvalidField,
        K::InvalidId(_) | K::InvalidOperator => Code::InvalidQueryFilter,
        K::OffsetTooLarge | K::SumOutOfRange => Code::NumberOutOfRange,
        K::TooManySemiJoins => Code::ExceededMaxSemiJoins,
        K::TooManyGroups => Code::ExceededIdLimit,
        K::NotATarget { .. } => Code::InvalidType,
        K::PathTooLong { .. }
        | K::NotGrouped(_)
        | K::GroupedAggregate(_)
        | K::DuplicateGrouping(_)
        | K::DuplicateAlias(_)
        | K::OverallAggregate(_)
        | K::CountArguments
        | K::SemiJoinTypes { .. }
        | K::NestedSemiJoin
        | K::SemiJoinInOr
        | K::SemiJoinOperand(_)
        | K::SemiJoinPath(_)
        | K::SemiJoinSameObject
        | K::FieldsNeedsLimit
        | K::NotInContext(_)
        | K::TooMany { .. }
        | K::Unsupported(_) => Code::MalformedQuery,
    };
    Failure::new(code, error.message(text))
}

/// The answer to a call that `records` could not take. `text` is its query, where it had one.
pub(crate) fn of_records(error: records::Error, text: &str) -> Failure {
    use records::Error as E;
    match error {
        E::Store(error) => error.into(),
        E::Query(error) => of_query(&error, text),
        E::Syntax(error) => of_syntax(&error, text),
        E::NotSearchable { object, span } => search::not_searchable(&object, span, text),
        E::InvalidQueryLocator => Failure::new(Code::InvalidQueryLocator, "invalid query locator"),
        E::UnknownActor { .. } => Failure::session(),
        E::Stale => Failure::new(
            Code::UnableToLockRow,
            "unable to obtain exclusive access to this record: metadata or rights changed \
             meanwhile, try again",
        ),
        E::UnknownObject { .. } => Failure::not_found(),
        E::UnknownField { object, field } => Failure::new(
            Code::InvalidField,
            format!("No such column '{field}' on sobject of type {object}"),
        ),
        E::Inconsistent { .. } | E::Schema(_) => Failure::internal(&Chain(&error)),
    }
}

impl From<records::Error> for Failure {
    fn from(error: records::Error) -> Self {
        of_records(error, "")
    }
}

#[cfg(test)]
mod tests;
