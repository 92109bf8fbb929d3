//! The reads that saving and deleting need, on the system's behalf.
//!
//! What they return is compared and checked, never shown: what an actor may see is decided where
//! an answer is made of it. They take any [`Reader`], a snapshot's or a unit's.

use std::collections::{BTreeSet, HashMap};

use access::{Access, Guarded};
use base::{RecordId, Value};
use schema::{Field, Object, Schema};
use sql::{Alias, Expr, Select};
use store::Reader;

use crate::error::Error;
use crate::plan::Plan;
use crate::rows;
use crate::storage;

/// The column of every record's table that holds the index of its last ledger leaf.
pub(crate) use schema::LEAF_COLUMN as LEAF;

const T: Alias = Alias(0);

/// Lists of ids stand in a statement's text; longer ones are split.
const IDS_MAX: usize = 1000;
/// Other values are parameters, of which engines take fewer.
const VALUES_MAX: usize = 500;

/// The sequence from which an object's records take their ids.
pub(crate) fn id_sequence(object: &Object) -> String {
    format!("id:{}", object.name)
}

/// A record as it is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    /// By field id.
    pub values: Vec<Value>,
    pub leaf: Option<u64>,
    pub deleted: bool,
}

/// A value in the form in which it is unique and looked up: text without case, unless the field
/// says otherwise; numbers and ids as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    Int(i64),
    Text(String),
}

impl Key {
    /// None for what nothing is looked up by: null, bytes.
    pub(crate) fn of(field: &Field, value: &Value) -> Option<Self> {
        match (value, storage::to_sql(field, value)) {
            (Value::Text(text), _) => Some(Self::Text(field.comparable(text).into_owned())),
            (_, sql::Value::Text(text)) => Some(Self::Text(text)),
            (_, sql::Value::Int(int)) => Some(Self::Int(int)),
            (_, sql::Value::Null | sql::Value::Blob(_)) => None,
        }
    }

    /// The value for an error.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => crate::input::shown(text),
            Self::Int(int) => int.to_string(),
        }
    }

    fn to_sql(&self) -> sql::Value {
        match self {
            Self::Text(text) => sql::Value::Text(text.clone()),
            Self::Int(int) => sql::Value::Int(*int),
        }
    }
}

/// A live record that somebody points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    /// Whether it is a user who was deactivated.
    pub inactive: bool,
}

/// What a record type's row says.
#[derive(Debug)]
pub(crate) struct RecordType {
    pub object: String,
    pub active: bool,
}

fn guard(select: Select) -> Guarded {
    Access::system("check and complete a save").guard(select)
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

/// Rows that are not in the recycle bin: what the partial indexes of unique fields hold.
fn live_only() -> Expr {
    column("isdeleted").is(0)
}

/// `column IN (ids)`; a single id is a parameter, so that its statement is prepared once.
fn among(column: Expr, ids: &[RecordId]) -> Expr {
    match ids {
        [id] => column.eq(Expr::int(id.raw())),
        _ => Expr::In(Box::new(column), ids.iter().map(|it| it.raw().into()).collect()),
    }
}

fn sorted(mut ids: Vec<RecordId>) -> Vec<RecordId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The records with these ids, deleted ones too.
pub(crate) fn records(
    reader: &Reader,
    object: &Object,
    plan: &Plan,
    ids: &[RecordId],
) -> Result<HashMap<RecordId, Stored>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in sorted(ids.to_vec()).chunks(IDS_MAX) {
        let mut select = Select::from_table(&object.table, T);
        select.columns = plan.stored.iter().map(|it| column(object.get(*it).column())).collect();
        select.columns.push(column(LEAF));
        select.columns.push(column("isdeleted"));
        select.columns.push(column("id"));
        select.where_ = among(column("id"), ids);
        rows::each(reader, &guard(select), |row| {
            let mut values = vec![Value::Null; object.fields.len()];
            for (at, id) in plan.stored.iter().enumerate() {
                values[usize::from(id.0)] = storage::from_sql(object.get(*id), row.get(at));
            }
            let n = plan.stored.len();
            let leaf = row.int(n).and_then(|it| u64::try_from(it).ok());
            let deleted = row.int(n + 1) == Some(1);
            let id = RecordId::from_raw(row.int(n + 2).unwrap_or_default());
            found.insert(id, Stored { values, leaf, deleted });
            Ok(())
        })?;
    }
    Ok(found)
}

/// Which of `ids` are live records of `object`.
pub(crate) fn live(
    reader: &Reader,
    object: &Object,
    ids: Vec<RecordId>,
) -> Result<Vec<(RecordId, Live)>, Error> {
    let active = object.field("IsActive").filter(|_| object.name == "User");
    let mut found = Vec::with_capacity(ids.len());
    for ids in sorted(ids).chunks(IDS_MAX) {
        let mut select = Select::from_table(&object.table, T);
        select.columns = vec![column("id")];
        select.columns.extend(active.map(|it| column(it.column())));
        select.where_ = Expr::all([among(column("id"), ids), live_only()]);
        rows::each(reader, &guard(select), |row| {
            let id = RecordId::from_raw(row.int(0).unwrap_or_default());
            let inactive = active.is_some() && row.int(1) == Some(0);
            found.push((id, Live { inactive }));
            Ok(())
        })?;
    }
    Ok(found)
}

/// The live records that hold one of `keys` in `field`, each with its key.
pub(crate) fn by_value(
    reader: &Reader,
    object: &Object,
    field: &Field,
    keys: Vec<Key>,
) -> Result<Vec<(Key, RecordId)>, Error> {
    let keys: Vec<Key> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = Vec::new();
    for keys in keys.chunks(VALUES_MAX) {
        rows::each(reader, &guard(holders(object, field, keys)), |row| {
            let id = RecordId::from_raw(row.int(0).unwrap_or_default());
            let key = match row.get(1) {
                sql::ValueRef::Text(text) => Key::Text(text.to_owned()),
                sql::ValueRef::Int(int) => Key::Int(int),
                _ => return Ok(()),
            };
            found.push((key, id));
            Ok(())
        })?;
    }
    // Engines find them in an order of their own.
    found.sort_unstable_by_key(|it| it.1);
    Ok(found)
}

fn holders(object: &Object, field: &Field, keys: &[Key]) -> Select {
    let compared = field.compared(column);
    let mut select = Select::from_table(&object.table, T);
    select.columns = vec![column("id"), compared.clone()];
    let values = keys.iter().map(Key::to_sql).collect();
    select.where_ = Expr::all([Expr::In(Box::new(compared), values), live_only()]);
    select
}

/// The live children of `parents` through `lookup`, each with its parent, in the order of ids.
pub(crate) fn children(
    reader: &Reader,
    child: &Object,
    lookup: &Field,
    parents: &[RecordId],
) -> Result<Vec<(RecordId, RecordId)>, Error> {
    let mut found = Vec::new();
    for parents in parents.chunks(IDS_MAX) {
        let mut select = Select::from_table(&child.table, T);
        select.columns = vec![column("id"), column(lookup.column())];
        select.where_ = Expr::all([among(column(lookup.column()), parents), live_only()]);
        rows::each(reader, &guard(select), |row| {
            if let (Some(id), Some(parent)) = (row.int(0), row.int(1)) {
                found.push((RecordId::from_raw(id), RecordId::from_raw(parent)));
            }
            Ok(())
        })?;
    }
    found.sort_unstable();
    Ok(found)
}

/// Where `lookup` of these live records leads; those where it is empty are left out.
pub(crate) fn lookups(
    reader: &Reader,
    object: &Object,
    lookup: &Field,
    ids: &[RecordId],
) -> Result<HashMap<RecordId, RecordId>, Error> {
    let wanted = Some(("Id", ids.iter().map(|id| Value::Id(*id)).collect()));
    let names = ["Id", lookup.name.as_str()];
    let rows = values_of(reader, object, &names, wanted, live_only())?;
    Ok(rows.into_iter().filter_map(|[id, parent]| Some((id.as_id()?, parent.as_id()?))).collect())
}

pub(crate) fn record_types(
    reader: &Reader,
    schema: &Schema,
    ids: Vec<RecordId>,
) -> Result<HashMap<RecordId, RecordType>, Error> {
    let ids = sorted(ids).into_iter().map(Value::Id).collect();
    let names = ["Id", "SobjectType", "IsActive"];
    let rows = values(reader, schema, "RecordType", &names, Some(("Id", ids)))?;
    let mut types = HashMap::new();
    for [id, object, active] in rows {
        if let (Some(id), Some(object)) = (id.as_id(), object.as_text()) {
            let active = active != Value::Bool(false);
            types.insert(id, RecordType { object: object.to_owned(), active });
        }
    }
    Ok(types)
}

/// Fields of the live records of a shipped object, of all or of those with certain values in one
/// field. What the object lacks is null.
pub(crate) fn values<const N: usize>(
    reader: &Reader,
    schema: &Schema,
    object: &str,
    names: &[&str; N],
    where_: Option<(&str, Vec<Value>)>,
) -> Result<Vec<[Value; N]>, Error> {
    match schema.object(object) {
        Some(object) => values_of(reader, object, names, where_, live_only()),
        None => Ok(Vec::new()),
    }
}

/// Fields of the records of an object, deleted ones too if `kept` says so.
fn values_of<const N: usize>(
    reader: &Reader,
    object: &Object,
    names: &[&str; N],
    where_: Option<(&str, Vec<Value>)>,
    kept: Expr,
) -> Result<Vec<[Value; N]>, Error> {
    let fields = names.map(|name| object.field(name));
    let mut select = Select::from_table(&object.table, T);
    select.columns = fields
        .iter()
        .map(|it| it.map_or(Expr::Value(sql::Value::Null), |it| column(it.column())))
        .collect();
    select.where_ = kept.clone();
    if let Some((name, wanted)) = where_ {
        let Some(field) = object.field(name) else { return Ok(Vec::new()) };
        let wanted = wanted.iter().map(|it| storage::to_sql(field, it)).collect();
        let is_wanted = Expr::In(Box::new(column(field.column())), wanted);
        select.where_ = Expr::all([is_wanted, kept]);
    }
    let mut rows = Vec::new();
    rows::each(reader, &guard(select), |row| {
        let mut at = 0;
        rows.push(fields.map(|field| {
            at += 1;
            field.map_or(Value::Null, |it| storage::from_sql(it, row.get(at - 1)))
        }));
        Ok(())
    })?;
    Ok(rows)
}

/// The text that `field` holds in these records, deleted ones too.
pub(crate) fn texts(
    reader: &Reader,
    object: &Object,
    field: &Field,
    ids: &[RecordId],
) -> Result<HashMap<RecordId, String>, Error> {
    let wanted = Some(("Id", ids.iter().map(|id| Value::Id(*id)).collect()));
    let rows = values_of(reader, object, &["Id", field.name.as_str()], wanted, Expr::True)?;
    let text = |[id, text]: [Value; 2]| match text {
        Value::Text(text) => Some((id.as_id()?, text)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(text).collect())
}

/// Which of `ids` are records of `object`, and whether they are deleted.
pub(crate) fn deleted(
    reader: &Reader,
    object: &Object,
    ids: Vec<RecordId>,
) -> Result<HashMap<RecordId, bool>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in sorted(ids).chunks(IDS_MAX) {
        let mut select = Select::from_table(&object.table, T);
        select.columns = vec![column("id"), column("isdeleted")];
        select.where_ = among(column("id"), ids);
        rows::each(reader, &guard(select), |row| {
            let id = RecordId::from_raw(row.int(0).unwrap_or_default());
            found.insert(id, row.int(1) == Some(1));
            Ok(())
        })?;
    }
    Ok(found)
}

/// A value of the org's settings.
pub(crate) fn setting(reader: &Reader, table: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut select = Select::from_table(table, T);
    select.columns = vec![column("value")];
    select.where_ = column("name").eq(Expr::text(name));
    let mut value = None;
    rows::each(reader, &guard(select), |row| {
        if let sql::ValueRef::Blob(bytes) = row.get(0) {
            value = Some(bytes.to_vec());
        }
        Ok(())
    })?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use crate::tests::{ALL, Fixture, row};

    /// Saves look up unique values, so this must not read the whole table.
    #[test]
    fn unique_values_are_found_by_their_index() {
        let fixture = Fixture::new();
        let ctx = fixture.admin();
        let object = ctx.schema.object("Project__c").unwrap();
        // An engine may read what is tiny in any way.
        let values = |n: i64| {
            let text = Input::from(format!("value {n}"));
            [("Code__c", text.clone()), ("Sku__c", text), ("Old_Key__c", Input::from(n))]
        };
        let rows = (0..500).map(|n| row(&ctx, "Project__c", None, &values(n))).collect();
        let saved = crate::create(&ctx, rows, &ALL).unwrap();
        assert!(saved.iter().all(Result::is_ok));
        let read = fixture.org.store.read().unwrap();
        let text = |it: &str| Key::Text(it.to_owned());
        for (name, keys) in [
            ("Code__c", vec![text("a")]),
            ("Code__c", vec![text("a"), text("b")]),
            ("Sku__c", vec![text("a"), text("b")]),
            ("Old_Key__c", vec![Key::Int(1), Key::Int(2)]),
        ] {
            let field = object.field(name).unwrap();
            let steps = read.explain(&guard(holders(object, field, &keys))).unwrap();
            let by_index = if fixture.org.store.is_shared() {
                // PostgreSQL has not counted the rows yet: any index of few rows will do for it.
                steps.iter().all(|it| !it.contains("Seq Scan"))
            } else {
                steps[0].contains(&format!("{}__{}", object.table, field.column()))
            };
            assert!(by_index, "{name}: {steps:?}");
        }
    }
}
