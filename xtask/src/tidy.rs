//! The house rules that neither compiler nor linter knows.
//!
//! In: the files of the repository (tracked, or new and not ignored).
//! Out: one line per violation, `file:line: what is wrong; what to do instead`.
//!
//! | module        | what it checks                                                      |
//! |---------------|---------------------------------------------------------------------|
//! | [`layers`]    | which crate may use which: the one list of edges                    |
//! | [`manifest`]  | what every `Cargo.toml` says, and that the edges are in the list    |
//! | [`absences`]  | which crate must not know what: the one table of absences           |
//! | [`text`]      | headers, lengths, names, phrases, and what betrays a machine        |
//! | [`source`]    | Rust text without its comments and strings, and where its tests are |
//!
//! **Absent on purpose.** No parser of Rust or TOML: rules are about lines, and the few forms
//! they must see through (comments, strings, `use` groups, `#[cfg(test)]`) are in [`source`].

mod source;
mod layers;
mod manifest;
mod absences;
mod text;

#[cfg(test)]
mod tests;

use crate::run;
use anyhow::{Context as _, Result, bail};
use source::Source;
use std::path::Path;

/// One violation of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    path: String,
    line: usize,
    message: String,
}

impl Problem {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Problem { path: path.to_owned(), line, message: message.into() }
    }
}

/// A file of the repository; `text` is absent when it is not UTF-8.
struct File {
    path: String,
    size: u64,
    text: Option<String>,
}

pub(crate) fn main(args: &[String]) -> Result<()> {
    if let Some(arg) = args.first() {
        bail!("tidy takes no argument, got `{arg}`");
    }
    let files = repository_files(&run::root())?;
    let problems = check(&files);
    for problem in &problems {
        println!("{}:{}: {}", problem.path, problem.line, problem.message);
    }
    if !problems.is_empty() {
        bail!("tidy found {} problems", problems.len());
    }
    println!("tidy: {} files, no problems", files.len());
    Ok(())
}

/// Runs every rule over every file; problems come ordered by file and line.
fn check(files: &[File]) -> Vec<Problem> {
    let mut problems = layers::check_table();
    for file in files {
        text::check_size(file, &mut problems);
        let Some(text) = &file.text else { continue };
        text::check_any(&file.path, text, &mut problems);
        if file.path.ends_with(".rs") {
            let source = Source::new(&file.path, text);
            text::check_rust(&source, &mut problems);
            absences::check(&source, &mut problems);
        }
        if file.path == "Cargo.toml" {
            manifest::check_root(text, &mut problems);
        } else if file.path.ends_with("/Cargo.toml") {
            manifest::check_crate(&file.path, text, files, &mut problems);
        }
        if file.path == "Cargo.lock" {
            manifest::check_lock(text, &mut problems);
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

fn repository_files(root: &Path) -> Result<Vec<File>> {
    let listed = run::git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        // Listed but gone: deleted and not yet committed.
        let Ok(metadata) = full.symlink_metadata() else { continue };
        if !metadata.is_file() {
            continue;
        }
        let bytes = std::fs::read(&full).with_context(|| format!("{path} could not be read"))?;
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        files.push(File { path: path.to_owned(), size: metadata.len(), text });
    }
    Ok(files)
}
