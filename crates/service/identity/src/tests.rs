//! Orgs, users and sessions in temporary directories, under a clock that tests move.

mod support;
mod org;
mod login;
mod session;
mod user;
mod orgs;
