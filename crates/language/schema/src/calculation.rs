//! Fields whose values are worked out when they are read: formulas and roll-up summaries.
//!
//! No column holds them; `query` makes expressions of what stands here. Everything is resolved:
//! where each reference of a formula leads, and what a filter's values are.

use std::sync::Arc;

use base::{Date, Value};
use formula::Formula;

use crate::schema::{FieldId, FieldType, ObjectId};

/// How a value is worked out.
#[derive(Debug)]
pub enum Calculation {
    Formula(Arc<FormulaField>),
    Summary(Box<Summary>),
}

#[derive(Debug)]
pub struct FormulaField {
    /// As it was written.
    pub text: String,
    pub formula: Formula,
    /// Where the formula's references lead, in their order.
    pub paths: Vec<FieldPath>,
    /// Whether engines compute it; if not, it is computed from the row that was read, and may be
    /// neither filtered nor sorted nor grouped by.
    pub in_sql: bool,
}

impl FormulaField {
    /// Whether an empty number counts as zero in it.
    pub fn takes_blanks_as_zero(&self) -> bool {
        self.formula.settings().blanks == formula::Blanks::AsZero
    }

    /// Whether its text may hold links or images, as HTML.
    pub fn makes_html(&self) -> bool {
        self.formula.makes_html()
    }
}

/// A field that a formula refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    pub start: PathStart,
    /// The object of the record at which it begins.
    pub from: ObjectId,
    /// The lookups that are followed, from the start on.
    pub hops: Vec<Hop>,
    pub object: ObjectId,
    pub field: FieldId,
}

/// The record at which a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathStart {
    /// The one that has the formula.
    Record,
    /// Whoever reads it: `$User`.
    User,
    /// The org's own: `$Organization`.
    Organization,
}

/// One step up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hop {
    /// A lookup of the object where the step begins.
    pub lookup: FieldId,
    /// The object where it ends.
    pub target: ObjectId,
}

/// A number or a date made of the records that point to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub child: ObjectId,
    /// The child's lookup.
    pub lookup: FieldId,
    pub operation: SummaryOperation,
    /// What is summarized of each child; none where they are counted.
    pub field: Option<FieldId>,
    /// Which children count: those for which all of these hold.
    pub filters: Vec<SummaryFilter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryOperation {
    Count,
    Sum,
    Min,
    Max,
}

/// A condition on a child's field.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryFilter {
    pub field: FieldId,
    pub operation: FilterOperation,
    /// One of them is enough; null stands for an empty field.
    pub values: Vec<Value>,
}

/// What a filter asks; each has a negation, which holds for empty fields too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterOperation {
    Equals,
    NotEqual,
    LessThan,
    GreaterThan,
    LessOrEqual,
    GreaterOrEqual,
    Contains,
    NotContain,
    StartsWith,
    Includes,
    Excludes,
}

impl FilterOperation {
    /// The operation of this name in the metadata format.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "equals" => Self::Equals,
            "notEqual" => Self::NotEqual,
            "lessThan" => Self::LessThan,
            "greaterThan" => Self::GreaterThan,
            "lessOrEqual" => Self::LessOrEqual,
            "greaterOrEqual" => Self::GreaterOrEqual,
            "contains" => Self::Contains,
            "notContain" => Self::NotContain,
            "startsWith" => Self::StartsWith,
            "includes" => Self::Includes,
            "excludes" => Self::Excludes,
            _ => return None,
        })
    }
}

/// The type that a field has in formulas; none where they may not refer to it.
pub fn formula_type(ty: FieldType) -> Option<formula::FieldType> {
    use FieldType as T;
    use formula::FieldType as F;
    Some(match ty {
        T::Id
        | T::Text
        | T::TextArea
        | T::Email
        | T::Phone
        | T::Url
        | T::Lookup
        | T::MasterDetail
        | T::AutoNumber => F::Text,
        T::Checkbox => F::Boolean,
        T::Number => F::Number,
        T::Currency => F::Currency,
        T::Percent => F::Percent,
        T::Date => F::Date,
        T::DateTime => F::DateTime,
        T::Time => F::Time,
        T::Picklist => F::Picklist,
        T::MultiselectPicklist => F::MultiPicklist,
        T::Location => F::Location,
        T::LongTextArea | T::Html | T::EncryptedText | T::Base64 | T::Address => return None,
    })
}

/// The day that a filter names: `2026-03-08`, or `3/8/2026` as the metadata of an American org has
/// it.
pub fn filter_date(text: &str) -> Option<Date> {
    if let Ok(date) = Date::parse(text) {
        return Some(date);
    }
    let [month, day, year]: [&str; 3] = text.split('/').collect::<Vec<_>>().try_into().ok()?;
    let (month, day): (u8, u8) = (month.parse().ok()?, day.parse().ok()?);
    Date::parse(&format!("{year:0>4}-{month:02}-{day:02}")).ok()
}
