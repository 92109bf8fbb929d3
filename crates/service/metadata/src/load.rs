//! Stored components → the schema of an org, and an org in service.
//!
//! What ships with Candor is read from the binary each time: it takes milliseconds, and keeping
//! it would cost every open org's process megabytes for the sake of rare deploys.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::KeyPrefix;
use records::{Org, Source};
use schema::{Catalog, Component, ComponentType, Notice, Origin, Problem, Schema};
use store::{Clock, Reader};

use crate::stored::{self, Stored};
use crate::{Error, profile, program, upgrade};

/// Takes an org's database into service. What another version of the program has made is
/// brought to this one's first.
pub fn open(store: store::Org, clock: Clock) -> Result<Arc<Org>, Error> {
    let org = Org::open(store, SOURCE, clock)?;
    upgrade::upgrade(&org)?;
    Ok(org)
}

/// Where an open org has its schema from, at first and whenever it changes.
pub(crate) const SOURCE: Source = Source {
    version: |reader| Ok(stored::version(reader)?),
    load: |reader| Ok(load(reader)?),
    reload: |reader| match program::standing(reader)? {
        program::Standing::Current => Ok(load(reader)?),
        // Another process has opened the org, with another version of the program.
        _ => Err(Error::Newer.into()),
    },
};

/// Builds the schema of an org as it is stored.
pub(crate) fn load(reader: &Reader) -> Result<Schema, Error> {
    schema_of(&stored::read(reader)?)
}

/// The schema that an org's stored components make.
pub(crate) fn schema_of(stored: &Stored) -> Result<Schema, Error> {
    let catalog = catalog(&stored.components);
    let (schema, _) =
        resolve(&catalog, &stored.prefixes).map_err(|problems| Error::Stored { problems })?;
    Ok(schema)
}

/// What ships, and `components` of the customer.
pub(crate) fn catalog(components: &[Component]) -> Catalog {
    let mut catalog = Catalog::shipped();
    for component in components {
        catalog.insert(component.clone());
    }
    catalog
}

/// Resolves a catalog. Profiles get the names of their rows, which are not those of their files.
pub(crate) fn resolve(
    catalog: &Catalog,
    prefixes: &BTreeMap<String, KeyPrefix>,
) -> Result<(Schema, Vec<Notice>), Vec<Problem>> {
    let (mut schema, notices) = schema::resolve(catalog, prefixes)?;
    for it in &mut schema.profiles {
        profile::row_name(&it.name).clone_into(&mut it.label);
        it.name.clone_from(&it.label);
    }
    Ok((schema, notices))
}

/// What a new org starts with.
#[derive(Debug)]
pub struct Founding {
    pub schema: Schema,
    pub tables: Vec<sql::Ddl>,
    pub components: Vec<Component>,
}

/// The schema that ships, the tables of its objects, and the two profiles that every org has.
pub fn founding() -> Result<Founding, Error> {
    let failed = |problems| Error::Stored { problems };
    let mut catalog = Catalog::shipped();
    let (shipped, _) = resolve(&catalog, &BTreeMap::new()).map_err(failed)?;
    let components: Vec<Component> = [
        (profile::ADMINISTRATOR, profile::administrator(&shipped)),
        (profile::STANDARD_USER, profile::standard_user(&shipped)),
    ]
    .into_iter()
    .map(|(it, body)| Component {
        ty: ComponentType::Profile,
        name: it.developer_name.to_owned(),
        body,
        origin: Origin::Customer,
        file: schema::source::path::path_of(ComponentType::Profile, it.developer_name),
        order: 0,
    })
    .collect();
    for it in &components {
        catalog.insert(it.clone());
    }
    let (schema, _) = resolve(&catalog, &BTreeMap::new()).map_err(failed)?;
    let tables = schema::create_all(&schema);
    Ok(Founding { schema, tables, components })
}
