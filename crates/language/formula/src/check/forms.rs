//! Functions with rules of their own: which arguments are computed, what type comes out, where a
//! field or a literal must stand.

use base::Span;

use super::{Checker, described, expect, mismatch};
use crate::Error;
use crate::ast::{Node, NodeKind};
use crate::expr::{Expr, ExprKind, VLookup};
use crate::functions::{Form, Function, geo, pattern};
use crate::types::{FieldType, Type, TypeSet};

/// What may be blank: everything but a checkbox.
const BLANKABLE: TypeSet = TypeSet::of(&[
    Type::Number,
    Type::Text,
    Type::Date,
    Type::DateTime,
    Type::Time,
    Type::Location,
    Type::Picklist,
    Type::MultiPicklist,
]);

/// What BLANKVALUE and NULLVALUE take.
const REPLACEABLE: TypeSet =
    TypeSet::of(&[Type::Number, Type::Text, Type::Date, Type::DateTime, Type::Time]);

/// What CASE and IN compare, and what CASE returns.
const SELECTABLE: TypeSet = TypeSet::of(&[
    Type::Number,
    Type::Text,
    Type::Date,
    Type::DateTime,
    Type::Time,
    Type::Picklist,
]);

impl Checker<'_> {
    /// Each form is a function of its own: this one is on the stack at every level of nesting.
    pub(super) fn form(
        &mut self,
        form: Form,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        match form {
            Form::And | Form::Or => self.connective(form, function, nodes, span),
            Form::If => self.branches(function, nodes, span),
            Form::Case => self.case(function, nodes, span),
            Form::In => self.in_list(function, nodes, span),
            Form::IfError => self.if_error(function, nodes, span),
            Form::IsBlank | Form::IsNull => self.blankness(form, function, nodes, span),
            Form::BlankValue | Form::NullValue => self.replaced(form, function, nodes, span),
            Form::IsChanged | Form::PriorValue => self.change(form, function, nodes, span),
            Form::Regex => self.regex(function, nodes, span),
            Form::VLookup => self.vlookup(function, nodes, span),
        }
    }

    fn connective(
        &mut self,
        form: Form,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let parts = self.all(nodes)?;
        for part in &parts {
            expect(part, TypeSet::BOOLEAN, || described(function))?;
        }
        let kind = if form == Form::And { ExprKind::And(parts) } else { ExprKind::Or(parts) };
        Ok(boolean(kind, span))
    }

    fn in_list(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let mut parts = self.all(nodes)?;
        let subject = parts.remove(0);
        expect(&subject, SELECTABLE, || described(function))?;
        for part in &parts {
            selects(&subject, part, function)?;
        }
        Ok(boolean(ExprKind::In(Box::new(subject), parts), span))
    }

    fn if_error(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let first = self.boxed(&nodes[0])?;
        let second = self.boxed(&nodes[1])?;
        let ty = common(first.ty, &second, function)?;
        Ok(Expr { kind: ExprKind::IfError(first, second), ty, span })
    }

    fn blankness(
        &mut self,
        form: Form,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let operand = self.boxed(&nodes[0])?;
        expect(&operand, BLANKABLE, || described(function))?;
        if form == Form::IsNull && operand.ty == Type::Text {
            // A text is never null to ISNULL, even where it is blank.
            return Ok(boolean(ExprKind::Constant(crate::Value::Boolean(false)), span));
        }
        Ok(boolean(ExprKind::IsBlank(operand), span))
    }

    fn change(
        &mut self,
        form: Form,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let (idx, ty) = self.changing(&nodes[0], function)?;
        if form == Form::IsChanged {
            return Ok(boolean(ExprKind::Changed(idx), span));
        }
        Ok(Expr { kind: ExprKind::Prior(idx), ty: ty.expression(), span })
    }

    fn regex(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let parts = self.all(nodes)?;
        for part in &parts {
            expect(part, TypeSet::TEXT, || described(function))?;
        }
        if let [text, Expr { kind: ExprKind::Constant(value), span: at, .. }] = parts.as_slice() {
            let source = value.as_text().unwrap_or_default();
            let regex =
                pattern::compile(source).map_err(|reason| Error::Pattern { reason, span: *at })?;
            let kind = ExprKind::Matches(Box::new(text.clone()), Box::new(regex));
            return Ok(boolean(kind, span));
        }
        Ok(boolean(ExprKind::Call(function, parts), span))
    }

    fn boxed(&mut self, node: &Node) -> Result<Box<Expr>, Error> {
        self.check(node).map(Box::new)
    }

    fn all(&mut self, nodes: &[Node]) -> Result<Vec<Expr>, Error> {
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            out.push(self.check(node)?);
        }
        Ok(out)
    }

    /// IF and IFS: conditions and results in turn, the last result for when none holds.
    fn branches(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        uneven(function, nodes.len(), span)?;
        let mut parts = self.all(nodes)?;
        let otherwise = parts.pop().expect("invariant: the arity was checked");
        let mut ty = Type::Null;
        for pair in parts.chunks_exact(2) {
            expect(&pair[0], TypeSet::BOOLEAN, || described(function))?;
            ty = common(ty, &pair[1], function)?;
        }
        ty = common(ty, &otherwise, function)?;
        Ok(Expr { kind: ExprKind::If(paired(parts), Box::new(otherwise)), ty, span })
    }

    fn case(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        uneven(function, nodes.len() - 1, span)?;
        let mut parts = self.all(nodes)?;
        let otherwise = parts.pop().expect("invariant: the arity was checked");
        let mut subject = parts.remove(0);
        expect(&subject, SELECTABLE, || described(function))?;
        let mut ty = Type::Null;
        for pair in parts.chunks_exact(2) {
            selects(&subject, &pair[0], function)?;
            if subject.ty == Type::Null {
                subject.ty = pair[0].ty;
            }
            ty = selected(ty, &pair[1], function)?;
        }
        ty = selected(ty, &otherwise, function)?;
        let kind = ExprKind::Case(Box::new(subject), paired(parts), Box::new(otherwise));
        Ok(Expr { kind, ty, span })
    }

    fn replaced(
        &mut self,
        form: Form,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let value = self.boxed(&nodes[0])?;
        let substitute = self.boxed(&nodes[1])?;
        expect(&value, REPLACEABLE, || described(function))?;
        expect(&substitute, REPLACEABLE, || described(function))?;
        let ty = common(value.ty, &substitute, function)?;
        if form == Form::NullValue && ty == Type::Text {
            // A text is never null to NULLVALUE, even where it is blank.
            return Ok(Expr { ty, span, ..*value });
        }
        Ok(Expr { kind: ExprKind::Substitute(value, substitute), ty, span })
    }

    /// The field of the changing record that ISCHANGED and PRIORVALUE take.
    fn changing(
        &mut self,
        node: &Node,
        function: &'static Function,
    ) -> Result<(usize, FieldType), Error> {
        match &node.kind {
            NodeKind::Path(path) if !path.starts_with('$') => self.reference(path, node.span),
            _ => Err(Error::Literal { name: function.name, what: "a field", span: node.span }),
        }
    }

    /// `VLOOKUP($ObjectType.Zip__c.Fields.City__c, $ObjectType.Zip__c.Fields.Name, key)`.
    fn vlookup(
        &mut self,
        function: &'static Function,
        nodes: &[Node],
        span: Span,
    ) -> Result<Expr, Error> {
        let (object, field, ty) = self.object_field(&nodes[0], function)?;
        let (other, by, key_ty) = self.object_field(&nodes[1], function)?;
        if !object.eq_ignore_ascii_case(&other) {
            let what = "a field of the same object";
            return Err(Error::Literal { name: function.name, what, span: nodes[1].span });
        }
        let key = self.check(&nodes[2])?;
        expect(&key, TypeSet::from(key_ty.expression()), || described(function))?;
        let lookup = Box::new(VLookup { object, field, by });
        let kind = ExprKind::Lookup(lookup, Box::new(key));
        Ok(Expr { kind, ty: ty.expression(), span })
    }

    fn object_field(
        &mut self,
        node: &Node,
        function: &'static Function,
    ) -> Result<(String, String, FieldType), Error> {
        let what = "a field as $ObjectType.Object.Fields.Field";
        let error = Error::Literal { name: function.name, what, span: node.span };
        let NodeKind::Path(path) = &node.kind else { return Err(error) };
        let segments: Vec<&str> = path.split('.').collect();
        match segments.as_slice() {
            [root, object, fields, field]
                if root.eq_ignore_ascii_case("$ObjectType")
                    && fields.eq_ignore_ascii_case("Fields") =>
            {
                let ty = self.resolve(path, node.span)?;
                Ok(((*object).to_owned(), (*field).to_owned(), ty))
            }
            _ => Err(error),
        }
    }
}

fn boolean(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Type::Boolean, span }
}

fn paired(parts: Vec<Expr>) -> Vec<(Expr, Expr)> {
    let mut parts = parts.into_iter();
    let mut out = Vec::with_capacity(parts.len() / 2);
    while let (Some(first), Some(second)) = (parts.next(), parts.next()) {
        out.push((first, second));
    }
    out
}

/// Fails unless conditions and results come in pairs with one more at the end.
fn uneven(function: &'static Function, found: usize, span: Span) -> Result<(), Error> {
    if found % 2 == 1 {
        return Ok(());
    }
    let span = Span { end: span.start + function.name.len() as u32, ..span };
    let expected = "pairs and one result for all other cases".to_owned();
    Err(Error::Arguments { name: function.name, expected, found, span })
}

fn common(ty: Type, other: &Expr, function: &'static Function) -> Result<Type, Error> {
    ty.common(other.ty)
        .ok_or_else(|| mismatch(other.ty, other.span, TypeSet::from(ty), described(function)))
}

/// The common type of the results of CASE.
fn selected(ty: Type, result: &Expr, function: &'static Function) -> Result<Type, Error> {
    let results = TypeSet::of(&[Type::Number, Type::Text, Type::Date, Type::DateTime, Type::Time]);
    expect(result, results, || described(function))?;
    common(ty, result, function)
}

/// Fails unless `value` may be compared with `subject`; picklists are compared with literals.
fn selects(subject: &Expr, value: &Expr, function: &'static Function) -> Result<(), Error> {
    if subject.ty == Type::Picklist {
        return literal_text(function, value);
    }
    common(subject.ty, value, function)?;
    expect(value, SELECTABLE, || described(function))
}

fn literal_text(function: &'static Function, value: &Expr) -> Result<(), Error> {
    match &value.kind {
        ExprKind::Constant(_) if matches!(value.ty, Type::Text) => Ok(()),
        _ => {
            let what = "a value of the picklist in quotes";
            Err(Error::Literal { name: function.name, what, span: value.span })
        }
    }
}

/// What the arguments of some functions must be, beyond their type.
pub(super) fn check_literals(function: &'static Function, checked: &[Expr]) -> Result<(), Error> {
    let literal = |idx: usize| match checked.get(idx).map(|it| &it.kind) {
        Some(ExprKind::Constant(value)) => Some(value),
        _ => None,
    };
    match function.name {
        "ISPICKVAL" | "INCLUDES" => literal_text(function, &checked[1]),
        "JSONVALUE" | "JSONPATHVALUE" if literal(1).is_none() => {
            let what = "a path in quotes";
            Err(Error::Literal { name: function.name, what, span: checked[1].span })
        }
        "FORMATDURATION" if checked.len() == 2 => {
            let expected = match checked[0].ty {
                Type::Number => TypeSet::BOOLEAN,
                other => TypeSet::from(other),
            };
            expect(&checked[1], expected, || described(function))
        }
        "DISTANCE" => match literal(2) {
            Some(unit) if geo::unit(unit.as_text().unwrap_or_default()).is_none() => {
                let what = "'mi' or 'km'";
                Err(Error::Literal { name: function.name, what, span: checked[2].span })
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
