//! Where orgs live, as `candor.toml`, the environment or the command line say it.
//!
//! In: `--config FILE` or `candor.toml` in the data directory, `--home`, `CANDOR_HOME`. Out: a
//! list of homes, each with its name, its region and how its engine is reached. The first one
//! takes new orgs when nobody says otherwise.
//!
//! | module     | what                                                            |
//! |------------|-----------------------------------------------------------------|
//! | [`mod@file`] | the text of `candor.toml` → homes; what it does not know is an error |
//! | [`mod@secret`] | passwords from variables and files, and URLs that must not show |
//!
//! **Invariant.** A URL or password is held in a [`Secret`], which does not print. A password on
//! the command line is refused: every user of the machine can read that.

mod file;
mod secret;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

pub(crate) use secret::Secret;

/// The file in the data directory.
const FILE: &str = "candor.toml";

/// The largest configuration and the largest secret that are read.
const BYTES_MAX: u64 = 256 * 1024;

/// The region of a home that nobody gave one.
pub(crate) const LOCAL: &str = "local";

/// The name of the data directory's own home, and of the one that `--home` gives.
const OWN_NAME: &str = "local";
const GIVEN_NAME: &str = "postgres";

/// What is known of the homes.
#[derive(Debug)]
pub(crate) struct Config {
    /// Never empty.
    pub homes: Vec<Home>,
    /// Whether somebody configured them, rather than nobody.
    pub is_given: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub name: String,
    pub region: String,
    pub engine: Engine,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A directory that holds `orgs/`.
    Sqlite(PathBuf),
    Postgres(Postgres),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Postgres {
    pub url: Secret,
    /// Kept apart from the URL: it needs no escaping so.
    pub password: Option<Secret>,
    /// The certificate authorities that the server's certificate may come from.
    pub ca_file: Option<PathBuf>,
    pub connections: Option<u32>,
}

/// A home that a command line or the environment names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// One of the configured ones.
    Name(String),
    Url(Secret),
}

/// Where a value of `--home` came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    CommandLine,
    Environment,
}

impl Given {
    pub(crate) fn parse(text: &str, from: From) -> Result<Self> {
        if !text.contains("://") {
            return Ok(Self::Name(text.to_owned()));
        }
        if !is_postgres(text) {
            bail!("--home takes the name of a home, or a URL that begins with postgres://");
        }
        let url = Secret::new(text.to_owned());
        if from == From::CommandLine && url.holds_password() {
            bail!(
                "--home shows a password to every user of this machine: give the URL in the \
                 environment variable CANDOR_HOME, or the home in candor.toml with password_env \
                 or password_file"
            );
        }
        Ok(Self::Url(url))
    }
}

/// Reads the configuration that goes with the data directory `data`.
pub(crate) fn read(data: &Path, file: Option<&Path>, given: Option<&Given>) -> Result<Config> {
    let own = || Home {
        name: OWN_NAME.to_owned(),
        region: LOCAL.to_owned(),
        engine: Engine::Sqlite(data.to_owned()),
    };
    let mut homes = match text(data, file)? {
        Some((path, text)) => {
            let dir = path.parent().unwrap_or(Path::new(""));
            file::parse(&text, dir).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => Vec::new(),
    };
    let is_given = !homes.is_empty() || given.is_some();
    // Who names a server needs no directory, unless orgs are there already.
    let is_url = matches!(given, Some(Given::Url(_)));
    if homes.is_empty() && (!is_url || data.join("orgs").is_dir()) {
        homes.push(own());
    }
    match given {
        None => {}
        Some(Given::Name(name)) => {
            let at = homes.iter().position(|it| it.name == *name);
            let known: Vec<&str> = homes.iter().map(|it| it.name.as_str()).collect();
            let at = at.with_context(|| {
                format!("there is no home `{name}`; there are: {}", known.join(", "))
            })?;
            homes[..=at].rotate_right(1);
        }
        Some(Given::Url(url)) => {
            if homes.iter().any(|it| it.name == GIVEN_NAME) {
                bail!("a home is called `{GIVEN_NAME}` already: --home can name it");
            }
            let engine = Engine::Postgres(Postgres {
                url: url.clone(),
                password: None,
                ca_file: None,
                connections: None,
            });
            let (name, region) = (GIVEN_NAME.to_owned(), LOCAL.to_owned());
            homes.insert(0, Home { name, region, engine });
        }
    }
    Ok(Config { homes, is_given })
}

fn text(data: &Path, file: Option<&Path>) -> Result<Option<(PathBuf, String)>> {
    let path = file.map_or_else(|| data.join(FILE), Path::to_owned);
    if file.is_none() && !path.exists() {
        return Ok(None);
    }
    let text = read_bounded(&path)?;
    Ok(Some((path, text)))
}

/// A small text file, whole.
fn read_bounded(path: &Path) -> Result<String> {
    let read = || -> std::io::Result<String> {
        let mut text = String::new();
        std::io::Read::read_to_string(
            &mut std::io::Read::take(fs::File::open(path)?, BYTES_MAX + 1),
            &mut text,
        )?;
        Ok(text)
    };
    let text = read().with_context(|| format!("cannot read {}", path.display()))?;
    if BYTES_MAX < text.len() as u64 {
        bail!("{} is larger than {} kB", path.display(), BYTES_MAX / 1024);
    }
    Ok(text)
}

fn is_postgres(url: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|it| url.starts_with(it))
}
