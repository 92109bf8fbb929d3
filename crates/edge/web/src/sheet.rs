//! What a record's page consists of for one person: its page layout, or one made from its
//! fields, without what they may not see.

use std::collections::HashMap;

use schema::{
    Behavior, Derivation, Field, FieldType, Layout, LayoutItem, LayoutSection, ListView, Object,
    RelatedList,
};

use crate::read;
use crate::visit::Visit;

pub(crate) struct Sheet<'a> {
    pub sections: Vec<Section<'a>>,
    pub related: Vec<Related<'a>>,
}

pub(crate) struct Section<'a> {
    pub label: &'a str,
    pub detail_heading: bool,
    pub edit_heading: bool,
    pub columns: Vec<Vec<Item<'a>>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Field { field: &'a Field, behavior: Behavior },
    Blank,
}

pub(crate) struct Related<'a> {
    pub label: String,
    pub child: &'a Object,
    /// The child's field that points to the record.
    pub lookup: &'a Field,
    pub columns: Vec<&'a Field>,
}

/// The parts of a person's name that people write, in their order.
pub(crate) const NAME_PARTS: [&str; 5] =
    ["Salutation", "FirstName", "MiddleName", "LastName", "Suffix"];

/// Columns of a list that nobody has designed.
const COLUMNS_MAX: usize = 6;

impl<'a> Sheet<'a> {
    pub(crate) fn of(visit: &'a Visit, object: &'a Object) -> Self {
        let mut sheet = match object.layouts.first() {
            Some(layout) => Self {
                sections: designed_sections(visit, object, layout),
                related: layout.related_lists.iter().filter_map(|it| related(visit, it)).collect(),
            },
            None => Self {
                sections: made_sections(visit, object),
                related: made_related(visit, object),
            },
        };
        let has_fields = |it: &Section<'_>| {
            it.columns.iter().flatten().any(|it| matches!(it, Item::Field { .. }))
        };
        sheet.sections.retain(has_fields);
        sheet
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a Field> {
        let items = self.sections.iter().flat_map(|it| it.columns.iter().flatten());
        items.filter_map(|it| match it {
            Item::Field { field, .. } => Some(*field),
            Item::Blank => None,
        })
    }

    /// The sheet as it is viewed: the parts of an address make one block, at the place of the
    /// first.
    pub(crate) fn for_view(mut self, visit: &'a Visit, object: &'a Object) -> Self {
        let mut merged: Vec<schema::FieldId> = Vec::new();
        for column in self.sections.iter_mut().flat_map(|it| &mut it.columns) {
            let mut out = Vec::with_capacity(column.len());
            for item in column.iter() {
                match merge(visit, object, column, item) {
                    Some(whole) if merged.contains(&whole.id) => {}
                    Some(whole) => {
                        merged.push(whole.id);
                        out.push(Item::Field { field: whole, behavior: Behavior::Readonly });
                    }
                    None => out.push(*item),
                }
            }
            *column = out;
        }
        self
    }
}

/// The address that `item` is a part of, if the column shows most of its parts.
fn merge<'a>(
    visit: &Visit,
    object: &'a Object,
    column: &[Item<'a>],
    item: &Item<'a>,
) -> Option<&'a Field> {
    let Item::Field { field, .. } = item else { return None };
    let whole = object.get(field.compound?);
    let siblings = column
        .iter()
        .filter(|it| matches!(it, Item::Field { field, .. } if field.compound == Some(whole.id)));
    let merges = whole.ty == FieldType::Address
        && 3 <= siblings.count()
        && visit.ctx.access.can_read_field(object, whole);
    merges.then_some(whole)
}

fn readable<'a>(visit: &Visit, object: &Object, field: &'a Field) -> Option<&'a Field> {
    let shown = field.ty != FieldType::Base64 && visit.ctx.access.can_read_field(object, field);
    shown.then_some(field)
}

fn designed_sections<'a>(
    visit: &'a Visit,
    object: &'a Object,
    layout: &'a Layout,
) -> Vec<Section<'a>> {
    let item = |item: &LayoutItem| match item {
        LayoutItem::Blank => Some(Item::Blank),
        LayoutItem::Field { field, behavior } => {
            let field = readable(visit, object, object.get(*field))?;
            Some(Item::Field { field, behavior: *behavior })
        }
    };
    let section = |section: &'a LayoutSection| Section {
        label: &section.label,
        detail_heading: section.detail_heading,
        edit_heading: section.edit_heading,
        columns: section.columns.iter().map(|it| it.iter().filter_map(item).collect()).collect(),
    };
    layout.sections.iter().map(section).collect()
}

fn made_sections<'a>(visit: &'a Visit, object: &'a Object) -> Vec<Section<'a>> {
    let shown = |field: &&'a Field| {
        let part_of_shown = field.compound.is_some();
        field.ty != FieldType::Id && !part_of_shown && readable(visit, object, field).is_some()
    };
    let all: Vec<&Field> = object.fields.iter().filter(shown).collect();
    let (system, own): (Vec<&Field>, Vec<&Field>) = all.into_iter().partition(|it| it.system);
    let (long, mut short): (Vec<&Field>, Vec<&Field>) =
        own.into_iter().partition(|it| matches!(it.ty, FieldType::LongTextArea | FieldType::Html));
    short.sort_by_key(|it| !it.name_field);
    let item = |field: &'a Field| Item::Field { field, behavior: Behavior::Edit };
    let section = |label, fields: Vec<&'a Field>, n_columns: usize| {
        let rows = fields.len().div_ceil(n_columns).max(1);
        let items: Vec<Item<'a>> = fields.into_iter().map(item).collect();
        let columns = items.chunks(rows).map(<[_]>::to_vec).collect();
        Section { label, detail_heading: true, edit_heading: true, columns }
    };
    let shown_system =
        ["CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "OwnerId"];
    let system = system.into_iter().filter(|it| shown_system.contains(&it.name.as_str())).collect();
    let mut system = section("System Information", system, 2);
    system.edit_heading = false;
    vec![section("Details", short, 2), section("Description", long, 1), system]
}

fn related<'a>(visit: &'a Visit, list: &'a RelatedList) -> Option<Related<'a>> {
    let child = visit.ctx.schema.get(list.child);
    let lookup = readable(visit, child, child.get(list.field))?;
    if !visit.has_pages(child) {
        return None;
    }
    let columns = list.columns.iter().map(|id| child.get(*id));
    let columns: Vec<&Field> = columns.filter_map(|it| readable(visit, child, it)).collect();
    let columns = if columns.is_empty() { columns_without(visit, child, lookup) } else { columns };
    let label = if list.label.is_empty() { child.plural_label.clone() } else { list.label.clone() };
    Some(Related { label, child, lookup, columns })
}

fn made_related<'a>(visit: &'a Visit, object: &'a Object) -> Vec<Related<'a>> {
    let named = object.child_relationships.iter().filter(|it| it.name.is_some());
    let lists = named.filter_map(|it| {
        let child = visit.ctx.schema.get(it.child);
        let lookup = readable(visit, child, child.get(it.field))?;
        if !visit.has_pages(child) || lookup.system {
            return None;
        }
        let label = lookup.reference.as_ref().and_then(|it| it.related_list_label.clone());
        let label = label.unwrap_or_else(|| child.plural_label.clone());
        Some(Related { label, child, lookup, columns: columns_without(visit, child, lookup) })
    });
    lists.collect()
}

fn columns_without<'a>(visit: &'a Visit, object: &'a Object, lookup: &Field) -> Vec<&'a Field> {
    let mut columns = columns(visit, object);
    columns.retain(|it| it.id != lookup.id);
    columns
}

/// The columns of an object's list: those of its first list view that shows all records, else
/// its name and the most telling fields of its page. A number is followed by what it is about.
pub(crate) fn columns<'a>(visit: &'a Visit, object: &'a Object) -> Vec<&'a Field> {
    let mut columns = columns_of(visit, object);
    if let Some(subject) = read::subject(&visit.ctx, object) {
        columns.retain(|it| it.id != subject.id);
        let at = columns.iter().position(|it| it.name_field).map_or(0, |it| it + 1);
        columns.insert(at, subject);
    }
    columns
}

fn columns_of<'a>(visit: &'a Visit, object: &'a Object) -> Vec<&'a Field> {
    let shows_all = |it: &&ListView| !it.columns.is_empty() && !it.mine && it.filters.is_empty();
    if let Some(view) = object.list_views.iter().find(shows_all) {
        let columns = view.columns.iter().map(|id| object.get(*id));
        return columns.filter_map(|it| readable(visit, object, it)).collect();
    }
    let mut columns: Vec<&Field> = Vec::new();
    columns.extend(object.name_field().and_then(|it| readable(visit, object, it)));
    for field in telling(visit, object) {
        if columns.len() < COLUMNS_MAX && !columns.iter().any(|it| it.id == field.id) {
            columns.push(field);
        }
    }
    // Whose it is comes last, as the least particular thing.
    columns.sort_by_key(|it| it.name == OWNER);
    columns
}

/// The fields of an object's page that say most of a record, the most telling first.
pub(crate) fn telling<'a>(visit: &'a Visit, object: &'a Object) -> Vec<&'a Field> {
    let sections = match object.layouts.first() {
        Some(layout) => designed_sections(visit, object, layout),
        None => made_sections(visit, object),
    };
    let sheet = Sheet { sections, related: Vec::new() };
    let whole_name = object.name_field().filter(|it| it.derived == Some(Derivation::PersonName));
    let in_name = |it: &Field| whole_name.is_some() && NAME_PARTS.contains(&it.name.as_str());
    let fits = |it: &&Field| {
        let plain = it.is_sortable() && it.compound.is_none();
        plain && !it.name_field && !it.system && !in_name(it)
    };
    let mut telling: Vec<&Field> = sheet.fields().filter(fits).collect();
    // The second of a type tells less than the first: one phone number is enough of a list.
    let mut of_type: HashMap<FieldType, u8> = HashMap::new();
    telling.sort_by_cached_key(|it| {
        if it.required || it.name == OWNER {
            return reticence(it);
        }
        let n = of_type.entry(it.ty).or_default();
        let repeated = if it.ty == FieldType::Picklist { *n / 2 } else { *n };
        *n = n.saturating_add(1);
        // So does a hierarchy of the object's own records.
        let points_home = it.reference.as_ref().is_some_and(|it| it.targets.contains(&object.id));
        reticence(it).saturating_add(repeated).saturating_add(u8::from(points_home))
    });
    telling
}

const OWNER: &str = "OwnerId";

/// How little a field tells about a record among others; what must be filled tells most.
fn reticence(field: &Field) -> u8 {
    match field.ty {
        _ if field.name == OWNER => 1,
        _ if field.required && field.ty != FieldType::Checkbox => 0,
        FieldType::Currency | FieldType::Email | FieldType::Phone | FieldType::MasterDetail => 1,
        FieldType::Lookup | FieldType::Picklist | FieldType::Date | FieldType::DateTime => 2,
        FieldType::Number | FieldType::Percent | FieldType::AutoNumber => 3,
        FieldType::Text | FieldType::Url | FieldType::Checkbox => 4,
        _ => 5,
    }
}
