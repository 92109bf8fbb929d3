//! A row on its way into the store.

use base::{RecordId, Value};
use schema::{FieldId, ObjectId};

use crate::error::{Operation, Refused, RowError};
use crate::input::{Input, Row};

/// What one row of a save is to become.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub object: ObjectId,
    /// The record: known from the start on updates, allocated last on creates.
    pub id: Option<RecordId>,
    pub operation: Operation,
    /// What the caller wrote, until it is converted.
    pub input: Vec<(String, Input)>,
    /// By field id. On an update, before the old record is loaded, only the given ones.
    pub values: Vec<Value>,
    /// By field id: whether the caller gave the value.
    given: Vec<bool>,
    /// Lookups given by an external id of the parent, until they are resolved.
    pub parents: Vec<ParentKey>,
    /// What is wrong with given values unless the record holds them already.
    pub doubts: Vec<(FieldId, RowError)>,
    /// The record before; none on creates, and before it is loaded.
    pub old: Option<Old>,
    pub errors: Vec<RowError>,
}

/// A record as it was before a save.
#[derive(Debug, Clone)]
pub(crate) struct Old {
    pub values: Vec<Value>,
    /// The index of its last ledger leaf.
    pub leaf: Option<u64>,
}

/// A parent named by the value of one of its fields.
#[derive(Debug, Clone)]
pub(crate) struct ParentKey {
    /// The lookup.
    pub field: FieldId,
    /// The parent's field as the caller wrote it.
    pub key: String,
    pub value: Input,
}

impl Draft {
    /// A draft of `row`, a record of `object`, nothing of it converted yet.
    pub(crate) fn new(object: &schema::Object, row: Row, operation: Operation) -> Self {
        let n_fields = object.fields.len();
        Self {
            object: object.id,
            id: row.id,
            operation,
            input: row.fields,
            values: vec![Value::Null; n_fields],
            given: vec![false; n_fields],
            parents: Vec::new(),
            doubts: Vec::new(),
            old: None,
            errors: Vec::new(),
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn creating(&self) -> bool {
        self.operation == Operation::Create
    }

    pub(crate) fn value(&self, field: FieldId) -> &Value {
        &self.values[usize::from(field.0)]
    }

    pub(crate) fn is_given(&self, field: FieldId) -> bool {
        self.given[usize::from(field.0)]
    }

    /// Sets what the caller gave.
    pub(crate) fn give(&mut self, field: FieldId, value: Value) {
        self.values[usize::from(field.0)] = value;
        self.given[usize::from(field.0)] = true;
    }

    /// Lays the given values over the record as it is.
    pub(crate) fn load(&mut self, old: Old) {
        for (at, value) in old.values.iter().enumerate() {
            if !self.given[at] {
                self.values[at].clone_from(value);
            }
        }
        self.old = Some(old);
    }

    /// Sets what follows from something else.
    pub(crate) fn set(&mut self, field: Option<FieldId>, value: Value) {
        if let Some(field) = field {
            self.values[usize::from(field.0)] = value;
        }
    }

    /// Names the record after its id, where `field` is its name and has no value.
    pub(crate) fn name_by_id(&mut self, field: Option<FieldId>) {
        if let (Some(field), Some(id)) = (field, self.id)
            && self.value(field).is_null()
        {
            self.set(Some(field), Value::Text(id.to_15()));
        }
    }

    /// Whether the value differs from the record's before; on a create every value does.
    pub(crate) fn is_changed(&self, field: FieldId) -> bool {
        let at = usize::from(field.0);
        self.old.as_ref().is_none_or(|old| old.values[at] != self.values[at])
    }

    pub(crate) fn refuse(&mut self, error: RowError) {
        self.errors.push(error);
    }

    pub(crate) fn refused(self) -> Refused {
        let (created, id) = (self.creating(), self.id);
        Refused { id: if created { None } else { id }, created, errors: self.errors }
    }
}
