//! Why a page cannot be shown. What does not exist and what its asker may not see are one case,
//! so that no page tells them apart.

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("there is no such page for this person")]
    Missing,

    /// Nobody is signed in, or the session has ended.
    #[error("nobody is signed in")]
    SignedOut,

    /// A form without the token of the session it is sent in.
    #[error("the form is not from this session")]
    Forged,

    /// Metadata or rights changed while the request was answered. Nothing was saved.
    #[error("metadata or rights have changed meanwhile")]
    Stale,

    #[error("the records cannot be read or saved")]
    Records(#[source] records::Error),

    #[error("the sign-in cannot be checked")]
    Identity(#[source] identity::Error),

    #[error("the org cannot be found or opened")]
    Orgs(#[source] identity::orgs::Error),
}

impl From<identity::orgs::Error> for Failure {
    fn from(error: identity::orgs::Error) -> Self {
        match error {
            identity::orgs::Error::Identity(error) => error.into(),
            identity::orgs::Error::Store(error) => error.into(),
            other => Self::Orgs(other),
        }
    }
}

impl Failure {
    /// What the storage said, where it is to blame.
    pub(crate) fn store(&self) -> Option<&store::Error> {
        match self {
            Self::Records(records::Error::Store(error))
            | Self::Identity(
                identity::Error::Store(error)
                | identity::Error::Records(records::Error::Store(error)),
            ) => Some(error),
            _ => None,
        }
    }
}

impl From<records::Error> for Failure {
    fn from(error: records::Error) -> Self {
        match error {
            records::Error::UnknownActor { .. } => Self::SignedOut,
            records::Error::Stale => Self::Stale,
            other => Self::Records(other),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Records(records::Error::Store(error))
    }
}

impl From<query::Error> for Failure {
    fn from(error: query::Error) -> Self {
        Self::Records(records::Error::Query(error))
    }
}

impl From<soql::Error> for Failure {
    fn from(error: soql::Error) -> Self {
        Self::Records(records::Error::Syntax(error))
    }
}

impl From<identity::Error> for Failure {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::Records(records::Error::Stale) => Self::Stale,
            // A database that is away is the same wherever it was missed.
            identity::Error::Metadata(error) => records::Error::from(error).into(),
            other => Self::Identity(other),
        }
    }
}
