//! Connected apps: programs that may ask for sessions.
//!
//! A secret is random and long, so its digest is kept, not a slow hash of it.

use std::sync::Arc;

use access::Permission;
use base::RecordId;
use ledger::{ActorKind, Kind};
use records::{Ctx, Org};
use sql::{Expr, Statement, Value};

use crate::log::{self, Said};
use crate::row::{column, insert, select};
use crate::{Error, secret};

pub(crate) const TABLE: &str = "candor_client";

/// A connected app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub name: String,
    /// The user as whom it acts where no user signs in.
    pub run_as: RecordId,
}

/// A connected app that was just made, and the only time its secret is seen.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub client: Client,
    pub secret: String,
}

/// Makes a connected app that acts as `run_as`.
pub fn create_client(ctx: &Ctx, name: &str, run_as: RecordId) -> Result<NewClient, Error> {
    if !ctx.access.has(Permission::CustomizeApplication) {
        return Err(Error::NotPermitted);
    }
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::NameMissing);
    }
    ctx.org.access(run_as).map_err(|error| match error {
        records::Error::UnknownActor { user } => Error::UnknownUser { user },
        other => other.into(),
    })?;
    let client = Client { id: secret::token()?, name: name.to_owned(), run_as };
    let secret = secret::token()?;
    let values = |now: base::DateTime| {
        vec![
            ("client_id", client.id.as_str().into()),
            ("name", client.name.as_str().into()),
            ("secret_hash", Value::Blob(secret::digest(&secret).to_vec())),
            ("run_as", Value::Int(run_as.raw())),
            ("created_at", Value::Int(now.0)),
        ]
    };
    let said = Said {
        kind: Kind::MetaDeploy,
        actor: if ctx.access.user().is_some() { ActorKind::User } else { ActorKind::System },
        user: ctx.actor(),
        code: Some("client.create"),
        request: ctx.request.as_deref(),
    };
    ctx.org.store.write::<_, Error>(|tx| {
        tx.execute(Statement::Insert(&insert(TABLE, values(tx.now()), &[])))?;
        // Whose app it is, is known outside of the org.
        tx.touch_meta();
        let logged = log::append(&ctx.org, tx, said)?;
        Ok(tx.commit(logged, ()))
    })?;
    Ok(NewClient { client, secret })
}

/// Returns the connected app that knows this id and secret.
pub fn authenticate_client(org: &Arc<Org>, id: &str, secret: &str) -> Result<Client, Error> {
    let columns = ["client_id", "name", "secret_hash", "run_as"];
    let query = select(TABLE, &columns, column("client_id").eq(Expr::text(id)));
    let mut found = None;
    org.store.read()?.query::<Error>(&query, |row| {
        let client = Client {
            id: row.text(0).unwrap_or_default().to_owned(),
            name: row.text(1).unwrap_or_default().to_owned(),
            run_as: RecordId::from_raw(row.int(3).unwrap_or_default()),
        };
        found = row.blob(2).map(|hash| (client, hash.to_vec()));
        Ok(())
    })?;
    let (client, hash) = found.ok_or(Error::UnknownClient)?;
    if secret::same(&secret::digest(secret), &hash) {
        Ok(client)
    } else {
        Err(Error::WrongClientSecret)
    }
}
