//! The tree of a query.
//!
//! Every node that a caller can get wrong has the [`Span`] of its text. Names are as they were
//! written; [`Ident::is`] compares them as the language does, without case.

use base::{Date, DateTime, Decimal, Span, Time};

use crate::vocabulary::{
    AggregateOp, CategorySelector, DateLiteral, DatePart, DistanceUnit, Scope,
};

/// A statement, a child subquery, or the inner query of a semi-join.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Never empty.
    pub select: Vec<SelectItem>,
    pub from: From,
    pub scope: Option<ScopeClause>,
    pub where_: Option<Condition>,
    pub with: Vec<With>,
    pub group_by: Option<GroupBy>,
    pub order_by: Vec<OrderItem>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
    /// Where `ALL ROWS` stands, when it does.
    pub all_rows: Option<Span>,
    pub for_: Vec<For>,
    pub update: Vec<Update>,
    pub span: Span,
}

impl Query {
    /// Whether this is `SELECT COUNT() FROM …`, which answers a number and no rows.
    pub fn is_count(&self) -> bool {
        matches!(self.select.as_slice(), [SelectItem::Function { function, .. }]
            if function.kind == FunctionKind::CountRows)
    }
}

/// A name as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub span: Span,
}

impl Ident {
    /// Whether the name is `name`, without case.
    pub fn is(&self, name: &str) -> bool {
        self.text.eq_ignore_ascii_case(name)
    }
}

/// `Account.Owner.Name`; prints with its dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Never empty.
    pub segments: Vec<Ident>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// The alias stands in grouped queries only.
    Path {
        path: Path,
        alias: Option<Ident>,
    },
    Function {
        function: Function,
        alias: Option<Ident>,
    },
    Subquery(Box<Query>),
    TypeOf(TypeOf),
    Fields {
        kind: FieldsKind,
        span: Span,
    },
}

impl SelectItem {
    pub fn span(&self) -> Span {
        match self {
            Self::Path { path, alias } => with_alias(path.span, alias),
            Self::Function { function, alias } => with_alias(function.span, alias),
            Self::Subquery(query) => query.span,
            Self::TypeOf(type_of) => type_of.span,
            Self::Fields { span, .. } => *span,
        }
    }
}

fn with_alias(span: Span, alias: &Option<Ident>) -> Span {
    alias.as_ref().map_or(span, |it| span.to(it.span))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldsKind {
    All,
    Standard,
    Custom,
}

/// `TYPEOF What WHEN Account THEN Phone ELSE Name END`
#[derive(Debug, Clone, PartialEq)]
pub struct TypeOf {
    pub path: Path,
    /// Never empty.
    pub whens: Vec<When>,
    /// The fields of `ELSE`; empty without it.
    pub otherwise: Vec<Path>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub object: Ident,
    /// Never empty.
    pub fields: Vec<Path>,
}

/// `Contact c, c.Account a`
#[derive(Debug, Clone, PartialEq)]
pub struct From {
    /// The object, or in a child subquery the relationship, perhaps after its object's name.
    pub object: Path,
    pub alias: Option<Ident>,
    pub joins: Vec<Join>,
}

/// `c.Account a`: a name for a parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub path: Path,
    pub alias: Option<Ident>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeClause {
    pub scope: Scope,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// At least two.
    And(Vec<Condition>),
    /// At least two.
    Or(Vec<Condition>),
    Not {
        inner: Box<Condition>,
        span: Span,
    },
    Compare {
        operand: Operand,
        op: CompareOp,
        value: Value,
        span: Span,
    },
    /// `LIKE ('a%', 'b%')`: at least one of them.
    LikeAny {
        operand: Operand,
        /// Never empty.
        values: Vec<Value>,
        span: Span,
    },
    In {
        operand: Operand,
        negated: bool,
        values: InValues,
        span: Span,
    },
    /// `INCLUDES`, or negated `EXCLUDES`.
    Includes {
        operand: Operand,
        negated: bool,
        values: Vec<Value>,
        span: Span,
    },
}

impl Condition {
    pub fn span(&self) -> Span {
        match self {
            Self::And(terms) | Self::Or(terms) => {
                let first = terms.first().map_or(Span::default(), Self::span);
                terms.last().map_or(first, |it| first.to(it.span()))
            }
            Self::Not { span, .. }
            | Self::Compare { span, .. }
            | Self::LikeAny { span, .. }
            | Self::In { span, .. }
            | Self::Includes { span, .. } => *span,
        }
    }
}

/// What is compared, grouped or sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Path(Path),
    Function(Function),
}

impl Operand {
    pub fn span(&self) -> Span {
        match self {
            Self::Path(path) => path.span,
            Self::Function(function) => function.span,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// Its text value is a [`Literal::Pattern`].
    Like,
}

#[derive(Debug, Clone, PartialEq)]
pub enum InValues {
    /// Never empty.
    List(Vec<Value>),
    Subquery(Box<Query>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub kind: FunctionKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FunctionKind {
    /// `COUNT()`; in `SELECT` only as its one item.
    CountRows,
    Aggregate {
        op: AggregateOp,
        path: Path,
        /// Further arguments of `COUNT`, which clients' parsers let pass and no compiler takes.
        more: Vec<Path>,
    },
    /// `GROUPING(path)`
    Grouping(Path),
    /// `CALENDAR_YEAR(path)`, or `CALENDAR_YEAR(convertTimezone(path))`.
    Date {
        part: DatePart,
        path: Path,
        convert_timezone: bool,
    },
    ToLabel(Path),
    ConvertCurrency(Path),
    Format(Box<Operand>),
    Distance {
        from: Path,
        to: Location,
        unit: DistanceUnit,
    },
}

impl FunctionKind {
    /// Whether the value is one of a group of rows; `FORMAT` is what its argument is.
    pub fn is_aggregate(&self) -> bool {
        match self {
            Self::CountRows | Self::Aggregate { .. } | Self::Grouping(_) => true,
            Self::Format(operand) => {
                matches!(&**operand, Operand::Function(inner) if inner.kind.is_aggregate())
            }
            Self::Date { .. }
            | Self::ToLabel(_)
            | Self::ConvertCurrency(_)
            | Self::Distance { .. } => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    Field(Path),
    /// `GEOLOCATION(latitude, longitude)`
    Point {
        latitude: Decimal,
        longitude: Decimal,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub literal: Literal,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Number(Decimal),
    /// Without its escapes.
    Text(String),
    /// The text value of `LIKE`.
    Pattern(Pattern),
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    DateLiteral(DateLiteral),
    Currency {
        /// Three letters in upper case.
        iso: String,
        amount: Decimal,
    },
}

/// What a `LIKE` matches, as parts, so that `%` and `\%` cannot be confused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub parts: Vec<PatternPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternPart {
    /// Never empty, and never next to another text.
    Text(String),
    /// `%`
    AnyRun,
    /// `_`
    AnyOne,
}

#[derive(Debug, Clone, PartialEq)]
pub enum With {
    /// `DATA CATEGORY` filters, all of which hold.
    DataCategory(Vec<CategoryFilter>),
    Mode {
        mode: WithMode,
        span: Span,
    },
    /// `RecordVisibilityContext (maxDescriptorPerRecord=100, …)`
    Context {
        name: Ident,
        settings: Vec<(Ident, Value)>,
    },
    Filter(Condition),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithMode {
    SecurityEnforced,
    User,
    System,
}

/// `Geography__c AT (france__c, usa__c)`
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryFilter {
    pub group: Ident,
    pub selector: CategorySelector,
    /// Never empty.
    pub categories: Vec<Ident>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    pub kind: GroupKind,
    /// Never empty.
    pub items: Vec<Operand>,
    pub having: Option<Condition>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    Plain,
    Rollup,
    Cube,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    pub operand: Operand,
    pub direction: Direction,
    pub nulls: Option<Nulls>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    First,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct For {
    pub kind: ForKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForKind {
    View,
    Reference,
    Update,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    pub kind: UpdateKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateKind {
    Tracking,
    ViewStat,
}
