//! Runs `test_data/*.case`, and resolves what ships and a project that nobody here wrote.
//!
//! A case file holds blocks. `resolve` starts from what ships; `deploy` adds to the block before
//! it and shows how the tables change. Below the directive stand files, each under a line
//! `-- path`, or, shorter, `-- object Thing__c` (a usual custom object) and
//! `-- field Thing__c.Size__c` (of which only the type and the like follow). Below `----` stands
//! what comes of them: what they add to the schema and the notices, or every problem. Fields that
//! every custom object has are left out.
//!
//! `UPDATE_EXPECT=1 cargo test -p schema` rewrites the expectations; read the diff before
//! committing it.

mod dump;
mod diff;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base::KeyPrefix;
use expect_test::{ExpectFile, expect_file};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::def::{Project, read_project};
use crate::source::path::path_of;
use crate::source::xml;
use crate::{Catalog, ComponentType, Notice, Problem, Schema, assign_prefixes, resolve};

/// An org as a deploy sees it: what was deployed before, and what came of it.
pub(crate) struct Org {
    pub(crate) catalog: Catalog,
    pub(crate) prefixes: BTreeMap<String, KeyPrefix>,
    pub(crate) schema: Schema,
}

/// An org to which nothing was deployed.
fn shipped() -> &'static Org {
    static SHIPPED: OnceLock<Org> = OnceLock::new();
    SHIPPED.get_or_init(Org::new)
}

impl Org {
    fn new() -> Self {
        let catalog = Catalog::shipped();
        let prefixes = BTreeMap::new();
        let (schema, notices) = resolve(&catalog, &prefixes).unwrap_or_else(|it| panic!("{it:#?}"));
        assert_eq!(notices, [], "what ships has nothing to tell");
        Self { catalog, prefixes, schema }
    }

    /// The org after a deploy, or every problem.
    pub(crate) fn deploy(
        &self,
        files: &[(String, String)],
    ) -> Result<(Self, Vec<Notice>), Vec<Problem>> {
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let Project { components, mut problems, mut notices } = read_project(files);
        let mut catalog = self.catalog.clone();
        for component in components {
            catalog.insert(component);
        }
        let prefixes = assign_prefixes(&catalog, &self.prefixes);
        match resolve(&catalog, &prefixes) {
            Ok((schema, more)) if problems.is_empty() => {
                notices.extend(more);
                Ok((Self { catalog, prefixes, schema }, notices))
            }
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }
}

#[test]
fn cases() {
    for path in case_paths() {
        let text = std::fs::read_to_string(&path).unwrap();
        expect_file_at(&path).assert_eq(&run(&text));
    }
}

fn case_paths() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(test_data(""))
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "case"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn standard() {
    let mut out = String::new();
    for line in dump::lines(&shipped().schema) {
        writeln!(out, "{line}").unwrap();
    }
    expect_file_at(&test_data("standard.out")).assert_eq(&out);
}

#[test]
fn ebikes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/conformance/projects/ebikes");
    if !root.exists() {
        #[expect(clippy::disallowed_methods, reason = "a check must not pass by what it lacks")]
        let ci = std::env::var("CI").is_ok_and(|it| it == "true");
        assert!(!ci, "../shared/conformance is missing");
        println!("skipped: ../shared/conformance is missing");
        return;
    }
    let files = project_files(&root);
    let (org, notices) = shipped().deploy(&files).unwrap_or_else(|it| panic!("{it:#?}"));
    let out = added(&shipped().schema, &org.schema, &notices);
    expect_file_at(&test_data("ebikes.out")).assert_eq(&out);

    let (again, _) = org.deploy(&files).unwrap_or_else(|it| panic!("{it:#?}"));
    assert_eq!(crate::diff(&org.schema, &again.schema), Ok(Vec::new()));
    let retrieved: Vec<(String, String)> =
        org.catalog.customer().map(|it| (path_of(it.ty, &it.name), xml::print(&it.body))).collect();
    let (back, _) = shipped().deploy(&retrieved).unwrap_or_else(|it| panic!("{it:#?}"));
    assert_eq!(dump::lines(&back.schema), dump::lines(&org.schema));
    let bodies = |org: &Org| org.catalog.customer().map(|it| it.body.clone()).collect::<Vec<_>>();
    assert_eq!(bodies(&back), bodies(&org));
}

/// Any file of the cases, with a piece cut out, doubled, or put in from another.
fn mutated() -> impl Strategy<Value = Vec<(String, String)>> {
    let mut all = Vec::new();
    for path in case_paths() {
        let blocks = blocks(&std::fs::read_to_string(path).unwrap());
        all.extend(blocks.into_iter().map(|it| it.files));
    }
    let texts: Vec<String> = all.iter().flatten().map(|it| it.1.clone()).collect();
    let cut = || (any::<Index>(), any::<Index>());
    (select(all), any::<Index>(), cut(), select(texts), cut()).prop_map(
        |(mut files, which, cut, other, other_cut)| {
            let (_, text) = which.get_mut(&mut files);
            let piece = piece(&other, other_cut);
            let range = range(text, cut);
            text.replace_range(range, &piece);
            files
        },
    )
}

fn piece(text: &str, cut: (Index, Index)) -> String {
    text[range(text, cut)].to_owned()
}

fn range(text: &str, (a, b): (Index, Index)) -> std::ops::Range<usize> {
    let place = |it: Index| text.floor_char_boundary(it.index(text.len() + 1));
    let (a, b) = (place(a), place(b));
    a.min(b)..a.max(b)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn mutated_projects_never_panic(files in mutated()) {
        if let Err(problems) = shipped().deploy(&files) {
            prop_assert!(!problems.is_empty());
        }
    }
}

/// What a deploy adds to a schema, and its notices.
fn added(before: &Schema, after: &Schema, notices: &[Notice]) -> String {
    let known: BTreeSet<String> = dump::lines(before).into_iter().collect();
    let usual = |it: &str| it.ends_with(" system") || it.contains("ById Lookup ");
    let lines = dump::lines(after).into_iter().filter(|it| !known.contains(it) && !usual(it));
    let notices = notices.iter().map(ToString::to_string);
    lines.chain(notices).map(|it| format!("{it}\n")).collect()
}

fn run(text: &str) -> String {
    let mut org = None;
    let mut out = String::new();
    for block in blocks(text) {
        out.push_str(&block.input);
        out.push_str("----\n");
        let from_before = block.directive == "deploy";
        let before = org.as_ref().filter(|_| from_before).unwrap_or_else(|| shipped());
        match before.deploy(&block.files) {
            Ok((after, notices)) => {
                out.push_str(&added(&before.schema, &after.schema, &notices));
                if from_before {
                    out.push_str(&diff::shown(&before.schema, &after.schema));
                }
                org = Some(after);
            }
            Err(problems) => {
                for problem in problems {
                    writeln!(out, "problem: {problem}").unwrap();
                }
            }
        }
        out.push_str(&block.gap);
    }
    out
}

struct Block {
    directive: String,
    files: Vec<(String, String)>,
    /// The text up to the line of dashes.
    input: String,
    /// The empty lines after the expectation.
    gap: String,
}

/// Splits a case file; an expectation ends at an empty line.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while lines.peek().is_some() {
        let mut block = Block {
            directive: String::new(),
            files: Vec::new(),
            input: String::new(),
            gap: String::new(),
        };
        for line in lines.by_ref().take_while(|it| *it != "----") {
            writeln!(block.input, "{line}").unwrap();
            if let Some(path) = line.strip_prefix("-- ") {
                block.files.push(file(path));
            } else if let Some((_, text)) = block.files.last_mut() {
                writeln!(text, "{line}").unwrap();
            } else if matches!(line, "resolve" | "deploy") {
                line.clone_into(&mut block.directive);
            }
        }
        for (path, text) in &mut block.files {
            if path.ends_with(".field-meta.xml") && !text.contains("</CustomField>") {
                text.push_str("</CustomField>\n");
            }
        }
        assert!(!block.directive.is_empty(), "a block without a directive:\n{}", block.input);
        while lines.next_if(|it| !it.is_empty()).is_some() {}
        while lines.next_if(|it| it.is_empty()).is_some() {
            block.gap.push('\n');
        }
        blocks.push(block);
    }
    blocks
}

/// The path and the beginning of a file.
fn file(line: &str) -> (String, String) {
    if let Some(name) = line.strip_prefix("object ") {
        let label = name.trim_end_matches("__c").replace('_', " ");
        let text = format!(
            "<CustomObject><label>{label}</label><pluralLabel>{label}s</pluralLabel>\
             <nameField><label>{label} Name</label><type>Text</type></nameField></CustomObject>"
        );
        return (path_of(ComponentType::Object, name), text);
    }
    if let Some(name) = line.strip_prefix("field ") {
        let own = name.split_once('.').map_or("", |it| it.1);
        let label = own.trim_end_matches("__c").replace('_', " ");
        let text = format!("<CustomField><fullName>{own}</fullName><label>{label}</label>\n");
        return (path_of(ComponentType::Field, name), text);
    }
    (line.to_owned(), String::new())
}

pub(crate) fn project_files(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn test_data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data").join(name)
}

fn expect_file_at(path: &Path) -> ExpectFile {
    expect_file![path]
}
