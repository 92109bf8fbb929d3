//! The tables of metadata: the customer's components, the key prefixes of custom objects, which
//! change was the last, and which versions of the program have made tables and rows.

use std::collections::BTreeMap;

use access::Access;
use base::KeyPrefix;
use schema::source::xml;
use schema::{Component, ComponentType, Origin, Problem};
use sql::{Alias, Delete, Expr, Insert, Select, Statement, Value};
use store::{Reader, Tx};

use crate::Error;
use crate::program::Fingerprint;

const COMPONENT: &str = "candor_component";
const OBJECT: &str = "candor_object";
const SETTING: &str = "candor_setting";

/// The setting that holds the ledger index of the last change of metadata.
const LAST_DEPLOY: &str = "metadata.last_deploy";

/// The setting that holds the fingerprints of programs, one after another.
const PROGRAMS: &str = "metadata.programs";

/// The setting that holds the nonce of a deploy's commitment, before the index.
const NONCE: &str = "metadata.nonce.";

const T: Alias = Alias(0);

/// What an org has stored of its metadata.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// By type, then by name.
    pub components: Vec<Component>,
    /// By the names of objects.
    pub prefixes: BTreeMap<String, KeyPrefix>,
    /// Which change was the last.
    pub version: u64,
}

pub(crate) fn read(reader: &Reader) -> Result<Stored, Error> {
    let mut stored = Stored::default();
    let mut problems = Vec::new();
    let query = select(COMPONENT, &["type", "name", "body"], Expr::True);
    reader.query::<Error>(&query, |row| {
        let (ty, name, body) = (row.text(0), row.text(1), row.text(2));
        match component(ty.unwrap_or(""), name.unwrap_or(""), body.unwrap_or("")) {
            Ok(component) => stored.components.push(component),
            Err(problem) => problems.push(problem),
        }
        Ok(())
    })?;
    if !problems.is_empty() {
        return Err(Error::Stored { problems });
    }
    stored.components.sort_by(|a, b| (a.ty, &a.name).cmp(&(b.ty, &b.name)));
    let query = select(OBJECT, &["name", "key_prefix"], Expr::True);
    reader.query::<Error>(&query, |row| {
        let prefix = row.text(1).and_then(|it| KeyPrefix::parse(it).ok());
        if let (Some(name), Some(prefix)) = (row.text(0), prefix) {
            stored.prefixes.insert(name.to_owned(), prefix);
        }
        Ok(())
    })?;
    stored.version = version(reader)?;
    Ok(stored)
}

fn component(type_name: &str, name: &str, body: &str) -> Result<Component, Problem> {
    let problem =
        |line, message| Problem { file: String::new(), line, component: name.to_owned(), message };
    let known = ComponentType::ALL.iter().find(|it| it.metadata_name() == type_name);
    let ty = *known.ok_or_else(|| problem(0, format!("no type `{type_name}`")))?;
    let body = xml::parse(body).map_err(|it| problem(it.line, it.to_string()))?;
    let file = schema::source::path::path_of(ty, name);
    Ok(Component { ty, name: name.to_owned(), body, origin: Origin::Customer, file, order: 0 })
}

/// Stores a component in place of the one of this name, if there is one.
pub(crate) fn put(tx: &mut Tx<'_>, old: Option<&Component>, new: &Component) -> Result<(), Error> {
    let ty = new.ty.metadata_name();
    // The name is a key by its bytes here; a new spelling is another row.
    if let Some(old) = old.filter(|it| it.name != new.name) {
        let own = |column: &str| Expr::OwnColumn(column.to_owned());
        let where_ =
            Expr::all([own("type").eq(Expr::text(ty)), own("name").eq(Expr::text(&*old.name))]);
        tx.execute(Statement::Delete(&Delete { table: COMPONENT.to_owned(), where_ }))?;
    }
    let body = Value::Text(xml::print(&new.body));
    let row =
        insert(COMPONENT, &["type", "name", "body"], vec![ty.into(), (&*new.name).into(), body]);
    tx.execute(Statement::Insert(&Insert {
        on_conflict_update: vec!["type".to_owned(), "name".to_owned()],
        ..row
    }))?;
    Ok(())
}

pub(crate) fn put_prefix(tx: &mut Tx<'_>, object: &str, prefix: KeyPrefix) -> Result<(), Error> {
    let values = vec![object.into(), Value::Text(prefix.to_string())];
    tx.execute(Statement::Insert(&insert(OBJECT, &["name", "key_prefix"], values)))?;
    Ok(())
}

/// Keeps the nonce under which the ledger's entry `leaf` commits to what a deploy changed.
pub(crate) fn put_nonce(tx: &mut Tx<'_>, leaf: u64, nonce: &[u8; 32]) -> Result<(), Error> {
    put_setting(tx, &format!("{NONCE}{leaf}"), nonce.to_vec())
}

/// Keeps that the change under the ledger's entry `leaf` was the last.
pub(crate) fn put_version(tx: &mut Tx<'_>, leaf: u64) -> Result<(), Error> {
    put_setting(tx, LAST_DEPLOY, leaf.to_le_bytes().to_vec())
}

/// Which change of metadata was the last, as its index in the ledger; 0 where there was none.
pub(crate) fn version(reader: &Reader) -> Result<u64, Error> {
    let found = setting(reader, LAST_DEPLOY)?;
    Ok(found.and_then(|it| it.try_into().ok()).map_or(0, u64::from_le_bytes))
}

/// Keeps the versions of the program that the org was open in, the last one first.
pub(crate) fn put_programs(tx: &mut Tx<'_>, programs: &[Fingerprint]) -> Result<(), Error> {
    put_setting(tx, PROGRAMS, programs.concat())
}

/// The versions of the program that the org was open in, the last one first; none before they
/// were kept.
pub(crate) fn programs(reader: &Reader) -> Result<Vec<Fingerprint>, Error> {
    let bytes = setting(reader, PROGRAMS)?.unwrap_or_default();
    Ok(bytes.as_chunks().0.to_vec())
}

fn setting(reader: &Reader, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let where_ = Expr::Column(T, "name".to_owned()).eq(Expr::text(name));
    let mut value = None;
    reader.query::<Error>(&select(SETTING, &["value"], where_), |row| {
        value = row.blob(0).map(<[u8]>::to_vec);
        Ok(())
    })?;
    Ok(value)
}

fn put_setting(tx: &mut Tx<'_>, name: &str, value: Vec<u8>) -> Result<(), Error> {
    let row = insert(SETTING, &["name", "value"], vec![name.into(), Value::Blob(value)]);
    let on_conflict_update = vec!["name".to_owned()];
    tx.execute(Statement::Insert(&Insert { on_conflict_update, ..row }))?;
    Ok(())
}

fn select(table: &str, columns: &[&str], where_: Expr) -> access::Guarded {
    let mut select = Select::from_table(table, T);
    select.columns = columns.iter().map(|it| Expr::Column(T, (*it).to_owned())).collect();
    select.where_ = where_;
    Access::system("read the org's metadata").guard(select)
}

fn insert(table: &str, columns: &[&str], values: Vec<Value>) -> Insert {
    Insert {
        table: table.to_owned(),
        columns: columns.iter().map(|&it| it.to_owned()).collect(),
        values,
        on_conflict_update: Vec::new(),
    }
}
