//! Pages against a real org in a temporary directory, as a browser asks for them.

mod browser;
mod well_formed;
mod sign_in;
mod list;
mod record;
mod edit;
mod bin;
mod pages;
