//! Salesforce source format: its files as trees of elements, and its paths as component names.
//!
//! | module   | what                                                       |
//! |----------|------------------------------------------------------------|
//! | [`xml`]  | text ⇄ [`Element`], bounded, without DTD or outside entity |
//! | [`path`] | path in a project ⇄ component type and full name           |

pub mod xml;
pub mod path;

pub use path::{Place, place};
pub use xml::{Element, XmlError};
