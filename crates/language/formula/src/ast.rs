//! A formula as it was written: names unresolved, types unknown.

use base::Span;

use crate::Number;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum NodeKind {
    Number(Number),
    Text(String),
    Boolean(bool),
    Null,
    /// `Account.Owner.Name`, as it was written.
    Path(String),
    Call(String, Vec<Node>),
    Plus(Box<Node>),
    Negate(Box<Node>),
    Not(Box<Node>),
    /// Operators of one precedence, from left to right. A list, because a tree would be as deep as
    /// the formula is long.
    Chain(Box<Node>, Vec<(Operator, Span, Node)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Concat,
    Pow,
    Mul,
    Div,
}

impl Operator {
    /// How tightly it binds. `^` binds looser than `*` and `/`: this is the platform's grammar,
    /// not a textbook's.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne => 3,
            Self::Lt | Self::Le | Self::Gt | Self::Ge => 4,
            Self::Add | Self::Sub | Self::Concat => 5,
            Self::Pow => 6,
            Self::Mul | Self::Div => 7,
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Concat => "&",
            Self::Pow => "^",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }
}
