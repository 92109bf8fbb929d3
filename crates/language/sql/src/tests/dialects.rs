//! The same trees for engines that differ.

use expect_test::expect;

use crate::*;

const T0: Alias = Alias(0);

fn column(name: &str) -> Expr {
    Expr::Column(T0, name.to_owned())
}

fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

/// Both forms, which take the same parameters.
fn forms(statement: Statement<'_>) -> String {
    let sqlite = statement.render(&Dialect::sqlite());
    let postgres = statement.render(&Dialect::postgres("org_1"));
    assert_eq!(sqlite.params, postgres.params);
    format!("{}\n{}\n", sqlite.text, postgres.text)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&it| it.to_owned()).collect()
}

fn def(name: &str, ty: ColumnType) -> ColumnDef {
    ColumnDef { name: name.to_owned(), ty, primary_key: false, not_null: false, default: None }
}

#[test]
fn tables_and_indexes() {
    let table = Ddl::CreateTable(CreateTable {
        table: "account".to_owned(),
        columns: vec![
            ColumnDef { primary_key: true, ..def("id", ColumnType::Int) },
            ColumnDef {
                not_null: true,
                default: Some(Value::Int(0)),
                ..def("isdeleted", ColumnType::Int)
            },
            ColumnDef { default: Some(Value::from("it's")), ..def("name", ColumnType::Text) },
            def("photo", ColumnType::Blob),
        ],
        primary_key: Vec::new(),
    });
    let composite = Ddl::CreateTable(CreateTable {
        table: "page".to_owned(),
        columns: vec![def("cursor", ColumnType::Int), def("page", ColumnType::Int)],
        primary_key: names(&["cursor", "page"]),
    });
    let add = Ddl::AddColumn(AddColumn {
        table: "account".to_owned(),
        column: def("site", ColumnType::Text),
    });
    let index = Ddl::CreateIndex(CreateIndex {
        name: "account__site".to_owned(),
        table: "account".to_owned(),
        columns: names(&["site"]),
        unique: true,
        where_: own("isdeleted").is(0),
    });
    let drops = [
        Ddl::DropIndex { name: "account__site".to_owned() },
        Ddl::DropColumn { table: "account".to_owned(), column: "site".to_owned() },
        Ddl::DropTable { table: "account".to_owned() },
    ];
    let all = [table, composite, add, index].into_iter().chain(drops);
    let text: String = all.map(|it| forms(Statement::Ddl(&it))).collect();
    expect![[r#"
        CREATE TABLE "account" ("id" INTEGER PRIMARY KEY, "isdeleted" BIGINT NOT NULL DEFAULT 0, "name" TEXT DEFAULT 'it''s', "photo" BLOB)
        CREATE TABLE "org_1"."account" ("id" BIGINT PRIMARY KEY, "isdeleted" BIGINT NOT NULL DEFAULT 0, "name" TEXT COLLATE "C" DEFAULT 'it''s', "photo" BYTEA)
        CREATE TABLE "page" ("cursor" BIGINT, "page" BIGINT, PRIMARY KEY ("cursor", "page"))
        CREATE TABLE "org_1"."page" ("cursor" BIGINT, "page" BIGINT, PRIMARY KEY ("cursor", "page"))
        ALTER TABLE "account" ADD COLUMN "site" TEXT
        ALTER TABLE "org_1"."account" ADD COLUMN "site" TEXT COLLATE "C"
        CREATE UNIQUE INDEX "account__site" ON "account" ("site") WHERE "isdeleted" = 0
        CREATE UNIQUE INDEX "account__site" ON "org_1"."account" ("site" ASC NULLS FIRST) WHERE "isdeleted" = 0
        DROP INDEX "account__site"
        DROP INDEX "org_1"."account__site"
        ALTER TABLE "account" DROP COLUMN "site"
        ALTER TABLE "org_1"."account" DROP COLUMN "site"
        DROP TABLE "account"
        DROP TABLE "org_1"."account"
    "#]].assert_eq(&text);
}

#[test]
fn changes_of_rows() {
    let insert = Insert {
        table: "setting".to_owned(),
        columns: names(&["name", "value"]),
        values: vec![Value::from("a"), Value::Null],
        on_conflict_update: names(&["name"]),
    };
    let key_only =
        Insert { columns: names(&["name"]), values: vec![Value::from("a")], ..insert.clone() };
    let rows = InsertRows {
        table: "account".to_owned(),
        columns: names(&["id", "name"]),
        rows: vec![vec![Value::Int(1), Value::Null], vec![Value::Int(2), Value::from("b")]],
    };
    let update = Update {
        table: "account".to_owned(),
        set: vec![
            ("name".to_owned(), Expr::Value(Value::Null)),
            ("n".to_owned(), Expr::Add(Box::new(own("n")), Box::new(Expr::int(1)))),
        ],
        where_: own("id").eq(Expr::int(7)),
    };
    let delete = Delete { table: "account".to_owned(), where_: own("id").eq(Expr::int(7)) };
    let text: String = [
        Statement::Insert(&insert),
        Statement::Insert(&key_only),
        Statement::InsertRows(&rows),
        Statement::Update(&update),
        Statement::Delete(&delete),
    ]
    .map(forms)
    .concat();
    expect![[r#"
        INSERT INTO "setting" ("name", "value") VALUES (?1, ?2) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"
        INSERT INTO "org_1"."setting" ("name", "value") VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"
        INSERT INTO "setting" ("name") VALUES (?1) ON CONFLICT ("name") DO NOTHING
        INSERT INTO "org_1"."setting" ("name") VALUES ($1) ON CONFLICT ("name") DO NOTHING
        INSERT INTO "account" ("id", "name") VALUES (?1, ?2), (?3, ?4)
        INSERT INTO "org_1"."account" ("id", "name") VALUES ($1, $2), ($3, $4)
        UPDATE "account" SET "name" = ?1, "n" = "n" + ?2 WHERE "id" = ?3
        UPDATE "org_1"."account" SET "name" = $1, "n" = "n" + $2 WHERE "id" = $3
        DELETE FROM "account" WHERE "id" = ?1
        DELETE FROM "org_1"."account" WHERE "id" = $1
    "#]].assert_eq(&text);
}

/// Beside a column a value needs no type; alone it does.
#[test]
fn values_that_must_say_their_type() {
    let place = Expr::Switch(
        Box::new(column("stage")),
        vec![(Value::from("new"), Expr::int(0))],
        Box::new(Expr::int(1)),
    );
    let none = (column("stage").is_null(), Expr::Value(Value::Null));
    let mut select = Select::from_table("deal", T0);
    select.columns = vec![Expr::Case(vec![none], Box::new(place)), Expr::text("x")];
    let listed = Expr::Concat(vec![Expr::text(";"), column("tags"), Expr::text(";")]);
    select.where_ = Expr::all([
        Expr::Like(Box::new(listed), Box::new(Expr::text("%;a;%"))),
        Expr::Coalesce(vec![column("name__fold"), column("name").lower()]).eq(Expr::text("é")),
        Expr::In(Box::new(column("name")), vec![Value::from("a"), Value::from("b")]),
        Expr::text("b").compare(CompareOp::Lt, Expr::text("a")),
    ]);
    select.offset = Some(3);
    let values = Source::Values(vec![
        vec![Value::Int(0), Value::Null, Value::Null],
        vec![Value::Int(1), Value::from("b"), Value::Null],
    ]);
    let listed = Select { columns: vec![column("c1")], ..Select::from_source(values, T0) };
    let text = forms(Statement::Select(&select)) + &forms(Statement::Select(&listed));
    expect![[r#"
        SELECT CASE WHEN t0."stage" IS NULL THEN NULL ELSE CASE t0."stage" WHEN ?1 THEN ?2 ELSE ?3 END END, ?4 FROM "deal" t0 WHERE ((?5 || t0."tags" || ?6) LIKE ?7 ESCAPE '\' AND COALESCE(t0."name__fold", lower(t0."name")) = ?8 AND t0."name" IN (?9, ?10) AND ?11 < ?12) LIMIT 9223372036854775807 OFFSET 3
        SELECT CASE WHEN t0."stage" IS NULL THEN NULL ELSE CASE t0."stage" WHEN $1 THEN CAST($2 AS BIGINT) ELSE CAST($3 AS BIGINT) END END, CAST($4 AS TEXT) COLLATE "C" FROM "org_1"."deal" t0 WHERE ((CAST($5 AS TEXT) COLLATE "C" || t0."tags" || CAST($6 AS TEXT) COLLATE "C") LIKE $7 ESCAPE '\' AND COALESCE(t0."name__fold", lower(t0."name")) = $8 AND t0."name" IN ($9, $10) AND CAST($11 AS TEXT) COLLATE "C" < CAST($12 AS TEXT) COLLATE "C") OFFSET 3
        SELECT t0."c1" FROM (SELECT column1 AS c0, column2 AS c1, column3 AS c2 FROM (VALUES (0, NULL, NULL), (1, ?1, NULL)) v0) t0
        SELECT t0."c1" FROM (SELECT column1 AS c0, column2 AS c1, column3 AS c2 FROM (VALUES (CAST(0 AS BIGINT), CAST(NULL AS TEXT) COLLATE "C", CAST(NULL AS TEXT) COLLATE "C"), (1, $1, NULL)) v0) t0
    "#]].assert_eq(&text);
}
