//! The types of expressions and of fields, and sets of them.

use std::fmt;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Of the literal `NULL`; goes with every other type.
    Null,
    Number,
    Text,
    Boolean,
    Date,
    DateTime,
    Time,
    Location,
    /// Not text: its use is limited to the functions made for it.
    Picklist,
    MultiPicklist,
}

/// The type of a field, as far as formulas tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    Number,
    Currency,
    /// Stored as a person enters it: 12.5 is 12.5 %, and 0.125 in a formula.
    Percent,
    /// Every text-like type, ids and references among them.
    Text,
    Boolean,
    Date,
    DateTime,
    Time,
    Location,
    Picklist,
    MultiPicklist,
}

impl FieldType {
    /// The type that a reference to the field has.
    pub fn expression(self) -> Type {
        match self {
            Self::Number | Self::Currency | Self::Percent => Type::Number,
            Self::Text => Type::Text,
            Self::Boolean => Type::Boolean,
            Self::Date => Type::Date,
            Self::DateTime => Type::DateTime,
            Self::Time => Type::Time,
            Self::Location => Type::Location,
            Self::Picklist => Type::Picklist,
            Self::MultiPicklist => Type::MultiPicklist,
        }
    }
}

impl Type {
    /// The one type of two alternatives, where they go together.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Null, it) | (it, Self::Null) => Some(it),
            (a, b) if a == b => Some(a),
            _ => None,
        }
    }

    pub(crate) fn is_picklist(self) -> bool {
        matches!(self, Self::Picklist | Self::MultiPicklist)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::Number => "Number",
            Self::Text => "Text",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::Time => "Time",
            Self::Location => "Location",
            Self::Picklist => "Picklist",
            Self::MultiPicklist => "Multi-Select Picklist",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The types that a parameter takes; `NULL` is always among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeSet(u16);

const ALL: [Type; 10] = [
    Type::Null,
    Type::Number,
    Type::Text,
    Type::Boolean,
    Type::Date,
    Type::DateTime,
    Type::Time,
    Type::Location,
    Type::Picklist,
    Type::MultiPicklist,
];

impl TypeSet {
    pub(crate) const NUMBER: Self = Self::of(&[Type::Number]);
    pub(crate) const TEXT: Self = Self::of(&[Type::Text]);
    pub(crate) const BOOLEAN: Self = Self::of(&[Type::Boolean]);
    pub(crate) const DATE: Self = Self::of(&[Type::Date]);
    pub(crate) const TIME: Self = Self::of(&[Type::Time]);
    pub(crate) const LOCATION: Self = Self::of(&[Type::Location]);
    /// A date or an instant.
    pub(crate) const DAY: Self = Self::of(&[Type::Date, Type::DateTime]);
    /// A text, or a multi-select picklist as its values with semicolons between them.
    pub(crate) const TEXT_OR_MULTI: Self = Self::of(&[Type::Text, Type::MultiPicklist]);

    pub(crate) const fn of(types: &[Type]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < types.len() {
            set |= 1 << types[at] as u16;
            at += 1;
        }
        Self(set)
    }

    pub(crate) fn has(self, ty: Type) -> bool {
        ty == Type::Null || self.0 & (1 << ty as u16) != 0
    }
}

impl From<Type> for TypeSet {
    fn from(ty: Type) -> Self {
        Self::of(&[ty])
    }
}

/// `Number, Date, DateTime`.
impl fmt::Display for TypeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for ty in ALL.into_iter().filter(|ty| self.0 & (1 << *ty as u16) != 0) {
            write!(f, "{between}{ty}")?;
            between = ", ";
        }
        Ok(())
    }
}
