//! Names to fields and functions, and the types of everything: [`ast`](crate::ast) to
//! [`expr`](crate::expr).
//!
//! Here stand operators and references; the functions with rules of their own are in [`forms`].

mod forms;

use base::{Span, name};

use crate::ast::{Node, NodeKind, Operator};
use crate::expr::{Expr, ExprKind, Op, Step};
use crate::functions::{self, Eval, Function, Returns};
use crate::types::{FieldType, Type, TypeSet};
use crate::{
    Error, REFERENCES_MAX, RELATIONSHIPS_MAX, Reference, Resolver, Settings, Unresolved, Value,
};

pub(crate) struct Checker<'a> {
    pub resolver: &'a dyn Resolver,
    pub settings: &'a Settings,
    pub references: Vec<Reference>,
}

impl Checker<'_> {
    pub(crate) fn check(&mut self, node: &Node) -> Result<Expr, Error> {
        let span = node.span;
        let constant = |value, ty| Ok(Expr { kind: ExprKind::Constant(value), ty, span });
        match &node.kind {
            NodeKind::Number(number) => constant(Value::Number(*number), Type::Number),
            NodeKind::Text(text) => constant(Value::text(text.as_str()), Type::Text),
            NodeKind::Boolean(value) => constant(Value::Boolean(*value), Type::Boolean),
            NodeKind::Null => constant(Value::Blank, Type::Null),
            NodeKind::Path(path) => self.field(path, span),
            NodeKind::Call(name, arguments) => self.call(name, arguments, span),
            NodeKind::Plus(operand) => self.operand(operand, "+", Type::Number),
            NodeKind::Negate(operand) => {
                let operand = self.operand(operand, "-", Type::Number)?;
                let ty = operand.ty;
                Ok(Expr { kind: ExprKind::Negate(Box::new(operand)), ty, span })
            }
            NodeKind::Not(operand) => {
                let operand = self.operand(operand, "NOT", Type::Boolean)?;
                Ok(Expr { kind: ExprKind::Not(Box::new(operand)), ty: Type::Boolean, span })
            }
            NodeKind::Chain(first, rest) => self.chain(first, rest, span),
        }
    }

    fn operand(&mut self, node: &Node, symbol: &str, ty: Type) -> Result<Expr, Error> {
        let expr = self.check(node)?;
        let what = || format!("operator '{symbol}'");
        expect(&expr, TypeSet::from(ty), what)?;
        Ok(expr)
    }

    fn chain(
        &mut self,
        first: &Node,
        rest: &[(Operator, Span, Node)],
        span: Span,
    ) -> Result<Expr, Error> {
        if let Some((operator @ (Operator::And | Operator::Or), _, _)) = rest.first() {
            let mut parts = vec![self.operand(first, operator.symbol(), Type::Boolean)?];
            for (operator, _, node) in rest {
                parts.push(self.operand(node, operator.symbol(), Type::Boolean)?);
            }
            let kind =
                if *operator == Operator::And { ExprKind::And(parts) } else { ExprKind::Or(parts) };
            return Ok(Expr { kind, ty: Type::Boolean, span });
        }
        let first = self.check(first)?;
        let mut left = (first.ty, first.span);
        let mut steps = Vec::with_capacity(rest.len());
        for (operator, at, node) in rest {
            let operand = self.check(node)?;
            let (op, ty) = operation(*operator, left, &operand)?;
            left = (ty, left.1.to(operand.span));
            steps.push(Step { op, operand, span: *at });
        }
        Ok(Expr { kind: ExprKind::Chain(Box::new(first), steps), ty: left.0, span })
    }

    fn field(&mut self, path: &str, span: Span) -> Result<Expr, Error> {
        if path.eq_ignore_ascii_case("$System.OriginDateTime") {
            let origin = crate::calendar::datetime(ORIGIN_MS).map_or(Value::Blank, Value::DateTime);
            return Ok(Expr { kind: ExprKind::Constant(origin), ty: Type::DateTime, span });
        }
        let (idx, ty) = self.reference(path, span)?;
        Ok(Expr { kind: ExprKind::Field(idx), ty: ty.expression(), span })
    }

    /// The index of a reference, new or known.
    fn reference(&mut self, path: &str, span: Span) -> Result<(usize, FieldType), Error> {
        let key = name::key(path);
        if let Some(idx) = self.references.iter().position(|it| it.key == key) {
            return Ok((idx, self.references[idx].ty));
        }
        let ty = self.resolve(path, span)?;
        if self.references.len() == REFERENCES_MAX {
            return Err(Error::TooManyFields { max: REFERENCES_MAX, span });
        }
        self.references.push(Reference { path: path.to_owned(), key, ty, span });
        Ok((self.references.len() - 1, ty))
    }

    fn resolve(&self, path: &str, span: Span) -> Result<FieldType, Error> {
        let segments: Vec<&str> = path.split('.').collect();
        if segments.iter().any(|it| it.is_empty()) {
            return Err(Error::UnknownField { path: path.to_owned(), span });
        }
        let levels = segments.len() - 1;
        if RELATIONSHIPS_MAX < levels {
            let path = path.to_owned();
            return Err(Error::PathTooLong { path, levels, max: RELATIONSHIPS_MAX, span });
        }
        self.resolver.resolve(&segments).map_err(|why| match why {
            Unresolved::Unknown => Error::UnknownField { path: path.to_owned(), span },
            Unresolved::NotHere => Error::FieldNotHere { path: path.to_owned(), span },
        })
    }

    fn call(&mut self, name: &str, arguments: &[Node], span: Span) -> Result<Expr, Error> {
        let name_span = Span { end: span.start + name.len() as u32, ..span };
        let Some(function) = functions::find(name) else {
            return Err(Error::UnknownFunction { name: name.to_owned(), span: name_span });
        };
        let context = self.settings.context;
        if !context.gives(function.needs) {
            return Err(Error::NotHere { name: function.name, context, span: name_span });
        }
        if !function.takes(arguments.len()) {
            return Err(Error::Arguments {
                name: function.name,
                expected: function.arity(),
                found: arguments.len(),
                span: name_span,
            });
        }
        if let Eval::Form(form) = function.eval {
            return self.form(form, function, arguments, span);
        }
        let mut checked = Vec::with_capacity(arguments.len());
        for (idx, node) in arguments.iter().enumerate() {
            let expr = self.check(node)?;
            expect(&expr, function.parameter(idx), || described(function))?;
            checked.push(expr);
        }
        let ty = match function.returns {
            Returns::Is(ty) => ty,
            Returns::First => checked.first().map_or(Type::Null, |it| it.ty),
        };
        forms::check_literals(function, &checked)?;
        Ok(Expr { kind: ExprKind::Call(function, checked), ty, span })
    }
}

/// 1900-01-01T00:00:00Z, the value of `$System.OriginDateTime`.
const ORIGIN_MS: i64 = -25_567 * crate::calendar::DAY_MS;

fn described(function: &Function) -> String {
    format!("function '{}()'", function.name)
}

/// Fails unless `expr` has one of `types`.
fn expect(expr: &Expr, types: TypeSet, what: impl Fn() -> String) -> Result<(), Error> {
    if types.has(expr.ty) {
        return Ok(());
    }
    Err(mismatch(expr.ty, expr.span, types, what()))
}

fn mismatch(found: Type, span: Span, expected: TypeSet, what: String) -> Error {
    Error::Mismatch { what, expected, found, span }
}

/// Decides what `operator` does with operands of these types.
fn operation(operator: Operator, left: (Type, Span), right: &Expr) -> Result<(Op, Type), Error> {
    use Operator::*;
    let (a, b) = (left.0, right.ty);
    match operator {
        Add | Sub => additive(operator, left, right),
        Mul | Div | Pow => {
            both(operator, left, right, Type::Number)?;
            let op = match operator {
                Mul => Op::Mul,
                Div => Op::Div,
                _ => Op::Pow,
            };
            Ok((op, Type::Number))
        }
        Concat => {
            both(operator, left, right, Type::Text)?;
            Ok((Op::Concat, Type::Text))
        }
        Eq | Ne => {
            let ty = a.common(b).filter(|it| *it != Type::Location && !it.is_picklist());
            let Some(ty) = ty else { return Err(wrong(operator, left, right, equatable(a))) };
            let op = match (operator, ty) {
                (Eq, Type::Text) => Op::SameText,
                (Eq, _) => Op::Equal,
                (_, Type::Text) => Op::OtherText,
                _ => Op::NotEqual,
            };
            Ok((op, Type::Boolean))
        }
        Lt | Le | Gt | Ge => {
            let Some(_) = a.common(b).filter(|it| ORDERED.has(*it)) else {
                return Err(wrong(operator, left, right, ordered(a)));
            };
            let op = match operator {
                Lt => Op::Less,
                Le => Op::LessOrEqual,
                Gt => Op::Greater,
                _ => Op::GreaterOrEqual,
            };
            Ok((op, Type::Boolean))
        }
        And | Or => {
            both(operator, left, right, Type::Boolean)?;
            Ok((Op::Blank, Type::Boolean))
        }
    }
}

const ORDERED: TypeSet =
    TypeSet::of(&[Type::Number, Type::Text, Type::Date, Type::DateTime, Type::Time]);

const EQUATABLE: TypeSet =
    TypeSet::of(&[Type::Number, Type::Text, Type::Boolean, Type::Date, Type::DateTime, Type::Time]);

/// What the right operand may be, given the left one.
fn equatable(left: Type) -> TypeSet {
    if left != Type::Null && EQUATABLE.has(left) { TypeSet::from(left) } else { EQUATABLE }
}

fn ordered(left: Type) -> TypeSet {
    if left != Type::Null && ORDERED.has(left) { TypeSet::from(left) } else { ORDERED }
}

fn both(operator: Operator, left: (Type, Span), right: &Expr, ty: Type) -> Result<(), Error> {
    let types = TypeSet::from(ty);
    if types.has(left.0) && types.has(right.ty) {
        return Ok(());
    }
    Err(wrong(operator, left, right, types))
}

/// Blames the operand that is not among `types`; the right one where both are.
fn wrong(operator: Operator, left: (Type, Span), right: &Expr, types: TypeSet) -> Error {
    let (found, span) = if types.has(left.0) { (right.ty, right.span) } else { left };
    mismatch(found, span, types, format!("operator '{}'", operator.symbol()))
}

fn additive(operator: Operator, left: (Type, Span), right: &Expr) -> Result<(Op, Type), Error> {
    use Type::*;
    let plus = operator == Operator::Add;
    let found = match (left.0, right.ty) {
        (Null, _) | (_, Null) => (Op::Blank, Null),
        (Number, Number) => (if plus { Op::Add } else { Op::Sub }, Number),
        (Text, Text) if plus => (Op::Concat, Text),
        (ty @ (Date | DateTime), Number) => (if plus { Op::PlusDays } else { Op::MinusDays }, ty),
        (Number, ty @ (Date | DateTime)) if plus => (Op::DaysPlus, ty),
        (Date, Date) | (DateTime, DateTime) if !plus => (Op::DaysBetween, Number),
        (Time, Number) => (if plus { Op::PlusMs } else { Op::MinusMs }, Time),
        (Time, Time) if !plus => (Op::MsBetween, Number),
        (Text, _) if !plus => return Err(wrong(operator, left, right, ARITHMETIC)),
        (ty @ (Number | Text | Date | DateTime | Time), found) => {
            let expected = match (ty, plus) {
                (Number, true) => TypeSet::of(&[Number, Date, DateTime]),
                (Text, _) => TypeSet::TEXT,
                (Date | DateTime | Time, false) => TypeSet::of(&[Number, ty]),
                _ => TypeSet::NUMBER,
            };
            let what = format!("operator '{}'", operator.symbol());
            return Err(mismatch(found, right.span, expected, what));
        }
        _ => return Err(wrong(operator, left, right, ARITHMETIC)),
    };
    Ok(found)
}

const ARITHMETIC: TypeSet = TypeSet::of(&[Type::Number, Type::Date, Type::DateTime, Type::Time]);
