//! Records as a table.

use maud::{Markup, html};
use query::Record;
use schema::{Field, FieldType, Object};

use super::icon::{Icon, icon};
use super::value::{Room, Shown, none, record_name};
use crate::names::Names;
use crate::read;
use crate::visit::{Visit, record_path};

pub(crate) struct Table<'a> {
    pub visit: &'a Visit,
    pub object: &'a Object,
    pub columns: &'a [&'a Field],
    pub records: &'a [Record],
    pub names: &'a Names,
    /// What the table lists, for screen readers.
    pub caption: &'a str,
}

/// How a column's head leads to the same list in another order.
pub(crate) struct SortLink {
    pub path: String,
    /// The present order, where it is by this column.
    pub present: Option<Direction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Table<'_> {
    /// The table; `sort` gives the link in the head of a column that can be sorted by.
    pub(crate) fn markup(&self, sort: &dyn Fn(&Field) -> Option<SortLink>) -> Markup {
        html! {
            table {
                caption.sr { (self.caption) }
                thead {
                    tr { @for field in self.columns { (head(field, sort(field))) } }
                }
                tbody {
                    @for record in self.records { (self.row(record)) }
                }
            }
        }
    }

    fn row(&self, record: &Record) -> Markup {
        let (visit, object, names) = (self.visit, self.object, self.names);
        let shown = Shown { visit, object, record, names };
        let link_at = self.columns.iter().position(|it| it.name_field).unwrap_or(0);
        html! {
            tr {
                @for (n, field) in self.columns.iter().enumerate() {
                    @if n == link_at {
                        td.first.nowrap[field.ty == FieldType::AutoNumber] {
                            a href=(record_path(object, record.id)) {
                                @if field.name_field {
                                    bdi { (record_name(visit, object, record)) }
                                } @else {
                                    bdi { (self.link_text(&shown, field)) }
                                }
                            }
                        }
                    } @else {
                        td class=[self.class(field)] {
                            (shown.field(field, Room::Tight).unwrap_or_else(none))
                        }
                    }
                }
            }
        }
    }

    fn class(&self, field: &Field) -> Option<&'static str> {
        let subject = read::subject(&self.visit.ctx, self.object);
        match subject {
            _ if field.ty.is_number() => Some("number"),
            Some(subject) if subject.id == field.id => Some("wide"),
            _ => None,
        }
    }

    /// What stands for a record without a name: its first value, as text, since a link cannot
    /// hold another.
    fn link_text(&self, shown: &Shown<'_>, field: &Field) -> String {
        let value = shown.record.value(&field.name);
        let text = match value {
            base::Value::Id(id) => self.names.get(*id).map(str::to_owned),
            other => self.visit.style.show(field, other),
        };
        text.unwrap_or_else(|| self.object.label.clone())
    }
}

fn head(field: &Field, sort: Option<SortLink>) -> Markup {
    let class = field.ty.is_number().then_some("number");
    let Some(sort) = sort else {
        return html! { th scope="col" class=[class] { (field.label) } };
    };
    let order = match sort.present {
        Some(Direction::Ascending) => Some("ascending"),
        Some(Direction::Descending) => Some("descending"),
        None => None,
    };
    html! {
        th scope="col" class=[class] aria-sort=[order] {
            a href=(sort.path) {
                (field.label)
                @match sort.present {
                    Some(Direction::Ascending) => (icon(Icon::SortUp)),
                    Some(Direction::Descending) => (icon(Icon::SortDown)),
                    None => {}
                }
            }
        }
    }
}

pub(crate) fn unsorted(_: &Field) -> Option<SortLink> {
    None
}
