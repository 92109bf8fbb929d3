//! A unit of work: reads and changes that happen together or not at all.
//!
//! **Invariant.** No unit that changed something ends without a ledger entry of its own: a unit
//! must return a [`Commit`], which [`Tx::commit`] makes from a [`Logged`], which only
//! [`Tx::append`] makes; [`Tx::unchanged`] is for units that changed nothing, and both are
//! checked against what was counted before the unit is kept.

use std::ops::Deref;

use base::DateTime;
use sql::ValueRef;

use crate::migrate::{self, SEQUENCE};
use crate::session::Session;
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
        self.check(&statement)?;
        let rows = self.session.reader.change(statement)?;
        let is_ddl = matches!(statement, sql::Statement::Ddl(_));
        self.session.changes += if is_ddl { 1 } else { rows as u64 };
        #[cfg(test)]
        self.session.probe(crate::tests::probe::Point::Executed)?;
        Ok(rows)
    }

    fn check(&self, statement: &sql::Statement<'_>) -> Result<(), Error> {
        if migrate::is_ledger(statement) {
            let text = statement.render(self.session.reader.dialect()).text;
            return Err(Error::bug(&text, "the ledger is written by appending to it only"));
        }
        Ok(())
    }

    /// Runs a statement that changes exactly one row, such as an update of one record.
    ///
    /// Where an engine is far away, it goes out with what is asked next, which then has its
    /// error. If the unit ends before, its end has it: a unit is not kept unless one row changed.
    pub fn execute_one(&mut self, statement: sql::Statement<'_>) -> Result<(), Error> {
        self.check(&statement)?;
        self.session.reader.change_one(statement)?;
        self.session.changes += 1;
        #[cfg(test)]
        self.session.probe(crate::tests::probe::Point::Executed)?;
        Ok(())
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
        let reader = &self.session.reader;
        let dialect = reader.dialect();
        let schema = dialect.schema.as_ref().map_or(String::new(), |it| format!("\"{it}\"."));
        let mark = dialect.placeholder;
        // One statement, so that no other one comes between on engines with several writers.
        let text = format!(
            "INSERT INTO {schema}\"{SEQUENCE}\" AS s (name, next) \
             VALUES ({mark}1, CAST({mark}2 AS BIGINT) + 1) \
             ON CONFLICT (name) DO UPDATE SET next = s.next + excluded.next - 1 \
             RETURNING next"
        );
        let values = [ValueRef::Text(sequence), ValueRef::Int(n)];
        let next = reader.ask_int(&text, values.into_iter())?;
        self.session.took_numbers = true;
        next.map(|next| next - n).ok_or_else(|| Error::bug(&text, "it returned no row"))
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
        self.session.tail.size()
    }

    /// Says that this unit changes metadata, users or rights, on which others keep what follows:
    /// [`crate::Org::meta`] will be the index of this unit's entry.
    pub fn touch_meta(&mut self) {
        self.session.tail.standing_mut().touches_meta = true;
    }

    /// The index of the entry under which metadata, users or rights had changed last when this
    /// unit began; below 0 if they never did.
    pub fn meta(&self) -> i64 {
        self.session.tail.standing().meta
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
        let done = work(self).and_then(|value| {
            self.session.release(&mark, true)?;
            Ok(value)
        });
        if done.is_err() {
            self.session.undo(&mark)?;
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
