//! The formulas as SQL, on an engine: a table a case, a statement a row.
//!
//! A column has the scale that its row needs, because a case's inputs are of any size; those that
//! no column of 18 digits holds cannot be asked.

use anyhow::{Context, anyhow};
use base::{Date, DateTime, Time};
use formula::number::Rounding;
use formula::to_sql::{Arithmetic, Column, Columns, Form, Lowered};
use formula::{Blanks, Environment, FieldType, Formula, Number, Reference, Type, Value};
use sql::{
    Alias, ColumnDef, ColumnType, CreateTable, Ddl, Dialect, Expr, Insert, Rendered, Select,
    Statement,
};

use super::case::{Case, Field, Row};
use super::memory::{NOW, compile, unanswered};
use super::{NoValue, Outcome};

/// A connection, and what is the engine's about it.
pub enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Client>),
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

/// A value of a result.
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
}

const TABLE: &str = "formula_rows";
/// The session's own, so that runs on one server do not meet.
const SCHEMA: &str = "pg_temp";

impl Link {
    pub(super) fn sqlite() -> anyhow::Result<Self> {
        Ok(Self::Sqlite(rusqlite::Connection::open_in_memory()?))
    }

    /// The server that `CANDOR_TEST_POSTGRES` names.
    pub(super) fn postgres() -> anyhow::Result<Self> {
        let variable = "CANDOR_TEST_POSTGRES";
        #[expect(clippy::disallowed_methods, reason = "a developer's program has no configuration")]
        let url = std::env::var(variable)
            .with_context(|| format!("{variable} names no server, such as postgres://u@host/db"))?;
        let client = postgres::Client::connect(&url, postgres::NoTls)?;
        Ok(Self::Postgres(Box::new(client)))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::sqlite(),
            Self::Postgres(_) => Dialect::postgres(SCHEMA),
        }
    }

    fn arithmetic(&self) -> Arithmetic {
        match self {
            Self::Sqlite(_) => Arithmetic::Integers,
            Self::Postgres(_) => Arithmetic::Decimals,
        }
    }

    /// Makes the table of a case and fills it.
    pub(super) fn fill(&mut self, case: &Case) -> anyhow::Result<()> {
        let columns = case.fields.iter().enumerate().map(|(idx, field)| ColumnDef {
            name: name(idx),
            ty: column_type(field.ty),
            primary_key: false,
            not_null: false,
            default: None,
        });
        let key = ColumnDef {
            name: "id".to_owned(),
            ty: ColumnType::Int,
            primary_key: true,
            not_null: true,
            default: None,
        };
        let table = CreateTable {
            table: TABLE.to_owned(),
            columns: [key].into_iter().chain(columns).collect(),
            primary_key: Vec::new(),
        };
        let dialect = self.dialect();
        let schema = dialect.schema.as_ref().map_or(String::new(), |it| format!("\"{it}\"."));
        self.execute(&format!("DROP TABLE IF EXISTS {schema}\"{TABLE}\""), &[])?;
        let create = Statement::Ddl(&Ddl::CreateTable(table)).render(&dialect);
        self.execute(&create.text, &create.params)?;
        for row in &case.rows {
            let mut columns = vec!["id".to_owned()];
            let mut values = vec![sql::Value::Int(row.number as i64)];
            for (idx, value) in row.values.iter().enumerate() {
                columns.push(name(idx));
                values.push(stored(value).0);
            }
            let insert =
                Insert { table: TABLE.to_owned(), columns, values, on_conflict_update: Vec::new() };
            let insert = Statement::Insert(&insert).render(&dialect);
            self.execute(&insert.text, &insert.params)?;
        }
        Ok(())
    }

    /// One outcome a row.
    pub(super) fn evaluate(&mut self, case: &Case, blanks: Blanks, form: Form) -> Vec<Outcome> {
        let formula = match compile(case, blanks) {
            Ok(formula) => formula,
            Err(error) => return unanswered(case, &error),
        };
        case.rows.iter().map(|row| self.outcome(case, row, &formula, form)).collect()
    }

    fn outcome(&mut self, case: &Case, row: &Row, formula: &Formula, form: Form) -> Outcome {
        if row.values.iter().any(|it| matches!(stored(it), (sql::Value::Null, true))) {
            return Err(NoValue::Unanswered("no column holds the input".to_owned()));
        }
        let columns = RowColumns { fields: &case.fields, row };
        let environment = Environment { now: NOW, zone: &case.zone };
        let lowered = formula
            .to_sql(&columns, &environment, form, self.arithmetic())
            .map_err(|error| NoValue::Unanswered(error.to_string()))?;
        let cells = self
            .ask(&lowered, row.number)
            .map_err(|error| NoValue::Unanswered(format!("{error:#}")))?;
        if matches!(form, Form::Stored { .. })
            && matches!(cells, [Cell::Int(_) | Cell::Real(_) | Cell::Text(_), Cell::Int(1)])
        {
            return Err(NoValue::Unanswered("a value where there is a fault".to_owned()));
        }
        read(cells, formula, lowered.scale)
    }

    fn ask(&mut self, lowered: &Lowered, id: usize) -> anyhow::Result<[Cell; 2]> {
        let fault =
            Expr::Case(vec![(lowered.fault.clone(), Expr::Literal(1))], Box::new(Expr::Literal(0)));
        let select = Select {
            columns: vec![lowered.value.clone(), fault],
            where_: Expr::Column(Alias(0), "id".to_owned()).eq(Expr::Literal(id as i64)),
            ..Select::from_table(TABLE, Alias(0))
        };
        let rendered = Statement::Select(&select).render(&self.dialect());
        self.query(&rendered).with_context(|| rendered.text.clone())
    }

    fn execute(&mut self, text: &str, params: &[sql::Value]) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(it) => {
                let params = params.iter().map(sqlite_value);
                it.execute(text, rusqlite::params_from_iter(params))?;
            }
            Self::Postgres(it) => {
                let owned = postgres_values(params);
                let params: Vec<_> = owned.iter().map(AsRef::as_ref).collect();
                it.execute(text, &params)?;
            }
        }
        Ok(())
    }

    fn query(&mut self, rendered: &Rendered) -> anyhow::Result<[Cell; 2]> {
        match self {
            Self::Sqlite(it) => {
                let params = rendered.params.iter().map(sqlite_value);
                let mut statement = it.prepare(&rendered.text)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                let row = rows.next()?.ok_or_else(|| anyhow!("no row"))?;
                Ok([sqlite_cell(row.get_ref(0)?)?, sqlite_cell(row.get_ref(1)?)?])
            }
            Self::Postgres(it) => {
                let owned = postgres_values(&rendered.params);
                let params: Vec<_> = owned.iter().map(AsRef::as_ref).collect();
                let row = it.query_one(rendered.text.as_str(), &params)?;
                Ok([postgres_cell(&row, 0)?, postgres_cell(&row, 1)?])
            }
        }
    }
}

fn name(idx: usize) -> String {
    format!("c{idx}")
}

fn column_type(ty: FieldType) -> ColumnType {
    match ty {
        FieldType::Text | FieldType::Picklist | FieldType::MultiPicklist => ColumnType::Text,
        _ => ColumnType::Int,
    }
}

/// What a column holds, and whether it is null because it cannot hold the value.
fn stored(value: &Value) -> (sql::Value, bool) {
    let int = |it: i64| (sql::Value::Int(it), false);
    match value {
        Value::Blank => (sql::Value::Null, false),
        Value::Number(it) => match it.scaled(scale(*it) as i32) {
            Some(it) => int(it),
            None => (sql::Value::Null, true),
        },
        Value::Text(it) => (sql::Value::Text(it.clone()), false),
        Value::Boolean(it) => int(i64::from(*it)),
        Value::Date(it) => int(i64::from(it.0)),
        Value::DateTime(it) => int(it.0),
        Value::Time(it) => int(i64::from(it.0)),
        Value::Location(_) => (sql::Value::Null, true),
    }
}

fn scale(number: Number) -> u32 {
    number.places().min(18)
}

struct RowColumns<'a> {
    fields: &'a [Field],
    row: &'a Row,
}

impl Columns for RowColumns<'_> {
    fn column(&self, _idx: usize, reference: &Reference) -> Option<Column> {
        let at = self.fields.iter().position(|it| it.name.eq_ignore_ascii_case(&reference.path))?;
        let scale = self.row.values[at].as_number().map_or(0, scale);
        Some(Column { expr: Expr::Column(Alias(0), name(at)), longitude: None, scale, fault: None })
    }
}

/// The outcome of a value and whether it is a fault. A number has 32 decimal places, as in memory.
fn read([value, fault]: [Cell; 2], formula: &Formula, scale: u32) -> Outcome {
    if matches!(fault, Cell::Int(1)) {
        return Err(NoValue::Fault("fault".to_owned()));
    }
    let wrong =
        |what: &str| Err(NoValue::Unanswered(format!("{what} is no value of the formula's type")));
    let number = |it: Number| Value::Number(it.rounded(32, Rounding::HalfUp));
    Ok(match (value, formula.ty()) {
        (Cell::Null, Type::Boolean) => Value::Boolean(false),
        (Cell::Null, _) => Value::Blank,
        (Cell::Int(it), Type::Number) => number(Number::new(it, scale as i32)),
        (Cell::Real(it), Type::Number) => {
            let real = Number::from_f64(it).and_then(|it| it.shifted(-(scale as i32)).ok());
            match real {
                Some(real) => number(real),
                None => return wrong(&it.to_string()),
            }
        }
        (Cell::Text(it), Type::Number) => match Number::parse(&it) {
            Some(decimal) => number(decimal),
            None => return wrong(&it),
        },
        (Cell::Text(it), _) => Value::text(it),
        (Cell::Int(it), Type::Boolean) => Value::Boolean(it == 1),
        (Cell::Int(it), Type::Date) => Value::Date(Date(it as i32)),
        (Cell::Int(it), Type::DateTime) => Value::DateTime(DateTime(it)),
        (Cell::Int(it), Type::Time) => Value::Time(Time(it as i32)),
        (Cell::Int(it), _) => return wrong(&it.to_string()),
        (Cell::Real(it), _) => return wrong(&it.to_string()),
    })
}

fn sqlite_value(value: &sql::Value) -> rusqlite::types::Value {
    match value {
        sql::Value::Null => rusqlite::types::Value::Null,
        sql::Value::Int(it) => rusqlite::types::Value::Integer(*it),
        sql::Value::Text(it) => rusqlite::types::Value::Text(it.clone()),
        sql::Value::Blob(it) => rusqlite::types::Value::Blob(it.clone()),
    }
}

fn sqlite_cell(value: rusqlite::types::ValueRef<'_>) -> anyhow::Result<Cell> {
    use rusqlite::types::ValueRef;
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(it) => Cell::Int(it),
        ValueRef::Real(it) => Cell::Real(it),
        ValueRef::Text(it) => Cell::Text(String::from_utf8(it.to_vec())?),
        ValueRef::Blob(_) => return Err(anyhow!("a blob")),
    })
}

type Param = Box<dyn postgres::types::ToSql + Sync>;

fn postgres_values(params: &[sql::Value]) -> Vec<Param> {
    let each = params.iter().map(|it| -> Param {
        match it {
            sql::Value::Null => Box::new(AnyNull),
            sql::Value::Int(it) => Box::new(*it),
            sql::Value::Text(it) => Box::new(it.clone()),
            sql::Value::Blob(it) => Box::new(it.clone()),
        }
    });
    each.collect()
}

/// Null, of whichever type the statement wants.
#[derive(Debug)]
struct AnyNull;

impl postgres::types::ToSql for AnyNull {
    fn to_sql(
        &self,
        _ty: &postgres::types::Type,
        _out: &mut postgres::types::private::BytesMut,
    ) -> Result<postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(postgres::types::IsNull::Yes)
    }

    fn accepts(_ty: &postgres::types::Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

fn postgres_cell(row: &postgres::Row, idx: usize) -> anyhow::Result<Cell> {
    use postgres::types::Type;
    let ty = row.columns()[idx].type_();
    Ok(if *ty == Type::INT8 {
        row.try_get::<_, Option<i64>>(idx)?.map_or(Cell::Null, Cell::Int)
    } else if *ty == Type::INT4 {
        row.try_get::<_, Option<i32>>(idx)?.map_or(Cell::Null, |it| Cell::Int(i64::from(it)))
    } else if *ty == Type::FLOAT8 {
        row.try_get::<_, Option<f64>>(idx)?.map_or(Cell::Null, Cell::Real)
    } else {
        row.try_get::<_, Option<String>>(idx)?.map_or(Cell::Null, Cell::Text)
    })
}
