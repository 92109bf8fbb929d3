//! What every `Cargo.toml` says, read line by line.
//!
//! A dependency is one line: `name.workspace = true`, or `name = { workspace = true, … }`. Its
//! version and its reason stand in the root's table.

use super::source::has_word;
use super::{File, Problem, layers};

/// Packages of `Cargo.lock`, ours and others': a budget, raised knowingly.
const PACKAGES_MAX: usize = 300;

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// One `key = value` line of a manifest.
struct Entry<'a> {
    line: usize,
    section: &'a str,
    key: &'a str,
    value: &'a str,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut section = "";
    let mut entries = Vec::new();
    for (line_idx, raw) in text.lines().enumerate() {
        let line = raw.trim();
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let (key, value) = (key.trim(), value.trim());
            entries.push(Entry { line: line_idx + 1, section, key, value });
        }
    }
    entries
}

/// Checks the table of dependencies that all crates share.
pub(super) fn check_root(text: &str, problems: &mut Vec<Problem>) {
    for entry in entries(text) {
        if entry.section != "workspace.dependencies" || entry.value.contains("path =") {
            continue;
        }
        let reason = entry.value.rsplit_once('#').map_or("", |(_, reason)| reason.trim());
        if reason.len() < 10 {
            let message = format!(
                "`{}` has no reason; say after a # why this library, and not our code or another's",
                entry.key
            );
            problems.push(Problem::new("Cargo.toml", entry.line, message));
        }
    }
}

/// Checks the manifest of one crate, and that each of its edges is in the list of layers.
pub(super) fn check_crate(path: &str, text: &str, files: &[File], problems: &mut Vec<Problem>) {
    let folder = path.trim_end_matches("/Cargo.toml");
    let entries = entries(text);
    let mut report = |line: usize, message: String| {
        problems.push(Problem::new(path, line, message));
    };
    let has = |section: &str, key: &str, value: &str| {
        entries.iter().any(|it| it.section == section && it.key == key && it.value == value)
    };
    for key in INHERITED {
        if !has("package", &format!("{key}.workspace"), "true") {
            report(1, format!("`{key}` is not the workspace's; write `{key}.workspace = true`"));
        }
    }
    if !has("lints", "workspace", "true") {
        report(1, "the workspace's lints are not on; write `[lints]` `workspace = true`".into());
    }
    let is_library = files.iter().any(|file| file.path == format!("{folder}/src/lib.rs"));
    if is_library && !has("lib", "doctest", "false") {
        report(1, "doc tests are on; write `[lib]` `doctest = false` and test in the crate".into());
    }
    let name = folder.rsplit('/').next().unwrap_or(folder);
    if !has("package", "name", &format!("\"{name}\"")) {
        report(1, format!("the crate is not called like its folder; write `name = \"{name}\"`"));
    }
    let Some(layer) = layers::find(name).filter(|it| is_at(it, folder)) else {
        report(1, format!("`{folder}` is not in tidy/layers.rs; add its line on its floor"));
        return;
    };
    for entry in entries.iter().filter(|it| it.section.ends_with("dependencies")) {
        check_dependency(layer, entry, &mut report);
        check_used(folder, entry, files, &mut report);
    }
}

fn is_at(layer: &layers::Crate, folder: &str) -> bool {
    let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    layer.folder == parent
}

fn check_dependency(
    layer: &layers::Crate,
    entry: &Entry<'_>,
    report: &mut dyn FnMut(usize, String),
) {
    let name = dependency_name(entry);
    let is_inherited =
        entry.key.ends_with(".workspace") || entry.value.contains("workspace = true");
    if !is_inherited {
        report(
            entry.line,
            format!("`{name}` is not from the workspace's table; write `{name}.workspace = true`"),
        );
    }
    if layers::find(name).is_none() {
        return;
    }
    let is_dev = entry.section == "dev-dependencies";
    // Programs that test or measure stand outside of the floors.
    if name == "testkit" && !layer.folder.is_empty() {
        if !is_dev {
            report(entry.line, "`testkit` is for tests; move it to [dev-dependencies]".into());
        }
    } else if !layer.uses.contains(&name) {
        report(
            entry.line,
            format!(
                "`{}` does not use `{name}` by tidy/layers.rs; take it through a crate below, \
                 or add the edge there with a reason in the commit",
                layer.name
            ),
        );
    }
}

/// A dependency that no file of the crate names is only built, never used.
fn check_used(
    folder: &str,
    entry: &Entry<'_>,
    files: &[File],
    report: &mut dyn FnMut(usize, String),
) {
    let name = dependency_name(entry);
    let ident = name.replace('-', "_");
    let prefix = format!("{folder}/");
    let is_used = files
        .iter()
        .filter(|file| file.path.starts_with(&prefix) && file.path.ends_with(".rs"))
        .filter_map(|file| file.text.as_deref())
        .any(|text| text.lines().any(|line| has_word(line, &ident)));
    if !is_used {
        report(entry.line, format!("`{name}` is not used; remove the line"));
    }
}

fn dependency_name<'a>(entry: &Entry<'a>) -> &'a str {
    entry.key.trim_end_matches(".workspace")
}

/// Checks that the tree of packages stays within its budget.
pub(super) fn check_lock(text: &str, problems: &mut Vec<Problem>) {
    let n_packages = text.lines().filter(|line| *line == "[[package]]").count();
    if n_packages > PACKAGES_MAX {
        let message = format!(
            "{n_packages} packages, the budget is {PACKAGES_MAX}; drop features or a dependency, \
             or raise the budget in tidy/manifest.rs knowingly"
        );
        problems.push(Problem::new("Cargo.lock", 1, message));
    }
}
