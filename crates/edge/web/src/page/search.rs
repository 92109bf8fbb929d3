//! `/search?q=`: records of whose name a word begins with a text, or another field that is looked
//! up by value begins with it; and the record of an id.
//!
//! The inside of words is not searched: nobody looks for it, and too much would match.

use base::RecordId;
use maud::{Markup, html};
use query::Record;
use schema::{Field, Object};

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

const ROWS: u64 = 5;
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
    let mut groups = Vec::new();
    if !text.is_empty() {
        for object in nav::objects(visit).into_iter().filter(|it| it.searchable) {
            groups.extend(find(visit, object, &text)?);
        }
    }
    let names = Names::of(visit, value::ids(groups.iter().flat_map(|it| &it.records)))?;
    let content = html! {
        div.head {
            div.head-text {
                h1 {
                    @if text.is_empty() { "Search" }
                    @else { "Results for \u{201c}" bdi { (brief(&text)) } "\u{201d}" }
                }
                p.muted { "Records with a word in their name that begins like this." }
            }
        }
        @for group in &groups { (card(visit, group, &names, &text)) }
        @if groups.is_empty() {
            div.card { div.blank {
                h2 { @if text.is_empty() { "Nothing to look for yet" } @else { "Nothing found" } }
                p { "Type the beginning of any word of a name, of an e-mail address or of a number." }
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

fn find<'a>(
    visit: &'a Visit,
    object: &'a Object,
    text: &str,
) -> Result<Option<Group<'a>>, Failure> {
    let access = &visit.ctx.access;
    let looked_up = |it: &&Field| it.is_looked_up_by_text() && access.can_read_field(object, it);
    let pattern = read::like(text);
    let mut conditions: Vec<String> = object
        .fields
        .iter()
        .filter(looked_up)
        .map(|it| format!("{} LIKE '{pattern}%'", it.name))
        .collect();
    conditions.extend(read::word_begins(&visit.ctx, object, text));
    if conditions.is_empty() {
        return Ok(None);
    }
    let mut columns = sheet::columns(visit, object);
    columns.truncate(COLUMNS_MAX);
    let mut query = Query::of(object, columns.clone())
        .with(format!("({})", conditions.join(" OR ")))
        .page(0, ROWS + 1);
    query.order = object.name_field().map(|it| format!("{} ASC", it.name));
    let mut records = query.rows(&visit.ctx)?;
    let more = ROWS < records.len() as u64;
    records.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    Ok((!records.is_empty()).then_some(Group { object, columns, records, more }))
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
