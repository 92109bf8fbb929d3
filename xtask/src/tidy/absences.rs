//! The invariants of the architecture, each as something absent: one row, one rule.
//!
//! A row names paths of code, says where they may stand (or may not), and what to do instead.
//! Comments and strings never count; tests count unless the row lets them pass.

use super::Problem;
use super::source::Source;

enum Place {
    /// The paths stand nowhere else.
    Only(&'static [&'static str]),
    /// The paths stand everywhere else.
    Not(&'static [&'static str]),
}

struct Absence {
    uses: &'static [&'static str],
    place: Place,
    in_tests: bool,
    instead: &'static str,
}

use Place::{Not, Only};

const LANGUAGE: &[&str] = &["crates/language/"];
const PROGRAMS: &[&str] =
    &["crates/edge/candor/", "crates/dev/conformance/", "crates/dev/fuzz/", "bench/", "xtask/"];
const EDGE: &[&str] = &["crates/edge/", "bench/"];
const JSON: &[&str] = &[
    "crates/edge/rest/",
    "crates/edge/candor/",
    "crates/dev/conformance/",
    "crates/dev/fuzz/",
    "bench/",
    "xtask/",
];
const DRIVER: &[&str] =
    &["crates/engine/store/", "crates/dev/testkit/", "crates/dev/conformance/", "bench/"];

#[rustfmt::skip]
const ABSENCES: &[Absence] = &[
    Absence { uses: &["rusqlite", "postgres_protocol"], place: Only(DRIVER), in_tests: false, instead: "ask `store`, the only crate that knows the driver" },
    Absence { uses: &["axum", "hyper", "hyper_util", "http::", "tower", "tower_http"], place: Only(EDGE), in_tests: false, instead: "return the crate's own types; HTTP is known to `rest`, `web` and `candor` only" },
    Absence { uses: &["tokio", "tokio_rustls", "async", ".await"], place: Only(EDGE), in_tests: false, instead: "write blocking code; the edge gives it a worker thread" },
    Absence { uses: &["serde_json::Value"], place: Only(JSON), in_tests: true, instead: "use a type that says what it holds; JSON trees are known to `rest` only" },
    Absence { uses: &["anyhow"], place: Only(PROGRAMS), in_tests: true, instead: "give the crate's `Error` a variant; `anyhow` is for programs" },
    Absence { uses: &["std::fs", "std::net"], place: Not(LANGUAGE), in_tests: true, instead: "take the content as an argument; language crates do no I/O" },
    Absence { uses: &["std::time::SystemTime", "std::time::Instant", "SystemTime::now", "Instant::now"], place: Not(LANGUAGE), in_tests: true, instead: "take the time as an argument; language crates have no clock" },
    Absence { uses: &["std::env", "std::process", "std::thread"], place: Not(LANGUAGE), in_tests: true, instead: "take it as an argument; language crates know no surroundings" },
    Absence { uses: &["tracing", "println!", "eprintln!"], place: Not(LANGUAGE), in_tests: true, instead: "return an error or a finding; language crates do not log" },
    Absence { uses: &["ring", "rand", "getrandom", "fastrand"], place: Not(LANGUAGE), in_tests: true, instead: "take the bytes as an argument; language crates have no randomness" },
    Absence { uses: &["todo!", "unimplemented!"], place: Not(&[""]), in_tests: false, instead: "finish it, or leave it out and refuse it with an error" },
    Absence { uses: &["dbg!"], place: Not(&[""]), in_tests: false, instead: "remove it" },
    Absence { uses: &["#[ignore", "#[should_panic"], place: Not(&[""]), in_tests: false, instead: "assert today's behavior, as a value" },
];

pub(super) fn check(source: &Source<'_>, problems: &mut Vec<Problem>) {
    for absence in ABSENCES {
        let applies = match absence.place {
            Only(paths) => !paths.iter().any(|path| source.path.starts_with(path)),
            Not(paths) => paths.iter().any(|path| source.path.starts_with(path)),
        };
        if !applies {
            continue;
        }
        for path in absence.uses {
            for line_idx in source.uses(path) {
                if absence.in_tests && source.is_test[line_idx] {
                    continue;
                }
                let message = format!("`{path}` does not belong here; {}", absence.instead);
                problems.push(Problem::new(source.path, line_idx + 1, message));
            }
        }
    }
}
