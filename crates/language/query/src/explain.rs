//! How the engine goes about a query, from its own plan (wire reference, section 3.4).
//!
//! In: the lines of an engine's plan, and how many rows there are. Out: a [`Plan`]. Engines word
//! their plans differently; what is read out of them is one thing only: by which index the rows of
//! the query's object are found, if by any.

use schema::{Field, FieldType, Fold, Object};
use soql::{Condition, Operand, Query};

use crate::Compiled;

#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub leading: Leading,
    /// The fields by which the index finds rows, in the order of the object; empty for a scan.
    pub fields: Vec<String>,
    /// How many rows the query finds, and how many the object has.
    pub cardinality: u64,
    pub object_cardinality: u64,
    /// The rows that are visited, against as many as an index is worth visiting: above 1, the
    /// filters do not select.
    pub relative_cost: f64,
    pub object: String,
    pub notes: Vec<Note>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leading {
    Index,
    TableScan,
}

impl Leading {
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "Index",
            Self::TableScan => "TableScan",
        }
    }
}

/// Why a filter was not considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub description: &'static str,
    pub field: String,
    pub object: String,
}

const UNINDEXED: &str = "Not considering filter for optimization because unindexed";

/// Reads the engine's plan of the compiled form of `query`, which finds `found` of `rows` rows.
pub fn plan(
    (query, compiled): (&Query, &Compiled),
    object: &Object,
    steps: &[String],
    (found, rows): (u64, u64),
) -> Plan {
    let fields = searched(compiled, object, steps);
    let leading = if fields.is_empty() { Leading::TableScan } else { Leading::Index };
    let visited = if leading == Leading::Index { found } else { rows };
    Plan {
        leading,
        fields: fields.into_iter().map(|it| it.name.clone()).collect(),
        cardinality: found,
        object_cardinality: rows,
        relative_cost: visited as f64 / selective(rows),
        object: object.name.clone(),
        notes: notes(query, object),
    }
}

/// How many rows an index is worth visiting: three tenths of the first million, then half as many,
/// a million at most, as the platform documents for its own indexes.
fn selective(rows: u64) -> f64 {
    let (first, rest) = (rows.min(1_000_000) as f64, rows.saturating_sub(1_000_000) as f64);
    (first * 0.3 + rest * 0.15).clamp(1.0, 1_000_000.0)
}

/// The fields by which the object's own table is searched.
fn searched<'s>(compiled: &Compiled, object: &'s Object, steps: &[String]) -> Vec<&'s Field> {
    let alias = format!("t{}", compiled.root.0);
    let names = |step: &str| {
        let mut words = step.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        words.any(|it| it == alias)
    };
    let Some(at) = steps.iter().position(|step| names(step)) else { return Vec::new() };
    let mut conditions: Vec<&str> = Vec::new();
    if let Some((_, condition)) = steps[at].split_once("SEARCH ") {
        // SQLite: `SEARCH t0 USING INDEX account__name (name__fold=?)`.
        conditions.extend(condition.split_once('(').map(|(_, it)| it));
    }
    // PostgreSQL: a line of its own below the scan, up to the next scan of a table.
    let below =
        steps[at + 1..].iter().take_while(|it| !it.contains(" on ") || it.contains("Bitmap"));
    conditions.extend(below.filter_map(|it| it.split_once("Index Cond:")).map(|(_, it)| it));
    let named = |field: &&Field| {
        let columns = [field.column.as_deref(), field.fold.as_ref().map(Fold::column)];
        conditions.iter().any(|condition| {
            let mut words = condition.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
            words.any(|word| {
                let is_key = field.ty == FieldType::Id && word == "rowid";
                is_key || columns.contains(&Some(word))
            })
        })
    };
    object.fields.iter().filter(named).collect()
}

/// The filters of the query's own fields that no index serves.
fn notes(query: &Query, object: &Object) -> Vec<Note> {
    let mut names: Vec<&str> = vec!["IsDeleted"];
    if let Some(condition) = &query.where_ {
        filtered(condition, &mut names);
    }
    let mut notes: Vec<Note> = Vec::new();
    for field in names.into_iter().filter_map(|it| object.field(it)) {
        let (field_name, object) = (field.name.clone(), object.name.clone());
        if !is_indexed(field) && notes.iter().all(|it| it.field != field_name) {
            notes.push(Note { description: UNINDEXED, field: field_name, object });
        }
    }
    notes
}

fn filtered<'q>(condition: &'q Condition, names: &mut Vec<&'q str>) {
    let operand = match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            parts.iter().for_each(|it| filtered(it, names));
            return;
        }
        Condition::Not { inner, .. } => return filtered(inner, names),
        Condition::Compare { operand, .. }
        | Condition::LikeAny { operand, .. }
        | Condition::In { operand, .. }
        | Condition::Includes { operand, .. } => operand,
    };
    if let Operand::Path(path) = operand
        && let [name] = path.segments.as_slice()
    {
        names.push(&name.text);
    }
}

fn is_indexed(field: &Field) -> bool {
    field.ty == FieldType::Id
        || field.unique
        || field.indexed
        || field.external_id
        || matches!(field.fold, Some(Fold::Full(_)))
        || (field.ty.is_reference() && !field.system)
}
