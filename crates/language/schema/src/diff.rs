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
//! A table has one column for each field that is not a compound, a shadow column for each text
//! that queries compare ([`Fold`]), and last the hidden [`LEAF_COLUMN`]. No values are ever
//! dropped: what a schema no longer has stays in its table. A shadow that nothing reads any more
//! goes, for nothing would keep it true.
//!
//! **Absent on purpose.** Tables of platform events, whose records are not stored, and the
//! store's own tables.

mod table;
mod change;

use std::collections::{HashMap, HashSet};

use sql::{AddColumn, CreateTable, Ddl, Expr, Update};

use crate::fold::Fold;
use crate::schema::{Field, Object, ObjectId, ObjectKind, Schema};

pub use table::LEAF_COLUMN;

/// PostgreSQL takes 1,600 columns, and those that were dropped count for ever.
const COLUMNS_MAX: usize = 1500;

/// One step of a change of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Ddl(Ddl),
    /// Fills a column in the rows that exist.
    Fill(Update),
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

/// Why objects cannot have tables beside each other, whatever was there before.
pub(crate) fn misfits(objects: &[Object]) -> Vec<(ObjectId, String)> {
    let mut out = Vec::new();
    // Tables and indexes share one space of names.
    let mut relations: HashMap<String, &str> = HashMap::new();
    for object in objects.iter().filter(|it| is_stored(it)) {
        let columns = table::columns(object);
        if COLUMNS_MAX < columns.len() {
            let n = columns.len();
            let message = format!("the object needs {n} columns, {COLUMNS_MAX} are possible");
            out.push((object.id, message));
        }
        let names: HashSet<&str> = columns.iter().map(|it| it.name.as_str()).collect();
        if names.len() < columns.len() {
            out.push((object.id, "two of its fields would have one column".to_owned()));
        }
        let indexes = table::indexes(object).into_iter().map(|it| it.name);
        for name in indexes.chain([object.table.clone()]) {
            if let Some(other) = relations.insert(name, &object.name) {
                let message = format!("a table or index would have the name of one of {other}");
                out.push((object.id, message));
            }
        }
    }
    out
}

fn stored(schema: &Schema) -> impl Iterator<Item = &Object> {
    schema.objects.iter().filter(|it| is_stored(it))
}

fn is_stored(object: &Object) -> bool {
    object.kind != ObjectKind::PlatformEvent
}

fn create(object: &Object) -> Vec<Ddl> {
    let columns = table::columns(object);
    let create = CreateTable { table: object.table.clone(), columns, primary_key: Vec::new() };
    let indexes = table::indexes(object).into_iter().map(Ddl::CreateIndex);
    std::iter::once(Ddl::CreateTable(create)).chain(indexes).collect()
}

/// Fills the shadow of a field that is looked up by value from now on, and empties that of one
/// that no longer is. Of ASCII, every engine can tell the fold.
fn fill(table: &str, before: &Field, field: &Field) -> Option<Update> {
    let own = |name: &str| Expr::OwnColumn(name.to_owned());
    let folded = own(field.column.as_ref()?).lower();
    let (value, where_) = match (before.fold.as_ref()?, field.fold.as_ref()?) {
        (Fold::Sparse(_), Fold::Full(shadow)) => {
            let text = Expr::IsNotNull(Box::new(own(field.column())));
            (folded, Expr::all([own(shadow).is_null(), text]))
        }
        (Fold::Full(_), Fold::Sparse(shadow)) => {
            (Expr::Value(sql::Value::Null), own(shadow).eq(folded))
        }
        _ => return None,
    };
    let shadow = field.fold.as_ref()?.column().to_owned();
    Some(Update { table: table.to_owned(), set: vec![(shadow, value)], where_ })
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
    let fills = object.fields.iter().filter_map(|it| fill(table, before.field(&it.name)?, it));
    steps.extend(fills.map(Step::Fill));
    let (had, has) = (table::indexes(before), table::indexes(object));
    for index in had.iter().filter(|it| has.iter().all(|new| new != *it)) {
        steps.push(Step::Ddl(Ddl::DropIndex { name: index.name.clone() }));
    }
    let shadows = |of: &Object| -> Vec<String> {
        of.fields.iter().filter_map(|it| Some(it.fold.as_ref()?.column().to_owned())).collect()
    };
    let kept = shadows(object);
    for column in shadows(before) {
        if !kept.contains(&column) {
            steps.push(Step::Ddl(Ddl::DropColumn { table: table.clone(), column }));
        }
    }
    for index in has.into_iter().filter(|it| had.iter().all(|old| old != it)) {
        steps.push(Step::Ddl(Ddl::CreateIndex(index)));
    }
}
