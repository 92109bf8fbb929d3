//! What is particular to PostgreSQL, and the engines that speak its protocol.
//!
//! | module         | what                                                                |
//! |----------------|---------------------------------------------------------------------|
//! | [`options`]    | which database, and how it is reached                               |
//! | [`wire`]       | messages out and in, signing in                                     |
//! | [`tls`]        | the same, encrypted                                                 |
//! | [`bind`]       | values into a statement, values out of a row                        |
//! | [`statement`]  | the statements that a connection keeps prepared                     |
//! | [`connection`] | statements out, answers in, several at a time                       |
//! | [`classify`]   | a server's error as one of the store's                              |
//! | [`pool`]       | the connections of a home, shared by its orgs                       |
//! | [`link`]       | an org's use of a connection, one transaction at a time             |
//! | [`insert`]     | rows that are collected and sent together                           |
//! | [`grown`]      | has the server look at tables that have grown                       |
//! | [`lay`]        | makes a new org's tables, on several connections at once            |
//! | [`register`]   | which orgs a database holds; makes, opens and removes them          |
//! | [`search`]     | the search index in `tsvector`s                                     |
//!
//! The client is ours, over the messages of `postgres-protocol`: callers block, so it needs no
//! runtime; and what goes together travels together. A read is one trip (its transaction's
//! beginning and its query), a unit of work two beside its own queries (the org's lock and what
//! the ledger says; all its rows and the commit). On a server at a distance trips are what counts.

pub(crate) mod options;
pub(crate) mod wire;
pub(crate) mod tls;
pub(crate) mod bind;
pub(crate) mod statement;
pub(crate) mod connection;
pub(crate) mod classify;
pub(crate) mod pool;
pub(crate) mod link;
pub(crate) mod insert;
pub(crate) mod grown;
mod lay;
pub(crate) mod register;
pub(crate) mod search;
