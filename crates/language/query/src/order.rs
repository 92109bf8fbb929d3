//! ORDER BY: an order that is total, and that an index can give.

use schema::FieldType;
use soql::{FunctionKind, Query};
use sql::{Expr, Nulls, OrderBy, Value};

use crate::error::{Error, ErrorKind};
use crate::path::{Leaf, Tables};

const FIELDS_MAX: usize = 32;

/// Lowers the ORDER BY clause of a query; without one, rows come in the order of their ids.
pub(crate) fn lower(tables: &mut Tables<'_>, query: &Query) -> Result<Vec<OrderBy>, Error> {
    check_count(query)?;
    let mut out = Vec::with_capacity(query.order_by.len() + 1);
    for item in &query.order_by {
        let leaf = match &item.operand {
            soql::Operand::Path(path) => tables.resolve(path)?.leaf,
            soql::Operand::Function(function) => match &function.kind {
                FunctionKind::ToLabel(_) => {
                    let kind = ErrorKind::NotInContext("toLabel");
                    return Err(Error::at(function.span, kind));
                }
                _ => tables.function(function)?,
            },
        };
        let ty = leaf.ty();
        if !ty.is_sortable() {
            let name = leaf.name().to_owned();
            return Err(Error::at(item.operand.span(), ErrorKind::NotSortable(name)));
        }
        let picklist = leaf.field().and_then(|it| it.picklist.as_ref());
        let expr = match picklist {
            Some(picklist) if !picklist.values.is_empty() => by_position(&leaf, picklist),
            _ => leaf.compared(),
        };
        let mut by = self::item(item, expr);
        if is_never_null(tables, &leaf) {
            by.nulls = nulls_of_index(ty, by.descending);
        }
        out.push(by);
    }
    // Ties break by id, and so does a query that asks for no order: pages must not overlap.
    out.push(OrderBy { expr: tables.root_column("id"), descending: false, nulls: Nulls::Never });
    Ok(out)
}

/// Checks the number of fields.
pub(crate) fn check_count(query: &Query) -> Result<(), Error> {
    if FIELDS_MAX < query.order_by.len() {
        let kind = ErrorKind::TooMany { what: "ORDER BY fields", max: FIELDS_MAX };
        return Err(Error::at(query.order_by[FIELDS_MAX].span, kind));
    }
    Ok(())
}

/// `expr` in the direction of `item`. Nulls come first in both directions unless it says otherwise.
pub(crate) fn item(item: &soql::OrderItem, expr: Expr) -> OrderBy {
    let nulls = match item.nulls {
        Some(soql::Nulls::Last) => Nulls::Last,
        Some(soql::Nulls::First) | None => Nulls::First,
    };
    OrderBy { expr, descending: item.direction == soql::Direction::Descending, nulls }
}

/// Whether every row has a value in `leaf`: then it does not matter where nulls would be.
fn is_never_null(tables: &Tables<'_>, leaf: &Leaf<'_>) -> bool {
    let Leaf::Field { alias, field, .. } = leaf else { return false };
    *alias == tables.root_alias && (field.system || field.name_field) && !field.nillable
}

/// Where nulls would come as the field's index is read, which holds them first.
fn nulls_of_index(ty: FieldType, descending: bool) -> Nulls {
    match ty {
        FieldType::Id => Nulls::Never,
        _ if descending => Nulls::Last,
        _ => Nulls::First,
    }
}

/// A picklist sorts by the order in which its values are defined.
pub(crate) fn by_position(leaf: &Leaf<'_>, picklist: &schema::Picklist) -> Expr {
    let values = picklist.values.iter().enumerate();
    let whens =
        values.map(|(n, it)| (Value::from(&*base::fold(&it.name)), Expr::Literal(n as i64)));
    let last = Box::new(Expr::Literal(picklist.values.len() as i64));
    let place = Expr::Switch(Box::new(leaf.compared()), whens.collect(), last);
    let none = (leaf.null_of().is_null(), Expr::Value(Value::Null));
    Expr::Case(vec![none], Box::new(place))
}
