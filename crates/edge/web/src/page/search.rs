//! `/search?q=`: the records that the search index has for what somebody types, and the record of
//! an id.
//!
//! Words begin in names, e-mail addresses, telephone numbers and keys as they are typed; where
//! these are few, whole words anywhere in a record come after them.

use base::RecordId;
use maud::{Markup, html};
use query::Record;
use schema::{Field, Object};
use soql::sosl::SearchScope;

use crate::component::table::{Table, unsorted};
use crate::component::{tile, value};
use crate::failure::Failure;
use crate::form::url;
use crate::layout::{self, Frame};
use crate::names::Names;
use crate::nav;
use crate::page::record::path_of;
use crate::read::{self, Query};
use crate::reply::Reply;
use crate::sheet;
use crate::visit::{Visit, list_path};

const ROWS: usize = 5;
pub(crate) const TEXT_CHARS_MAX: usize = 255;
const ECHO_CHARS_MAX: usize = 80;
const COLUMNS_MAX: usize = 5;

struct Group<'a> {
    object: &'a Object,
    columns: Vec<&'a Field>,
    records: Vec<Record>,
    more: bool,
}

pub(crate) fn show(visit: &Visit) -> Result<Reply, Failure> {
    let text: String = visit.ask.query.text("q").chars().take(TEXT_CHARS_MAX).collect();
    let of_id = RecordId::parse(&text).ok().and_then(|id| path_of(visit, id));
    if let Some(path) = of_id {
        return Ok(Reply::see(path));
    }
    let groups = if text.is_empty() { Vec::new() } else { groups(visit, &text)? };
    let names = Names::of(visit, value::ids(groups.iter().flat_map(|it| &it.records)))?;
    let content = html! {
        div.head {
            div.head-text {
                h1 {
                    @if text.is_empty() { "Search" }
                    @else { "Results for \u{201c}" bdi { (brief(&text)) } "\u{201d}" }
                }
                p.muted { "Names, addresses and numbers that begin like this, and texts with these words." }
            }
        }
        @for group in &groups { (card(visit, group, &names, &text)) }
        @if groups.is_empty() {
            div.card { div.blank {
                h2 { @if text.is_empty() { "Nothing to look for yet" } @else { "Nothing found" } }
                p { "Type the beginning of a name, an e-mail address or a number, or whole words of a text." }
            } }
        }
    };
    let frame = Frame { title: "Search", crumbs: &[], object: None };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

/// As much of a text as a heading repeats.
fn brief(text: &str) -> String {
    let head: String = text.chars().take(ECHO_CHARS_MAX).collect();
    if head.len() < text.len() { head + "\u{2026}" } else { head }
}

fn groups<'a>(visit: &'a Visit, text: &str) -> Result<Vec<Group<'a>>, Failure> {
    let ctx = &visit.ctx;
    let objects: Vec<&Object> =
        nav::objects(visit).into_iter().filter(|it| it.searchable).collect();
    let term = records::search::typed(text);
    let find = |scope| records::search::find(ctx, &term, scope, &objects, ROWS + 1);
    let begun = find(SearchScope::Sidebar)?;
    let anywhere = find(SearchScope::All)?;
    let mut groups = Vec::new();
    for ((object, mut ids), others) in objects.iter().zip(begun).zip(anywhere) {
        for id in others {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if !ids.is_empty() {
            groups.push(group(visit, object, &ids)?);
        }
    }
    Ok(groups)
}

/// The first of the records with these ids, in this order.
fn group<'a>(visit: &'a Visit, object: &'a Object, ids: &[RecordId]) -> Result<Group<'a>, Failure> {
    let mut columns = sheet::columns(visit, object);
    columns.truncate(COLUMNS_MAX);
    let shown = &ids[..ids.len().min(ROWS)];
    let query =
        Query::of(object, columns.clone()).with(format!("Id IN ({})", read::id_list(shown)));
    let mut records = query.rows(&visit.ctx)?;
    records.sort_by_key(|record| shown.iter().position(|it| *it == record.id));
    Ok(Group { object, columns, records, more: ROWS < ids.len() })
}

fn card(visit: &Visit, group: &Group<'_>, names: &Names, text: &str) -> Markup {
    let object = group.object;
    let table = Table {
        visit,
        object,
        columns: &group.columns,
        records: &group.records,
        names,
        caption: &object.plural_label,
    };
    html! {
        section.card aria-label=(object.plural_label) {
            div.card-head {
                (tile::tile(visit, object))
                h2 { (object.plural_label) }
            }
            div.scroll { (table.markup(&unsorted)) }
            @if group.more {
                div.card-foot {
                    a href=(url(&list_path(object), &[("q", text)])) {
                        "All " (object.plural_label.to_lowercase())
                        " for \u{201c}" bdi { (brief(text)) } "\u{201d}"
                    }
                }
            }
        }
    }
}
