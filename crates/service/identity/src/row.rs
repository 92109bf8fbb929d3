//! Reading and writing records and system tables, in the few forms that identity needs.

use access::{Access, Guarded};
use base::RecordId;
use records::{Ctx, Input, Row, SaveOptions};
use schema::Object;
use sql::{Alias, Expr, Insert, Select, Value};

use crate::Error;

const T: Alias = Alias(0);

/// The object of this name, which ships.
pub(crate) fn object<'a>(ctx: &'a Ctx, name: &'static str) -> Result<&'a Object, Error> {
    ctx.schema.object(name).ok_or(Error::NotShipped { name })
}

/// Creates one record.
pub(crate) fn create(
    ctx: &Ctx,
    object_name: &'static str,
    id: Option<RecordId>,
    fields: &[(&str, Input)],
) -> Result<RecordId, Error> {
    let fields = fields.iter().map(|(name, input)| ((*name).to_owned(), input.clone()));
    let row = Row { object: object(ctx, object_name)?.id, id, fields: fields.collect() };
    one(records::create(ctx, vec![row], &ALL)?)
}

/// Changes one record.
pub(crate) fn update(
    ctx: &Ctx,
    object_name: &'static str,
    id: RecordId,
    fields: &[(&str, Input)],
) -> Result<(), Error> {
    let fields = fields.iter().map(|(name, input)| ((*name).to_owned(), input.clone()));
    let row = Row { object: object(ctx, object_name)?.id, id: Some(id), fields: fields.collect() };
    one(records::update(ctx, vec![row], &ALL)?).map(|_| ())
}

/// The one live record that has this text in a field.
pub(crate) fn find(
    ctx: &Ctx,
    object_name: &'static str,
    field: &'static str,
    text: &str,
) -> Result<Option<RecordId>, Error> {
    let object = object(ctx, object_name)?;
    let field = object.field(field).ok_or(Error::NotShipped { name: field })?;
    let found = records::find_by_external_id(ctx, object, field, Input::from(text))?;
    Ok(found.into_iter().next())
}

const ALL: SaveOptions = SaveOptions { all_or_none: true };

pub(crate) fn one(outcomes: Vec<records::Outcome>) -> Result<RecordId, Error> {
    let missing = records::Error::Inconsistent { what: "a row has no outcome" };
    let outcome = outcomes.into_iter().next().ok_or(missing)?;
    outcome.map(|it| it.id).map_err(|refused| Error::Refused { refused })
}

/// A query of a system table.
pub(crate) fn select(table: &str, columns: &[&str], where_: Expr) -> Guarded {
    let mut select = Select::from_table(table, T);
    select.columns = columns.iter().map(|it| column(it)).collect();
    select.where_ = where_;
    Access::system("check who is asking").guard(select)
}

/// A column of the table of [`select`].
pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(T, name.to_owned())
}

pub(crate) fn own(name: &str) -> Expr {
    Expr::OwnColumn(name.to_owned())
}

/// A row for a system table; one of the same `key` is replaced.
pub(crate) fn insert(table: &str, values: Vec<(&str, Value)>, key: &[&str]) -> Insert {
    let (columns, values) = values.into_iter().map(|(name, it)| (name.to_owned(), it)).unzip();
    let on_conflict_update = key.iter().map(|&it| it.to_owned()).collect();
    Insert { table: table.to_owned(), columns, values, on_conflict_update }
}
