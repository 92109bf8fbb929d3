//! Brings an org that another version of the program has made to what this one works with.
//!
//! A new version may find an org without some of the tables, columns or rows that it needs. The
//! fingerprints of versions tell at once whether it may ([`crate::program`]). If so, the tables
//! are looked at, and what they lack is added: in one unit of work, under an entry of the ledger
//! like every change of metadata. An older version is refused: it would not know what it leaves
//! out.
//!
//! | module   | what                                                        |
//! |----------|-------------------------------------------------------------|
//! | [`lack`] | the tables as they are and the schema → what is to be added |
//! | [`fill`] | text → its shadow, where the column is new                  |
//!
//! Nothing is dropped but indexes of ours that serve nothing any more.

mod lack;
mod fill;

use std::sync::Arc;

use records::{Ctx, Org};
use schema::Schema;
use sql::Statement;
use store::{Commit, Tx};

use crate::deploy::enact;
use crate::plan::{self, Change};
use crate::program::{self, Standing};
use crate::stored::{self, Stored};
use crate::{Error, Grant, load};

use lack::Lack;

/// Adds what `org` lacks.
pub(crate) fn upgrade(org: &Arc<Org>) -> Result<(), Error> {
    match program::standing(&*org.store.read()?)? {
        Standing::Current => return Ok(()),
        Standing::Newer => return Err(Error::Newer),
        Standing::Older(_) => {}
    }
    let ctx = org.system("bring an org to this version of the program");
    org.store.write(|tx| carry_out(&ctx, tx))
}

fn carry_out(ctx: &Ctx, tx: &mut Tx<'_>) -> Result<Commit<()>, Error> {
    // Another process may have come first.
    let before = match program::standing(tx)? {
        Standing::Current => return Ok(tx.unchanged(())?),
        Standing::Newer => return Err(Error::Newer),
        Standing::Older(versions) => versions,
    };
    let stored = stored::read(tx)?;
    let schema = load::schema_of(&stored)?;
    let Lack { first, shadows, last, grants } = lack::of(&tx.tables()?, &schema);
    tracing::info!(
        org.id = ctx.org.store.id(),
        steps = first.len() + shadows.len() + last.len(),
        "bringing an org to this version of the program"
    );
    for ddl in first {
        tx.execute(Statement::Ddl(&ddl))?;
    }
    for (object, fields) in shadows {
        fill::fill(tx, object, &fields)?;
    }
    for ddl in last {
        tx.execute(Statement::Ddl(&ddl))?;
    }
    let (schema, changes) = granted(&stored, schema, grants)?;
    let under = ctx.org.system_under(schema, "write the rows that show metadata");
    let versions: Vec<_> = std::iter::once(program::own()?).chain(before).collect();
    stored::put_programs(tx, &versions)?;
    let leaf = enact(ctx, tx, &under, &changes)?;
    Ok(tx.commit(leaf, ()))
}

/// Grants what is new to the administrator, and returns the schema under which it is granted.
fn granted(
    stored: &Stored,
    schema: Schema,
    grants: Vec<Grant>,
) -> Result<(Schema, Vec<Change>), Error> {
    let mut catalog = load::catalog(&stored.components);
    let Some((change, _)) = plan::granted(stored, &schema, &catalog, grants) else {
        return Ok((schema, Vec::new()));
    };
    catalog.insert(change.new.clone());
    let resolved = load::resolve(&catalog, &stored.prefixes);
    let (schema, _) = resolved.map_err(|problems| Error::Stored { problems })?;
    Ok((schema, vec![change]))
}
