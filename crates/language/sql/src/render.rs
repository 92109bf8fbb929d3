//! Renders trees as SQL text with numbered parameters.

use std::fmt::Write;

use crate::{
    AddColumn, Alias, ColumnDef, ColumnType, CompareOp, CreateIndex, CreateTable, Ddl, Delete,
    Expr, Insert, Join, JoinKind, Nulls, OrderBy, Select, Source, Update, Value,
};

/// A statement as an engine takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    pub text: String,
    /// In the order of the text's `?1`, `?2`, ….
    pub params: Vec<Value>,
}

/// What can be rendered.
#[derive(Debug, Clone, Copy)]
pub enum Statement<'a> {
    Select(&'a Select),
    Insert(&'a Insert),
    Update(&'a Update),
    Delete(&'a Delete),
    Ddl(&'a Ddl),
}

impl Statement<'_> {
    pub fn render(self) -> Rendered {
        let mut out = Rendered::default();
        match self {
            Self::Select(it) => select(&mut out, it),
            Self::Insert(it) => insert(&mut out, it),
            Self::Update(it) => update(&mut out, it),
            Self::Delete(it) => delete(&mut out, it),
            Self::Ddl(it) => ddl(&mut out, it),
        }
        out
    }
}

fn select(out: &mut Rendered, it: &Select) {
    out.text.push_str("SELECT ");
    list(out, &it.columns, expr);
    if it.columns.is_empty() {
        out.text.push('1');
    }
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
        (Some(limit), _) => push(out, format_args!(" LIMIT {limit}")),
        (None, Some(_)) => push(out, format_args!(" LIMIT {}", i64::MAX)),
        (None, None) => {}
    }
    if let Some(offset) = it.offset {
        push(out, format_args!(" OFFSET {offset}"));
    }
}

fn render_join(out: &mut Rendered, join: &Join) {
    out.text.push_str(match join.kind {
        JoinKind::Inner => " JOIN ",
        JoinKind::Left => " LEFT JOIN ",
    });
    source(out, &join.source, join.alias);
    out.text.push_str(" ON ");
    expr(out, &join.on);
}

fn source(out: &mut Rendered, it: &Source, alias: Alias) {
    match it {
        Source::Table(name) => {
            quoted(out, name);
            push(out, format_args!(" t{}", alias.0));
        }
        Source::Select(inner) => {
            out.text.push_str("(SELECT ");
            let mut n = 0;
            list(out, &inner.columns, |out, column| {
                expr(out, column);
                push(out, format_args!(" AS c{n}"));
                n += 1;
            });
            let at = out.text.len();
            let outer = std::mem::take(&mut out.text);
            // The columns are already out: render the rest and cut its own `SELECT …` away.
            let bare = Select { columns: Vec::new(), ..(**inner).clone() };
            select(out, &bare);
            let rest = out.text.split_off("SELECT 1".len());
            out.text = outer;
            debug_assert_eq!(at, out.text.len());
            out.text.push_str(&rest);
            push(out, format_args!(") t{}", alias.0));
        }
        Source::Values(rows) => values(out, rows, alias),
    }
}

/// `VALUES` names its columns by a union's first member, which both engines take.
fn values(out: &mut Rendered, rows: &[Vec<Value>], alias: Alias) {
    let width = rows.first().map_or(0, Vec::len);
    out.text.push_str("(SELECT ");
    for n in 0..width {
        let comma = if n == 0 { "" } else { ", " };
        push(out, format_args!("{comma}column{} AS c{n}", n + 1));
    }
    out.text.push_str(" FROM (VALUES ");
    list(out, rows, |out, row| {
        out.text.push('(');
        list(out, row, literal);
        out.text.push(')');
    });
    push(out, format_args!(") v{0}) t{0}", alias.0));
}

/// Integers stand in the text (pages of ids would exceed the number of parameters), everything
/// else is a parameter.
fn literal(out: &mut Rendered, it: &Value) {
    match it {
        Value::Int(int) => push(out, format_args!("{int}")),
        Value::Null => out.text.push_str("NULL"),
        Value::Text(_) | Value::Blob(_) => param(out, it),
    }
}

fn insert(out: &mut Rendered, it: &Insert) {
    out.text.push_str("INSERT INTO ");
    quoted(out, &it.table);
    out.text.push_str(" (");
    list(out, &it.columns, |out, column| quoted(out, column));
    out.text.push_str(") VALUES (");
    list(out, &it.values, param);
    out.text.push(')');
    if !it.on_conflict_update.is_empty() {
        out.text.push_str(" ON CONFLICT (");
        list(out, &it.on_conflict_update, |out, column| quoted(out, column));
        out.text.push_str(") DO UPDATE SET ");
        let others: Vec<&String> =
            it.columns.iter().filter(|column| !it.on_conflict_update.contains(column)).collect();
        list(out, &others, |out, column| {
            quoted(out, column);
            out.text.push_str(" = excluded.");
            quoted(out, column);
        });
    }
}

fn update(out: &mut Rendered, it: &Update) {
    out.text.push_str("UPDATE ");
    quoted(out, &it.table);
    out.text.push_str(" SET ");
    list(out, &it.set, |out, (column, value)| {
        quoted(out, column);
        out.text.push_str(" = ");
        expr(out, value);
    });
    clause(out, " WHERE ", &it.where_);
}

fn delete(out: &mut Rendered, it: &Delete) {
    out.text.push_str("DELETE FROM ");
    quoted(out, &it.table);
    clause(out, " WHERE ", &it.where_);
}

fn ddl(out: &mut Rendered, it: &Ddl) {
    match it {
        Ddl::CreateTable(it) => create_table(out, it),
        Ddl::AddColumn(AddColumn { table, column }) => {
            out.text.push_str("ALTER TABLE ");
            quoted(out, table);
            out.text.push_str(" ADD COLUMN ");
            column_def(out, column);
        }
        Ddl::CreateIndex(it) => create_index(out, it),
        Ddl::DropIndex { name } => {
            out.text.push_str("DROP INDEX ");
            quoted(out, name);
        }
        Ddl::DropColumn { table, column } => {
            out.text.push_str("ALTER TABLE ");
            quoted(out, table);
            out.text.push_str(" DROP COLUMN ");
            quoted(out, column);
        }
        Ddl::DropTable { table } => {
            out.text.push_str("DROP TABLE ");
            quoted(out, table);
        }
    }
}

fn create_table(out: &mut Rendered, it: &CreateTable) {
    out.text.push_str("CREATE TABLE ");
    quoted(out, &it.table);
    out.text.push_str(" (");
    list(out, &it.columns, column_def);
    if !it.primary_key.is_empty() {
        out.text.push_str(", PRIMARY KEY (");
        list(out, &it.primary_key, |out, column| quoted(out, column));
        out.text.push(')');
    }
    out.text.push(')');
}

fn column_def(out: &mut Rendered, it: &ColumnDef) {
    quoted(out, &it.name);
    // SQLite makes a column the row id only if its type is INTEGER to the letter.
    out.text.push_str(match (it.ty, it.primary_key) {
        (ColumnType::Int, true) => " INTEGER PRIMARY KEY",
        (ColumnType::Int, false) => " BIGINT",
        (ColumnType::Text, true) => " TEXT PRIMARY KEY",
        (ColumnType::Text, false) => " TEXT",
        (ColumnType::Blob, true) => " BLOB PRIMARY KEY",
        (ColumnType::Blob, false) => " BLOB",
    });
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

fn create_index(out: &mut Rendered, it: &CreateIndex) {
    out.text.push_str(if it.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    quoted(out, &it.name);
    out.text.push_str(" ON ");
    quoted(out, &it.table);
    out.text.push_str(" (");
    list(out, &it.columns, |out, column| quoted(out, column));
    out.text.push(')');
    if it.where_ != Expr::True {
        out.text.push_str(" WHERE ");
        index_condition(out, &it.where_);
    }
}

/// A partial index's condition takes no parameters.
fn index_condition(out: &mut Rendered, it: &Expr) {
    match it {
        Expr::Value(value) => literal(out, value),
        Expr::Compare(left, op, right) => {
            index_condition(out, left);
            push(out, format_args!(" {} ", operator(*op)));
            index_condition(out, right);
        }
        Expr::And(parts) => {
            for (n, part) in parts.iter().enumerate() {
                out.text.push_str(if n == 0 { "" } else { " AND " });
                index_condition(out, part);
            }
        }
        other => expr(out, other),
    }
}

fn expr(out: &mut Rendered, it: &Expr) {
    match it {
        Expr::Column(alias, column) => {
            push(out, format_args!("t{}.", alias.0));
            quoted(out, column);
        }
        Expr::OwnColumn(column) => quoted(out, column),
        Expr::Value(value) => param(out, value),
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
        Expr::Exists(inner) => {
            out.text.push_str("EXISTS (");
            select(out, inner);
            out.text.push(')');
        }
        Expr::Like(inner, pattern) => {
            binary(out, inner, "LIKE", pattern);
            out.text.push_str(" ESCAPE '\\'");
        }
        Expr::Fold(inner) => wrapped(out, "fold(", inner, ")"),
        Expr::Coalesce(parts) => {
            out.text.push_str("COALESCE(");
            list(out, parts, expr);
            out.text.push(')');
        }
        Expr::Concat(parts) => junction(out, parts, " || "),
        Expr::Add(left, right) => binary(out, left, "+", right),
        Expr::Mul(left, right) => binary(out, left, "*", right),
        Expr::Case(whens, otherwise) => case(out, whens, otherwise),
        Expr::CountRows => out.text.push_str("COUNT(*)"),
        Expr::RowNumber { partition, order } => {
            wrapped(out, "ROW_NUMBER() OVER (PARTITION BY ", partition, "");
            order_by(out, order);
            out.text.push(')');
        }
    }
}

fn in_values(out: &mut Rendered, inner: &Expr, values: &[Value]) {
    if values.is_empty() {
        out.text.push_str("1 = 0");
        return;
    }
    expr(out, inner);
    out.text.push_str(" IN (");
    list(out, values, literal);
    out.text.push(')');
}

fn case(out: &mut Rendered, whens: &[(Expr, Expr)], otherwise: &Expr) {
    out.text.push_str("CASE");
    for (when, then) in whens {
        wrapped(out, " WHEN ", when, " THEN ");
        expr(out, then);
    }
    wrapped(out, " ELSE ", otherwise, " END");
}

/// Longer junctions become a tree of halves: engines bound the depth of an expression, and
/// parse `a AND b AND c …` as one level for each part.
const JUNCTION_PARTS_MAX: usize = 16;

fn junction(out: &mut Rendered, parts: &[Expr], word: &str) {
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

fn wrapped(out: &mut Rendered, before: &str, inner: &Expr, after: &str) {
    out.text.push_str(before);
    expr(out, inner);
    out.text.push_str(after);
}

fn binary(out: &mut Rendered, left: &Expr, operator: &str, right: &Expr) {
    expr(out, left);
    push(out, format_args!(" {operator} "));
    expr(out, right);
}

fn order_by(out: &mut Rendered, order: &[OrderBy]) {
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
        });
    });
}

fn clause(out: &mut Rendered, word: &str, condition: &Expr) {
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

fn param(out: &mut Rendered, value: &Value) {
    out.params.push(value.clone());
    let n = out.params.len();
    push(out, format_args!("?{n}"));
}

fn quoted(out: &mut Rendered, name: &str) {
    out.text.push('"');
    out.text.push_str(&name.replace('"', "\"\""));
    out.text.push('"');
}

fn list<T>(out: &mut Rendered, items: &[T], mut each: impl FnMut(&mut Rendered, &T)) {
    for (n, it) in items.iter().enumerate() {
        if 0 < n {
            out.text.push_str(", ");
        }
        each(out, it);
    }
}

fn push(out: &mut Rendered, args: std::fmt::Arguments<'_>) {
    out.text.write_fmt(args).expect("invariant: a String takes any text");
}
