//! The tests of the crate as its users see it: text in, text out.

mod round_trip;
mod cases;
mod conformance;
mod properties;
mod limits;
mod search;
mod rules;
