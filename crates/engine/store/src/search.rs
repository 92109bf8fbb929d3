//! The search index: which records hold which words.
//!
//! In: the [`Document`]s of records, and a [`search::Expr`]. Out: ids, in no order that means
//! anything to people. It lies in the org's state, since it can be made again from the records at
//! any time; who makes it, and up to which entry of the ledger it has come, is the services'
//! matter.
//!
//! Tokens were made above, the same for all engines. Here they only take the form in which the
//! engine's own text search keeps them, split by nothing but blanks and folded by nobody:
//!
//! | here    | SQLite                       | PostgreSQL                              |
//! |---------|------------------------------|-----------------------------------------|
//! | index   | an FTS5 table without content | a table of `tsvector`s, and a GIN index |
//! | group   | a column                     | a sign before the token                 |
//! | place   | the place in the column      | a position                              |
//! | phrase  | `"a b"`                      | `'a' <-> 'b'`                           |
//! | prefix  | `"a" *`                      | `'a':*`                                 |
//!
//! **Invariant.** What comes out are ids alone. Whoever shows a record reads it by a guarded
//! query, so finding an id gives nobody a look at anything.

use std::ops::RangeInclusive;

use base::RecordId;
use search::{Document, Expr, Group, Groups, Piece};
use sql::{Delete, Insert, Statement, ValueRef};

use crate::{Error, Reader, StateTx, postgres, sqlite};

/// The table of the index.
pub(crate) const INDEX: &str = "candor_search";

/// How the engines write documents into it. An index of another format answers wrongly, and is
/// made anew.
pub const INDEX_FORMAT: i64 = 2;

impl StateTx<'_> {
    /// Makes an empty index in place of one that may be there.
    pub fn make_index(&mut self) -> Result<(), Error> {
        match (self.sqlite(), self.postgres()) {
            (Some(it), _) => it.make_index(),
            (_, Some(it)) => it.make_index(),
            (None, None) => Ok(()),
        }
    }

    /// Forgets what was known of `ids`, and indexes `documents`.
    pub fn index(
        &mut self,
        ids: &[RecordId],
        documents: &[(RecordId, Document)],
    ) -> Result<(), Error> {
        let key = if self.sqlite().is_some() { sqlite::search::KEY } else { postgres::search::KEY };
        for ids in ids.chunks(IDS_MAX) {
            let ids = ids.iter().map(|it| it.raw().into()).collect();
            let key = sql::Expr::OwnColumn(key.to_owned());
            let where_ = sql::Expr::In(Box::new(key), ids);
            self.change(Statement::Delete(&Delete { table: INDEX.to_owned(), where_ }))?;
        }
        if self.sqlite().is_some() {
            self.insert_all(documents, key, &sqlite::search::COLUMNS, |_, it| {
                sqlite::search::texts(it)
            })
        } else {
            let column = [postgres::search::COLUMN];
            self.insert_all(documents, key, &column, |id, it| [postgres::search::vector(id, it)])
        }
    }

    fn insert_all<const N: usize>(
        &mut self,
        documents: &[(RecordId, Document)],
        key: &str,
        columns: &[&str; N],
        of: impl Fn(RecordId, &Document) -> [String; N],
    ) -> Result<(), Error> {
        let columns: Vec<String> = [key].iter().chain(columns).map(|it| (*it).to_owned()).collect();
        let values = vec![sql::Value::Null; columns.len()];
        let on_conflict_update = Vec::new();
        let insert = Insert { table: INDEX.to_owned(), columns, values, on_conflict_update };
        let text = Statement::Insert(&insert).render(self.dialect()).text;
        for (id, document) in documents {
            let texts = of(*id, document);
            let texts = texts.iter().map(|it| ValueRef::Text(it));
            let values = std::iter::once(ValueRef::Int(id.raw())).chain(texts);
            Reader::insert(self, &insert, &text, values)?;
        }
        Ok(())
    }

    /// Forgets what was known of all records whose ids are in `range`.
    pub fn unindex(&mut self, range: RangeInclusive<RecordId>) -> Result<(), Error> {
        let key = if self.sqlite().is_some() { sqlite::search::KEY } else { postgres::search::KEY };
        let key = || sql::Expr::OwnColumn(key.to_owned());
        let where_ = sql::Expr::all([
            key().compare(sql::CompareOp::Ge, sql::Expr::int(range.start().raw())),
            key().compare(sql::CompareOp::Le, sql::Expr::int(range.end().raw())),
        ]);
        self.change(Statement::Delete(&Delete { table: INDEX.to_owned(), where_ }))?;
        Ok(())
    }
}

/// Ids of one statement.
const IDS_MAX: usize = 1_000;

impl Reader {
    /// The ids in `range` of records that hold what `wanted` says, ascending and at most `max`.
    /// If there are more, which of them is the engine's choice.
    ///
    /// `wanted` must be what [`Expr::indexable`] gives. Only for a reader of the org's state,
    /// where an index was made.
    pub fn find(
        &self,
        wanted: &Expr,
        range: RangeInclusive<RecordId>,
        max: u64,
    ) -> Result<Vec<RecordId>, Error> {
        if *wanted == Expr::Nothing || max == 0 {
            return Ok(Vec::new());
        }
        let range = [range.start().raw(), range.end().raw()];
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let mut ids = Vec::new();
        let add = |id| ids.push(RecordId::from_raw(id));
        match (self.sqlite(), self.postgres()) {
            (Some(it), _) => it.find(&sqlite::search::query(wanted), range, max, add)?,
            (_, Some(it)) => it.find(&postgres::search::query(wanted), range, max, add)?,
            (None, None) => {}
        }
        ids.sort_unstable();
        Ok(ids)
    }
}

impl Reader {
    /// In which of `ranges` anything is found. They ascend and have nothing in common.
    pub fn find_any(
        &self,
        wanted: &Expr,
        ranges: &[RangeInclusive<RecordId>],
    ) -> Result<Vec<bool>, Error> {
        let mut any = vec![false; ranges.len()];
        let Some(end) = ranges.last().map(RangeInclusive::end) else { return Ok(any) };
        let mut at = 0;
        while let Some(range) = ranges.get(at) {
            // SQLite finds the smallest ids: how far there is nothing is said by the first.
            let leaps = self.sqlite().is_some();
            let to = if leaps { *end } else { *range.end() };
            match self.find(wanted, *range.start()..=to, 1)?.first() {
                Some(id) => {
                    at += ranges[at..].partition_point(|it| it.end() < id);
                    if ranges.get(at).is_some_and(|it| it.contains(id)) {
                        any[at] = true;
                        at += 1;
                    }
                }
                None if leaps => break,
                None => at += 1,
            }
        }
        Ok(any)
    }
}

/// How an engine writes an expression.
pub(crate) struct Signs {
    pub(crate) and: &'static str,
    pub(crate) or: &'static str,
    pub(crate) without: &'static str,
    pub(crate) phrase: fn(Groups, &[Piece], &mut String),
}

/// Writes `expr`, in parentheses.
pub(crate) fn write(expr: &Expr, signs: &Signs, out: &mut String) {
    let mut joined = |terms: &[Expr], sign: &str| {
        out.push('(');
        for (n, term) in terms.iter().enumerate() {
            if 0 < n {
                out.push_str(sign);
            }
            write(term, signs, out);
        }
        out.push(')');
    };
    match expr {
        Expr::Phrase { groups, pieces } => (signs.phrase)(*groups, pieces, out),
        Expr::And(terms) => joined(terms, signs.and),
        Expr::Or(terms) => joined(terms, signs.or),
        Expr::Without(first, others) => {
            out.push('(');
            write(first, signs, out);
            out.push_str(signs.without);
            write(&Expr::any(others.clone()), signs, out);
            out.push(')');
        }
        // Expressions have none inside.
        Expr::Nothing => {}
    }
}

/// The tokens of a piece, and whether it is the beginning of one. What an index cannot answer is
/// asked as its beginning.
pub(crate) fn token(piece: &Piece) -> (&str, bool) {
    match piece {
        Piece::Token(text) => (text, false),
        Piece::Prefix(text) => (text, true),
        Piece::Glob(parts) => match parts.first() {
            Some(search::expr::Glob::Text(head)) => (head, true),
            _ => ("", true),
        },
    }
}

/// The groups, each with what an engine calls it.
pub(crate) fn named(
    groups: Groups,
    names: [&'static str; 4],
) -> impl Iterator<Item = &'static str> {
    Group::ALL.into_iter().zip(names).filter(move |(it, _)| groups.has(*it)).map(|(_, it)| it)
}
