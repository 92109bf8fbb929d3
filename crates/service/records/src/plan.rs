//! What saving needs to know of an object beyond its definition, worked out once a snapshot.

use base::Value;
use schema::{Derivation, Field, FieldId, FieldType, Object, ObjectKind};

use crate::context;

/// The facts of one object. Field ids are the object's own.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Fields that have a column, by the bytes of their API names: the order of the canonical
    /// row and of inserts.
    pub stored: Vec<FieldId>,
    /// A new record before anything is given, by field id.
    pub template: Vec<Value>,
    /// Derived fields, each after those that it derives from.
    pub derived: Vec<FieldId>,
    /// Fields without which no record is created.
    pub required: Vec<FieldId>,
    pub auto_numbers: Vec<FieldId>,
    /// The bytes of a file, and the field that holds their number.
    pub content: Option<(FieldId, FieldId)>,
    pub unique: Vec<FieldId>,
    /// The name of a custom object's record, which is its id where nobody gave one.
    pub named_by_id: Option<FieldId>,
    pub owner: Option<FieldId>,
    pub record_type: Option<FieldId>,
    /// Fields from which rights follow: a change of one outdates what is remembered of users.
    pub rights: Vec<FieldId>,
    pub system: System,
}

/// The system fields, where the object has them.
#[derive(Debug)]
pub(crate) struct System {
    pub id: Option<FieldId>,
    pub is_deleted: Option<FieldId>,
    pub created_date: Option<FieldId>,
    pub created_by: Option<FieldId>,
    pub modified_date: Option<FieldId>,
    pub modified_by: Option<FieldId>,
    pub modstamp: Option<FieldId>,
}

impl Plan {
    pub(crate) fn of(object: &Object) -> Self {
        let mut stored = ids(object, |it| it.column.is_some());
        stored.sort_by(|a, b| object.get(*a).name.cmp(&object.get(*b).name));
        let mut derived = ids(object, |it| it.derived.is_some());
        derived.sort_by_key(|id| rank(object.get(*id)));
        let named = |name: &str| object.field(name).map(|it| it.id);
        Self {
            stored,
            template: object.fields.iter().map(default).collect(),
            derived,
            required: ids(object, is_required),
            auto_numbers: ids(object, |it| it.auto_number.is_some()),
            content: content(object),
            unique: ids(object, |it| it.unique && !it.system && it.column.is_some()),
            named_by_id: object
                .name_field()
                .filter(|it| is_named_by_id(object, it))
                .map(|it| it.id),
            owner: named("OwnerId"),
            record_type: named("RecordTypeId"),
            rights: ids(object, |it| context::gives_rights(object, &it.name)),
            system: System {
                id: named("Id"),
                is_deleted: named("IsDeleted"),
                created_date: named("CreatedDate"),
                created_by: named("CreatedById"),
                modified_date: named("LastModifiedDate"),
                modified_by: named("LastModifiedById"),
                modstamp: named("SystemModstamp"),
            },
        }
    }
}

impl System {
    /// Whether the ledger's list of changed fields leaves `field` out: every save changes it.
    pub(crate) fn implied(&self, field: FieldId) -> bool {
        [
            self.id,
            self.is_deleted,
            self.created_date,
            self.created_by,
            self.modified_date,
            self.modified_by,
            self.modstamp,
        ]
        .contains(&Some(field))
    }
}

fn ids(object: &Object, keep: impl Fn(&Field) -> bool) -> Vec<FieldId> {
    object.fields.iter().filter(|it| keep(it)).map(|it| it.id).collect()
}

/// Whether the caller must give a value. What the engine fills in is never missing.
pub(crate) fn is_required(field: &Field) -> bool {
    let demanded = field.required || field.ty == FieldType::MasterDetail;
    demanded && field.auto_number.is_none() && field.derived.is_none()
}

fn content(object: &Object) -> Option<(FieldId, FieldId)> {
    let bytes = object.fields.iter().find(|it| it.ty == FieldType::Base64)?;
    let size = object.field("BodyLength").or_else(|| object.field("ContentSize"))?;
    Some((bytes.id, size.id))
}

fn is_named_by_id(object: &Object, name: &Field) -> bool {
    object.kind == ObjectKind::Custom && name.ty == FieldType::Text && !is_required(name)
}

fn default(field: &Field) -> Value {
    if let Some(value) = &field.default {
        return value.clone();
    }
    if let Some(picklist) = &field.picklist
        && let Some(value) = picklist.values.iter().find(|it| it.default && it.active)
    {
        return Value::Text(value.name.clone());
    }
    if field.ty == FieldType::Checkbox { Value::Bool(false) } else { Value::Null }
}

/// Defaults come before what computes with them.
fn rank(field: &Field) -> u8 {
    match &field.derived {
        Some(Derivation::PicklistDefault { .. }) => 0,
        Some(Derivation::PicklistAttribute { .. } | Derivation::PersonName) => 1,
        Some(Derivation::ExpectedRevenue) | None => 2,
    }
}
