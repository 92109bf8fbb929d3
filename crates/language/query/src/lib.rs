//! Compiles a SOQL query into SQL statements.
//!
//! In: a parsed [`soql::Query`], the org's [`schema::Schema`] and the caller's
//! [`access::Access`]. Out: a [`Compiled`] query, which gives guarded statements for the rows,
//! the ids of all rows, a page of given ids and the count, and the [`Shape`] that turns flat rows
//! back into nested records.
//!
//! In reading order:
//!
//! | module         | what                                                              |
//! |----------------|-------------------------------------------------------------------|
//! | [`mod@compile`] | the stages in order, and what each clause becomes                 |
//! | `path`         | a dotted path to joins and a field, as the caller may read it     |
//! | `calculated`   | formulas and roll-up summaries as expressions                     |
//! | `in_memory`    | formulas that no engine computes, from the row that was read      |
//! | `among`        | a query of given records                                          |
//! | `child`        | child queries, one statement for a page of parents                |
//! | `condition`    | WHERE, with nulls that are never unknown                          |
//! | `like`         | LIKE, with a range that an index can serve                        |
//! | `literal`      | a literal as the value that a field stores                        |
//! | `period`       | a year or a day as a range of dates                               |
//! | `order`        | ORDER BY                                                          |
//! | `select_list`  | the select list to columns and a shape                            |
//! | [`date_range`] | date literals                                                     |
//! | [`shape`]      | rows to JSON or to records                                        |
//!
//! **Invariant.** Every path is resolved with the caller's [`access::Access`], every table that
//! is read carries its predicate, and only then is the statement guarded: what a caller may not
//! see is an unknown column, an unknown relationship or an absent row. What a formula or a roll-up
//! summary makes of other records is its own value: whoever may read the field reads that.
//!
//! **Absent on purpose.** No connection, no clock, no dialect.

pub mod compile;
mod among;
mod child;
mod path;
mod calculated;
mod in_memory;
mod condition;
mod semi_join;
mod like;
mod literal;
mod measure;
mod period;
mod function;
mod order;
mod group;
mod select_list;
pub mod date_range;
pub mod date_part;
mod zone;
pub mod distance;
pub mod shape;
mod cache;
pub mod explain;
mod error;

#[cfg(test)]
mod evaluate;
#[cfg(test)]
mod tests;

pub use cache::{Cache, Variant};
pub use child::ChildPlan;
pub use compile::{Compiled, Context, Output, compile};
pub use date_part::Calendar;
pub use error::{Error, ErrorKind};
pub use select_list::scalar;
pub use shape::{Cell, JsonWriter, Record, Scalar, Shape};
