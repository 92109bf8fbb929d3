//! Makes the rows of an object what is wanted: creates, changes, deletes.

use std::collections::{HashMap, HashSet};

use access::Access;
use base::RecordId;
use records::{Ctx, Row, within};
use schema::{Field, FieldType, Object};
use sql::ValueRef;
use sql::{Alias, Expr, Select};
use store::{Reader, Tx};

use super::{Cell, Wanted};
use crate::Error;

/// The ids of rows by their natural keys.
#[derive(Debug, Default)]
pub(crate) struct Found {
    ids: HashMap<Vec<Cell>, RecordId>,
}

impl Found {
    /// Stands for rows that nobody has written: the first has the id 1.
    pub(crate) fn numbered(wanted: &Wanted) -> Self {
        let keys = wanted.rows.iter().map(|it| folded(&it[..wanted.n_key]));
        let ids = (1..).map(RecordId::from_raw);
        Self { ids: keys.zip(ids).collect() }
    }

    pub(super) fn id(&self, key: &[Cell]) -> Option<RecordId> {
        self.ids.get(&folded(key)).copied()
    }
}

/// A row as it is.
struct Existing {
    id: RecordId,
    cells: Vec<Cell>,
}

/// Makes the rows what is wanted, no more and no fewer.
pub(super) fn sync(ctx: &Ctx, tx: &mut Tx<'_>, wanted: Wanted) -> Result<Found, Error> {
    let object = object(ctx, wanted.object)?;
    let fields = fields(object, &wanted.columns)?;
    let mut existing = existing(tx, object, &fields, wanted.n_key)?;
    let mut found = Found::default();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for row in wanted.rows {
        let row: Vec<Cell> = row.into_iter().zip(&fields).map(|(it, of)| fit(it, of)).collect();
        let key = folded(&row[..wanted.n_key]);
        if !seen.insert(key.clone()) {
            continue;
        }
        match existing.remove(&key) {
            Some(old) => {
                found.ids.insert(key, old.id);
                changed.extend(difference(object, &fields, &old, &row));
            }
            None => new.push((key, row)),
        }
    }
    let (keys, rows): (Vec<_>, Vec<_>) = new.into_iter().unzip();
    let rows = rows.into_iter().map(|row| to_row(object, &fields, row)).collect();
    found.ids.extend(keys.into_iter().zip(done(within::create(ctx, tx, rows)?)?));
    done(within::update(ctx, tx, changed)?)?;
    let mut stale: Vec<RecordId> = existing.into_values().map(|it| it.id).collect();
    stale.sort_unstable();
    done(within::delete(ctx, tx, &stale)?)?;
    Ok(found)
}

/// The ids of rows that were all saved, as the system's rows are.
fn done(written: within::Written) -> Result<Vec<RecordId>, Error> {
    let saved = written.outcomes.into_iter().map(|it| it.map(|it| it.id));
    saved.collect::<Result<_, _>>().map_err(|refused| Error::Refused { refused })
}

fn object<'a>(ctx: &'a Ctx, name: &'static str) -> Result<&'a Object, Error> {
    ctx.schema.object(name).ok_or(Error::NotShipped { object: name, field: "Id" })
}

fn fields<'a>(object: &'a Object, columns: &[&'static str]) -> Result<Vec<&'a Field>, Error> {
    let unknown = |field| Error::NotShipped { object: "a projected object", field };
    columns.iter().map(|it| object.field(it).ok_or_else(|| unknown(it))).collect()
}

fn existing(
    reader: &Reader,
    object: &Object,
    fields: &[&Field],
    n_key: usize,
) -> Result<HashMap<Vec<Cell>, Existing>, Error> {
    let column = |name: &str| Expr::Column(Alias(0), name.to_owned());
    let mut select = Select::from_table(&object.table, Alias(0));
    select.columns = vec![column("id")];
    select.columns.extend(fields.iter().map(|it| column(it.column())));
    select.where_ = column("isdeleted").is(0);
    let query = Access::system("compare rows with the metadata they show").guard(select);
    let mut existing = HashMap::new();
    reader.query::<Error>(&query, |row| {
        let values = fields.iter().enumerate();
        let cells: Vec<Cell> = values.map(|(at, it)| read(it, row.get(at + 1))).collect();
        let id = RecordId::from_raw(row.int(0).unwrap_or_default());
        existing.insert(folded(&cells[..n_key]), Existing { id, cells });
        Ok(())
    })?;
    Ok(existing)
}

fn read(field: &Field, value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Text(text) => Cell::text(text),
        ValueRef::Int(int) if field.ty == FieldType::Checkbox => Cell::Flag(int != 0),
        ValueRef::Int(int) if field.ty.is_reference() => Cell::Id(RecordId::from_raw(int)),
        ValueRef::Int(int) => Cell::Int(int),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
    }
}

/// Metadata may say more than a row's field holds.
fn fit(cell: Cell, field: &Field) -> Cell {
    let max = usize::try_from(field.length).unwrap_or(usize::MAX);
    match cell {
        Cell::Text(text) if max < text.chars().count() => {
            Cell::text(&text.chars().take(max).collect::<String>())
        }
        other => other,
    }
}

/// Names are keys without regard to case.
fn folded(key: &[Cell]) -> Vec<Cell> {
    let fold = |it: &Cell| match it {
        Cell::Text(text) => Cell::Text(base::fold(text).into_owned()),
        other => other.clone(),
    };
    key.iter().map(fold).collect()
}

/// The change of a row to what is wanted; none where it is that already.
fn difference(object: &Object, fields: &[&Field], old: &Existing, new: &[Cell]) -> Option<Row> {
    let differs = fields.iter().zip(&old.cells).zip(new).filter(|((_, old), new)| old != new);
    let changed: Vec<_> = differs.map(|((it, _), new)| (it.name.clone(), new.input())).collect();
    (!changed.is_empty()).then_some(Row { object: object.id, id: Some(old.id), fields: changed })
}

fn to_row(object: &Object, fields: &[&Field], row: Vec<Cell>) -> Row {
    let named = fields.iter().zip(row).map(|(it, cell)| (it.name.clone(), cell.input()));
    Row { object: object.id, id: None, fields: named.collect() }
}
