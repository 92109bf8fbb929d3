//! The tables that an org has, and its schema → what they lack. Pure.

use std::collections::HashMap;

use schema::{Field, Object, Schema};
use sql::{AddColumn, CreateIndex, CreateTable, Ddl};
use store::Table;

use crate::Grant;

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub(super) struct Lack<'a> {
    /// Tables and columns that come, indexes that go.
    pub first: Vec<Ddl>,
    /// Fields whose values are there and their shadows are not.
    pub shadows: Vec<(&'a Object, Vec<&'a Field>)>,
    /// Indexes that come.
    pub last: Vec<Ddl>,
    /// Rights on what is new.
    pub grants: Vec<Grant>,
}

pub(super) fn of<'a>(found: &[Table], schema: &'a Schema) -> Lack<'a> {
    let found: HashMap<&str, &Table> = found.iter().map(|it| (it.name.as_str(), it)).collect();
    let mut lack = Lack::default();
    let mut indexes: HashMap<String, Vec<CreateIndex>> = HashMap::new();
    for ddl in schema::create_all(schema) {
        match ddl {
            Ddl::CreateTable(table) => match found.get(table.table.as_str()) {
                None => lack.first.push(Ddl::CreateTable(table)),
                Some(there) => lack.first.extend(missing_columns(there, table)),
            },
            Ddl::CreateIndex(index) => {
                indexes.entry(index.table.clone()).or_default().push(index);
            }
            // Nothing else makes tables out of nothing.
            _ => {}
        }
    }
    for object in &schema.objects {
        let wanted = indexes.remove(&object.table).unwrap_or_default();
        match found.get(object.table.as_str()) {
            None => {
                lack.last.extend(wanted.into_iter().map(Ddl::CreateIndex));
                lack.grants.extend(rights_on(object));
            }
            Some(there) => lack.compare(there, object, wanted),
        }
    }
    lack
}

fn missing_columns(there: &Table, table: CreateTable) -> impl Iterator<Item = Ddl> {
    let CreateTable { table, columns, .. } = table;
    let missing = columns.into_iter().filter(|it| !there.columns.contains(&it.name));
    missing.map(move |column| Ddl::AddColumn(AddColumn { table: table.clone(), column }))
}

impl<'a> Lack<'a> {
    fn compare(&mut self, there: &Table, object: &'a Object, wanted: Vec<CreateIndex>) {
        let own = format!("{}__", object.table);
        let outdated = there.indexes.iter().filter(|name| {
            // Others were made by hand.
            name.starts_with(&own) && wanted.iter().all(|it| it.name != **name)
        });
        self.first.extend(outdated.map(|name| Ddl::DropIndex { name: name.clone() }));
        let missing = wanted.into_iter().filter(|it| !there.indexes.contains(&it.name));
        self.last.extend(missing.map(Ddl::CreateIndex));
        let has = |column: &str| there.columns.iter().any(|it| it == column);
        let unshadowed = object.fields.iter().filter(|it| {
            let shadow = it.fold.as_ref().is_some_and(|fold| !has(fold.column()));
            shadow && it.column.as_deref().is_some_and(has)
        });
        let unshadowed: Vec<&Field> = unshadowed.collect();
        if !unshadowed.is_empty() {
            self.shadows.push((object, unshadowed));
        }
        let is_new = |field: &Field| match &field.column {
            Some(column) => !has(column),
            // What is not stored came with a deploy, which says who may read it.
            None if field.is_virtual() => false,
            // A compound is new with its parts.
            None => {
                let mut parts = field.components.iter().map(|(_, id)| object.get(*id));
                parts.all(|it| it.column.as_deref().is_some_and(|column| !has(column)))
            }
        };
        let new = object.fields.iter().filter(|it| is_new(it));
        self.grants.extend(new.map(|it| Grant::Field(format!("{}.{}", object.name, it.name))));
    }
}

/// Every right on a new object. Setup takes none by itself.
fn rights_on(object: &Object) -> impl Iterator<Item = Grant> {
    let fields = object.fields.iter();
    let fields = fields.map(|it| Grant::Field(format!("{}.{}", object.name, it.name)));
    let all = std::iter::once(Grant::Object(object.name.clone())).chain(fields);
    all.filter(|_| !object.setup)
}
