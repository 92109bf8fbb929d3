//! Grouped queries: aggregates, GROUP BY, ROLLUP and CUBE, HAVING.
//!
//! Two levels. The inner query makes what is grouped by and what is aggregated into columns, once
//! for each row; the outer one groups by columns alone, so that no engine has to see that two
//! expressions are the same. ROLLUP and CUBE are a union of groupings: engines have no common
//! word for them.
//!
//! Text groups without case: the group shows the least of its spellings.

use base::Span;
use schema::{Field, FieldType, Picklist};
use soql::{AggregateOp, FunctionKind, GroupKind, Operand, Query};
use sql::{Aggregate, Alias, Expr, Nulls, OrderBy, Select, Source, Value};

use crate::condition;
use crate::error::{Error, ErrorKind};
use crate::measure;
use crate::order;
use crate::path::{Computed, Leaf, Measure, Tables};
use crate::select_list::scalar_of;
use crate::shape::{Content, MARK, Member, Scalar, Shape};

mod item;

/// Fields of ROLLUP and CUBE.
const SETS_MAX: usize = 3;

/// Whether `query` is about groups of rows.
pub(crate) fn is_grouped(query: &Query) -> bool {
    let aggregates = |it: &soql::SelectItem| match it {
        soql::SelectItem::Function { function, .. } => {
            function.kind.is_aggregate() && function.kind != FunctionKind::CountRows
        }
        _ => false,
    };
    query.group_by.is_some() || query.select.iter().any(aggregates)
}

/// Rows in groups, while one grouping of them is lowered.
pub(crate) struct Grouping<'t, 's> {
    tables: &'t mut Tables<'s>,
    /// The inner query's name, and its columns.
    alias: Alias,
    columns: Vec<Expr>,
    keys: Vec<Key<'s>>,
    /// Which keys the grouping at hand groups by, from the first on; the others are null.
    present: Vec<bool>,
}

/// What is grouped by.
struct Key<'s> {
    /// The canonical spelling, by which SELECT, HAVING and ORDER BY find it.
    text: String,
    /// The key in results.
    name: String,
    ty: FieldType,
    scale: u32,
    field: Option<&'s Field>,
    kind: Scalar,
    /// The inner column that is grouped by, and the one that is shown.
    compared: usize,
    shown: usize,
}

/// The statement of a grouped query without LIMIT and OFFSET, and the shape of its rows.
pub(crate) fn lower(
    tables: &mut Tables<'_>,
    query: &Query,
    where_: Expr,
) -> Result<(Select, Shape), Error> {
    check(query)?;
    let alias = tables.aliases().next();
    let mut grouping =
        Grouping { tables, alias, columns: Vec::new(), keys: Vec::new(), present: Vec::new() };
    let mut kind = GroupKind::Plain;
    if let Some(group_by) = &query.group_by {
        kind = group_by.kind;
        grouping.add_keys(&group_by.items)?;
    }
    let mut members = Vec::new();
    let mut sets = Vec::new();
    for present in sets_of(kind, grouping.keys.len()) {
        grouping.present = present;
        let mut of_set = Vec::new();
        let select = grouping.set(query, &mut of_set)?;
        members = of_set;
        sets.push(select);
    }
    let select = grouping.finish(sets, where_);
    Ok((select, Shape::of_groups(members)))
}

/// What a grouped query may not have.
fn check(query: &Query) -> Result<(), Error> {
    if query.is_count() {
        let span = query.group_by.as_ref().map_or(query.span, |it| it.span);
        return Err(Error::at(span, ErrorKind::NotInContext("GROUP BY with COUNT()")));
    }
    let Some(group_by) = &query.group_by else {
        let clauses = [
            (!query.order_by.is_empty(), "ORDER BY"),
            (query.limit.is_some(), "LIMIT"),
            (query.offset.is_some(), "OFFSET"),
        ];
        return match clauses.into_iter().find(|(is_there, _)| *is_there) {
            Some((_, clause)) => Err(Error::bare(ErrorKind::OverallAggregate(clause))),
            None => Ok(()),
        };
    };
    if group_by.kind != GroupKind::Plain && SETS_MAX < group_by.items.len() {
        let kind = ErrorKind::TooMany { what: "fields of ROLLUP or CUBE", max: SETS_MAX };
        return Err(Error::at(group_by.span, kind));
    }
    Ok(())
}

/// The groupings of `n` keys: the finest first, the total last.
fn sets_of(kind: GroupKind, n: usize) -> Vec<Vec<bool>> {
    let first = |many: usize| (0..n).map(|it| it < many).collect();
    match kind {
        GroupKind::Plain => vec![first(n)],
        GroupKind::Rollup => (0..=n).rev().map(first).collect(),
        GroupKind::Cube => {
            let mut sets: Vec<Vec<bool>> = (0..1_usize << n)
                .map(|bits| (0..n).map(|it| bits & (1 << it) == 0).collect())
                .collect();
            sets.sort_by_key(|set: &Vec<bool>| set.iter().filter(|it| !**it).count());
            sets
        }
    }
}

impl<'t, 's> Grouping<'t, 's> {
    pub(crate) fn tables(&mut self) -> &mut Tables<'s> {
        self.tables
    }

    fn add_keys(&mut self, items: &[Operand]) -> Result<(), Error> {
        for item in items {
            let (text, leaf) = self.key_of(item)?;
            if self.keys.iter().any(|it| it.text == text) {
                return Err(Error::at(item.span(), ErrorKind::DuplicateGrouping(text)));
            }
            let compared = self.column_of(leaf.compared());
            let shown = self.column_of(leaf.expr());
            self.keys.push(Key {
                text,
                name: leaf.name().to_owned(),
                ty: leaf.ty(),
                scale: leaf.scale(),
                field: leaf.field(),
                kind: scalar_of(&leaf),
                compared,
                shown,
            });
        }
        Ok(())
    }

    /// The canonical spelling of what is grouped by, and its value in a row.
    fn key_of(&mut self, item: &Operand) -> Result<(String, Leaf<'s>), Error> {
        let not_groupable =
            |name: &str| Error::at(item.span(), ErrorKind::NotGroupable(name.to_owned()));
        match item {
            Operand::Path(path) => {
                let resolved = self.tables.resolve(path)?;
                if !is_groupable(&resolved.leaf) {
                    return Err(not_groupable(resolved.leaf.name()));
                }
                Ok((resolved.canonical(), resolved.leaf))
            }
            Operand::Function(function) => match &function.kind {
                FunctionKind::Date { part, path, convert_timezone } => {
                    let resolved = self.tables.resolve(path)?;
                    let text = date_text(*part, *convert_timezone, &resolved.canonical());
                    let part = (*part, *convert_timezone);
                    Ok((text, self.tables.date_part(&resolved, part, path.span)?))
                }
                _ => Err(not_groupable(&function.to_string())),
            },
        }
    }

    /// The index of an inner column, made where it is not there yet.
    fn column_of(&mut self, expr: Expr) -> usize {
        let found = self.columns.iter().position(|it| *it == expr);
        found.unwrap_or_else(|| {
            self.columns.push(expr);
            self.columns.len() - 1
        })
    }

    fn column(&self, index: usize) -> Expr {
        Expr::Column(self.alias, format!("c{index}"))
    }

    /// An inner column in the outer query.
    fn inner(&mut self, expr: Expr) -> Expr {
        let index = self.column_of(expr);
        self.column(index)
    }

    /// The value of an operand of HAVING in a group.
    pub(crate) fn compared(&mut self, operand: &Operand) -> Result<Leaf<'s>, Error> {
        let leaf = self.operand(operand)?;
        let is_extreme = matches!(operand, Operand::Function(function)
            if matches!(function.kind, FunctionKind::Aggregate { .. }));
        if is_extreme && picklist_of(&leaf).is_some() {
            // They go by the order of the values, which no value of the query says.
            return Err(in_context(operand.span(), "MIN or MAX of a picklist in HAVING"));
        }
        Ok(leaf)
    }

    /// The value of an operand of HAVING or ORDER BY in a group.
    pub(crate) fn operand(&mut self, operand: &Operand) -> Result<Leaf<'s>, Error> {
        let function = match operand {
            Operand::Path(path) => {
                let at = self.key_at(path)?;
                return Ok(self.key_leaf(at));
            }
            Operand::Function(function) => function,
        };
        match &function.kind {
            FunctionKind::CountRows => Ok(number("COUNT()".to_owned(), 0, Expr::CountRows)),
            FunctionKind::Aggregate { op, path, more } => {
                if let Some(second) = more.first() {
                    return Err(Error::at(second.span, ErrorKind::CountArguments));
                }
                self.aggregate(*op, path)
            }
            FunctionKind::Grouping(path) => {
                let at = self.key_at(path)?;
                let is_total = Expr::Literal(i64::from(!self.present[at]));
                Ok(number(function.to_string(), 0, is_total))
            }
            FunctionKind::Date { part, path, convert_timezone } => {
                let resolved = self.tables.resolve(path)?;
                let text = date_text(*part, *convert_timezone, &resolved.canonical());
                let at = self.keys.iter().position(|it| it.text == text);
                let not_grouped = || Error::at(function.span, ErrorKind::NotGrouped(text));
                Ok(self.key_leaf(at.ok_or_else(not_grouped)?))
            }
            FunctionKind::ToLabel(_) => Err(in_context(function.span, "toLabel")),
            FunctionKind::ConvertCurrency(_) => Err(in_context(function.span, "convertCurrency")),
            FunctionKind::Format(_) => Err(in_context(function.span, "FORMAT")),
            FunctionKind::Distance { .. } => Err(in_context(function.span, "DISTANCE")),
        }
    }

    /// Which key a path is.
    fn key_at(&mut self, path: &soql::Path) -> Result<usize, Error> {
        let text = self.tables.resolve(path)?.canonical();
        let at = self.keys.iter().position(|it| it.text == text);
        at.ok_or_else(|| Error::at(path.span, ErrorKind::NotGrouped(text)))
    }

    fn key_leaf(&self, at: usize) -> Leaf<'s> {
        let key = &self.keys[at];
        let value = match self.present[at] {
            true => self.column(key.compared),
            false => Expr::Value(Value::Null),
        };
        Leaf::Computed(Box::new(Computed {
            name: key.name.clone(),
            ty: key.ty,
            scale: key.scale,
            field: key.field,
            expr: value.clone(),
            null_of: value.clone(),
            compared: value,
            measure: Measure::Plain,
        }))
    }

    fn aggregate(&mut self, op: AggregateOp, path: &soql::Path) -> Result<Leaf<'s>, Error> {
        let leaf = self.aggregated(op, path)?;
        let name = format!("{}({path})", op.name());
        if op == AggregateOp::Count && self.is_root_id(&leaf) {
            // An engine that sorts rows into groups need not carry an id that every row has.
            return Ok(number(name, 0, Expr::CountRows));
        }
        let value = self.inner(leaf.expr());
        let plain = |ty, compared: Expr| {
            Leaf::Computed(Box::new(Computed {
                name: name.clone(),
                ty,
                scale: leaf.scale(),
                field: leaf.field(),
                expr: compared.clone(),
                null_of: compared.clone(),
                compared,
                measure: Measure::Plain,
            }))
        };
        Ok(match op {
            AggregateOp::Count => number(name, 0, value.aggregate(Aggregate::Count)),
            AggregateOp::CountDistinct => {
                let compared = self.inner(leaf.compared());
                number(name, 0, compared.aggregate(Aggregate::CountDistinct))
            }
            AggregateOp::Sum => number(name, leaf.scale(), value.aggregate(Aggregate::Sum)),
            AggregateOp::Avg => {
                let sum = value.clone().aggregate(Aggregate::Sum);
                let count = value.aggregate(Aggregate::Count);
                Leaf::Computed(Box::new(Computed {
                    name,
                    ty: FieldType::Number,
                    scale: leaf.scale(),
                    field: None,
                    expr: sum.clone(),
                    null_of: sum.clone(),
                    compared: measure::quotient(&sum, &count),
                    measure: Measure::Average { sum, count },
                }))
            }
            AggregateOp::Min | AggregateOp::Max => {
                let compared = self.inner(leaf.compared());
                plain(leaf.ty(), compared.aggregate(extreme(op)))
            }
        })
    }

    /// Whether a field is the id of the rows themselves, not of a parent that may be missing.
    fn is_root_id(&self, leaf: &Leaf<'s>) -> bool {
        matches!(leaf, Leaf::Field { alias, field, .. }
            if *alias == self.tables.root_alias && field.ty == FieldType::Id)
    }

    /// The field of an aggregate, if it may be aggregated so.
    fn aggregated(&mut self, op: AggregateOp, path: &soql::Path) -> Result<Leaf<'s>, Error> {
        let resolved = self.tables.resolve(path)?;
        let text = resolved.canonical();
        if self.keys.iter().any(|it| it.text == text) {
            return Err(Error::at(path.span, ErrorKind::GroupedAggregate(text)));
        }
        let ty = resolved.leaf.ty();
        let suits = match op {
            AggregateOp::Sum | AggregateOp::Avg => ty.is_number(),
            AggregateOp::Min | AggregateOp::Max => ty.is_sortable() && ty != FieldType::Checkbox,
            AggregateOp::Count | AggregateOp::CountDistinct => ty.is_filterable(),
        };
        if suits {
            return Ok(resolved.leaf);
        }
        let (field, function) = (resolved.leaf.name().to_owned(), op.name());
        Err(Error::at(path.span, ErrorKind::NotAggregatable { field, function }))
    }

    /// One grouping: the columns that members read, then those that rows are sorted by.
    fn set(&mut self, query: &Query, members: &mut Vec<Member>) -> Result<Set, Error> {
        let mut columns = Vec::new();
        self.select(query, &mut columns, members)?;
        let having = query.group_by.as_ref().and_then(|it| it.having.as_ref());
        let having = match having {
            Some(condition) => condition::lower_having(self, condition)?,
            None => Expr::True,
        };
        let order = self.order(query)?;
        let mut keys: Vec<&Key<'_>> =
            self.keys.iter().zip(&self.present).filter(|it| *it.1).map(|it| it.0).collect();
        // Engines that sort rows into groups compare numbers faster than text.
        keys.sort_by_key(|it| it.ty.is_text());
        let group_by = keys.into_iter().map(|it| self.column(it.compared)).collect();
        Ok(Set { columns, group_by, having, order })
    }

    /// What groups are sorted by: what the query says, then the keys, so that the order is total.
    fn order(&mut self, query: &Query) -> Result<Vec<OrderBy>, Error> {
        order::check_count(query)?;
        let mut out = Vec::new();
        for item in &query.order_by {
            let leaf = self.operand(&item.operand)?;
            let expr = match leaf.compared() {
                Expr::Value(Value::Null) => Expr::Value(Value::Null),
                _ => self.sorted(&leaf, &item.operand)?,
            };
            out.push(order::item(item, expr));
        }
        for at in 0..self.keys.len() {
            let expr = self.key_leaf(at).compared();
            out.push(OrderBy { expr, descending: false, nulls: Nulls::First });
        }
        Ok(out)
    }

    /// The value that an operand sorts by: picklists by the order of their values.
    fn sorted(&mut self, leaf: &Leaf<'s>, operand: &Operand) -> Result<Expr, Error> {
        let extreme_of = match operand {
            Operand::Function(function) => match &function.kind {
                FunctionKind::Aggregate { op, path, .. } if picklist_of(leaf).is_some() => {
                    Some((*op, path))
                }
                _ => None,
            },
            Operand::Path(_) => None,
        };
        let Some((op, path)) = extreme_of else { return Ok(by_position(leaf)) };
        let of_row = self.tables.resolve(path)?.leaf;
        let place = self.inner(by_position(&of_row));
        Ok(place.aggregate(extreme(op)))
    }

    /// The statement: one grouping, or the union of several in their order.
    fn finish(mut self, mut sets: Vec<Set>, where_: Expr) -> Select {
        if self.columns.is_empty() {
            self.columns.push(Expr::Literal(1));
        }
        let root = self.tables.root;
        let mut inner = Select::from_table(&root.table, self.tables.root_alias);
        inner.columns = self.columns;
        inner.joins.clone_from(&self.tables.joins);
        inner.where_ = where_;
        let outer = |set: Set, inner: Select| {
            let mut select = Select::from_source(Source::Select(Box::new(inner)), self.alias);
            select.columns = set.columns;
            select.group_by = set.group_by;
            select.having = set.having;
            (select, set.order)
        };
        if sets.len() == 1 {
            let (mut select, mut order) = outer(sets.remove(0), inner);
            // A number in ORDER BY would be a column's.
            order.retain(|it| !matches!(it.expr, Expr::Literal(_) | Expr::Value(_)));
            select.order_by = order;
            return select;
        }
        let alias = self.tables.aliases().next();
        let (mut members, mut shown, mut order_by) = (Vec::new(), 0, Vec::new());
        for (n, set) in sets.into_iter().enumerate() {
            let (mut select, order) = outer(set, inner.clone());
            shown = select.columns.len();
            let of_query = order.len() - self.keys.len();
            order_by = order_of_union(alias, shown, &order, of_query);
            select.columns.push(Expr::Literal(n as i64));
            select.columns.extend(order.into_iter().map(|it| it.expr));
            members.push(select);
        }
        let mut union = Select::from_source(Source::Union(members), alias);
        union.columns = (0..shown).map(|n| Expr::Column(alias, format!("c{n}"))).collect();
        union.order_by = order_by;
        union
    }
}

/// The order of a union's rows: as the query says, then grouping by grouping, then by the keys.
/// After the `shown` columns stand the grouping's number and what each of `order` sorts by.
fn order_of_union(alias: Alias, shown: usize, order: &[OrderBy], of_query: usize) -> Vec<OrderBy> {
    let column = |n: usize| Expr::Column(alias, format!("c{n}"));
    let mut out: Vec<OrderBy> = order
        .iter()
        .enumerate()
        .map(|(n, it)| OrderBy { expr: column(shown + 1 + n), ..it.clone() })
        .collect();
    let number = OrderBy { expr: column(shown), descending: false, nulls: Nulls::Never };
    out.insert(of_query, number);
    out
}

/// One grouping, lowered.
struct Set {
    columns: Vec<Expr>,
    group_by: Vec<Expr>,
    having: Expr,
    order: Vec<OrderBy>,
}

fn extreme(op: AggregateOp) -> Aggregate {
    if op == AggregateOp::Max { Aggregate::Max } else { Aggregate::Min }
}

fn number<'s>(name: String, scale: u32, value: Expr) -> Leaf<'s> {
    Leaf::Computed(Box::new(Computed {
        name,
        ty: FieldType::Number,
        scale,
        field: None,
        expr: value.clone(),
        null_of: value.clone(),
        compared: value,
        measure: Measure::Plain,
    }))
}

fn in_context(span: Span, what: &'static str) -> Error {
    Error::at(span, ErrorKind::NotInContext(what))
}

fn date_text(part: soql::DatePart, convert: bool, path: &str) -> String {
    let (open, close) = if convert { ("convertTimezone(", ")") } else { ("", "") };
    format!("{}({open}{path}{close})", part.name())
}

fn picklist_of<'s>(leaf: &Leaf<'s>) -> Option<&'s Picklist> {
    let picklist = leaf.field().filter(|it| it.ty == FieldType::Picklist)?.picklist.as_ref();
    picklist.filter(|it| !it.values.is_empty())
}

fn by_position(leaf: &Leaf<'_>) -> Expr {
    match picklist_of(leaf) {
        Some(picklist) => order::by_position(leaf, picklist),
        None => leaf.compared(),
    }
}

/// Whether SOQL groups by such values: not by what is continuous.
fn is_groupable(leaf: &Leaf<'_>) -> bool {
    use FieldType as T;
    let ty = leaf.ty();
    let is_int = leaf.field().is_some_and(|it| it.describe_type.as_deref() == Some("int"));
    let continuous = matches!(ty, T::Currency | T::Percent | T::DateTime | T::Time)
        || (ty == T::Number && !is_int);
    ty.is_sortable() && !continuous
}

/// The least or greatest text as it was written, found by what it compares by.
fn marked(place: Expr, text: Expr) -> Expr {
    Expr::Concat(vec![place, Expr::text(MARK.to_string()), text])
}

/// What a picklist's values compare by as text: their places, all of one length.
fn place_text(leaf: &Leaf<'_>, picklist: &Picklist) -> Expr {
    let place = |n: usize| Expr::text(format!("{n:05}"));
    let values = picklist.values.iter().enumerate();
    let whens = values.map(|(n, it)| (Value::from(&*base::fold(&it.name)), place(n)));
    let last = Box::new(place(picklist.values.len()));
    Expr::Switch(Box::new(leaf.compared()), whens.collect(), last)
}

/// The content of a column.
fn content(column: usize, kind: Scalar) -> Content {
    Content::Scalar { column, kind }
}
