//! What deletions took out of lookups, to be given back when the deleted record is restored.
//!
//! `candor_cleared` remembers one parent for each record and field: the last one that the field
//! lost. A link comes back once its parent and its child are both live, whichever of them is
//! restored last, if the field is still empty and the link closes no circle. Then, and where it
//! cannot come back any more, it is forgotten; while the child is in the bin itself it is kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use access::Access;
use base::{RecordId, Value};
use schema::{Field, FieldId, Object, ObjectId};
use sql::{Alias, Delete, Expr, Insert, Select, Statement};
use store::{Logged, Reader, Tx};

use super::{PORTION, change, loaded};
use crate::context::Ctx;
use crate::error::Error;
use crate::fetch::{self, Stored};
use crate::order::{self, Writer};
use crate::rows;

const TABLE: &str = "candor_cleared";
const T: Alias = Alias(0);

/// A lookup that was emptied: the record, its field, and where that led.
struct Link {
    child: RecordId,
    field: String,
    parent: RecordId,
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

/// Remembers where `field` of `child` led. A parent that nothing brings back is not remembered.
pub(super) fn remember(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    child: RecordId,
    field: &Field,
    parent: &Value,
) -> Result<(), Error> {
    let Some(parent) = parent.as_id() else { return Ok(()) };
    if !ctx.schema.object_of_prefix(parent.prefix()).is_some_and(|it| it.undeletable) {
        return Ok(());
    }
    let insert = Insert {
        table: TABLE.to_owned(),
        columns: ["record_id", "field", "parent_id"].map(str::to_owned).into(),
        values: vec![
            sql::Value::Int(child.raw()),
            sql::Value::Text(field.name.clone()),
            sql::Value::Int(parent.raw()),
        ],
        on_conflict_update: ["record_id", "field"].map(str::to_owned).into(),
    };
    tx.execute(Statement::Insert(&insert))?;
    Ok(())
}

/// Gives back the links that `restored`, records just brought back, are an end of.
pub(super) fn restore(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    writer: &mut Writer<'_>,
    restored: &[RecordId],
) -> Result<Option<Logged>, Error> {
    let links = links(tx, restored)?;
    let parents = live(ctx, tx, links.iter().map(|it| it.parent))?;
    let mut by_child: BTreeMap<ObjectId, BTreeMap<RecordId, Vec<Link>>> = BTreeMap::new();
    // A link whose parent is still deleted waits for it.
    for link in links.into_iter().filter(|it| parents.contains(&it.parent)) {
        match ctx.schema.object_of_prefix(link.child.prefix()) {
            Some(object) => {
                by_child.entry(object.id).or_default().entry(link.child).or_default().push(link);
            }
            None => forget(tx, &link)?,
        }
    }
    let mut logged = None;
    for (object, children) in by_child {
        let object = ctx.schema.get(object);
        let ids: Vec<RecordId> = children.keys().copied().collect();
        for ids in ids.chunks(PORTION) {
            for (id, stored) in loaded(ctx, tx, object, ids)? {
                if stored.deleted {
                    continue;
                }
                let mut values = Vec::new();
                for link in &children[&id] {
                    forget(tx, link)?;
                    if let Some(field) = fitting(tx, object, &stored, link)? {
                        values.push((Some(field), Value::Id(link.parent)));
                    }
                }
                if !values.is_empty() {
                    logged = Some(change(writer, ctx, tx, object, (id, &stored), &values)?);
                }
            }
        }
    }
    Ok(logged)
}

/// The field of `link` if the link can come back into it. The schema may have changed since.
fn fitting(
    reader: &Reader,
    object: &Object,
    stored: &Stored,
    link: &Link,
) -> Result<Option<FieldId>, Error> {
    let Some(field) = object.field(&link.field) else { return Ok(None) };
    let empty = stored.values[usize::from(field.id.0)].is_null();
    if !empty || !field.ty.is_reference() || field.column.is_none() {
        return Ok(None);
    }
    let circular = link.parent.prefix() == object.key_prefix
        && order::is_above(reader, object, field, link.child, link.parent)?;
    Ok((!circular).then_some(field.id))
}

/// The remembered links that have one of `records` at either end.
fn links(reader: &Reader, records: &[RecordId]) -> Result<Vec<Link>, Error> {
    let mut found: HashMap<(RecordId, String), RecordId> = HashMap::new();
    for ids in records.chunks(PORTION) {
        let ids: Vec<sql::Value> = ids.iter().map(|it| it.raw().into()).collect();
        for end in ["parent_id", "record_id"] {
            let mut select = Select::from_table(TABLE, T);
            select.columns = vec![column("record_id"), column("field"), column("parent_id")];
            select.where_ = Expr::In(Box::new(column(end)), ids.clone());
            let query = Access::system("restore what a deletion emptied").guard(select);
            rows::each(reader, &query, |row| {
                let text = match row.get(1) {
                    sql::ValueRef::Text(text) => Some(text.to_owned()),
                    _ => None,
                };
                if let (Some(child), Some(field), Some(parent)) = (row.int(0), text, row.int(2)) {
                    found.insert((RecordId::from_raw(child), field), RecordId::from_raw(parent));
                }
                Ok(())
            })?;
        }
    }
    let link = |((child, field), parent)| Link { child, field, parent };
    let mut links: Vec<Link> = found.into_iter().map(link).collect();
    links.sort_by(|a, b| (a.child, &a.field).cmp(&(b.child, &b.field)));
    Ok(links)
}

fn live(
    ctx: &Ctx,
    reader: &Reader,
    ids: impl Iterator<Item = RecordId>,
) -> Result<HashSet<RecordId>, Error> {
    let mut by_object: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for id in ids {
        if let Some(object) = ctx.schema.object_of_prefix(id.prefix()) {
            by_object.entry(object.id).or_default().push(id);
        }
    }
    let mut live = HashSet::new();
    for (object, ids) in by_object {
        let found = fetch::live(reader, ctx.schema.get(object), ids)?;
        live.extend(found.into_iter().map(|(id, _)| id));
    }
    Ok(live)
}

fn forget(tx: &mut Tx<'_>, link: &Link) -> Result<(), Error> {
    let record = own("record_id").eq(Expr::int(link.child.raw()));
    let field = own("field").eq(Expr::text(&link.field));
    let delete = Delete { table: TABLE.to_owned(), where_: Expr::all([record, field]) };
    tx.execute(Statement::Delete(&delete))?;
    Ok(())
}
