//! Installs what the checks need and the machine lacks, with Debian's packages.
//!
//! Works as root and as a user whom `sudo` lets through without a password. What cannot be
//! installed is named, with what needs it and the line that installs it by hand.

use crate::{postgres, run};
use anyhow::{Result, bail};
use std::process::Command;

/// A program the checks run.
pub(crate) struct Tool {
    name: &'static str,
    needed_for: &'static str,
    packages: &'static [&'static str],
    is_present: fn() -> bool,
}

/// What building needs: SQLite and ring are compiled from C.
pub(crate) const FOR_BUILD: &[Tool] = &[Tool {
    name: "a C compiler",
    needed_for: "SQLite and the crypto library",
    packages: &["gcc", "libc6-dev"],
    is_present: || run::succeeds("cc", &["--version"]),
}];

/// What the Python clients need.
pub(crate) const FOR_PYTHON: &[Tool] = &[Tool {
    name: "Python with venv",
    needed_for: "the Python clients of compat/",
    packages: &["python3", "python3-venv", "ca-certificates"],
    is_present: || run::succeeds("python3", &["-c", "import venv, ensurepip"]),
}];

/// What the JavaScript clients need.
pub(crate) const FOR_NODE: &[Tool] = &[
    Tool {
        name: "Node.js 18 or later",
        needed_for: "the JavaScript clients of compat/",
        packages: &["nodejs", "ca-certificates"],
        is_present: has_node,
    },
    Tool {
        name: "npm",
        needed_for: "the JavaScript clients of compat/",
        packages: &["npm"],
        is_present: || run::succeeds("npm", &["--version"]),
    },
];

/// What the browser run needs.
pub(crate) const FOR_BROWSER: &[Tool] = &[Tool {
    name: "Chromium",
    needed_for: "the browser run of compat/",
    packages: &["chromium", "fonts-dejavu-core"],
    is_present: || chromium().is_some(),
}];

/// What the tests on the second engine need.
pub(crate) const FOR_POSTGRES: &[Tool] = &[Tool {
    name: "PostgreSQL",
    needed_for: "the tests on both engines",
    packages: &["postgresql", "util-linux"],
    is_present: postgres::is_installed,
}];

/// Installs those of `tools` that are missing.
pub(crate) fn ensure(tools: &[Tool]) -> Result<()> {
    for tool in tools.iter().filter(|tool| !(tool.is_present)()) {
        println!("{} is missing: installing {}", tool.name, tool.packages.join(", "));
        install(tool)?;
    }
    Ok(())
}

/// Adds the toolchain's components that checks run and a minimal profile leaves out.
pub(crate) fn ensure_components() -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let mut probe = run::cargo_command(&[subcommand, "--version"]);
        if run::output(&mut probe).is_ok() {
            continue;
        }
        println!("{component} is missing: adding it to the toolchain");
        let mut rustup = run::command("rustup");
        if run::status(rustup.args(["component", "add", component])).is_err() {
            bail!(
                "{component} is missing and could not be installed (is there a network?); \
                 install it with `rustup component add {component}`"
            );
        }
    }
    Ok(())
}

/// Returns the name under which Chromium, or a browser built from it, is installed.
pub(crate) fn chromium() -> Option<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| std::fs::exists(path).is_ok_and(|exists| exists))
}

fn has_node() -> bool {
    let Ok(version) = run::output(run::command("node").arg("--version")) else { return false };
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    major.parse::<u32>().is_ok_and(|major| 18 <= major)
}

fn install(tool: &Tool) -> Result<()> {
    let by_hand = format!("apt-get install {}", tool.packages.join(" "));
    let Some(mut update) = apt(&["update", "-qq"]) else {
        bail!(
            "{} is missing (needed for {}), and this user may not install it; run `{by_hand}` \
             as root",
            tool.name,
            tool.needed_for
        );
    };
    // The lists at hand may be enough when the mirrors cannot be reached.
    if let Err(error) = run::status(&mut update) {
        println!("{error:#}; going on with the package lists at hand");
    }
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(tool.packages);
    let installed = apt(&args).is_some_and(|mut command| run::status(&mut command).is_ok());
    if !installed || !(tool.is_present)() {
        bail!(
            "{} is missing (needed for {}) and the packages {} could not be installed (is there \
             a network?); install them with `{by_hand}`",
            tool.name,
            tool.needed_for,
            tool.packages.join(", ")
        );
    }
    Ok(())
}

/// Returns `apt-get` as root: directly, or through `sudo` that asks nothing.
fn apt(args: &[&str]) -> Option<Command> {
    let user = run::output(run::command("id").arg("-u")).unwrap_or_default();
    let mut command = if user.trim() == "0" {
        run::command("env")
    } else if run::succeeds("sudo", &["-n", "true"]) {
        let mut sudo = run::command("sudo");
        sudo.args(["-n", "env"]);
        sudo
    } else {
        return None;
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args);
    Some(command)
}
