//! Semi- and anti-joins: `Id IN (SELECT AccountId FROM Contact …)`, and what they may not be.
//!
//! They stand at the top level of WHERE, joined by AND; the inner query selects one id of the
//! outer operand's objects and is filtered by plain conditions (wire reference, section 10.3).

use base::Span;
use schema::{FieldType, Object, ObjectId};
use sql::{Expr, Select};

use crate::compile::Context;
use crate::condition::{self, Lowering, Place, two_valued};
use crate::error::{Error, ErrorKind};
use crate::path::{Leaf, Tables};

/// Semi-joins that one query may hold.
const SEMI_JOINS_MAX: usize = 2;

impl<'s> Lowering<'_, 's, '_> {
    /// Lowers `operand IN (SELECT …)`, the operand as it resolved and as it was written.
    pub(crate) fn semi_join(
        &mut self,
        operand: (&Leaf<'s>, &soql::Operand),
        inner: &soql::Query,
        negated: bool,
        place: Place,
    ) -> Result<Expr, Error> {
        let (leaf, written) = operand;
        let span = written.span().to(inner.span);
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
        let Some(outer) = id_leaf(leaf) else {
            return Err(Error::at(span, ErrorKind::SemiJoinOperand(written.to_string())));
        };
        let select = self.inner_select((leaf, written), inner, span)?;
        let inside = Expr::InSelect(Box::new(outer), Box::new(select));
        Ok(two_valued(leaf, inside, negated))
    }

    fn inner_select(
        &mut self,
        (outer, written): (&Leaf<'s>, &soql::Operand),
        inner: &soql::Query,
        span: Span,
    ) -> Result<Select, Error> {
        let context: &'s Context<'s> = self.tables().context;
        let (object, path) = inner_parts(context, inner, span)?;
        let mut tables = Tables::new(context, object, self.tables().aliases());
        if let Some(alias) = &inner.from.alias {
            tables.name(alias, None)?;
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
        if outer_id && field.ty == FieldType::Id && object.id == self.tables().root.id {
            return Err(Error::at(span, ErrorKind::SemiJoinSameObject));
        }
        let (outer_targets, inner_targets) =
            (targets(context, outer), targets(context, &resolved.leaf));
        if !outer_targets.iter().any(|it| inner_targets.contains(it)) {
            let (inner, outer) = (resolved.canonical(), written.to_string());
            return Err(Error::at(span, ErrorKind::SemiJoinTypes { inner, outer }));
        }
        let condition = match &inner.where_ {
            None => Expr::True,
            Some(condition) => condition::lower_inner(&mut tables, condition)?,
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
    crate::compile::refuse_elsewhere(inner)?;
    let extra = [
        (inner.group_by.is_some(), "GROUP BY in a semi join"),
        (!inner.order_by.is_empty(), "ORDER BY in a semi join"),
        (inner.limit.is_some(), "LIMIT in a semi join"),
        (inner.offset.is_some(), "OFFSET in a semi join"),
        (inner.scope.is_some(), "USING SCOPE in a semi join"),
        (!inner.for_.is_empty(), "FOR in a semi join"),
        (!inner.update.is_empty(), "UPDATE in a semi join"),
    ];
    if let Some((_, what)) = extra.into_iter().find(|(is_there, _)| *is_there) {
        return Err(Error::at(span, ErrorKind::NotInContext(what)));
    }
    match inner.select.as_slice() {
        [soql::SelectItem::Path { path, .. }] => Ok((object, path)),
        _ => {
            let name = soql::print(inner);
            Err(Error::at(span, ErrorKind::SemiJoinOperand(name)))
        }
    }
}

/// The objects whose ids a leaf may hold.
fn targets(context: &Context<'_>, leaf: &Leaf<'_>) -> Vec<ObjectId> {
    let Some(field) = leaf.field() else { return Vec::new() };
    match (&field.reference, leaf) {
        (Some(reference), _) => reference.targets.clone(),
        (None, Leaf::Field { object, .. }) => vec![object.id],
        (None, Leaf::Shared { of, .. }) => of.iter().map(|(_, object, _)| object.id).collect(),
        (None, _) => context.schema.objects.iter().map(|it| it.id).collect(),
    }
}

/// The integer of an id or a reference; none for other fields.
fn id_leaf(leaf: &Leaf<'_>) -> Option<Expr> {
    let ty = leaf.field()?.ty;
    (ty == FieldType::Id || ty.is_reference()).then(|| leaf.expr())
}
