//! Files and directories: one owner, whole or absent, and nobody else's to read.
//!
//! What is in them is everything that orgs hold, password hashes included. So directories are
//! made for their owner alone, and files too, whatever the process's mask would permit: SQLite
//! gives its other files the rights of the database.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Cause, Error};

/// An org's directory, held by this process. The lock ends with the process, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    pub(crate) fn take(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("lock");
        let file = private().open(&path);
        let file = file.map_err(|error| unavailable(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Error::Locked { place: dir.display().to_string() })
            }
            Err(TryLockError::Error(error)) => Err(unavailable(&path, error)),
        }
    }
}

/// A directory that appears under its name when it is whole.
///
/// Until then it stands beside it under another name; what a crash left there is cleared.
pub(crate) struct Unfinished {
    path: PathBuf,
    to: PathBuf,
    finished: bool,
}

impl Unfinished {
    /// How the name begins until then.
    pub(crate) const PREFIX: &str = "unfinished-";

    /// Makes the directory that will be `to`, and takes its lock.
    pub(crate) fn make(to: &Path) -> Result<(Self, Lock), Error> {
        if to.file_name().is_none() || to.symlink_metadata().is_ok() {
            return Err(exists(to));
        }
        let path = unfinished(to);
        make_dir(&path)?;
        let lock = Lock::take(&path)?;
        let entries = fs::read_dir(&path).map_err(|error| unavailable(&path, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unavailable(&path, error))?;
            if entry.file_name() != "lock" {
                remove_if_there(&entry.path())?;
            }
        }
        Ok((Self { path, to: to.to_owned(), finished: false }, lock))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the directory its name.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        sync_dir(&self.path)?;
        fs::rename(&self.path, &self.to).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => exists(&self.to),
            _ => unavailable(&self.to, error),
        })?;
        self.finished = true;
        sync_parent(&self.to)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "could not remove a directory");
        }
    }
}

/// Where the directory that will be `to` stands until it is whole.
pub(crate) fn unfinished(to: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(Unfinished::PREFIX);
    name.push(to.file_name().unwrap_or_default());
    to.with_file_name(name)
}

fn exists(path: &Path) -> Error {
    Error::Exists { place: path.display().to_string() }
}

/// Makes a directory and those above it that are not there, each for its owner alone.
pub(crate) fn make_dir(dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| unavailable(dir, error))
}

/// Opens a file to write, and makes it for its owner alone if it is not there.
pub(crate) fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes an empty file for its owner alone. One that is there is not opened: SQLite's locks on it
/// would end when it is closed.
pub(crate) fn make_private(path: &Path) -> Result<(), Error> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unavailable(path, error)),
        _ => Ok(()),
    }
}

/// Whether both paths lead to the same directory; one that is not there is no other's.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let is_same_path = match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => return one == other,
    };
    is_same_path || is_same_inode(one, other)
}

/// A directory may be mounted in several places.
#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_inode(_: &Path, _: &Path) -> bool {
    false
}

pub(crate) fn unavailable(path: &Path, error: io::Error) -> Error {
    Error::Unavailable { place: path.display().to_string(), source: Cause::new(error) }
}

pub(crate) fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(path, error)),
        _ => Ok(()),
    }
}

/// Makes a rename in `path`'s directory last.
pub(crate) fn sync_parent(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => sync_dir(parent),
        _ => sync_dir(Path::new(".")),
    }
}

fn sync_dir(path: &Path) -> Result<(), Error> {
    // Elsewhere directories cannot be opened, and renames last without it.
    if cfg!(unix) {
        let synced = File::open(path).and_then(|it| it.sync_all());
        synced.map_err(|error| unavailable(path, error))?;
    }
    Ok(())
}
