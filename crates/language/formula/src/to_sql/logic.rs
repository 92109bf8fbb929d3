//! Conditions, choices and comparisons in SQL.
//!
//! Which parts are computed decides which faults count: a fault in a branch that is not taken is
//! none.

use sql::{CompareOp, Expr as E};

use super::number::{Kind, Num, is_noisy};
use super::tree::{and, case, check_depth, coalesce, is_one, lit, or};
use super::{Lowering, NotInSql, Part, Typed, condition};
use crate::expr::{Expr, Op};
use crate::types::Type;

impl Lowering<'_> {
    /// AND, or OR: a blank part is false, and parts behind the one that decides do not count.
    pub(super) fn connective(&mut self, parts: &[Expr], all: bool) -> Result<Part, NotInSql> {
        let mut conditions = Vec::with_capacity(parts.len());
        let mut faults = Vec::with_capacity(parts.len());
        for part in parts {
            let part = self.part(part)?;
            conditions.push(coalesce(condition(part.value), E::False));
            faults.push(part.fault);
        }
        let mut fault = None;
        for (n, (condition, here)) in conditions.iter().zip(faults).rev().enumerate() {
            check_depth(n, fault.iter())?;
            fault = match fault {
                None => here,
                Some(later) => {
                    let condition = self.copy(condition)?;
                    let (yes, no) = if all { (later, E::False) } else { (E::False, later) };
                    or([here, Some(case([(condition, yes)], no))])
                }
            };
        }
        let value = if all { E::And(conditions) } else { E::Or(conditions) };
        Ok(Part { value: Typed::Boolean(value), fault })
    }

    pub(super) fn branches(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: &Expr,
    ) -> Result<Part, NotInSql> {
        let mut conditions = Vec::with_capacity(branches.len());
        let mut results = Vec::with_capacity(branches.len() + 1);
        let mut faults = Vec::with_capacity(branches.len());
        for (condition_of, result) in branches {
            let asked = self.part(condition_of)?;
            let result = self.part(result)?;
            conditions.push(condition(asked.value));
            faults.push((asked.fault, result.fault));
            results.push(result.value);
        }
        let last = self.part(otherwise)?;
        results.push(last.value);
        let mut fault = last.fault;
        for (n, (condition, (asked, result))) in conditions.iter().zip(faults).rev().enumerate() {
            check_depth(n, fault.iter())?;
            let taken = match (result, fault) {
                (None, None) => None,
                (result, later) => {
                    let condition = self.copy(condition)?;
                    let later = later.unwrap_or(E::False);
                    Some(case([(condition, result.unwrap_or(E::False))], later))
                }
            };
            fault = or([asked, taken]);
        }
        let value = self.choose(conditions, results)?;
        Ok(Part { value, fault })
    }

    /// The result of the first condition that holds; the last has none.
    fn choose(&mut self, conditions: Vec<E>, results: Vec<Typed>) -> Result<Typed, NotInSql> {
        let results = self.unified(results)?;
        let pick = |exprs: Vec<E>| {
            let mut exprs = exprs.into_iter();
            let whens: Vec<(E, E)> = conditions.iter().cloned().zip(exprs.by_ref()).collect();
            E::Case(whens, Box::new(exprs.next().unwrap_or(E::Value(sql::Value::Null))))
        };
        Ok(match results.first() {
            Some(Typed::Number(first)) => {
                let kind = results.iter().fold(first.kind, |kind, it| match it {
                    Typed::Number(it) => wider(kind, it.kind),
                    _ => kind,
                });
                Typed::Number(Num { expr: pick(exprs(results)), kind })
            }
            Some(Typed::Boolean(_)) => {
                let mut ints = Vec::with_capacity(results.len());
                for result in results {
                    ints.push(self.as_int(condition(result))?);
                }
                Typed::Boolean(is_one(pick(ints)))
            }
            Some(Typed::Text(_)) => Typed::Text(pick(exprs(results))),
            Some(Typed::Date(_)) => Typed::Date(pick(exprs(results))),
            Some(Typed::DateTime(_)) => Typed::DateTime(pick(exprs(results))),
            Some(Typed::Time(_)) => Typed::Time(pick(exprs(results))),
            Some(Typed::Location(_)) => return Err(NotInSql::Function("GEOLOCATION")),
            Some(Typed::Null) | None => Typed::Null,
        })
    }

    /// All of one type, and numbers in one unit.
    fn unified(&mut self, values: Vec<Typed>) -> Result<Vec<Typed>, NotInSql> {
        let ty = values.iter().map(type_of).find(|it| *it != Type::Null).unwrap_or(Type::Null);
        let mut values: Vec<Typed> = values
            .into_iter()
            .map(|it| if matches!(it, Typed::Null) { self.blank(ty) } else { it })
            .collect();
        if ty != Type::Number {
            return Ok(values);
        }
        let mut widest: Option<Num> = None;
        for value in &values {
            if let Typed::Number(number) = value {
                // Aligning with a null costs nothing and says which unit the two have in common.
                let probe = Num { expr: E::Value(sql::Value::Null), kind: number.kind };
                widest = Some(match widest {
                    None => probe,
                    Some(widest) => self.aligned(widest, probe)?.0,
                });
            }
        }
        for value in &mut values {
            if let (Typed::Number(number), Some(widest)) = (&*value, &widest) {
                *value = Typed::Number(self.aligned(number.clone(), widest.clone())?.0);
            }
        }
        Ok(values)
    }

    /// CASE: a fault in any part is one.
    pub(super) fn case(
        &mut self,
        subject: &Expr,
        whens: &[(Expr, Expr)],
        otherwise: &Expr,
    ) -> Result<Part, NotInSql> {
        let as_text = matches!(subject.ty, Type::Text | Type::Picklist);
        let subject = self.part(subject)?;
        let (bound, subject_value) = self.bound(subject.value);
        let mut fault = subject.fault;
        let (mut conditions, mut results) = (Vec::new(), Vec::new());
        for (n, (value, result)) in whens.iter().enumerate() {
            check_depth(n, fault.iter())?;
            let (value, result) = (self.part(value)?, self.part(result)?);
            fault = or([fault, value.fault, result.fault]);
            let op = if as_text { Op::SameText } else { Op::Equal };
            conditions.push(self.comparison(op, subject_value.clone(), value.value)?);
            results.push(result.value);
        }
        let last = self.part(otherwise)?;
        results.push(last.value);
        let value = bound.around(self.choose(conditions, results)?);
        Ok(Part { value, fault: or([fault, last.fault]) })
    }

    pub(super) fn in_list(&mut self, subject: &Expr, values: &[Expr]) -> Result<Part, NotInSql> {
        let subject = self.part(subject)?;
        let (bound, subject_value) = self.bound(subject.value);
        let mut fault = subject.fault;
        let mut conditions = Vec::with_capacity(values.len());
        for (n, value) in values.iter().enumerate() {
            check_depth(n, fault.iter())?;
            let value = self.part(value)?;
            fault = or([fault, value.fault]);
            conditions.push(self.plain_equal(subject_value.clone(), value.value)?);
        }
        let found = bound.around(Typed::Boolean(coalesce(E::any(conditions), E::False)));
        Ok(Part { value: found, fault })
    }

    /// Equality of anything, texts too, that is unknown where one side is blank.
    fn plain_equal(&mut self, a: Typed, b: Typed) -> Result<E, NotInSql> {
        match (a, b) {
            (Typed::Text(a), Typed::Text(b)) => Ok(a.eq(b)),
            (a, b) => self.comparison(Op::Equal, a, b),
        }
    }

    /// A value for use in more than one place.
    fn bound(&mut self, value: Typed) -> (Bound, Typed) {
        let number = self.next;
        let mut bind = |expr: E| {
            if super::tree::is_plain(&expr) {
                return (Bound(None), expr);
            }
            self.next += 1;
            (Bound(Some((number, expr))), E::Bound(number))
        };
        match value {
            Typed::Number(Num { expr, kind }) => {
                let (bound, expr) = bind(expr);
                (bound, Typed::Number(Num { expr, kind }))
            }
            Typed::Text(expr) => {
                let (bound, expr) = bind(expr);
                (bound, Typed::Text(expr))
            }
            Typed::Date(expr) => {
                let (bound, expr) = bind(expr);
                (bound, Typed::Date(expr))
            }
            Typed::DateTime(expr) => {
                let (bound, expr) = bind(expr);
                (bound, Typed::DateTime(expr))
            }
            Typed::Time(expr) => {
                let (bound, expr) = bind(expr);
                (bound, Typed::Time(expr))
            }
            other => (Bound(None), other),
        }
    }

    pub(super) fn if_error(&mut self, first: &Expr, second: &Expr) -> Result<Part, NotInSql> {
        let first = self.part(first)?;
        let Some(failed) = first.fault else { return Ok(first) };
        let second = self.part(second)?;
        let failed = coalesce(failed, E::False);
        let condition = self.copy(&failed)?;
        let value = self.choose(vec![condition], vec![second.value, first.value])?;
        Ok(Part { value, fault: second.fault.map(|it| and([failed, it])) })
    }

    pub(super) fn substitute(&mut self, value: &Expr, substitute: &Expr) -> Result<Part, NotInSql> {
        let (value, substitute) = (self.part(value)?, self.part(substitute)?);
        let fault = or([value.fault, substitute.fault]);
        let both = self.unified(vec![value.value, substitute.value])?;
        let [a, b] = <[Typed; 2]>::try_from(both).expect("invariant: as many as were given");
        let value = match (a, b) {
            (Typed::Number(a), Typed::Number(b)) => {
                let kind = wider(a.kind, b.kind);
                Typed::Number(Num { expr: coalesce(a.expr, b.expr), kind })
            }
            (Typed::Text(a), Typed::Text(b)) => Typed::Text(coalesce(a, b)),
            (Typed::Date(a), Typed::Date(b)) => Typed::Date(coalesce(a, b)),
            (Typed::DateTime(a), Typed::DateTime(b)) => Typed::DateTime(coalesce(a, b)),
            (Typed::Time(a), Typed::Time(b)) => Typed::Time(coalesce(a, b)),
            (a, _) => a,
        };
        Ok(Part { value, fault })
    }

    /// A comparison; unknown where one side is blank, except of texts for equality.
    pub(super) fn comparison(&mut self, op: Op, a: Typed, b: Typed) -> Result<E, NotInSql> {
        let compare = match op {
            Op::Equal | Op::SameText => CompareOp::Eq,
            Op::NotEqual | Op::OtherText => CompareOp::Ne,
            Op::Less => CompareOp::Lt,
            Op::LessOrEqual => CompareOp::Le,
            Op::Greater => CompareOp::Gt,
            _ => CompareOp::Ge,
        };
        let both = self.unified(vec![a, b])?;
        let [a, b] = <[Typed; 2]>::try_from(both).expect("invariant: as many as were given");
        Ok(match (a, b) {
            (Typed::Number(a), Typed::Number(b)) => a.expr.compare(compare, b.expr),
            (Typed::Text(a), Typed::Text(b)) if matches!(op, Op::SameText | Op::OtherText) => {
                let empty = || E::text("");
                coalesce(a, empty()).compare(compare, coalesce(b, empty()))
            }
            (Typed::Text(a), Typed::Text(b))
            | (Typed::Date(a), Typed::Date(b))
            | (Typed::DateTime(a), Typed::DateTime(b))
            | (Typed::Time(a), Typed::Time(b)) => a.compare(compare, b),
            (Typed::Boolean(a), Typed::Boolean(b)) => {
                let (a, b) = (self.as_int(a)?, self.as_int(b)?);
                a.compare(compare, b)
            }
            _ => condition(Typed::Null),
        })
    }

    /// 1, 0, or null.
    fn as_int(&mut self, condition: E) -> Result<E, NotInSql> {
        if is_decided(&condition) {
            return Ok(case([(condition, lit(1))], lit(0)));
        }
        let again = self.copy(&condition)?;
        let no = E::Not(Box::new(again));
        Ok(case([(condition, lit(1)), (no, lit(0))], super::int_null()))
    }
}

/// A value that is bound around what uses it.
struct Bound(Option<(u32, E)>);

impl Bound {
    fn around(self, value: Typed) -> Typed {
        let Some((number, bound)) = self.0 else { return value };
        let wrap = |body: E| E::Let(number, Box::new(bound.clone()), Box::new(body));
        match value {
            Typed::Number(it) => Typed::Number(Num { expr: wrap(it.expr), kind: it.kind }),
            Typed::Text(it) => Typed::Text(wrap(it)),
            Typed::Boolean(it) => Typed::Boolean(wrap(it)),
            Typed::Date(it) => Typed::Date(wrap(it)),
            Typed::DateTime(it) => Typed::DateTime(wrap(it)),
            Typed::Time(it) => Typed::Time(wrap(it)),
            other => other,
        }
    }
}

fn type_of(value: &Typed) -> Type {
    match value {
        Typed::Null => Type::Null,
        Typed::Number(_) => Type::Number,
        Typed::Text(_) => Type::Text,
        Typed::Boolean(_) => Type::Boolean,
        Typed::Date(_) => Type::Date,
        Typed::DateTime(_) => Type::DateTime,
        Typed::Time(_) => Type::Time,
        Typed::Location(_) => Type::Location,
    }
}

/// What holds for either of two numbers of one unit.
fn wider(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Scaled { scale, bound: u }, Kind::Scaled { bound: v, .. }) => {
            Kind::Scaled { scale, bound: u.max(v) }
        }
        (Kind::Real { noisy }, other) | (other, Kind::Real { noisy }) => {
            Kind::Real { noisy: noisy || is_noisy(&Num { expr: E::True, kind: other }) }
        }
        (Kind::Decimal { noisy: a }, Kind::Decimal { noisy: b }) => Kind::Decimal { noisy: a || b },
        (kind, _) => kind,
    }
}

/// Whether a condition is never unknown, by its looks.
fn is_decided(condition: &E) -> bool {
    match condition {
        E::True | E::False | E::IsNull(_) | E::IsNotNull(_) => true,
        E::Coalesce(parts) => parts.last().is_some_and(is_decided),
        E::And(parts) | E::Or(parts) => parts.iter().all(is_decided),
        E::Not(inner) => is_decided(inner),
        E::Compare(left, _, right) => {
            let filled = |it: &E| match it {
                E::Coalesce(parts) => {
                    matches!(parts.last(), Some(E::Literal(_) | E::Value(sql::Value::Text(_))))
                }
                E::Literal(_) => true,
                _ => false,
            };
            filled(left) && filled(right)
        }
        _ => false,
    }
}

/// The expressions of values that are no conditions.
fn exprs(values: Vec<Typed>) -> Vec<E> {
    let each = values.into_iter().map(|it| match it {
        Typed::Number(it) => it.expr,
        Typed::Text(it)
        | Typed::Date(it)
        | Typed::DateTime(it)
        | Typed::Time(it)
        | Typed::Boolean(it) => it,
        Typed::Null | Typed::Location(_) => E::Value(sql::Value::Null),
    });
    each.collect()
}
