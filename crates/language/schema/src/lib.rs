//! What an org's data model is.
//!
//! In: metadata components, those that ship with Candor and the customer's own, alike.
//! Out: one immutable [`Schema`], and the steps that turn the tables of one into those of
//! another.
//!
//! The stages, in reading order:
//!
//! | module      | from → to                                | can fail because                  |
//! |-------------|------------------------------------------|-----------------------------------|
//! | [`source`]  | a file's text ⇄ a tree of elements       | the text is not well-formed       |
//! | [`def`]     | files → a [`Catalog`] of components      | two files hold the same component |
//! | `resolve`   | `Catalog` → [`Schema`]                   | a definition is wrong or dangling |
//! | `diff`      | two schemas → steps that change tables   | stored values would not fit       |
//!
//! `standard` holds the metadata that ships with Candor. It loads through the same stages; only
//! it may use the extension elements whose names start with `c:`.
//!
//! **Invariant.** A [`Schema`] has no dangling name. Everything that the customer said and that
//! has no effect is told in a [`Notice`]; nothing is dropped in silence.
//!
//! **Absent on purpose.** No I/O, no records, no rights.

pub mod source;
pub mod def;
mod standard;
mod problem;
mod physical;
mod schema;
mod calculation;
mod fold;
mod resolve;
mod diff;

#[cfg(test)]
mod tests;

pub use calculation::{
    Calculation, FieldPath, FilterOperation, FormulaField, Hop, PathStart, Summary, SummaryFilter,
    SummaryOperation, filter_date, formula_type,
};
pub use def::{Catalog, Component, ComponentType, Origin};
pub use diff::{LEAF_COLUMN, Refusal, Step, create_all, diff};
pub use fold::Fold;
pub use physical::NAME_MAX as PHYSICAL_NAME_MAX;
pub use problem::{Notice, NoticeKind, Problem};
pub use resolve::{assign_prefixes, resolve};
pub use schema::*;
