//! The columns and indexes that an object's table has.
//!
//! An index is named `<table>__<column>`. Unique fields have a partial unique index over the
//! records that are not deleted: a value is free again once its record is in the recycle bin.

use base::{Value, decimal};
use sql::{ColumnDef, ColumnType, CreateIndex, Expr};

use crate::fold::Fold;
use crate::physical;
use crate::schema::{Field, FieldType, Object};

/// The hidden column that holds the index of the ledger leaf which last wrote the row.
pub const LEAF_COLUMN: &str = "candor_leaf";

pub(super) fn columns(object: &Object) -> Vec<ColumnDef> {
    let mut columns = Vec::with_capacity(object.fields.len() + 1);
    for field in &object.fields {
        let Some(column) = &field.column else { continue };
        columns.push(ColumnDef {
            name: column.clone(),
            ty: column_type(field),
            primary_key: field.ty == FieldType::Id,
            not_null: field.ty == FieldType::Checkbox,
            default: default(field),
        });
        if let Some(fold) = &field.fold {
            columns.push(ColumnDef {
                default: default(field).and_then(|it| folded(fold, &it)),
                ..plain(fold.column(), ColumnType::Text)
            });
        }
    }
    columns.push(plain(LEAF_COLUMN, ColumnType::Int));
    columns
}

fn plain(name: &str, ty: ColumnType) -> ColumnDef {
    let name = name.to_owned();
    ColumnDef { name, ty, primary_key: false, not_null: false, default: None }
}

pub(super) fn column_type(field: &Field) -> ColumnType {
    match field.ty {
        ty if ty.is_text() => ColumnType::Text,
        FieldType::Base64 => ColumnType::Blob,
        _ => ColumnType::Int,
    }
}

/// What rows get that exist when the column is added: a value where they cannot be without.
fn default(field: &Field) -> Option<sql::Value> {
    if field.ty != FieldType::Checkbox && !field.required {
        return None;
    }
    match field.default.as_ref() {
        Some(Value::Bool(value)) => Some(sql::Value::Int(i64::from(*value))),
        Some(Value::Decimal(number)) => {
            decimal::to_scaled(*number, field.scale).ok().map(sql::Value::Int)
        }
        Some(Value::Text(text)) => Some(sql::Value::Text(text.clone())),
        _ if field.ty == FieldType::Checkbox => Some(sql::Value::Int(0)),
        _ => None,
    }
}

fn folded(fold: &Fold, value: &sql::Value) -> Option<sql::Value> {
    match value {
        sql::Value::Text(text) => fold.value(text).map(sql::Value::Text),
        _ => None,
    }
}

pub(super) fn indexes(object: &Object) -> Vec<CreateIndex> {
    let mut indexes = Vec::new();
    for field in &object.fields {
        let Some(column) = field.column.as_deref().filter(|_| field.ty != FieldType::Id) else {
            continue;
        };
        match &field.fold {
            Some(Fold::Full(shadow)) => indexes.push(index(object, shadow, field.unique)),
            _ if field.unique => indexes.push(index(object, column, true)),
            _ if is_indexed(field) => indexes.push(index(object, column, false)),
            _ => {}
        }
    }
    indexes
}

/// Lookups are indexed for joins and cascades; not those to the people who wrote the record,
/// which every record has, which nothing cascades over, and which each write would pay for.
fn is_indexed(field: &Field) -> bool {
    field.indexed || field.external_id || (field.ty.is_reference() && !field.system)
}

fn index(object: &Object, column: &str, unique: bool) -> CreateIndex {
    let live = Expr::OwnColumn("isdeleted".to_owned()).is(0);
    CreateIndex {
        name: physical::name(&format!("{}__{column}", object.table)),
        table: object.table.clone(),
        columns: vec![column.to_owned()],
        unique,
        where_: if unique { live } else { Expr::True },
    }
}
