//! Source format: files read, resolved over what ships, and what a deploy would change.
//!
//! A text is a project: each file stands below a line `-- path`, or, shorter, as in the cases of
//! `schema`, `-- object Thing__c` and `-- field Thing__c.Size__c`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schema::source::path::path_of;
use schema::source::xml;
use schema::{Catalog, ComponentType, Schema, assign_prefixes, def, diff, resolve};
use sql::{Dialect, Statement};

use super::query::WORLD;
use super::{Seeds, Target, words};
use crate::probe::Probe;

pub(super) const TARGET: Target = Target {
    name: "metadata",
    run,
    words: dictionary,
    seeds: &[
        Seeds::Cases("crates/language/schema/test_data"),
        Seeds::Objects("../shared/conformance/projects/ebikes/force-app/main/default/objects"),
    ],
    n_in_tests: 25,
};

fn dictionary() -> Vec<String> {
    words(include_str!("../../words/metadata.txt"))
}

/// What ships, without what nothing else refers to: every text is resolved with all of it.
static SHIPPED: LazyLock<Catalog> = LazyLock::new(|| {
    let mut kept = Catalog::default();
    for component in Catalog::shipped().iter() {
        let is_alone = matches!(
            component.ty,
            ComponentType::Layout
                | ComponentType::ListView
                | ComponentType::Tab
                | ComponentType::Application
                | ComponentType::PermissionSet
                | ComponentType::Profile
        );
        if !is_alone {
            kept.insert(component.clone());
        }
    }
    kept
});

fn run(text: &str, probe: &mut Probe) {
    let files = files(text);
    let pairs = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let project = probe.measure("read", || def::read_project(pairs));
    for problem in &project.problems {
        probe.note(kind_of(&problem.message), 0);
    }
    let mut catalog = SHIPPED.clone();
    let n_components = project.components.len();
    for component in project.components {
        probe.note(component.ty.metadata_name(), 0);
        reads_as_it_prints(&component.body);
        catalog.insert(component);
    }
    if n_components == 0 {
        return;
    }
    let prefixes = probe.measure("prefixes", || assign_prefixes(&catalog, &BTreeMap::new()));
    match probe.measure("resolve", || resolve(&catalog, &prefixes)) {
        Ok((schema, notices)) => {
            for notice in notices {
                probe.note(kind_of(&notice.message), 1);
            }
            changes(&schema, probe);
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal has its reasons");
            for problem in problems {
                probe.note(kind_of(&problem.message), 2);
            }
        }
    }
}

fn reads_as_it_prints(body: &xml::Element) {
    let printed = xml::print(body);
    match xml::parse(&printed) {
        Ok(again) => assert_eq!(&again, body, "{printed}"),
        Err(error) => panic!("what was printed is no file: {error}\n{printed}"),
    }
}

fn changes(schema: &Schema, probe: &mut Probe) {
    assert_eq!(diff(schema, schema), Ok(Vec::new()), "nothing changes");
    for (old, new) in [(&WORLD.schema, schema), (schema, &WORLD.schema)] {
        match probe.measure("diff", || diff(old, new)) {
            Ok(steps) => {
                for step in &steps {
                    probe.see(step);
                    let statement = match step {
                        schema::Step::Ddl(ddl) => Statement::Ddl(ddl),
                        schema::Step::Fill(update) => Statement::Update(update),
                    };
                    for dialect in [Dialect::sqlite(), Dialect::postgres("org")] {
                        probe.measure("render", || statement.render(&dialect));
                    }
                }
            }
            Err(refusals) => {
                for refusal in refusals {
                    probe.note(kind_of(&refusal.message), 3);
                }
            }
        }
    }
}

/// The first words of a message, before a name or a number of its own.
fn kind_of(message: &str) -> &str {
    let end = message.find(|it: char| it == '`' || it.is_ascii_digit() || it.is_ascii_uppercase());
    let start = &message[..end.unwrap_or(message.len())];
    let third = start.match_indices(' ').nth(2);
    &start[..third.map_or(start.len(), |it| it.0)]
}

/// Splits a text into files.
fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("-- ") {
            files.push(file(head.trim_end_matches(['\r', '\n'])));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    for (path, text) in &mut files {
        if path.ends_with(".field-meta.xml") && !text.contains("</CustomField>") {
            text.push_str("</CustomField>\n");
        }
    }
    files
}

/// The path and the beginning of a file.
fn file(line: &str) -> (String, String) {
    if let Some(name) = line.strip_prefix("object ") {
        let text = "<CustomObject><label>A</label><pluralLabel>As</pluralLabel>\
                    <nameField><label>A Name</label><type>Text</type></nameField></CustomObject>";
        return (path_of(ComponentType::Object, name), text.to_owned());
    }
    if let Some(name) = line.strip_prefix("field ") {
        let own = name.split_once('.').map_or("", |it| it.1);
        let text = format!("<CustomField><fullName>{own}</fullName><label>A</label>\n");
        return (path_of(ComponentType::Field, name), text);
    }
    (line.to_owned(), String::new())
}
