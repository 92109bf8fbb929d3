//! The parts that pages are made of. Each is a function from values to markup; none reads
//! anything.

pub(crate) mod icon;
pub(crate) mod notice;
pub(crate) mod tile;
pub(crate) mod value;
pub(crate) mod table;
pub(crate) mod input;
mod linked_text;
