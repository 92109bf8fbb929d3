//! Values and expressions.

use std::sync::Arc;

use crate::{Scalar, Select};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Div,
    /// The rest of a division, with the sign of what is divided.
    Rem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Count,
    CountDistinct,
    /// Of integers, in 64 bits on every engine: what does not fit fails.
    Sum,
    Min,
    Max,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    Column(Alias, String),
    /// A column of an update's or delete's own table, which has no alias there.
    OwnColumn(String),
    Value(Value),
    /// An integer that belongs to the statement, not to what it is asked: engines choose a partial
    /// index, and often a plan, by what stands in the text.
    Literal(i64),
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
    /// The one value of the one row of a select; null where there is no row.
    Subselect(Box<Select>),
    /// `expr LIKE pattern ESCAPE '\'`; case is folded by the caller.
    Like(Box<Self>, Box<Self>),
    /// Text with ASCII capitals made small. Only for text that is ASCII: engines differ beyond.
    Lower(Box<Self>),
    Coalesce(Vec<Self>),
    /// Text after text; null where one is null.
    Concat(Vec<Self>),
    Add(Box<Self>, Box<Self>),
    Mul(Box<Self>, Box<Self>),
    /// `CASE WHEN … THEN … ELSE … END`.
    Case(Vec<(Self, Self)>, Box<Self>),
    /// `CASE x WHEN … THEN … ELSE … END`: `x` is worked out once.
    Switch(Box<Self>, Vec<(Value, Self)>, Box<Self>),
    /// The value that belongs to the last of `points` which `of` has reached, `first` before all of
    /// them; the points ascend. Rendered as a tree of comparisons: cheap to find, and to copy.
    Steps {
        of: Box<Self>,
        first: i64,
        points: Arc<[(i64, i64)]>,
    },
    /// `(left op right)`, of integers or of reals; integers are divided towards zero.
    Arith(Box<Self>, ArithOp, Box<Self>),
    /// A whole number of 64 bits; what does not fit fails.
    AsInt(Box<Self>),
    /// A binary floating-point number of 64 bits.
    AsReal(Box<Self>),
    /// An aggregate of what is not null.
    Aggregate(Aggregate, Box<Self>),
    /// `COUNT(*)`.
    CountRows,
    /// `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`.
    RowNumber {
        partition: Box<Self>,
        order: Vec<crate::OrderBy>,
    },
    /// `digits` / 10^`scale`: a decimal, or a real where the engine has no decimals.
    Decimal {
        digits: i128,
        scale: u32,
    },
    /// A binary floating-point number, by its bits.
    Real(u64),
    /// A decimal of any size; only on engines that have them ([`Expr::Either`]).
    AsDecimal(Box<Self>),
    AsText(Box<Self>),
    /// A function of values.
    Call(Scalar, Vec<Self>),
    /// `body`, in which [`Expr::Bound`] of that number is `value`, worked out once; an inner one of
    /// the same number hides an outer one.
    Let(u32, Box<Self>, Box<Self>),
    Bound(u32),
    /// The same value computed in two ways: the dialect says which.
    Either {
        /// By decimals.
        decimals: Box<Self>,
        /// By integers and reals.
        integers: Box<Self>,
    },
}

impl Expr {
    /// `column = literal`, the condition of partial indexes.
    pub fn is(self, literal: i64) -> Self {
        self.eq(Self::Literal(literal))
    }

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

    pub fn arith(self, op: ArithOp, other: Self) -> Self {
        Self::Arith(Box::new(self), op, Box::new(other))
    }

    pub fn aggregate(self, aggregate: Aggregate) -> Self {
        Self::Aggregate(aggregate, Box::new(self))
    }

    pub fn lower(self) -> Self {
        Self::Lower(Box::new(self))
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
