//! What each command does, one file each.

pub(crate) mod client;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod id;
pub(crate) mod init;
pub(crate) mod ledger;
pub(crate) mod org;
pub(crate) mod retrieve;
pub(crate) mod serve;
pub(crate) mod user;

/// Prints a line of a command's result.
#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Prints a line that accompanies the result and is not part of it.
#[expect(clippy::print_stderr, reason = "progress, kept apart from the result")]
pub(crate) fn remark(line: impl std::fmt::Display) {
    eprintln!("{line}");
}
