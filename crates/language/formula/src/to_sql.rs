//! A formula as an SQL expression: the same value for every row, worked out by the engine.
//!
//! In: a [`Formula`], and [`Columns`] that say what stands for each of its references. Out: a
//! [`Lowered`] value, with the condition under which the formula has none ([`Fault`](crate::Fault)
//! in memory); or [`NotInSql`], which names the function that only the evaluator in memory has.
//!
//! | module     | what                                                            |
//! |------------|-----------------------------------------------------------------|
//! | [`tree`]   | short words for parts of SQL, and what duplicating them costs    |
//! | [`number`] | numbers: as decimals, or as scaled integers and reals            |
//! | [`logic`]  | conditions, choices, comparisons                                 |
//! | [`text`]   | texts                                                            |
//! | [`time`]   | dates, datetimes, times of day                                   |
//! | [`call`]   | which function is lowered how                                    |
//!
//! **Two arithmetics.** An engine with decimals computes with them, exactly. Without, numbers are
//! integers scaled by a power of ten that is known beforehand: exact up to 18 digits, and the
//! engine's reals (15 digits) beyond, for quotients and for transcendental functions; rounding a
//! real puts back the ties that binary floating point lost.
//!
//! **Invariants.** The expression raises no error in the engine for any row: what could is
//! guarded, and null. It never grows beyond a bound, because everything that is used twice is
//! bound once or counted.
//!
//! Parts without fields are computed here, so that an engine is not asked to.

mod tree;
mod number;
mod round;
mod logic;
mod text;
mod time;
mod call;

use sql::Expr as E;

use crate::eval::Environment;
use crate::expr::{Expr, ExprKind, Formula, Op, Step};
use crate::types::{FieldType, Type};
use crate::{Blanks, Reference, Value};

use number::Num;
use tree::{and, case, coalesce, int_null, is_one, lit, or, text_null};

/// What stands for a reference in SQL.
#[derive(Debug, Clone)]
pub struct Column {
    /// A decimal is scaled, a date counts days, a datetime and a time milliseconds, a boolean is 0
    /// or 1; a text is a text, and never empty.
    pub expr: E,
    /// The latitude and longitude of a location; both are scaled by `scale`.
    pub longitude: Option<E>,
    pub scale: u32,
    /// When a calculated field has no value, which is what a blank is not; none where it always
    /// has.
    pub fault: Option<E>,
}

/// Says what stands for the references of a formula.
pub trait Columns {
    /// None where no column holds it.
    fn column(&self, idx: usize, reference: &Reference) -> Option<Column>;
}

/// Which numbers an engine computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Decimals of any size.
    Decimals,
    /// Integers and reals of 64 bits.
    Integers,
}

/// What form the value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As a column holds it: a number rounded to `scale` and scaled, null where 64 bits do not hold
    /// it.
    Stored { scale: u32 },
    /// As it was computed: a number unrounded, a decimal as text, an integer with
    /// [`Lowered::scale`], or a real.
    Computed,
}

/// A formula in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowered {
    /// As [`Column::expr`]; null where the formula is blank or has no value.
    pub value: E,
    /// Whether it has no value, which is what a blank is not.
    pub fault: E,
    /// What an integer of a computed number is scaled by.
    pub scale: u32,
}

impl Lowered {
    /// The value, or where there is none a mark that no value is: what a [`Column::calculated`]
    /// is bound to. One expression for both, so that formulas that need each other in a row stay
    /// as large as all of them together.
    pub fn marked(&self, ty: FieldType) -> E {
        if self.fault == E::False {
            return self.value.clone();
        }
        let mark = match ty.expression() {
            Type::Text => E::text(NO_TEXT),
            _ => lit(NO_VALUE),
        };
        E::Case(vec![(self.fault.clone(), mark)], Box::new(self.value.clone()))
    }
}

/// What stands for a calculated field that has no value; no date, no time and no number of 18
/// digits is this, and no text that says anything is this one control character.
pub const NO_VALUE: i64 = i64::MIN + 1;
const NO_TEXT: &str = "\u{1}";

/// The first number of bound calculated fields; those that a formula binds by itself are below.
const FIRST_CALCULATED: u32 = 1 << 20;

impl Column {
    /// A calculated field in another formula, where [`with_calculated`] binds it by that number.
    /// A number of more than 18 digits is a fault, because columns hold no more.
    pub fn calculated(number: u32, ty: FieldType, scale: u32) -> Self {
        let it = E::Bound(FIRST_CALCULATED + number);
        let none = has_no_value(&it, ty);
        let null = if ty.expression() == Type::Text { text_null() } else { int_null() };
        let expr = E::Case(vec![(none.clone(), null)], Box::new(it));
        Self { expr, longitude: None, scale, fault: Some(none) }
    }
}

/// Whether a marked value is the mark, or a number that no column holds; false where it is blank.
fn has_no_value(marked: &E, ty: FieldType) -> E {
    let it = || marked.clone();
    let none = match ty.expression() {
        Type::Text => it().eq(E::text(NO_TEXT)),
        Type::Number => {
            E::Or(vec![tree::at_most(lit(BOUNDS[0]), it()), tree::at_most(it(), lit(-BOUNDS[0]))])
        }
        _ => it().eq(lit(NO_VALUE)),
    };
    coalesce(none, E::False)
}

/// `body` with the calculated fields that stand in it, by their numbers, each worked out once.
pub fn with_calculated(fields: impl IntoIterator<Item = (u32, E)>, body: E) -> E {
    fields.into_iter().fold(body, |body, (number, marked)| {
        E::Let(FIRST_CALCULATED + number, Box::new(marked), Box::new(body))
    })
}

/// Whether a calculated field of that marked value has none.
pub fn is_without_value(marked: E, ty: FieldType) -> E {
    let none = has_no_value(&E::Bound(FIRST_CALCULATED), ty);
    with_calculated([(0, marked)], none)
}

/// How many parts an expression has, those of selects in it aside.
pub fn size(it: &E) -> usize {
    tree::measure(it).0
}

/// Whether an expression is larger or deeper than engines are asked to read.
pub fn is_too_large(it: &E) -> bool {
    let (nodes, depth) = tree::measure(it);
    NODES_MAX < nodes || DEPTH_MAX < depth
}

/// Why a formula is not an SQL expression: it is computed in memory only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInSql {
    #[error("{0} is not computed by engines")]
    Function(&'static str),
    #[error("no column holds {0}")]
    Field(String),
    #[error("the formula is too large for an engine")]
    TooLarge,
}

/// How many parts an expression may have, and how deep they may be nested.
const NODES_MAX: usize = 60_000;
const DEPTH_MAX: usize = 400;

impl Formula {
    /// The formula as an expression for engines with that arithmetic.
    pub fn to_sql(
        &self,
        columns: &dyn Columns,
        environment: &Environment<'_>,
        form: Form,
        arithmetic: Arithmetic,
    ) -> Result<Lowered, NotInSql> {
        let mut lowering = Lowering {
            formula: self,
            columns,
            environment,
            arithmetic,
            bound: None,
            next: 0,
            nodes: 0,
        };
        let lowered = lowering.whole_formula(form)?;
        Ok(if form == Form::Computed { lowered } else { lowering.by_integers(form, lowered) })
    }

    /// The formula as an expression for every engine: the dialect chooses the arithmetic.
    pub fn to_portable_sql(
        &self,
        columns: &dyn Columns,
        environment: &Environment<'_>,
        scale: u32,
    ) -> Result<Lowered, NotInSql> {
        let form = Form::Stored { scale };
        let decimals = self.to_sql(columns, environment, form, Arithmetic::Decimals)?;
        let integers = self.to_sql(columns, environment, form, Arithmetic::Integers)?;
        let either = |decimals: E, integers: E| {
            if decimals == integers {
                return decimals;
            }
            E::Either { decimals: Box::new(decimals), integers: Box::new(integers) }
        };
        Ok(Lowered {
            value: either(decimals.value, integers.value),
            fault: either(decimals.fault, integers.fault),
            scale,
        })
    }
}

struct Lowering<'a> {
    formula: &'a Formula,
    columns: &'a dyn Columns,
    environment: &'a Environment<'a>,
    arithmetic: Arithmetic,
    /// What columns are not beyond, where every number must be an integer of 64 bits.
    bound: Option<i64>,
    /// The number of the next bound value.
    next: u32,
    /// Parts that duplication has made.
    nodes: usize,
}

/// A value of a known type.
#[derive(Debug, Clone)]
enum Typed {
    Null,
    Number(Num),
    Text(E),
    /// A condition, not an integer.
    Boolean(E),
    Date(E),
    DateTime(E),
    Time(E),
    Location(Box<(Num, Num)>),
}

impl Typed {
    fn exprs(&self) -> impl Iterator<Item = &E> {
        let (first, second) = match self {
            Self::Null => (None, None),
            Self::Number(it) => (Some(&it.expr), None),
            Self::Text(it)
            | Self::Boolean(it)
            | Self::Date(it)
            | Self::DateTime(it)
            | Self::Time(it) => (Some(it), None),
            Self::Location(it) => (Some(&it.0.expr), Some(&it.1.expr)),
        };
        first.into_iter().chain(second)
    }
}

/// A value, and the condition under which there is none.
#[derive(Debug, Clone)]
struct Part {
    value: Typed,
    fault: Option<E>,
}

impl From<Typed> for Part {
    fn from(value: Typed) -> Self {
        Self { value, fault: None }
    }
}

/// Columns' magnitudes for which integers are tried: of all, and of ever smaller ones.
const BOUNDS: [i64; 5] =
    [10_i64.pow(18), 10_i64.pow(15), 10_i64.pow(12), 10_i64.pow(9), 10_i64.pow(6)];

impl Lowering<'_> {
    fn whole_formula(&mut self, form: Form) -> Result<Lowered, NotInSql> {
        let formula = self.formula;
        let part = self.part(&formula.root)?;
        let (mut value, scale, overflow) = self.finish(part.value, form)?;
        let fault = part.fault.map(|it| coalesce(it, E::False));
        if let (Some(fault), Form::Stored { .. }) = (&fault, form)
            && swallows(&formula.root)
        {
            let null = match formula.root.ty {
                Type::Text | Type::Picklist | Type::MultiPicklist => text_null(),
                _ => int_null(),
            };
            value = E::Case(vec![(fault.clone(), null)], Box::new(value));
        }
        let fault = or([fault, overflow]).unwrap_or(E::False);
        let lowered = Lowered { value, fault, scale };
        if is_too_large(&lowered.value) || is_too_large(&lowered.fault) {
            return Err(NotInSql::TooLarge);
        }
        Ok(lowered)
    }

    /// By integers alone where the row's numbers are small enough for it, which is many times
    /// faster, and as it is where they are not.
    fn by_integers(&self, form: Form, any: Lowered) -> Lowered {
        let fast = BOUNDS.into_iter().find_map(|bound| {
            let mut lowering = Lowering {
                arithmetic: Arithmetic::Integers,
                bound: Some(bound),
                next: self.next,
                nodes: 0,
                ..*self
            };
            let lowered = lowering.whole_formula(form).ok()?;
            let integral = tree::is_integral(&lowered.value) && tree::is_integral(&lowered.fault);
            integral.then_some((bound, lowered))
        });
        let Some((bound, integers)) = fast else { return any };
        if bound == BOUNDS[0] {
            return integers;
        }
        let within = self.columns_within(bound);
        let choose = |fast: E, slow: E| {
            if fast == slow { fast } else { E::Case(vec![(within.clone(), fast)], Box::new(slow)) }
        };
        Lowered {
            value: choose(integers.value, any.value),
            fault: choose(integers.fault, any.fault),
            scale: any.scale,
        }
    }

    /// Whether every number of the row is below the bound.
    fn columns_within(&self, bound: i64) -> E {
        let mut conditions = Vec::new();
        for (idx, reference) in self.formula.references.iter().enumerate() {
            if reference.ty.expression() != Type::Number {
                continue;
            }
            if let Some(column) = self.columns.column(idx, reference) {
                let value = coalesce(column.expr, lit(0));
                conditions.push(tree::less(value.clone(), lit(bound)));
                conditions.push(tree::less(lit(-bound), value));
            }
        }
        E::all(conditions)
    }

    fn part(&mut self, expr: &Expr) -> Result<Part, NotInSql> {
        if call::is_constant(expr) {
            return Ok(self.constant(expr));
        }
        match &expr.kind {
            ExprKind::Constant(value) => Ok(self.value(value, expr.ty).into()),
            ExprKind::Field(idx) => self.field(*idx),
            ExprKind::Negate(operand) => {
                let part = self.part(operand)?;
                let Typed::Number(number) = part.value else { return Ok(Typed::Null.into()) };
                let zero = self.whole_number(lit(0));
                let negated = self.minus(zero, number)?;
                Ok(Part { value: Typed::Number(negated), fault: part.fault })
            }
            ExprKind::Not(operand) => {
                let part = self.part(operand)?;
                let value = Typed::Boolean(condition(part.value).negate());
                Ok(Part { value, fault: part.fault })
            }
            ExprKind::Chain(first, steps) => self.chain(first, steps),
            ExprKind::And(parts) => self.connective(parts, true),
            ExprKind::Or(parts) => self.connective(parts, false),
            ExprKind::If(branches, otherwise) => self.branches(branches, otherwise),
            ExprKind::Case(subject, whens, otherwise) => self.case(subject, whens, otherwise),
            ExprKind::In(subject, values) => self.in_list(subject, values),
            ExprKind::IfError(first, second) => self.if_error(first, second),
            ExprKind::IsBlank(operand) => {
                let part = self.part(operand)?;
                Ok(Part { value: Typed::Boolean(is_blank(part.value)), fault: part.fault })
            }
            ExprKind::Substitute(value, substitute) => self.substitute(value, substitute),
            ExprKind::Call(function, args) => self.call(function.name, args),
            ExprKind::Matches(..) => Err(NotInSql::Function("REGEX")),
            ExprKind::Lookup(..) => Err(NotInSql::Function("VLOOKUP")),
            ExprKind::Prior(_) => Err(NotInSql::Function("PRIORVALUE")),
            ExprKind::Changed(_) => Err(NotInSql::Function("ISCHANGED")),
        }
    }

    /// A part without fields.
    fn constant(&self, expr: &Expr) -> Part {
        match crate::eval::constant(expr, self.environment) {
            Ok(value) => self.value(&value, expr.ty).into(),
            Err(_) => Part { value: self.value(&Value::Blank, expr.ty), fault: Some(E::True) },
        }
    }

    fn value(&self, value: &Value, ty: Type) -> Typed {
        let big = |it: i64| E::AsInt(Box::new(lit(it)));
        match value {
            Value::Number(number) => Typed::Number(self.literal(*number)),
            Value::Text(text) => Typed::Text(E::text(text.as_str())),
            Value::Boolean(true) => Typed::Boolean(E::True),
            Value::Boolean(false) => Typed::Boolean(E::False),
            Value::Date(date) => Typed::Date(big(i64::from(date.0))),
            Value::DateTime(at) => Typed::DateTime(big(at.0)),
            Value::Time(time) => Typed::Time(big(i64::from(time.0))),
            Value::Location(it) => {
                Typed::Location(Box::new((self.literal(it.latitude), self.literal(it.longitude))))
            }
            Value::Blank => self.blank(ty),
        }
    }

    /// Null of a type.
    fn blank(&self, ty: Type) -> Typed {
        match ty {
            Type::Null => Typed::Null,
            Type::Number => Typed::Number(self.null_number()),
            Type::Text | Type::Picklist | Type::MultiPicklist => Typed::Text(text_null()),
            Type::Boolean => Typed::Boolean(is_one(int_null())),
            Type::Date => Typed::Date(int_null()),
            Type::DateTime => Typed::DateTime(int_null()),
            Type::Time => Typed::Time(int_null()),
            Type::Location => Typed::Location(Box::new((self.null_number(), self.null_number()))),
        }
    }

    fn field(&mut self, idx: usize) -> Result<Part, NotInSql> {
        let reference = &self.formula.references[idx];
        let Some(column) = self.columns.column(idx, reference) else {
            return Err(NotInSql::Field(reference.path.clone()));
        };
        let Column { expr, longitude, scale, fault } = column;
        // A calculated field stands here with all of its parts.
        self.weigh(&expr)?;
        if let Some(fault) = &fault {
            self.weigh(fault)?;
        }
        // What has no value is not blank, so nothing stands for it.
        let filled = |expr: E| match &fault {
            None => coalesce(expr, lit(0)),
            Some(fault) => case([(fault.clone(), int_null())], coalesce(expr, lit(0))),
        };
        let zero = self.formula.settings.blanks == Blanks::AsZero;
        let value = match reference.ty {
            FieldType::Number | FieldType::Currency | FieldType::Percent => {
                let expr = if zero { filled(expr) } else { expr };
                let percent = if reference.ty == FieldType::Percent { 2 } else { 0 };
                Typed::Number(self.column(expr, scale + percent))
            }
            FieldType::Text | FieldType::Picklist | FieldType::MultiPicklist => Typed::Text(expr),
            FieldType::Boolean => Typed::Boolean(is_one(filled(expr))),
            FieldType::Date => Typed::Date(expr),
            FieldType::DateTime => Typed::DateTime(expr),
            FieldType::Time => Typed::Time(expr),
            FieldType::Location => {
                let longitude = longitude.unwrap_or_else(int_null);
                Typed::Location(Box::new((self.column(expr, scale), self.column(longitude, scale))))
            }
        };
        Ok(Part { value, fault })
    }

    fn chain(&mut self, first: &Expr, steps: &[Step]) -> Result<Part, NotInSql> {
        let mut left = self.part(first)?;
        for (n, step) in steps.iter().enumerate() {
            let right = self.part(&step.operand)?;
            let operands = or([left.fault, right.fault]);
            let applied = self.apply(step.op, left.value, right.value)?;
            left = Part { value: applied.value, fault: or([operands, applied.fault]) };
            tree::check_depth(n, left.fault.iter().chain(left.value.exprs()))?;
        }
        Ok(left)
    }

    fn apply(&mut self, op: Op, left: Typed, right: Typed) -> Result<Part, NotInSql> {
        match op {
            Op::Blank => Ok(Typed::Null.into()),
            Op::Concat => Ok(Typed::Text(text::joined(left, right)).into()),
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Pow => self.arithmetic(op, left, right),
            Op::PlusDays => self.later(left, right, 1),
            Op::MinusDays => self.later(left, right, -1),
            Op::DaysPlus => self.later(right, left, 1),
            Op::DaysBetween => self.days_between(left, right),
            Op::PlusMs => self.around(left, right, 1),
            Op::MinusMs => self.around(left, right, -1),
            Op::MsBetween => self.ms_between(left, right),
            Op::Equal
            | Op::NotEqual
            | Op::SameText
            | Op::OtherText
            | Op::Less
            | Op::LessOrEqual
            | Op::Greater
            | Op::GreaterOrEqual => Ok(Typed::Boolean(self.comparison(op, left, right)?).into()),
        }
    }

    /// The value in the form that was asked for, its scale, and when that form does not hold it.
    fn finish(&mut self, value: Typed, form: Form) -> Result<(E, u32, Option<E>), NotInSql> {
        let (expr, scale) = match value {
            Typed::Null => (E::Value(sql::Value::Null), 0),
            Typed::Number(number) => {
                let percent = self.formula.settings.returns == Some(FieldType::Percent);
                let number = if percent { self.times_hundred(number)? } else { number };
                let Form::Stored { scale } = form else {
                    let (expr, scale) = self.computed(number);
                    return Ok((expr, scale, None));
                };
                let raw = (!number.surely_fits(scale)).then(|| number.expr.clone());
                let stored = self.stored(number, scale)?;
                let overflow =
                    raw.map(|raw| and([E::IsNotNull(Box::new(raw)), stored.clone().is_null()]));
                return Ok((stored, scale, overflow));
            }
            // A checkbox is never blank.
            Typed::Boolean(it) => (E::Case(vec![(it, lit(1))], Box::new(lit(0))), 0),
            Typed::Text(it) | Typed::Date(it) | Typed::DateTime(it) | Typed::Time(it) => (it, 0),
            Typed::Location(_) => return Err(NotInSql::Function("GEOLOCATION")),
        };
        Ok((expr, scale, None))
    }
}

/// Whether an expression may have a value though a part of it has none: choices, conditions, and
/// texts that take a blank for nothing. Arithmetic is null by itself.
fn swallows(expr: &Expr) -> bool {
    match &expr.kind {
        _ if expr.ty == Type::Boolean => true,
        ExprKind::Constant(_) | ExprKind::Field(_) => false,
        ExprKind::Negate(operand) => swallows(operand),
        ExprKind::Chain(first, steps) => {
            let takes_blanks = |it: &Step| it.op == Op::Concat || swallows(&it.operand);
            swallows(first) || steps.iter().any(takes_blanks)
        }
        _ => true,
    }
}

/// A value as a condition.
fn condition(value: Typed) -> E {
    match value {
        Typed::Boolean(it) => it,
        _ => is_one(int_null()),
    }
}

fn is_blank(value: Typed) -> E {
    match value {
        Typed::Null => E::True,
        Typed::Number(number) => number.expr.is_null(),
        Typed::Text(it) | Typed::Date(it) | Typed::DateTime(it) | Typed::Time(it) => it.is_null(),
        Typed::Boolean(_) => E::False,
        Typed::Location(it) => and([it.0.expr.is_null(), it.1.expr.is_null()]),
    }
}
