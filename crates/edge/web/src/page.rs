//! One module for each page, or for the few that share a form. A page function takes a visit and
//! gives a reply; it blocks, and knows nothing of HTTP.

pub(crate) mod login;
pub(crate) mod home;
pub(crate) mod list;
pub(crate) mod record;
pub(crate) mod edit;
pub(crate) mod delete;
pub(crate) mod bin;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod trouble;
