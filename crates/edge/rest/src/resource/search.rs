//! Searches over HTTP: SOSL, the same by parameters, and what helps while somebody types.
//!
//! A search by parameters, and a suggestion, is written as SOSL and read again, so that there is
//! one language, one set of bounds and one set of refusals.

mod parameters;
mod suggestion;

use schema::Object;
use soql::SelectItem;
use soql::sosl::{Returning, Search, SearchWith};

use crate::error::{Code, Failure, of_search, of_search_syntax};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::write::Writer;

pub(crate) use parameters::{by_body, by_query};
pub(crate) use suggestion::{layout, scope_order, suggest};

/// Before this version, an answer is the array of its records.
const WRAPPED_FROM: u16 = 37;

/// Before this version, an answer has fewer records.
const MANY_FROM: u16 = 28;
const FEW: usize = 200;

pub(crate) fn search(call: &Call<'_>) -> Result<Reply, Failure> {
    run(call, call.request.query.get("q").unwrap_or_default())
}

fn run(call: &Call<'_>, text: &str) -> Result<Reply, Failure> {
    if text.trim().is_empty() {
        return Err(of_search_syntax(&soql::sosl::Error::NoTerm, text));
    }
    let search = soql::sosl::parse(text).map_err(|error| of_search_syntax(&error, text))?;
    let page = found(call, &search, text)?;
    let mut w = Writer::with_capacity(page.records.len() + 64);
    if call.request.version < WRAPPED_FROM {
        w.array(|w| write_records(w, &page.records));
        return Ok(Reply::json(w.finish()));
    }
    w.object(|w| {
        w.key("searchRecords").array(|w| write_records(w, &page.records));
        if search.with.iter().any(|it| matches!(it, SearchWith::Metadata(_))) {
            w.key("metadata").object(|w| {
                // The platform's own spelling.
                w.key("entityetadata").array(|w| {
                    search.returning.iter().for_each(|it| write_labels(call, w, it));
                });
            });
        }
    });
    Ok(Reply::json(w.finish()))
}

/// Runs a search of which `text` is the text.
fn found(
    call: &Call<'_>,
    search: &Search,
    text: &str,
) -> Result<records::search::SearchPage, Failure> {
    let rows_max = if call.request.version < MANY_FROM { FEW } else { records::search::ROWS_MAX };
    let base = call.request.base();
    let options = records::search::SearchOptions { rows_max, base: &base };
    records::search::search(&call.ctx, search, &options).map_err(|error| of_search(error, text))
}

fn write_records(w: &mut Writer, records: &[u8]) {
    if !records.is_empty() {
        w.raw(records);
    }
}

/// The labels of the fields that are returned.
fn write_labels(call: &Call<'_>, w: &mut Writer, returning: &Returning) {
    let Some(object) = call.ctx.schema.object(&returning.object.text) else { return };
    w.object(|w| {
        w.key("entityName").text(&object.name);
        w.key("fieldMetadata").array(|w| {
            for item in &returning.fields {
                let path = match item {
                    SelectItem::Path { path, .. } => Some(path.to_string()),
                    _ => None,
                };
                if let Some((name, label)) = path.and_then(|it| labeled(call, object, &it)) {
                    w.object(|w| {
                        w.key("name").text(&name);
                        w.key("label").text(&label);
                    });
                }
            }
        });
    });
}

/// The canonical name of a path, and its label: that of its last field.
fn labeled(call: &Call<'_>, object: &Object, path: &str) -> Option<(String, String)> {
    let Some((relationship, rest)) = path.split_once('.') else {
        return object.field(path).map(|it| (it.name.clone(), it.label.clone()));
    };
    let reference = object.parent_relationship(relationship)?.reference.as_ref()?;
    let parent = call.ctx.schema.get(*reference.targets.first()?);
    let (name, label) = labeled(call, parent, rest)?;
    Some((format!("{}.{name}", reference.relationship.as_deref()?), label))
}

/// A text as what is searched for, so that the braces end where they should. What it escapes
/// stays escaped.
fn in_braces(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut rest = text.chars();
    while let Some(it) = rest.next() {
        match it {
            '\\' => out.extend(['\\', rest.next().unwrap_or('\\')]),
            '}' => out.push_str("\\}"),
            it => out.push(it),
        }
    }
    format!("{{{out}}}")
}

fn malformed(message: impl Into<String>) -> Failure {
    Failure::new(Code::MalformedSearch, message)
}
