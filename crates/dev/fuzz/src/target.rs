//! The parsers, and what must hold of each.
//!
//! A target runs one text through all that is made of it, measures each step, and panics where
//! what must hold does not.

mod query;
mod find;
mod formula;
mod metadata;
mod value;

use crate::probe::Probe;

/// A parser, or a chain of what follows from one.
#[derive(Debug)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&str, &mut Probe),
    /// What texts are made of, beyond those to begin with.
    pub words: fn() -> Vec<String>,
    pub seeds: &'static [Seeds],
    /// How many changed texts a test run tries: as many as take a second.
    pub n_in_tests: usize,
}

/// Where texts to begin with come from.
#[derive(Debug)]
pub enum Seeds {
    /// The inputs of the `*.case` files of a folder.
    Cases(&'static str),
    /// The lines of a file of ours.
    FileLines(&'static str),
    /// The texts under `key` of a shared file of JSON lines.
    Lines {
        file: &'static str,
        key: &'static str,
    },
    /// The formulas of a shared file of cases.
    Formulas(&'static str),
    /// The folders of a project's objects.
    Objects(&'static str),
    Texts(&'static [&'static str]),
}

pub const TARGETS: &[Target] = &[
    query::TARGET,
    find::SOSL,
    find::SEARCH,
    formula::TARGET,
    formula::MERGE_FIELD,
    metadata::TARGET,
    value::TARGET,
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|it| it.name == name)
}

/// The words of a text, as a list.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The `Debug` form without positions: what two trees of the same text in two spellings share.
fn without_spans(tree: &dyn std::fmt::Debug) -> String {
    let debug = format!("{tree:?}");
    let mut parts = debug.split("Span { start: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    out
}

/// Trees of longer texts are compared by how they print alone.
const COMPARED_BYTES: usize = 8_000;
