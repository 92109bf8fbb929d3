//! Why an org cannot be found, opened, made or moved: facts.

use base::RecordId;
use store::Status;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no home `{name}`")]
    UnknownHome { name: String },

    #[error("there is no home in the region `{region}`")]
    UnknownRegion { region: String },

    #[error("there is no org `{name}`")]
    UnknownOrg { name: String },

    #[error("{n} orgs are called `{name}`; an id says which one is meant")]
    Ambiguous { name: String, n: usize },

    /// The home's region is not the one that the org was made in.
    #[error("org {id} belongs to the region `{region}`, and home `{home}` is in `{other}`")]
    OtherRegion { id: RecordId, region: String, home: String, other: String },

    /// A bug of whoever copied files: two homes hold the org, and both think it lives there.
    #[error("org {id} is active in the homes `{home}` and `{other}`; one of them must go")]
    Twice { id: RecordId, home: String, other: String },

    /// What is done in one would be done in the other, and every org would seem to be there twice.
    #[error(
        "the homes `{home}` and `{other}` are one and the same place, or one is a copy of the \
         other; configure only one of them, and leave what is in it as it is"
    )]
    OneHome { home: String, other: String },

    #[error("org {id} exists already, in home `{home}`")]
    Exists { id: RecordId, home: String },

    /// Something else is being done with the org by this process.
    #[error("org {id} is being moved, exported or imported")]
    Busy { id: RecordId },

    /// Another process is moving it, or was until a moment ago.
    #[error("another process is moving org {id}; if it has ended, try again in {seconds} s")]
    Leased { id: RecordId, seconds: i64 },

    #[error("org {id} lives in home `{home}` already")]
    SameHome { id: RecordId, home: String },

    /// There is nothing to resume, cancel or confirm.
    #[error("org {id} is not being moved")]
    NotMoving { id: RecordId },

    #[error("org {id} is being moved to home `{to}`; resume or cancel that first")]
    MovingElsewhere { id: RecordId, to: String },

    /// Nobody here can see whether it is in service there already.
    #[error(
        "org {id} was being moved to home `{to}`, which is not configured here and may have it in \
         service; configure that home first"
    )]
    TargetUnknown { id: RecordId, to: String },

    /// The target may have changed already, so going back would lose that.
    #[error("org {id} lives in home `{home}` now; move it back instead")]
    Arrived { id: RecordId, home: String },

    #[error("home `{home}` still keeps org {id} from an earlier move; confirm that first")]
    Kept { id: RecordId, home: String },

    #[error("org {id} is {status} in home `{home}`")]
    NotServed { id: RecordId, home: String, status: Status },

    #[error("the org is still in use here; try again when its requests have ended")]
    InUse,

    /// The watcher wanted no more; what was done so far stays, and can be resumed.
    #[error("stopped; the same command goes on from here")]
    Stopped,

    #[error("the org could not be copied")]
    Transfer(#[from] store::transfer::Error),

    #[error("the database refused")]
    Store(#[from] store::Error),

    #[error(transparent)]
    Identity(#[from] crate::Error),
}

impl From<records::Error> for Error {
    fn from(error: records::Error) -> Self {
        Self::Identity(error.into())
    }
}

impl From<metadata::Error> for Error {
    fn from(error: metadata::Error) -> Self {
        Self::Identity(error.into())
    }
}
