//! The standard value sets that are objects too: stages, statuses, priorities.
//!
//! Their values are read from the picklists that use them, so a row says what the picklist does.

use schema::{PicklistValue, Schema};

use super::{Cell, Wanted};

/// An attribute of a value, and the column that shows it.
type Column = (&'static str, fn(&PicklistValue) -> Cell);

/// The picklist, the object that lists its values, and the columns beyond the common ones.
const LISTED: &[(&str, &str, &str, &[Column])] = &[
    (
        "Opportunity",
        "StageName",
        "OpportunityStage",
        &[
            ("IsActive", |it| Cell::Flag(it.active)),
            ("IsClosed", |it| Cell::Flag(it.closed)),
            ("IsWon", |it| Cell::Flag(it.won)),
            ("DefaultProbability", probability),
            ("ForecastCategory", |it| Cell::text(category(it).0)),
            ("ForecastCategoryName", |it| Cell::text(category(it).1)),
        ],
    ),
    (
        "Case",
        "Status",
        "CaseStatus",
        &[("IsDefault", |it| Cell::Flag(it.default)), ("IsClosed", |it| Cell::Flag(it.closed))],
    ),
    (
        "Lead",
        "Status",
        "LeadStatus",
        &[
            ("IsDefault", |it| Cell::Flag(it.default)),
            ("IsConverted", |it| Cell::Flag(it.converted)),
        ],
    ),
    (
        "Task",
        "Status",
        "TaskStatus",
        &[("IsDefault", |it| Cell::Flag(it.default)), ("IsClosed", |it| Cell::Flag(it.closed))],
    ),
    (
        "Task",
        "Priority",
        "TaskPriority",
        &[
            ("IsDefault", |it| Cell::Flag(it.default)),
            ("IsHighPriority", |it| Cell::Flag(it.high_priority)),
        ],
    ),
];

pub(super) fn all(schema: &Schema) -> impl Iterator<Item = Wanted> {
    LISTED.iter().filter_map(|(object, field, listing, more)| {
        let picklist = schema.object(object)?.field(field)?.picklist.as_ref()?;
        let values = picklist.values.iter().enumerate();
        let rows = values.map(|(at, it)| row(at, it, more)).collect();
        let mut columns = vec!["ApiName", "MasterLabel", "SortOrder"];
        columns.extend(more.iter().map(|it| it.0));
        Some(Wanted { object: listing, columns, n_key: 1, rows })
    })
}

fn row(at: usize, value: &PicklistValue, more: &[Column]) -> Vec<Cell> {
    let order = i64::try_from(at + 1).unwrap_or(i64::MAX);
    let mut row = vec![Cell::text(&value.name), Cell::text(&value.label), Cell::Int(order)];
    row.extend(more.iter().map(|(_, of)| of(value)));
    row
}

/// As much of a hundred as it says; more or less than that is none.
fn probability(value: &PicklistValue) -> Cell {
    let whole = value.probability.and_then(|it| base::decimal::to_scaled(it, 0).ok());
    whole.filter(|it| (0..=100).contains(it)).map_or(Cell::Null, Cell::Int)
}

/// The categories and their labels.
const CATEGORIES: &[(&str, &str)] = &[
    ("Omitted", "Omitted"),
    ("Pipeline", "Pipeline"),
    ("BestCase", "Best Case"),
    ("Forecast", "Commit"),
    ("Closed", "Closed"),
];

/// A stage without a category that is known counts as open business.
fn category(value: &PicklistValue) -> (&'static str, &'static str) {
    let named = value.forecast_category.as_deref().unwrap_or_default();
    let known = CATEGORIES.iter().find(|it| it.0.eq_ignore_ascii_case(named));
    *known.unwrap_or(&("Pipeline", "Pipeline"))
}
