//! The select list of a grouped query: the columns of a group, and the members that read them.

use soql::{AggregateOp, Function, FunctionKind, Operand, Query, SelectItem};
use sql::{Aggregate, Expr, Value};

use super::{Grouping, content, extreme, in_context, marked, picklist_of, place_text};
use crate::error::{Error, ErrorKind};
use crate::function;
use crate::path::{Leaf, Measure};
use crate::select_list::{formatted, formatted_path, scalar_of};
use crate::shape::{Content, Labels, Member, Scalar};

const WHOLE: Scalar = Scalar::Number { scale: 0, int: true };

impl<'s> Grouping<'_, 's> {
    pub(super) fn select(
        &mut self,
        query: &Query,
        columns: &mut Vec<Expr>,
        members: &mut Vec<Member>,
    ) -> Result<(), Error> {
        let mut n_unnamed = 0;
        for item in &query.select {
            let (name, content, span) = match item {
                SelectItem::Path { path, alias } => {
                    let at = self.key_at(path)?;
                    let content = self.key(at, columns);
                    (
                        alias.as_ref().map_or(self.keys[at].name.clone(), |it| it.text.clone()),
                        content,
                        path.span,
                    )
                }
                SelectItem::Function { function, alias } => {
                    let (name, content) = self.function_item(function, columns)?;
                    let name = match (alias, name) {
                        (Some(alias), _) => alias.text.clone(),
                        (None, Some(name)) => name,
                        (None, None) => {
                            n_unnamed += 1;
                            format!("expr{}", n_unnamed - 1)
                        }
                    };
                    (name, content, function.span)
                }
                SelectItem::Subquery(inner) => {
                    return Err(in_context(inner.span, "A child query of grouped records"));
                }
                SelectItem::TypeOf(it) => {
                    return Err(in_context(it.span, "TYPEOF of grouped records"));
                }
                SelectItem::Fields { span, .. } => {
                    return Err(in_context(*span, "FIELDS of grouped records"));
                }
            };
            if members.iter().any(|it| it.key.eq_ignore_ascii_case(&name)) {
                return Err(Error::at(span, ErrorKind::DuplicateAlias(name)));
            }
            members.push(Member::new(&name, content));
        }
        Ok(())
    }

    /// A key as it is shown.
    fn key(&self, at: usize, columns: &mut Vec<Expr>) -> Content {
        let key = &self.keys[at];
        columns.push(match (self.present[at], key.shown == key.compared) {
            (false, _) => Expr::Value(Value::Null),
            (true, true) => self.column(key.shown),
            // One spelling of a text that is grouped without case.
            (true, false) => self.column(key.shown).aggregate(Aggregate::Min),
        });
        // The bit of a subtotal is null, not false.
        let kind = if key.kind == Scalar::Bool { Scalar::BoolOrNull } else { key.kind };
        content(columns.len() - 1, kind)
    }

    /// A function of a group, and its name in results where it has one of its own.
    fn function_item(
        &mut self,
        function: &Function,
        columns: &mut Vec<Expr>,
    ) -> Result<(Option<String>, Content), Error> {
        match &function.kind {
            FunctionKind::ToLabel(path) => {
                let at = self.key_at(path)?;
                let leaf = self.tables.resolve(path)?.leaf;
                if !function::has_label(&leaf) {
                    return Err(function::unsuited("toLabel", &leaf, path.span));
                }
                let Content::Scalar { column, .. } = self.key(at, columns) else {
                    return Err(in_context(path.span, "toLabel"));
                };
                let labels = Labels::new(function::labels(&leaf).unwrap_or_default());
                Ok((Some(self.keys[at].name.clone()), Content::Label { column, labels }))
            }
            // The org has one currency: amounts are in the user's already.
            FunctionKind::ConvertCurrency(path) => {
                let at = self.key_at(path)?;
                Ok((Some(self.keys[at].name.clone()), self.key(at, columns)))
            }
            FunctionKind::Format(operand) => self.format_item(operand, columns),
            FunctionKind::Aggregate {
                op: op @ (AggregateOp::Min | AggregateOp::Max),
                path,
                ..
            } => Ok((None, self.extreme_item(*op, path, columns)?)),
            FunctionKind::Date { .. } => {
                let operand = Operand::Function(function.clone());
                let leaf = self.operand(&operand)?;
                columns.push(leaf.expr());
                Ok((None, content(columns.len() - 1, scalar_of(&leaf))))
            }
            FunctionKind::Distance { .. } => Err(in_context(function.span, "DISTANCE")),
            FunctionKind::CountRows
            | FunctionKind::Aggregate { .. }
            | FunctionKind::Grouping(_) => {
                let leaf = self.operand(&Operand::Function(function.clone()))?;
                Ok((None, self.number_item(function, &leaf, columns)?))
            }
        }
    }

    /// `FORMAT` of what is grouped by, or of an aggregate, which is written as its field is.
    fn format_item(
        &mut self,
        operand: &Operand,
        columns: &mut Vec<Expr>,
    ) -> Result<(Option<String>, Content), Error> {
        let span = operand.span();
        if let Operand::Function(function) = operand
            && let FunctionKind::Aggregate { op, path, .. } = &function.kind
        {
            let (_, content) = self.function_item(function, columns)?;
            let leaf = match op {
                AggregateOp::Count | AggregateOp::CountDistinct => self.operand(operand)?,
                _ => self.tables.resolve(path)?.leaf,
            };
            return Ok((None, formatted(self.tables.context, &leaf, content, span)?));
        }
        let path = formatted_path(operand)?;
        let at = self.key_at(path)?;
        let content = self.key(at, columns);
        let leaf = self.key_leaf(at);
        let content = formatted(self.tables.context, &leaf, content, span)?;
        Ok((Some(self.keys[at].name.clone()), content))
    }

    fn number_item(
        &mut self,
        function: &Function,
        leaf: &Leaf<'s>,
        columns: &mut Vec<Expr>,
    ) -> Result<Content, Error> {
        if let Leaf::Computed(it) = leaf
            && let Measure::Average { sum, count } = &it.measure
        {
            columns.push(sum.clone());
            columns.push(count.clone());
            let (sum, count) = (columns.len() - 2, columns.len() - 1);
            return Ok(Content::Average { sum, count, scale: it.scale });
        }
        columns.push(leaf.expr());
        let kind = match &function.kind {
            FunctionKind::Aggregate { op: AggregateOp::Sum, path, .. } => {
                scalar_of(&self.tables.resolve(path)?.leaf)
            }
            _ => WHOLE,
        };
        Ok(content(columns.len() - 1, kind))
    }

    /// The least or the greatest: of text in its own spelling, of picklists by their order.
    fn extreme_item(
        &mut self,
        op: AggregateOp,
        path: &soql::Path,
        columns: &mut Vec<Expr>,
    ) -> Result<Content, Error> {
        let leaf = self.aggregated(op, path)?;
        let (expr, kind) = match picklist_of(&leaf) {
            Some(picklist) => {
                (marked(place_text(&leaf, picklist), leaf.expr()), Scalar::MarkedText)
            }
            None if leaf.ty().is_text() && leaf.compared() != leaf.expr() => {
                (marked(leaf.compared(), leaf.expr()), Scalar::MarkedText)
            }
            None => (leaf.expr(), scalar_of(&leaf)),
        };
        let column = self.inner(expr);
        columns.push(column.aggregate(extreme(op)));
        Ok(content(columns.len() - 1, kind))
    }
}
