//! The clients' libraries, from their own registries, in the versions that `compat/` pins.
//!
//! Python's land in `target/compat/venv`, JavaScript's in `target/compat/node`. The scripts of
//! the latter are copied there, because Node resolves an import from where the script lies.

use super::work_dir;
use crate::run;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// Holds a copy of the pins by which a directory was installed.
const STAMP: &str = "installed-from";

pub(super) fn python_program() -> PathBuf {
    work_dir("venv").join("bin/python")
}

pub(super) fn node_dir() -> PathBuf {
    work_dir("node")
}

/// Makes the virtual environment, unless it is there in the pinned versions.
pub(super) fn python() -> Result<()> {
    let venv = work_dir("venv");
    let pins = run::root().join("compat/requirements.txt");
    if is_installed(&venv, &pins) {
        return Ok(());
    }
    remake(&venv)?;
    run::status(run::command("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = run::command(&python_program().to_string_lossy());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    if run::status(pip.arg(&pins)).is_err() {
        bail!("simple-salesforce could not be installed from PyPI (is there a network?)");
    }
    stamp(&venv, &pins)
}

/// Installs the Node packages, unless they are there, and copies the scripts beside them.
pub(super) fn node() -> Result<()> {
    let node = node_dir();
    let compat = run::root().join("compat");
    let pins = compat.join("package-lock.json");
    if !is_installed(&node, &pins) {
        remake(&node)?;
        for name in ["package.json", "package-lock.json"] {
            copy(&compat.join(name), &node.join(name))?;
        }
        let mut npm = run::command("npm");
        npm.current_dir(&node);
        // Install scripts are other people's programs: none is needed here.
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        if run::status(&mut npm).is_err() {
            bail!(
                "jsforce and playwright-core could not be installed from npm (is there a network?)"
            );
        }
        stamp(&node, &pins)?;
    }
    for script in ["lib/check.mjs", "jsforce/run.mjs", "browser/run.mjs"] {
        copy(&compat.join(script), &node.join(script))?;
    }
    Ok(())
}

fn is_installed(dir: &Path, pins: &Path) -> bool {
    let stamped = std::fs::read(dir.join(STAMP)).ok();
    stamped.is_some() && stamped == std::fs::read(pins).ok()
}

fn stamp(dir: &Path, pins: &Path) -> Result<()> {
    copy(pins, &dir.join(STAMP))
}

fn remake(dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}
