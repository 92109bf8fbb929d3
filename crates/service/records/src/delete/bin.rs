//! The recycle bin's list: who deleted what, when, and with which root.

use std::collections::{BTreeMap, HashMap};

use access::{Access, Permission};
use base::{DateTime, RecordId};
use schema::ObjectId;
use sql::{Alias, CompareOp, Delete, Expr, Insert, Nulls, OrderBy, Select, Statement};
use store::{Reader, Tx};

use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

const TABLE: &str = "candor_deletion";
const T: Alias = Alias(0);

/// A record that can be undeleted.
#[derive(Debug, Clone, PartialEq)]
pub struct BinEntry {
    pub id: RecordId,
    pub object: ObjectId,
    pub name: String,
    pub deleted_by: RecordId,
    pub deleted_at: DateTime,
}

/// Some of the bin, the latest deletions first.
#[derive(Debug, Clone, PartialEq)]
pub struct BinPage {
    pub entries: Vec<BinEntry>,
    /// Where the next page goes on; none after the last one.
    pub next: Option<(DateTime, RecordId)>,
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

/// Lists deleted records with the roots they go with.
pub(super) fn enter(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    members: &[(RecordId, RecordId)],
) -> Result<(), Error> {
    let mut insert = Insert {
        table: TABLE.to_owned(),
        columns: ["record_id", "root_id", "deleted_at", "deleted_by"].map(str::to_owned).into(),
        values: Vec::new(),
        on_conflict_update: Vec::new(),
    };
    for (id, root) in members {
        insert.values =
            [id.raw(), root.raw(), ctx.now.0, ctx.actor().raw()].map(sql::Value::Int).into();
        tx.execute(Statement::Insert(&insert))?;
    }
    Ok(())
}

/// The records that went with each of `roots`, themselves included; nothing for what is not a
/// root in the bin.
pub(super) fn members(
    reader: &Reader,
    roots: &[RecordId],
) -> Result<HashMap<RecordId, Vec<RecordId>>, Error> {
    let mut select = Select::from_table(TABLE, T);
    select.columns = vec![column("root_id"), column("record_id")];
    let ids = roots.iter().map(|it| it.raw().into()).collect();
    select.where_ = Expr::In(Box::new(column("root_id")), ids);
    let query = Access::system("undelete what was deleted together").guard(select);
    let mut members: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
    rows::each(reader, &query, |row| {
        if let (Some(root), Some(id)) = (row.int(0), row.int(1)) {
            let root = RecordId::from_raw(root);
            members.entry(root).or_default().push(RecordId::from_raw(id));
        }
        Ok(())
    })?;
    Ok(members)
}

/// Takes the records that went with `root` off the list.
pub(super) fn leave(tx: &mut Tx<'_>, root: RecordId) -> Result<(), Error> {
    let delete =
        Delete { table: TABLE.to_owned(), where_: own("root_id").eq(Expr::int(root.raw())) };
    tx.execute(Statement::Delete(&delete))?;
    Ok(())
}

/// The records that the actor may bring back: their own deletions, or everybody's where they may
/// modify all data. Of a deletion only its root shows.
///
/// A page may be shorter than `limit` though others follow.
pub fn recycle_bin(
    ctx: &Ctx,
    limit: u32,
    from: Option<(DateTime, RecordId)>,
) -> Result<BinPage, Error> {
    let read = ctx.org.store.read()?;
    let mut rows = Vec::new();
    let query = Access::system("list the recycle bin").guard(page(ctx, limit, from));
    rows::each(&read, &query, |row| {
        let int = |at| row.int(at).unwrap_or_default();
        rows.push((RecordId::from_raw(int(0)), DateTime(int(1)), RecordId::from_raw(int(2))));
        Ok(())
    })?;
    let last = rows.last().map(|(id, at, _)| (*at, *id));
    let next = last.filter(|_| rows.len() == limit as usize);
    let mut by_object: BTreeMap<ObjectId, Vec<RecordId>> = BTreeMap::new();
    for (id, ..) in &rows {
        let object = ctx.schema.object_of_prefix(id.prefix());
        if let Some(object) = object.filter(|it| ctx.access.can_read(it)) {
            by_object.entry(object.id).or_default().push(*id);
        }
    }
    let mut named = HashMap::new();
    for (object, ids) in by_object {
        let names = super::cascade::names(ctx, &read, ctx.schema.get(object), &ids)?;
        named.extend(ids.into_iter().zip(names).map(|(id, name)| (id, (object, name))));
    }
    let entries = rows.into_iter().filter_map(|(id, deleted_at, deleted_by)| {
        let (object, name) = named.remove(&id)?;
        Some(BinEntry { id, object, name, deleted_by, deleted_at })
    });
    Ok(BinPage { entries: entries.collect(), next })
}

fn page(ctx: &Ctx, limit: u32, from: Option<(DateTime, RecordId)>) -> Select {
    let mut select = Select::from_table(TABLE, T);
    select.columns = vec![column("record_id"), column("deleted_at"), column("deleted_by")];
    let mut conditions = vec![column("record_id").eq(column("root_id"))];
    if let Some(user) = ctx.access.user().filter(|_| !ctx.access.has(Permission::ModifyAllData)) {
        conditions.push(column("deleted_by").eq(Expr::int(user.raw())));
    }
    if let Some((at, id)) = from {
        let earlier = column("deleted_at").compare(CompareOp::Lt, Expr::int(at.0));
        let same = column("deleted_at").eq(Expr::int(at.0));
        let below = column("record_id").compare(CompareOp::Lt, Expr::int(id.raw()));
        conditions.push(Expr::any([earlier, Expr::all([same, below])]));
    }
    select.where_ = Expr::all(conditions);
    let latest = |name: &str| OrderBy { expr: column(name), descending: true, nulls: Nulls::Last };
    select.order_by = vec![latest("deleted_at"), latest("record_id")];
    select.limit = Some(u64::from(limit));
    select
}
