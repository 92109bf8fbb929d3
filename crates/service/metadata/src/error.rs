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

    /// The deploy is in force, but a row that shows metadata was refused: a fault of what ships.
    #[error("a row that shows metadata was refused: {refused}")]
    Refused { refused: records::Refused },

    /// What ships lacks an object or field that rows are to be written to.
    #[error("`{object}` has no field `{field}`")]
    NotShipped { object: &'static str, field: &'static str },

    #[error("no random bytes could be drawn")]
    Randomness,

    /// The stored components do not make a schema: the database was changed by other means.
    #[error("the stored metadata has {} problems", .problems.len())]
    Stored { problems: Vec<Problem> },
}
