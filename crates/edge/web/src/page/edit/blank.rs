//! Which fields a form has, in which sections.

use schema::{Behavior, Derivation, Field, FieldType, Object};

use crate::sheet::{Item, NAME_PARTS, Sheet};
use crate::visit::Visit;

pub(super) struct Blank<'a> {
    pub sections: Vec<Section<'a>>,
}

pub(super) struct Section<'a> {
    /// None where the layout wants no heading.
    pub label: Option<&'a str>,
    pub columns: Vec<Vec<Place<'a>>>,
}

#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Input {
        field: &'a Field,
        required: bool,
    },
    /// Shown, not to be changed.
    Fixed(&'a Field),
    Empty,
}

/// The parts of an address that people write.
const ADDRESS_PARTS: [&str; 5] = ["street", "city", "state", "postalCode", "country"];

impl<'a> Blank<'a> {
    pub(super) fn for_new(visit: &'a Visit, object: &'a Object) -> Self {
        let mut blank = Self::of(visit, object, true);
        blank.add_missing(visit, object);
        blank
    }

    pub(super) fn for_edit(visit: &'a Visit, object: &'a Object) -> Self {
        Self::of(visit, object, false)
    }

    /// The fields that can be written.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'a Field> {
        self.places().filter_map(|it| match it {
            Place::Input { field, .. } => Some(field),
            Place::Fixed(_) | Place::Empty => None,
        })
    }

    /// All fields that the form shows.
    pub(super) fn shown(&self) -> impl Iterator<Item = &'a Field> {
        self.places().filter_map(|it| match it {
            Place::Input { field, .. } | Place::Fixed(field) => Some(field),
            Place::Empty => None,
        })
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place<'a>> {
        self.sections.iter().flat_map(|it| it.columns.iter().flatten().copied())
    }

    fn of(visit: &'a Visit, object: &'a Object, creating: bool) -> Self {
        let mut known = Vec::new();
        let sheet = Sheet::of(visit, object);
        let mut sections = Vec::with_capacity(sheet.sections.len());
        for section in sheet.sections {
            let columns: Vec<Vec<Place<'a>>> = section
                .columns
                .iter()
                .map(|column| {
                    let places = column.iter().flat_map(|it| places(visit, object, *it, creating));
                    // A field that stands twice in a layout has one input.
                    places.filter(|it| is_new(*it, &mut known)).collect()
                })
                .collect();
            let is_input = |it: &&Place<'_>| matches!(it, Place::Input { .. });
            if columns.iter().flatten().any(|it| is_input(&it)) {
                let label = section.edit_heading.then_some(section.label);
                sections.push(Section { label, columns });
            }
        }
        Self { sections }
    }

    /// Adds what a new record needs and its layout lacks: fields that must have a value, and
    /// those that the URL gives one.
    fn add_missing(&mut self, visit: &'a Visit, object: &'a Object) {
        let writable = |it: &&'a Field| visit.ctx.access.can_write_field(object, it, true);
        let needed = |it: &&'a Field| {
            let must = it.required && !it.defaulted_on_create && it.ty != FieldType::Checkbox;
            must || visit.ask.query.has(&it.name)
        };
        let shown: Vec<&Field> = self.fields().collect();
        let missing: Vec<Place<'a>> = object
            .fields
            .iter()
            .filter(|it| !it.ty.is_compound() && it.ty != FieldType::Base64)
            .filter(|it| !shown.iter().any(|shown| shown.id == it.id))
            .filter(needed)
            .filter(writable)
            .map(|field| Place::Input { field, required: is_required(field) })
            .collect();
        if !missing.is_empty() {
            self.sections.insert(0, Section { label: None, columns: vec![missing] });
        }
    }
}

fn is_new(place: Place<'_>, known: &mut Vec<schema::FieldId>) -> bool {
    let (Place::Input { field, .. } | Place::Fixed(field)) = place else { return true };
    let new = !known.contains(&field.id);
    known.push(field.id);
    new
}

/// The places that an item of a layout becomes: of compounds and of people's names the parts.
fn places<'a>(
    visit: &'a Visit,
    object: &'a Object,
    item: Item<'a>,
    creating: bool,
) -> Vec<Place<'a>> {
    let Item::Field { field, behavior } = item else { return vec![Place::Empty] };
    let access = &visit.ctx.access;
    let parts: Vec<&Field> = if field.ty == FieldType::Address {
        let part = |key: &&str| field.components.iter().find(|(it, _)| it == key);
        ADDRESS_PARTS.iter().filter_map(part).map(|(_, id)| object.get(*id)).collect()
    } else if field.ty == FieldType::Location {
        let coordinates = field.components.iter().filter(|(key, _)| key.ends_with("itude"));
        coordinates.map(|(_, id)| object.get(*id)).collect()
    } else if field.derived == Some(Derivation::PersonName) {
        NAME_PARTS.iter().filter_map(|name| object.field(name)).collect()
    } else {
        vec![field]
    };
    let whole = field.id;
    let place = |field: &'a Field| {
        let writes = access.can_write_field(object, field, creating)
            && field.ty != FieldType::Base64
            && behavior != Behavior::Readonly;
        if writes {
            // A layout that requires a name or an address does not require all of its parts.
            let asked = whole == field.id && behavior == Behavior::Required;
            let required = is_required(field) || (asked && field.ty != FieldType::Checkbox);
            Some(Place::Input { field, required })
        } else if creating || !access.can_read_field(object, field) {
            None
        } else {
            Some(Place::Fixed(field))
        }
    };
    parts.into_iter().filter_map(place).collect()
}

fn is_required(field: &Field) -> bool {
    field.required && field.ty != FieldType::Checkbox
}
