//! Reads a project directory: which files a deploy consists of.
//!
//! In: a directory with an `sfdx-project.json`, whose package directories are walked, or one
//! without it that holds source format itself. Out: the files, by their path from the project's
//! root, in order. Everything is bounded: files, bytes, depth. Links are not followed, so a
//! project cannot reach outside its directory; hidden files are not source.
//!
//! **Absent on purpose.** What a file means: `schema::source` knows, and wants text for the
//! files that it parses only.

mod manifest;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use schema::Problem;

pub use manifest::SyntaxError;

/// The name of the file that makes a directory a project.
pub const MANIFEST: &str = "sfdx-project.json";

/// The most files of a project.
pub const FILES_MAX: usize = 20_000;

/// The most bytes of one file that is parsed.
pub const FILE_BYTES_MAX: u64 = 8 << 20;

/// The most bytes of all files that are parsed together.
pub const BYTES_MAX: u64 = 256 << 20;

/// The most directories inside each other.
pub const DEPTH_MAX: usize = 32;

/// The files of a project.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Ascending by path.
    pub files: Vec<SourceFile>,
    /// Metadata files that are no text: told with the problems of all others.
    pub problems: Vec<Problem>,
}

impl Project {
    /// A project of files that were read already.
    pub fn of(files: Vec<SourceFile>) -> Self {
        Self { files, problems: Vec::new() }
    }
}

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// From the project's root, with `/` between its parts.
    pub path: String,
    /// The text of a metadata file; none for what stands beside them (code, images, pages).
    pub text: Option<String>,
}

/// Why a project cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{}` is not a directory", path.display())]
    NotADirectory { path: PathBuf },

    #[error("`{}` cannot be read", path.display())]
    Io { path: PathBuf, source: io::Error },

    #[error("{MANIFEST} is malformed")]
    Manifest(#[source] SyntaxError),

    #[error("{MANIFEST} names no package directory")]
    NoPackageDirectory,

    #[error("package directory `{path}` does not lie inside the project")]
    Outside { path: String },

    #[error("package directory `{path}` does not exist")]
    MissingDirectory { path: String },

    #[error("the project has more than {FILES_MAX} files")]
    TooManyFiles,

    #[error("`{path}` has more than {FILE_BYTES_MAX} bytes")]
    FileTooLarge { path: String },

    #[error("the metadata files have more than {BYTES_MAX} bytes together")]
    TooLarge,

    #[error("`{path}` lies more than {DEPTH_MAX} directories deep")]
    TooDeep { path: String },

    #[error("the name of a file in `{}` is not UTF-8 text", path.display())]
    Name { path: PathBuf },

    #[error("`{}` holds no metadata file", path.display())]
    Empty { path: PathBuf },
}

/// Reads the project in `dir`.
pub fn read(dir: &Path) -> Result<Project, Error> {
    if !dir.is_dir() {
        return Err(Error::NotADirectory { path: dir.to_path_buf() });
    }
    let manifest_path = dir.join(MANIFEST);
    let mut walk = Walk { files: Vec::new(), problems: Vec::new(), bytes: 0 };
    if manifest_path.is_file() {
        let text = walk.bytes_of(&manifest_path, MANIFEST)?;
        let text = String::from_utf8_lossy(&text);
        let text = text.trim_start_matches('\u{feff}');
        let packages = manifest::package_directories(text).map_err(Error::Manifest)?;
        if packages.is_empty() {
            return Err(Error::NoPackageDirectory);
        }
        for package in packages {
            let path = inside(&package)?;
            let full = if path.is_empty() { dir.to_path_buf() } else { dir.join(&path) };
            // A link could lead outside, however harmless its name.
            let is_dir = fs::symlink_metadata(&full).is_ok_and(|it| it.is_dir());
            if !is_dir {
                return Err(Error::MissingDirectory { path: package });
            }
            walk.directory(&full, &path, 0)?;
        }
    } else {
        walk.directory(dir, "", 0)?;
    }
    let Walk { mut files, mut problems, .. } = walk;
    problems.sort_by(|a, b| a.file.cmp(&b.file));
    problems.dedup();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    // Package directories may lie inside each other.
    files.dedup_by(|a, b| a.path == b.path);
    if files.iter().all(|it| it.text.is_none()) && problems.is_empty() {
        return Err(Error::Empty { path: dir.to_path_buf() });
    }
    Ok(Project { files, problems })
}

/// A package directory's path in our form; refuses what leads out of the project.
fn inside(path: &str) -> Result<String, Error> {
    let outside = || Error::Outside { path: path.to_owned() };
    let mut parts = Vec::new();
    let unified = path.replace('\\', "/");
    if unified.starts_with('/') || unified.contains(':') || unified.contains('\0') {
        return Err(outside());
    }
    for part in unified.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside()),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

struct Walk {
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    bytes: u64,
}

impl Walk {
    fn directory(&mut self, dir: &Path, path: &str, depth: usize) -> Result<(), Error> {
        if DEPTH_MAX < depth {
            return Err(Error::TooDeep { path: path.to_owned() });
        }
        let io = |source| Error::Io { path: dir.to_path_buf(), source };
        for entry in fs::read_dir(dir).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| Error::Name { path: dir.to_path_buf() })?;
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let kind = entry.file_type().map_err(io)?;
            if kind.is_dir() {
                self.directory(&entry.path(), &path, depth + 1)?;
            } else if kind.is_file() {
                self.file(&entry.path(), path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, full: &Path, path: String) -> Result<(), Error> {
        if FILES_MAX <= self.files.len() {
            return Err(Error::TooManyFiles);
        }
        if !path.ends_with("-meta.xml") {
            self.files.push(SourceFile { path, text: None });
            return Ok(());
        }
        match String::from_utf8(self.bytes_of(full, &path)?) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
                self.files.push(SourceFile { path, text: Some(text) });
            }
            Err(error) => {
                let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + before.iter().filter(|it| **it == b'\n').count();
                let message = "the file is not UTF-8 text".to_owned();
                self.problems.push(Problem { file: path, line, component: String::new(), message });
            }
        }
        Ok(())
    }

    fn bytes_of(&mut self, full: &Path, path: &str) -> Result<Vec<u8>, Error> {
        let io = |source| Error::Io { path: full.to_path_buf(), source };
        let mut bytes = Vec::new();
        let file = File::open(full).map_err(io)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
        let len = bytes.len() as u64;
        if FILE_BYTES_MAX < len {
            return Err(Error::FileTooLarge { path: path.to_owned() });
        }
        self.bytes += len;
        if BYTES_MAX < self.bytes {
            return Err(Error::TooLarge);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
