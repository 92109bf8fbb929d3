//! `sfdx-project.json`: which directories of a project hold source.
//!
//! Only `packageDirectories[].path` is read. Everything else (aliases, dependencies, versions of
//! packages) is about tools that package and publish.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// Where and why the manifest is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SyntaxError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// Returns the package directories in their order.
pub(super) fn package_directories(text: &str) -> Result<Vec<String>, SyntaxError> {
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // The position is told apart from what is wrong.
        let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
        SyntaxError { line: error.line(), column: error.column(), message: message.to_owned() }
    })?;
    Ok(manifest.0.into_iter().map(|it| it.0).collect())
}

struct Manifest(Vec<Directory>);

struct Directory(String);

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one = OneKey { key: "packageDirectories", expecting: "a project" };
        deserializer.deserialize_map(one.of::<Vec<Directory>>()).map(Self)
    }
}

impl<'de> Deserialize<'de> for Directory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one = OneKey { key: "path", expecting: "a package directory" };
        deserializer.deserialize_map(one.of::<String>()).map(Self)
    }
}

/// Reads one key of an object and passes over the others.
struct OneKey {
    key: &'static str,
    expecting: &'static str,
}

struct OneKeyOf<T> {
    one: OneKey,
    value: std::marker::PhantomData<T>,
}

impl OneKey {
    fn of<T>(self) -> OneKeyOf<T> {
        OneKeyOf { one: self, value: std::marker::PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneKeyOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: an object with `{}`", self.one.expecting, self.one.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.one.key {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| A::Error::missing_field(self.one.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_the_rest_passed_over() {
        let text = r#"{"packageDirectories": [{"path": "force-app", "default": true,
            "dependencies": [{"package": "x"}]}, {"path": "more"}], "namespace": "",
            "packageAliases": {"a": "b"}, "sourceApiVersion": "67.0"}"#;
        assert_eq!(package_directories(text).unwrap(), ["force-app", "more"]);
    }

    #[test]
    fn a_malformed_manifest_says_where() {
        for (text, expected) in [
            ("", "line 1, column 0: EOF while parsing a value"),
            ("{}", "line 1, column 2: missing field `packageDirectories`"),
            ("{\n  \"packageDirectories\": [{\"path\": 1}]}", "line 2, column 35: "),
            ("[]", "line 1, column 0: invalid type: sequence, expected a project"),
        ] {
            let error = package_directories(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let deep = format!("{{\"x\": {}{}}}", "[".repeat(500), "]".repeat(500));
        assert!(package_directories(&deep).is_err());
    }
}
