//! `/recycle-bin`: deleted records, who deleted them and when, and the way back.

use base::{DateTime, RecordId};
use maud::{Markup, html};
use records::{BinEntry, BinPage};

use crate::component::icon::{Icon, icon};
use crate::component::tile::tile;
use crate::failure::Failure;
use crate::form::url;
use crate::layout::{self, Frame};
use crate::names::Names;
use crate::reply::Reply;
use crate::visit::Visit;

const PAGE_ROWS: u32 = 50;

pub(crate) fn show(visit: &Visit) -> Result<Reply, Failure> {
    let bin = records::recycle_bin(&visit.ctx, PAGE_ROWS, from(visit.ask.query.text("from")))?;
    let names = Names::of(visit, bin.entries.iter().map(|it| it.deleted_by).collect())?;
    let content = html! {
        div.head {
            div.head-text {
                h1 { "Recycle bin" }
                p.muted { "Deleted records. Restoring one brings back what was deleted with it." }
            }
        }
        section.card aria-label="Deleted records" {
            @if bin.entries.is_empty() {
                div.blank { h2 { "Nothing here" } p { "Deleted records wait here." } }
            } @else {
                (table(visit, &bin.entries, &names))
            }
            (pager(&bin))
        }
    };
    let frame = Frame { title: "Recycle bin", crumbs: &[], object: None };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

fn table(visit: &Visit, entries: &[BinEntry], names: &Names) -> Markup {
    html! {
        div.scroll.sticky.middle tabindex="0" role="region" aria-label="Deleted records" {
            table {
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Object" }
                        th scope="col" { "Deleted by" }
                        th scope="col" { "Deleted" }
                        th scope="col" { span.sr { "Restore" } }
                    }
                }
                tbody { @for entry in entries { (row(visit, entry, names)) } }
            }
        }
    }
}

fn row(visit: &Visit, entry: &BinEntry, names: &Names) -> Markup {
    let object = visit.ctx.schema.get(entry.object);
    html! {
        tr {
            td.first { bdi { (entry.name) } }
            td { span.actions { (tile(visit, object)) (object.label) } }
            td { (names.link(visit, entry.deleted_by)) }
            td.nowrap { (visit.style.datetime(entry.deleted_at)) }
            td {
                @if visit.has_pages(object) {
                    form method="post" action={ "/restore/" (entry.id) } {
                        (layout::csrf(visit))
                        button.button.button-small type="submit" name="restore" {
                            (icon(Icon::Undo)) "Restore"
                            span.sr { " " (entry.name) }
                        }
                    }
                }
            }
        }
    }
}

fn pager(bin: &BinPage) -> Markup {
    html! {
        @if let Some((at, id)) = bin.next {
            nav.pager aria-label="Pages" {
                span {}
                a.button.button-small rel="next"
                    href=(url("/recycle-bin", &[("from", &format!("{}:{id}", at.0))])) {
                    "Earlier deletions"
                }
            }
        }
    }
}

fn from(text: &str) -> Option<(DateTime, RecordId)> {
    let (at, id) = text.split_once(':')?;
    Some((DateTime(at.parse().ok()?), RecordId::parse(id).ok()?))
}
