//! Reading records for pages: SOQL, compiled with the person's rights like everybody's.
//!
//! Names come from the schema and values are quoted here, so a page never assembles a query out
//! of what somebody typed.

use base::RecordId;
use query::Record;
use records::Ctx;
use schema::{Derivation, Field, FieldType, Object};

use crate::failure::Failure;

/// A query of one object.
#[derive(Clone)]
pub(crate) struct Query<'a> {
    pub object: &'a Object,
    pub fields: Vec<&'a Field>,
    /// All of them hold.
    pub conditions: Vec<String>,
    /// Only the records that the person owns.
    pub mine: bool,
    pub order: Option<String>,
    pub skip: u64,
    pub rows_max: u64,
}

/// What a page reads at most where nothing else bounds it.
const ROWS_MAX: u64 = 1_000;

impl<'a> Query<'a> {
    /// A query of all records, with the `fields` that the caller has checked may be read.
    pub(crate) fn of(object: &'a Object, fields: Vec<&'a Field>) -> Self {
        let conditions = Vec::new();
        Self { object, fields, conditions, mine: false, order: None, skip: 0, rows_max: ROWS_MAX }
    }

    pub(crate) fn with(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    pub(crate) fn order_by(mut self, order: String) -> Self {
        self.order = Some(order);
        self
    }

    pub(crate) fn page(mut self, skip: u64, rows_max: u64) -> Self {
        self.skip = skip;
        self.rows_max = rows_max;
        self
    }

    pub(crate) fn rows(&self, ctx: &Ctx) -> Result<Vec<Record>, Failure> {
        let mut text = format!("SELECT {}", self.columns(ctx));
        self.push_rest(&mut text);
        if let Some(order) = &self.order {
            text.push_str(" ORDER BY ");
            text.push_str(order);
        }
        Ok(records::stretch(ctx, &text, self.skip, self.rows_max)?)
    }

    pub(crate) fn count(&self, ctx: &Ctx) -> Result<u64, Failure> {
        let mut text = String::from("SELECT COUNT()");
        self.push_rest(&mut text);
        Ok(records::count(ctx, &text)?)
    }

    /// The select list: `Id`, and each field once; of compounds their parts.
    fn columns(&self, ctx: &Ctx) -> String {
        let mut names = vec!["Id"];
        let readable = |it: &Field| ctx.access.can_read_field(self.object, it);
        for field in &self.fields {
            let parts = field.components.iter().map(|(_, id)| self.object.get(*id));
            let parts: Vec<&Field> =
                if field.ty.is_compound() { parts.collect() } else { vec![field] };
            for part in parts.into_iter().filter(|it| readable(it)) {
                if !names.iter().any(|it| it.eq_ignore_ascii_case(&part.name)) {
                    names.push(&part.name);
                }
            }
        }
        names.join(", ")
    }

    fn push_rest(&self, text: &mut String) {
        text.push_str(" FROM ");
        text.push_str(&self.object.name);
        if self.mine {
            text.push_str(" USING SCOPE mine");
        }
        for (n, condition) in self.conditions.iter().enumerate() {
            text.push_str(if n == 0 { " WHERE " } else { " AND " });
            text.push_str(condition);
        }
    }
}

/// One record by its id, with these fields.
pub(crate) fn record(
    ctx: &Ctx,
    object: &Object,
    id: RecordId,
    fields: Vec<&Field>,
) -> Result<Record, Failure> {
    let found = Query::of(object, fields).with(format!("Id = '{id}'")).page(0, 1).rows(ctx)?;
    found.into_iter().next().ok_or(Failure::Missing)
}

/// Texts of one record of a shipped object, or of its only one; empty where there is none.
pub(crate) fn texts<const N: usize>(
    ctx: &Ctx,
    object: &str,
    names: &[&str; N],
    id: Option<RecordId>,
) -> Result<[String; N], Failure> {
    let none = || names.map(|_| String::new());
    let Some(object) = ctx.schema.object(object) else { return Ok(none()) };
    let fields = names.iter().filter_map(|it| object.field(it)).collect();
    let mut query = Query::of(object, fields).page(0, 1);
    query.conditions.extend(id.map(|it| format!("Id = '{it}'")));
    let found = query.rows(ctx)?;
    let Some(record) = found.first() else { return Ok(none()) };
    Ok(names.map(|name| record.value(name).as_text().unwrap_or_default().to_owned()))
}

/// A text as a literal.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", escape(text))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            it if it.is_control() => {}
            it => out.push(it),
        }
    }
    out
}

/// A text as a part of a LIKE pattern, in which `%` and `_` stand for themselves.
pub(crate) fn like(text: &str) -> String {
    escape(text).replace('%', "\\%").replace('_', "\\_")
}

/// The condition that a word of what records of `object` are called begins with `text`: of the
/// name, and of what else people call them by. None where nothing can be compared.
///
/// Only the first part of each is a range of an index; the words behind it are looked through.
pub(crate) fn word_begins(ctx: &Ctx, object: &Object, text: &str) -> Option<String> {
    let pattern = like(text);
    let mut parts = Vec::new();
    for field in called_by(ctx, object) {
        parts.push(format!("{} LIKE '{pattern}%'", field.name));
        if field.ty != FieldType::AutoNumber {
            parts.push(format!("{} LIKE '% {pattern}%'", field.name));
        }
    }
    (!parts.is_empty()).then(|| format!("({})", parts.join(" OR ")))
}

/// What people call a record by: its name; of a person the last name by itself, since sorting
/// and indexes begin with the first; of what only has a number its subject.
pub(crate) fn called_by<'a>(ctx: &Ctx, object: &'a Object) -> Vec<&'a Field> {
    let name = object.name_field();
    let last_name = name
        .filter(|it| it.derived == Some(Derivation::PersonName))
        .and_then(|_| object.field("LastName"));
    let fields = name.into_iter().chain(last_name).chain(subject(ctx, object));
    fields.filter(|it| it.is_filterable() && ctx.access.can_read_field(object, it)).collect()
}

/// What a record that only has a number is about.
pub(crate) fn subject<'a>(ctx: &Ctx, object: &'a Object) -> Option<&'a Field> {
    object.name_field().filter(|it| it.ty == FieldType::AutoNumber)?;
    let subject = object.field("Subject")?;
    (subject.ty.is_text() && ctx.access.can_read_field(object, subject)).then_some(subject)
}

pub(crate) fn id_list(ids: &[RecordId]) -> String {
    let quoted: Vec<String> = ids.iter().map(|it| format!("'{it}'")).collect();
    quoted.join(", ")
}

/// The condition that a field holds this record.
pub(crate) fn points_to(field: &Field, id: RecordId) -> String {
    format!("{} = '{id}'", field.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_one_literal() {
        for text in ["it's", "a\\", "\\' OR Name != '", "100%_", "line\nbreak"] {
            let query = format!("SELECT Id FROM Account WHERE Name = {}", quote(text));
            let parsed = soql::parse(&query).unwrap();
            let Some(soql::Condition::Compare { value, .. }) = parsed.where_ else {
                panic!("{query}")
            };
            assert_eq!(value.literal, soql::Literal::Text(text.to_owned()));
            let query = format!("SELECT Id FROM Account WHERE Name LIKE '{}%'", like(text));
            let parsed = soql::parse(&query).unwrap();
            let Some(soql::Condition::Compare { value, .. }) = parsed.where_ else {
                panic!("{query}")
            };
            let soql::Literal::Pattern(pattern) = value.literal else { panic!("{query}") };
            let parts = [soql::PatternPart::Text(text.to_owned()), soql::PatternPart::AnyRun];
            assert_eq!(pattern.parts, parts);
        }
    }
}
