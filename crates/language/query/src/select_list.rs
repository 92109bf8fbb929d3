//! The select list to columns and a shape.
//!
//! Paths through the same parent share one nested record; the order of keys is the order of the
//! select list, as result readers expect (wire reference, section 3.2).

use std::sync::Arc;

use base::Span;
use schema::{Field, FieldType, Object};
use soql::{Function, FunctionKind, Ident, Location, Operand, TypeOf};
use sql::{Alias, Expr};

use crate::compile::Context;
use crate::error::{Error, ErrorKind};
use crate::function::{self, Coordinates};
use crate::path::{Leaf, Parent, Resolved, Step, Tables};
use crate::shape::{Content, Formatted, Labels, Member, Point, Scalar, Shape, Type};

/// The columns of a statement and the shape that reads them.
pub(crate) struct SelectList {
    pub(crate) columns: Vec<Expr>,
    pub(crate) shape: Shape,
    n_unnamed: usize,
}

impl SelectList {
    /// An empty list over the root of `tables`; its id is column 0.
    pub(crate) fn new(tables: &Tables<'_>) -> Self {
        let shape = Shape {
            object: Type::One(tables.root.name.clone()),
            id_column: 0,
            members: Vec::new(),
        };
        Self { columns: vec![tables.root_column("id")], shape, n_unnamed: 0 }
    }

    /// Adds a field by its path.
    pub(crate) fn add_path(
        &mut self,
        tables: &mut Tables<'_>,
        path: &soql::Path,
    ) -> Result<(), Error> {
        let resolved = tables.resolve(path)?;
        self.add_resolved(&resolved, path.span)
    }

    fn add_resolved(&mut self, resolved: &Resolved<'_>, span: Span) -> Result<(), Error> {
        let (key, content) = (resolved.leaf.name().to_owned(), self.content(&resolved.leaf));
        let duplicate = || duplicate(span, &resolved.canonical());
        let parent = self.parent(&resolved.steps, span)?;
        if parent.members.iter().any(|it| it.key == key) {
            return Err(duplicate());
        }
        parent.members.push(Member::new(&key, content));
        Ok(())
    }

    /// Adds a field of the root, as `FIELDS(…)` names them.
    pub(crate) fn add_field(
        &mut self,
        tables: &mut Tables<'_>,
        field: &Field,
        span: Span,
    ) -> Result<(), Error> {
        if self.shape.members.iter().any(|it| it.key == field.name) {
            return Err(duplicate(span, &field.name));
        }
        let leaf = tables.field_of(tables.root_alias, tables.root, &field.name, span)?;
        let content = self.content(&leaf);
        self.shape.members.push(Member::new(&field.name, content));
        Ok(())
    }

    /// Adds the key under which the n-th child query's records stand.
    pub(crate) fn add_children(&mut self, key: &str, n: usize, span: Span) -> Result<(), Error> {
        if self.shape.members.iter().any(|it| it.key == key) {
            return Err(duplicate(span, key));
        }
        let content = Content::Children(n);
        self.shape.members.push(Member::new(key, content));
        Ok(())
    }

    /// Adds a column that no member reads, and returns its index.
    pub(crate) fn add_column(&mut self, expr: Expr) -> usize {
        match self.columns.iter().position(|it| *it == expr) {
            Some(index) => index,
            None => {
                self.columns.push(expr);
                self.columns.len() - 1
            }
        }
    }

    /// Adds a function of a record's fields.
    pub(crate) fn add_function<'s>(
        &mut self,
        tables: &mut Tables<'s>,
        function: &Function,
        alias: Option<&Ident>,
    ) -> Result<(), Error> {
        let span = function.span;
        match &function.kind {
            // The org has one currency: amounts are in the user's already.
            FunctionKind::ConvertCurrency(path) => {
                let resolved = tables.resolve(path)?;
                if resolved.leaf.ty() != FieldType::Currency {
                    return Err(function::unsuited("convertCurrency", &resolved.leaf, path.span));
                }
                let content = self.content(&resolved.leaf);
                self.add_shown(&resolved, content, (span, alias))
            }
            FunctionKind::ToLabel(path) => {
                let resolved = tables.resolve(path)?;
                if !function::has_label(&resolved.leaf) {
                    return Err(function::unsuited("toLabel", &resolved.leaf, path.span));
                }
                let content = match function::labels(&resolved.leaf) {
                    None => self.content(&resolved.leaf),
                    Some(labels) => Content::Label {
                        column: self.add_column(resolved.leaf.expr()),
                        labels: Labels::new(labels),
                    },
                };
                self.add_shown(&resolved, content, (span, alias))
            }
            FunctionKind::Date { .. } => {
                let leaf = tables.function(function)?;
                let content = self.content(&leaf);
                self.add_named(content, span, alias)
            }
            FunctionKind::Distance { from, to, unit } => {
                let from = self.point(tables.coordinates(from)?);
                let to = match to {
                    Location::Field(path) => self.point(tables.coordinates(path)?),
                    Location::Point { latitude, longitude } => {
                        Point::Given([*latitude, *longitude])
                    }
                };
                self.add_named(Content::Distance { from, to, unit: *unit }, span, alias)
            }
            FunctionKind::Format(operand) => {
                let path = formatted_path(operand)?;
                let resolved = tables.resolve(path)?;
                let content = self.content(&resolved.leaf);
                let content = formatted(tables.context, &resolved.leaf, content, path.span)?;
                self.add_shown(&resolved, content, (span, alias))
            }
            FunctionKind::CountRows
            | FunctionKind::Aggregate { .. }
            | FunctionKind::Grouping(_) => {
                Err(Error::at(span, ErrorKind::NotInContext("Aggregate expressions")))
            }
        }
    }

    fn point(&mut self, coordinates: Coordinates) -> Point {
        let [latitude, longitude] = coordinates.columns;
        let [of_latitude, of_longitude] = coordinates.scales;
        Point::Columns([
            (self.add_column(latitude), of_latitude),
            (self.add_column(longitude), of_longitude),
        ])
    }

    /// Adds what a function shows of a field: under the field's own name, or under an alias.
    fn add_shown(
        &mut self,
        resolved: &Resolved<'_>,
        content: Content,
        (span, alias): (Span, Option<&Ident>),
    ) -> Result<(), Error> {
        if alias.is_some() {
            return self.add_named(content, span, alias);
        }
        let key = resolved.leaf.name().to_owned();
        let parent = self.parent(&resolved.steps, span)?;
        if parent.members.iter().any(|it| it.key == key) {
            return Err(duplicate(span, &resolved.canonical()));
        }
        parent.members.push(Member::new(&key, content));
        Ok(())
    }

    /// Adds a member of the root under its alias, or as `expr0`, `expr1`, ….
    fn add_named(
        &mut self,
        content: Content,
        span: Span,
        alias: Option<&Ident>,
    ) -> Result<(), Error> {
        let key = match alias {
            Some(alias) => alias.text.clone(),
            None => {
                self.n_unnamed += 1;
                format!("expr{}", self.n_unnamed - 1)
            }
        };
        if self.shape.members.iter().any(|it| it.key.eq_ignore_ascii_case(&key)) {
            return Err(Error::at(span, ErrorKind::DuplicateAlias(key)));
        }
        self.shape.members.push(Member::new(&key, content));
        Ok(())
    }

    /// Adds `TYPEOF What WHEN Account THEN … ELSE … END`.
    pub(crate) fn add_type_of<'s>(
        &mut self,
        tables: &mut Tables<'s>,
        type_of: &TypeOf,
    ) -> Result<(), Error> {
        let (steps, lookup) = tables.resolve_lookup(&type_of.path)?;
        if !lookup.polymorphic {
            let function = "TYPEOF".to_owned();
            let kind = ErrorKind::FunctionField { field: lookup.key.clone(), function };
            return Err(Error::at(type_of.path.span, kind));
        }
        let mut rest = lookup.targets.clone();
        let mut whens = Vec::new();
        for when in &type_of.whens {
            let at = rest.iter().position(|it| when.object.is(&it.name));
            let Some(at) = at else {
                let (object, relationship) = (when.object.text.clone(), lookup.key.clone());
                let kind = ErrorKind::NotATarget { object, relationship };
                return Err(Error::at(when.object.span, kind));
            };
            let object = rest.remove(at);
            let step = tables.join_one(&lookup, object, when.object.span)?;
            let shape = self.shape_of(tables, &step, &when.fields)?;
            whens.push((object.key_prefix, shape));
        }
        let otherwise = match type_of.otherwise.is_empty() || rest.is_empty() {
            true => None,
            false => {
                let parent = tables.join_some(&lookup, &rest, type_of.span)?;
                let step = Step { key: lookup.key.clone(), parent };
                Some(Box::new(self.shape_of(tables, &step, &type_of.otherwise)?))
            }
        };
        let column = self.add_column(lookup.column());
        let content = Content::TypeOf { lookup: column, whens, otherwise };
        let parent = self.parent(&steps, type_of.span)?;
        if parent.members.iter().any(|it| it.key == lookup.key) {
            return Err(duplicate(type_of.span, &lookup.key));
        }
        parent.members.push(Member::new(&lookup.key, content));
        Ok(())
    }

    /// The shape of a parent with these fields.
    fn shape_of<'s>(
        &mut self,
        tables: &mut Tables<'s>,
        step: &Step<'s>,
        fields: &[soql::Path],
    ) -> Result<Shape, Error> {
        let id_column = self.add_column(id_of(step));
        let root = std::mem::replace(&mut self.shape, shape_at(step, id_column));
        let mut added = Ok(());
        for path in fields {
            added =
                tables.resolve_from(step, path).and_then(|it| self.add_resolved(&it, path.span));
            if added.is_err() {
                break;
            }
        }
        let shape = std::mem::replace(&mut self.shape, root);
        added.map(|()| shape)
    }

    fn content(&mut self, leaf: &Leaf<'_>) -> Content {
        match leaf {
            Leaf::Field { alias, object, field } => self.field_content(*alias, object, field),
            Leaf::InMemory(it) => {
                Content::Evaluated(Box::new(it.evaluation(&mut |expr| self.add_column(expr))))
            }
            Leaf::Shared { .. } | Leaf::Type { .. } | Leaf::Computed(_) => {
                let column = self.add_column(leaf.expr());
                Content::Scalar { column, kind: scalar_of(leaf) }
            }
        }
    }

    fn field_content(&mut self, alias: Alias, object: &Object, field: &Field) -> Content {
        if !field.ty.is_compound() {
            let expr = match field.ty {
                // Only whether there are bytes: they are served by a resource of their own.
                FieldType::Base64 => Expr::Case(
                    vec![(
                        Expr::Column(alias, field.column().to_owned()).is_null(),
                        Expr::Value(sql::Value::Null),
                    )],
                    Box::new(Expr::int(1)),
                ),
                _ => Expr::Column(alias, field.column().to_owned()),
            };
            return Content::Scalar { column: self.add_column(expr), kind: scalar(field) };
        }
        let part = |key: &str| {
            let found = field.components.iter().find(|(it, _)| *it == key);
            found.map(|(_, id)| object.get(*id))
        };
        let keys: &[&'static str] = match field.ty {
            FieldType::Location => &["latitude", "longitude"],
            _ => &ADDRESS_KEYS,
        };
        let parts = keys.iter().map(|key| {
            let field = part(key);
            let kind = field.map_or(Scalar::Text, scalar);
            let column = field.map(|it| Expr::Column(alias, it.column().to_owned()));
            (*key, column.map(|it| self.add_column(it)), kind)
        });
        Content::Compound(parts.collect())
    }

    /// The nested record at the end of `steps`, made where it is not there yet.
    fn parent(&mut self, steps: &[Step<'_>], span: Span) -> Result<&mut Shape, Error> {
        let mut columns = Vec::with_capacity(steps.len());
        for step in steps {
            columns.push(self.add_column(id_of(step)));
        }
        let mut shape = &mut self.shape;
        for (step, id_column) in steps.iter().zip(columns) {
            let at = shape.members.iter().position(|it| it.key == step.key);
            let at = at.unwrap_or_else(|| {
                let content = Content::Parent(shape_at(step, id_column));
                shape.members.push(Member::new(&step.key, content));
                shape.members.len() - 1
            });
            shape = match &mut shape.members[at].content {
                Content::Parent(parent) => parent,
                _ => return Err(duplicate(span, &step.key)),
            };
        }
        Ok(shape)
    }
}

/// The field that FORMAT shows; amounts are in the user's currency already.
pub(crate) fn formatted_path(operand: &Operand) -> Result<&soql::Path, Error> {
    match operand {
        Operand::Path(path) => Ok(path),
        Operand::Function(function) => match &function.kind {
            FunctionKind::ConvertCurrency(path) => Ok(path),
            _ => Err(Error::at(function.span, ErrorKind::NotInContext("FORMAT of this"))),
        },
    }
}

/// `content` as the user writes it.
pub(crate) fn formatted(
    context: &Context<'_>,
    leaf: &Leaf<'_>,
    content: Content,
    span: Span,
) -> Result<Content, Error> {
    let ty = leaf.ty();
    let written = matches!(ty, FieldType::Date | FieldType::DateTime | FieldType::Time);
    if !written && !ty.is_number() {
        return Err(function::unsuited("FORMAT", leaf, span));
    }
    let style = Arc::clone(context.style);
    Ok(Content::Formatted(Box::new(Formatted { of: content, ty, scale: leaf.scale(), style })))
}

/// The id of the parent that a step leads to.
fn id_of(step: &Step<'_>) -> Expr {
    match &step.parent {
        Parent::One { alias, .. } => Expr::Column(*alias, "id".to_owned()),
        Parent::Many { lookup, .. } => lookup.clone(),
    }
}

/// The shape of a parent, without members yet.
fn shape_at(step: &Step<'_>, id_column: usize) -> Shape {
    let object = match &step.parent {
        Parent::One { object, .. } => Type::One(object.name.clone()),
        Parent::Many { targets, .. } => {
            Type::ByPrefix(targets.iter().map(|(_, it)| (it.key_prefix, it.name.clone())).collect())
        }
    };
    Shape { object, id_column, members: Vec::new() }
}

/// The wire's keys of an address, in its order; those without a component are null.
const ADDRESS_KEYS: [&str; 10] = [
    "city",
    "country",
    "countryCode",
    "geocodeAccuracy",
    "latitude",
    "longitude",
    "postalCode",
    "state",
    "stateCode",
    "street",
];

/// How the column of a field that is no compound is to be read.
pub fn scalar(field: &Field) -> Scalar {
    match field.ty {
        FieldType::Id | FieldType::Lookup | FieldType::MasterDetail => Scalar::Id,
        FieldType::Checkbox => Scalar::Bool,
        FieldType::Number | FieldType::Currency | FieldType::Percent => Scalar::Number {
            scale: field.scale,
            int: field.describe_type.as_deref() == Some("int"),
        },
        FieldType::Date => Scalar::Date,
        FieldType::DateTime => Scalar::DateTime,
        FieldType::Time => Scalar::Time,
        FieldType::Base64 => Scalar::Blob,
        _ => Scalar::Text,
    }
}

/// The same for any value that is one column.
pub(crate) fn scalar_of(leaf: &Leaf<'_>) -> Scalar {
    match (leaf, leaf.field()) {
        (Leaf::Computed(it), _) => match it.ty {
            FieldType::Date => Scalar::Date,
            FieldType::Number if it.field.is_none() => {
                Scalar::Number { scale: it.scale, int: it.scale == 0 }
            }
            _ => it.field.map_or(Scalar::Text, scalar),
        },
        (_, Some(field)) => scalar(field),
        (_, None) => Scalar::Text,
    }
}

fn duplicate(span: Span, name: &str) -> Error {
    Error::at(span, ErrorKind::DuplicateField(name.to_owned()))
}
