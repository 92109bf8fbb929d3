//! The select list to columns and a shape.
//!
//! Paths through the same parent share one nested record; the order of keys is the order of the
//! select list, as result readers expect (wire reference, section 3.2).

use base::Span;
use schema::{Field, FieldType, Object};
use sql::{Alias, Expr};

use crate::error::{Error, ErrorKind};
use crate::path::{Leaf, Parent, Step, Tables};
use crate::shape::{Content, Member, Scalar, Shape, Type};

/// The columns of a statement and the shape that reads them.
pub(crate) struct SelectList {
    pub(crate) columns: Vec<Expr>,
    pub(crate) shape: Shape,
}

impl SelectList {
    /// An empty list over the root of `tables`; its id is column 0.
    pub(crate) fn new(tables: &Tables<'_>) -> Self {
        let shape = Shape {
            object: Type::One(tables.root.name.clone()),
            id_column: 0,
            members: Vec::new(),
        };
        Self { columns: vec![tables.root_column("id")], shape }
    }

    /// Adds a field by its path.
    pub(crate) fn add_path(
        &mut self,
        tables: &mut Tables<'_>,
        path: &soql::Path,
    ) -> Result<(), Error> {
        let resolved = tables.resolve(path)?;
        let (key, content) = (resolved.leaf.name().to_owned(), self.content(&resolved.leaf));
        let duplicate = || duplicate(path.span, &resolved.canonical());
        let parent = self.parent(&resolved.steps, path.span)?;
        if parent.members.iter().any(|it| it.key == key) {
            return Err(duplicate());
        }
        parent.members.push(Member::new(&key, content));
        Ok(())
    }

    /// Adds a field of the root, as `FIELDS(…)` names them.
    pub(crate) fn add_field(
        &mut self,
        tables: &Tables<'_>,
        field: &Field,
        span: Span,
    ) -> Result<(), Error> {
        if self.shape.members.iter().any(|it| it.key == field.name) {
            return Err(duplicate(span, &field.name));
        }
        let content = self.field_content(tables.root_alias, tables.root, field);
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

    fn content(&mut self, leaf: &Leaf<'_>) -> Content {
        match leaf {
            Leaf::Field { alias, object, field } => self.field_content(*alias, object, field),
            Leaf::Shared { of, .. } => {
                let kind = of.first().map_or(Scalar::Text, |(_, _, it)| scalar(it));
                Content::Scalar { column: self.add_column(leaf.expr()), kind }
            }
            Leaf::Type { .. } => {
                let column = self.add_column(leaf.expr());
                Content::Scalar { column, kind: Scalar::Text }
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
            columns.push(self.add_column(match &step.parent {
                Parent::One { alias, .. } => Expr::Column(*alias, "id".to_owned()),
                Parent::Many { lookup, .. } => lookup.clone(),
            }));
        }
        let mut shape = &mut self.shape;
        for (step, id_column) in steps.iter().zip(columns) {
            let at = shape.members.iter().position(|it| it.key == step.key);
            let at = at.unwrap_or_else(|| {
                let object = match &step.parent {
                    Parent::One { object, .. } => Type::One(object.name.clone()),
                    Parent::Many { targets, .. } => Type::ByPrefix(
                        targets.iter().map(|(_, it)| (it.key_prefix, it.name.clone())).collect(),
                    ),
                };
                let parent = Shape { object, id_column, members: Vec::new() };
                let content = Content::Parent(parent);
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

fn duplicate(span: Span, name: &str) -> Error {
    Error::at(span, ErrorKind::DuplicateField(name.to_owned()))
}
