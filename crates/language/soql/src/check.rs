//! What a tree must be beyond its grammar, where no schema is needed to tell.
//!
//! | rule                                                          | for                      |
//! |---------------------------------------------------------------|--------------------------|
//! | a field has an alias in grouped queries only                  | every query              |
//! | no aggregates, no `GROUP BY`                                  | child subqueries         |
//!
//! What semi-joins and grouped queries may select, sort and be combined with needs the schema in
//! part, and is the compiler's as a whole; so are the limits of what a query may hold.

use crate::ast::{Condition, InValues, Query, SelectItem, With};
use crate::error::Error;

pub(crate) fn check(query: &Query) -> Result<(), Error> {
    for item in &query.select {
        check_item(query, item)?;
    }
    if let Some(condition) = &query.where_ {
        check_condition(condition)?;
    }
    if let Some(condition) = query.group_by.as_ref().and_then(|it| it.having.as_ref()) {
        check_condition(condition)?;
    }
    for with in &query.with {
        if let With::Filter(condition) = with {
            check_condition(condition)?;
        }
    }
    Ok(())
}

fn check_item(query: &Query, item: &SelectItem) -> Result<(), Error> {
    match item {
        SelectItem::Path { alias: Some(alias), .. } if query.group_by.is_none() => {
            Err(Error::FieldAlias { span: alias.span })
        }
        SelectItem::Subquery(child) => check_child(child),
        _ => Ok(()),
    }
}

fn check_child(child: &Query) -> Result<(), Error> {
    if let Some(group_by) = &child.group_by {
        return Err(Error::AggregateInSubquery { span: group_by.span });
    }
    for item in &child.select {
        match item {
            SelectItem::Function { function, .. } if function.kind.is_aggregate() => {
                return Err(Error::AggregateInSubquery { span: function.span });
            }
            _ => {}
        }
    }
    check(child)
}

fn check_condition(condition: &Condition) -> Result<(), Error> {
    match condition {
        Condition::And(terms) | Condition::Or(terms) => terms.iter().try_for_each(check_condition),
        Condition::Not { inner, .. } => check_condition(inner),
        Condition::In { values: InValues::Subquery(query), .. } => check(query),
        Condition::In { .. }
        | Condition::LikeAny { .. }
        | Condition::Compare { .. }
        | Condition::Includes { .. } => Ok(()),
    }
}
