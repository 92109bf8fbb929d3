//! `/o/{Object}/{id}`: a record by its page layout, and what points to it.

use base::RecordId;
use maud::{Markup, html};
use query::Record;
use schema::{Field, FieldType, Object};

use crate::component::icon::{Icon, icon};
use crate::component::table::{Table, unsorted};
use crate::component::tile;
use crate::component::value::{self, Room, Shown, none, record_name};
use crate::failure::Failure;
use crate::form::url;
use crate::layout::{self, Frame};
use crate::names::Names;
use crate::read::{self, Query};
use crate::reply::Reply;
use crate::sheet::{self, Item, Related, Section, Sheet};
use crate::visit::{Visit, list_path, record_path};

const RELATED_ROWS: u64 = 10;
const FACTS_MAX: usize = 5;

/// A related list with its first rows.
struct Children<'a> {
    related: Related<'a>,
    records: Vec<Record>,
    total: u64,
}

pub(crate) fn show(visit: &Visit) -> Result<Reply, Failure> {
    let object = visit.object()?;
    let id = visit.id(object)?;
    let sheet = Sheet::of(visit, object).for_view(visit, object);
    let mut fields: Vec<&Field> = sheet.fields().collect();
    fields.extend(fact_fields(visit, object));
    fields.extend(object.name_field());
    let record = read::record(&visit.ctx, object, id, fields)?;
    let mut children = Vec::with_capacity(sheet.related.len());
    for related in sheet.related {
        children.push(read_children(visit, related, id)?);
    }
    let all = children.iter().flat_map(|it| &it.records).chain([&record]);
    let names = Names::of(visit, value::ids(all))?;
    let shown = Shown { visit, object, record: &record, names: &names };
    let (filled, empty): (Vec<_>, Vec<_>) = children.into_iter().partition(|it| 0 < it.total);
    let content = html! {
        (head(&shown))
        (jump(visit, &filled))
        section.card #details aria-label="Details" {
            @for section in &sheet.sections { (section_view(&shown, section)) }
        }
        @for (n, list) in filled.iter().enumerate() {
            (related_card(visit, list, &names, id, n))
        }
        (others(visit, &empty, id))
    };
    let title = record_name(visit, object, &record);
    let crumbs = [(object.plural_label.as_str(), list_path(object))];
    let frame = Frame { title: &title, crumbs: &crumbs, object: Some(object) };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

/// `/{id}`: leads to the page of the record, as links in formulas have it.
pub(crate) fn by_id(visit: &Visit) -> Result<Reply, Failure> {
    let id = RecordId::parse(visit.ask.param("id")).map_err(|_| Failure::Missing)?;
    let object = visit.ctx.schema.object_of_prefix(id.prefix());
    let object = object.filter(|it| visit.has_pages(it));
    Ok(Reply::see(record_path(object.ok_or(Failure::Missing)?, id)))
}

fn read_children<'a>(
    visit: &Visit,
    related: Related<'a>,
    parent: RecordId,
) -> Result<Children<'a>, Failure> {
    let query = Query::of(related.child, related.columns.clone())
        .with(read::points_to(related.lookup, parent))
        .order_by("CreatedDate DESC NULLS LAST".to_owned())
        .page(0, RELATED_ROWS);
    let records = query.rows(&visit.ctx)?;
    let n = records.len() as u64;
    let total = if n < RELATED_ROWS { n } else { query.count(&visit.ctx)? };
    Ok(Children { related, records, total })
}

fn head(shown: &Shown<'_>) -> Markup {
    let (visit, object, id) = (shown.visit, shown.object, shown.record.id);
    let path = record_path(object, id);
    html! {
        header.card.record-head {
            div.head {
                (tile::large(visit, object))
                div.head-text {
                    p.eyebrow { (object.label) }
                    h1 { bdi { (record_name(visit, object, shown.record)) } }
                    @if let Some(subject) = subject(shown) { p.subtitle { bdi { (subject) } } }
                }
                div.actions {
                    @if visit.can_edit(object) {
                        a.button.button-main href={ (path) "/edit" } { (icon(Icon::Pencil)) "Edit" }
                    }
                    @if visit.can_delete(object) {
                        form method="post" action={ (path) "/delete" } {
                            (layout::csrf(visit))
                            button.button.button-danger type="submit" name="delete" {
                                (icon(Icon::Bin)) "Delete"
                            }
                        }
                    }
                }
            }
            (facts(shown))
        }
    }
}

/// What a record that only has a number is about.
fn subject(shown: &Shown<'_>) -> Option<String> {
    let field = read::subject(&shown.visit.ctx, shown.object)?;
    shown.visit.style.show(field, shown.record.value(&field.name))
}

fn fact_fields<'a>(visit: &'a Visit, object: &'a Object) -> impl Iterator<Item = &'a Field> {
    let columns = sheet::columns(visit, object).into_iter();
    let all = columns.chain(sheet::telling(visit, object));
    all.filter(|it| !it.name_field && it.ty != FieldType::Checkbox)
}

/// What lists show of the record beside its name, and more where that is empty.
fn facts(shown: &Shown<'_>) -> Markup {
    let mut facts: Vec<(&Field, Markup)> = Vec::new();
    let subject = read::subject(&shown.visit.ctx, shown.object).map(|it| it.id);
    for field in fact_fields(shown.visit, shown.object) {
        let known = facts.iter().any(|(it, _)| it.id == field.id) || subject == Some(field.id);
        if facts.len() < FACTS_MAX
            && !known
            && let Some(value) = shown.field(field, Room::Tight)
        {
            facts.push((field, value));
        }
    }
    html! {
        @if !facts.is_empty() {
            dl.facts {
                @for (field, value) in &facts {
                    div { dt { (field.label) } dd { (value) } }
                }
            }
        }
    }
}

fn jump(visit: &Visit, lists: &[Children<'_>]) -> Markup {
    html! {
        @if !lists.is_empty() {
            nav.jump aria-label="On this page" {
                a href="#details" { "Details" }
                @for (n, list) in lists.iter().enumerate() {
                    a href={ "#related-" (n) } {
                        (list.related.label) " " span.count { (visit.style.count(list.total)) }
                    }
                }
            }
        }
    }
}

fn section_view(shown: &Shown<'_>, section: &Section<'_>) -> Markup {
    let one = section.columns.len() < 2;
    html! {
        div.section {
            @if section.detail_heading { h2 { (section.label) } }
            div class={ "columns" @if one { " columns-one" } } {
                @for column in &section.columns {
                    dl {
                        @for item in column {
                            @match item {
                                Item::Field { field, .. } => {
                                    div.pair {
                                        dt { (field.label) }
                                        dd { (shown.field_or_dash(field, Room::Full)) }
                                    }
                                }
                                Item::Blank => { div.pair.pair-blank { dt {} dd {} } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn related_card(
    visit: &Visit,
    list: &Children<'_>,
    names: &Names,
    parent: RecordId,
    n: usize,
) -> Markup {
    let related = &list.related;
    let table = Table {
        visit,
        object: related.child,
        columns: &related.columns,
        records: &list.records,
        names,
        caption: &related.label,
    };
    let all =
        url(&list_path(related.child), &[("of", &format!("{}:{parent}", related.lookup.name))]);
    let more = (list.records.len() as u64) < list.total;
    html! {
        section.card id={ "related-" (n) } aria-label=(related.label) {
            div.card-head {
                (tile::tile(visit, related.child))
                h2 { (related.label) " " span.count { (visit.style.count(list.total)) } }
                @if visit.can_create(related.child) {
                    a.button.button-small href=(new_path(related, parent)) {
                        (icon(Icon::Plus)) "New"
                        span.sr { " " (related.child.label) }
                    }
                }
            }
            div.scroll {
                @if related.columns.is_empty() { (none()) } @else { (table.markup(&unsorted)) }
            }
            @if more {
                div.card-foot { a href=(all) { "View all " (visit.style.count(list.total)) } }
            }
        }
    }
}

/// The empty related lists, in one line: what could be added.
fn others(visit: &Visit, lists: &[Children<'_>], parent: RecordId) -> Markup {
    let creatable: Vec<&Related<'_>> =
        lists.iter().map(|it| &it.related).filter(|it| visit.can_create(it.child)).collect();
    html! {
        @if !creatable.is_empty() {
            section.card.others aria-label="Add related records" {
                span.muted { "Add" }
                @for related in creatable {
                    a.button.button-small href=(new_path(related, parent)) {
                        (tile::tile(visit, related.child)) (related.label)
                    }
                }
            }
        }
    }
}

/// The form of a new child, which already points to this record and leads back to it.
fn new_path(related: &Related<'_>, parent: RecordId) -> String {
    let id = parent.to_string();
    url(&format!("{}/new", list_path(related.child)), &[(&related.lookup.name, &id), ("from", &id)])
}

/// The page of a record, by its id alone.
pub(crate) fn path_of(visit: &Visit, id: RecordId) -> Option<String> {
    let object: &Object = visit.ctx.schema.object_of_prefix(id.prefix())?;
    visit.has_pages(object).then(|| record_path(object, id))
}
