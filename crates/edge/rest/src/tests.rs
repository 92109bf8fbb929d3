//! The API from outside: transcripts against a real org, bad input, random input.

mod support;
mod transcript;
mod bad_input;
mod random_input;
mod several_orgs;

use std::path::Path;

use expect_test::expect_file;

use crate::error::{Code, Denial};

#[test]
fn transcripts() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/cases");
    let mut run = transcript::Run::default();
    testkit::cases::run_dir(&dir, |block| run.answer(block));
}

#[test]
fn codes_are_known() {
    let mut out = String::new();
    for it in Code::ALL {
        out.push_str(&format!("{} {:45} {}\n", it.status(), it.name(), it.when()));
    }
    for it in Denial::ALL {
        out.push_str(&format!("400 {:45} {}\n", it.error(), it.description()));
    }
    expect_file!["../test_data/codes.out"].assert_eq(&out);
}

#[test]
fn codes_are_documented() {
    let docs = include_str!("../../../../docs/errors.md");
    for it in Code::ALL {
        let row = format!("| `{}` | {} | {} |", it.name(), it.status(), it.when());
        assert!(docs.contains(&row), "docs/errors.md lacks the row\n{row}");
    }
    for it in Denial::ALL {
        let row = format!("| `{}` | {} |", it.error(), it.description());
        assert!(docs.contains(&row), "docs/errors.md lacks the row\n{row}");
    }
}
