//! Rows that say what metadata says, so that clients can query it.
//!
//! In: a [`Schema`]. Out: the changes that make the rows of [`Wanted`] objects what the schema
//! wants them to be: found by their natural keys, left alone where they are right already, so
//! that projecting twice changes nothing.
//!
//! | object | natural key |
//! |---|---|
//! | `Profile` | `Name` |
//! | `PermissionSet` | `Name`; a profile's own set has its profile's id in it |
//! | `ObjectPermissions`, `FieldPermissions` | `ParentId`, and the object or field |
//! | `RecordType`, `ListView` | `SobjectType`, `DeveloperName` |
//! | `OpportunityStage`, `CaseStatus`, `LeadStatus`, `TaskStatus`, `TaskPriority` | `ApiName` |
//!
//! No row can be refused: what metadata may say and a field does not take is made to fit, and of
//! two rows with one key the first is written.
//!
//! The standard price book is a row too, but one that its owner may change: an org starts with
//! it.

mod rights;
mod sync;
mod value_set;

use base::RecordId;
use records::{Ctx, Input};
use schema::Schema;
use store::Tx;

use crate::Error;

pub(crate) use sync::Found;

/// What the rows of one object are to be.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub object: &'static str,
    /// The key's columns first.
    pub columns: Vec<&'static str>,
    pub n_key: usize,
    pub rows: Vec<Vec<Cell>>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Flag(bool),
    Int(i64),
    Id(RecordId),
}

impl Cell {
    fn text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }

    fn input(&self) -> Input {
        match self {
            Self::Null => Input::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Int(int) => (*int).into(),
            Self::Id(id) => (*id).into(),
        }
    }
}

/// Makes the rows what the schema of `ctx` says, as part of a unit of work.
pub(crate) fn project(ctx: &Ctx, tx: &mut Tx<'_>) -> Result<(), Error> {
    each(&ctx.schema, |wanted| sync::sync(ctx, tx, wanted))
}

/// Hands what `schema` wants to `make`, object by object, in the order in which rows name each
/// other; `make` says which ids they have.
pub(crate) fn each(
    schema: &Schema,
    mut make: impl FnMut(Wanted) -> Result<Found, Error>,
) -> Result<(), Error> {
    let profiles = make(rights::profiles(schema))?;
    let sets = make(rights::permission_sets(schema, &profiles))?;
    make(rights::object_permissions(schema, &profiles, &sets))?;
    make(rights::field_permissions(schema, &profiles, &sets))?;
    make(record_types(schema))?;
    make(list_views(schema))?;
    for wanted in value_set::all(schema) {
        make(wanted)?;
    }
    Ok(())
}

/// Writes the rows that an org starts with and that are its own from then on.
pub(crate) fn plant(ctx: &Ctx, tx: &mut Tx<'_>) -> Result<(), Error> {
    sync::sync(ctx, tx, standard_price_book()).map(|_| ())
}

fn record_types(schema: &Schema) -> Wanted {
    let mut rows = Vec::new();
    for object in &schema.objects {
        for it in &object.record_types {
            rows.push(vec![
                Cell::text(&object.name),
                Cell::text(&it.developer_name),
                Cell::text(&it.label),
                Cell::text(it.description.as_deref().unwrap_or_default()),
                Cell::Flag(it.active),
            ]);
        }
    }
    let columns = vec!["SobjectType", "DeveloperName", "Name", "Description", "IsActive"];
    Wanted { object: "RecordType", columns, n_key: 2, rows }
}

fn list_views(schema: &Schema) -> Wanted {
    let mut rows = Vec::new();
    for object in &schema.objects {
        for it in &object.list_views {
            rows.push(vec![
                Cell::text(&object.name),
                Cell::text(&it.developer_name),
                Cell::text(&it.label),
                Cell::Flag(true),
            ]);
        }
    }
    let columns = vec!["SobjectType", "DeveloperName", "Name", "IsSoqlCompatible"];
    Wanted { object: "ListView", columns, n_key: 2, rows }
}

fn standard_price_book() -> Wanted {
    Wanted {
        object: "Pricebook2",
        columns: vec!["IsStandard", "Name", "IsActive"],
        n_key: 1,
        rows: vec![vec![Cell::Flag(true), Cell::text("Standard Price Book"), Cell::Flag(true)]],
    }
}
