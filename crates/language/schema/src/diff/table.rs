//! The columns and indexes that an object's table has.
//!
//! An index is named `<table>__<column>`. Unique fields have a partial unique index over the
//! records that are not deleted: a value is free again once its record is in the recycle bin.

use base::{Value, decimal, fold};
use sql::{ColumnDef, ColumnType, CreateIndex, Expr};

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
        if let Some(fold_column) = &field.fold_column {
            columns.push(ColumnDef {
                default: default(field).map(folded),
                ..plain(fold_column, ColumnType::Text)
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

fn folded(value: sql::Value) -> sql::Value {
    match value {
        sql::Value::Text(text) => sql::Value::Text(fold(&text).into_owned()),
        other => other,
    }
}

pub(super) fn indexes(object: &Object) -> Vec<CreateIndex> {
    let mut indexes = Vec::new();
    for field in &object.fields {
        let Some(column) = field.column.as_deref().filter(|_| field.ty != FieldType::Id) else {
            continue;
        };
        let fold_column = field.fold_column.as_deref();
        if field.unique && (field.case_sensitive || fold_column.is_none()) {
            indexes.push(index(object, column, true));
            indexes.extend(fold_column.map(|it| index(object, it, false)));
        } else if let Some(fold_column) = fold_column {
            indexes.push(index(object, fold_column, field.unique));
        } else if is_indexed(field) {
            indexes.push(index(object, column, false));
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
    let live = Expr::OwnColumn("isdeleted".to_owned()).eq(Expr::int(0));
    CreateIndex {
        name: format!("{}__{column}", object.table),
        table: object.table.clone(),
        columns: vec![column.to_owned()],
        unique,
        where_: if unique { live } else { Expr::True },
    }
}
