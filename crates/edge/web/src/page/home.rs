//! `/`: what was changed lately, and a way to every object.

use maud::{Markup, html};
use query::Record;
use schema::Object;

use crate::component::tile::tile;
use crate::component::value::{hint, record_name};
use crate::failure::Failure;
use crate::layout::{self, Frame};
use crate::nav;
use crate::read::Query;
use crate::reply::Reply;
use crate::sheet;
use crate::visit::{Visit, list_path, record_path};

const RECENT_MAX: usize = 8;
/// Of one object: what was loaded in bulk must not push out everything else.
const RECENT_OF_ONE_MAX: u64 = 3;

pub(crate) fn show(visit: &Visit) -> Result<Reply, Failure> {
    let objects = nav::objects(visit);
    let others = nav::others(visit, &objects);
    let recent = recent(visit, &objects)?;
    let mut counted = Vec::with_capacity(objects.len());
    for object in objects {
        counted.push((object, Some(Query::of(object, Vec::new()).count(&visit.ctx)?)));
    }
    let content = html! {
        div.head {
            div.head-text {
                h1 { "Home" }
                p.muted { (visit.me.name) ", " (visit.org_name) }
            }
        }
        (launcher(visit, "Objects", &counted))
        (recent_card(visit, &recent))
        @if !others.is_empty() {
            @let others: Vec<_> = others.into_iter().map(|it| (it, None)).collect();
            (launcher(visit, "More objects", &others))
        }
    };
    let frame = Frame { title: "Home", crumbs: &[], object: None };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

fn launcher(visit: &Visit, title: &str, objects: &[(&Object, Option<u64>)]) -> Markup {
    html! {
        h2.block-title { (title) }
        ul.launcher {
            @for (object, count) in objects {
                li {
                    a href=(list_path(object)) {
                        (tile(visit, object))
                        span {
                            (object.plural_label)
                            @if let Some(count) = count {
                                span.count { (visit.style.count(*count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The latest changes of the last month: the bound keeps it a short range of an index.
fn recent<'a>(visit: &Visit, objects: &[&'a Object]) -> Result<Vec<(&'a Object, Record)>, Failure> {
    let mut found = Vec::new();
    for object in objects {
        let Some(stamp) = object.field("SystemModstamp") else { continue };
        let name = object.name_field().into_iter();
        let fields = name.chain([stamp]).chain(sheet::columns(visit, object)).collect();
        let query = Query::of(object, fields)
            .with("SystemModstamp = LAST_N_DAYS:30".to_owned())
            .order_by("SystemModstamp DESC NULLS LAST".to_owned())
            .page(0, RECENT_OF_ONE_MAX);
        found.extend(query.rows(&visit.ctx)?.into_iter().map(|it| (*object, it)));
    }
    let at = |record: &Record| match record.value("SystemModstamp") {
        base::Value::DateTime(at) => at.0,
        _ => 0,
    };
    found.sort_by_key(|(_, it)| std::cmp::Reverse((at(it), it.id)));
    found.truncate(RECENT_MAX);
    Ok(found)
}

fn recent_card(visit: &Visit, recent: &[(&Object, Record)]) -> Markup {
    html! {
        @if !recent.is_empty() {
            section.card aria-labelledby="recent" {
                div.card-head { h2 #recent { "Recently changed" } }
                div.scroll {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Name" }
                                th scope="col" { "Object" }
                                th scope="col" { "Details" }
                                th scope="col" { "Changed" }
                            }
                        }
                        tbody {
                            @for (object, record) in recent {
                                tr {
                                    td.first {
                                        a href=(record_path(object, record.id)) {
                                            bdi { (record_name(visit, object, record)) }
                                        }
                                    }
                                    td { span.actions { (tile(visit, object)) (object.label) } }
                                    td.muted { bdi { (hint(visit, object, record)) } }
                                    td.nowrap { (changed(visit, object, record)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changed(visit: &Visit, object: &Object, record: &Record) -> String {
    let stamp = object.field("SystemModstamp");
    let text = stamp.and_then(|it| visit.style.show(it, record.value(&it.name)));
    text.unwrap_or_default()
}
