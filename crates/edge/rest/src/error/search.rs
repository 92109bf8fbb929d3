//! Why a search found no answer, as clients read it (wire reference, section 3.6).
//!
//! A search shares its conditions and fields with queries, and so their refusals; what a query
//! would call malformed, it calls by its own code.

#![deny(clippy::wildcard_enum_match_arm)]

use base::Span;

use super::{Code, Failure, of_records, of_syntax};

/// The answer to a search that cannot be read.
pub(crate) fn of_search_syntax(error: &soql::sosl::Error, text: &str) -> Failure {
    use soql::sosl::Error as E;
    match error {
        E::NoTerm | E::TermTooShort { .. } | E::LimitTooLarge { .. } => {
            Failure::new(Code::MalformedSearch, error.frame(text))
        }
        E::Statement(error) => own_code(of_syntax(error, text)),
    }
}

/// The answer to a search that cannot run.
pub(crate) fn of_search(error: records::Error, text: &str) -> Failure {
    own_code(of_records(error, text))
}

/// The answer to a search of an object of which no records can be found.
pub(super) fn not_searchable(object: &str, span: Span, text: &str) -> Failure {
    let message = format!("entity type {object} does not support search");
    Failure::new(Code::InvalidTypeForOperation, base::span::frame(text, span, &message))
}

fn own_code(mut failure: Failure) -> Failure {
    for item in &mut failure.items {
        if item.code == Code::MalformedQuery {
            item.code = Code::MalformedSearch;
        }
    }
    failure
}
