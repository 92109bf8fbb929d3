//! Reads `candor.toml`: text in, homes out.
//!
//! ```toml
//! [[home]]
//! name = "eu-1"
//! region = "eu"
//! postgres = "postgres://candor@db.example.com/candor"
//! password_env = "CANDOR_EU_PASSWORD"
//! ```
//!
//! A key that is not known, or that does not go with the others, is an error with its line: a
//! misspelled region must not place an org somewhere else.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use anyhow::{Result, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Engine, Home, LOCAL, Postgres, Secret};

/// The most homes of one process, the longest name, and the most connections of a home.
const HOMES_MAX: usize = 64;
const NAME_LEN_MAX: usize = 40;
const CONNECTIONS_MAX: i64 = 1000;

const KEYS: [&str; 10] = [
    "name",
    "region",
    "sqlite",
    "postgres",
    "url_env",
    "url_file",
    "password_env",
    "password_file",
    "ca_file",
    "connections",
];

/// Parses the file's text; paths in it are relative to `dir`.
pub(super) fn parse(text: &str, dir: &Path) -> Result<Vec<Home>> {
    let source = Source { text, dir };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            // Not the error itself, which quotes the line: the line may hold a password.
            let at = error.span().unwrap_or_default();
            return source.fail(at, error.message());
        }
    };
    let mut homes: Vec<Home> = Vec::new();
    for (key, value) in root.get_ref() {
        let at = key.span();
        if key.get_ref().as_ref() != "home" {
            return source.fail(at, format_args!("there is no key `{}`", key.get_ref()));
        }
        let tables = value.get_ref().as_array().filter(|it| it.iter().all(is_table));
        let Some(tables) = tables else {
            return source.fail(at, "homes are written as [[home]]");
        };
        for table in tables {
            let home = home(&source, table)?;
            if homes.iter().any(|it| it.name == home.name) {
                return source
                    .fail(table.span(), format_args!("two homes are called `{}`", home.name));
            }
            homes.push(home);
            if HOMES_MAX < homes.len() {
                return source.fail(table.span(), format_args!("more than {HOMES_MAX} homes"));
            }
        }
    }
    Ok(homes)
}

fn is_table(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_table()
}

fn home(source: &Source<'_>, table: &Spanned<DeValue<'_>>) -> Result<Home> {
    let Some(keys) = table.get_ref().as_table() else {
        return source.fail(table.span(), "homes are written as [[home]]");
    };
    for key in keys.keys() {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            return source.fail(key.span(), format_args!("a home has no key `{}`", key.get_ref()));
        }
    }
    let home = Table { source, keys, at: table.span() };
    let name = home.name("name")?;
    let Some(name) = name else { return source.fail(home.at, "the home has no name") };
    let region = home.name("region")?.unwrap_or_else(|| LOCAL.to_owned());
    let kinds = ["sqlite", "postgres", "url_env", "url_file"];
    let said: Vec<&str> = kinds.into_iter().filter(|it| home.get(it).is_some()).collect();
    let engine = match said[..] {
        ["sqlite"] => {
            for key in ["password_env", "password_file", "ca_file", "connections"] {
                if let Some(value) = home.get(key) {
                    return source
                        .fail(value.span(), format_args!("an SQLite home has no `{key}`"));
                }
            }
            Engine::Sqlite(source.dir.join(home.text("sqlite")?.unwrap_or_default()))
        }
        [_] => Engine::Postgres(postgres(&home)?),
        _ => {
            return source.fail(
                home.at,
                format_args!(
                    "home `{name}` needs exactly one of sqlite, postgres, url_env and url_file"
                ),
            );
        }
    };
    Ok(Home { name, region, engine })
}

fn postgres(home: &Table<'_>) -> Result<Postgres> {
    let url = match home.text("postgres")? {
        Some(url) => Secret::new(url),
        None => home.secret("url_env", "url_file")?.unwrap_or_else(|| Secret::new(String::new())),
    };
    let url = url.checked_url().or_else(|error| home.fail(&error))?;
    let password = home.secret("password_env", "password_file")?;
    if password.is_some() && url.holds_password() {
        return home.fail(&"the URL holds a password, and another one is given");
    }
    let ca_file = home.text("ca_file")?.map(|it| home.source.dir.join(it));
    let connections = match home.get("connections") {
        None => None,
        Some(value) => {
            let number = value.get_ref().as_integer();
            let number = number.and_then(|it| i64::from_str_radix(it.as_str(), it.radix()).ok());
            match number.filter(|it| (1..=CONNECTIONS_MAX).contains(it)) {
                Some(number) => u32::try_from(number).ok(),
                None => {
                    let what = format_args!("connections are a number from 1 to {CONNECTIONS_MAX}");
                    return home.source.fail(value.span(), what);
                }
            }
        }
    };
    Ok(Postgres { url, password, ca_file, connections })
}

struct Source<'a> {
    text: &'a str,
    dir: &'a Path,
}

impl Source<'_> {
    fn fail<T>(&self, at: Range<usize>, what: impl fmt::Display) -> Result<T> {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        bail!("line {line}: {what}")
    }
}

struct Table<'a> {
    source: &'a Source<'a>,
    keys: &'a DeTable<'a>,
    at: Range<usize>,
}

impl Table<'_> {
    fn get(&self, key: &str) -> Option<&Spanned<DeValue<'_>>> {
        self.keys.get(key)
    }

    fn fail<T>(&self, what: &dyn fmt::Display) -> Result<T> {
        self.source.fail(self.at.clone(), what)
    }

    fn text(&self, key: &str) -> Result<Option<String>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
            _ => self.source.fail(value.span(), format_args!("`{key}` takes a text")),
        }
    }

    /// A text in letters that need quoting nowhere.
    fn name(&self, key: &str) -> Result<Option<String>> {
        let text = self.text(key)?;
        let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
        match text {
            Some(text) if NAME_LEN_MAX < text.len() || !text.chars().all(plain) => self.fail(
                &format_args!("`{key}` takes up to {NAME_LEN_MAX} letters, digits, -, _ and ."),
            ),
            text => Ok(text),
        }
    }

    /// What a variable or a file holds, of which at most one may be named.
    fn secret(&self, env: &str, file: &str) -> Result<Option<Secret>> {
        let found = match (self.text(env)?, self.text(file)?) {
            (Some(_), Some(_)) => {
                return self.fail(&format_args!("give {env} or {file}, not both"));
            }
            (Some(name), None) => Secret::of_variable(&name),
            (None, Some(path)) => Secret::of_file(&self.source.dir.join(path)),
            (None, None) => return Ok(None),
        };
        found.map(Some).or_else(|error| self.fail(&error))
    }
}
