//! The evaluator in memory.
//!
//! Blank is not a value to compute with: arithmetic, comparison and most functions of it are
//! blank. It counts as false where a condition is asked for, as an empty text in texts, and, if the
//! formula says so, as zero where a number field is blank.
//!
//! **Invariant.** Time is linear in the formula and in the texts it makes: every step costs fuel,
//! and the fuel is bounded.

use std::cell::Cell;
use std::cmp::Ordering;

use base::DateTime;
use jiff::tz::TimeZone;

use crate::calendar::{self, DAY_MS};
use crate::error::{Cause, Fault};
use crate::expr::{Expr, ExprKind, Formula, Op, Step, VLookup};
use crate::functions::time::days_in_ms;
use crate::functions::{Call, Eval, Function, made, pattern};
use crate::number::Rounding;
use crate::types::{FieldType, Type};
use crate::{Blanks, Number, Reference, Value};

/// What an evaluation may cost: a unit a step, and one for every byte of text a function reads.
const FUEL: u64 = 100_000_000;

/// What is left of it.
pub(crate) struct Fuel(u64);

impl Default for Fuel {
    fn default() -> Self {
        Self(FUEL)
    }
}

/// Decimal places of a result: beyond them is only what a division or a power has left.
const RESULT_PLACES: i32 = 32;

/// When and where a formula is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    pub now: DateTime,
    /// The user's zone: TODAY, and the date of an instant.
    pub zone: &'a TimeZone,
}

/// The record a formula is about, and what the org knows around it.
pub trait Record {
    /// The value of `reference`, which is the formula's `idx`-th. A percent is as it is stored.
    fn value(&self, idx: usize, reference: &Reference) -> Value;

    /// Whether the field is a formula that has no value, which is what a blank is not.
    fn is_faulty(&self, _idx: usize) -> bool {
        false
    }

    /// The value before the change; of a new record, the value it has now.
    fn prior(&self, idx: usize, reference: &Reference) -> Value {
        self.value(idx, reference)
    }

    fn is_new(&self) -> bool {
        false
    }

    fn is_clone(&self) -> bool {
        false
    }

    /// How much of the currency one unit of the corporate currency is.
    fn currency_rate(&self, _code: &str) -> Option<Number> {
        None
    }

    /// An amount of the record's currency in the user's.
    fn in_user_currency(&self, amount: Number) -> Option<Number> {
        Some(amount)
    }

    /// The field of the one record of another object that VLOOKUP finds; blank where there is none.
    fn lookup(&self, _lookup: &VLookup, _key: &Value) -> Value {
        Value::Blank
    }

    /// The session of the user, for links back into the API.
    fn session_id(&self) -> String {
        String::new()
    }
}

impl Formula {
    /// The value for `record`, before it is rounded to a field's scale. A percent formula's is in
    /// percent; a formula that is true or false is never blank.
    pub fn evaluate(
        &self,
        record: &dyn Record,
        environment: &Environment<'_>,
    ) -> Result<Value, Fault> {
        self.evaluate_within(record, environment, &mut Fuel::default())
    }

    /// The same, of what formulas that are evaluated together may cost.
    pub(crate) fn evaluate_within(
        &self,
        record: &dyn Record,
        environment: &Environment<'_>,
        fuel: &mut Fuel,
    ) -> Result<Value, Fault> {
        let evaluator = Evaluator { formula: self, record, environment, fuel: Cell::new(fuel.0) };
        let value = evaluator.value(&self.root);
        fuel.0 = evaluator.fuel.get();
        let value = value?;
        let fault = |cause: Cause| Fault { cause, span: self.root.span };
        match value {
            Value::Number(number) => {
                let percent = self.settings.returns == Some(FieldType::Percent);
                let number = if percent {
                    number.shifted(2).map_err(|it| fault(Cause::from(it)))?
                } else {
                    number
                };
                Ok(Value::Number(number.rounded(RESULT_PLACES, Rounding::HalfUp)))
            }
            Value::Blank if self.root.ty == Type::Boolean => Ok(Value::Boolean(false)),
            other => Ok(other),
        }
    }
}

/// The value of a part that has no fields.
pub(crate) fn constant(expr: &Expr, environment: &Environment<'_>) -> Result<Value, Fault> {
    struct Nothing;
    impl Record for Nothing {
        fn value(&self, _idx: usize, _reference: &Reference) -> Value {
            Value::Blank
        }
    }
    let settings = crate::Settings {
        context: crate::Context::Automation,
        returns: None,
        blanks: Blanks::AsBlank,
    };
    let formula = Formula { root: expr.clone(), references: Vec::new(), settings };
    let evaluator =
        Evaluator { formula: &formula, record: &Nothing, environment, fuel: Cell::new(FUEL) };
    evaluator.value(expr)
}

struct Evaluator<'a> {
    formula: &'a Formula,
    record: &'a dyn Record,
    environment: &'a Environment<'a>,
    fuel: Cell<u64>,
}

impl Evaluator<'_> {
    fn value(&self, expr: &Expr) -> Result<Value, Fault> {
        self.burn(1, expr)?;
        match &expr.kind {
            ExprKind::Constant(value) => Ok(value.clone()),
            ExprKind::Field(idx) => {
                let reference = &self.formula.references[*idx];
                if self.record.is_faulty(*idx) {
                    return Err(Fault { cause: Cause::Needed, span: expr.span });
                }
                Ok(self.stored(reference, self.record.value(*idx, reference)))
            }
            ExprKind::Prior(idx) => Ok(self.prior(*idx)),
            ExprKind::Changed(idx) => {
                let reference = &self.formula.references[*idx];
                let changed = !self.record.is_new()
                    && self.record.value(*idx, reference) != self.record.prior(*idx, reference);
                Ok(Value::Boolean(changed))
            }
            ExprKind::Negate(operand) => Ok(match self.value(operand)? {
                Value::Number(number) => Value::Number(number.negated()),
                other => other,
            }),
            ExprKind::Not(operand) => Ok(match self.value(operand)? {
                Value::Boolean(value) => Value::Boolean(!value),
                other => other,
            }),
            ExprKind::Chain(first, steps) => self.chain(first, steps),
            ExprKind::Call(function, args) => self.call(function, args, expr),
            _ => self.form(expr),
        }
    }

    /// The functions that compute only some of their arguments, or compare them.
    fn form(&self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.kind {
            ExprKind::And(parts) => self.any(parts, false).map(|it| Value::Boolean(!it)),
            ExprKind::Or(parts) => self.any(parts, true).map(Value::Boolean),
            ExprKind::If(branches, otherwise) => {
                for (condition, result) in branches {
                    if self.value(condition)?.is_true() {
                        return self.value(result);
                    }
                }
                self.value(otherwise)
            }
            ExprKind::Case(subject, whens, otherwise) => self.case(subject, whens, otherwise),
            ExprKind::In(subject, values) => self.is_in(subject, values),
            ExprKind::IfError(first, second) => match self.value(first) {
                // What ran out of fuel must stop, not start something else.
                Err(Fault { cause, .. }) if cause != Cause::TooManySteps => self.value(second),
                other => other,
            },
            ExprKind::IsBlank(operand) => Ok(Value::Boolean(self.value(operand)?.is_blank())),
            ExprKind::Substitute(value, substitute) => {
                let value = self.value(value)?;
                let substitute = self.value(substitute)?;
                Ok(if value.is_blank() { substitute } else { value })
            }
            ExprKind::Matches(text, regex) => {
                let text = self.value(text)?;
                let text = text.as_text().unwrap_or_default();
                self.burn(text.len() as u64, expr)?;
                Ok(Value::Boolean(regex.is_match(text)))
            }
            ExprKind::Lookup(lookup, key) => {
                let key = self.value(key)?;
                Ok(self.record.lookup(lookup, &key))
            }
            _ => Ok(Value::Blank),
        }
    }

    fn burn(&self, fuel: u64, expr: &Expr) -> Result<(), Fault> {
        let left = self.fuel.get().checked_sub(fuel);
        self.fuel.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(Fault { cause: Cause::TooManySteps, span: expr.span }),
        }
    }

    /// The value of a field as an operand.
    fn stored(&self, reference: &Reference, value: Value) -> Value {
        match (reference.ty, value) {
            (FieldType::Percent, Value::Number(number)) => {
                number.shifted(-2).map_or(Value::Blank, Value::Number)
            }
            (FieldType::Number | FieldType::Currency | FieldType::Percent, Value::Blank)
                if self.formula.settings.blanks == Blanks::AsZero =>
            {
                Value::Number(Number::ZERO)
            }
            (FieldType::Boolean, Value::Blank) => Value::Boolean(false),
            (_, Value::Text(text)) => Value::text(text),
            (_, value) => value,
        }
    }

    fn prior(&self, idx: usize) -> Value {
        let reference = &self.formula.references[idx];
        let value = if self.record.is_new() {
            self.record.value(idx, reference)
        } else {
            self.record.prior(idx, reference)
        };
        self.stored(reference, value)
    }

    fn chain(&self, first: &Expr, steps: &[Step]) -> Result<Value, Fault> {
        let mut left = self.value(first)?;
        for step in steps {
            let right = self.value(&step.operand)?;
            // Texts are appended to, so that only what is added costs.
            let added = right.as_text().map_or(0, str::len);
            self.burn(added as u64, &step.operand)?;
            let fault = |cause| Fault { cause, span: step.span };
            left = apply(step.op, left, right).map_err(fault)?;
        }
        Ok(left)
    }

    /// Whether a part is `wanted`; a blank part is false. Stops at the first that is.
    fn any(&self, parts: &[Expr], wanted: bool) -> Result<bool, Fault> {
        for part in parts {
            if self.value(part)?.is_true() == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn case(
        &self,
        subject: &Expr,
        whens: &[(Expr, Expr)],
        otherwise: &Expr,
    ) -> Result<Value, Fault> {
        let as_text = matches!(subject.ty, Type::Text | Type::Picklist);
        let subject = self.value(subject)?;
        let mut found = None;
        for (value, result) in whens {
            let (value, result) = (self.value(value)?, self.value(result)?);
            if found.is_none() && equal(&subject, &value, as_text) == Some(true) {
                found = Some(result);
            }
        }
        let otherwise = self.value(otherwise)?;
        Ok(found.unwrap_or(otherwise))
    }

    fn is_in(&self, subject: &Expr, values: &[Expr]) -> Result<Value, Fault> {
        let subject = self.value(subject)?;
        let mut found = false;
        for value in values {
            found |= equal(&subject, &self.value(value)?, false) == Some(true);
        }
        Ok(Value::Boolean(found))
    }

    fn call(
        &self,
        function: &'static Function,
        args: &[Expr],
        expr: &Expr,
    ) -> Result<Value, Fault> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.value(arg)?);
        }
        let args = values;
        let read: usize = args.iter().filter_map(Value::as_text).map(str::len).sum();
        self.burn(read as u64, expr)?;
        let call = Call { args: &args, environment: self.environment, record: self.record };
        let value = match (function.eval, args.as_slice()) {
            (Eval::Strict(evaluate), _) => evaluate(&call),
            (Eval::Form(_), [text, pattern]) => pattern::matches(text, pattern),
            _ => Ok(Value::Blank),
        };
        value.map_err(|cause| Fault { cause, span: expr.span })
    }
}

/// Whether two values are the same; none where one is blank, unless they are texts.
fn equal(a: &Value, b: &Value, as_text: bool) -> Option<bool> {
    if as_text || !(a.is_blank() || b.is_blank()) { Some(a == b) } else { None }
}

/// How two values stand to each other; none where one is blank. Texts compare by code point.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn apply(op: Op, left: Value, right: Value) -> Result<Value, Cause> {
    let truth = |value: Option<bool>| Ok(value.map_or(Value::Blank, Value::Boolean));
    let compared = |test: fn(Ordering) -> bool| truth(order(&left, &right).map(test));
    match op {
        Op::Equal => truth(equal(&left, &right, false)),
        Op::NotEqual => truth(equal(&left, &right, false).map(|it| !it)),
        Op::SameText => Ok(Value::Boolean(left == right)),
        Op::OtherText => Ok(Value::Boolean(left != right)),
        Op::Less => compared(Ordering::is_lt),
        Op::LessOrEqual => compared(Ordering::is_le),
        Op::Greater => compared(Ordering::is_gt),
        Op::GreaterOrEqual => compared(Ordering::is_ge),
        Op::Blank => Ok(Value::Blank),
        Op::Concat => match (left, right) {
            (Value::Text(left), Value::Text(right)) => made(left + &right),
            (Value::Blank, other) | (other, _) => Ok(other),
        },
        _ => arithmetic(op, &left, &right),
    }
}

fn arithmetic(op: Op, left: &Value, right: &Value) -> Result<Value, Cause> {
    use Value::*;
    Ok(match (op, left, right) {
        (Op::Add, Number(a), Number(b)) => Number(a.plus(*b)?),
        (Op::Sub, Number(a), Number(b)) => Number(a.minus(*b)?),
        (Op::Mul, Number(a), Number(b)) => Number(a.times(*b)?),
        (Op::Div, Number(a), Number(b)) => Number(a.over(*b)?),
        (Op::Pow, Number(a), Number(b)) => Number(a.pow(*b)?),
        (Op::PlusDays, _, Number(days)) => later(left, *days)?,
        (Op::MinusDays, _, Number(days)) => later(left, days.negated())?,
        (Op::DaysPlus, Number(days), _) => later(right, *days)?,
        (Op::DaysBetween, Date(a), Date(b)) => Value::from(i64::from(a.0) - i64::from(b.0)),
        (Op::DaysBetween, DateTime(a), DateTime(b)) => {
            let days = crate::Number::from(a.0 - b.0).over(crate::Number::from(DAY_MS))?;
            Number(days)
        }
        (Op::PlusMs, Time(a), Number(ms)) => around(a.0, ms.to_i64()),
        (Op::MinusMs, Time(a), Number(ms)) => around(a.0, ms.negated().to_i64()),
        (Op::MsBetween, Time(a), Time(b)) => {
            Value::from(i64::from(calendar::time(i64::from(a.0) - i64::from(b.0)).0))
        }
        _ => Blank,
    })
}

/// A date so many whole days later, or an instant so many days to the nearest second.
fn later(from: &Value, days: Number) -> Result<Value, Cause> {
    match from {
        Value::Date(date) => {
            let days = i64::from(date.0).checked_add(days.to_i64());
            days.and_then(calendar::date).map(Value::Date).ok_or(Cause::NoSuchDay)
        }
        Value::DateTime(at) => {
            let ms = at.0.checked_add(days_in_ms(days)?);
            ms.and_then(calendar::datetime).map(Value::DateTime).ok_or(Cause::NoSuchDay)
        }
        _ => Ok(Value::Blank),
    }
}

fn around(time: i32, ms: i64) -> Value {
    Value::Time(calendar::time(i64::from(time) + ms % DAY_MS))
}
