//! Runs files of conformance cases and says which rows do not hold.
//!
//! | module      | format                                                    |
//! |-------------|-----------------------------------------------------------|
//! | [`formula`] | formulas, rows of inputs and expected results, as JSONL   |
//! | [`soql`]    | queries and whether they are any, as JSONL                |
//!
//! In: the text of a file and an engine. Out: a [`Report`]. The program beside prints it and ends
//! with `N passed, M failed`.

pub mod formula;
pub mod soql;

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    pub passed: usize,
    /// One line a row that cannot hold, with the reason on file.
    pub excepted: Vec<String>,
    /// One paragraph a failure.
    pub failures: Vec<String>,
}

impl Report {
    /// The exceptions, the failures, and the line that counts.
    pub fn print(&self) -> String {
        let mut out = String::new();
        for excepted in &self.excepted {
            out.push_str(&format!("excepted: {excepted}\n"));
        }
        for failure in &self.failures {
            out.push_str(failure);
            out.push('\n');
        }
        out.push_str(&format!("{} passed, {} failed", self.passed, self.failures.len()));
        out
    }
}
