//! The sample company that ships with Candor: Tidewater Instruments, which sells and looks after
//! water-quality sensors.
//!
//! In: a seed and a date. Out: a project in source format ([`project`]), and the records of a
//! company in the middle of its working day ([`load`]).
//!
//! | module       | what                                                                |
//! |--------------|---------------------------------------------------------------------|
//! | [`files`]    | the project's files, embedded                                       |
//! | [`random`]   | the only source of chance: a seeded stream of numbers               |
//! | [`names`]    | names of people, companies, cities and streets, from text files     |
//! | [`phrase`]   | what people write: descriptions, comments, notes                    |
//! | [`dataset`]  | rows whose lookups name rows of the same set                        |
//! | [`generate`] | seed and date → data set; touches nothing                           |
//! | [`mod@write`] | data set → records of an org                                        |
//!
//! **Invariant.** The same seed and date give the same data set, to the last character.
//!
//! **Absent on purpose.** Real people, companies and telephone numbers: names are drawn from
//! lists, addresses on the web end in `example.com` and its like, numbers come from the ranges
//! kept for fiction.

mod files;
mod random;
mod names;
mod phrase;
mod dataset;
mod generate;
mod write;

#[cfg(test)]
mod tests;

use metadata::Project;
use metadata::project::SourceFile;

pub(crate) use write::load;

/// The project of the sample company, as if it had been read from disk.
pub(crate) fn project() -> Project {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: (*path).to_owned(),
        text: Some((*text).to_owned()),
    };
    Project::of(files::PROJECT.iter().map(file).collect())
}
