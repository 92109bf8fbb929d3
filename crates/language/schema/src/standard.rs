//! The metadata that ships with Candor: standard objects, value sets and layouts, as source
//! format. They load through the same path as a customer's own.

mod files;

pub(crate) use files::FILES;
