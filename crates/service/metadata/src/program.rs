//! Which version of the program an org's tables and rows were made by, in 32 bytes.
//!
//! An org's components are its own, but what ships beside them is the program's, and so is how
//! objects become tables and metadata becomes rows. What a version of the program makes of an org
//! without components of its own is its fingerprint. An org keeps the fingerprints of the
//! versions that it was open in, the last one first: so a version knows whether it is the last,
//! a newer one, or one that the org has left behind.
//!
//! Two versions that print a definition differently have two fingerprints as well. Then the look
//! at the tables finds that there is nothing to do.

use std::fmt::{self, Write};
use std::sync::OnceLock;

use ring::digest::{Context, SHA256};
use schema::Schema;
use store::Reader;

use crate::{Error, load, projection, stored};

pub(crate) type Fingerprint = [u8; 32];

/// Counted up by hand where a version makes something else of custom objects alone, of which
/// what ships has no example.
const CUSTOM: u32 = 1;

/// How an org stands to this version of the program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// This version was the last, and nothing is to be done.
    Current,
    /// Other versions were, in this order, and never this one.
    Older(Vec<Fingerprint>),
    /// This version was, but not the last.
    Newer,
}

/// The fingerprint of this version. Working it out takes milliseconds, so it is kept.
pub(crate) fn own() -> Result<Fingerprint, Error> {
    static OWN: OnceLock<Fingerprint> = OnceLock::new();
    if let Some(known) = OWN.get() {
        return Ok(*known);
    }
    let own = fingerprint(&load::founding()?.schema)?;
    Ok(*OWN.get_or_init(|| own))
}

pub(crate) fn standing(reader: &Reader) -> Result<Standing, Error> {
    let (own, versions) = (own()?, stored::programs(reader)?);
    Ok(match versions.first() {
        Some(last) if *last == own => Standing::Current,
        _ if versions.contains(&own) => Standing::Newer,
        _ => Standing::Older(versions),
    })
}

fn fingerprint(schema: &Schema) -> Result<Fingerprint, Error> {
    let mut text = Text(Context::new(&SHA256));
    text.line(&CUSTOM);
    for ddl in schema::create_all(schema) {
        text.line(&ddl);
    }
    projection::each(schema, |wanted| {
        text.line(&(wanted.object, &wanted.columns, &wanted.rows));
        Ok(projection::Found::numbered(&wanted))
    })?;
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(text.0.finish().as_ref());
    Ok(fingerprint)
}

/// Takes text and keeps its digest.
struct Text(Context);

impl Text {
    fn line(&mut self, it: &impl fmt::Debug) {
        writeln!(self, "{it:?}").expect("invariant: a digest takes any text");
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two processes of one version must agree, or each would think the other another one.
    #[test]
    fn a_fingerprint_is_always_the_same() {
        let of_new = || fingerprint(&load::founding().unwrap().schema).unwrap();
        assert_eq!(of_new(), of_new());
        assert_eq!(own().unwrap(), of_new());
    }
}
