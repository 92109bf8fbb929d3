//! A unit of work: reads and changes that happen together or not at all.
//!
//! **Invariant.** No unit that changed something ends without a ledger entry of its own: a unit
//! must return a [`Commit`], which [`Tx::commit`] makes from a [`Logged`], which only
//! [`Tx::append`] makes; [`Tx::unchanged`] is for units that changed nothing, and both are
//! checked against what was counted before the unit is kept.

use std::ops::Deref;

use base::DateTime;

use crate::migrate::{self, SEQUENCE};
use crate::session::Session;
use crate::sqlite::classify;
use crate::{Draft, Error, Reader};

/// A unit under way. Reads through it see what it has changed.
pub struct Tx<'a> {
    session: &'a mut Session,
    /// The session's changes when the unit began.
    changes: u64,
}

/// A unit that may be kept, with its result.
#[derive(Debug)]
#[must_use = "a unit is kept only if it returns its commit"]
pub struct Commit<T> {
    pub(crate) value: T,
    pub(crate) leaf: Option<u64>,
}

/// The place of an entry in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    index: u64,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: &'a mut Session) -> Self {
        let changes = session.changes;
        Self { session, changes }
    }

    /// Runs a statement that changes rows or tables, and returns the number of rows.
    pub fn execute(&mut self, statement: sql::Statement<'_>) -> Result<usize, Error> {
        if migrate::is_ledger(&statement) {
            let text = statement.render().text;
            return Err(classify::bug(&text, "the ledger is written by appending to it only"));
        }
        let session = &mut *self.session;
        let (rows, changes) = match statement {
            sql::Statement::Insert(insert) => {
                let rows = session.shapes.insert(&session.reader, insert)?;
                (rows, rows as u64)
            }
            sql::Statement::Ddl(_) => (session.reader.change(statement)?, 1),
            _ => {
                let rows = session.reader.change(statement)?;
                (rows, rows as u64)
            }
        };
        session.changes += changes;
        #[cfg(test)]
        self.session.probe(crate::tests::probe::Point::Executed)?;
        Ok(rows)
    }

    /// Takes `n` numbers from `sequence` and returns the first; the next ones follow it. A
    /// sequence starts at 1.
    ///
    /// Numbers that a unit took and did not use leave a gap; taking them is no change that
    /// needs an entry.
    ///
    /// # Panics
    ///
    /// If `n` is below 1.
    pub fn allocate(&mut self, sequence: &str, n: i64) -> Result<i64, Error> {
        assert!(0 < n, "invariant: at least one number is taken");
        let own = |name: &str| sql::Expr::OwnColumn(name.to_owned());
        let advance = sql::Update {
            table: SEQUENCE.to_owned(),
            set: vec![(
                "next".to_owned(),
                sql::Expr::Add(Box::new(own("next")), Box::new(sql::Expr::int(n))),
            )],
            where_: own("name").eq(sql::Expr::text(sequence)),
        };
        // Updating first holds the row on engines with more than one writer.
        if self.session.reader.change(sql::Statement::Update(&advance))? == 0 {
            let start = sql::Insert {
                table: SEQUENCE.to_owned(),
                columns: migrate::names(&["name", "next"]),
                values: vec![sql::Value::from(sequence), sql::Value::Int(1 + n)],
                on_conflict_update: Vec::new(),
            };
            self.session.reader.change(sql::Statement::Insert(&start))?;
            return Ok(1);
        }
        let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
        let mut select = sql::Select::from_table(SEQUENCE, sql::Alias(0));
        select.columns = vec![column("next")];
        select.where_ = column("name").eq(sql::Expr::text(sequence));
        let query = access::Access::system("allocate record numbers").guard(select);
        let mut next = None;
        self.query::<Error>(&query, |row| {
            next = row.int(0);
            Ok(())
        })?;
        next.map(|next| next - n).ok_or_else(|| classify::bug(SEQUENCE, "the sequence is gone"))
    }

    /// Appends an entry to the ledger, as part of this unit.
    pub fn append(&mut self, draft: Draft) -> Result<Logged, Error> {
        let index = self.session.tail.append(&self.session.reader, draft)?;
        self.session.changes += 1;
        #[cfg(test)]
        self.session.probe(crate::tests::probe::Point::Executed)?;
        Ok(Logged { index })
    }

    /// The index that the next entry gets.
    pub fn next_leaf(&self) -> u64 {
        self.session.tail.frontier().size()
    }

    /// The time of this unit, which its entries carry: never before another unit's that was
    /// committed earlier, even if the clock went back.
    pub fn now(&self) -> DateTime {
        self.session.tail.time()
    }

    /// Runs a part of the unit that may fail alone: if it does, everything it changed is taken
    /// back, its ledger entries too, and the unit goes on.
    pub fn savepoint<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mark = self.session.mark()?;
        let done = work(self);
        match &done {
            Ok(_) => self.session.release(&mark)?,
            Err(_) => self.session.undo(&mark)?,
        }
        done
    }

    /// Ends a unit that changed something, under its entry.
    pub fn commit<T>(&mut self, logged: Logged, value: T) -> Commit<T> {
        Commit { value, leaf: Some(logged.index) }
    }

    /// Ends a unit that turned out to change nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Unlogged`] if it did.
    pub fn unchanged<T>(&self, value: T) -> Result<Commit<T>, Error> {
        if self.session.changes == self.changes {
            Ok(Commit { value, leaf: None })
        } else {
            Err(Error::Unlogged)
        }
    }
}

impl Deref for Tx<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.session.reader
    }
}

impl Logged {
    pub fn index(self) -> u64 {
        self.index
    }
}
