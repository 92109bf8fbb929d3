//! Texts to begin with: our own cases, the shared ones where they are there, and the corpus.
//!
//! The corpus, `corpus/PARSER/`, holds one text a file: each finding, as small as it got, and
//! kept after its fault is gone.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::target::{Seeds, Target};

/// What `target` begins with, beside the corpus.
pub fn seeds(target: &Target) -> Vec<String> {
    let mut all = Vec::new();
    for seeds in target.seeds {
        match seeds {
            Seeds::Cases(folder) => all.extend(case_inputs(&root().join(folder))),
            Seeds::FileLines(file) => {
                all.extend(read(&root().join(file)).lines().map(str::to_owned));
            }
            Seeds::Lines { file, key } => all.extend(lines(file, key)),
            Seeds::Formulas(file) => all.extend(formulas(file)),
            Seeds::Objects(folder) => all.extend(objects(&root().join(folder))),
            Seeds::Texts(texts) => all.extend(texts.iter().map(|it| (*it).to_owned())),
        }
    }
    all
}

/// The findings of `target` that were ever made.
pub fn corpus(target: &Target) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    files(&folder).iter().map(|it| read(it)).collect()
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The files of a folder, by name; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|it| it.path()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

fn case_inputs(folder: &Path) -> Vec<String> {
    let mut inputs = Vec::new();
    for file in files(folder).iter().filter(|it| it.extension().is_some_and(|it| it == "case")) {
        inputs.extend(inputs_of(&read(file)));
    }
    inputs
}

/// What stands between a directive and its dashes, whole and line by line.
fn inputs_of(text: &str) -> Vec<String> {
    let mut inputs = Vec::new();
    let mut lines = text.lines();
    while let Some(directive) = lines.find(|it| !it.is_empty() && !it.starts_with('#')) {
        let deploys = matches!(directive, "resolve" | "deploy");
        let input: Vec<&str> = lines.by_ref().take_while(|it| *it != "----").collect();
        if 1 < input.len() && !deploys {
            inputs.extend(input.iter().map(|it| (*it).to_owned()));
        }
        inputs.push(input.join("\n"));
        let _expected = lines.by_ref().take_while(|it| !it.is_empty()).count();
    }
    inputs
}

fn shared(file: &str) -> Vec<Value> {
    let text = read(&root().join("../shared/conformance").join(file));
    text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect()
}

fn lines(file: &str, key: &str) -> Vec<String> {
    shared(file).iter().filter_map(|it| it[key].as_str().map(str::to_owned)).collect()
}

/// The formulas of the shared cases, whose fields are named as the target knows them: by type.
fn formulas(file: &str) -> Vec<String> {
    let mut all = Vec::new();
    for case in shared(file) {
        let Some(text) = case["formula"].as_str() else { continue };
        let mut text = text.to_owned();
        for (n, field) in case["fields"].as_array().into_iter().flatten().enumerate() {
            if let (Some(name), Some(ty)) = (field["name"].as_str(), field["type"].as_str()) {
                text = renamed(&text, name, &format!("{}{n}", stem(ty)));
            }
        }
        all.push(text);
    }
    all
}

fn stem(ty: &str) -> &'static str {
    match ty.to_ascii_lowercase().as_str() {
        "double" | "integer" | "number" => "num",
        "currency" => "cur",
        "percent" => "pct",
        "boolean" | "checkbox" => "flg",
        "dateonly" | "date" => "day",
        "datetime" => "ins",
        "timeonly" | "time" => "clk",
        "location" | "geolocation" => "loc",
        "dynamicenum" | "staticenum" | "picklist" | "enum" => "pik",
        "multienum" | "multipicklist" => "mul",
        _ => "txt",
    }
}

/// `text` with `new` for `name`, in whichever case it is written.
fn renamed(text: &str, name: &str, new: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0;
    for (found, _) in lower.match_indices(&name.to_ascii_lowercase()) {
        out.push_str(&text[at..found]);
        out.push_str(new);
        at = found + name.len();
    }
    out + &text[at..]
}

/// The metadata of each object of a project as one text: `-- path` before each file.
fn objects(folder: &Path) -> Vec<String> {
    files(folder).iter().map(|it| project(it, folder)).collect()
}

fn project(at: &Path, root: &Path) -> String {
    if at.is_dir() {
        return files(at).iter().map(|it| project(it, root)).collect();
    }
    let name = at.strip_prefix(root).unwrap_or(at).display();
    format!("-- objects/{name}\n{}\n", read(at))
}
