//! Why metadata could not be deployed, retrieved or loaded.

use std::io;
use std::path::PathBuf;

use schema::Problem;

use crate::project;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What must be put right first, all of it; nothing was changed.
    #[error("the project has {} problems", .problems.len())]
    Problems { problems: Vec<Problem> },

    #[error("the project cannot be read")]
    Project(#[from] project::Error),

    /// The actor may not change the org's metadata, or not read all of it.
    #[error("metadata takes the permission to customize the application, or to view setup")]
    NotPermitted,

    #[error("`{}` is not empty", .dir.display())]
    NotEmpty { dir: PathBuf },

    #[error("`{}` cannot be written", .path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("the database refused")]
    Store(#[from] store::Error),

    #[error("a row of the metadata could not be written")]
    Records(#[from] records::Error),

    /// A row that shows metadata was refused: a fault of what ships.
    #[error("a row that shows metadata was refused: {refused}")]
    Refused { refused: records::Refused },

    /// What ships lacks an object or field that rows are to be written to.
    #[error("`{object}` has no field `{field}`")]
    NotShipped { object: &'static str, field: &'static str },

    #[error("no random bytes could be drawn")]
    Randomness,

    /// Its tables and rows are those of another version of the program, and this one would write
    /// what that one does not expect.
    #[error("the org was opened by a newer version of the program: only that one can go on")]
    Newer,

    /// The stored components do not make a schema: the database was changed by other means.
    #[error("the stored metadata has {} problems", .problems.len())]
    Stored { problems: Vec<Problem> },
}

/// For an open org, whose schema this crate provides.
impl From<Error> for records::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => Self::Store(error),
            Error::Records(error) => error,
            other => Self::Schema(Box::new(other)),
        }
    }
}
