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
    reader.query(query, |row| each(row))
}
