//! Which crate may use which crate: the one list of edges.
//!
//! A crate may use crates of its own floor that stand before it here, and of the floors below.
//! The order says what may be; `uses` says what is, so that a new edge is a visible diff of one
//! line. `testkit` may be a development dependency of any crate, and is an edge of
//! the programs that stand outside only.

use super::Problem;

pub(super) struct Crate {
    pub folder: &'static str,
    pub name: &'static str,
    pub uses: &'static [&'static str],
}

/// The crates from the ground up; `identity` stands last on its floor because it creates orgs
/// through `metadata` and `records`.
#[rustfmt::skip]
pub(super) const CRATES: &[Crate] = &[
    Crate { folder: "crates/language", name: "base", uses: &[] },
    Crate { folder: "crates/language", name: "soql", uses: &["base"] },
    Crate { folder: "crates/language", name: "sql", uses: &["base"] },
    Crate { folder: "crates/language", name: "formula", uses: &["base", "sql"] },
    Crate { folder: "crates/language", name: "schema", uses: &["base", "sql", "formula"] },
    Crate { folder: "crates/language", name: "locale", uses: &["base", "schema"] },
    Crate { folder: "crates/language", name: "access", uses: &["base", "schema", "sql"] },
    Crate { folder: "crates/language", name: "query", uses: &["base", "soql", "schema", "locale", "sql", "formula", "access"] },
    Crate { folder: "crates/language", name: "ledger", uses: &["base"] },
    Crate { folder: "crates/language", name: "search", uses: &["soql"] },

    Crate { folder: "crates/engine", name: "store", uses: &["base", "soql", "sql", "access", "ledger", "search"] },

    Crate { folder: "crates/service", name: "records", uses: &["base", "soql", "schema", "locale", "sql", "access", "query", "ledger", "search", "store"] },
    Crate { folder: "crates/service", name: "metadata", uses: &["base", "soql", "schema", "sql", "access", "query", "ledger", "store", "records"] },
    Crate { folder: "crates/service", name: "identity", uses: &["base", "schema", "sql", "access", "query", "ledger", "store", "records", "metadata"] },

    Crate { folder: "crates/edge", name: "rest", uses: &["base", "soql", "schema", "access", "query", "ledger", "store", "records", "metadata", "identity"] },
    Crate { folder: "crates/edge", name: "web", uses: &["base", "soql", "schema", "locale", "access", "query", "store", "records", "metadata", "identity"] },
    Crate { folder: "crates/edge", name: "candor", uses: &["base", "soql", "schema", "access", "query", "ledger", "store", "records", "metadata", "identity", "rest", "web"] },

    Crate { folder: "crates/dev", name: "testkit", uses: &["store"] },
    Crate { folder: "crates/dev", name: "conformance", uses: &["base", "soql", "sql", "formula"] },
    Crate { folder: "crates/dev", name: "fuzz", uses: &["base", "soql", "sql", "formula", "schema", "locale", "access", "query", "ledger", "search"] },
    Crate { folder: "", name: "bench", uses: &["base", "soql", "sql", "schema", "locale", "access", "query", "store", "records", "metadata", "identity", "testkit"] },
    Crate { folder: "", name: "xtask", uses: &["testkit"] },
];

/// The floors from the ground up; `dev` and what stands outside may use all of them.
const FLOORS: &[&str] =
    &["crates/language", "crates/engine", "crates/service", "crates/edge", "crates/dev", ""];

/// `rest` and `web` call the same services and never each other, though they share a floor.
const STRANGERS: &[(&str, &str)] = &[("web", "rest")];

const HERE: &str = "xtask/src/tidy/layers.rs";

pub(super) fn find(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|it| it.name == name)
}

/// Checks that the list itself keeps to the floors.
pub(super) fn check_table() -> Vec<Problem> {
    let mut problems = Vec::new();
    for (crate_idx, user) in CRATES.iter().enumerate() {
        for used in user.uses {
            if let Err(why) = check_edge(crate_idx, user, used) {
                let message = format!("`{}` may not use `{used}`: {why}", user.name);
                problems.push(Problem::new(HERE, 1, message));
            }
        }
    }
    problems
}

fn check_edge(user_idx: usize, user: &Crate, used: &str) -> Result<(), &'static str> {
    let used_idx = CRATES.iter().position(|it| it.name == used).ok_or("no such crate")?;
    let floor = |it: &Crate| FLOORS.iter().position(|floor| *floor == it.folder);
    if STRANGERS.contains(&(user.name, used)) {
        return Err("they serve the same records and do not know each other");
    }
    if floor(&CRATES[used_idx]) > floor(user) {
        return Err("it stands on a floor above");
    }
    if used_idx >= user_idx {
        return Err("it stands after it on the same floor");
    }
    Ok(())
}
