//! The vocabulary that every crate shares: ids, names, values, decimals, dates, positions.
//!
//! In reading order:
//!
//! | module       | what                                                          |
//! |--------------|---------------------------------------------------------------|
//! | [`id`]       | record ids: 15/18 characters at the edges, one `i64` inside    |
//! | [`name`]     | API names: validity, and equality without case                |
//! | [`mod@fold`] | the case-insensitive form of text, the same on every engine   |
//! | [`decimal`]  | exact decimals, and the scaled integers that storage holds    |
//! | [`temporal`] | dates, datetimes and times as integers, and their wire forms  |
//! | [`value`]    | the value of a field                                          |
//! | [`span`]     | a position in a source text, and the caret line that shows it |
//!
//! **Absent on purpose.** No clock, no randomness, no I/O, and nothing of the CRM: no object,
//! no field, no user.

pub mod id;
pub mod name;
pub mod fold;
pub mod decimal;
pub mod temporal;
pub mod value;
pub mod span;

pub use decimal::Decimal;
pub use fold::fold;
pub use id::{KeyPrefix, RecordId};
pub use span::Span;
pub use temporal::{Date, DateTime, Time};
pub use value::Value;
