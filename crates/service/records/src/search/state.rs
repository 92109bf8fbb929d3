//! How far the index has come, as the org's state says it.
//!
//! `candor_search_state` has one row: by which version of the tokenizer the index was made, the
//! next entry of the ledger to look at, the hash of the one before it, and who is indexing.
//! `candor_search_object` has a row for each object: of which fields its records are indexed, and
//! from which id on they are not.
//!
//! **Invariant.** Whoever moves one of them forward says from where, in the transaction that
//! changes the index; if it is not there any more, somebody else has done the work, and the
//! transaction is given up.

use access::Access;
use base::{KeyPrefix, RecordId};
use sql::{Alias, CompareOp, Delete, Expr, Insert, Select, Statement, Update, Value};
use store::{Reader, StateTx};

use crate::error::Error;
use crate::rows;

const STATE: &str = "candor_search_state";
const OBJECT: &str = "candor_search_object";
const T: Alias = Alias(0);

/// The one row of the state.
const ID: i64 = 1;

/// A place in the ledger: the next entry, and the hash of the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) next: i64,
    pub(super) hash: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) version: i64,
    pub(super) place: Place,
}

/// What is indexed of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Indexed {
    pub(super) prefix: String,
    pub(super) fields: String,
    /// The id from which on records are not indexed; none where all are.
    pub(super) from: Option<RecordId>,
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

fn access() -> Access {
    Access::system("see how far the search index has come")
}

pub(super) fn state(reader: &Reader) -> Result<Option<State>, Error> {
    let mut select = Select::from_table(STATE, T);
    select.columns = ["version", "leaf", "hash"].map(column).into();
    select.where_ = column("id").eq(Expr::int(ID));
    let mut state = None;
    rows::each(reader, &access().guard(select), |row| {
        let hash = match row.get(2) {
            sql::ValueRef::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        };
        let place = Place { next: row.int(1).unwrap_or(0), hash };
        state = Some(State { version: row.int(0).unwrap_or(0), place });
        Ok(())
    })?;
    Ok(state)
}

pub(super) fn objects(reader: &Reader) -> Result<Vec<Indexed>, Error> {
    let mut select = Select::from_table(OBJECT, T);
    select.columns = ["prefix", "fields", "next_id"].map(column).into();
    let mut objects = Vec::new();
    rows::each(reader, &access().guard(select), |row| {
        let text = |at| row.text(at).unwrap_or_default().to_owned();
        let from = row.int(2).map(RecordId::from_raw);
        objects.push(Indexed { prefix: text(0), fields: text(1), from });
        Ok(())
    })?;
    Ok(objects)
}

/// Begins an empty index at `place`.
pub(super) fn begin(tx: &mut StateTx<'_>, version: i64, place: &Place) -> Result<(), Error> {
    for table in [STATE, OBJECT] {
        let delete = Delete { table: table.to_owned(), where_: Expr::True };
        tx.execute(Statement::Delete(&delete))?;
    }
    let insert = Insert {
        table: STATE.to_owned(),
        columns: ["id", "version", "leaf", "hash", "holder", "held_until"]
            .map(str::to_owned)
            .into(),
        values: vec![
            Value::Int(ID),
            Value::Int(version),
            Value::Int(place.next),
            place.hash.clone().map_or(Value::Null, Value::Blob),
            Value::Int(0),
            Value::Int(0),
        ],
        on_conflict_update: Vec::new(),
    };
    // The row first: of two processes, one waits here.
    tx.execute(Statement::Insert(&insert))?;
    tx.make_index()?;
    Ok(())
}

/// Moves on from entry `from` of the ledger to `to`; says whether it was there.
pub(super) fn advance(tx: &mut StateTx<'_>, from: i64, to: &Place) -> Result<bool, Error> {
    let hash = to.hash.clone().map_or(Value::Null, Value::Blob);
    let update = Update {
        table: STATE.to_owned(),
        set: vec![("leaf".to_owned(), Expr::int(to.next)), ("hash".to_owned(), Expr::Value(hash))],
        where_: Expr::all([own("id").eq(Expr::int(ID)), own("leaf").eq(Expr::int(from))]),
    };
    Ok(tx.execute(Statement::Update(&update))? == 1)
}

/// Says that an object is to be indexed from its first record on, of other fields than before.
pub(super) fn restart(tx: &mut StateTx<'_>, indexed: &Indexed) -> Result<(), Error> {
    let insert = Insert {
        table: OBJECT.to_owned(),
        columns: ["prefix", "fields", "next_id"].map(str::to_owned).into(),
        values: vec![
            Value::from(indexed.prefix.as_str()),
            Value::from(indexed.fields.as_str()),
            indexed.from.map_or(Value::Null, |it| Value::Int(it.raw())),
        ],
        on_conflict_update: vec!["prefix".to_owned()],
    };
    tx.execute(Statement::Insert(&insert))?;
    Ok(())
}

/// Says that nothing of an object is indexed any more.
pub(super) fn forget(tx: &mut StateTx<'_>, prefix: &str) -> Result<(), Error> {
    let delete = Delete { table: OBJECT.to_owned(), where_: own("prefix").eq(Expr::text(prefix)) };
    tx.execute(Statement::Delete(&delete))?;
    Ok(())
}

/// Moves on in the records of an object, to the end where `to` is none; says whether `from` was
/// where it stood.
pub(super) fn proceed(
    tx: &mut StateTx<'_>,
    prefix: KeyPrefix,
    from: RecordId,
    to: Option<RecordId>,
) -> Result<bool, Error> {
    let to = to.map_or(Value::Null, |it| Value::Int(it.raw()));
    let update = Update {
        table: OBJECT.to_owned(),
        set: vec![("next_id".to_owned(), Expr::Value(to))],
        where_: Expr::all([
            own("prefix").eq(Expr::text(prefix.to_string())),
            own("next_id").eq(Expr::int(from.raw())),
        ]),
    };
    Ok(tx.execute(Statement::Update(&update))? == 1)
}

/// Takes or keeps the work for `holder` until `until`; says whether nobody else has it at `now`.
pub(super) fn hold(tx: &mut StateTx<'_>, holder: i64, now: i64, until: i64) -> Result<bool, Error> {
    let free = Expr::any([
        own("holder").eq(Expr::int(holder)),
        own("held_until").compare(CompareOp::Le, Expr::int(now)),
    ]);
    let update = Update {
        table: STATE.to_owned(),
        set: vec![
            ("holder".to_owned(), Expr::int(holder)),
            ("held_until".to_owned(), Expr::int(until)),
        ],
        where_: Expr::all([own("id").eq(Expr::int(ID)), free]),
    };
    Ok(tx.execute(Statement::Update(&update))? == 1)
}
