//! The orgs of a data directory.
//!
//! A data directory holds `orgs/` (identity's), `tls/` and, for the demo, `demo.json`. Commands
//! that work on one org take the only one there is.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use identity::{Created, NewOrg};
use store::{Home, Options};

use crate::command::demo;

/// Opens every org.
pub(crate) fn open_all(data: &Path) -> Result<Vec<Arc<records::Org>>> {
    if demo::is_unfinished(data)? {
        bail!(
            "the demo in {} was interrupted before it was whole; `candor demo` makes it anew",
            data.display()
        );
    }
    let home = Home::directory(data);
    let found = list(data)?;
    found
        .iter()
        .map(|id| {
            identity::open_org(&home, id, &Options::default())
                .with_context(|| format!("cannot open the org {id} in {}", data.display()))
        })
        .collect()
}

/// The ids of the orgs in a data directory.
pub(crate) fn list(data: &Path) -> Result<Vec<String>> {
    let found = Home::directory(data).orgs();
    let found =
        found.with_context(|| format!("cannot list the orgs in {}", data.display()))?;
    Ok(found.into_iter().map(|it| it.id).collect())
}

/// Opens the only org.
pub(crate) fn open_one(data: &Path) -> Result<Arc<records::Org>> {
    let mut orgs = open_all(data)?;
    match orgs.len() {
        0 => bail!(
            "there is no org in {}; `candor init` makes one, or give --data the directory that \
             holds it",
            data.display()
        ),
        1 => Ok(orgs.remove(0)),
        n => {
            bail!("{} holds {n} orgs, and this command works on a directory of one", data.display())
        }
    }
}

/// Makes the data directory, for its owner alone: it will hold every record and key.
pub(crate) fn make_dir(data: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).with_context(|| format!("cannot make {}", data.display()))
}

/// Makes an org with English defaults.
pub(crate) fn create(
    data: &Path,
    name: &str,
    username: &str,
    password: Option<String>,
) -> Result<Created> {
    make_dir(data)?;
    let new = NewOrg {
        name: name.to_owned(),
        username: username.to_owned(),
        email: username.to_owned(),
        first_name: None,
        last_name: "Administrator".to_owned(),
        password,
        locale: "en_US".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "GMT".to_owned(),
        currency: "USD".to_owned(),
        country: None,
    };
    identity::create_org(&Home::directory(data), &new, &Options::default())
        .with_context(|| format!("cannot make the org in {}", data.display()))
}
