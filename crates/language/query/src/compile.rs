//! The stages in order, and what each clause becomes.

use std::cell::Cell;
use std::sync::Arc;

use access::{Access, Guarded};
use base::{DateTime, RecordId};
use jiff::tz::TimeZone;
use locale::Style;
use schema::{Field, Object, ObjectId, Schema};
use soql::{FieldsKind, ForKind, Query, Scope, SelectItem, WithMode};
use sql::{Alias, Expr, Join, JoinKind, Nulls, OrderBy, Select, Source, Value};

use crate::child::{self, ChildPlan};
use crate::condition;
use crate::date_part::Calendar;
use crate::error::{Error, ErrorKind};
use crate::group;
use crate::order;
use crate::path::Tables;
use crate::select_list::SelectList;
use crate::shape::Shape;

const OFFSET_MAX: u64 = 2000;
const CHILDREN_MAX: usize = 20;
/// Parts of calculated fields in one statement: what an engine reads in a second.
const PARTS_MAX: usize = 300_000;

/// Levels of queries inside queries, the outermost included.
const LEVELS_MAX: usize = 5;
/// The largest LIMIT with which `FIELDS(ALL)` and `FIELDS(CUSTOM)` may be selected.
const FIELDS_LIMIT_MAX: u64 = 200;

/// What a query is compiled with.
pub struct Context<'a> {
    pub schema: &'a Schema,
    pub access: &'a Access,
    /// The instant that date literals count from.
    pub now: DateTime,
    /// The user's zone, in which days begin.
    pub zone: &'a TimeZone,
    /// The org's weeks and fiscal years.
    pub calendar: Calendar,
    /// How the user writes numbers and dates.
    pub style: &'a Arc<Style>,
    /// Whether records in the recycle bin count too: `queryAll`.
    pub deleted: bool,
}

/// Hands out aliases that are unique within one statement, and keeps what else is the statement's.
pub struct AliasSource {
    next: Cell<u16>,
    /// Whether something in the statement changes within a day, as `NOW()` does.
    momentary: Cell<bool>,
    /// The parts of calculated fields in it.
    parts: Cell<usize>,
}

impl AliasSource {
    pub(crate) fn starting_at(first: u16) -> Self {
        Self { next: Cell::new(first), momentary: Cell::new(false), parts: Cell::new(0) }
    }

    pub(crate) fn next(&self) -> Alias {
        let next = self.next.get();
        self.next.set(next.saturating_add(1));
        Alias(next)
    }

    /// Counts parts of calculated fields; false where there are too many for one statement.
    pub(crate) fn add_parts(&self, n: usize) -> bool {
        self.parts.set(self.parts.get().saturating_add(n));
        self.parts.get() <= PARTS_MAX
    }

    pub(crate) fn set_momentary(&self) {
        self.momentary.set(true);
    }
}

/// A query that may run, for the caller it was compiled for.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub object: ObjectId,
    pub output: Output,
    pub shape: Shape,
    /// In the order of [`crate::shape::Content::Children`].
    pub children: Vec<ChildPlan>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
    /// Whether it holds for the moment for which it was compiled, and no longer.
    pub momentary: bool,
    access: Access,
    pub(crate) table: String,
    pub(crate) root: Alias,
    pub(crate) columns: Vec<Expr>,
    pub(crate) joins: Vec<Join>,
    pub(crate) where_: Expr,
    pub(crate) order_by: Vec<OrderBy>,
    /// The statement of a grouped query, which has none of the above.
    grouped: Option<Box<Select>>,
    /// What keeps a row on a page of ids: it is live and the caller may read it.
    live: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// `SELECT COUNT()`: a number, no rows.
    Count,
    Records,
    /// Groups of records, which have no ids: there is one page of them.
    Groups,
}

/// Compiles `query` for a caller.
pub fn compile(context: &Context<'_>, query: &Query) -> Result<Compiled, Error> {
    check_children(query)?;
    let object = root_object(context, &query.from)?;
    refuse_elsewhere(query)?;
    compile_alone(context, query, object)
}

/// Compiles a statement of its own.
pub(crate) fn compile_alone(
    context: &Context<'_>,
    query: &Query,
    object: &Object,
) -> Result<Compiled, Error> {
    let aliases = AliasSource::starting_at(0);
    let mut compiled = compile_on(context, query, object, &aliases)?;
    let of_children = compiled.children.iter().any(|it| it.compiled.momentary);
    compiled.momentary = aliases.momentary.get() || of_children;
    Ok(compiled)
}

/// The object that a FROM clause names, as the caller may read it.
pub(crate) fn root_object<'s>(
    context: &'s Context<'_>,
    from: &soql::From,
) -> Result<&'s Object, Error> {
    let path = &from.object;
    let unknown = || Error::at(path.span, ErrorKind::UnknownObject(path.to_string()));
    let [name] = path.segments.as_slice() else { return Err(unknown()) };
    let object = context.schema.object(&name.text).ok_or_else(unknown)?;
    if !context.access.can_read_object(object) {
        return Err(unknown());
    }
    if !object.queryable {
        let kind = ErrorKind::NotQueryable(object.name.clone());
        return Err(Error::at(path.span, kind));
    }
    Ok(object)
}

/// What every read of an object's table carries: the caller's predicate, and that the row is not
/// in the recycle bin unless the query asks for those too.
pub(crate) fn live(context: &Context<'_>, tables: &Tables<'_>) -> Expr {
    let predicate = context.access.predicate(tables.root, tables.root_alias);
    let alive = if context.deleted { Expr::True } else { tables.root_column("isdeleted").is(0) };
    Expr::all([alive, predicate])
}

fn compile_on<'s>(
    context: &'s Context<'s>,
    query: &Query,
    object: &'s Object,
    aliases: &'s AliasSource,
) -> Result<Compiled, Error> {
    let mut tables = Tables::new(context, object, aliases);
    name_tables(&mut tables, &query.from)?;
    let live = live(context, &tables);
    let mut conditions = vec![live.clone()];
    conditions.extend(scope(context, &tables, query)?);
    if let Some(condition) = &query.where_ {
        conditions.push(condition::lower(&mut tables, condition)?);
    }
    if query.offset.is_some_and(|it| OFFSET_MAX < it) {
        return Err(Error::bare(ErrorKind::OffsetTooLarge));
    }
    let where_ = Expr::all(conditions);
    let mut compiled = Compiled {
        object: object.id,
        output: Output::Records,
        shape: SelectList::new(&tables).shape,
        children: Vec::new(),
        limit: query.limit,
        offset: query.offset,
        momentary: false,
        access: context.access.clone(),
        table: object.table.clone(),
        root: tables.root_alias,
        columns: Vec::new(),
        joins: Vec::new(),
        where_: Expr::True,
        order_by: Vec::new(),
        grouped: None,
        live,
    };
    if group::is_grouped(query) {
        let (select, shape) = group::lower(&mut tables, query, where_.clone())?;
        compiled.where_ = where_;
        compiled.grouped = Some(Box::new(select));
        compiled.shape = shape;
        compiled.output = Output::Groups;
        compiled.joins = tables.joins;
        return Ok(compiled);
    }
    compiled.where_ = where_;
    compiled.order_by = order::lower(&mut tables, query)?;
    if query.is_count() {
        compiled.output = Output::Count;
    } else {
        let mut list = SelectList::new(&tables);
        select_items(&mut tables, query, &mut list, &mut compiled.children)?;
        compiled.columns = list.columns;
        compiled.shape = list.shape;
    }
    compiled.joins = tables.joins;
    Ok(compiled)
}

/// Checks how many child queries there are, and how deep.
fn check_children(query: &Query) -> Result<(), Error> {
    fn count(query: &Query, level: usize, n: &mut usize) -> Result<(), Error> {
        for item in &query.select {
            let SelectItem::Subquery(inner) = item else { continue };
            *n += 1;
            let (what, max) = match () {
                () if LEVELS_MAX <= level => ("levels of child queries", LEVELS_MAX),
                () if CHILDREN_MAX < *n => ("child queries", CHILDREN_MAX),
                () => {
                    count(inner, level + 1, n)?;
                    continue;
                }
            };
            return Err(Error::at(inner.span, ErrorKind::TooMany { what, max }));
        }
        Ok(())
    }
    count(query, 1, &mut 0)
}

/// What only Apex has, and what needs data that is not here.
pub(crate) fn refuse_elsewhere(query: &Query) -> Result<(), Error> {
    let unsupported =
        |span, what: &str| Err(Error::at(span, ErrorKind::Unsupported(what.to_owned())));
    if let Some(span) = query.all_rows {
        return Err(Error::at(span, ErrorKind::NotInContext("ALL ROWS")));
    }
    // FOR VIEW and FOR REFERENCE note what the user has seen, UPDATE TRACKING and VIEWSTAT count
    // views of articles. No object shows the one and there are no articles, so all are accepted,
    // and nothing follows from them.
    if let Some(it) = query.for_.iter().find(|it| it.kind == ForKind::Update) {
        return Err(Error::at(it.span, ErrorKind::NotInContext("FOR UPDATE")));
    }
    for with in &query.with {
        match with {
            // This API always runs with the caller's rights.
            soql::With::Mode { mode: WithMode::SecurityEnforced | WithMode::User, .. } => {}
            soql::With::Mode { mode: WithMode::System, span } => {
                return Err(Error::at(*span, ErrorKind::NotInContext("WITH SYSTEM_MODE")));
            }
            _ => return unsupported(query.span, "this WITH clause is"),
        }
    }
    Ok(())
}

fn name_tables(tables: &mut Tables<'_>, from: &soql::From) -> Result<(), Error> {
    if let Some(alias) = &from.alias {
        tables.name(alias, None)?;
    }
    for join in &from.joins {
        match &join.alias {
            Some(alias) if 1 < join.path.segments.len() => tables.name(alias, Some(&join.path))?,
            _ => {
                let kind = ErrorKind::UnknownRelationship(join.path.to_string());
                return Err(Error::at(join.path.span, kind));
            }
        }
    }
    Ok(())
}

fn scope(context: &Context<'_>, tables: &Tables<'_>, query: &Query) -> Result<Option<Expr>, Error> {
    let Some(clause) = query.scope else { return Ok(None) };
    let owner = tables.root.field("OwnerId").and_then(|it| it.column.clone());
    match (clause.scope, owner, context.access.user()) {
        (Scope::Everything, ..) => Ok(None),
        (Scope::Mine, Some(owner), Some(user)) => {
            Ok(Some(tables.root_column(&owner).eq(Expr::int(user.raw()))))
        }
        (scope, ..) => {
            let what = format!("USING SCOPE {} on {} is", scope.name(), tables.root.name);
            Err(Error::at(clause.span, ErrorKind::Unsupported(what)))
        }
    }
}

fn select_items<'s>(
    tables: &mut Tables<'s>,
    query: &Query,
    list: &mut SelectList,
    children: &mut Vec<ChildPlan>,
) -> Result<(), Error> {
    for item in &query.select {
        match item {
            SelectItem::Path { path, .. } => list.add_path(tables, path)?,
            SelectItem::Fields { kind, span } => {
                let bounded = query.limit.is_some_and(|it| it <= FIELDS_LIMIT_MAX);
                if *kind != FieldsKind::Standard && !bounded {
                    return Err(Error::at(*span, ErrorKind::FieldsNeedsLimit));
                }
                let object = tables.root;
                let access = tables.context.access;
                let wanted = |field: &Field| match kind {
                    FieldsKind::All => true,
                    FieldsKind::Standard => !field.custom,
                    FieldsKind::Custom => field.custom,
                };
                for field in &object.fields {
                    if wanted(field) && access.can_read_field(object, field) {
                        list.add_field(tables, field, *span)?;
                    }
                }
            }
            SelectItem::Subquery(inner) => {
                let (key, plan) = child::compile(tables, inner)?;
                list.add_children(&key, children.len(), inner.span)?;
                children.push(plan);
            }
            SelectItem::Function { function, alias } => {
                list.add_function(tables, function, alias.as_ref())?;
            }
            SelectItem::TypeOf(it) => list.add_type_of(tables, it)?,
        }
    }
    Ok(())
}

impl Compiled {
    /// The first rows, at most `rows_max` of them.
    pub fn rows(&self, rows_max: u64) -> Guarded {
        let limit = self.limit.map_or(rows_max, |it| it.min(rows_max));
        if let Some(grouped) = &self.grouped {
            let select = (**grouped).clone();
            return self.guard(Select { limit: Some(limit), offset: self.offset, ..select });
        }
        self.guard(Select {
            columns: self.columns.clone(),
            joins: self.joins.clone(),
            where_: self.where_.clone(),
            order_by: self.order_by.clone(),
            limit: Some(limit),
            offset: self.offset,
            ..Select::from_table(&self.table, self.root)
        })
    }

    /// The ids of all rows, in the query's order, one column.
    pub fn ids(&self) -> Guarded {
        self.guard(self.all_ids())
    }

    /// How many rows there are, one column.
    pub fn count(&self) -> Guarded {
        let bounded = self.limit.is_some() || self.offset.is_some();
        let select = if bounded {
            let inner = Select { order_by: Vec::new(), ..self.all_ids() };
            let mut outer = Select::from_source(Source::Select(Box::new(inner)), Alias(u16::MAX));
            outer.columns = vec![Expr::CountRows];
            outer
        } else {
            Select { columns: vec![Expr::CountRows], order_by: Vec::new(), ..self.all_ids() }
        };
        self.guard(select)
    }

    /// The rows with these ids, in this order; those that are gone are left out.
    pub fn page(&self, ids: &[RecordId]) -> Guarded {
        let place = |(n, id): (usize, &RecordId)| vec![Value::Int(n as i64), Value::Int(id.raw())];
        let values = Source::Values(ids.iter().enumerate().map(place).collect());
        let alias = Alias(u16::MAX);
        let mut select = self.over(values, alias, "c1");
        select.where_ = self.live.clone();
        select.order_by = vec![OrderBy {
            expr: Expr::Column(alias, "c0".to_owned()),
            descending: false,
            nulls: Nulls::Never,
        }];
        self.guard(select)
    }

    fn all_ids(&self) -> Select {
        Select {
            columns: vec![Expr::Column(self.root, "id".to_owned())],
            joins: self.joins.clone(),
            where_: self.where_.clone(),
            order_by: self.order_by.clone(),
            limit: self.limit,
            offset: self.offset,
            ..Select::from_table(&self.table, self.root)
        }
    }

    /// The query's columns for the records whose ids `source` lists in `id_column`.
    pub(crate) fn over(&self, source: Source, alias: Alias, id_column: &str) -> Select {
        let listed = Expr::Column(alias, id_column.to_owned());
        let mut select = Select::from_source(source, alias);
        select.columns.clone_from(&self.columns);
        select.joins.push(Join {
            kind: JoinKind::Inner,
            source: Source::Table(self.table.clone()),
            alias: self.root,
            on: Expr::Column(self.root, "id".to_owned()).eq(listed),
        });
        select.joins.extend(self.joins.iter().cloned());
        select
    }

    pub(crate) fn guard(&self, select: Select) -> Guarded {
        self.access.guard(select)
    }
}
