//! The resolved data model of an org: immutable, shared, and the only definition there is.
//!
//! Made by [`crate::resolve()`] from the metadata components of an org (those that ship with
//! Candor and the customer's own, alike). Everything is resolved once: names to ids, lookups to
//! objects, value sets to values, layouts to fields; readers never meet a dangling name.
//!
//! **Absent on purpose.** No rows and no rights: who may see what is `access`.

use std::collections::HashMap;

use base::{KeyPrefix, Value, name};

use crate::calculation::{Calculation, FormulaField};
use crate::fold::Fold;

/// The index of an object in its [`Schema`]; means nothing in another snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u16);

/// The index of a field in its [`Object`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u16);

/// One snapshot of an org's data model.
#[derive(Debug, Default)]
pub struct Schema {
    /// In the order of their names; [`ObjectId`] is the index.
    pub objects: Vec<Object>,
    pub permission_sets: Vec<PermissionSet>,
    pub profiles: Vec<PermissionSet>,
    pub tabs: Vec<Tab>,
    pub applications: Vec<Application>,
    pub(crate) by_name: HashMap<String, ObjectId>,
    pub(crate) by_prefix: HashMap<KeyPrefix, ObjectId>,
}

impl Schema {
    /// Finds an object by API name, without regard to case.
    pub fn object(&self, api_name: &str) -> Option<&Object> {
        self.by_name.get(&name::key(api_name)).map(|id| self.get(*id))
    }

    /// The object with this id.
    pub fn get(&self, id: ObjectId) -> &Object {
        &self.objects[usize::from(id.0)]
    }

    /// The object whose records have this key prefix.
    pub fn object_of_prefix(&self, prefix: KeyPrefix) -> Option<&Object> {
        self.by_prefix.get(&prefix).map(|id| self.get(*id))
    }
}

/// What sort of thing an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    Standard,
    Custom,
    /// `…__e`: deployed and described; publishing is not supported yet.
    PlatformEvent,
}

/// The org-wide default of an object. Row sharing is not enforced yet; the value is kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharingModel {
    Private,
    Read,
    ReadWrite,
    ReadWriteTransfer,
    FullAccess,
    ControlledByParent,
}

/// An object: the definition of one kind of record.
#[derive(Debug)]
pub struct Object {
    pub id: ObjectId,
    /// The API name in its canonical case.
    pub name: String,
    pub label: String,
    pub plural_label: String,
    pub description: Option<String>,
    pub kind: ObjectKind,
    /// Objects of setup and security: no tab, no layout.
    pub setup: bool,
    pub key_prefix: KeyPrefix,
    /// The physical table, unquoted.
    pub table: String,
    pub sharing_model: SharingModel,
    pub createable: bool,
    pub updateable: bool,
    pub deletable: bool,
    pub undeletable: bool,
    pub queryable: bool,
    pub searchable: bool,
    pub layoutable: bool,
    /// System fields first, then in the order of the definition.
    pub fields: Vec<Field>,
    pub name_field: Option<FieldId>,
    /// Lookups of other objects that point here, with or without a name.
    pub child_relationships: Vec<ChildRelationship>,
    pub record_types: Vec<RecordType>,
    pub layouts: Vec<Layout>,
    pub list_views: Vec<ListView>,
    pub(crate) by_name: HashMap<String, FieldId>,
    pub(crate) by_relationship: HashMap<String, FieldId>,
}

impl Object {
    /// Finds a field by API name, without regard to case.
    pub fn field(&self, api_name: &str) -> Option<&Field> {
        self.by_name.get(&name::key(api_name)).map(|id| self.get(*id))
    }

    /// The field with this id.
    pub fn get(&self, id: FieldId) -> &Field {
        &self.fields[usize::from(id.0)]
    }

    /// The lookup whose relationship has this name (`Account`, `Order__r`).
    pub fn parent_relationship(&self, relationship: &str) -> Option<&Field> {
        self.by_relationship.get(&name::key(relationship)).map(|id| self.get(*id))
    }

    /// The named child relationship (`Contacts`, `Order_Items__r`).
    pub fn child_relationship(&self, relationship: &str) -> Option<&ChildRelationship> {
        let it = self.child_relationships.iter();
        it.into_iter().find(|it| {
            it.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(relationship))
        })
    }

    /// The field that holds the record's display name, where the object has one.
    pub fn name_field(&self) -> Option<&Field> {
        self.name_field.map(|id| self.get(id))
    }

    /// The master-detail fields, primary first.
    pub fn masters(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|it| it.ty == FieldType::MasterDetail)
    }
}

/// A child relationship, seen from the parent.
#[derive(Debug, Clone)]
pub struct ChildRelationship {
    /// None where the lookup gives its children no name.
    pub name: Option<String>,
    pub child: ObjectId,
    pub field: FieldId,
    pub on_delete: OnDelete,
}

/// What a field's values are. Lengths, digits and targets stand in the [`Field`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    Id,
    Text,
    TextArea,
    LongTextArea,
    Html,
    EncryptedText,
    Checkbox,
    Number,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Email,
    Phone,
    Url,
    Picklist,
    MultiselectPicklist,
    Lookup,
    MasterDetail,
    AutoNumber,
    Base64,
    /// Compound of its components; has no column.
    Address,
    /// Compound of its components; has no column.
    Location,
}

impl FieldType {
    /// Whether values are text in storage, picklists and auto-numbers among them.
    pub fn is_text(self) -> bool {
        use FieldType as T;
        matches!(
            self,
            T::Text
                | T::TextArea
                | T::LongTextArea
                | T::Html
                | T::EncryptedText
                | T::Email
                | T::Phone
                | T::Url
                | T::Picklist
                | T::MultiselectPicklist
                | T::AutoNumber
        )
    }

    /// Whether values are exact decimals in storage: integers scaled by the field's scale.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Currency | Self::Percent)
    }

    pub fn is_reference(self) -> bool {
        matches!(self, Self::Lookup | Self::MasterDetail)
    }

    pub fn is_compound(self) -> bool {
        matches!(self, Self::Address | Self::Location)
    }

    /// Whether SOQL may filter on it (semantics reference, section 3.7).
    pub fn is_filterable(self) -> bool {
        !matches!(
            self,
            Self::LongTextArea | Self::Html | Self::EncryptedText | Self::Base64 | Self::Address
        ) && self != Self::Location
    }

    /// Whether SOQL may sort by it.
    pub fn is_sortable(self) -> bool {
        self.is_filterable() && self != Self::MultiselectPicklist
    }
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    pub id: FieldId,
    /// The API name in its canonical case.
    pub name: String,
    pub label: String,
    pub ty: FieldType,
    /// The wire's type name where it is not the usual one for `ty`: `int`, `combobox`, ….
    pub describe_type: Option<String>,
    /// The most characters of text; 0 for other types.
    pub length: u32,
    /// Digits in all, and after the point; 0 for other types.
    pub precision: u32,
    pub scale: u32,
    /// The physical column, unquoted; none for compounds, and for what is worked out when it is
    /// read.
    pub column: Option<String>,
    /// How it is worked out when it is read.
    pub calculation: Option<Calculation>,
    /// The shadow column of text that is compared without case.
    pub fold: Option<Fold>,
    pub custom: bool,
    /// One of the fields that every object has; their values come from the engine alone.
    pub system: bool,
    /// The user must give a value.
    pub required: bool,
    pub nillable: bool,
    /// The engine fills it when a create does not.
    pub defaulted_on_create: bool,
    pub createable: bool,
    pub updateable: bool,
    pub calculated: bool,
    pub name_field: bool,
    pub unique: bool,
    pub case_sensitive: bool,
    pub external_id: bool,
    pub id_lookup: bool,
    pub indexed: bool,
    pub default: Option<Value>,
    pub picklist: Option<Picklist>,
    pub reference: Option<Reference>,
    pub auto_number: Option<AutoNumber>,
    pub derived: Option<Derivation>,
    /// The compound that this field is a part of.
    pub compound: Option<FieldId>,
    /// The parts of a compound, by the wire's key (`street`, `city`, `latitude`, …).
    pub components: Vec<(&'static str, FieldId)>,
    pub help_text: Option<String>,
    pub description: Option<String>,
    /// Rows of the edit box, for long text.
    pub visible_lines: u32,
}

impl Field {
    /// The column of a field that has one.
    ///
    /// # Panics
    ///
    /// For compounds, which resolve to their components first, and for what is worked out when it
    /// is read.
    pub fn column(&self) -> &str {
        self.column.as_deref().expect("invariant: compounds and calculated fields are told apart")
    }

    /// The formula that it is, where it is one.
    pub fn formula(&self) -> Option<&FormulaField> {
        match &self.calculation {
            Some(Calculation::Formula(formula)) => Some(formula),
            Some(Calculation::Summary(_)) | None => None,
        }
    }

    /// Whether SOQL may filter on it.
    pub fn is_filterable(&self) -> bool {
        self.ty.is_filterable() && self.formula().is_none_or(|it| it.in_sql)
    }

    /// Whether SOQL may sort by it.
    pub fn is_sortable(&self) -> bool {
        self.ty.is_sortable() && self.is_filterable()
    }

    /// Whether its value is worked out when it is read, and stored nowhere.
    pub fn is_virtual(&self) -> bool {
        self.column.is_none() && !self.ty.is_compound()
    }

    /// Whether a profile or permission set grants this field by itself. Ids, names, required
    /// and system fields follow the object's right.
    pub fn permissionable(&self) -> bool {
        !self.system && !self.name_field && !self.required && self.ty != FieldType::MasterDetail
    }
}

/// Where a lookup points and what becomes of it.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Several for a polymorphic lookup.
    pub targets: Vec<ObjectId>,
    /// The name of the path to the parent, as SOQL uses it.
    pub relationship: Option<String>,
    /// The name of the path from a parent to its children, as SOQL uses it.
    pub child_relationship: Option<String>,
    pub related_list_label: Option<String>,
    pub on_delete: OnDelete,
    pub relationship_order: Option<u8>,
    pub reparentable: bool,
}

/// What a parent's deletion does to the records that point to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    Clear,
    Restrict,
    Cascade,
}

/// The values of a picklist, in their order.
#[derive(Debug, Clone, Default)]
pub struct Picklist {
    pub values: Vec<PicklistValue>,
    /// Values outside the list are refused.
    pub restricted: bool,
    /// The field whose value decides which values apply.
    pub controlling: Option<FieldId>,
    pub value_set: Option<String>,
}

impl Picklist {
    /// Finds a value by API name, without regard to case.
    pub fn value(&self, api_name: &str) -> Option<&PicklistValue> {
        let wanted = base::fold(api_name);
        self.values.iter().find(|it| base::fold(&it.name) == wanted)
    }
}

/// One value of a picklist, with the attributes that standard value sets give it.
#[derive(Debug, Clone, Default)]
pub struct PicklistValue {
    pub name: String,
    pub label: String,
    pub active: bool,
    pub default: bool,
    pub closed: bool,
    pub won: bool,
    pub converted: bool,
    pub high_priority: bool,
    pub probability: Option<base::Decimal>,
    pub forecast_category: Option<String>,
    /// The controlling field's values for which it applies.
    pub valid_for: Vec<String>,
}

/// The display format of an auto-number, `A-{0000}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoNumber {
    pub format: String,
    pub starting_number: i64,
}

/// A value that the engine computes when a record is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derivation {
    /// First name, a blank, last name.
    PersonName,
    /// An attribute of the picklist value that `field` holds.
    PicklistAttribute { field: FieldId, attribute: PicklistAttribute },
    /// The same, but only refreshed when `field` changes and no value is given.
    PicklistDefault { field: FieldId, attribute: PicklistAttribute },
    /// Amount times probability.
    ExpectedRevenue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PicklistAttribute {
    Closed,
    Won,
    Converted,
    HighPriority,
    Probability,
    ForecastCategory,
    ForecastCategoryName,
}

/// A record type: a named variant of an object's records.
#[derive(Debug, Clone)]
pub struct RecordType {
    pub developer_name: String,
    pub label: String,
    pub description: Option<String>,
    pub active: bool,
}

/// A page layout.
#[derive(Debug, Clone)]
pub struct Layout {
    pub name: String,
    pub sections: Vec<LayoutSection>,
    pub related_lists: Vec<RelatedList>,
}

#[derive(Debug, Clone)]
pub struct LayoutSection {
    pub label: String,
    /// Whether the label shows above the section when a record is viewed.
    pub detail_heading: bool,
    pub edit_heading: bool,
    pub columns: Vec<Vec<LayoutItem>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutItem {
    Field { field: FieldId, behavior: Behavior },
    Blank,
}

/// What a layout lets a person do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    Edit,
    Required,
    Readonly,
}

#[derive(Debug, Clone)]
pub struct RelatedList {
    pub label: String,
    pub child: ObjectId,
    pub field: FieldId,
    /// Fields of the child.
    pub columns: Vec<FieldId>,
}

/// A list view: columns, a scope, filters.
#[derive(Debug, Clone)]
pub struct ListView {
    pub developer_name: String,
    pub label: String,
    pub columns: Vec<FieldId>,
    /// Only the records that the viewer owns.
    pub mine: bool,
    pub filters: Vec<ListFilter>,
}

#[derive(Debug, Clone)]
pub struct ListFilter {
    pub field: FieldId,
    /// The metadata format's operation: `equals`, `notEqual`, `lessThan`, `contains`, ….
    pub operation: String,
    pub value: String,
}

/// The rights of a profile or a permission set, by allow-list.
#[derive(Debug, Clone, Default)]
pub struct PermissionSet {
    pub name: String,
    pub label: String,
    pub description: Option<String>,
    pub objects: HashMap<ObjectId, ObjectRights>,
    pub fields: HashMap<(ObjectId, FieldId), FieldRights>,
    /// System permissions by their metadata name: `ApiEnabled`, `ViewAllData`, ….
    pub user_permissions: Vec<String>,
    pub visible_tabs: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectRights {
    pub create: bool,
    pub read: bool,
    pub edit: bool,
    pub delete: bool,
    pub view_all: bool,
    pub modify_all: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldRights {
    pub read: bool,
    pub edit: bool,
}

/// A tab: the place of an object in the navigation.
#[derive(Debug, Clone)]
pub struct Tab {
    pub name: String,
    pub label: String,
    pub object: Option<ObjectId>,
}

/// An application: an ordered choice of tabs.
#[derive(Debug, Clone)]
pub struct Application {
    pub name: String,
    pub label: String,
    pub description: Option<String>,
    /// Only those that lead somewhere here.
    pub tabs: Vec<ObjectId>,
}
