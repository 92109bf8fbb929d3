//! The folder of conformance material beside a checkout.
//!
//! A clone alone is enough to build and test: where the folder is absent, tests on its cases are
//! skipped with a line that says so. With `CI=true` absence is a failure, so that no run passes
//! by having nothing to run.

use std::path::{Path, PathBuf};

/// The path of `relative` in the folder; none where the folder is absent.
///
/// # Panics
///
/// Where it is absent and `CI=true`.
pub fn path(relative: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask")]
    let ci = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!ci, "CI=true, but {} is absent", path.display());
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    {
        eprintln!("skipped: {} is absent", path.display());
    }
    None
}
