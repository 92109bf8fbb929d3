//! Query cursors: the ids of a result, in pages of [`PAGE`] ids, in the org's state.
//!
//! They survive a restart, hold no rows, and are open to the user who made them, for two days.
//! Ids are stored as little-endian `i64`s.

use access::Access;
use base::{KeyPrefix, RecordId};
use query::Compiled;
use ring::rand::{SecureRandom, SystemRandom};
use sql::{Alias, CompareOp, Delete, Expr, Insert, Select, Statement};
use store::{Reader, StateTx};

use super::Next;
use crate::context::Ctx;
use crate::error::Error;
use crate::rows;

const PREFIX: &str = "01g";
const PAGE: usize = 2000;
const LIFE_MS: i64 = 2 * 24 * 60 * 60 * 1000;

const CURSOR: &str = "candor_cursor";
const CURSOR_PAGE: &str = "candor_cursor_page";
const T: Alias = Alias(0);

/// What later pages need to know of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub soql: String,
    pub deleted: bool,
    /// Rows of a page.
    pub batch: u64,
}

/// A cursor, and the ids of the page that is asked for.
pub(super) struct Open {
    pub cursor: Cursor,
    pub total: u64,
    pub ids: Vec<RecordId>,
}

fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

fn prefix() -> KeyPrefix {
    KeyPrefix::parse(PREFIX).expect("invariant: three base-62 digits")
}

/// Who a cursor belongs to. The system's belong to nobody else.
fn owner(ctx: &Ctx) -> i64 {
    ctx.access.user().map_or(0, RecordId::raw)
}

/// Keeps the ids of all rows of `compiled`, and returns the locator and their number.
pub(super) fn open(
    ctx: &Ctx,
    reader: &Reader,
    compiled: &Compiled,
    cursor: &Cursor,
) -> Result<(RecordId, u64), Error> {
    let locator = RecordId::new(prefix(), random()?);
    let total = ctx.org.store.state().write(|tx| {
        drop_expired(ctx, tx)?;
        let mut pages = Pages { cursor: locator.raw(), page: 0, ids: Vec::new() };
        let mut total: u64 = 0;
        rows::each(reader, &compiled.ids(), |row| {
            total += 1;
            pages.add(tx, row.int(0).unwrap_or_default())
        })?;
        pages.finish(tx)?;
        let insert = Insert {
            table: CURSOR.to_owned(),
            columns: ["id", "user_id", "soql", "mode", "total", "batch", "created_at"]
                .map(str::to_owned)
                .into(),
            values: vec![
                sql::Value::Int(locator.raw()),
                sql::Value::Int(owner(ctx)),
                // No engine holds U+0000 for us, and no comparison sees one.
                sql::Value::Text(cursor.soql.replace('\0', "")),
                sql::Value::from(if cursor.deleted { "all" } else { "live" }),
                sql::Value::Int(int(total)),
                sql::Value::Int(int(cursor.batch)),
                sql::Value::Int(ctx.now.0),
            ],
            on_conflict_update: Vec::new(),
        };
        tx.execute(Statement::Insert(&insert))?;
        Ok::<u64, Error>(total)
    })?;
    Ok((locator, total))
}

/// Finds the cursor and the ids of the page at the offset.
pub(super) fn find(ctx: &Ctx, from: Next) -> Result<Open, Error> {
    ctx.org.store.state().read(|reader| {
        let (cursor, total) = row(ctx, reader, from.locator)?.ok_or(Error::InvalidQueryLocator)?;
        if total <= from.offset {
            return Err(Error::InvalidQueryLocator);
        }
        let end = from.offset.saturating_add(cursor.batch).min(total);
        let ids = ids(reader, from.locator, from.offset, end)?;
        Ok(Open { cursor, total, ids })
    })
}

fn row(ctx: &Ctx, reader: &Reader, locator: RecordId) -> Result<Option<(Cursor, u64)>, Error> {
    let mut select = Select::from_table(CURSOR, T);
    select.columns = ["soql", "mode", "total", "batch"].map(column).into();
    select.where_ = Expr::all([
        column("id").eq(Expr::int(locator.raw())),
        column("user_id").eq(Expr::int(owner(ctx))),
        column("created_at").compare(CompareOp::Gt, Expr::int(ctx.now.0 - LIFE_MS)),
    ]);
    let mut found = None;
    rows::each(reader, &Access::system("find a query cursor").guard(select), |row| {
        let n = |at| row.int(at).and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
        let soql = row.text(0).unwrap_or_default().to_owned();
        let deleted = row.text(1) == Some("all");
        found = Some((Cursor { soql, deleted, batch: n(3).max(1) }, n(2)));
        Ok(())
    })?;
    Ok(found)
}

fn ids(reader: &Reader, locator: RecordId, from: u64, end: u64) -> Result<Vec<RecordId>, Error> {
    let page = PAGE as u64;
    let mut select = Select::from_table(CURSOR_PAGE, T);
    select.columns = vec![column("page"), column("ids")];
    let pages = (from / page..end.div_ceil(page)).map(|it| sql::Value::Int(int(it))).collect();
    select.where_ = Expr::all([
        column("cursor_id").eq(Expr::int(locator.raw())),
        Expr::In(Box::new(column("page")), pages),
    ]);
    let mut placed: Vec<(u64, RecordId)> = Vec::new();
    rows::each(reader, &Access::system("read a page of a query cursor").guard(select), |row| {
        let first = row.int(0).and_then(|it| u64::try_from(it).ok()).unwrap_or(0) * page;
        if let sql::ValueRef::Blob(bytes) = row.get(1) {
            let (numbers, _) = bytes.as_chunks::<8>();
            let ids = numbers.iter().map(|it| RecordId::from_raw(i64::from_le_bytes(*it)));
            placed.extend((first..).zip(ids).filter(|(at, _)| (from..end).contains(at)));
        }
        Ok(())
    })?;
    placed.sort_unstable();
    Ok(placed.into_iter().map(|(_, id)| id).collect())
}

/// Writes ids page by page.
struct Pages {
    cursor: i64,
    page: i64,
    ids: Vec<u8>,
}

impl Pages {
    fn add(&mut self, tx: &mut StateTx<'_>, id: i64) -> Result<(), Error> {
        self.ids.extend_from_slice(&id.to_le_bytes());
        if self.ids.len() == PAGE * 8 { self.finish(tx) } else { Ok(()) }
    }

    fn finish(&mut self, tx: &mut StateTx<'_>) -> Result<(), Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let ids = std::mem::take(&mut self.ids);
        let insert = Insert {
            table: CURSOR_PAGE.to_owned(),
            columns: ["cursor_id", "page", "ids"].map(str::to_owned).into(),
            values: vec![
                sql::Value::Int(self.cursor),
                sql::Value::Int(self.page),
                sql::Value::Blob(ids),
            ],
            on_conflict_update: Vec::new(),
        };
        tx.execute(Statement::Insert(&insert))?;
        self.page += 1;
        Ok(())
    }
}

fn drop_expired(ctx: &Ctx, tx: &mut StateTx<'_>) -> Result<(), Error> {
    let is_expired =
        |created_at: Expr| created_at.compare(CompareOp::Le, Expr::int(ctx.now.0 - LIFE_MS));
    let mut expired = Select::from_table(CURSOR, T);
    expired.columns = vec![column("id")];
    expired.where_ = is_expired(column("created_at"));
    let pages = Delete {
        table: CURSOR_PAGE.to_owned(),
        where_: Expr::InSelect(Box::new(own("cursor_id")), Box::new(expired)),
    };
    let cursors = Delete { table: CURSOR.to_owned(), where_: is_expired(own("created_at")) };
    tx.execute(Statement::Delete(&pages))?;
    tx.execute(Statement::Delete(&cursors))?;
    Ok(())
}

/// A sequence that nobody guesses, and that no other cursor has: the state may be deleted, and
/// then a counted number would come again.
pub(crate) fn random() -> Result<i64, Error> {
    let mut bytes = [0; 8];
    let drawn = SystemRandom::new().fill(&mut bytes);
    drawn.map_err(|_| Error::Inconsistent { what: "no random bytes could be drawn" })?;
    Ok(i64::from_le_bytes(bytes) & (RecordId::SEQUENCE_MAX >> 1))
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
