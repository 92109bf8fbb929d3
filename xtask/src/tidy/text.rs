//! Headers, lengths, names and phrases: what a reader would stumble over.

use super::source::{IN_STRING, Source, has_word, is_test_file};
use super::{File, Problem};

const FILE_BYTES_MAX: u64 = 200_000;
const LINES_MAX: usize = 800;
const LINES_OF_TABLE_MAX: usize = 1200;
const COLUMNS_MAX: usize = 100;
/// For a line that only a text makes long, which rustfmt cannot break.
const COLUMNS_OF_TEXT_MAX: usize = 120;

/// Said of code that is not finished, and what to do instead. Not applied to prose.
const PHRASES: &[(&str, &str)] = &[
    (concat!("FIX", "ME"), "fix it, or open an issue and name it"),
    (concat!("TO", "DO:"), "do it, or open an issue and name it"),
    (concat!("XX", "X:"), "say what is wrong, or fix it"),
    (concat!("in a real ", "implementation"), "this is the real one: implement it"),
    (concat!("in a real ", "application"), "this is the real one: implement it"),
];

/// Paths that only exist on somebody's machine.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Endings of type names that say nothing, and what says more.
const EMPTY_SUFFIXES: &[&str] =
    &["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Processor", "Wrapper"];

/// Names of modules in which anything would fit.
const EMPTY_MODULES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];

const CODE: &[&str] = &[".rs", ".py", ".mjs", ".js", ".css", ".html", ".toml", ".sh"];

pub(super) fn check_size(file: &File, problems: &mut Vec<Problem>) {
    if file.size > FILE_BYTES_MAX {
        let message = format!(
            "{} bytes, the limit is {FILE_BYTES_MAX}; split it, generate it, or read it from \
             outside the repository",
            file.size
        );
        problems.push(Problem::new(&file.path, 1, message));
    }
}

/// Checks what holds for every text file.
pub(super) fn check_any(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let is_code = CODE.iter().any(|ending| path.ends_with(ending));
    for (line_idx, line) in text.lines().enumerate() {
        let mut report = |message: String| {
            problems.push(Problem::new(path, line_idx + 1, message));
        };
        for machine in MACHINE_PATHS.iter().filter(|it| has_machine_path(line, it)) {
            report(format!("`{machine}` is a path of one machine; name it relative to something"));
        }
        for (phrase, instead) in PHRASES {
            // Phrases are matched in any case, marks of capitals only as such.
            if is_code && (line.contains(phrase) || line.to_lowercase().contains(phrase)) {
                report(format!("`{phrase}` says that it is unfinished; {instead}"));
            }
        }
    }
    let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default();
    if is_code && EMPTY_MODULES.contains(&stem) {
        let message = format!("anything fits into `{stem}`; name it after what it holds");
        problems.push(Problem::new(path, 1, message));
    }
}

/// Says whether the path begins there, and is not the middle of a relative one.
fn has_machine_path(line: &str, machine: &str) -> bool {
    line.match_indices(machine).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-})]>*".contains(c))
    })
}

pub(super) fn check_rust(source: &Source<'_>, problems: &mut Vec<Problem>) {
    let path = source.path;
    if path.ends_with("/mod.rs") {
        let message = "`mod.rs` is not used; call it like its folder, beside it";
        problems.push(Problem::new(path, 1, message));
    }
    let header = source.raw.first().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
    if header.split_whitespace().count() < 3 {
        let message = "no header; begin with `//!` and what the file is for";
        problems.push(Problem::new(path, 1, message));
    }
    let lines_max = if may_be_long(path) { LINES_OF_TABLE_MAX } else { LINES_MAX };
    if source.raw.len() > lines_max {
        let message =
            format!("{} lines, the limit is {lines_max}; split it by subject", source.raw.len());
        problems.push(Problem::new(path, lines_max, message));
    }
    for line_idx in 0..source.raw.len() {
        check_line(source, line_idx, problems);
    }
}

fn may_be_long(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    is_test_file(path) || stem == "table" || stem.ends_with("_table") || stem.ends_with("_tests")
}

fn check_line(source: &Source<'_>, line_idx: usize, problems: &mut Vec<Problem>) {
    let (raw, code) = (source.raw[line_idx], source.code[line_idx].as_str());
    let mut report = |message: String| {
        problems.push(Problem::new(source.path, line_idx + 1, message));
    };
    let n_columns = raw.chars().count();
    // A long string in a test is data; rows of tables cannot be broken, in code or in a header.
    let is_data = raw.contains("://")
        || raw.contains("include_str!")
        || raw.trim_start().trim_start_matches(['/', '!']).starts_with(" |")
        || (source.is_test[line_idx] && code.contains(IN_STRING));
    let n_of_text = code.chars().filter(|char| *char == IN_STRING).count();
    let max = if n_of_text > n_columns / 2 { COLUMNS_OF_TEXT_MAX } else { COLUMNS_MAX };
    if n_columns > max && !is_data && !in_table(source, line_idx) {
        report(format!("{n_columns} columns, the limit is {max}; break the line"));
    }
    let comment = raw.trim_start();
    if is_banner(comment) {
        report("a banner; let a module or a function make the section".to_owned());
    }
    if !source.is_test[line_idx] && has_plain_expect(raw, code) {
        report(
            "`expect` on what can happen; return an error, or say `invariant: ` and why it cannot"
                .to_owned(),
        );
    }
    for keyword in ["struct ", "enum ", "trait ", "type "] {
        for name in names_after(code, keyword) {
            if let Some(suffix) = EMPTY_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix)) {
                report(format!("`{suffix}` in `{name}` says nothing; name the thing it is"));
            }
        }
    }
}

fn is_banner(comment: &str) -> bool {
    // Documentation may show a format that has rules of dashes.
    let Some(text) = comment.strip_prefix("//").filter(|it| !it.starts_with(['/', '!'])) else {
        return false;
    };
    ["---", "===", "***"].iter().any(|mark| text.trim().starts_with(mark))
}

/// Says whether the line belongs to an item under `#[rustfmt::skip]`.
fn in_table(source: &Source<'_>, line_idx: usize) -> bool {
    for above in source.code[..line_idx].iter().rev() {
        if above.contains("#[rustfmt::skip]") {
            return true;
        }
        if above.starts_with('}') || above.starts_with(']') {
            return false;
        }
    }
    false
}

fn has_plain_expect(raw: &str, code: &str) -> bool {
    const CALL: &str = ".expect(\"";
    code.match_indices(CALL).any(|(start, _)| {
        // A parser's own `expect` is another function, and is passed on.
        if code[..start].ends_with("self") || code[start..].contains("\")?") {
            return false;
        }
        let n_before = code[..start].chars().count() + CALL.len();
        let message: String = raw.chars().skip(n_before).collect();
        !message.starts_with("invariant: ")
    })
}

fn names_after<'a>(code: &'a str, keyword: &str) -> Vec<&'a str> {
    if !has_word(code, keyword.trim()) {
        return Vec::new();
    }
    code.match_indices(keyword)
        .map(|(start, _)| {
            let rest = &code[start + keyword.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}
