//! Two schemas → the steps that turn the tables of one into those of the other.
//!
//! In: the schema that the tables have and the one that they shall have. Out: [`Step`]s in the
//! order in which they run, or every reason why stored values would not survive.
//!
//! | module     | what                                        |
//! |------------|---------------------------------------------|
//! | [`table`]  | the columns and indexes that an object has  |
//! | [`change`] | whether a field may change with its values  |
//!
//! A table has one column for each field that is not a compound, a shadow column where text is
//! looked up by value, and last the hidden [`LEAF_COLUMN`]. No values are ever dropped: what a
//! schema no longer has stays in its table. A shadow that nothing reads any more goes, for nothing
//! would keep it true.
//!
//! **Absent on purpose.** Tables of platform events, whose records are not stored, and the
//! store's own tables.

mod table;
mod change;

use sql::{AddColumn, CreateTable, Ddl};

use crate::schema::{Object, ObjectKind, Schema};

pub use table::LEAF_COLUMN;

/// One step of a change of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Ddl(Ddl),
    /// Fills `fold_column` with [`base::fold()`] of `column`, in every row.
    FillFold {
        table: String,
        column: String,
        fold_column: String,
    },
}

/// A change that the stored values would not survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The full name of the field, or of the object.
    pub component: String,
    pub message: String,
}

/// Every table and index of `schema`, for an org that has none.
pub fn create_all(schema: &Schema) -> Vec<Ddl> {
    stored(schema).flat_map(create).collect()
}

/// The steps from the tables of `old` to those of `new`.
///
/// # Errors
///
/// Every change that stored values would not survive.
pub fn diff(old: &Schema, new: &Schema) -> Result<Vec<Step>, Vec<Refusal>> {
    let mut steps = Vec::new();
    let mut refusals = Vec::new();
    for object in stored(new) {
        match old.object(&object.name) {
            Some(before) => {
                change::refusals((old, before), (new, object), &mut refusals);
                alter(before, object, &mut steps);
            }
            None => steps.extend(create(object).into_iter().map(Step::Ddl)),
        }
    }
    if refusals.is_empty() { Ok(steps) } else { Err(refusals) }
}

fn stored(schema: &Schema) -> impl Iterator<Item = &Object> {
    schema.objects.iter().filter(|it| it.kind != ObjectKind::PlatformEvent)
}

fn create(object: &Object) -> Vec<Ddl> {
    let columns = table::columns(object);
    let create = CreateTable { table: object.table.clone(), columns, primary_key: Vec::new() };
    let indexes = table::indexes(object).into_iter().map(Ddl::CreateIndex);
    std::iter::once(Ddl::CreateTable(create)).chain(indexes).collect()
}

/// New columns, what fills them, indexes that go, shadows that go, new indexes.
fn alter(before: &Object, object: &Object, steps: &mut Vec<Step>) {
    let table = &object.table;
    let columns_before = table::columns(before);
    for column in table::columns(object) {
        if columns_before.iter().all(|it| it.name != column.name) {
            let add = AddColumn { table: table.clone(), column };
            steps.push(Step::Ddl(Ddl::AddColumn(add)));
        }
    }
    for field in &object.fields {
        let (Some(column), Some(fold_column)) = (&field.column, &field.fold_column) else {
            continue;
        };
        // A column that is new itself is filled by its default, and so is its shadow.
        let stood = columns_before.iter().any(|it| it.name == *column);
        if stood && columns_before.iter().all(|it| it.name != *fold_column) {
            steps.push(Step::FillFold {
                table: table.clone(),
                column: column.clone(),
                fold_column: fold_column.clone(),
            });
        }
    }
    let (had, has) = (table::indexes(before), table::indexes(object));
    for index in had.iter().filter(|it| has.iter().all(|new| new != *it)) {
        steps.push(Step::Ddl(Ddl::DropIndex { name: index.name.clone() }));
    }
    for shadow in before.fields.iter().filter_map(|it| it.fold_column.as_ref()) {
        let kept = object.fields.iter().any(|it| it.fold_column.as_ref() == Some(shadow));
        if !kept {
            let column = shadow.clone();
            steps.push(Step::Ddl(Ddl::DropColumn { table: table.clone(), column }));
        }
    }
    for index in has.into_iter().filter(|it| had.iter().all(|old| old != it)) {
        steps.push(Step::Ddl(Ddl::CreateIndex(index)));
    }
}
