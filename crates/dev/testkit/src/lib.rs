//! What tests share: text cases, and the folder of outside material that comes with a checkout.

pub mod cases;
pub mod shared;
