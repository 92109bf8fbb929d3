//! What a deploy tells about a component: problems, which stop it, and notices, which do not.
//!
//! The texts are written for the person who deploys: what is wrong with which component, where.

use std::fmt;

/// Something that must be put right before the components can be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1; 0 where the problem is not in a file.
    pub line: usize,
    /// The full name, such as `Account.Region__c`; empty for a file that is not a component.
    pub component: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(f, (&self.file, self.line), &self.component, &self.message)
    }
}

/// Something that was accepted but will not do what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub kind: NoticeKind,
    pub file: String,
    pub line: usize,
    pub component: String,
    pub message: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            NoticeKind::Ignored => "ignored",
            NoticeKind::Unsupported => "unsupported",
        };
        write!(f, "{kind}: ")?;
        write_line(f, (&self.file, self.line), &self.component, &self.message)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The component is in effect; a part of it is kept for retrieve and has no effect.
    Ignored,
    /// The whole component is kept for retrieve and is not part of the schema.
    Unsupported,
}

fn write_line(
    f: &mut fmt::Formatter<'_>,
    (file, line): (&str, usize),
    component: &str,
    message: &str,
) -> fmt::Result {
    write!(f, "{file}:{line}: ")?;
    if !component.is_empty() {
        write!(f, "{component}: ")?;
    }
    write!(f, "{message}")
}
