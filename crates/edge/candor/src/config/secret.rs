//! What must not be seen: URLs with passwords, and passwords.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{is_postgres, read_bounded};

/// A text that does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for whoever connects with it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is a URL with a password in it, in either place that URLs have for one.
    pub(crate) fn holds_password(&self) -> bool {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = before_query.split('/').next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        let in_query = query.split('&').any(|it| {
            let key = it.split('=').next().unwrap_or_default();
            key.eq_ignore_ascii_case("password")
        });
        user.contains(':') || in_query
    }

    /// What the environment variable `name` holds.
    pub(super) fn of_variable(name: &str) -> Result<Self> {
        match variable(name) {
            Some(text) if !text.is_empty() => Ok(Self(text)),
            _ => bail!("the environment variable {name} is not set"),
        }
    }

    /// What the file `path` holds, without the end of its line.
    pub(super) fn of_file(path: &Path) -> Result<Self> {
        let text = read_bounded(path)?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            bail!("{} is empty", path.display());
        }
        Ok(Self(text.to_owned()))
    }

    /// The same, if it is the URL of a PostgreSQL database.
    pub(super) fn checked_url(self) -> Result<Self> {
        is_postgres(&self.0)
            .then_some(self)
            .context("the URL of a PostgreSQL database begins with postgres://")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[expect(clippy::disallowed_methods, reason = "the configuration names the variable")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
