//! Child queries: `(SELECT … FROM Contacts …)` in a select list.
//!
//! A child query costs one statement for a whole page of parents: its rows come ordered by
//! parent, and a LIMIT counts per parent by numbering them. The children of one parent that
//! exceed a page go on as a query of their own, [`ChildPlan::of_parent`].

use access::Guarded;
use base::RecordId;
use schema::{ChildRelationship, Object};
use soql::Query;
use sql::{Alias, Expr, Nulls, OrderBy, Select, Source, Value};

use crate::compile::{Compiled, Context, compile_alone, refuse_elsewhere};
use crate::error::{Error, ErrorKind};
use crate::path::Tables;

/// The query of a child relationship, run once for a page of parents.
#[derive(Debug, Clone)]
pub struct ChildPlan {
    pub compiled: Compiled,
    /// The column of the child's lookup to the parent, in the child's table.
    lookup: String,
    /// The column of [`Self::of_parents`] that holds the parent's id.
    pub parent_column: usize,
    /// The same query for the children of one parent, as one that stands alone.
    root_query: Query,
    lookup_name: String,
}

/// Compiles `(SELECT … FROM Contacts …)`; the relationship may stand after its object's name.
pub(crate) fn compile<'s>(
    tables: &Tables<'s>,
    inner: &Query,
) -> Result<(String, ChildPlan), Error> {
    refuse_elsewhere(inner)?;
    let context: &'s Context<'s> = tables.context;
    let (relationship, object) = child_relationship(context, tables.root, &inner.from)?;
    let key = relationship.name.clone().unwrap_or_default();
    let field = object.get(relationship.field);
    let mut compiled = compile_alone(context, inner, object)?;
    let lookup = field.column().to_owned();
    let parent = Expr::Column(compiled.root, lookup.clone());
    let parent_column = match compiled.columns.iter().position(|it| *it == parent) {
        Some(at) => at,
        None => {
            compiled.columns.push(parent);
            compiled.columns.len() - 1
        }
    };
    let root_query = standing_alone(inner, object);
    let lookup_name = field.name.clone();
    Ok((key, ChildPlan { compiled, lookup, parent_column, root_query, lookup_name }))
}

fn child_relationship<'s>(
    context: &'s Context<'s>,
    parent: &'s Object,
    from: &soql::From,
) -> Result<(&'s ChildRelationship, &'s Object), Error> {
    let path = &from.object;
    let unknown = || {
        let name = path.segments.last().map_or_else(String::new, |it| it.text.clone());
        Error::at(path.span, ErrorKind::UnknownChildRelationship(name))
    };
    let name = match path.segments.as_slice() {
        [name] => name,
        [object, name] if object.is(&parent.name) => name,
        _ => return Err(unknown()),
    };
    let relationship = parent.child_relationship(&name.text).ok_or_else(unknown)?;
    let object = context.schema.get(relationship.child);
    let access = context.access;
    if !access.can_read_object(object)
        || !access.can_read_field(object, object.get(relationship.field))
    {
        return Err(unknown());
    }
    Ok((relationship, object))
}

/// The child query with its object instead of the relationship in FROM.
fn standing_alone(inner: &Query, object: &Object) -> Query {
    let mut query = inner.clone();
    let span = query.from.object.span;
    let ident = soql::Ident { text: object.name.clone(), span };
    query.from.object = soql::Path { segments: vec![ident], span };
    query
}

impl ChildPlan {
    /// The columns of [`Self::of_parents`].
    pub fn n_columns(&self) -> usize {
        self.compiled.columns.len()
    }

    /// The rows of the children of `parents`, ordered by parent, then as the query orders them.
    pub fn of_parents(&self, parents: &[RecordId]) -> Guarded {
        let it = &self.compiled;
        let parent = Expr::Column(it.root, self.lookup.clone());
        let ids = parents.iter().map(|id| Value::Int(id.raw())).collect();
        let of_these = Expr::In(Box::new(parent.clone()), ids);
        let mut order_by =
            vec![OrderBy { expr: parent.clone(), descending: false, nulls: Nulls::First }];
        if it.limit.is_none() && it.offset.is_none() {
            order_by.extend(it.order_by.iter().cloned());
            let where_ = Expr::all([it.where_.clone(), of_these]);
            return it.guard(Select {
                columns: it.columns.clone(),
                joins: it.joins.clone(),
                where_,
                order_by,
                ..Select::from_table(&it.table, it.root)
            });
        }
        // LIMIT counts per parent: number the rows of each, then keep the wanted numbers.
        let number = Expr::RowNumber { partition: Box::new(parent), order: it.order_by.clone() };
        let numbered = Select {
            columns: vec![Expr::Column(it.root, "id".to_owned()), number],
            joins: it.joins.clone(),
            where_: Expr::all([it.where_.clone(), of_these]),
            ..Select::from_table(&it.table, it.root)
        };
        let alias = Alias(u16::MAX);
        let place = Expr::Column(alias, "c1".to_owned());
        let from = i64::try_from(it.offset.unwrap_or(0)).unwrap_or(i64::MAX);
        let count = i64::try_from(it.limit.unwrap_or(u64::MAX)).unwrap_or(i64::MAX);
        let mut select = it.over(Source::Select(Box::new(numbered)), alias, "c0");
        select.where_ = Expr::all([
            place.clone().compare(sql::CompareOp::Gt, Expr::int(from)),
            place.clone().compare(sql::CompareOp::Le, Expr::int(from.saturating_add(count))),
        ]);
        order_by.push(OrderBy { expr: place, descending: false, nulls: Nulls::Never });
        select.order_by = order_by;
        it.guard(select)
    }

    /// The query, standing alone, for the children of one parent: what pages of a large child
    /// set go on with.
    pub fn of_parent(&self, parent: RecordId) -> Query {
        let mut query = self.root_query.clone();
        let span = query.span;
        let ident = soql::Ident { text: self.lookup_name.clone(), span };
        let is_parent = soql::Condition::Compare {
            operand: soql::Operand::Path(soql::Path { segments: vec![ident], span }),
            op: soql::CompareOp::Eq,
            value: soql::Value { literal: soql::Literal::Text(parent.to_string()), span },
            span,
        };
        query.where_ = Some(match query.where_.take() {
            None => is_parent,
            Some(condition) => soql::Condition::And(vec![condition, is_parent]),
        });
        query
    }
}
