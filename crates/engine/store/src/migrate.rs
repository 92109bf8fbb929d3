//! The system's own tables, as a numbered list of steps from an empty file to the present.
//!
//! A database carries the number of the last step that was taken: a file in `user_version`, an
//! org of a server in the register. Opening it takes the ones that are missing, each in its
//! transaction, a file's after a snapshot of all of it beside it; a database with a higher number
//! was written by a newer program and is refused. A step that was released is never edited: a
//! change is a new step at the end.
//!
//! `org.db` holds what is a customer's: everything there changes under the ledger. `state.db`
//! holds what expires or can be made again: sessions and query cursors. On a server both are
//! tables of one schema, and are still numbered apart.

use std::path::{Path, PathBuf};

use sql::{ColumnDef, ColumnType, CreateTable, Ddl};

use crate::sqlite::connection::Connection;
use crate::tail::NO_META;
use crate::{Cause, Error, Reader, Status};

pub(crate) const SETTING: &str = "candor_setting";
pub(crate) const SEQUENCE: &str = "candor_sequence";
pub(crate) const LEDGER: &str = "candor_ledger";
pub(crate) const LEDGER_STATE: &str = "candor_ledger_state";

/// What is in the recycle bin, and with what it was deleted.
const DELETION: &str = "candor_deletion";

/// Where lookups led that deletions emptied: the last parent of each record and field.
const CLEARED: &str = "candor_cleared";

/// The setting that names the org.
const ORG_ID: &str = "org.id";

pub(crate) type Step = fn() -> Vec<Ddl>;

pub(crate) const ORG: &[Step] = &[org_1, org_2];
pub(crate) const STATE: &[Step] = &[state_1, state_2, state_3];

fn org_1() -> Vec<Ddl> {
    use ColumnType::{Blob, Int, Text};
    vec![
        table(SETTING, &[("name", Text), ("value", Blob)], &["name"]),
        table(SEQUENCE, &[("name", Text), ("next", Int)], &["name"]),
        table(
            LEDGER,
            &[("idx", Int), ("hash", Blob), ("entry", Blob), ("nonce", Blob), ("object_id", Int)],
            &["idx"],
        ),
        table(LEDGER_STATE, &[("id", Int), ("frontier", Blob)], &["id"]),
        table(
            "candor_component",
            &[("type", Text), ("name", Text), ("body", Text)],
            &["type", "name"],
        ),
        table("candor_object", &[("name", Text), ("key_prefix", Text)], &["name"]),
        table(
            "candor_credential",
            &[
                ("user_id", Int),
                ("password_hash", Text),
                ("token_hash", Blob),
                ("changed_at", Int),
                ("failures", Int),
                ("locked_until", Int),
            ],
            &["user_id"],
        ),
        table(
            "candor_client",
            &[
                ("client_id", Text),
                ("name", Text),
                ("secret_hash", Blob),
                ("run_as", Int),
                ("created_at", Int),
            ],
            &["client_id"],
        ),
        table(
            DELETION,
            &[("record_id", Int), ("root_id", Int), ("deleted_at", Int), ("deleted_by", Int)],
            &["record_id"],
        ),
        // Restoring a record restores what was deleted with it.
        Ddl::CreateIndex(sql::CreateIndex {
            name: format!("{DELETION}__root_id"),
            table: DELETION.to_owned(),
            columns: names(&["root_id"]),
            unique: false,
            where_: sql::Expr::True,
        }),
        table(
            CLEARED,
            &[("record_id", Int), ("field", Text), ("parent_id", Int)],
            &["record_id", "field"],
        ),
        // Restoring a parent gives it back to its children.
        Ddl::CreateIndex(sql::CreateIndex {
            name: format!("{CLEARED}__parent_id"),
            table: CLEARED.to_owned(),
            columns: names(&["parent_id"]),
            unique: false,
            where_: sql::Expr::True,
        }),
    ]
}

/// Lets several processes work on one org: they see that metadata changed, and that the org is
/// being moved.
fn org_2() -> Vec<Ddl> {
    let add = |name: &str, ty, default| {
        Ddl::AddColumn(sql::AddColumn {
            table: LEDGER_STATE.to_owned(),
            column: ColumnDef {
                name: name.to_owned(),
                ty,
                primary_key: false,
                not_null: true,
                default: Some(default),
            },
        })
    };
    vec![
        add("meta", ColumnType::Int, sql::Value::Int(NO_META)),
        add("status", ColumnType::Text, sql::Value::Text(Status::Active.to_string())),
    ]
}

fn state_1() -> Vec<Ddl> {
    use ColumnType::{Blob, Int, Text};
    vec![
        table(
            "session",
            &[
                ("token_hash", Blob),
                ("user_id", Int),
                ("kind", Text),
                ("created_at", Int),
                ("expires_at", Int),
                ("client", Text),
                ("csrf", Blob),
            ],
            &["token_hash"],
        ),
        table(
            "cursor",
            &[
                ("id", Int),
                ("user_id", Int),
                ("soql", Text),
                ("mode", Text),
                ("total", Int),
                ("batch", Int),
                ("created_at", Int),
            ],
            &["id"],
        ),
        table(
            "cursor_page",
            &[("cursor_id", Int), ("page", Int), ("ids", Blob)],
            &["cursor_id", "page"],
        ),
    ]
}

/// The same tables, under names that cannot be an object's: where an org is a schema, they stand
/// beside the objects' own.
fn state_2() -> Vec<Ddl> {
    let renamed = state_1().into_iter().map(|it| match it {
        Ddl::CreateTable(it) => {
            Ddl::CreateTable(CreateTable { table: format!("candor_{}", it.table), ..it })
        }
        other => other,
    });
    let dropped = ["session", "cursor", "cursor_page"];
    let dropped = dropped.map(|it| Ddl::DropTable { table: it.to_owned() });
    dropped.into_iter().chain(renamed).collect()
}

/// How far the search index has come: up to which entry of the ledger, and of which objects it
/// still lacks records. The index itself has the form of its engine ([`crate::search`]).
fn state_3() -> Vec<Ddl> {
    use ColumnType::{Blob, Int, Text};
    vec![
        table(
            "candor_search_state",
            &[
                ("id", Int),
                ("version", Int),
                ("leaf", Int),
                ("hash", Blob),
                ("holder", Int),
                ("held_until", Int),
            ],
            &["id"],
        ),
        table(
            "candor_search_object",
            &[("prefix", Text), ("fields", Text), ("next_id", Int)],
            &["prefix"],
        ),
    ]
}

/// A table whose key is the columns named in `key`; key columns hold no null.
pub(crate) fn table(name: &str, columns: &[(&str, ColumnType)], key: &[&str]) -> Ddl {
    let column = |&(name, ty): &(&str, ColumnType)| ColumnDef {
        name: name.to_owned(),
        ty,
        primary_key: key == [name],
        not_null: key.contains(&name),
        default: None,
    };
    Ddl::CreateTable(CreateTable {
        table: name.to_owned(),
        columns: columns.iter().map(column).collect(),
        primary_key: if key.len() == 1 { Vec::new() } else { names(key) },
    })
}

pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&it| it.to_owned()).collect()
}

/// Fills a new `org.db`: the system's tables, the org's first ones, and its id.
pub(crate) fn create_org(conn: &Connection, org: &str, tables: &[Ddl]) -> Result<(), Error> {
    take(conn, ORG, 0)?;
    conn.control("BEGIN IMMEDIATE")?;
    for table in tables {
        conn.change(sql::Statement::Ddl(table))?;
    }
    for insert in first_rows(org) {
        conn.change(sql::Statement::Insert(&insert))?;
    }
    conn.control("COMMIT")
}

/// The rows of a new org: whose it is, and an empty ledger.
pub(crate) fn first_rows(org: &str) -> [sql::Insert; 2] {
    let row = |table: &str, columns: &[&str], values: Vec<sql::Value>| sql::Insert {
        table: table.to_owned(),
        columns: names(columns),
        values,
        on_conflict_update: Vec::new(),
    };
    let making = sql::Value::Text(Status::Making.to_string());
    let id = sql::Value::Blob(org.as_bytes().to_vec());
    let frontier = sql::Value::Blob(ledger::Frontier::default().to_bytes());
    [
        row(SETTING, &["name", "value"], vec![ORG_ID.into(), id]),
        row(LEDGER_STATE, &["id", "frontier", "status"], vec![1.into(), frontier, making]),
    ]
}

/// Takes the steps that an existing database lacks, after a snapshot of it.
pub(crate) fn upgrade_org(conn: &Connection, steps: &[Step]) -> Result<(), Error> {
    let found = version(conn, steps)?;
    if found == steps.len() {
        return Ok(());
    }
    let snapshot = snapshot_of(conn.file(), found);
    conn.copy_to(&snapshot)?;
    tracing::info!(
        from = found,
        to = steps.len(),
        snapshot = %snapshot.display(),
        "upgrading an org's database"
    );
    take(conn, steps, found)
}

/// Brings a new or existing `state.db` to the present. Nothing in it is worth a snapshot.
pub(crate) fn upgrade_state(conn: &Connection) -> Result<(), Error> {
    let found = if conn.version()? == 0 { 0 } else { version(conn, STATE)? };
    take(conn, STATE, found)
}

/// Where the snapshot taken before leaving version `version` stands.
pub(crate) fn snapshot_of(file: &Path, version: usize) -> PathBuf {
    file.with_added_extension(format!("v{version}.bak"))
}

/// The number of steps that the database has taken.
fn version(conn: &Connection, steps: &[Step]) -> Result<usize, Error> {
    check_version(conn.version()?, steps, || conn.file().display().to_string())
}

/// The number of steps that a database says it has taken, if this program knows them.
pub(crate) fn check_version(
    found: i64,
    steps: &[Step],
    place: impl Fn() -> String,
) -> Result<usize, Error> {
    let known = steps.len();
    match usize::try_from(found) {
        Ok(steps) if (1..=known).contains(&steps) => Ok(steps),
        Ok(steps) if known < steps => {
            Err(Error::Newer { place: place(), found, known: known as i64 })
        }
        _ => Err(Error::Corrupt { place: place(), source: Cause::new("it has no version") }),
    }
}

fn take(conn: &Connection, steps: &[Step], from: usize) -> Result<(), Error> {
    for (n, step) in steps.iter().enumerate().skip(from) {
        // What fails is rolled back when the caller gives the connection up.
        conn.control("BEGIN IMMEDIATE")?;
        for change in step() {
            conn.change(sql::Statement::Ddl(&change))?;
        }
        conn.set_version(n as i64 + 1)?;
        conn.control("COMMIT")?;
    }
    Ok(())
}

/// Whose database this is.
pub(crate) fn org_id(reader: &Reader) -> Result<String, Error> {
    let column = |name: &str| sql::Expr::Column(sql::Alias(0), name.to_owned());
    let mut select = sql::Select::from_table(SETTING, sql::Alias(0));
    select.columns = vec![column("value")];
    select.where_ = column("name").eq(sql::Expr::text(ORG_ID));
    let query = access::Access::system("which org this is").guard(select);
    let mut id = None;
    reader.query::<Error>(&query, |row| {
        id = row.blob(0).and_then(|it| String::from_utf8(it.to_vec()).ok());
        Ok(())
    })?;
    id.ok_or_else(|| Error::Corrupt {
        place: reader.place(),
        source: Cause::new("it does not say which org it is"),
    })
}

/// Whether a statement touches the tables that only appending to the ledger may write.
pub(crate) fn is_ledger(statement: &sql::Statement<'_>) -> bool {
    let table = match statement {
        sql::Statement::Select(_) => return false,
        sql::Statement::Insert(it) => &it.table,
        sql::Statement::InsertRows(it) => &it.table,
        sql::Statement::Update(it) => &it.table,
        sql::Statement::Delete(it) => &it.table,
        sql::Statement::Ddl(it) => match it {
            Ddl::CreateTable(it) => &it.table,
            Ddl::AddColumn(it) => &it.table,
            Ddl::CreateIndex(it) => &it.table,
            Ddl::DropColumn { table, .. } | Ddl::DropTable { table } => table,
            Ddl::DropIndex { .. } => return false,
        },
    };
    [LEDGER, LEDGER_STATE].iter().any(|it| it.eq_ignore_ascii_case(table))
}
