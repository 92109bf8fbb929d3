//! WHERE: conditions that are true or false, never unknown.
//!
//! SOQL knows two truth values: `Name != 'x'` and `NOT (Name = 'x')` hold for an empty name,
//! `Amount < 5` does not for an empty amount (wire reference, section 10.3). SQL knows three, so
//! NOT is pushed down to the comparisons, and each says what null means there.

use base::Span;
use schema::FieldType;
use soql::{Condition, InValues, Literal};
use sql::{CompareOp, Expr, Value};

use crate::error::{Error, ErrorKind};
use crate::group::Grouping;
use crate::like;
use crate::literal::{self, Operand};
use crate::measure;
use crate::path::{Leaf, Measure, Tables};

/// Years and days of a list that are looked for as ranges, each by itself.
const RANGES_MAX: usize = 16;

/// Where a condition stands, which decides whether a semi-join may.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Top,
    InOr,
    /// Under NOT, or inside a semi-join.
    Nested,
}

/// Lowers the WHERE clause of a query.
pub(crate) fn lower(tables: &mut Tables<'_>, condition: &Condition) -> Result<Expr, Error> {
    let of = Of::Rows(tables);
    Lowering { of, semi_joins: 0, inside_semi_join: false }.all(condition)
}

/// Lowers the WHERE clause of a semi-join's inner query.
pub(crate) fn lower_inner(tables: &mut Tables<'_>, condition: &Condition) -> Result<Expr, Error> {
    let of = Of::Rows(tables);
    Lowering { of, semi_joins: 0, inside_semi_join: true }.all(condition)
}

/// Lowers the HAVING clause of a query.
pub(crate) fn lower_having(
    grouping: &mut Grouping<'_, '_>,
    condition: &Condition,
) -> Result<Expr, Error> {
    let of = Of::Groups(grouping);
    Lowering { of, semi_joins: 0, inside_semi_join: false }.all(condition)
}

/// What the condition is about.
enum Of<'t, 's, 'g> {
    Rows(&'t mut Tables<'s>),
    Groups(&'t mut Grouping<'g, 's>),
}

pub(crate) struct Lowering<'t, 's, 'g> {
    of: Of<'t, 's, 'g>,
    pub(crate) semi_joins: usize,
    pub(crate) inside_semi_join: bool,
}

impl<'s> Lowering<'_, 's, '_> {
    fn all(mut self, condition: &Condition) -> Result<Expr, Error> {
        self.condition(condition, false, Place::Top)
    }

    fn condition(
        &mut self,
        condition: &Condition,
        negated: bool,
        place: Place,
    ) -> Result<Expr, Error> {
        match condition {
            Condition::And(parts) => self.junction(parts, negated, place, !negated),
            Condition::Or(parts) => {
                let place = if place == Place::Top { Place::InOr } else { place };
                self.junction(parts, negated, place, negated)
            }
            Condition::Not { inner, .. } => self.condition(inner, !negated, Place::Nested),
            Condition::Compare { operand, op, value, span } => {
                let leaf = self.operand(operand)?;
                self.compare(&leaf, *op, value, *span, negated)
            }
            Condition::LikeAny { operand, values, span } => {
                let leaf = self.operand(operand)?;
                let one = |it: &soql::Value| like::lower(&leaf, it, *span, negated);
                let each: Result<Vec<Expr>, Error> = values.iter().map(one).collect();
                each.map(|it| if negated { Expr::all(it) } else { Expr::any(it) })
            }
            Condition::In { operand, negated: not, values, span } => {
                let leaf = self.operand(operand)?;
                match values {
                    InValues::List(values) => self.in_list(&leaf, values, negated != *not),
                    InValues::Subquery(inner) => {
                        let Of::Rows(_) = self.of else {
                            return Err(Error::at(*span, ErrorKind::NestedSemiJoin));
                        };
                        self.semi_join((&leaf, operand), inner, negated != *not, place)
                    }
                }
            }
            Condition::Includes { operand, negated: not, values, span } => {
                let leaf = self.operand(operand)?;
                self.includes(&leaf, values, *span, negated != *not)
            }
        }
    }

    fn junction(
        &mut self,
        parts: &[Condition],
        negated: bool,
        place: Place,
        all: bool,
    ) -> Result<Expr, Error> {
        let lowered: Result<Vec<Expr>, Error> =
            parts.iter().map(|it| self.condition(it, negated, place)).collect();
        lowered.map(|it| if all { Expr::all(it) } else { Expr::any(it) })
    }

    fn operand(&mut self, operand: &soql::Operand) -> Result<Leaf<'s>, Error> {
        let leaf = match &mut self.of {
            Of::Groups(grouping) => return grouping.compared(operand),
            Of::Rows(tables) => match operand {
                soql::Operand::Path(path) => tables.resolve(path)?.leaf,
                soql::Operand::Function(function) => tables.function(function)?,
            },
        };
        if !leaf.ty().is_filterable() {
            let name = leaf.name().to_owned();
            return Err(Error::at(operand.span(), ErrorKind::NotFilterable(name)));
        }
        Ok(leaf)
    }

    /// The tables of the rows that the condition is about.
    pub(crate) fn tables(&mut self) -> &mut Tables<'s> {
        match &mut self.of {
            Of::Rows(tables) => tables,
            Of::Groups(grouping) => grouping.tables(),
        }
    }

    fn compare(
        &mut self,
        leaf: &Leaf<'s>,
        op: soql::CompareOp,
        value: &soql::Value,
        span: Span,
        negated: bool,
    ) -> Result<Expr, Error> {
        let Some(op) = comparison(op) else {
            return like::lower(leaf, value, span, negated);
        };
        if let Some(it) = measure::of(leaf) {
            return measure::compare(it, op, value, span, negated);
        }
        let operand = self.read(leaf, value)?;
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        let bit = leaf.ty() == FieldType::Checkbox;
        if ordered && (operand == Operand::Null || bit) {
            return Err(Error::at(span, ErrorKind::InvalidOperator));
        }
        let positive = if op == CompareOp::Ne { CompareOp::Eq } else { op };
        let negated = negated != (op == CompareOp::Ne);
        Ok(match self.range(leaf, &operand) {
            Some((date, range)) => truth_of((date, leaf.null_of()), positive, &range, negated),
            None => truth(leaf, positive, &operand, negated),
        })
    }

    /// The date of which `leaf` is a part, and the range that `operand` stands for there.
    fn range(&mut self, leaf: &Leaf<'s>, operand: &Operand) -> Option<(Expr, Operand)> {
        let Leaf::Computed(it) = leaf else { return None };
        let Measure::Period(period) = &it.measure else { return None };
        let context = self.tables().context;
        period.range((context.calendar, context.zone), operand)
    }

    fn read(&mut self, leaf: &Leaf<'s>, value: &soql::Value) -> Result<Operand, Error> {
        let read = literal::read(self.tables().context, leaf, &value.literal);
        read.map_err(|kind| Error::at(value.span, kind))
    }

    fn in_list(
        &mut self,
        leaf: &Leaf<'s>,
        values: &[soql::Value],
        negated: bool,
    ) -> Result<Expr, Error> {
        if let Some(it) = measure::of(leaf) {
            let each: Result<Vec<Expr>, Error> = values
                .iter()
                .map(|value| measure::compare(it, CompareOp::Eq, value, value.span, negated))
                .collect();
            return each.map(|it| if negated { Expr::all(it) } else { Expr::any(it) });
        }
        let mut plain: Vec<Value> = Vec::with_capacity(values.len());
        let mut others: Vec<Expr> = Vec::new();
        for value in values {
            let operand = self.read(leaf, value)?;
            let range = if values.len() <= RANGES_MAX { self.range(leaf, &operand) } else { None };
            match (range, operand) {
                (Some((date, range)), _) => {
                    let of = (date, leaf.null_of());
                    others.push(truth_of(of, CompareOp::Eq, &range, negated));
                }
                (None, Operand::Value(value)) => plain.push(value),
                (None, other) => others.push(truth(leaf, CompareOp::Eq, &other, negated)),
            }
        }
        if !plain.is_empty() {
            let inside = Expr::In(Box::new(leaf.compared()), plain);
            others.push(two_valued(leaf, inside, negated));
        }
        Ok(if negated { Expr::all(others) } else { Expr::any(others) })
    }

    /// `INCLUDES ('A;B', 'C')`: A and B, or C.
    fn includes(
        &mut self,
        leaf: &Leaf<'s>,
        values: &[soql::Value],
        span: Span,
        negated: bool,
    ) -> Result<Expr, Error> {
        if leaf.ty() != FieldType::MultiselectPicklist {
            return Err(Error::at(span, ErrorKind::InvalidOperator));
        }
        let listed = Expr::Concat(vec![Expr::text(";"), leaf.compared(), Expr::text(";")]);
        let mut any = Vec::with_capacity(values.len());
        for value in values {
            let Literal::Text(text) = &value.literal else {
                let (field, expected) = (leaf.name().to_owned(), "string");
                return Err(Error::at(value.span, ErrorKind::WrongType { field, expected }));
            };
            let all: Result<Vec<Expr>, Error> = text
                .split(';')
                .map(|part| {
                    let part = like::escaped(&leaf.comparable(part.trim()));
                    like::matches(listed.clone(), format!("%;{part};%"), value.span)
                })
                .collect();
            any.push(Expr::all(all?));
        }
        Ok(two_valued(leaf, Expr::any(any), negated))
    }
}

fn comparison(op: soql::CompareOp) -> Option<CompareOp> {
    match op {
        soql::CompareOp::Eq => Some(CompareOp::Eq),
        soql::CompareOp::Ne => Some(CompareOp::Ne),
        soql::CompareOp::Lt => Some(CompareOp::Lt),
        soql::CompareOp::Le => Some(CompareOp::Le),
        soql::CompareOp::Gt => Some(CompareOp::Gt),
        soql::CompareOp::Ge => Some(CompareOp::Ge),
        soql::CompareOp::Like => None,
    }
}

/// `field op operand`, or its negation.
pub(crate) fn truth(leaf: &Leaf<'_>, op: CompareOp, operand: &Operand, negated: bool) -> Expr {
    truth_of((leaf.compared(), leaf.null_of()), op, operand, negated)
}

/// The same of an expression, and of what is null where it is.
fn truth_of(
    (field, null_of): (Expr, Expr),
    op: CompareOp,
    operand: &Operand,
    negated: bool,
) -> Expr {
    let holds = match operand {
        Operand::Null => {
            let field = Box::new(null_of);
            return if negated { Expr::IsNotNull(field) } else { Expr::IsNull(field) };
        }
        Operand::Value(value) => field.compare(op, Expr::Value(value.clone())),
        Operand::Range(start, end) => Expr::all(
            literal::against_range(op, *start, *end)
                .into_iter()
                .map(|(op, bound)| field.clone().compare(op, Expr::int(bound))),
        ),
        Operand::Between { below } => match op {
            CompareOp::Eq | CompareOp::Ne => Expr::False,
            CompareOp::Lt | CompareOp::Le => field.compare(CompareOp::Le, Expr::int(*below)),
            CompareOp::Gt | CompareOp::Ge => field.compare(CompareOp::Gt, Expr::int(*below)),
        },
        Operand::Beyond(above) => match op {
            CompareOp::Eq | CompareOp::Ne => Expr::False,
            CompareOp::Lt | CompareOp::Le if *above => Expr::IsNotNull(Box::new(field)),
            CompareOp::Gt | CompareOp::Ge if !*above => Expr::IsNotNull(Box::new(field)),
            _ => Expr::False,
        },
    };
    if negated { Expr::any([holds.negate(), null_of.is_null()]) } else { holds }
}

/// Makes the negation of a comparison true where the field is null.
pub(crate) fn two_valued(leaf: &Leaf<'_>, holds: Expr, negated: bool) -> Expr {
    if !negated {
        return holds;
    }
    Expr::any([holds.negate(), leaf.null_of().is_null()])
}
