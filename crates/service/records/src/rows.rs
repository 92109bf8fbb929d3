//! Running a guarded query and seeing its rows as [`sql::Row`]s, which shapes read.

use access::Guarded;
use sql::Row;
use store::Reader;

use crate::error::Error;

/// Hands each row of `query` to `each`, whose error ends it.
pub(crate) fn each(
    reader: &Reader,
    query: &Guarded,
    mut each: impl FnMut(&dyn Row) -> Result<(), Error>,
) -> Result<(), Error> {
    reader.query(query, |row| each(row)).map_err(sum_out_of_range)
}

/// What an engine says where a sum is beyond 64 bits: it is the records', and no fault of ours.
fn sum_out_of_range(error: Error) -> Error {
    let Error::Store(store::Error::Sql { source, .. }) = &error else { return error };
    let reason = source.to_string();
    // The store puts PostgreSQL's code behind the message.
    if reason != "integer overflow" && !reason.ends_with("(22003)") {
        return error;
    }
    query::Error { kind: query::ErrorKind::SumOutOfRange, span: None }.into()
}
