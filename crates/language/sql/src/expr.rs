//! Values and expressions.

use crate::Select;

/// A value as storage holds it: decimals scaled, dates as days, datetimes as milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A table's name within one statement: `t0`, `t1`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    Column(Alias, String),
    /// A column of an update's or delete's own table, which has no alias there.
    OwnColumn(String),
    Value(Value),
    True,
    False,
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Compare(Box<Self>, CompareOp, Box<Self>),
    IsNull(Box<Self>),
    IsNotNull(Box<Self>),
    /// `expr IN (values)`; an empty list is false.
    In(Box<Self>, Vec<Value>),
    InSelect(Box<Self>, Box<Select>),
    Exists(Box<Select>),
    /// `expr LIKE pattern ESCAPE '\'`; case is folded by the caller.
    Like(Box<Self>, Box<Self>),
    /// The case-insensitive form of a text, [`base::fold()`] in the engine.
    Fold(Box<Self>),
    Coalesce(Vec<Self>),
    /// Text after text; null where one is null.
    Concat(Vec<Self>),
    Add(Box<Self>, Box<Self>),
    Mul(Box<Self>, Box<Self>),
    /// `CASE WHEN … THEN … ELSE … END`.
    Case(Vec<(Self, Self)>, Box<Self>),
    /// `COUNT(*)`.
    CountRows,
    /// `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`.
    RowNumber {
        partition: Box<Self>,
        order: Vec<crate::OrderBy>,
    },
}

impl Expr {
    pub fn int(value: i64) -> Self {
        Self::Value(Value::Int(value))
    }

    pub fn text(value: impl Into<String>) -> Self {
        Self::Value(Value::Text(value.into()))
    }

    pub fn compare(self, op: CompareOp, other: Self) -> Self {
        Self::Compare(Box::new(self), op, Box::new(other))
    }

    pub fn eq(self, other: Self) -> Self {
        self.compare(CompareOp::Eq, other)
    }

    pub fn fold(self) -> Self {
        Self::Fold(Box::new(self))
    }

    pub fn negate(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => Self::Not(Box::new(other)),
        }
    }

    pub fn is_null(self) -> Self {
        Self::IsNull(Box::new(self))
    }

    /// Joins conditions by AND, leaving out what is true.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let mut parts: Vec<Self> = conditions.into_iter().filter(|it| *it != Self::True).collect();
        match parts.len() {
            0 => Self::True,
            1 => parts.remove(0),
            _ => Self::And(parts),
        }
    }

    /// Joins conditions by OR.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        let mut parts: Vec<Self> = conditions.into_iter().collect();
        match parts.len() {
            0 => Self::False,
            1 => parts.remove(0),
            _ => Self::Or(parts),
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A value of a result row, borrowed from the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(value) => Self::Int(*value),
            Value::Text(value) => Self::Text(value),
            Value::Blob(value) => Self::Blob(value),
        }
    }
}

/// One row of a result: the engine's own, or values held in memory.
pub trait Row {
    /// The value of column `index`, counted from 0; null past the end.
    fn get(&self, index: usize) -> ValueRef<'_>;

    /// The integer of column `index`; none where it is null or something else.
    fn int(&self, index: usize) -> Option<i64> {
        match self.get(index) {
            ValueRef::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The text of column `index`; none where it is null or something else.
    fn text(&self, index: usize) -> Option<&str> {
        match self.get(index) {
            ValueRef::Text(value) => Some(value),
            _ => None,
        }
    }
}

impl Row for Vec<Value> {
    fn get(&self, index: usize) -> ValueRef<'_> {
        self.as_slice().get(index).map_or(ValueRef::Null, ValueRef::from)
    }
}
