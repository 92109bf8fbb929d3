//! Renders trees as SQL text with numbered parameters.
//!
//! Two kinds of places hold a value. Beside a column (`"n" = $1`, `SET "n" = $1`) engines know
//! its type; elsewhere (a CASE, a select list) some must be told, which [`Dialect::typed_values`]
//! says.

mod scalar;

use std::fmt::Write;

use crate::dialect::{Dialect, type_of};
use crate::{
    AddColumn, Aggregate, Alias, ArithOp, ColumnDef, ColumnType, CompareOp, CreateIndex,
    CreateTable, Ddl, Delete, Expr, Insert, InsertRows, Join, JoinKind, Nulls, OrderBy, Select,
    Source, Update, Value,
};

/// A statement as an engine takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    pub text: String,
    /// In the order of the text's numbered placeholders.
    pub params: Vec<Value>,
    /// Whether the text holds a list of values, so that the same will hardly come again: keeping
    /// it prepared would only push others out.
    pub once: bool,
}

/// What can be rendered.
#[derive(Debug, Clone, Copy)]
pub enum Statement<'a> {
    Select(&'a Select),
    Insert(&'a Insert),
    InsertRows(&'a InsertRows),
    Update(&'a Update),
    Delete(&'a Delete),
    Ddl(&'a Ddl),
}

impl Statement<'_> {
    pub fn render(self, dialect: &Dialect) -> Rendered {
        self.render_over(dialect, Rendered::default())
    }

    /// The same, in the room that an earlier statement took.
    pub fn render_over(self, dialect: &Dialect, earlier: Rendered) -> Rendered {
        let Rendered { mut text, mut params, .. } = earlier;
        text.clear();
        text.reserve(512);
        params.clear();
        let mut out = Out { text, params, once: false, dialect };
        match self {
            Self::Select(it) => select(&mut out, it),
            Self::Insert(it) => insert(&mut out, it),
            Self::InsertRows(it) => insert_rows(&mut out, it),
            Self::Update(it) => update(&mut out, it),
            Self::Delete(it) => delete(&mut out, it),
            Self::Ddl(it) => ddl(&mut out, it),
        }
        Rendered { text: out.text, params: out.params, once: out.once }
    }
}

/// What is written to while a statement renders.
struct Out<'a> {
    text: String,
    params: Vec<Value>,
    once: bool,
    dialect: &'a Dialect,
}

fn select(out: &mut Out<'_>, it: &Select) {
    out.text.push_str("SELECT ");
    list(out, &it.columns, expr);
    if it.columns.is_empty() {
        out.text.push('1');
    }
    after_columns(out, it);
}

fn after_columns(out: &mut Out<'_>, it: &Select) {
    out.text.push_str(" FROM ");
    source(out, &it.from, it.alias);
    for join in &it.joins {
        render_join(out, join);
    }
    clause(out, " WHERE ", &it.where_);
    if !it.group_by.is_empty() {
        out.text.push_str(" GROUP BY ");
        list(out, &it.group_by, expr);
    }
    clause(out, " HAVING ", &it.having);
    order_by(out, &it.order_by);
    match (it.limit, it.offset) {
        (Some(limit), _) => push(out, format_args!(" LIMIT {}", limit.min(i64::MAX as u64))),
        (None, Some(_)) if out.dialect.offset_needs_limit => {
            push(out, format_args!(" LIMIT {}", i64::MAX));
        }
        (None, _) => {}
    }
    if let Some(offset) = it.offset {
        push(out, format_args!(" OFFSET {offset}"));
    }
}

fn render_join(out: &mut Out<'_>, join: &Join) {
    out.text.push_str(match join.kind {
        JoinKind::Inner => " JOIN ",
        JoinKind::Left => " LEFT JOIN ",
    });
    source(out, &join.source, join.alias);
    out.text.push_str(" ON ");
    expr(out, &join.on);
}

fn source(out: &mut Out<'_>, it: &Source, alias: Alias) {
    match it {
        Source::Table(name) => {
            qualified(out, name);
            out.text.push(' ');
            table_alias(out, alias);
        }
        Source::Select(inner) => {
            out.text.push('(');
            named_select(out, inner);
            push(out, format_args!(") t{}", alias.0));
        }
        Source::Union(members) => {
            out.text.push('(');
            for (n, member) in members.iter().enumerate() {
                out.text.push_str(if n == 0 { "" } else { " UNION ALL " });
                named_select(out, member);
            }
            push(out, format_args!(") t{}", alias.0));
        }
        Source::Values(rows) => values(out, rows, alias),
    }
}

/// A query whose columns are named `c0`, `c1`, ….
fn named_select(out: &mut Out<'_>, inner: &Select) {
    out.text.push_str("SELECT ");
    let mut n = 0;
    list(out, &inner.columns, |out, column| {
        expr(out, column);
        push(out, format_args!(" AS c{n}"));
        n += 1;
    });
    after_columns(out, inner);
}

/// `VALUES` names its columns by a union's first member, which engines take. The first row
/// decides the types.
fn values(out: &mut Out<'_>, rows: &[Vec<Value>], alias: Alias) {
    out.once = true;
    let width = rows.first().map_or(0, Vec::len);
    out.text.push_str("(SELECT ");
    for n in 0..width {
        let comma = if n == 0 { "" } else { ", " };
        push(out, format_args!("{comma}column{} AS c{n}", n + 1));
    }
    out.text.push_str(" FROM (VALUES ");
    let mut first = true;
    list(out, rows, |out, row| {
        let typed = std::mem::take(&mut first) && out.dialect.typed_values;
        out.text.push('(');
        for (n, value) in row.iter().enumerate() {
            out.text.push_str(if n == 0 { "" } else { ", " });
            if typed {
                let ty = rows.iter().filter_map(|it| it.get(n)).find_map(type_of);
                cast(out, ty.unwrap_or(ColumnType::Text), |out| literal(out, value));
            } else {
                literal(out, value);
            }
        }
        out.text.push(')');
    });
    push(out, format_args!(") v{0}) t{0}", alias.0));
}

/// Integers stand in the text (pages of ids would exceed the number of parameters), everything
/// else is a parameter.
fn literal(out: &mut Out<'_>, it: &Value) {
    match it {
        Value::Int(int) => push(out, format_args!("{int}")),
        Value::Null => out.text.push_str("NULL"),
        Value::Text(_) | Value::Blob(_) => param(out, it),
    }
}

fn insert(out: &mut Out<'_>, it: &Insert) {
    insert_into(out, &it.table, &it.columns);
    insert_row(out, &it.values);
    on_conflict(out, &it.columns, &it.on_conflict_update);
}

fn insert_rows(out: &mut Out<'_>, it: &InsertRows) {
    insert_into(out, &it.table, &it.columns);
    list(out, &it.rows, |out, row| insert_row(out, row));
}

fn insert_into(out: &mut Out<'_>, table: &str, columns: &[String]) {
    out.text.push_str("INSERT INTO ");
    qualified(out, table);
    out.text.push_str(" (");
    list(out, columns, |out, column| quoted(out, column));
    out.text.push_str(") VALUES ");
}

fn insert_row(out: &mut Out<'_>, values: &[Value]) {
    out.text.push('(');
    list(out, values, param);
    out.text.push(')');
}

fn on_conflict(out: &mut Out<'_>, columns: &[String], key: &[String]) {
    if key.is_empty() {
        return;
    }
    out.text.push_str(" ON CONFLICT (");
    list(out, key, |out, column| quoted(out, column));
    let others: Vec<&String> = columns.iter().filter(|it| !key.contains(it)).collect();
    out.text.push_str(if others.is_empty() { ") DO NOTHING" } else { ") DO UPDATE SET " });
    list(out, &others, |out, column| {
        quoted(out, column);
        out.text.push_str(" = excluded.");
        quoted(out, column);
    });
}

fn update(out: &mut Out<'_>, it: &Update) {
    out.text.push_str("UPDATE ");
    qualified(out, &it.table);
    out.text.push_str(" SET ");
    list(out, &it.set, |out, (column, value)| {
        quoted(out, column);
        out.text.push_str(" = ");
        beside_column(out, value);
    });
    clause(out, " WHERE ", &it.where_);
}

fn delete(out: &mut Out<'_>, it: &Delete) {
    out.text.push_str("DELETE FROM ");
    qualified(out, &it.table);
    clause(out, " WHERE ", &it.where_);
}

fn ddl(out: &mut Out<'_>, it: &Ddl) {
    match it {
        Ddl::CreateTable(it) => create_table(out, it),
        Ddl::AddColumn(AddColumn { table, column }) => {
            out.text.push_str("ALTER TABLE ");
            qualified(out, table);
            out.text.push_str(" ADD COLUMN ");
            column_def(out, column);
        }
        Ddl::CreateIndex(it) => create_index(out, it),
        Ddl::DropIndex { name } => {
            out.text.push_str("DROP INDEX ");
            qualified(out, name);
        }
        Ddl::DropColumn { table, column } => {
            out.text.push_str("ALTER TABLE ");
            qualified(out, table);
            out.text.push_str(" DROP COLUMN ");
            quoted(out, column);
        }
        Ddl::DropTable { table } => {
            out.text.push_str("DROP TABLE ");
            qualified(out, table);
        }
    }
}

fn create_table(out: &mut Out<'_>, it: &CreateTable) {
    out.text.push_str("CREATE TABLE ");
    qualified(out, &it.table);
    out.text.push_str(" (");
    list(out, &it.columns, column_def);
    if !it.primary_key.is_empty() {
        out.text.push_str(", PRIMARY KEY (");
        list(out, &it.primary_key, |out, column| quoted(out, column));
        out.text.push(')');
    }
    out.text.push(')');
}

fn column_def(out: &mut Out<'_>, it: &ColumnDef) {
    quoted(out, &it.name);
    out.text.push(' ');
    out.text.push_str(match (it.ty, it.primary_key) {
        (ColumnType::Int, true) => out.dialect.int_key,
        (ty, _) => out.dialect.column_type(ty),
    });
    if it.primary_key {
        out.text.push_str(" PRIMARY KEY");
    }
    if it.not_null {
        out.text.push_str(" NOT NULL");
    }
    match &it.default {
        None => {}
        Some(Value::Text(text)) => {
            push(out, format_args!(" DEFAULT '{}'", text.replace('\'', "''")));
        }
        Some(value) => {
            out.text.push_str(" DEFAULT ");
            literal(out, value);
        }
    }
}

fn create_index(out: &mut Out<'_>, it: &CreateIndex) {
    out.text.push_str(if it.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    quoted(out, &it.name);
    out.text.push_str(" ON ");
    qualified(out, &it.table);
    out.text.push_str(" (");
    list(out, &it.columns, |out, column| {
        quoted(out, column);
        if out.dialect.index_nulls_first {
            // Engines that spread an index by hash unless told otherwise are told.
            out.text.push_str(" ASC NULLS FIRST");
        }
    });
    out.text.push(')');
    clause(out, " WHERE ", &it.where_);
    debug_assert!(out.params.is_empty(), "an index takes no parameters");
}

fn expr(out: &mut Out<'_>, it: &Expr) {
    match it {
        Expr::Column(alias, column) => {
            table_alias(out, *alias);
            out.text.push('.');
            quoted(out, column);
        }
        Expr::OwnColumn(column) => quoted(out, column),
        Expr::Value(value) => typed(out, value),
        Expr::Literal(int) => push(out, format_args!("{int}")),
        Expr::True => out.text.push_str("1 = 1"),
        Expr::False => out.text.push_str("1 = 0"),
        Expr::And(parts) => junction(out, parts, " AND "),
        Expr::Or(parts) => junction(out, parts, " OR "),
        Expr::Not(inner) => wrapped(out, "NOT (", inner, ")"),
        Expr::Compare(left, op, right) => binary(out, left, operator(*op), right),
        Expr::IsNull(inner) => wrapped(out, "", inner, " IS NULL"),
        Expr::IsNotNull(inner) => wrapped(out, "", inner, " IS NOT NULL"),
        Expr::In(inner, values) => in_values(out, inner, values),
        Expr::InSelect(inner, inner_select) => {
            expr(out, inner);
            out.text.push_str(" IN (");
            select(out, inner_select);
            out.text.push(')');
        }
        Expr::Exists(inner) => enclosed(out, "EXISTS (", inner),
        Expr::Subselect(inner) => enclosed(out, "(", inner),
        Expr::Like(inner, pattern) => {
            binary(out, inner, "LIKE", pattern);
            out.text.push_str(" ESCAPE '\\'");
        }
        Expr::Lower(inner) => wrapped(out, "lower(", inner, ")"),
        Expr::Coalesce(parts) => {
            out.text.push_str("COALESCE(");
            list(out, parts, expr);
            out.text.push(')');
        }
        Expr::Concat(parts) => junction(out, parts, " || "),
        Expr::Add(left, right) => binary(out, left, "+", right),
        Expr::Mul(left, right) => binary(out, left, "*", right),
        Expr::Case(whens, otherwise) => case(out, whens, otherwise),
        Expr::Switch(inner, whens, otherwise) => switch(out, inner, whens, otherwise),
        Expr::Steps { of, first, points } => steps(out, of, *first, points),
        Expr::Arith(left, op, right) => {
            out.text.push('(');
            binary(out, left, arithmetic(*op), right);
            out.text.push(')');
        }
        Expr::AsInt(_)
        | Expr::AsReal(_)
        | Expr::AsDecimal(_)
        | Expr::AsText(_)
        | Expr::Decimal { .. }
        | Expr::Real(_)
        | Expr::Call(..)
        | Expr::Let(..)
        | Expr::Bound(_)
        | Expr::Either { .. } => scalar::scalar(out, it),
        Expr::Aggregate(it, inner) => aggregate(out, *it, inner),
        Expr::CountRows => out.text.push_str("COUNT(*)"),
        Expr::RowNumber { partition, order } => {
            wrapped(out, "ROW_NUMBER() OVER (PARTITION BY ", partition, "");
            order_by(out, order);
            out.text.push(')');
        }
    }
}

fn enclosed(out: &mut Out<'_>, before: &str, inner: &Select) {
    out.text.push_str(before);
    select(out, inner);
    out.text.push(')');
}

fn aggregate(out: &mut Out<'_>, it: Aggregate, inner: &Expr) {
    match it {
        Aggregate::Count => wrapped(out, "COUNT(", inner, ")"),
        Aggregate::CountDistinct => wrapped(out, "COUNT(DISTINCT ", inner, ")"),
        Aggregate::Min => wrapped(out, "MIN(", inner, ")"),
        Aggregate::Max => wrapped(out, "MAX(", inner, ")"),
        Aggregate::Sum if out.dialect.typed_values => {
            // The sum of integers is wider than they are, and of another type.
            let end = format!(") AS {})", out.dialect.int);
            wrapped(out, "CAST(SUM(", inner, &end);
        }
        Aggregate::Sum => wrapped(out, "SUM(", inner, ")"),
    }
}

fn arithmetic(op: ArithOp) -> &'static str {
    match op {
        ArithOp::Add => "+",
        ArithOp::Sub => "-",
        ArithOp::Mul => "*",
        ArithOp::Div => "/",
        ArithOp::Rem => "%",
    }
}

fn in_values(out: &mut Out<'_>, inner: &Expr, values: &[Value]) {
    if values.is_empty() {
        out.text.push_str("1 = 0");
        return;
    }
    out.once |= values.iter().any(|it| matches!(it, Value::Int(_)));
    expr(out, inner);
    out.text.push_str(" IN (");
    list(out, values, literal);
    out.text.push(')');
}

fn case(out: &mut Out<'_>, whens: &[(Expr, Expr)], otherwise: &Expr) {
    out.text.push_str("CASE");
    for (when, then) in whens {
        wrapped(out, " WHEN ", when, " THEN ");
        expr(out, then);
    }
    wrapped(out, " ELSE ", otherwise, " END");
}

fn switch(out: &mut Out<'_>, inner: &Expr, whens: &[(Value, Expr)], otherwise: &Expr) {
    wrapped(out, "CASE ", inner, "");
    for (when, then) in whens {
        out.text.push_str(" WHEN ");
        param(out, when);
        wrapped(out, " THEN ", then, "");
    }
    wrapped(out, " ELSE ", otherwise, " END");
}

fn steps(out: &mut Out<'_>, of: &Expr, first: i64, points: &[(i64, i64)]) {
    let middle = points.len() / 2;
    let Some((from, value)) = points.get(middle) else {
        push(out, format_args!("{first}"));
        return;
    };
    wrapped(out, "CASE WHEN ", of, "");
    push(out, format_args!(" < {from} THEN "));
    steps(out, of, first, &points[..middle]);
    out.text.push_str(" ELSE ");
    steps(out, of, *value, &points[middle + 1..]);
    out.text.push_str(" END");
}

/// Longer junctions become a tree of halves: engines bound the depth of an expression, and
/// parse `a AND b AND c …` as one level for each part.
const JUNCTION_PARTS_MAX: usize = 16;

fn junction(out: &mut Out<'_>, parts: &[Expr], word: &str) {
    out.text.push('(');
    if JUNCTION_PARTS_MAX < parts.len() {
        let (left, right) = parts.split_at(parts.len() / 2);
        junction(out, left, word);
        out.text.push_str(word);
        junction(out, right, word);
    } else {
        for (n, part) in parts.iter().enumerate() {
            out.text.push_str(if n == 0 { "" } else { word });
            expr(out, part);
        }
    }
    out.text.push(')');
}

fn wrapped(out: &mut Out<'_>, before: &str, inner: &Expr, after: &str) {
    out.text.push_str(before);
    expr(out, inner);
    out.text.push_str(after);
}

fn binary(out: &mut Out<'_>, left: &Expr, operator: &str, right: &Expr) {
    expr(out, left);
    out.text.push(' ');
    out.text.push_str(operator);
    out.text.push(' ');
    if matches!(left, Expr::Value(_)) { expr(out, right) } else { beside_column(out, right) }
}

fn order_by(out: &mut Out<'_>, order: &[OrderBy]) {
    if order.is_empty() {
        return;
    }
    out.text.push_str(" ORDER BY ");
    list(out, order, |out, it| {
        expr(out, &it.expr);
        out.text.push_str(if it.descending { " DESC" } else { " ASC" });
        out.text.push_str(match it.nulls {
            Nulls::First => " NULLS FIRST",
            Nulls::Last => " NULLS LAST",
            Nulls::Never => "",
        });
    });
}

fn clause(out: &mut Out<'_>, word: &str, condition: &Expr) {
    if *condition != Expr::True {
        out.text.push_str(word);
        expr(out, condition);
    }
}

fn operator(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "<>",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

/// An expression whose type is known from what stands before it.
fn beside_column(out: &mut Out<'_>, it: &Expr) {
    match it {
        Expr::Value(value) => param(out, value),
        other => expr(out, other),
    }
}

/// A value in a place that does not tell its type.
fn typed(out: &mut Out<'_>, value: &Value) {
    match type_of(value) {
        Some(ty) if out.dialect.typed_values => cast(out, ty, |out| param(out, value)),
        Some(_) => param(out, value),
        // It takes the type of what it meets, which a parameter does not everywhere.
        None => out.text.push_str("NULL"),
    }
}

fn cast(out: &mut Out<'_>, ty: ColumnType, value: impl FnOnce(&mut Out<'_>)) {
    out.text.push_str("CAST(");
    value(out);
    push(out, format_args!(" AS {})", out.dialect.cast_type(ty)));
    if let (ColumnType::Text, Some(collation)) = (ty, out.dialect.collation) {
        push(out, format_args!(" COLLATE {collation}"));
    }
}

fn param(out: &mut Out<'_>, value: &Value) {
    out.params.push(value.clone());
    out.text.push(out.dialect.placeholder);
    number(out, out.params.len());
}

/// A table or index, in the org's schema.
fn qualified(out: &mut Out<'_>, name: &str) {
    if let Some(schema) = &out.dialect.schema {
        quoted(out, schema);
        out.text.push('.');
    }
    quoted(out, name);
}

fn table_alias(out: &mut Out<'_>, alias: Alias) {
    out.text.push('t');
    number(out, usize::from(alias.0));
}

fn number(out: &mut Out<'_>, n: usize) {
    match u8::try_from(n) {
        // Nearly all: formatting costs more than the rest of a column does.
        Ok(digit @ 0..=9) => out.text.push(char::from(b'0' + digit)),
        _ => push(out, format_args!("{n}")),
    }
}

/// Every name there is, for each column of each query: without a copy, a search for characters
/// or more than one look at the room that is left.
fn quoted(out: &mut Out<'_>, name: &str) {
    // All of it: names are short, and stopping early costs more than going on.
    if name.bytes().fold(false, |found, it| found | (it == b'"')) {
        return push(out, format_args!("\"{}\"", name.replace('"', "\"\"")));
    }
    out.text.reserve(name.len() + 2);
    out.text.push('"');
    out.text.push_str(name);
    out.text.push('"');
}

fn list<T>(out: &mut Out<'_>, items: &[T], mut each: impl FnMut(&mut Out<'_>, &T)) {
    for (n, it) in items.iter().enumerate() {
        if 0 < n {
            out.text.push_str(", ");
        }
        each(out, it);
    }
}

fn push(out: &mut Out<'_>, args: std::fmt::Arguments<'_>) {
    out.text.write_fmt(args).expect("invariant: a String takes any text");
}
