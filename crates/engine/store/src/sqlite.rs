//! What is particular to SQLite: the only modules that name its driver, besides the ones that
//! hold a connection.
//!
//! | module       | what                                                            |
//! |--------------|-----------------------------------------------------------------|
//! | [`open`]     | opening a file: pragmas, limits, the functions we add            |
//! | [`deadline`] | ends a query that runs too long                                  |
//! | [`bind`]     | values into a statement, values out of a row                     |
//! | [`classify`] | a driver's error as one of the store's                           |
//! | [`copy`]     | a consistent copy of a database that is in use                   |

pub(crate) mod open;
pub(crate) mod deadline;
pub(crate) mod bind;
pub(crate) mod classify;
pub(crate) mod copy;
