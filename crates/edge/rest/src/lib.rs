//! The Salesforce-compatible HTTP API: the only crate that knows its shapes and codes.
//!
//! In: requests of unmodified outside clients. Out: what the platform would answer (wire
//! reference), from the services below.
//!
//! In reading order:
//!
//! | module       | what                                                               |
//! |--------------|--------------------------------------------------------------------|
//! | [`routes`]   | the table of all resources, and how a path finds its row           |
//! | [`error`]    | the table of all codes, and the code of each service's errors      |
//! | [`serve`]    | the asynchronous edge: bodies, bounds, one hop to a worker thread  |
//! | [`state`]    | orgs, sessions, usage                                              |
//! | [`request`]  | a request as handlers see it                                       |
//! | [`reply`]    | an answer                                                          |
//! | [`wire`]     | JSON, forms, SOAP, dates                                           |
//! | [`resource`] | what stands behind each path                                       |
//! | [`oauth`], [`soap`], [`person`] | logging in and out, and who is logged in        |
//!
//! **Invariants.** Handlers are ordinary functions on a worker thread. Codes and statuses of
//! failures come from [`error`] alone. What a caller may not see is answered like what does not
//! exist. Nothing is logged that came from outside.
//!
//! **Absent on purpose.** Cookies and pages: `web`. Rights: `access`. The rules of saving:
//! `records`. TLS and listening: `candor`.

mod routes;
mod error;
mod serve;
mod state;
mod request;
mod reply;
mod wire;
mod resource;
mod oauth;
mod soap;
mod person;

#[cfg(test)]
mod tests;

pub use error::{Code, Denial};
pub use serve::router;
pub use state::{Scheme, State};
