//! `/o/{Object}`: the records of an object, by list view, sorted, a page at a time.
//!
//! | query field | what it says                                                   |
//! |-------------|----------------------------------------------------------------|
//! | `view`      | the list view's developer name; without it all records         |
//! | `q`         | how a word of the name begins                                  |
//! | `of`        | `Field:id`: only the records whose lookup holds that record    |
//! | `sort`      | the field to sort by, `-Field` for descending                  |
//! | `page`      | the page, from 1; beyond the last it is the last               |
//!
//! What a field of the query says that makes no sense is ignored: people edit URLs.

mod filter;

use base::RecordId;
use maud::{Markup, html};
use query::Record;
use schema::{Field, ListView, Object};

use crate::component::icon::{Icon, icon};
use crate::component::notice::{Tone, notice};
use crate::component::table::{Direction, SortLink, Table};
use crate::component::{tile, value};
use crate::failure::Failure;
use crate::form::url;
use crate::layout::{self, Frame};
use crate::names::Names;
use crate::read::{self, Query};
use crate::reply::Reply;
use crate::sheet;
use crate::visit::{Visit, list_path};

const PAGE_ROWS: u64 = 50;
const QUICK_FILTER_CHARS_MAX: usize = 255;

/// What the URL asks for, as far as it makes sense.
struct Choice<'a> {
    object: &'a Object,
    /// None where all records are shown.
    view: Option<&'a ListView>,
    begins: String,
    of: Option<(&'a Field, RecordId)>,
    sort: (&'a Field, Direction),
    /// Whether the URL says how to sort: otherwise what is open comes before what is closed.
    sorted: bool,
    columns: Vec<&'a Field>,
}

/// What was found.
struct Found {
    records: Vec<Record>,
    names: Names,
    total: u64,
    page: u64,
    /// Why the view cannot be shown.
    trouble: Option<String>,
}

pub(crate) fn show(visit: &Visit) -> Result<Reply, Failure> {
    let object = visit.object()?;
    let choice = Choice::of(visit, object);
    let found = find(visit, &choice)?;
    let content = html! {
        (head(visit, &choice))
        section.card aria-label=(object.plural_label) {
            (toolbar(visit, &choice, &found))
            @if let Some(trouble) = &found.trouble {
                (notice(Tone::Warn, &html! { (trouble) }))
            }
            @if found.records.is_empty() {
                (nothing(visit, &choice))
            } @else {
                (rows(visit, &choice, &found))
                (pager(visit, &choice, &found))
            }
        }
    };
    let frame = Frame { title: &object.plural_label, crumbs: &[], object: Some(object) };
    Ok(Reply::Page(layout::page(visit, &frame, &content)))
}

impl<'a> Choice<'a> {
    fn of(visit: &'a Visit, object: &'a Object) -> Self {
        let query = &visit.ask.query;
        let named = query.text("view");
        let view = narrower(object).find(|it| it.developer_name == named);
        let mut columns = match view.filter(|it| !it.columns.is_empty()) {
            Some(view) => view.columns.iter().map(|id| object.get(*id)).collect(),
            None => sheet::columns(visit, object),
        };
        columns.retain(|it| visit.ctx.access.can_read_field(object, it));
        if columns.is_empty() {
            columns.extend(object.field("Id"));
        }
        let begins = query.text("q").chars().take(QUICK_FILTER_CHARS_MAX).collect();
        let of = parent(visit, object, query.text("of"));
        let asked = asked_sort(visit, object, query.text("sort"));
        let sort = asked.unwrap_or_else(|| usual_sort(visit, object, &columns));
        Self { object, view, begins, of, sort, sorted: asked.is_some(), columns }
    }

    /// The URL of this list with some things changed.
    fn url(&self, changes: &[(&str, &str)]) -> String {
        let of = self.of.map(|(field, id)| format!("{}:{id}", field.name)).unwrap_or_default();
        let sort = self.sort_text().unwrap_or_default();
        let mut query = vec![
            ("view", self.view.map_or("", |it| &it.developer_name)),
            ("q", &self.begins),
            ("of", &of),
            ("sort", &sort),
        ];
        query.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        query.extend(changes);
        url(&list_path(self.object), &query)
    }

    /// What the URL says about the order.
    fn sort_text(&self) -> Option<String> {
        let (field, direction) = self.sort;
        let minus = if direction == Direction::Descending { "-" } else { "" };
        self.sorted.then(|| format!("{minus}{}", field.name))
    }

    fn is_narrowed(&self) -> bool {
        !self.begins.is_empty() || self.of.is_some()
    }
}

/// The list view of all records, where the object has one: all that it adds is its label.
fn whole(object: &Object) -> Option<&ListView> {
    object.list_views.iter().find(|it| {
        let named = it.developer_name.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("all"));
        named && !it.mine && it.filters.is_empty()
    })
}

/// The other list views.
fn narrower(object: &Object) -> impl Iterator<Item = &ListView> {
    let whole = whole(object).map(|it| it.developer_name.as_str());
    object.list_views.iter().filter(move |it| Some(it.developer_name.as_str()) != whole)
}

fn is_sortable(visit: &Visit, object: &Object, field: &Field) -> bool {
    field.is_sortable() && visit.ctx.access.can_read_field(object, field)
}

fn asked_sort<'a>(
    visit: &Visit,
    object: &'a Object,
    asked: &str,
) -> Option<(&'a Field, Direction)> {
    let (name, direction) = match asked.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (asked, Direction::Ascending),
    };
    let field = object.field(name).filter(|it| is_sortable(visit, object, it))?;
    Some((field, direction))
}

/// The order that nobody asked for: by name, but what has its time by that.
const BY_TIME: [(&str, &str, Direction); 4] = [
    ("Task", "ActivityDate", Direction::Ascending),
    ("Event", "StartDateTime", Direction::Descending),
    ("Case", "CreatedDate", Direction::Descending),
    ("Opportunity", "CloseDate", Direction::Ascending),
];

fn usual_sort<'a>(
    visit: &Visit,
    object: &'a Object,
    columns: &[&'a Field],
) -> (&'a Field, Direction) {
    let sortable = |it: &&Field| is_sortable(visit, object, it);
    let by_time = BY_TIME.iter().find(|(name, ..)| *name == object.name);
    let by_time =
        by_time.and_then(|(_, name, way)| Some((object.field(name).filter(sortable)?, *way)));
    if let Some(by_time) = by_time {
        return by_time;
    }
    let first = object.name_field().into_iter().chain(columns.iter().copied());
    let first = first.chain(object.field("Id")).find(sortable);
    (first.unwrap_or(&object.fields[0]), Direction::Ascending)
}

fn parent<'a>(visit: &Visit, object: &'a Object, asked: &str) -> Option<(&'a Field, RecordId)> {
    let (name, id) = asked.split_once(':')?;
    let field = object.field(name).filter(|it| it.ty.is_reference())?;
    let readable = visit.ctx.access.can_read_field(object, field);
    RecordId::parse(id).ok().filter(|_| readable).map(|id| (field, id))
}

fn find(visit: &Visit, choice: &Choice<'_>) -> Result<Found, Failure> {
    let object = choice.object;
    let mut query = Query::of(object, choice.columns.clone());
    let names = |records: &[Record], more: Option<RecordId>| {
        let ids = value::ids(records).into_iter().chain(more);
        Names::of(visit, ids.collect())
    };
    let parent = choice.of.map(|(_, id)| id);
    if let Some(view) = choice.view {
        match filter::apply(visit, object, view, &mut query) {
            Ok(()) => {}
            Err(trouble) => {
                let names = names(&[], parent)?;
                let trouble = Some(trouble);
                return Ok(Found { records: Vec::new(), names, total: 0, page: 1, trouble });
            }
        }
    }
    if !choice.begins.is_empty() {
        query.conditions.extend(read::word_begins(&visit.ctx, object, &choice.begins));
    }
    query.conditions.extend(choice.of.map(|(field, id)| read::points_to(field, id)));
    let total = query.count(&visit.ctx)?;
    let last = total.div_ceil(PAGE_ROWS).max(1);
    let page = visit.ask.query.text("page").parse().unwrap_or(1).clamp(1, last);
    let query = query.order_by(order(visit, choice)).page((page - 1) * PAGE_ROWS, PAGE_ROWS);
    let records = query.rows(&visit.ctx)?;
    let names = names(&records, parent)?;
    Ok(Found { records, names, total, page, trouble: None })
}

/// Lookups sort by the names of what they point to, where there is a path to them.
fn order(visit: &Visit, choice: &Choice<'_>) -> String {
    let (field, direction) = choice.sort;
    let by_name = field.reference.as_ref().and_then(|reference| {
        let relationship = reference.relationship.as_deref()?;
        let [target] = reference.targets.as_slice() else { return None };
        let target = visit.ctx.schema.get(*target);
        let name = target.name_field().filter(|it| it.ty.is_sortable())?;
        let readable = visit.ctx.access.can_read_field(target, name);
        readable.then(|| format!("{relationship}.{}", name.name))
    });
    let path = by_name.unwrap_or_else(|| field.name.clone());
    let open = choice.object.field("IsClosed").filter(|it| {
        let soonest = direction == Direction::Ascending && !field.name_field;
        !choice.sorted && soonest && is_sortable(visit, choice.object, it)
    });
    let open_first = if open.is_some() { "IsClosed ASC, " } else { "" };
    let direction = if direction == Direction::Descending { "DESC" } else { "ASC" };
    format!("{open_first}{path} {direction} NULLS LAST")
}

fn head(visit: &Visit, choice: &Choice<'_>) -> Markup {
    let object = choice.object;
    let all = whole(object).map(|it| it.label.clone());
    let all = all.unwrap_or_else(|| format!("All {}", object.plural_label));
    let present = choice.view.map_or(all.as_str(), |it| &it.label);
    let entry = |label: &str, name: &str, current: bool| {
        let path = url(&list_path(object), &[("view", name)]);
        html! { a href=(path) aria-current=[current.then_some("page")] { (label) } }
    };
    html! {
        div.head {
            (tile::large(visit, object))
            div.head-text {
                p.eyebrow { (object.plural_label) }
                @if narrower(object).next().is_none() {
                    h1 { (present) }
                } @else {
                    details.menu {
                        summary { h1 { (present) } (icon(Icon::Down)) }
                        div.menu-panel {
                            (entry(&all, "", choice.view.is_none()))
                            @for view in narrower(object) {
                                @let name = &view.developer_name;
                                @let present = choice.view.map(|it| &it.developer_name);
                                (entry(&view.label, name, present == Some(name)))
                            }
                        }
                    }
                }
            }
            @if visit.can_create(object) {
                div.actions {
                    a.button.button-main href={ (list_path(object)) "/new" } {
                        (icon(Icon::Plus)) "New"
                    }
                }
            }
        }
    }
}

fn toolbar(visit: &Visit, choice: &Choice<'_>, found: &Found) -> Markup {
    let object = choice.object;
    let fields = read::called_by(&visit.ctx, object);
    let labels: Vec<&str> =
        fields.iter().filter(|it| it.name != "LastName").map(|it| it.label.as_str()).collect();
    let prompt = format!("Find by {}", labels.join(" or "));
    let n = visit.style.count(found.total);
    html! {
        div.toolbar {
            @if !labels.is_empty() {
                form.search method="get" action=(list_path(object)) {
                    (icon(Icon::Search))
                    label.sr for="q" { (prompt) ": how a word begins" }
                    input #q type="search" name="q" value=(choice.begins) maxlength="255"
                        placeholder=(prompt) autocomplete="off";
                    @if let Some(view) = choice.view {
                        input type="hidden" name="view" value=(view.developer_name);
                    }
                    @if let Some((field, id)) = choice.of {
                        input type="hidden" name="of" value={ (field.name) ":" (id) };
                    }
                    @if let Some(sort) = choice.sort_text() {
                        input type="hidden" name="sort" value=(sort);
                    }
                    button.sr type="submit" tabindex="-1" { "Filter" }
                }
            }
            @if let Some((field, id)) = choice.of {
                a.chip href=(choice.url(&[("of", "")])) {
                    (field.label) ": "
                    bdi { (found.names.get(id).unwrap_or("not available")) } " \u{d7}"
                    span.sr { ", remove this filter" }
                }
            }
            p.count role="status" { (n) @if found.total == 1 { " record" } @else { " records" } }
        }
    }
}

fn rows(visit: &Visit, choice: &Choice<'_>, found: &Found) -> Markup {
    let table = Table {
        visit,
        object: choice.object,
        columns: &choice.columns,
        records: &found.records,
        names: &found.names,
        caption: &choice.object.plural_label,
    };
    let link = |field: &Field| {
        let present = (choice.sort.0.id == field.id).then_some(choice.sort.1);
        let sort = match present {
            Some(Direction::Ascending) => format!("-{}", field.name),
            _ => field.name.clone(),
        };
        let path = choice.url(&[("sort", &sort)]);
        field.is_sortable().then_some(SortLink { path, present })
    };
    let label = &choice.object.plural_label;
    html! {
        div.scroll.sticky tabindex="0" role="region" aria-label=(label) {
            (table.markup(&link))
        }
    }
}

fn pager(visit: &Visit, choice: &Choice<'_>, found: &Found) -> Markup {
    let (page, total) = (found.page, found.total);
    let last = total.div_ceil(PAGE_ROWS).max(1);
    let first_row = (page - 1) * PAGE_ROWS + 1;
    let last_row = first_row + found.records.len() as u64 - 1;
    let count = |n: u64| visit.style.count(n);
    let link = |label: &str, rel: Option<&str>, to: u64| {
        let path = choice.url(&[("page", &to.to_string())]);
        html! { a.button.button-small rel=[rel] href=(path) { (label) } }
    };
    html! {
        nav.pager aria-label="Pages" {
            p { (count(first_row)) "\u{2013}" (count(last_row)) " of " (count(total)) }
            @if 1 < last {
                div.actions {
                    @if 2 < page { (link("First", None, 1)) }
                    @if 1 < page { (link("Previous", Some("prev"), page - 1)) }
                    span { "Page " (count(page)) " of " (count(last)) }
                    @if page < last { (link("Next", Some("next"), page + 1)) }
                    @if page + 1 < last { (link("Last", None, last)) }
                }
            }
        }
    }
}

fn nothing(visit: &Visit, choice: &Choice<'_>) -> Markup {
    let object = choice.object;
    let plural = object.plural_label.to_lowercase();
    html! {
        div.blank {
            (tile::large(visit, object))
            @if choice.is_narrowed() || choice.view.is_some() {
                h2 { "Nothing matches" }
                p { "No " (plural) " fit this view and filter." }
                a.button href=(list_path(object)) { "Show all " (plural) }
            } @else {
                h2 { "No " (plural) " yet" }
                p { "They are listed here once there are some." }
                @if visit.can_create(object) {
                    a.button.button-main href={ (list_path(object)) "/new" } {
                        (icon(Icon::Plus)) "New " (object.label.to_lowercase())
                    }
                }
            }
        }
    }
}
