//! Orgs across homes: found, opened, closed, moved, exported and imported.
//!
//! Each case of moving runs from SQLite to SQLite; where the run is about PostgreSQL, it runs
//! from either engine to the other one, and from one part of a database to another.

mod support;
mod find;
mod index;
mod open;
mod away;
mod move_;
mod cut_off;
mod file;
