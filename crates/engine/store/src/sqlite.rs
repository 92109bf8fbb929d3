//! What is particular to SQLite: the only modules that name its driver.
//!
//! | module         | what                                                          |
//! |----------------|---------------------------------------------------------------|
//! | [`connection`] | a connection to a file                                        |
//! | [`open`]       | opening one: pragmas, limits                                  |
//! | [`deadline`]   | ends a query that runs too long                               |
//! | [`bind`]       | values into a statement, values out of a row                  |
//! | [`classify`]   | a driver's error as one of the store's                        |
//! | [`shape`]      | texts of inserts, kept between rows                           |
//! | [`copy`]       | a consistent copy of a database that is in use                |
//! | [`search`]     | the search index in FTS5                                      |

pub(crate) mod connection;
pub(crate) mod open;
pub(crate) mod deadline;
pub(crate) mod bind;
pub(crate) mod classify;
pub(crate) mod shape;
pub(crate) mod copy;
pub(crate) mod search;
