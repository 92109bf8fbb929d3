//! Where a formula stands, and what it may say there.

use std::fmt;

/// The kinds of places that hold a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// A field whose value is computed when it is read: no record is changing.
    FormulaField,
    /// A condition that refuses a record as it is saved.
    ValidationRule,
    /// The value that a field of a new record starts with.
    DefaultValue,
    /// Entry criteria, field updates, assignment and escalation rules.
    Automation,
    Flow,
    /// A template with `{!…}` in it.
    MergeField,
}

/// What a function needs of the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// A record that is being created or changed, with its prior values.
    Change,
    /// A place that is evaluated once a save, not once a row: costly or unbounded work.
    Save,
    /// Validation rules only.
    Validation,
    /// A place that this crate does not serve: reports, buttons, pages.
    Elsewhere,
}

impl Context {
    /// The longest formula here, in characters: what a person writes into a field or a rule is
    /// bounded as on the platform, what a template or a flow composes by what a parser takes.
    pub fn chars_max(self) -> usize {
        match self {
            Self::FormulaField | Self::ValidationRule | Self::DefaultValue => 3_900,
            Self::Automation | Self::Flow | Self::MergeField => 100_000,
        }
    }

    pub(crate) fn gives(self, needs: Needs) -> bool {
        match needs {
            Needs::Nothing => true,
            Needs::Change | Needs::Save => {
                matches!(self, Self::ValidationRule | Self::Automation | Self::Flow)
            }
            Needs::Validation => self == Self::ValidationRule,
            Needs::Elsewhere => false,
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FormulaField => "formula field",
            Self::ValidationRule => "validation rule",
            Self::DefaultValue => "default value",
            Self::Automation => "automation",
            Self::Flow => "flow",
            Self::MergeField => "merge field",
        })
    }
}
