//! Rows that are not written yet: fields by name, lookups by the place of their target.

use base::{Date, DateTime};

/// The rows of a company, in an order in which every row stands after those it refers to.
#[derive(Debug, Default)]
pub(super) struct DataSet {
    pub(super) tables: Vec<Table>,
}

/// Rows of one object. An object may have several tables.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) object: &'static str,
    pub(super) records: Vec<Record>,
}

/// One row.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) fields: Vec<(&'static str, Cell)>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    /// Digits, exact.
    Number(String),
    Bool(bool),
    /// A row of this data set.
    Row(RowKey),
    /// One of the company's people; 0 is the administrator, the rest are
    /// [`super::generate::EMPLOYEES`].
    Employee(usize),
    /// A record type of the row's object, by its developer name.
    RecordType(&'static str),
    /// The price book that every org has.
    StandardPricebook,
}

/// The number of a row among those of its object, over all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowKey {
    pub(super) object: &'static str,
    pub(super) number: usize,
}

impl DataSet {
    /// Adds a row to the last table, or to a new one where that is another object's.
    pub(super) fn add(&mut self, object: &'static str, record: Record) -> RowKey {
        if self.tables.last().is_none_or(|it| it.object != object) {
            self.tables.push(Table { object, records: Vec::new() });
        }
        if let Some(table) = self.tables.last_mut() {
            table.records.push(record);
        }
        let tables = self.tables.iter().filter(|it| it.object == object);
        RowKey { object, number: tables.map(|it| it.records.len()).sum::<usize>() - 1 }
    }

    pub(super) fn add_all(&mut self, object: &'static str, records: Vec<Record>) {
        for record in records {
            self.add(object, record);
        }
    }
}

impl Record {
    pub(super) fn new<const N: usize>(fields: [(&'static str, Cell); N]) -> Self {
        Self { fields: Vec::from(fields) }
    }

    pub(super) fn set(&mut self, field: &'static str, cell: impl Into<Cell>) {
        self.fields.push((field, cell.into()));
    }

    pub(super) fn set_some(&mut self, field: &'static str, cell: Option<impl Into<Cell>>) {
        if let Some(cell) = cell {
            self.set(field, cell);
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Cell {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i32> for Cell {
    fn from(int: i32) -> Self {
        Self::Number(int.to_string())
    }
}

impl From<Cents> for Cell {
    fn from(Cents(cents): Cents) -> Self {
        Self::Number(format!("{}.{:02}", cents / 100, cents % 100))
    }
}

impl From<RowKey> for Cell {
    fn from(key: RowKey) -> Self {
        Self::Row(key)
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Text(date.to_string())
    }
}

impl From<DateTime> for Cell {
    fn from(at: DateTime) -> Self {
        Self::Text(at.to_rfc3339())
    }
}

/// A number with two digits after the point, not negative: mostly money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cents(pub(super) u64);
