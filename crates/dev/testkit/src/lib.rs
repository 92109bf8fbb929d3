//! What tests share: text cases, the folder of outside material that comes with a checkout,
//! homes for orgs on either engine, and the built program with a client to talk to it.

pub mod cases;
pub mod shared;
#[cfg(feature = "home")]
pub mod home;
pub mod client;
pub mod server;
