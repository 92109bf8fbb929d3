//! What the trees render to, clause by clause.

use crate::{
    Aggregate, Alias, ArithOp, CompareOp, CreateIndex, Ddl, Delete, Dialect, Expr, Insert, Join,
    JoinKind, Nulls, OrderBy, Select, Source, Statement, Update, Value,
};

mod dialects;
mod scalars;

const T0: Alias = Alias(0);
const T1: Alias = Alias(1);

fn column(alias: Alias, name: &str) -> Expr {
    Expr::Column(alias, name.to_owned())
}

#[test]
fn a_query_with_every_clause() {
    let mut select = Select::from_table("contact", T0);
    select.columns = vec![column(T0, "lastname"), column(T1, "name")];
    select.joins.push(Join {
        kind: JoinKind::Left,
        source: Source::Table("account".to_owned()),
        alias: T1,
        on: column(T1, "id").eq(column(T0, "accountid")),
    });
    select.where_ = Expr::all([
        column(T0, "isdeleted").eq(Expr::int(0)),
        column(T1, "industry").lower().eq(Expr::text("energy")),
        Expr::True,
    ]);
    select.order_by =
        vec![OrderBy { expr: column(T0, "id"), descending: true, nulls: Nulls::Last }];
    select.limit = Some(10);
    select.offset = Some(5);
    let rendered = Statement::Select(&select).render(&Dialect::sqlite());
    assert!(!rendered.once);
    assert_eq!(
        rendered.text,
        "SELECT t0.\"lastname\", t1.\"name\" FROM \"contact\" t0 \
         LEFT JOIN \"account\" t1 ON t1.\"id\" = t0.\"accountid\" \
         WHERE (t0.\"isdeleted\" = ?1 AND lower(t1.\"industry\") = ?2) \
         ORDER BY t0.\"id\" DESC NULLS LAST LIMIT 10 OFFSET 5"
    );
    assert_eq!(rendered.params, [Value::Int(0), Value::from("energy")]);
}

#[test]
fn a_page_of_ids_is_a_join_with_values() {
    let mut select = Select::from_source(
        Source::Values(vec![
            vec![Value::Int(0), Value::Int(77)],
            vec![Value::Int(1), Value::Int(5)],
        ]),
        T0,
    );
    select.columns = vec![column(T0, "c1")];
    assert_eq!(
        Statement::Select(&select).render(&Dialect::sqlite()).text,
        "SELECT t0.\"c1\" FROM (SELECT column1 AS c0, column2 AS c1 \
         FROM (VALUES (0, 77), (1, 5)) v0) t0"
    );
}

#[test]
fn a_subquery_names_its_columns() {
    let mut inner = Select::from_table("contact", T1);
    inner.columns = vec![column(T1, "id"), Expr::text("x")];
    inner.where_ = column(T1, "id").compare(CompareOp::Gt, Expr::int(3));
    let mut outer = Select::from_source(Source::Select(Box::new(inner)), T0);
    outer.columns = vec![column(T0, "c0")];
    let rendered = Statement::Select(&outer).render(&Dialect::sqlite());
    assert_eq!(
        rendered.text,
        "SELECT t0.\"c0\" FROM (SELECT t1.\"id\" AS c0, ?1 AS c1 FROM \"contact\" t1 \
         WHERE t1.\"id\" > ?2) t0"
    );
    assert_eq!(rendered.params, [Value::from("x"), Value::Int(3)]);
}

#[test]
fn empty_lists_and_junctions_are_constants() {
    let nothing = Expr::In(Box::new(column(T0, "id")), Vec::new());
    let mut select = Select::from_table("account", T0);
    select.where_ = Expr::any([nothing, Expr::any([])]);
    assert_eq!(
        Statement::Select(&select).render(&Dialect::sqlite()).text,
        "SELECT 1 FROM \"account\" t0 WHERE (1 = 0 OR 1 = 0)"
    );
    assert_eq!(Expr::all([]), Expr::True);
}

#[test]
fn a_long_junction_is_a_tree_of_halves() {
    let parts: Vec<Expr> = (0..40).map(|n| column(T0, "id").eq(Expr::int(n))).collect();
    let mut select = Select::from_table("account", T0);
    select.where_ = Expr::any(parts);
    let rendered = Statement::Select(&select).render(&Dialect::sqlite());
    assert_eq!(rendered.text.matches(" OR ").count(), 39);
    assert_eq!(rendered.text.matches('(').count(), 7);
    let numbers: Vec<Value> = (0..40).map(Value::Int).collect();
    assert_eq!(rendered.params, numbers);
}

#[test]
fn groups_and_their_unions() {
    let mut inner = Select::from_table("account", T0);
    inner.columns = vec![column(T0, "name"), column(T0, "amount")];
    let c1 = || column(T1, "c1");
    let mut groups = Select::from_source(Source::Select(Box::new(inner)), T1);
    let half = c1().arith(ArithOp::Sub, Expr::Literal(1)).arith(ArithOp::Div, Expr::Literal(2));
    groups.columns = vec![
        column(T1, "c0"),
        c1().aggregate(Aggregate::Sum),
        c1().aggregate(Aggregate::CountDistinct),
        Expr::AsReal(Box::new(half)).aggregate(Aggregate::Max),
    ];
    let mut total = groups.clone();
    total.columns[0] = Expr::Value(Value::Null);
    groups.group_by = vec![column(T1, "c0")];
    let mut union = Select::from_source(Source::Union(vec![groups, total]), T0);
    union.columns = vec![column(T0, "c1")];
    let text = Statement::Select(&union).render(&Dialect::sqlite()).text;
    assert_eq!(
        text,
        "SELECT t0.\"c1\" FROM (SELECT t1.\"c0\" AS c0, SUM(t1.\"c1\") AS c1, \
         COUNT(DISTINCT t1.\"c1\") AS c2, MAX(CAST(((t1.\"c1\" - 1) / 2) AS REAL)) AS c3 \
         FROM (SELECT t0.\"name\" AS c0, t0.\"amount\" AS c1 FROM \"account\" t0) t1 \
         GROUP BY t1.\"c0\" UNION ALL SELECT NULL AS c0, SUM(t1.\"c1\") AS c1, \
         COUNT(DISTINCT t1.\"c1\") AS c2, MAX(CAST(((t1.\"c1\" - 1) / 2) AS REAL)) AS c3 \
         FROM (SELECT t0.\"name\" AS c0, t0.\"amount\" AS c1 FROM \"account\" t0) t1) t0"
    );
    let text = Statement::Select(&union).render(&Dialect::postgres("o")).text;
    assert!(text.contains("CAST(SUM(t1.\"c1\") AS BIGINT) AS c1"), "{text}");
}

#[test]
fn writes() {
    let insert = Insert {
        table: "account".to_owned(),
        columns: vec!["id".to_owned(), "name".to_owned()],
        values: vec![Value::Int(1), Value::from("it's")],
        on_conflict_update: vec!["id".to_owned()],
    };
    assert_eq!(
        Statement::Insert(&insert).render(&Dialect::sqlite()).text,
        "INSERT INTO \"account\" (\"id\", \"name\") VALUES (?1, ?2) \
         ON CONFLICT (\"id\") DO UPDATE SET \"name\" = excluded.\"name\""
    );
    let own = |name: &str| Expr::OwnColumn(name.to_owned());
    let update = Update {
        table: "account".to_owned(),
        set: vec![("n".to_owned(), Expr::Add(Box::new(own("n")), Box::new(Expr::int(1))))],
        where_: own("id").eq(Expr::int(7)),
    };
    assert_eq!(
        Statement::Update(&update).render(&Dialect::sqlite()).text,
        "UPDATE \"account\" SET \"n\" = \"n\" + ?1 WHERE \"id\" = ?2"
    );
    let delete = Delete { table: "account".to_owned(), where_: own("id").eq(Expr::int(7)) };
    assert_eq!(
        Statement::Delete(&delete).render(&Dialect::sqlite()).text,
        "DELETE FROM \"account\" WHERE \"id\" = ?1"
    );
}

#[test]
fn a_partial_index_holds_no_parameters() {
    let index = Ddl::CreateIndex(CreateIndex {
        name: "account_ext_unique".to_owned(),
        table: "account".to_owned(),
        columns: vec!["ext__c__fold".to_owned()],
        unique: true,
        where_: Expr::OwnColumn("isdeleted".to_owned()).is(0),
    });
    let rendered = Statement::Ddl(&index).render(&Dialect::sqlite());
    assert_eq!(
        rendered.text,
        "CREATE UNIQUE INDEX \"account_ext_unique\" ON \"account\" (\"ext__c__fold\") \
         WHERE \"isdeleted\" = 0"
    );
    assert!(rendered.params.is_empty());
}

#[test]
fn names_cannot_leave_their_quotes() {
    let select = Select::from_table("a\" ; DROP TABLE x; --", T0);
    assert_eq!(
        Statement::Select(&select).render(&Dialect::sqlite()).text,
        "SELECT 1 FROM \"a\"\" ; DROP TABLE x; --\" t0"
    );
}
