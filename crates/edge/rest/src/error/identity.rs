//! What a refused login is called: in OAuth, and in SOAP and REST.

#![deny(clippy::wildcard_enum_match_arm)]

use super::{Chain, Code, Denial, Failure};

/// OAuth's word for a refusal; what no login ends with is none, and no fault of ours.
pub(crate) fn denial_of(error: identity::Error) -> Result<Denial, Failure> {
    use identity::Error as E;
    match error {
        E::InvalidLogin | E::LockedOut { .. } => Ok(Denial::AuthenticationFailure),
        E::InactiveUser { .. } => Ok(Denial::InactiveUser),
        E::ApiDisabled { .. } => Ok(Denial::ApiDisabled),
        E::UnknownClient => Ok(Denial::InvalidClientId),
        E::WrongClientSecret => Ok(Denial::InvalidClient),
        E::InvalidSession => Ok(Denial::ExpiredToken),
        E::Store(error) => Err(error.into()),
        E::Records(error) => Err(error.into()),
        E::WeakPassword(weakness) => {
            let message = format!("The password is too weak: {weakness}");
            Err(Failure::new(Code::InvalidNewPassword, message))
        }
        E::NotPermitted => Err(not_permitted()),
        E::UnknownUser { .. } => Err(Failure::not_found()),
        E::OwnUser
        | E::UnknownPermissionSet { .. }
        | E::NameMissing
        | E::Refused { .. }
        | E::NoOrg { .. }
        | E::Randomness
        | E::Hash
        | E::NotShipped { .. } => Err(Failure::internal(&Chain(&error))),
        // A database that is away is the same wherever it was missed.
        E::Metadata(error) => Err(records::Error::from(error).into()),
    }
}

/// The same where a session or a SOAP login is refused.
pub(crate) fn of_denial(denial: Denial) -> Failure {
    match denial {
        Denial::ExpiredToken | Denial::InvalidToken => Failure::session(),
        Denial::ApiDisabled => api_disabled(),
        Denial::AuthenticationFailure
        | Denial::InactiveUser
        | Denial::InvalidClient
        | Denial::InvalidClientId
        | Denial::InvalidRequest
        | Denial::MissingGrantType
        | Denial::UnsupportedGrantType => Failure::new(
            Code::InvalidLogin,
            "Invalid username, password, security token; or user locked out.",
        ),
    }
}

pub(crate) fn api_disabled() -> Failure {
    Failure::new(Code::ApiDisabledForOrg, "The API is not enabled for this user's profile")
}

/// The caller sees the user and may not do this to them.
pub(crate) fn not_permitted() -> Failure {
    Failure::new(Code::InsufficientAccess, "insufficient access rights on object id")
}

impl From<identity::Error> for Failure {
    fn from(error: identity::Error) -> Self {
        denial_of(error).map_or_else(|failure| failure, of_denial)
    }
}

impl From<identity::orgs::Error> for Failure {
    fn from(error: identity::orgs::Error) -> Self {
        use identity::orgs::Error as E;
        match error {
            E::Identity(error) => error.into(),
            E::Store(error) => error.into(),
            // What a configuration or a move got wrong is the operator's to mend.
            E::UnknownHome { .. }
            | E::UnknownRegion { .. }
            | E::UnknownOrg { .. }
            | E::Ambiguous { .. }
            | E::OtherRegion { .. }
            | E::Twice { .. }
            | E::OneHome { .. }
            | E::Exists { .. }
            | E::Busy { .. }
            | E::Leased { .. }
            | E::SameHome { .. }
            | E::NotMoving { .. }
            | E::MovingElsewhere { .. }
            | E::TargetUnknown { .. }
            | E::Arrived { .. }
            | E::Kept { .. }
            | E::NotServed { .. }
            | E::InUse
            | E::Stopped
            | E::Transfer(_) => Self::internal(&Chain(&error)),
        }
    }
}
