//! Projects deployed to real orgs in temporary directories.

mod support;
mod deploy;
mod problem;
mod rights;
mod upgrade;
mod coherence;
mod crash;
