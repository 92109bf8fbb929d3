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

use std::io::{self, ErrorKind, Write as _};

/// Prints a line of a command's result.
pub(crate) fn say(line: impl std::fmt::Display) {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            remark(format_args!("The result cannot be written: {error}"));
        }
        // Whoever reads it may stop when they have seen enough.
        _ => {}
    }
}

/// Prints a line that accompanies the result and is not part of it.
pub(crate) fn remark(line: impl std::fmt::Display) {
    // There is nobody left to tell that this cannot be written.
    let _ = writeln!(io::stderr(), "{line}");
}
