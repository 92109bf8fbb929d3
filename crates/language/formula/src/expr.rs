//! A formula whose names are resolved and whose types are known: what the evaluators walk.
//!
//! **Invariant.** Every operand has the type that its operator or function takes, or is `NULL`.

use base::Span;
use regex::Regex;

use crate::functions::Function;
use crate::types::Type;
use crate::{Reference, Value};

#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Constant(Value),
    /// The reference of that index.
    Field(usize),
    /// Its value before the change.
    Prior(usize),
    Changed(usize),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    /// Steps from left to right. A list, because a tree would be as deep as the formula is long.
    Chain(Box<Expr>, Vec<Step>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// The first branch whose condition is true, or the last one.
    If(Vec<(Expr, Expr)>, Box<Expr>),
    /// The result of the first value that equals the subject, or the last one. All parts are
    /// computed: a fault in any is a fault of the whole.
    Case(Box<Expr>, Vec<(Expr, Expr)>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    /// The second where the first faults.
    IfError(Box<Expr>, Box<Expr>),
    IsBlank(Box<Expr>),
    /// The second where the first is blank.
    Substitute(Box<Expr>, Box<Expr>),
    /// REGEX with a pattern that is known beforehand.
    Matches(Box<Expr>, Box<Regex>),
    /// A field of another object's record, found by the value of one of its fields.
    Lookup(Box<VLookup>, Box<Expr>),
    Call(&'static Function, Vec<Expr>),
}

impl Expr {
    /// Whether it calls one of these functions.
    pub(crate) fn calls(&self, functions: &[&str]) -> bool {
        let calls = |it: &Self| it.calls(functions);
        let pairs = |it: &[(Self, Self)]| it.iter().any(|(a, b)| calls(a) || calls(b));
        match &self.kind {
            ExprKind::Constant(_)
            | ExprKind::Field(_)
            | ExprKind::Prior(_)
            | ExprKind::Changed(_) => false,
            ExprKind::Negate(it)
            | ExprKind::Not(it)
            | ExprKind::IsBlank(it)
            | ExprKind::Matches(it, _)
            | ExprKind::Lookup(_, it) => calls(it),
            ExprKind::Chain(first, steps) => {
                calls(first) || steps.iter().any(|it| calls(&it.operand))
            }
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().any(calls),
            ExprKind::If(branches, otherwise) => pairs(branches) || calls(otherwise),
            ExprKind::Case(subject, whens, otherwise) => {
                calls(subject) || pairs(whens) || calls(otherwise)
            }
            ExprKind::In(subject, values) => calls(subject) || values.iter().any(calls),
            ExprKind::IfError(a, b) | ExprKind::Substitute(a, b) => calls(a) || calls(b),
            ExprKind::Call(function, args) => {
                functions.contains(&function.name) || args.iter().any(calls)
            }
        }
    }
}

/// What VLOOKUP asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VLookup {
    pub object: String,
    /// The field whose value is returned.
    pub field: String,
    /// The field that must equal the key.
    pub by: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub op: Op,
    pub operand: Expr,
    /// Where the operator stands.
    pub span: Span,
}

/// An operator, its operands' types decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Concat,
    /// A date or an instant, and a number of days.
    PlusDays,
    MinusDays,
    /// The same with the number on the left.
    DaysPlus,
    /// Days between two dates or instants.
    DaysBetween,
    /// A time of day and a number of milliseconds, around the clock.
    PlusMs,
    MinusMs,
    /// Milliseconds from the right time of day to the left, around the clock.
    MsBetween,
    /// Arithmetic with the literal `NULL`.
    Blank,
    Equal,
    NotEqual,
    /// Equality of texts: blank equals blank.
    SameText,
    OtherText,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A compiled formula.
#[derive(Debug, Clone)]
pub struct Formula {
    pub(crate) root: Expr,
    pub(crate) references: Vec<Reference>,
    pub(crate) settings: crate::Settings,
}
