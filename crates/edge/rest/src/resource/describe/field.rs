//! The describe of one field: every key, null where it does not apply.

use base::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use schema::{Field, FieldType, Object, OnDelete, Picklist, PicklistValue, Reference};

use super::kind;
use crate::request::Call;
use crate::wire::write::Writer;

pub(super) fn write(call: &Call<'_>, object: &Object, field: &Field, w: &mut Writer) {
    let facts = Facts::of(call, object, field);
    w.object(|w| {
        write_shape(&facts, w);
        write_rights(&facts, w);
        write_reference(&facts, w);
        write_picklist(&facts, w);
    });
}

struct Facts<'a> {
    call: &'a Call<'a>,
    object: &'a Object,
    field: &'a Field,
    reference: Option<&'a Reference>,
    picklist: Option<&'a Picklist>,
}

impl<'a> Facts<'a> {
    fn of(call: &'a Call<'a>, object: &'a Object, field: &'a Field) -> Self {
        let (reference, picklist) = (field.reference.as_ref(), field.picklist.as_ref());
        Self { call, object, field, reference, picklist }
    }

    fn name_of(&self, field: Option<schema::FieldId>) -> Option<&'a str> {
        field.map(|it| self.object.get(it).name.as_str())
    }

    fn controlling(&self) -> Option<&'a Field> {
        self.picklist?.controlling.map(|it| self.object.get(it))
    }

    fn on_delete(&self, action: OnDelete) -> bool {
        self.reference.is_some_and(|it| it.on_delete == action)
    }
}

/// What values the field has.
fn write_shape(facts: &Facts<'_>, w: &mut Writer) {
    let field = facts.field;
    let is_int = kind::is_int(field);
    let digits = if is_int { field.precision.clamp(8, 9) } else { 0 };
    let precision = match field.precision {
        _ if !field.ty.is_number() || is_int => 0,
        0 => 18,
        digits => digits,
    };
    let formula = field.formula();
    w.key("name").text(&field.name);
    w.key("label").text(&field.label);
    w.key("type").text(kind::wire_type(field));
    w.key("soapType").text(kind::soap_type(field));
    w.key("extraTypeInfo").optional(kind::extra_type_info(field));
    w.key("length").int(kind::length(field).into());
    w.key("byteLength").int(kind::byte_length(field).into());
    w.key("digits").int(digits.into());
    w.key("precision").int(precision.into());
    w.key("scale").int(if field.ty.is_number() { field.scale.into() } else { 0 });
    w.key("autoNumber").bool(field.ty == FieldType::AutoNumber);
    w.key("calculated").bool(field.calculated);
    w.key("calculatedFormula").optional(formula.map(|it| it.text.as_str()));
    let as_zero = formula.is_some_and(schema::FormulaField::takes_blanks_as_zero);
    w.key("formulaTreatNullNumberAsZero").bool(as_zero);
    w.key("caseSensitive").bool(field.case_sensitive);
    w.key("compoundFieldName").optional(facts.name_of(field.compound));
    w.key("custom").bool(field.custom);
    w.key("defaultValue");
    write_default(field, w);
    w.key("defaultValueFormula").null();
    w.key("encrypted").bool(field.ty == FieldType::EncryptedText);
    w.key("mask").null();
    w.key("maskType").null();
    let is_html = field.ty == FieldType::Html || formula.is_some_and(|it| it.makes_html());
    w.key("htmlFormatted").bool(is_html);
    w.key("inlineHelpText").optional(field.help_text.as_deref());
    w.key("nameField").bool(field.name_field);
    w.key("unique").bool(field.unique);
    w.key("externalId").bool(field.external_id);
    w.key("idLookup").bool(field.id_lookup);
    w.key("displayLocationInDecimal").bool(false);
    w.key("highScaleNumber").bool(false);
    w.key("aiPredictionField").bool(false);
}

/// What may be done with the field, by the caller and at all.
fn write_rights(facts: &Facts<'_>, w: &mut Writer) {
    let (field, object) = (facts.field, facts.object);
    let ctx = &facts.call.ctx;
    let may_write = |creating| ctx.access.can_write_field(object, field, creating);
    let rights = ctx.access.object(object);
    let filterable = field.is_filterable();
    w.key("createable").bool(object.createable && rights.create && may_write(true));
    w.key("updateable").bool(object.updateable && rights.edit && may_write(false));
    w.key("permissionable").bool(field.permissionable());
    w.key("nillable").bool(field.nillable);
    w.key("defaultedOnCreate").bool(field.defaulted_on_create);
    w.key("deprecatedAndHidden").bool(false);
    w.key("aggregatable").bool(filterable);
    w.key("filterable").bool(filterable);
    w.key("groupable").bool(kind::is_groupable(field));
    w.key("sortable").bool(field.is_sortable());
    w.key("queryByDistance").bool(field.ty == FieldType::Location);
    w.key("searchPrefilterable").bool(false);
}

fn write_reference(facts: &Facts<'_>, w: &mut Writer) {
    let schema = &facts.call.ctx.schema;
    let targets = facts.reference.map_or(&[][..], |it| &it.targets);
    let is_polymorphic = 1 < targets.len();
    w.key("referenceTo").texts(targets.iter().map(|it| schema.get(*it).name.as_str()));
    w.key("relationshipName").optional(facts.reference.and_then(|it| it.relationship.as_deref()));
    w.key("relationshipOrder");
    match facts.reference.and_then(|it| it.relationship_order) {
        Some(order) => w.int(order.into()),
        None => w.null(),
    }
    w.key("referenceTargetField").null();
    w.key("polymorphicForeignKey").bool(is_polymorphic);
    w.key("namePointing").bool(is_polymorphic);
    w.key("cascadeDelete").bool(facts.on_delete(OnDelete::Cascade));
    w.key("restrictedDelete").bool(facts.on_delete(OnDelete::Restrict));
    w.key("writeRequiresMasterRead").bool(false);
    w.key("filteredLookupInfo").null();
}

fn write_picklist(facts: &Facts<'_>, w: &mut Writer) {
    let controlling = facts.controlling();
    w.key("controllerName").optional(controlling.map(|it| it.name.as_str()));
    w.key("dependentPicklist").bool(controlling.is_some());
    w.key("restrictedPicklist").bool(facts.picklist.is_some_and(|it| it.restricted));
    let values = facts.picklist.map_or(&[][..], |it| &it.values);
    w.key("picklistValues").array(|w| {
        for value in values {
            w.object(|w| {
                w.key("active").bool(value.active);
                w.key("defaultValue").bool(value.default);
                w.key("label").text(&value.label);
                w.key("validFor").optional(controlling.map(|it| valid_for(it, value)).as_deref());
                w.key("value").text(&value.name);
            });
        }
    });
}

/// The bits of the controlling values for which `value` applies, the highest bit first.
fn valid_for(controlling: &Field, value: &PicklistValue) -> String {
    let checkbox = ["false", "true"];
    let names: Vec<&str> = match &controlling.picklist {
        Some(picklist) => picklist.values.iter().map(|it| it.name.as_str()).collect(),
        None => checkbox.to_vec(),
    };
    let mut bits = vec![0_u8; names.len().div_ceil(8)];
    for (n, name) in names.iter().enumerate() {
        if value.valid_for.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            bits[n / 8] |= 0x80 >> (n % 8);
        }
    }
    BASE64.encode(bits)
}

/// A picklist's default stands with its values.
fn write_default(field: &Field, w: &mut Writer) {
    match &field.default {
        Some(Value::Bool(bool)) => w.bool(*bool),
        Some(Value::Decimal(decimal)) => w.raw(decimal.to_string().as_bytes()),
        Some(Value::Text(text)) if field.picklist.is_none() => w.text(text),
        Some(Value::Date(date)) => w.text(&date.to_string()),
        Some(Value::DateTime(at)) => w.text(&at.to_string()),
        Some(Value::Time(time)) => w.text(&time.to_string()),
        None if field.ty == FieldType::Checkbox => w.bool(false),
        Some(Value::Null | Value::Id(_) | Value::Bytes(_) | Value::Text(_)) | None => w.null(),
    }
}
