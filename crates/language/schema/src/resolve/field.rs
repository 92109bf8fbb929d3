//! Stage 2: components → fields, their references and value sets still names.
//!
//! In: the catalog's field components, in their layers, and the objects of stage 1. Out: the
//! fields of each object in their final order: `Id` and `IsDeleted`, those that a custom object
//! has by itself, what ships, the audit fields, then the customer's own by name.
//!
//! | module      | what                                            |
//! |-------------|-------------------------------------------------|
//! | [`system`]  | the fields that no component defines            |
//! | [`measure`] | types, and the bounds of lengths and digits     |
//! | [`default`] | default values, which are literals only         |

pub(crate) mod system;
mod measure;
mod default;

use std::collections::HashMap;

use base::name;

use crate::def::{Catalog, ComponentType, Layers};
use crate::physical;
use crate::schema::{AutoNumber, Field, FieldId, FieldType, ObjectKind, SharingModel};

use super::calculation;
use super::ignored;
use super::object::{LABEL_MAX, ObjectDraft, is_custom_name};
use super::report::{At, Definition, Report};

/// A field on its way to the schema.
pub(crate) struct FieldDraft<'a> {
    pub(crate) field: Field,
    /// None for the fields that no component defines.
    pub(crate) source: Option<Definition<'a>>,
    /// The objects that a lookup points to, by name.
    pub(crate) targets: Vec<Target<'a>>,
}

pub(crate) struct Target<'a> {
    pub(crate) object: &'a str,
    /// None for the fields that no component defines.
    pub(crate) at: Option<At<'a>>,
}

/// What a customer's file may change of a standard field.
const OVERRIDABLE: &[&str] = &[
    "label",
    "description",
    "inlineHelpText",
    "defaultValue",
    "valueSet",
    "picklist",
    "visibleLines",
];

/// The most custom fields of one object, in any edition of the platform.
const CUSTOM_FIELDS_MAX: usize = 800;

pub(crate) fn draft<'a>(catalog: &'a Catalog, drafts: &mut [ObjectDraft<'a>], report: &mut Report) {
    let fields = by_object(catalog, ComponentType::Field);
    let record_types = by_object(catalog, ComponentType::RecordType);
    for draft in drafts {
        let key = name::key(&draft.object.name);
        let own = fields.get(&key).map_or(&[][..], Vec::as_slice);
        let (shipped, custom) = sorted(own);
        let has_master = custom.iter().any(|it| it.text("type") == Some("MasterDetail"));
        if has_master {
            draft.object.sharing_model = SharingModel::ControlledByParent;
        }
        let mut all = system::head(&draft.object);
        if draft.object.kind != ObjectKind::Standard {
            all.extend(name_field(draft, report));
            if !has_master && draft.object.kind == ObjectKind::Custom {
                all.push(system::owner());
            }
        }
        all.extend(shipped.into_iter().filter_map(|it| read(it, draft, report)));
        let has_record_type = all.iter().any(|it| it.field.name == "RecordTypeId");
        if record_types.contains_key(&key) && !has_record_type {
            all.push(system::record_type());
        }
        all.extend(system::tail());
        if CUSTOM_FIELDS_MAX < custom.len() {
            let message = format!("the object has more than {CUSTOM_FIELDS_MAX} custom fields");
            report.problem(draft.source.at(), message);
        }
        all.extend(custom.into_iter().filter_map(|it| read(it, draft, report)).flat_map(parts));
        draft.fields = all;
    }
}

fn by_object(catalog: &Catalog, ty: ComponentType) -> HashMap<String, Vec<&Layers>> {
    let mut out: HashMap<String, Vec<&Layers>> = HashMap::new();
    for layers in catalog.of_type(ty) {
        let object = layers.iter().find_map(|it| it.split_name());
        if let Some((object, _)) = object {
            out.entry(name::key(object)).or_default().push(layers);
        }
    }
    out
}

/// Fields that ship, in the order of their file; then the customer's, by name, but the secondary
/// master last.
fn sorted<'a>(fields: &[&'a Layers]) -> (Vec<Definition<'a>>, Vec<Definition<'a>>) {
    let all = fields.iter().map(|it| Definition::new(it, OVERRIDABLE));
    let (mut shipped, mut custom): (Vec<_>, Vec<_>) = all.partition(|it| it.shipped.is_some());
    shipped.sort_by_key(|it| it.component().order);
    custom.sort_by_cached_key(|it| {
        let secondary = it.text("relationshipOrder") == Some("1");
        (secondary, name::key(own_name(*it)))
    });
    (shipped, custom)
}

fn own_name(source: Definition<'_>) -> &str {
    source.component().split_name().map_or("", |it| it.1)
}

/// Reads one field; none, and told, where the schema cannot have it.
fn read<'a>(
    source: Definition<'a>,
    draft: &ObjectDraft<'a>,
    report: &mut Report,
) -> Option<FieldDraft<'a>> {
    let field = field(source, draft, report);
    if field.is_none() {
        report.leave_out(ComponentType::Field, &source.component().name);
    }
    let field = field?;
    if let Some(customer) = source.customer {
        let standard = source.shipped.is_some();
        let words = if standard { &ignored::STANDARD_FIELD } else { &ignored::FIELD };
        ignored::tell(customer, words, report);
        tell_kept(source, report);
    }
    let mut targets: Vec<Target<'a>> = Vec::new();
    if field.ty.is_reference() {
        let named = source.all("referenceTo").into_iter();
        targets.extend(named.map(|at| Target { object: at.text(), at: Some(at) }));
        if source.text("type") == Some("Hierarchy") {
            targets = vec![Target { object: "User", at: Some(source.at()) }];
        }
    }
    Some(FieldDraft { field, source: Some(source), targets })
}

fn field(source: Definition<'_>, draft: &ObjectDraft<'_>, report: &mut Report) -> Option<Field> {
    let own = own_name(source);
    check_name(source, own, draft, report)?;
    let ty = measure::field_type(source, report)?;
    let label = label(source, own, report);
    let mut field = Field::new(own, &label, ty);
    field.custom = source.shipped.is_none();
    field.describe_type = source.owned("c:describeType");
    field.description = source.owned("description");
    field.help_text = source.owned("inlineHelpText");
    if calculation::is_calculated(source) {
        measure::calculated(&mut field, source, report)?;
        for name in ["caseSensitive", "defaultValue", "externalId", "required", "unique"] {
            if let Some(at) = source.find(name).filter(|it| !matches!(it.text(), "" | "false")) {
                report.ignored(at, format!("{name}: it says nothing of what is worked out"));
            }
        }
        field.nillable = ty != FieldType::Checkbox;
        (field.column, field.calculated) = (None, true);
        return Some(field);
    }
    measure::measure(&mut field, source, report)?;
    let required = [source.shipped, source.customer]
        .into_iter()
        .flatten()
        .any(|it| At::of(it).flag_of("required", report) && ty != FieldType::Checkbox);
    field.required = required || ty == FieldType::MasterDetail;
    field.name_field = source.flag("c:nameField", false, report);
    field.auto_number = auto_number(source, ty, report);
    let writable = !ty.is_compound() && ty != FieldType::AutoNumber;
    field.createable = source.flag("c:createable", writable, report);
    let movable = ty != FieldType::MasterDetail || field_is_movable(source, report);
    field.updateable = source.flag("c:updateable", field.createable && movable, report);
    let nillable = !field.required && !matches!(ty, FieldType::Checkbox | FieldType::AutoNumber);
    field.nillable = source.flag("c:nillable", nillable, report);
    field.defaulted_on_create = source.flag("c:defaultedOnCreate", false, report);
    field.calculated = source.flag("c:calculated", false, report);
    field.indexed = source.flag("c:indexed", false, report);
    keys(&mut field, source, report);
    field.default = default::read(&field, source, report);
    field.defaulted_on_create |= field.default.is_some() || ty == FieldType::AutoNumber;
    Some(field)
}

/// Tells what a customer's file says otherwise of a standard field, which keeps it.
fn tell_kept(source: Definition<'_>, report: &mut Report) {
    let (Some(shipped), Some(customer)) = (source.shipped, source.customer) else { return };
    for name in ["type", "length", "precision", "scale", "deleteConstraint"] {
        let Some(at) = At::of(customer).child(name) else { continue };
        match shipped.body.text_of(name) {
            Some(kept) if kept != at.text() => {
                report.ignored(at, format!("{name}: a standard field keeps its own, {kept}"));
            }
            _ => {}
        }
    }
}

fn check_name(
    source: Definition<'_>,
    own: &str,
    draft: &ObjectDraft<'_>,
    report: &mut Report,
) -> Option<()> {
    if source.shipped.is_some() {
        return Some(());
    }
    let at = source.at();
    let object = &draft.object.name;
    if name::is_custom(own) && is_custom_name(own) {
        return Some(());
    }
    if name::is_custom(own) || !name::is_valid(own) {
        report.problem(at, format!("`{own}` is not a valid name of a field"));
    } else if draft.object.kind == ObjectKind::Standard || system::is_name(own) {
        report.unsupported(at, format!("the standard field {object}.{own} cannot be changed yet"));
    } else {
        report.problem(at, format!("`{own}` does not end in __c, as custom fields do"));
    }
    None
}

fn label(source: Definition<'_>, own: &str, report: &mut Report) -> String {
    let Some(at) = source.find("label").filter(|it| !it.text().is_empty()) else {
        report.problem(source.at(), "the field has no label");
        return own.to_owned();
    };
    if source.shipped.is_none() && LABEL_MAX < at.text().chars().count() {
        report.problem(at, format!("label has more than {LABEL_MAX} characters"));
    }
    at.text().to_owned()
}

fn field_is_movable(source: Definition<'_>, report: &mut Report) -> bool {
    source.flag("reparentableMasterDetail", false, report)
}

/// Reads by which values the field's records are found.
fn keys(field: &mut Field, source: Definition<'_>, report: &mut Report) {
    field.unique = source.flag("unique", false, report);
    field.case_sensitive = source.flag("caseSensitive", false, report);
    field.external_id = source.flag("externalId", false, report);
    field.id_lookup = field.external_id || source.flag("c:idLookup", false, report);
    if source.shipped.is_some() {
        return;
    }
    use FieldType as T;
    let kind = source.text("type").unwrap_or_default();
    if field.unique && !matches!(field.ty, T::Text | T::Email | T::Number) {
        report.problem(source.at(), format!("a field of type {kind} cannot be unique"));
    }
    if field.external_id && !matches!(field.ty, T::Text | T::Email | T::Number | T::AutoNumber) {
        report.problem(source.at(), format!("a field of type {kind} cannot be an external id"));
    }
}

/// The name of a custom object's records: text, or an auto-number.
fn name_field<'a>(draft: &ObjectDraft<'a>, report: &mut Report) -> Option<FieldDraft<'a>> {
    let Some(at) = draft.source.find("nameField") else {
        if draft.object.kind == ObjectKind::Custom {
            report.problem(draft.source.at(), "the object has no nameField");
        }
        return None;
    };
    let numbered = match at.text_of("type") {
        Some("AutoNumber") => true,
        Some("Text") | None => false,
        Some(other) => {
            report.problem(at, format!("a name is of type Text or AutoNumber, not {other}"));
            return None;
        }
    };
    let ty = if numbered { FieldType::AutoNumber } else { FieldType::Text };
    let mut field = Field::new("Name", at.text_of("label").unwrap_or("Name"), ty);
    field.name_field = true;
    field.id_lookup = true;
    // Text that is not given becomes the record's id.
    field.defaulted_on_create = true;
    field.length = if numbered { measure::AUTO_NUMBER_MAX } else { measure::NAME_MAX };
    field.nillable = !numbered;
    field.createable = !numbered;
    field.updateable = !numbered;
    if numbered {
        field.auto_number = read_auto_number(at, report);
    }
    Some(FieldDraft { field, source: None, targets: Vec::new() })
}

fn auto_number(source: Definition<'_>, ty: FieldType, report: &mut Report) -> Option<AutoNumber> {
    if ty != FieldType::AutoNumber {
        return None;
    }
    let component = source.shipped.or(source.customer)?;
    read_auto_number(At::of(component), report)
}

fn read_auto_number(at: At<'_>, report: &mut Report) -> Option<AutoNumber> {
    let Some(format) = at.child("displayFormat") else {
        report.problem(at, "an auto-number has a displayFormat, such as A-{0000}");
        return None;
    };
    if let Err(message) = measure::check_display_format(format.text()) {
        report.problem(format, format!("displayFormat `{}`: {message}", format.text()));
    }
    let starting_number = at.child("startingNumber").and_then(|it| it.number(report));
    Some(AutoNumber {
        format: format.text().to_owned(),
        starting_number: i64::from(starting_number.unwrap_or(1)),
    })
}

/// The field and, for a custom location, its two components.
fn parts(draft: FieldDraft<'_>) -> Vec<FieldDraft<'_>> {
    if draft.field.ty != FieldType::Location {
        return vec![draft];
    }
    let stem = draft.field.name.trim_end_matches("__c").to_owned();
    let part = |axis: &str, digits: u32| {
        let name = format!("{stem}__{axis}__s");
        let label = format!("{} ({axis})", draft.field.label);
        let mut field = Field::new(&name, &label, FieldType::Number);
        field.custom = true;
        field.scale = draft.field.scale;
        field.precision = field.scale + digits;
        field.required = draft.field.required;
        field.nillable = !field.required;
        field.createable = true;
        field.updateable = true;
        FieldDraft { field, source: draft.source, targets: Vec::new() }
    };
    let (latitude, longitude) = (part("Latitude", 2), part("Longitude", 3));
    vec![draft, latitude, longitude]
}

impl Field {
    /// A field that nothing is known of but its type: nobody may write it.
    pub(crate) fn new(name: &str, label: &str, ty: FieldType) -> Self {
        Self {
            id: FieldId(0),
            name: name.to_owned(),
            label: label.to_owned(),
            ty,
            describe_type: None,
            length: 0,
            precision: 0,
            scale: 0,
            column: (!ty.is_compound()).then(|| physical::name(&name.to_ascii_lowercase())),
            calculation: None,
            fold: None,
            custom: false,
            system: false,
            required: false,
            nillable: true,
            defaulted_on_create: false,
            createable: false,
            updateable: false,
            calculated: false,
            name_field: false,
            unique: false,
            case_sensitive: false,
            external_id: false,
            id_lookup: false,
            indexed: false,
            default: None,
            picklist: None,
            reference: None,
            auto_number: None,
            derived: None,
            compound: None,
            components: Vec::new(),
            help_text: None,
            description: None,
            visible_lines: 0,
        }
    }
}
