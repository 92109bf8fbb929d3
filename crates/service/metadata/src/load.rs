//! Stored components → the schema of an org.
//!
//! What ships with Candor is read from the binary each time: it takes milliseconds, and keeping
//! it would cost every open org's process megabytes for the sake of rare deploys.

use std::collections::BTreeMap;

use base::KeyPrefix;
use schema::{Catalog, Component, ComponentType, Notice, Origin, Problem, Schema};

use crate::stored::{self, Stored};
use crate::{Error, profile};

/// Builds the current schema of an opened org.
pub fn load(store: &store::Org) -> Result<Schema, Error> {
    let stored = stored::read(&*store.read()?)?;
    schema_of(&stored)
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
    /// For [`crate::found`].
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
