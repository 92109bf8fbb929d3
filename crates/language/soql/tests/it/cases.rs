//! Runs `test_data/*.case`. `UPDATE_EXPECT=1 cargo test -p soql` rewrites the expectations in
//! place; read the diff before committing it.
//!
//! A file is blocks with empty lines between; lines that begin with `#` are comments. A block is
//! a directive, the input, `----`, and what is expected:
//!
//! | directive | shows                                                                   |
//! |-----------|-------------------------------------------------------------------------|
//! | `print`   | the canonical text, which must have the same tree when it is read again |
//! | `error`   | the message on the wire, without the empty line before a frame          |
//! | `spans`   | the text that each node says it stands for                              |
//! | `search`  | the same as `print` for a search, and its text as a term                |
//! | `search-error` | the same as `error` for a search                                   |

use std::fmt::Write;
use std::fs;
use std::path::Path;

use base::Span;
use soql::{Condition, InValues, Query, SelectItem};

use crate::round_trip::printed;

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let mut failures = String::new();
    for path in paths.iter().filter(|it| it.extension().is_some_and(|it| it == "case")) {
        let text = fs::read_to_string(path).unwrap();
        let actual = rewrite(&text);
        if actual == text {
            continue;
        }
        if update_expected() {
            fs::write(path, actual).unwrap();
            continue;
        }
        writeln!(failures, "{} is not as today's output would write it", path.display()).unwrap();
        for (old, new) in blocks(&text).zip(blocks(&actual)).filter(|(old, new)| old != new) {
            writeln!(failures, "<<<<\n{old}\n>>>>\n{new}\n").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[expect(clippy::disallowed_methods, reason = "how expectations are updated, by convention")]
fn update_expected() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok()
}

fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end().split("\n\n")
}

/// The file with every expectation as it is today.
fn rewrite(text: &str) -> String {
    let blocks: Vec<String> = blocks(text).map(rewrite_block).collect();
    format!("{}\n", blocks.join("\n\n"))
}

fn rewrite_block(block: &str) -> String {
    let is_comment = |line: &&str| line.starts_with('#');
    let comments: Vec<&str> = block.lines().take_while(is_comment).collect();
    let mut lines = block.lines().skip_while(is_comment);
    let Some(directive) = lines.next() else {
        return block.to_owned();
    };
    let input: Vec<&str> = lines.take_while(|it| *it != "----").collect();
    let input = input.join("\n");
    let shown = show(directive, &input);
    let mut parts = comments;
    parts.extend([directive, &input, "----", shown.trim()]);
    parts.join("\n")
}

fn show(directive: &str, input: &str) -> String {
    if let Some(shown) = show_search(directive, input) {
        return shown;
    }
    match (directive, soql::parse(input)) {
        ("print", Ok(query)) => printed(&query),
        ("spans", Ok(query)) => {
            let mut lines = Vec::new();
            show_spans(&mut lines, input, &query, 0);
            lines.join("\n")
        }
        ("error", Err(error)) => error.frame(input),
        ("print" | "spans", Err(error)) => panic!("refused: {}", error.frame(input)),
        ("error", Ok(_)) => panic!("accepted: {input}"),
        (other, _) => panic!("unknown directive `{other}` before {input}"),
    }
}

fn show_search(directive: &str, input: &str) -> Option<String> {
    use soql::sosl;
    Some(match (directive, sosl::parse(input)) {
        ("search", Ok(search)) => {
            let term = crate::search::printed_term(&search.find.term);
            format!("{}\nfinds {term}", crate::search::printed(&search))
        }
        ("search-error", Err(error)) => error.frame(input),
        ("search", Err(error)) => panic!("refused: {}", error.frame(input)),
        ("search-error", Ok(_)) => panic!("accepted: {input}"),
        _ => return None,
    })
}

fn show_spans(out: &mut Vec<String>, text: &str, query: &Query, depth: usize) {
    let mut line = |what: &str, span: Span| {
        let slice = &text[span.start as usize..span.end as usize];
        out.push(format!("{}{what}: {slice}", "  ".repeat(depth)));
    };
    line("query", query.span);
    for item in &query.select {
        line("item", item.span());
    }
    line("from", query.from.object.span);
    if let Some(scope) = &query.scope {
        line("scope", scope.span);
    }
    if let Some(group_by) = &query.group_by {
        line("group", group_by.span);
    }
    for item in &query.order_by {
        line("order", item.span);
    }
    for clause in &query.for_ {
        line("for", clause.span);
    }
    for item in &query.select {
        if let SelectItem::Subquery(child) = item {
            show_spans(out, text, child, depth + 1);
        }
    }
    if let Some(condition) = &query.where_ {
        show_condition_spans(out, text, condition, depth);
    }
}

fn show_condition_spans(out: &mut Vec<String>, text: &str, condition: &Condition, depth: usize) {
    let indent = "  ".repeat(depth);
    let slice = |span: Span| &text[span.start as usize..span.end as usize];
    out.push(format!("{indent}condition: {}", slice(condition.span())));
    match condition {
        Condition::And(terms) | Condition::Or(terms) => {
            for term in terms {
                show_condition_spans(out, text, term, depth + 1);
            }
        }
        Condition::Not { inner, .. } => show_condition_spans(out, text, inner, depth + 1),
        Condition::Compare { operand, value, .. } => {
            let (operand, value) = (slice(operand.span()), slice(value.span));
            out.push(format!("{indent}  {operand} | {value}"));
        }
        Condition::In { operand, values: InValues::Subquery(query), .. } => {
            out.push(format!("{indent}  {}", slice(operand.span())));
            show_spans(out, text, query, depth + 1);
        }
        Condition::In { operand, values: InValues::List(values), .. }
        | Condition::LikeAny { operand, values, .. }
        | Condition::Includes { operand, values, .. } => {
            let values: Vec<&str> = values.iter().map(|it| slice(it.span)).collect();
            out.push(format!("{indent}  {} | {}", slice(operand.span()), values.join(" | ")));
        }
    }
}
