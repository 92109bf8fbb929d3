//! Whether what is printed is what was read.

use soql::Query;

/// Asserts that `query` prints as a text that has the same tree, and returns that text.
pub(crate) fn printed(query: &Query) -> String {
    let text = soql::print(query);
    match soql::parse(&text) {
        Ok(again) => {
            assert_eq!(without_spans(&again), without_spans(query), "{text}");
            assert_eq!(soql::print(&again), text);
        }
        Err(error) => panic!("{text}\n{}", error.frame(&text)),
    }
    text
}

/// The tree as text, in which no literal can look like a span: its quotes are escaped.
fn without_spans(query: &Query) -> String {
    debug_without_spans(query)
}

pub(crate) fn debug_without_spans(tree: &dyn std::fmt::Debug) -> String {
    let debug = format!("{tree:?}");
    let mut parts = debug.split("Span { start: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    out
}
