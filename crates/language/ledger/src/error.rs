//! Why an entry, a frontier or a proof is refused. All of it is the input's fault.

use crate::entry;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that is empty, too long, or could carry more than an identifier.
    #[error("key `{key}` is not a token of letters, digits and `_-.:/`")]
    Token { key: &'static str },

    #[error("key `{key}` is not an API name")]
    Name { key: &'static str },

    #[error("the changed fields are not in ascending order, each once")]
    FieldOrder,

    /// JSON numbers are exact up to 2^53 - 1 only (RFC 8785, section 3.2.2.3).
    #[error("key `{key}` is above 2^53 - 1")]
    Number { key: &'static str },

    #[error("key `obj` holds no valid record id")]
    RecordId,

    #[error("key `t` is outside the years 1700 to 4000")]
    Time,

    #[error("key `{key}` needs a record in `obj`")]
    NoObject { key: &'static str },

    #[error("key `pl` does not point to an earlier leaf")]
    Previous,

    #[error("the entry has {len} bytes, the limit is {max}", max = entry::LEN_MAX)]
    TooLong { len: usize },

    #[error("unexpected byte at offset {at}")]
    Syntax { at: usize },

    #[error("unknown kind of entry")]
    UnknownKind,

    #[error("unknown kind of actor")]
    UnknownActor,

    #[error("the entry is not in canonical form")]
    NotCanonical,

    #[error("the frontier's length does not fit its size")]
    Frontier,

    #[error("leaf {index} is not in a tree of size {size}")]
    OutOfRange { index: u64, size: u64 },

    #[error("a tree of size {old} is not older than one of size {new}")]
    NotOlder { old: u64, new: u64 },

    #[error("the proof has the wrong length")]
    ProofLength,

    #[error("the proof leads to another root")]
    ProofRoot,
}
