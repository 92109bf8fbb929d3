//! One entry of the log (`candor-leaf/1`).
//!
//! Entry bytes are RFC 8785 JSON of one fixed shape. In canonical order:
//!
//! | key    | what                                                   | present                |
//! |--------|--------------------------------------------------------|------------------------|
//! | `act`  | `h` keyed pseudonym (hex), `t` kind of actor           | always                 |
//! | `body` | `c` commitment (hex), `n` length of the body           | if there is a body     |
//! | `f`    | API names of the changed fields, ascending             | if any                 |
//! | `k`    | kind of entry, dotted                                  | always                 |
//! | `m`    | counter: the index of this leaf                        | always                 |
//! | `obj`  | `id` 18-character record id, `t` object API name       | if about a record      |
//! | `org`  | org id                                                 | always                 |
//! | `pl`   | index of the previous leaf about the same record       | if there is one        |
//! | `pol`  | hash of the policy bundle in force (hex)               | if one decided         |
//! | `req`  | id of the request                                      | if there was a request |
//! | `row`  | commitment to the canonical row after the change (hex) | if a row remains       |
//! | `t`    | RFC 3339 UTC with milliseconds                         | always                 |
//! | `v`    | 1                                                      | always                 |
//! | `why`  | `code`, and `ref` to a case, hold or grant             | if a reason was given  |
//!
//! The alphabets of all texts need no JSON escape, and absent keys are left out, so an entry has
//! exactly one form: [`Entry::parse`] accepts what [`Entry::canonical`] writes and nothing else.

mod write;
mod read;

use base::{DateTime, RecordId};

use crate::{Error, Hash};

/// The longest entry: bundles of entries carry 16-bit lengths (tlog-tiles).
pub const LEN_MAX: usize = 65_535;

/// The largest counter: what a JSON number holds exactly.
pub const COUNTER_MAX: u64 = (1 << 53) - 1;

/// The longest text that is not an API name.
pub const TOKEN_LEN_MAX: usize = 128;

/// What happened, to what, by whom: one leaf of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    pub time: DateTime,
    /// The index of this leaf in its log.
    pub counter: u64,
    pub org: String,
    /// The API name of the object and the id of the record.
    pub object: Option<(String, RecordId)>,
    pub actor: Actor,
    /// The commitment to the canonical row after the change, under the row's nonce.
    pub row: Option<Hash>,
    /// The index of the previous leaf about the same record.
    pub previous: Option<u64>,
    pub body: Option<Body>,
    pub why: Option<Why>,
    /// The hash of the policy bundle in force.
    pub policy: Option<Hash>,
    pub request: Option<String>,
    /// The API names of the changed fields, ascending by bytes, each once.
    pub fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// An HMAC under the org's key, made by the caller; never a name or a plain hash of one.
    pub pseudonym: Hash,
}

/// A commitment to bytes that are kept, encrypted and erasable, beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    pub commitment: Hash,
    pub len: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub code: String,
    /// The id of the case, hold or grant behind the code.
    pub reference: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    OrgCreate,
    MetaDeploy,
    RecordCreate,
    RecordUpdate,
    RecordDelete,
    RecordUndelete,
    /// A record leaves the recycle bin for good.
    RecordPurge,
    AuthLogin,
    AuthLogout,
    AuthFailed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    User,
    Provider,
    Rule,
    Api,
    System,
    Witness,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::OrgCreate,
        Self::MetaDeploy,
        Self::RecordCreate,
        Self::RecordUpdate,
        Self::RecordDelete,
        Self::RecordUndelete,
        Self::RecordPurge,
        Self::AuthLogin,
        Self::AuthLogout,
        Self::AuthFailed,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrgCreate => "org.create",
            Self::MetaDeploy => "meta.deploy",
            Self::RecordCreate => "rec.create",
            Self::RecordUpdate => "rec.update",
            Self::RecordDelete => "rec.delete",
            Self::RecordUndelete => "rec.undelete",
            Self::RecordPurge => "rec.purge",
            Self::AuthLogin => "auth.login",
            Self::AuthLogout => "auth.logout",
            Self::AuthFailed => "auth.failed",
        }
    }

    /// Whether an entry of this kind must name a record.
    pub const fn needs_object(self) -> bool {
        match self {
            Self::RecordCreate
            | Self::RecordUpdate
            | Self::RecordDelete
            | Self::RecordUndelete
            | Self::RecordPurge => true,
            Self::OrgCreate
            | Self::MetaDeploy
            | Self::AuthLogin
            | Self::AuthLogout
            | Self::AuthFailed => false,
        }
    }
}

impl ActorKind {
    pub const ALL: [Self; 6] =
        [Self::User, Self::Provider, Self::Rule, Self::Api, Self::System, Self::Witness];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Provider => "provider",
            Self::Rule => "rule",
            Self::Api => "api",
            Self::System => "system",
            Self::Witness => "witness",
        }
    }
}

impl Entry {
    /// Returns the canonical bytes, or what in the entry the log does not take.
    pub fn canonical(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(512);
        self.write_canonical(&mut out)?;
        Ok(out)
    }

    /// Appends the canonical bytes to `out`, which an error leaves as it was.
    pub fn write_canonical(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        let written = write::entry(self, out).and_then(|()| {
            let len = out.len() - start;
            if len <= LEN_MAX { Ok(()) } else { Err(Error::TooLong { len }) }
        });
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    /// Reads canonical bytes; refuses every other form, even of the same JSON value.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if LEN_MAX < bytes.len() {
            return Err(Error::TooLong { len: bytes.len() });
        }
        let entry = read::entry(bytes)?;
        // The reader knows the shape only; what texts and numbers may be is decided once, in
        // the writer, so that the two cannot disagree.
        let mut again = Vec::with_capacity(bytes.len());
        entry.write_canonical(&mut again)?;
        if again == bytes { Ok(entry) } else { Err(Error::NotCanonical) }
    }
}
