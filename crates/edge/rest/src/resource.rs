//! What stands behind each path, one file per resource.
//!
//! Handlers take a [`crate::request::Call`], ask the services, and write the answer; whatever
//! goes wrong becomes a [`crate::error::Failure`].

pub(crate) mod version;
pub(crate) mod describe;
pub(crate) mod record;
pub(crate) mod external;
pub(crate) mod related;
pub(crate) mod password;
pub(crate) mod blob;
pub(crate) mod replication;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod collection;
pub(crate) mod tree;
pub(crate) mod batch;
pub(crate) mod limits;
