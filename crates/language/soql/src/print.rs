//! A tree into its canonical text, as the `Display` of each node.
//!
//! **Invariant.** What a tree that was parsed prints as parses to the same tree: parentheses
//! stand exactly where `AND` or `OR` is inside of `AND`, `OR` or `NOT`.

use std::fmt::{Display, Formatter, Result};

use crate::ast::{
    CategoryFilter, CompareOp, Condition, Direction, FieldsKind, ForKind, From, Function,
    FunctionKind, GroupBy, GroupKind, Ident, InValues, Literal, Location, Nulls, Operand,
    OrderItem, Path, Pattern, PatternPart, Query, SelectItem, TypeOf, UpdateKind, Value, With,
    WithMode,
};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "SELECT {} FROM {}", Commas(&self.select), self.from)?;
        if let Some(clause) = &self.scope {
            write!(f, " USING SCOPE {}", clause.scope.name())?;
        }
        if let Some(condition) = &self.where_ {
            write!(f, " WHERE {condition}")?;
        }
        for with in &self.with {
            write!(f, " WITH {with}")?;
        }
        if let Some(group_by) = &self.group_by {
            write!(f, " {group_by}")?;
        }
        if !self.order_by.is_empty() {
            write!(f, " ORDER BY {}", Commas(&self.order_by))?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        if self.all_rows.is_some() {
            write!(f, " ALL ROWS")?;
        }
        for clause in &self.for_ {
            write!(f, " FOR {}", clause.kind)?;
        }
        if !self.update.is_empty() {
            let kinds: Vec<UpdateKind> = self.update.iter().map(|it| it.kind).collect();
            write!(f, " UPDATE {}", Commas(&kinds))?;
        }
        Ok(())
    }
}

/// Items with commas between.
pub(crate) struct Commas<'a, T>(pub(crate) &'a [T]);

impl<T: Display> Display for Commas<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// An alias with the blank before it, or nothing.
struct Alias<'a>(&'a Option<Ident>);

impl Display for Alias<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0.as_ref().map_or(Ok(()), |it| write!(f, " {it}"))
    }
}

impl Display for Ident {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text)
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, segment) in self.segments.iter().enumerate() {
            write!(f, "{}{segment}", if at == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Path { path, alias } => write!(f, "{path}{}", Alias(alias)),
            Self::Function { function, alias } => write!(f, "{function}{}", Alias(alias)),
            Self::Subquery(query) => write!(f, "({query})"),
            Self::TypeOf(type_of) => type_of.fmt(f),
            Self::Fields { kind, .. } => f.write_str(match kind {
                FieldsKind::All => "FIELDS(ALL)",
                FieldsKind::Standard => "FIELDS(STANDARD)",
                FieldsKind::Custom => "FIELDS(CUSTOM)",
            }),
        }
    }
}

impl Display for TypeOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "TYPEOF {}", self.path)?;
        for when in &self.whens {
            write!(f, " WHEN {} THEN {}", when.object, Commas(&when.fields))?;
        }
        if !self.otherwise.is_empty() {
            write!(f, " ELSE {}", Commas(&self.otherwise))?;
        }
        write!(f, " END")
    }
}

impl Display for From {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}{}", self.object, Alias(&self.alias))?;
        for join in &self.joins {
            write!(f, ", {}{}", join.path, Alias(&join.alias))?;
        }
        Ok(())
    }
}

/// A condition inside of `AND`, `OR` or `NOT`.
struct Term<'a>(&'a Condition);

impl Display for Term<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Condition::And(_) | Condition::Or(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::And(terms) => write_terms(f, terms, " AND "),
            Self::Or(terms) => write_terms(f, terms, " OR "),
            Self::Not { inner, .. } => write!(f, "NOT {}", Term(inner)),
            Self::Compare { operand, op, value, .. } => write!(f, "{operand} {op} {value}"),
            Self::LikeAny { operand, values, .. } => {
                write!(f, "{operand} LIKE ({})", Commas(values))
            }
            Self::In { operand, negated, values, .. } => {
                write!(f, "{operand} {}IN ", if *negated { "NOT " } else { "" })?;
                match values {
                    InValues::List(values) => write!(f, "({})", Commas(values)),
                    InValues::Subquery(query) => write!(f, "({query})"),
                }
            }
            Self::Includes { operand, negated, values, .. } => {
                let word = if *negated { "EXCLUDES" } else { "INCLUDES" };
                write!(f, "{operand} {word} ({})", Commas(values))
            }
        }
    }
}

fn write_terms(f: &mut Formatter<'_>, terms: &[Condition], word: &str) -> Result {
    for (at, term) in terms.iter().enumerate() {
        write!(f, "{}{}", if at == 0 { "" } else { word }, Term(term))?;
    }
    Ok(())
}

impl Display for CompareOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Like => "LIKE",
        })
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Function(function) => function.fmt(f),
        }
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            FunctionKind::CountRows => write!(f, "COUNT()"),
            FunctionKind::Aggregate { op, path, more } => {
                write!(f, "{}({path}", op.name())?;
                more.iter().try_for_each(|it| write!(f, ", {it}"))?;
                write!(f, ")")
            }
            FunctionKind::Grouping(path) => write!(f, "GROUPING({path})"),
            FunctionKind::Date { part, path, convert_timezone: false } => {
                write!(f, "{}({path})", part.name())
            }
            FunctionKind::Date { part, path, convert_timezone: true } => {
                write!(f, "{}(convertTimezone({path}))", part.name())
            }
            FunctionKind::ToLabel(path) => write!(f, "toLabel({path})"),
            FunctionKind::ConvertCurrency(path) => write!(f, "convertCurrency({path})"),
            FunctionKind::Format(operand) => write!(f, "FORMAT({operand})"),
            FunctionKind::Distance { from, to, unit } => {
                write!(f, "DISTANCE({from}, {to}, '{}')", unit.name())
            }
        }
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Field(path) => path.fmt(f),
            Self::Point { latitude, longitude } => {
                write!(f, "GEOLOCATION({latitude}, {longitude})")
            }
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.literal.fmt(f)
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Null => write!(f, "NULL"),
            Self::Bool(true) => write!(f, "TRUE"),
            Self::Bool(false) => write!(f, "FALSE"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => {
                write!(f, "'")?;
                write_escaped(f, text)?;
                write!(f, "'")
            }
            Self::Pattern(pattern) => pattern.fmt(f),
            Self::Date(date) => date.fmt(f),
            // With `Z`: a plus sign does not survive a URL.
            Self::DateTime(instant) => f.write_str(&instant.to_rfc3339()),
            Self::Time(time) => time.fmt(f),
            Self::DateLiteral(literal) => literal.fmt(f),
            Self::Currency { iso, amount } => write!(f, "{iso}{amount}"),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "'")?;
        for part in &self.parts {
            match part {
                PatternPart::AnyRun => write!(f, "%")?,
                PatternPart::AnyOne => write!(f, "_")?,
                PatternPart::Text(text) => {
                    for run in text.split_inclusive(['%', '_']) {
                        let wild = run.ends_with(['%', '_']);
                        let (plain, last) = run.split_at(run.len() - usize::from(wild));
                        write_escaped(f, plain)?;
                        write!(f, "{}{last}", if wild { "\\" } else { "" })?;
                    }
                }
            }
        }
        write!(f, "'")
    }
}

fn write_escaped(f: &mut Formatter<'_>, text: &str) -> Result {
    for character in text.chars() {
        match character {
            '\'' | '\\' => write!(f, "\\{character}")?,
            '\n' => write!(f, "\\n")?,
            '\r' => write!(f, "\\r")?,
            '\t' => write!(f, "\\t")?,
            '\u{8}' => write!(f, "\\b")?,
            '\u{c}' => write!(f, "\\f")?,
            it if it.is_control() => write!(f, "\\u{:04x}", u32::from(it))?,
            it => write!(f, "{it}")?,
        }
    }
    Ok(())
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::DataCategory(filters) => write_categories(f, filters),
            Self::Mode { mode, .. } => f.write_str(match mode {
                WithMode::SecurityEnforced => "SECURITY_ENFORCED",
                WithMode::User => "USER_MODE",
                WithMode::System => "SYSTEM_MODE",
            }),
            Self::Context { name, settings } => {
                write!(f, "{name} (")?;
                for (at, (name, value)) in settings.iter().enumerate() {
                    write!(f, "{}{name} = {value}", if at == 0 { "" } else { ", " })?;
                }
                write!(f, ")")
            }
            Self::Filter(condition) if begins_like_mode(condition) => write!(f, "({condition})"),
            Self::Filter(condition) => condition.fmt(f),
        }
    }
}

/// Whether the first word of a condition would be read as a mode.
fn begins_like_mode(condition: &Condition) -> bool {
    let operand = match condition {
        Condition::And(terms) | Condition::Or(terms) => match terms.first() {
            Some(Condition::And(_) | Condition::Or(_)) | None => return false,
            Some(first) => return begins_like_mode(first),
        },
        Condition::Not { .. } => return false,
        Condition::Compare { operand, .. }
        | Condition::LikeAny { operand, .. }
        | Condition::In { operand, .. }
        | Condition::Includes { operand, .. } => operand,
    };
    let Operand::Path(path) = operand else { return false };
    let modes = ["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"];
    let first = path.segments.first();
    first.is_some_and(|it| modes.iter().any(|mode| mode.eq_ignore_ascii_case(&it.text)))
}

pub(crate) fn write_categories(f: &mut Formatter<'_>, filters: &[CategoryFilter]) -> Result {
    for (at, filter) in filters.iter().enumerate() {
        write!(f, "{} {filter}", if at == 0 { "DATA CATEGORY" } else { " AND" })?;
    }
    Ok(())
}

impl Display for CategoryFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} ", self.group, self.selector.name())?;
        match self.categories.as_slice() {
            [category] => category.fmt(f),
            categories => write!(f, "({})", Commas(categories)),
        }
    }
}

impl Display for GroupBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let items = Commas(&self.items);
        match self.kind {
            GroupKind::Plain => write!(f, "GROUP BY {items}")?,
            GroupKind::Rollup => write!(f, "GROUP BY ROLLUP({items})")?,
            GroupKind::Cube => write!(f, "GROUP BY CUBE({items})")?,
        }
        self.having.as_ref().map_or(Ok(()), |it| write!(f, " HAVING {it}"))
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.operand.fmt(f)?;
        if self.direction == Direction::Descending {
            write!(f, " DESC")?;
        }
        match self.nulls {
            None => Ok(()),
            Some(Nulls::First) => write!(f, " NULLS FIRST"),
            Some(Nulls::Last) => write!(f, " NULLS LAST"),
        }
    }
}

impl Display for ForKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::View => "VIEW",
            Self::Reference => "REFERENCE",
            Self::Update => "UPDATE",
        })
    }
}

impl Display for UpdateKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Tracking => "TRACKING",
            Self::ViewStat => "VIEWSTAT",
        })
    }
}
