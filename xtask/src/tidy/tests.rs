//! Each rule on the smallest input that breaks it, and on the nearest that does not.

use super::source::{IN_STRING, Source, blank};
use super::{File, Problem, absences, check, layers, manifest, text};

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), size: text.len() as u64, text: Some(text.to_owned()) }
}

/// Returns what the rules for Rust files say of `text`, its header aside.
fn rust(path: &str, text: &str) -> Vec<String> {
    let with_header = format!("//! Says what it is for.\n{text}");
    let source = Source::new(path, &with_header);
    let mut problems = Vec::new();
    text::check_any(path, &with_header, &mut problems);
    text::check_rust(&source, &mut problems);
    absences::check(&source, &mut problems);
    messages(&problems)
}

#[track_caller]
fn assert_says(problems: &[String], line: usize, part: &str) {
    let found = problems.iter().any(|it| it.starts_with(&format!("{line}: ")) && it.contains(part));
    assert!(found, "no problem with `{part}` in line {line} of {problems:#?}");
}

#[track_caller]
fn assert_silent(problems: &[String]) {
    assert_eq!(problems, &[] as &[String]);
}

const LANGUAGE: &str = "crates/language/soql/src/lex.rs";
const SERVICE: &str = "crates/service/records/src/create.rs";

#[test]
fn comments_and_strings_are_blanked() {
    let s = |n: usize| IN_STRING.to_string().repeat(n);
    let cases = [
        ("a // b\nc", "a     \nc".to_owned()),
        ("a /* /* b */ */ c", format!("a{}c", " ".repeat(15))),
        ("f(\"a\\\"b\")", format!("f(\"{}\")", s(4))),
        ("r#\"a\"b\"# c", format!("r#\"{}\"# c", s(3))),
        ("br\"a\" c", format!("br\"{}\" c", s(1))),
        ("for\"a\"", format!("for\"{}\"", s(1))),
        ("'\\'' 'a' '\"' &'a str", format!("'{}' '{}' '{}' &'a str", s(2), s(1), s(1))),
        ("'\\u{1F600}' x", format!("'{}' x", s(9))),
    ];
    for (input, expected) in cases {
        assert_eq!(blank(input), expected, "{input}");
    }
}

#[test]
fn unfinished_input_ends_the_reader() {
    for input in ["\"", "/*", "r#\"", "'\\", "'", "\\", "r#", "\"\\"] {
        assert_eq!(blank(input).chars().count(), input.chars().count(), "{input}");
    }
}

#[test]
fn test_items_are_marked_to_their_end() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod t {\n}\nfn c() {}";
    let source = Source::new(LANGUAGE, text);
    assert_eq!(source.is_test, [false, true, true, false, true, true, true, false]);
}

#[test]
fn language_crates_do_no_io() {
    assert_says(&rust(LANGUAGE, "use std::fs;"), 2, "take the content as an argument");
    assert_says(&rust(LANGUAGE, "use std::{\n    fmt,\n    fs,\n};"), 4, "std::fs");
    assert_says(&rust(LANGUAGE, "let t = std::time::Instant::now();"), 2, "have no clock");
    assert_silent(&rust(LANGUAGE, "// std::fs is not for us\nlet a = \"std::fs\";\nuse std::fmt;"));
    assert_silent(&rust(LANGUAGE, "#[cfg(test)]\nmod tests {\n    use std::fs;\n}"));
    assert_silent(&rust(SERVICE, "use std::fs;"));
}

#[test]
fn the_driver_stays_in_the_store() {
    assert_says(&rust(SERVICE, "fn f(c: &rusqlite::Connection) {}"), 2, "ask `store`");
    assert_silent(&rust("crates/engine/store/src/org.rs", "use rusqlite::Connection;"));
    assert_silent(&rust("bench/src/main.rs", "use rusqlite::Connection;"));
}

#[test]
fn http_and_async_stay_at_the_edge() {
    assert_says(&rust(SERVICE, "use axum::Router;"), 2, "HTTP is known");
    assert_says(&rust(SERVICE, "async fn f() {}"), 2, "blocking code");
    assert_says(&rust(SERVICE, "f().await"), 2, "blocking code");
    assert_says(&rust(SERVICE, "use serde_json::{Map, Value};"), 2, "JSON trees");
    assert_silent(&rust("crates/edge/rest/src/routes.rs", "use axum::Router;\nasync fn f() {}"));
    assert_silent(&rust(SERVICE, "let httpd = 1;\nuse serde_json::Map;"));
}

#[test]
fn unfinished_code_is_refused() {
    let mark = concat!("// FIX", "ME later");
    assert_says(&rust(SERVICE, mark), 2, "unfinished");
    assert_says(&rust(SERVICE, concat!("// In a real ", "implementation")), 2, "unfinished");
    assert_says(&rust(SERVICE, "fn f() { todo!() }"), 2, "finish it");
    assert_says(&rust(SERVICE, "#[ignore = \"slow\"]"), 2, "today's behavior");
    assert_silent(&rust(SERVICE, "struct Walk { todo: Vec<u8> }"));
}

#[test]
fn expectations_state_an_invariant() {
    assert_says(&rust(SERVICE, "x.expect(\"should work\")"), 2, "invariant");
    assert_silent(&rust(SERVICE, "x.expect(\"invariant: never empty\")"));
    assert_silent(&rust(SERVICE, "#[cfg(test)]\nmod t {\n    fn f() { x.expect(\"x\") }\n}"));
}

#[test]
fn names_and_banners_say_something() {
    assert_says(&rust(SERVICE, "pub struct RecordManager;"), 2, "`Manager` in `RecordManager`");
    assert_says(&rust(SERVICE, "enum FieldHelper {}"), 2, "says nothing");
    assert_says(&rust("crates/service/records/src/util.rs", ""), 1, "anything fits");
    assert_says(&rust("crates/service/records/src/a/mod.rs", ""), 1, "`mod.rs`");
    assert_says(&rust(SERVICE, concat!("// --", "- Creating ---")), 2, "banner");
    assert_silent(&rust(SERVICE, "// struct RecordManager\nfn helper() {}\n//! |---|"));
}

#[test]
fn lines_and_files_have_an_end() {
    let long = format!("let a = {};", "a".repeat(100));
    assert_says(&rust(SERVICE, &long), 2, "break the line");
    assert_silent(&rust(SERVICE, &format!("// https://a.example/{long}")));
    assert_silent(&rust(SERVICE, &format!("#[rustfmt::skip]\nconst A: &[u8] = &[\n{long}\n];")));
    let lines = "let a = 1;\n".repeat(800);
    assert_says(&rust(SERVICE, &lines), 800, "801 lines");
    assert_silent(&rust("crates/service/records/src/tests.rs", &lines));
    let mut problems = Vec::new();
    text::check_size(&File { size: 200_001, ..file("a.json", "") }, &mut problems);
    assert_says(&messages(&problems), 1, "split it");
}

#[test]
fn every_file_has_a_header() {
    for text in ["fn main() {}", "//!\nfn main() {}", "//! Main.\nfn main() {}", ""] {
        let problems = check(&[file("crates/engine/store/src/org.rs", text)]);
        assert_says(&messages(&problems), 1, "no header");
    }
}

#[test]
fn paths_of_a_machine_are_found() {
    let path = concat!("/ro", "ot/notes");
    assert_says(&messages(&check(&[file("README.md", path)])), 1, "path of one machine");
    assert_silent(&messages(&check(&[file("README.md", &format!("src{path} a/b{path}"))])));
}

#[test]
fn the_list_of_edges_keeps_to_the_floors() {
    assert_silent(&messages(&layers::check_table()));
}

const MANIFEST: &str = r#"[package]
name = "soql"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lib]
doctest = false

[lints]
workspace = true

[dependencies]
base.workspace = true
"#;

fn manifest_problems(manifest: &str, code: &str) -> Vec<String> {
    let path = "crates/language/soql/Cargo.toml";
    let files = [file("crates/language/soql/src/lib.rs", code)];
    let mut problems = Vec::new();
    manifest::check_crate(path, manifest, &files, &mut problems);
    messages(&problems)
}

#[test]
fn manifests_inherit_from_the_workspace() {
    assert_silent(&manifest_problems(MANIFEST, "use base::Span;"));
    for line in ["edition.workspace = true\n", "[lints]\nworkspace = true\n", "doctest = false\n"] {
        let problems = manifest_problems(&MANIFEST.replace(line, ""), "use base::Span;");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
    let own = MANIFEST.to_owned() + "quick-xml = \"0.42\"\n";
    assert_says(&manifest_problems(&own, "use base::Span; use quick_xml::Reader;"), 17, "table");
}

#[test]
fn edges_are_listed_and_used() {
    let above = MANIFEST.to_owned() + "store.workspace = true\n";
    assert_says(&manifest_problems(&above, "use base::A; use store::B;"), 17, "tidy/layers.rs");
    let unused = MANIFEST.to_owned() + "thiserror.workspace = true\n";
    assert_says(&manifest_problems(&unused, "use base::A;"), 17, "not used");
    let testkit = MANIFEST.to_owned() + "testkit.workspace = true\n";
    let code = "use base::A; use testkit::B;";
    assert_says(&manifest_problems(&testkit, code), 17, "[dev-dependencies]");
    let dev = MANIFEST.to_owned() + "\n[dev-dependencies]\ntestkit.workspace = true\n";
    assert_silent(&manifest_problems(&dev, code));
}

#[test]
fn shared_dependencies_have_a_reason() {
    let table = "[workspace.dependencies]\nbase = { path = \"x\" }\nclap = \"4\"\n\
                 tempfile = \"3\" # directories of tests that vanish\n";
    let mut problems = Vec::new();
    manifest::check_root(table, &mut problems);
    assert_eq!(problems.len(), 1);
    assert_says(&messages(&problems), 3, "`clap` has no reason");
}
