//! Fields that are worked out when they are read, as expressions of the engine.
//!
//! A formula's references become columns of parents that are joined for it, and other calculated
//! fields stand in it as expressions; a roll-up summary is a select of the children, in which a
//! filter means what it means in a query.
//!
//! Whoever may read the field reads what it makes of other records and fields, as on the platform:
//! parents are joined, and children counted, without asking for the caller's rights.
//!
//! The text of a formula compares without the case of ASCII letters only: engines cannot fold
//! others, and no shadow holds what is not stored.

use std::sync::Arc;

use access::Access;
use base::{RecordId, Span, Value};
use formula::to_sql::{Column, Columns, NO_VALUE, is_without_value, size, with_calculated};
use formula::{Environment, Reference};
use schema::{
    Calculation, Field, FieldPath, FieldType, FilterOperation, FormulaField, Object, PathStart,
    Schema, Summary, SummaryFilter, SummaryOperation,
};
use soql::{Condition, Ident, InValues, Literal, Operand, Pattern, PatternPart};
use sql::{Aggregate, Alias, ArithOp, CompareOp, Expr, Scalar, Select};

use crate::compile::Context;
use crate::condition;
use crate::error::{Error, ErrorKind};
use crate::function::component;
use crate::in_memory::{InMemory, Input};
use crate::path::{Computed, Leaf, Measure, Right, Tables};
use crate::select_list::scalar;

impl<'s> Tables<'s> {
    /// The value of a calculated field of the table `alias`.
    pub(crate) fn calculated(
        &mut self,
        alias: Alias,
        field: &'s Field,
        span: Span,
    ) -> Result<Leaf<'s>, Error> {
        if let Some(Calculation::Formula(formula)) = &field.calculation
            && !formula.in_sql
        {
            let it = self.in_memory(alias, field, formula, span)?;
            return Ok(Leaf::InMemory(Box::new(it)));
        }
        let expr = self.calculation(alias, field, span)?.shown;
        // It stands where it is shown, where it is compared, and where it is asked for null.
        if !self.aliases().add_parts(2 * size(&expr)) {
            return Err(Error::at(span, ErrorKind::FormulasTooLarge));
        }
        let compared = if field.ty.is_text() { expr.clone().lower() } else { expr.clone() };
        Ok(Leaf::Computed(Box::new(Computed {
            name: field.name.clone(),
            ty: field.ty,
            scale: field.scale,
            field: Some(field),
            null_of: expr.clone(),
            expr,
            compared,
            measure: Measure::Plain,
        })))
    }

    fn calculation(
        &mut self,
        alias: Alias,
        field: &Field,
        span: Span,
    ) -> Result<Calculated, Error> {
        if let Some(found) = self.calculated.get(&(alias, field.id)) {
            return Ok(found.clone());
        }
        let calculated = match &field.calculation {
            Some(Calculation::Formula(it)) => self.formula(alias, field, it, span)?,
            Some(Calculation::Summary(it)) => {
                let shown = Expr::Subselect(Box::new(self.summary(alias, it, span)?));
                // A sum is null where it is too large, and only there.
                let marked = match it.operation {
                    SummaryOperation::Sum => {
                        Expr::Coalesce(vec![shown.clone(), Expr::Literal(NO_VALUE)])
                    }
                    _ => shown.clone(),
                };
                Calculated { shown, marked }
            }
            None => {
                let (object, field) = (self.root.name.clone(), field.name.clone());
                return Err(Error::at(span, ErrorKind::UnknownField { object, field }));
            }
        };
        self.calculated.insert((alias, field.id), calculated.clone());
        Ok(calculated)
    }

    fn formula(
        &mut self,
        alias: Alias,
        field: &Field,
        it: &FormulaField,
        span: Span,
    ) -> Result<Calculated, Error> {
        if it.formula.reads_clock() {
            self.aliases().set_momentary();
        }
        let (mut columns, mut bound) = (Vec::with_capacity(it.paths.len()), Vec::new());
        for (path, number) in it.paths.iter().zip(0..) {
            columns.push(self.reference(alias, (path, number), &mut bound, span)?);
        }
        let parts: usize = bound.iter().map(|(_, it)| size(it)).sum();
        if !self.aliases().add_parts(parts) {
            return Err(Error::at(span, ErrorKind::FormulasTooLarge));
        }
        let context = self.context;
        let environment = Environment { now: context.now, zone: context.zone };
        let lowered = it.formula.to_portable_sql(&Standing(columns), &environment, field.scale);
        let lowered = lowered.map_err(|_| Error::at(span, ErrorKind::FormulasTooLarge))?;
        let marked = lowered.marked(formula_type(field));
        Ok(Calculated {
            shown: with_calculated(bound.clone(), lowered.value),
            marked: with_calculated(bound, marked),
        })
    }

    /// A formula that no engine computes, and what it is computed from.
    fn in_memory(
        &mut self,
        alias: Alias,
        field: &'s Field,
        formula: &'s Arc<FormulaField>,
        span: Span,
    ) -> Result<InMemory<'s>, Error> {
        if formula.formula.reads_clock() {
            self.aliases().set_momentary();
        }
        let inputs: Result<Vec<Input<'s>>, Error> =
            formula.paths.iter().map(|path| self.input(alias, path, span)).collect();
        let (now, zone) = (self.context.now, self.context.zone);
        Ok(InMemory { field, formula: Arc::clone(formula), inputs: inputs?, now, zone })
    }

    fn input(&mut self, alias: Alias, path: &FieldPath, span: Span) -> Result<Input<'s>, Error> {
        let (at, object) = self.follow(alias, path, span)?;
        let field = object.get(path.field);
        let kind = scalar(field);
        match &field.calculation {
            Some(Calculation::Formula(formula)) if !formula.in_sql => {
                let inner = self.in_memory(at, field, formula, span)?;
                return Ok(Input::Formula(Box::new(inner)));
            }
            Some(_) => {
                let Calculated { shown, marked } = self.calculation(at, field, span)?;
                let fault = is_without_value(marked, formula_type(field));
                return Ok(Input::Column { value: shown, kind, fault: Some(fault) });
            }
            None => {}
        }
        let column = |it: &Field| Expr::Column(at, it.column().to_owned());
        if field.ty == FieldType::Location {
            let part = |key: &str| component(object, field, key).map(|it| (column(it), it.scale));
            let place = part("latitude").zip(part("longitude"));
            return Ok(Input::Place(place.map(|(latitude, longitude)| [latitude, longitude])));
        }
        Ok(Input::Column { value: column(field), kind, fault: None })
    }

    /// The table and the object at the end of a path.
    fn follow(
        &mut self,
        alias: Alias,
        path: &FieldPath,
        span: Span,
    ) -> Result<(Alias, &'s Object), Error> {
        let schema: &'s Schema = self.context.schema;
        let mut at = self.start(alias, path, span)?;
        let mut object = schema.get(path.from);
        for hop in &path.hops {
            let target = schema.get(hop.target);
            at = self.join((at, object.get(hop.lookup)), target, Right::Formulas, span)?;
            object = target;
        }
        Ok((at, object))
    }

    /// What stands for a field that a formula refers to. A calculated one is bound by its number.
    fn reference(
        &mut self,
        alias: Alias,
        (path, number): (&FieldPath, u32),
        bound: &mut Vec<(u32, Expr)>,
        span: Span,
    ) -> Result<Column, Error> {
        let (at, object) = self.follow(alias, path, span)?;
        let field = object.get(path.field);
        if field.is_virtual() {
            bound.push((number, self.calculation(at, field, span)?.marked));
            return Ok(Column::calculated(number, formula_type(field), field.scale));
        }
        let column = |field: &Field| Expr::Column(at, field.column().to_owned());
        let part =
            |key: &str| component(object, field, key).map_or(Expr::Value(sql::Value::Null), column);
        let (expr, longitude) = match field.ty {
            FieldType::Location => (part("latitude"), Some(part("longitude"))),
            FieldType::Id | FieldType::Lookup | FieldType::MasterDetail => {
                (id_text(&column(field)), None)
            }
            _ => (column(field), None),
        };
        Ok(Column { expr, longitude, scale: field.scale, fault: None })
    }

    /// The table at which a path begins.
    fn start(&mut self, alias: Alias, path: &FieldPath, span: Span) -> Result<Alias, Error> {
        if path.start == PathStart::Record {
            return Ok(alias);
        }
        if let Some(found) = self.starts.get(&path.start) {
            return Ok(*found);
        }
        let start = self.aliases().next();
        let user = self.context.access.user();
        let on = match (path.start, user) {
            (PathStart::User, Some(user)) => {
                Expr::Column(start, "id".to_owned()).eq(Expr::int(user.raw()))
            }
            (PathStart::User, None) => Expr::False,
            _ => Expr::True,
        };
        self.join_on(start, self.context.schema.get(path.from), on, span)?;
        self.starts.insert(path.start, start);
        Ok(start)
    }

    /// What a roll-up summary makes of the children of one record.
    fn summary(&self, alias: Alias, it: &Summary, span: Span) -> Result<Select, Error> {
        let access = Access::system("roll-up summary");
        let context = Context { access: &access, deleted: false, ..*self.context };
        let mut tables = Tables::new(&context, context.schema.get(it.child), self.aliases());
        let object = tables.root;
        let mut conditions = vec![
            tables.root_column(object.get(it.lookup).column()).eq(Expr::Column(alias, "id".into())),
            tables.root_column("isdeleted").is(0),
        ];
        for filter in &it.filters {
            let condition = condition_of(object.get(filter.field), filter, span);
            conditions.push(condition::lower(&mut tables, &condition)?);
        }
        let mut value = Expr::CountRows;
        if let Some(field) = it.field {
            let leaf = tables.field_of(tables.root_alias, object, &object.get(field).name, span)?;
            value = match it.operation {
                SummaryOperation::Count => Expr::CountRows,
                SummaryOperation::Min => leaf.expr().aggregate(Aggregate::Min),
                SummaryOperation::Max => leaf.expr().aggregate(Aggregate::Max),
                SummaryOperation::Sum => sum(&leaf.expr()),
            };
        }
        Ok(Select {
            columns: vec![value],
            joins: tables.joins,
            where_: Expr::all(conditions),
            ..Select::from_table(&object.table, tables.root_alias)
        })
    }
}

/// A calculated field: as it is shown, and as it stands in other formulas, where no value is not
/// a blank.
#[derive(Debug, Clone)]
pub(crate) struct Calculated {
    shown: Expr,
    marked: Expr,
}

fn formula_type(field: &Field) -> formula::FieldType {
    schema::formula_type(field.ty).unwrap_or(formula::FieldType::Text)
}

/// The sum of a column, 0 of nothing; null where it has more than 18 digits. Summed in two halves,
/// because engines fail at a sum that 64 bits do not hold.
fn sum(of: &Expr) -> Expr {
    const HALF: i64 = 1_000_000_000;
    let half = |op| {
        let sum = of.clone().arith(op, Expr::Literal(HALF)).aggregate(Aggregate::Sum);
        Expr::Coalesce(vec![sum, Expr::Literal(0)])
    };
    let (high, low) = (half(ArithOp::Div), half(ArithOp::Rem));
    let fits = Expr::And(vec![
        high.clone().compare(CompareOp::Lt, Expr::Literal(HALF - 1)),
        Expr::Literal(1 - HALF).compare(CompareOp::Lt, high.clone()),
    ]);
    let sum = high.arith(ArithOp::Mul, Expr::Literal(HALF)).arith(ArithOp::Add, low);
    let null = Expr::AsInt(Box::new(Expr::Value(sql::Value::Null)));
    Expr::Case(vec![(fits, sum)], Box::new(null))
}

/// What stands for the references of a formula, in their order.
struct Standing(Vec<Column>);

impl Columns for Standing {
    fn column(&self, idx: usize, _reference: &Reference) -> Option<Column> {
        self.0.get(idx).cloned()
    }
}

/// A filter of a roll-up summary, as a query would say it.
fn condition_of(field: &Field, filter: &SummaryFilter, span: Span) -> Condition {
    use FilterOperation as O;
    let ident = Ident { text: field.name.clone(), span };
    let operand = Operand::Path(soql::Path { segments: vec![ident], span });
    let value = |literal| soql::Value { literal, span };
    let any = |parts: Vec<Condition>| match <[Condition; 1]>::try_from(parts) {
        Ok([one]) => one,
        Err(parts) => Condition::Or(parts),
    };
    let compare = |op| {
        let one = |it: &Value| {
            let (operand, value) = (operand.clone(), value(literal(it)));
            Condition::Compare { operand, op, value, span }
        };
        any(filter.values.iter().map(one).collect())
    };
    let like = |before: bool| {
        let values = filter.values.iter().map(|it| value(pattern(it, before))).collect();
        Condition::LikeAny { operand: operand.clone(), values, span }
    };
    let values = || filter.values.iter().map(|it| value(literal(it))).collect();
    let not = |inner: Condition| Condition::Not { inner: Box::new(inner), span };
    match filter.operation {
        O::Equals | O::NotEqual => Condition::In {
            operand: operand.clone(),
            negated: filter.operation == O::NotEqual,
            values: InValues::List(values()),
            span,
        },
        O::LessThan => compare(soql::CompareOp::Lt),
        O::GreaterThan => compare(soql::CompareOp::Gt),
        O::LessOrEqual => compare(soql::CompareOp::Le),
        O::GreaterOrEqual => compare(soql::CompareOp::Ge),
        O::Contains => like(true),
        O::NotContain => not(like(true)),
        O::StartsWith => like(false),
        O::Includes | O::Excludes => {
            let negated = filter.operation == O::Excludes;
            Condition::Includes { operand: operand.clone(), negated, values: values(), span }
        }
    }
}

fn literal(value: &Value) -> Literal {
    match value {
        Value::Null | Value::Bytes(_) => Literal::Null,
        Value::Bool(it) => Literal::Bool(*it),
        Value::Decimal(it) => Literal::Number(*it),
        Value::Text(it) => Literal::Text(it.clone()),
        Value::Date(it) => Literal::Date(*it),
        Value::DateTime(it) => Literal::DateTime(*it),
        Value::Time(it) => Literal::Time(*it),
        Value::Id(it) => Literal::Text(it.to_string()),
    }
}

/// What contains a text, or begins with it.
fn pattern(value: &Value, before: bool) -> Literal {
    let text = PatternPart::Text(value.as_text().unwrap_or_default().to_owned());
    let before = before.then_some(PatternPart::AnyRun);
    let parts = before.into_iter().chain([text, PatternPart::AnyRun]).collect();
    Literal::Pattern(Pattern { parts })
}

const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The 15 characters of an id, which it has in formulas; null for null.
fn id_text(id: &Expr) -> Expr {
    let sequences = RecordId::SEQUENCE_MAX + 1;
    let digit = |place: u32| {
        let (number, power) = match place {
            0..3 => (id.clone().arith(ArithOp::Div, Expr::Literal(sequences)), 2 - place),
            _ => (id.clone().arith(ArithOp::Rem, Expr::Literal(sequences)), 14 - place),
        };
        // 62^10 is the last power that a sequence may reach.
        match 62_i64.checked_pow(power).filter(|_| power <= 10) {
            None => Expr::Literal(0),
            Some(weight) => number
                .arith(ArithOp::Div, Expr::Literal(weight))
                .arith(ArithOp::Rem, Expr::Literal(62)),
        }
    };
    let at = |text: &str, place: Expr| {
        let place = Expr::Literal(1).arith(ArithOp::Add, place);
        Expr::Call(Scalar::Substr, vec![Expr::text(text), place, Expr::Literal(1)])
    };
    let body = (0..15).map(|place| at(DIGITS, digit(place)));
    let text = Expr::Concat(body.collect());
    Expr::Case(
        vec![(id.clone().is_null(), Expr::AsText(Box::new(Expr::Value(sql::Value::Null))))],
        Box::new(text),
    )
}
