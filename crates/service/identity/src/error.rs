//! Why somebody is not let in, or an org or user cannot be made: facts, no codes.

use base::{DateTime, RecordId};

use crate::password::Weakness;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such user, a wrong password or a wrong security token: the answer is the same.
    #[error("the username, password or security token is wrong")]
    InvalidLogin,

    /// Too many wrong passwords. The password of this attempt was not looked at.
    #[error("the user is locked out until {until}")]
    LockedOut { until: DateTime },

    /// Said only to somebody who knew the password.
    #[error("user {user} is not active")]
    InactiveUser { user: RecordId },

    /// The user's profile and permission sets do not allow clients. Said only to somebody who
    /// knew the password.
    #[error("user {user} may not use the API")]
    ApiDisabled { user: RecordId },

    /// The token names no open session of this org.
    #[error("the session does not exist or has expired")]
    InvalidSession,

    #[error("there is no connected app with this id")]
    UnknownClient,

    #[error("the secret of the connected app is wrong")]
    WrongClientSecret,

    #[error("the password is too weak")]
    WeakPassword(#[source] Weakness),

    #[error("managing users takes the permission to")]
    NotPermitted,

    #[error("users cannot deactivate themselves")]
    OwnUser,

    #[error("there is no user {user}")]
    UnknownUser { user: RecordId },

    #[error("there is no permission set `{name}`")]
    UnknownPermissionSet { name: String },

    #[error("a connected app needs a name")]
    NameMissing,

    /// A record was refused, such as a user whose username exists already.
    #[error("the record was refused: {refused}")]
    Refused { refused: records::Refused },

    #[error("there is no org in {place}")]
    NoOrg { place: String },

    #[error("no random bytes could be drawn")]
    Randomness,

    /// A stored hash that is none, or parameters that the hash function refuses.
    #[error("the password could not be hashed")]
    Hash,

    /// What ships lacks an object that identity needs.
    #[error("there is no object `{name}`")]
    NotShipped { name: &'static str },

    #[error("the database refused")]
    Store(#[from] store::Error),

    #[error("a record could not be read or written")]
    Records(#[from] records::Error),

    #[error("the metadata could not be read or written")]
    Metadata(#[from] metadata::Error),
}
