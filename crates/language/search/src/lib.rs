//! What is found by which words: texts into tokens, searches into expressions over tokens.
//!
//! In: the texts of a record ([`FieldText`]), or a search as `soql` has read it. Out: the
//! [`Document`] that an index keeps of the record, or a [`Plan`] of what to ask the index, and of
//! what decides where the index alone cannot ([`Expr::matches`]).
//!
//! | module        | what                                                                    |
//! |---------------|-------------------------------------------------------------------------|
//! | [`normalize`] | text without case, diacritics, presentation forms                       |
//! | [`token`]     | text into words, words into the tokens that are indexed                 |
//! | [`phone`]     | digits of a number, and their fragments                                 |
//! | [`html`]      | the text of rich text                                                   |
//! | [`document`]  | the tokens of a record, by group of its fields                          |
//! | [`expr`]      | a search over tokens, and whether a document matches it                 |
//! | [`plan`]      | a search term into expressions, the best matches first                  |
//!
//! **Invariants.** One function makes tokens, for what is stored and for what is asked, and no
//! engine splits or folds anything: both engines find the same. A token holds letters, digits and
//! marks only, or begins with a character for private use ([`token::mark`]), so that it needs no
//! quoting anywhere. Documents are bounded, whatever the texts are.
//!
//! **Absent on purpose.** No schema (which field belongs to which [`Group`] is the caller's), no
//! index (`store` has one for each engine), no stemming and no dictionaries: a word is found as it
//! is written, in any language.

pub mod normalize;
pub mod token;
pub mod phone;
pub mod html;
pub mod document;
pub mod expr;
pub mod plan;

#[cfg(test)]
mod tests;

pub use document::{Document, FieldKind, FieldText, Run};
pub use expr::{Expr, Group, Groups, Piece};
pub use plan::Plan;

/// Documents of another version were made by another tokenizer, and are made anew.
pub const VERSION: i64 = 1;
