//! The region that an org belongs to: a setting of the org itself, so that it goes where the org
//! goes, and copies of files and configurations cannot disagree in silence.
//!
//! An org that was made where nobody had named a region (`local`) takes the region of its home
//! when that gets one: its data stays where it was. From then on it is in that region.

use base::RecordId;
use ledger::{ActorKind, Kind};
use records::Org;
use sql::{Expr, Statement, Value};

use super::{Error, Home};
use crate::log::{self, Said};
use crate::row::{column, insert, select};

/// The region of homes and orgs that nobody gave one.
const LOCAL: &str = "local";

const TABLE: &str = "candor_setting";
const SETTING: &str = "org.region";

/// Refuses an org that does not belong where `home` is.
pub(super) fn check(org: &Org, home: &Home) -> Result<(), Error> {
    let region = of(org)?;
    if region == home.region {
        return Ok(());
    }
    if region == LOCAL && org.store.status()? == store::Status::Active {
        return put(org, &home.region);
    }
    Err(Error::OtherRegion {
        id: RecordId::parse(org.store.id())
            .map_err(|_| Error::UnknownOrg { name: org.store.id().to_owned() })?,
        region,
        home: home.name.clone(),
        other: home.region.clone(),
    })
}

/// The region of an org.
pub(super) fn of(org: &Org) -> Result<String, Error> {
    let query = select(TABLE, &["value"], column("name").eq(Expr::text(SETTING)));
    let mut region = None;
    org.store.read()?.query::<store::Error>(&query, |row| {
        region = row.blob(0).and_then(|it| String::from_utf8(it.to_vec()).ok());
        Ok(())
    })?;
    Ok(region.unwrap_or_else(|| LOCAL.to_owned()))
}

/// Says, in the org and in its ledger, which region it belongs to.
pub(super) fn put(org: &Org, region: &str) -> Result<(), Error> {
    let said = Said {
        kind: Kind::MetaDeploy,
        actor: ActorKind::System,
        user: org.automated_user(),
        code: Some("org.region"),
        request: None,
    };
    org.store.write::<_, crate::Error>(|tx| {
        let value = Value::Blob(region.as_bytes().to_vec());
        let values = vec![("name", SETTING.into()), ("value", value)];
        tx.execute(Statement::Insert(&insert(TABLE, values, &["name"])))?;
        let logged = log::append(org, tx, said)?;
        Ok(tx.commit(logged, ()))
    })?;
    Ok(())
}
