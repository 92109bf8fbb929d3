//! Fills shadows of text that was stored before they were columns.
//!
//! No engine can fold ([`schema::Fold`]), so the text is read, folded here, and the shadows that
//! are not empty are written.

use access::Access;
use schema::{Field, Object};
use sql::{Alias, CompareOp, Expr, Nulls, OrderBy, Select, Statement, Update};
use store::{Reader, Tx};

use crate::Error;

const T: Alias = Alias(0);

/// Rows that are read at a time.
const PORTION: usize = 1000;

/// The shadows of a row that are not empty, by the names of their columns.
type Shadows = Vec<(String, Expr)>;

/// Fills the shadows of `fields` in every row of `object`.
pub(super) fn fill(tx: &mut Tx<'_>, object: &Object, fields: &[&Field]) -> Result<(), Error> {
    // No record's id is so small.
    let mut last = i64::MIN;
    loop {
        let rows = portion(tx, object, fields, last)?;
        for (id, set) in &rows {
            last = *id;
            if set.is_empty() {
                continue;
            }
            let where_ = Expr::OwnColumn("id".to_owned()).eq(Expr::int(*id));
            let update = Update { table: object.table.clone(), set: set.clone(), where_ };
            tx.execute(Statement::Update(&update))?;
        }
        if rows.len() < PORTION {
            return Ok(());
        }
    }
}

/// The next rows after the one with the id `last`.
fn portion(
    reader: &Reader,
    object: &Object,
    fields: &[&Field],
    last: i64,
) -> Result<Vec<(i64, Shadows)>, Error> {
    let column = |name: &str| Expr::Column(T, name.to_owned());
    let mut select = Select::from_table(&object.table, T);
    select.columns = vec![column("id")];
    select.columns.extend(fields.iter().map(|it| column(it.column())));
    select.where_ = column("id").compare(CompareOp::Gt, Expr::int(last));
    select.order_by = vec![OrderBy { expr: column("id"), descending: false, nulls: Nulls::Never }];
    select.limit = Some(PORTION as u64);
    let query = Access::system("fill the shadows of text").guard(select);
    let mut rows = Vec::new();
    reader.query::<Error>(&query, |row| {
        let shadow = |(at, field): (usize, &&Field)| {
            let fold = field.fold.as_ref()?;
            let value = fold.value(row.text(at + 1)?)?;
            Some((fold.column().to_owned(), Expr::text(value)))
        };
        let shadows = fields.iter().enumerate().filter_map(shadow).collect();
        rows.push((row.int(0).unwrap_or_default(), shadows));
        Ok(())
    })?;
    Ok(rows)
}
