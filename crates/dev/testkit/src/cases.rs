//! Text cases: input and expected output in one file, rewritten on request.
//!
//! ```text
//! # A comment.
//! directive with arguments
//! input, any number of lines
//! ----
//! expected output, up to the next blank line
//! ```
//!
//! `UPDATE_EXPECT=1 cargo test` rewrites the expectations in place; read the difference before
//! committing it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Debug)]
pub struct Block {
    pub file: PathBuf,
    /// The line of the directive, from 1.
    pub line: usize,
    /// The first word of the block, and what follows it.
    pub directive: String,
    pub arguments: String,
    pub input: String,
    expected: String,
}

/// Runs every block of the `*.case` files in `dir`, in the order of their names, and compares
/// what `show` returns with what the file expects.
///
/// # Panics
///
/// When a block's output differs and no rewrite was asked for, or when there is no case.
pub fn run_dir(dir: &Path, mut show: impl FnMut(&Block) -> String) {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|it| it.expect("invariant: a listed file has a path").path())
        .filter(|it| it.extension().is_some_and(|it| it == "case"))
        .collect();
    files.sort();
    let (mut run, mut failures) = (0, String::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("invariant: a case file is text");
        let mut out = String::new();
        for part in parts(&file, &text) {
            match part {
                Part::Verbatim(line) => {
                    out.push_str(line);
                    out.push('\n');
                }
                Part::Block(block) => {
                    run += 1;
                    let actual = without_blank_lines(&show(&block));
                    if actual != block.expected {
                        report(&mut failures, &block, &actual);
                    }
                    print(&mut out, &block, &actual);
                }
            }
        }
        if rewriting() && out != text {
            fs::write(&file, out).expect("invariant: a case file can be written");
        }
    }
    assert!(0 < run, "no cases in {}", dir.display());
    assert!(rewriting() || failures.is_empty(), "{failures}");
}

enum Part<'a> {
    Verbatim(&'a str),
    Block(Block),
}

fn parts<'a>(file: &Path, text: &'a str) -> Vec<Part<'a>> {
    let mut out = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((n, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            out.push(Part::Verbatim(line));
            continue;
        }
        let (directive, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let mut input: Vec<&str> = Vec::new();
        for (_, line) in lines.by_ref() {
            if line == "----" {
                break;
            }
            input.push(line);
        }
        let mut expected: Vec<&str> = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            expected.push(line);
        }
        out.push(Part::Block(Block {
            file: file.to_owned(),
            line: n + 1,
            directive: directive.to_owned(),
            arguments: arguments.to_owned(),
            input: input.join("\n"),
            expected: expected.join("\n"),
        }));
    }
    out
}

/// Expected output ends at a blank line, so it holds none.
fn without_blank_lines(text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn print(out: &mut String, block: &Block, actual: &str) {
    let space = if block.arguments.is_empty() { "" } else { " " };
    let head = format!("{}{space}{}", block.directive, block.arguments);
    let input = if block.input.is_empty() { String::new() } else { format!("{}\n", block.input) };
    let actual = if actual.is_empty() { String::new() } else { format!("{actual}\n") };
    write!(out, "{head}\n{input}----\n{actual}").expect("invariant: a String takes any text");
}

fn report(failures: &mut String, block: &Block, actual: &str) {
    write!(
        failures,
        "\n{}:{}: {}\n--- expected\n{}\n--- actual\n{actual}\n",
        block.file.display(),
        block.line,
        block.input,
        block.expected,
    )
    .expect("invariant: a String takes any text");
}

fn rewriting() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}
