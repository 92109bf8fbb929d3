//! The forms in which values cross the wire: JSON in and out, forms, SOAP, dates of headers.
//!
//! Untrusted text never panics here; whoever reads bounds the size first (`serve`).

pub(crate) mod read;
pub(crate) mod write;
pub(crate) mod form;
pub(crate) mod multipart;
pub(crate) mod soap;
pub(crate) mod date;
