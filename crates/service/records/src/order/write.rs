//! The last step: rows, and a leaf of the ledger for each.
//!
//! Everything that can be wrong with a row was found before, by steps that saw what this one
//! sees, so no row needs a savepoint of its own.

mod auto_number;

use std::collections::HashMap;

use base::{RecordId, Value};
use ledger::Kind;
use schema::{Field, Fold, Object, ObjectId};
use sql::{Expr, Insert, Statement, Update};
use store::{Logged, Tx};

use crate::context::Ctx;
use crate::draft::Draft;
use crate::error::Error;
use crate::fetch::{self, LEAF};
use crate::plan::Plan;
use crate::storage;

/// Writes the drafts that nothing refused, and gives the new ones their ids.
pub(crate) fn write(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    drafts: &mut [Draft],
) -> Result<Option<Logged>, Error> {
    number(ctx, tx, drafts)?;
    let mut writer = Writer::new(ctx);
    let mut inserts = inserts(ctx, drafts);
    let mut logged = None;
    for draft in drafts.iter().filter(|it| it.is_ok()) {
        let object = ctx.schema.get(draft.object);
        let id = draft.id.ok_or(Error::Inconsistent { what: "a row was not given an id" })?;
        logged = Some(if draft.creating() {
            let insert = inserts.get_mut(&draft.object);
            let insert = insert.ok_or(Error::Inconsistent { what: "an insert was not planned" })?;
            writer.insert(tx, object, id, &draft.values, insert)?
        } else {
            let old = draft.old.as_ref();
            let old = old.ok_or(Error::Inconsistent { what: "an update was not loaded" })?;
            let change = Change {
                object,
                id,
                kind: Kind::RecordUpdate,
                old: &old.values,
                new: &draft.values,
                leaf: old.leaf,
            };
            writer.update(tx, &change)?
        });
    }
    Ok(logged)
}

/// Gives new records their ids and auto-numbers, each from one block a call.
fn number(ctx: &Ctx, tx: &mut Tx<'_>, drafts: &mut [Draft]) -> Result<(), Error> {
    let mut new: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        if draft.is_ok() && draft.creating() {
            new.entry(draft.object).or_default().push(at);
        }
    }
    for (object, rows) in new {
        let object = ctx.schema.get(object);
        let plan = ctx.plan(object);
        let nameless: Vec<usize> =
            rows.iter().copied().filter(|at| drafts[*at].id.is_none()).collect();
        for (at, id) in nameless.iter().zip(allocate_ids(tx, object, nameless.len())?) {
            drafts[*at].id = Some(id);
        }
        for at in &rows {
            let id = drafts[*at].id.map_or(Value::Null, Value::Id);
            drafts[*at].set(plan.system.id, id);
            drafts[*at].name_by_id(plan.named_by_id);
        }
        for field in &plan.auto_numbers {
            auto_number::assign(ctx, tx, object, *field, &rows, drafts)?;
        }
    }
    Ok(())
}

/// Takes ids for `n` new records.
pub(crate) fn allocate_ids(
    tx: &mut Tx<'_>,
    object: &Object,
    n: usize,
) -> Result<impl Iterator<Item = RecordId> + use<>, Error> {
    let prefix = object.key_prefix;
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let first = if n == 0 { 0 } else { tx.allocate(&fetch::id_sequence(object), n)? };
    Ok((first..first + n).map(move |it| RecordId::new(prefix, it)))
}

/// One statement for each object of the call: its columns are those in which any row has a value.
struct PlannedInsert {
    insert: Insert,
    /// Places in [`Plan::stored`].
    columns: Vec<usize>,
    folds: Vec<usize>,
}

fn inserts(ctx: &Ctx, drafts: &[Draft]) -> HashMap<ObjectId, PlannedInsert> {
    let mut used: HashMap<ObjectId, Used> = HashMap::new();
    for draft in drafts.iter().filter(|it| it.is_ok() && it.creating()) {
        let object = ctx.schema.get(draft.object);
        let plan = ctx.plan(object);
        let none = || Used { columns: vec![false; plan.stored.len()], beyond_ascii: false };
        let used = used.entry(draft.object).or_insert_with(none);
        for (column, field) in used.columns.iter_mut().zip(&plan.stored) {
            let value = draft.value(*field);
            *column |= !value.is_null();
            used.beyond_ascii |= has_sparse_shadow(object.get(*field), value);
        }
    }
    let planned = used.into_iter().map(|(object, used)| {
        let object = ctx.schema.get(object);
        (object.id, planned(object, ctx.plan(object), &used))
    });
    planned.collect()
}

/// What the rows of a call have values for.
struct Used {
    /// By the places in [`Plan::stored`].
    columns: Vec<bool>,
    /// Whether any value needs a sparse shadow. If none does, none of them is written: most
    /// calls write ASCII, and two forms of a statement are few enough to be kept prepared.
    beyond_ascii: bool,
}

/// Whether the engine cannot tell the fold of `value` and finds it in a sparse shadow.
fn has_sparse_shadow(field: &Field, value: &Value) -> bool {
    match (&field.fold, value) {
        (Some(Fold::Sparse(_)), Value::Text(text)) => !text.is_ascii(),
        _ => false,
    }
}

fn planned(object: &Object, plan: &Plan, used: &Used) -> PlannedInsert {
    let field = |at: usize| object.get(plan.stored[at]);
    let columns: Vec<usize> = (0..used.columns.len()).filter(|at| used.columns[*at]).collect();
    let fold = |at: &usize| match &field(*at).fold {
        Some(Fold::Sparse(_)) if !used.beyond_ascii => None,
        other => other.as_ref(),
    };
    let folds: Vec<usize> = columns.iter().copied().filter(|at| fold(at).is_some()).collect();
    let own = columns.iter().map(|at| field(*at).column().to_owned());
    let folded = folds.iter().filter_map(|at| Some(fold(at)?.column().to_owned()));
    let insert = Insert {
        table: object.table.clone(),
        columns: own.chain(folded).chain([LEAF.to_owned()]).collect(),
        values: Vec::new(),
        on_conflict_update: Vec::new(),
    };
    PlannedInsert { insert, columns, folds }
}

/// A change to one record that exists.
pub(crate) struct Change<'a> {
    pub object: &'a Object,
    pub id: RecordId,
    pub kind: Kind,
    /// By field id.
    pub old: &'a [Value],
    pub new: &'a [Value],
    /// The record's last leaf.
    pub leaf: Option<u64>,
}

/// Writes rows with their leaves.
pub(crate) struct Writer<'a> {
    ctx: &'a Ctx,
    actor: ledger::Actor,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(ctx: &'a Ctx) -> Self {
        Self { ctx, actor: ctx.ledger_actor() }
    }

    fn insert(
        &mut self,
        tx: &mut Tx<'_>,
        object: &Object,
        id: RecordId,
        values: &[Value],
        planned: &mut PlannedInsert,
    ) -> Result<Logged, Error> {
        let plan = self.ctx.plan(object);
        let mut row = to_row(object, plan, values);
        // No names of fields: all of a new record is new, and the commitment covers the row.
        let leaf = self.leaf(Kind::RecordCreate, object, id, None);
        let row_bytes = storage::canonical(object, plan, &row);
        let logged = tx.append(store::Draft { row: Some(row_bytes), ..leaf })?;
        let folded: Vec<sql::Value> = planned
            .folds
            .iter()
            .map(|at| folded(object.get(plan.stored[*at]), &row[*at]))
            .collect();
        let own =
            planned.columns.iter().map(|at| std::mem::replace(&mut row[*at], sql::Value::Null));
        let leaf = std::iter::once(sql::Value::Int(index(logged)));
        planned.insert.values = own.chain(folded).chain(leaf).collect();
        tx.execute(Statement::Insert(&planned.insert))?;
        if !plan.rights.is_empty() {
            tx.touch_meta();
        }
        Ok(logged)
    }

    /// Writes the columns that differ.
    pub(crate) fn update(&mut self, tx: &mut Tx<'_>, change: &Change<'_>) -> Result<Logged, Error> {
        let object = change.object;
        let plan = self.ctx.plan(object);
        let row = to_row(object, plan, change.new);
        let mut set = Vec::new();
        let mut fields = Vec::new();
        for (field, value) in plan.stored.iter().zip(&row) {
            let field = object.get(*field);
            let old = &change.old[usize::from(field.id.0)];
            if *value == storage::to_sql(field, old) {
                continue;
            }
            set.push((field.column().to_owned(), Expr::Value(value.clone())));
            set.extend(shadow(field, old, value));
            if !plan.system.implied(field.id) {
                fields.push(field.name.clone());
            }
            if plan.rights.contains(&field.id) {
                tx.touch_meta();
            }
        }
        let leaf = self.leaf(change.kind, object, change.id, change.leaf);
        let logged = tx.append(store::Draft {
            row: Some(storage::canonical(object, plan, &row)),
            fields,
            ..leaf
        })?;
        set.push((LEAF.to_owned(), Expr::int(index(logged))));
        let update = Update {
            table: object.table.clone(),
            set,
            where_: Expr::OwnColumn("id".to_owned()).eq(Expr::int(change.id.raw())),
        };
        // It was there when this unit loaded it, so nothing but a bug makes it another number.
        tx.execute_one(Statement::Update(&update))?;
        Ok(logged)
    }

    fn leaf(
        &self,
        kind: Kind,
        object: &Object,
        id: RecordId,
        previous: Option<u64>,
    ) -> store::Draft {
        store::Draft {
            kind,
            object: Some((object.name.clone(), id)),
            previous,
            row: None,
            fields: Vec::new(),
            actor: self.actor,
            body: None,
            why: None,
            policy: None,
            request: self.ctx.request.clone().filter(|it| is_token(it)),
        }
    }
}

/// Whether the ledger takes `text` as a request's id. A client may have chosen it, and one that
/// does not fit must not keep the client from saving.
fn is_token(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_-.:/".contains(&it);
    (1..=ledger::entry::TOKEN_LEN_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// The values in the order of `plan.stored`.
fn to_row(object: &Object, plan: &Plan, values: &[Value]) -> Vec<sql::Value> {
    let stored = plan.stored.iter();
    stored.map(|it| storage::to_sql(object.get(*it), &values[usize::from(it.0)])).collect()
}

/// What an update sets the shadow of `field` to; none where it is null and stays so. Those of
/// case-sensitive fields are not read, so older orgs may have left something in them.
fn shadow(field: &Field, old: &Value, new: &sql::Value) -> Option<(String, Expr)> {
    let fold = field.fold.as_ref()?;
    let value = folded(field, new);
    let is_sparse = matches!(fold, Fold::Sparse(_)) && !field.case_sensitive;
    let stays = value == sql::Value::Null && !has_sparse_shadow(field, old);
    (!(is_sparse && stays)).then(|| (fold.column().to_owned(), Expr::Value(value)))
}

/// What the shadow of `field` holds beside `value`.
fn folded(field: &Field, value: &sql::Value) -> sql::Value {
    match (value, &field.fold) {
        (sql::Value::Text(text), Some(fold)) => {
            fold.value(text).map_or(sql::Value::Null, sql::Value::Text)
        }
        _ => sql::Value::Null,
    }
}

fn index(logged: Logged) -> i64 {
    i64::try_from(logged.index()).unwrap_or(i64::MAX)
}
