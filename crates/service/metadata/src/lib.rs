//! Deploys and retrieves an org's metadata, in Salesforce source format.
//!
//! In: a project on disk. Out: changed tables, stored components, rows that show them, and a new
//! schema in force; or every problem, and nothing changed.
//!
//! | module         | what                                                               |
//! |----------------|--------------------------------------------------------------------|
//! | [`project`]    | a directory → the files of a project, bounded                        |
//! | `plan`         | stored components and a project's → what is to be done, or problems  |
//! | [`profile`]    | the profiles that every org has, and how profiles change             |
//! | `deploy`       | carries a plan out, in one unit of work                              |
//! | `upgrade`      | the same for what another version of the program has made            |
//! | `projection`   | rows that say what metadata says, so that clients can query it       |
//! | `program`      | which version of the program has made tables and rows                |
//! | `stored`       | the tables of metadata                                               |
//! | `load`         | stored components → the schema of an org; what a new org starts with |
//! | `retrieve`     | stored components → a project                                        |
//! | `report`       | what a deploy did, as facts                                          |
//!
//! What ships with Candor is not stored in an org, only what the customer says of it.
//!
//! **Absent on purpose.** What a component means and whether it is right: `schema` knows.

pub mod project;
mod plan;
pub mod profile;
mod deploy;
mod upgrade;
mod projection;
mod program;
mod stored;
mod load;
mod retrieve;
mod report;
mod error;

#[cfg(test)]
mod tests;

pub use deploy::{deploy, found};
pub use error::Error;
pub use load::{Founding, founding, open};
pub use profile::Grant;
pub use project::Project;
pub use report::{Entry, Line, Outcome, Report};
pub use retrieve::{Existing, retrieve};
