//! The tamper-evident log as mathematics.
//!
//! Every change to an org appends one [`Entry`] to the org's log. The entry's canonical bytes
//! are a leaf of a Merkle tree; whoever knows the tree's [`Head`] can tell whether any byte of
//! any entry was changed, dropped, added or moved since.
//!
//! In reading order:
//!
//! | module     | what                                                                     |
//! |------------|--------------------------------------------------------------------------|
//! | [`entry`]  | one entry, and its canonical JSON (RFC 8785), written and strictly read   |
//! | [`tree`]   | hashing (RFC 6962), commitments, and the right edge that appending needs  |
//! | [`proof`]  | inclusion and consistency proofs, made and checked (RFC 9162)             |
//! | [`verify`] | reads a whole log in order, rebuilds its root, and names the first fault  |
//!
//! **Invariant.** No entry holds personal data in the clear: people are keyed pseudonyms, values
//! are commitments, and every other text is a name or token of an alphabet too small for an
//! address or a sentence. The writer refuses the rest, so no caller can get it wrong.
//!
//! **Absent on purpose.** No storage, clock or randomness: nonces, pseudonyms and times are
//! given. What a canonical row is, which the `row` commitment covers, is the caller's to say.

pub mod entry;
pub mod tree;
pub mod proof;
pub mod verify;
mod error;

#[cfg(test)]
mod tests;

pub use entry::{Actor, ActorKind, Body, Entry, Kind, Why};
pub use error::Error;
pub use proof::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use tree::{Frontier, Hash, Head, commitment, hex, leaf_hash, node_hash};
pub use verify::{Fault, Verifier};
