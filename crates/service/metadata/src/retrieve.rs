//! Writes the customer's components back as a project in source format.
//!
//! Deploying what was retrieved changes nothing. What ships with Candor is left out, unless the
//! customer has customized it.

use std::fs;
use std::path::{Path, PathBuf};

use access::Permission;
use records::Ctx;
use schema::source::{path, xml};

use crate::{Error, project, stored};

/// The package directory that a retrieve writes, where the platform's tools have it too.
const PACKAGE: &str = "force-app/main/default";

const MANIFEST: &str = r#"{
  "packageDirectories": [
    {
      "path": "force-app",
      "default": true
    }
  ],
  "namespace": "",
  "sourceApiVersion": "67.0"
}
"#;

/// What to do where the directory holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Keep,
    /// Write over files of the same name; others stay.
    Replace,
}

/// Writes every component of the customer below `dir`, and returns the paths of the files.
pub fn retrieve(ctx: &Ctx, dir: &Path, existing: Existing) -> Result<Vec<String>, Error> {
    let may = [Permission::ViewSetup, Permission::CustomizeApplication];
    if !may.into_iter().any(|it| ctx.access.has(it)) {
        return Err(Error::NotPermitted);
    }
    let stored = stored::read(&*ctx.org.store.read()?)?;
    if existing == Existing::Keep && !is_empty(dir)? {
        return Err(Error::NotEmpty { dir: dir.to_path_buf() });
    }
    let mut files = vec![(project::MANIFEST.to_owned(), MANIFEST.to_owned())];
    for component in &stored.components {
        let path = format!("{PACKAGE}/{}", path::path_of(component.ty, &component.name));
        files.push((path, xml::print(&component.body)));
    }
    for (path, text) in &files {
        write(&dir.join(path), text)?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn is_empty(dir: &Path) -> Result<bool, Error> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(Error::Write { path: dir.to_path_buf(), source }),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Write { path: PathBuf::from(path), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
