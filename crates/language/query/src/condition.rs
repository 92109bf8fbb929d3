//! WHERE: conditions that are true or false, never unknown.
//!
//! SOQL knows two truth values: `Name != 'x'` and `NOT (Name = 'x')` hold for an empty name,
//! `Amount < 5` does not for an empty amount (wire reference, section 10.3). SQL knows three, so
//! NOT is pushed down to the comparisons, and each says what null means there.

use base::Span;
use schema::{FieldType, Object};
use soql::{Condition, InValues, Literal};
use sql::{CompareOp, Expr, Select, Value};

use crate::compile::Context;
use crate::error::{Error, ErrorKind};
use crate::like;
use crate::literal::{self, Operand};
use crate::path::{Leaf, Resolved, Tables, type_of};

/// Semi-joins that one query may hold.
const SEMI_JOINS_MAX: usize = 2;

/// Where a condition stands, which decides whether a semi-join may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    InOr,
    /// Under NOT, or inside a semi-join.
    Nested,
}

/// Lowers the WHERE clause of a query.
pub(crate) fn lower(tables: &mut Tables<'_>, condition: &Condition) -> Result<Expr, Error> {
    let mut lowering = Lowering { tables, semi_joins: 0, inside_semi_join: false };
    lowering.condition(condition, false, Place::Top)
}

struct Lowering<'t, 's> {
    tables: &'t mut Tables<'s>,
    semi_joins: usize,
    inside_semi_join: bool,
}

impl<'s> Lowering<'_, 's> {
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
                let resolved = self.operand(operand)?;
                self.compare(&resolved, *op, value, *span, negated)
            }
            Condition::LikeAny { operand, values, span } => {
                let leaf = self.operand(operand)?.leaf;
                let one = |it: &soql::Value| like::lower(&leaf, it, *span, negated);
                let each: Result<Vec<Expr>, Error> = values.iter().map(one).collect();
                each.map(|it| if negated { Expr::all(it) } else { Expr::any(it) })
            }
            Condition::In { operand, negated: not, values, span } => {
                let resolved = self.operand(operand)?;
                match values {
                    InValues::List(values) => self.in_list(&resolved, values, negated != *not),
                    InValues::Subquery(inner) => {
                        self.semi_join(&resolved, inner, *span, negated != *not, place)
                    }
                }
            }
            Condition::Includes { operand, negated: not, values, span } => {
                let resolved = self.operand(operand)?;
                self.includes(&resolved, values, *span, negated != *not)
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

    fn operand(&mut self, operand: &soql::Operand) -> Result<Resolved<'s>, Error> {
        let path = match operand {
            soql::Operand::Path(path) => path,
            soql::Operand::Function(function) => {
                let what = "functions in a WHERE clause are".to_owned();
                return Err(Error::at(function.span, ErrorKind::Unsupported(what)));
            }
        };
        let resolved = self.tables.resolve(path)?;
        if !type_of(&resolved.leaf).is_filterable() {
            let name = resolved.leaf.name().to_owned();
            return Err(Error::at(path.span, ErrorKind::NotFilterable(name)));
        }
        Ok(resolved)
    }

    fn compare(
        &mut self,
        resolved: &Resolved<'s>,
        op: soql::CompareOp,
        value: &soql::Value,
        span: Span,
        negated: bool,
    ) -> Result<Expr, Error> {
        let leaf = &resolved.leaf;
        let Some(op) = comparison(op) else {
            return like::lower(leaf, value, span, negated);
        };
        let operand = self.read(leaf, value)?;
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        let bit = type_of(leaf) == FieldType::Checkbox;
        if ordered && (operand == Operand::Null || bit) {
            return Err(Error::at(span, ErrorKind::InvalidOperator));
        }
        let positive = if op == CompareOp::Ne { CompareOp::Eq } else { op };
        let negated = negated != (op == CompareOp::Ne);
        Ok(truth(leaf, positive, &operand, negated))
    }

    fn read(&self, leaf: &Leaf<'s>, value: &soql::Value) -> Result<Operand, Error> {
        literal::read(self.tables.context, leaf.field(), leaf.name(), &value.literal)
            .map_err(|kind| Error::at(value.span, kind))
    }

    fn in_list(
        &mut self,
        resolved: &Resolved<'s>,
        values: &[soql::Value],
        negated: bool,
    ) -> Result<Expr, Error> {
        let leaf = &resolved.leaf;
        let mut plain: Vec<Value> = Vec::with_capacity(values.len());
        let mut others: Vec<Expr> = Vec::new();
        for value in values {
            match self.read(leaf, value)? {
                Operand::Value(value) => plain.push(value),
                other => others.push(truth(leaf, CompareOp::Eq, &other, negated)),
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
        resolved: &Resolved<'s>,
        values: &[soql::Value],
        span: Span,
        negated: bool,
    ) -> Result<Expr, Error> {
        let leaf = &resolved.leaf;
        if type_of(leaf) != FieldType::MultiselectPicklist {
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

    fn semi_join(
        &mut self,
        resolved: &Resolved<'s>,
        inner: &soql::Query,
        span: Span,
        negated: bool,
        place: Place,
    ) -> Result<Expr, Error> {
        self.semi_joins += 1;
        let refusal = match place {
            _ if self.inside_semi_join => Some(ErrorKind::NestedSemiJoin),
            Place::InOr => Some(ErrorKind::SemiJoinInOr),
            Place::Nested => Some(ErrorKind::NestedSemiJoin),
            Place::Top if SEMI_JOINS_MAX < self.semi_joins => Some(ErrorKind::TooManySemiJoins),
            Place::Top => None,
        };
        if let Some(kind) = refusal {
            return Err(Error::at(span, kind));
        }
        let Some(outer) = id_leaf(&resolved.leaf) else {
            let name = resolved.canonical();
            return Err(Error::at(span, ErrorKind::SemiJoinOperand(name)));
        };
        let select = self.inner_select(&resolved.leaf, inner, span)?;
        let inside = Expr::InSelect(Box::new(outer), Box::new(select));
        Ok(two_valued(&resolved.leaf, inside, negated))
    }

    fn inner_select(
        &mut self,
        outer: &Leaf<'s>,
        inner: &soql::Query,
        span: Span,
    ) -> Result<Select, Error> {
        let context: &'s Context<'s> = self.tables.context;
        let (object, path) = inner_parts(context, inner, span)?;
        let mut tables = Tables::new(context, object, self.tables.aliases());
        if let Some(alias) = &inner.from.alias {
            tables.name(&alias.text, Vec::new());
        }
        let resolved = tables.resolve(path)?;
        if 1 < resolved.steps.len() {
            let name = resolved.canonical();
            return Err(Error::at(path.span, ErrorKind::SemiJoinPath(name)));
        }
        let (Some(value), Some(field)) = (id_leaf(&resolved.leaf), resolved.leaf.field()) else {
            let name = resolved.canonical();
            return Err(Error::at(path.span, ErrorKind::SemiJoinOperand(name)));
        };
        let outer_id = outer.field().is_some_and(|it| it.ty == FieldType::Id);
        if outer_id && field.ty == FieldType::Id && object.id == self.tables.root.id {
            return Err(Error::at(span, ErrorKind::SemiJoinSameObject));
        }
        let condition = match &inner.where_ {
            None => Expr::True,
            Some(condition) => {
                let mut lowering =
                    Lowering { tables: &mut tables, semi_joins: 0, inside_semi_join: true };
                lowering.condition(condition, false, Place::Top)?
            }
        };
        let mut select = Select::from_table(&object.table, tables.root_alias);
        select.where_ = Expr::all([
            crate::compile::live(context, &tables),
            Expr::IsNotNull(Box::new(value.clone())),
            condition,
        ]);
        select.columns = vec![value];
        select.joins = tables.joins;
        Ok(select)
    }
}

/// The object and the one selected path of a semi-join's inner query.
fn inner_parts<'s, 'q>(
    context: &'s Context<'s>,
    inner: &'q soql::Query,
    span: Span,
) -> Result<(&'s Object, &'q soql::Path), Error> {
    let object = crate::compile::root_object(context, &inner.from)?;
    let extra = !inner.order_by.is_empty() || inner.limit.is_some() || inner.offset.is_some();
    if extra {
        let kind = ErrorKind::NotInContext("ORDER BY, LIMIT and OFFSET of a semi join are");
        return Err(Error::at(span, kind));
    }
    match inner.select.as_slice() {
        [soql::SelectItem::Path { path, .. }] => Ok((object, path)),
        _ => {
            let name = soql::print(inner);
            Err(Error::at(span, ErrorKind::SemiJoinOperand(name)))
        }
    }
}

/// The integer of an id or a reference; none for other fields.
fn id_leaf(leaf: &Leaf<'_>) -> Option<Expr> {
    let ty = leaf.field()?.ty;
    (ty == FieldType::Id || ty.is_reference()).then(|| leaf.expr())
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
    let field = leaf.compared();
    let holds = match operand {
        Operand::Null => {
            let field = Box::new(leaf.expr());
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
    two_valued(leaf, holds, negated)
}

/// Makes the negation of a comparison true where the field is null.
pub(crate) fn two_valued(leaf: &Leaf<'_>, holds: Expr, negated: bool) -> Expr {
    if !negated {
        return holds;
    }
    Expr::any([holds.negate(), leaf.expr().is_null()])
}
