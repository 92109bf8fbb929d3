//! What a function makes of one row: a part of a date, a label, a distance.
//!
//! In WHERE and ORDER BY it is a value to compare; what the select list shows of it is
//! `select_list`'s. Functions of groups are `group`'s.

use base::Span;
use schema::{Field, FieldType, Object};
use soql::{DatePart, Function, FunctionKind, Location};
use sql::{ArithOp, Expr, Value};

use crate::date_part::Moment;
use crate::distance::{self, Place};
use crate::error::{Error, ErrorKind};
use crate::path::{Computed, Leaf, Measure, Resolved, Tables};
use crate::period::{Clocks, Period};
use crate::zone;

/// The number of the bound value of a datetime by the user's clocks.
const LOCAL: u32 = 1;

/// The coordinates of a location: latitude, longitude.
pub(crate) struct Coordinates {
    pub columns: [Expr; 2],
    pub scales: [u32; 2],
}

impl<'s> Tables<'s> {
    /// The value of a function in a condition or an order.
    pub(crate) fn function(&mut self, function: &Function) -> Result<Leaf<'s>, Error> {
        let refused = |what| Err(Error::at(function.span, ErrorKind::NotInContext(what)));
        match &function.kind {
            FunctionKind::Date { part, path, convert_timezone } => {
                let resolved = self.resolve(path)?;
                self.date_part(&resolved, (*part, *convert_timezone), path.span)
            }
            FunctionKind::ToLabel(path) => {
                let resolved = self.resolve(path)?;
                label(&resolved, path.span)
            }
            FunctionKind::Distance { from, to, unit } => {
                let (from, to) = (self.place(from)?, self.location(to)?);
                let sum =
                    |it: &Place| it.latitude.clone().arith(ArithOp::Add, it.longitude.clone());
                let haversine = distance::haversine(&from, &to);
                Ok(Leaf::Computed(Box::new(Computed {
                    name: function.to_string(),
                    ty: FieldType::Number,
                    scale: 0,
                    field: None,
                    expr: haversine.clone(),
                    null_of: sum(&from).arith(ArithOp::Add, sum(&to)),
                    compared: haversine,
                    measure: Measure::Distance(*unit),
                })))
            }
            FunctionKind::CountRows
            | FunctionKind::Aggregate { .. }
            | FunctionKind::Grouping(_) => refused("Aggregate expressions"),
            FunctionKind::ConvertCurrency(_) => refused("convertCurrency"),
            FunctionKind::Format(_) => refused("FORMAT"),
        }
    }

    /// `CALENDAR_YEAR(path)`, in UTC or in the user's zone.
    pub(crate) fn date_part(
        &self,
        resolved: &Resolved<'s>,
        (part, convert): (DatePart, bool),
        span: Span,
    ) -> Result<Leaf<'s>, Error> {
        let leaf = &resolved.leaf;
        let timed = convert || matches!(part, DatePart::DayOnly | DatePart::HourInDay);
        let (moment, clocks) = match leaf.ty() {
            FieldType::Date if !timed => (Moment::Date(leaf.expr()), Clocks::Calendar),
            FieldType::DateTime if convert => (Moment::DateTime(Expr::Bound(LOCAL)), Clocks::Users),
            FieldType::DateTime => (Moment::DateTime(leaf.expr()), Clocks::Utc),
            _ => {
                let function = if convert { "convertTimezone" } else { part.name() };
                return Err(unsuited(function, leaf, span));
            }
        };
        let mut value = moment.part(part, self.context.calendar);
        if convert {
            // The clocks of a zone are a long expression, of which a part would have many copies.
            let local = zone::local(self.context.zone, &leaf.expr());
            value = Expr::Let(LOCAL, Box::new(local), Box::new(value));
        }
        let is_day = part == DatePart::DayOnly;
        Ok(Leaf::Computed(Box::new(Computed {
            name: part.name().to_owned(),
            ty: if is_day { FieldType::Date } else { FieldType::Number },
            scale: 0,
            field: None,
            expr: value.clone(),
            null_of: leaf.null_of(),
            compared: value,
            measure: Period::new(part, leaf.expr(), clocks).map_or(Measure::Plain, Measure::Period),
        })))
    }

    /// The columns of a location field.
    pub(crate) fn coordinates(&mut self, path: &soql::Path) -> Result<Coordinates, Error> {
        let resolved = self.resolve(path)?;
        let Leaf::Field { alias, object, field } = &resolved.leaf else {
            return Err(unsuited("DISTANCE", &resolved.leaf, path.span));
        };
        let parts = component(object, field, "latitude").zip(component(object, field, "longitude"));
        let (latitude, longitude) =
            parts.ok_or_else(|| unsuited("DISTANCE", &resolved.leaf, path.span))?;
        let column = |it: &Field| Expr::Column(*alias, it.column().to_owned());
        Ok(Coordinates {
            columns: [column(latitude), column(longitude)],
            scales: [latitude.scale, longitude.scale],
        })
    }

    fn place(&mut self, path: &soql::Path) -> Result<Place, Error> {
        let Coordinates { columns: [latitude, longitude], scales } = self.coordinates(path)?;
        Ok(Place {
            latitude: distance::degrees(latitude, scales[0]),
            longitude: distance::degrees(longitude, scales[1]),
        })
    }

    fn location(&mut self, location: &Location) -> Result<Place, Error> {
        match location {
            Location::Field(path) => self.place(path),
            Location::Point { latitude, longitude } => Ok(Place {
                latitude: distance::real(f64::try_from(*latitude).unwrap_or(0.0)),
                longitude: distance::real(f64::try_from(*longitude).unwrap_or(0.0)),
            }),
        }
    }
}

pub(crate) fn component<'s>(object: &'s Object, field: &Field, key: &str) -> Option<&'s Field> {
    let found = field.components.iter().find(|(it, _)| *it == key);
    found.map(|(_, id)| object.get(*id)).filter(|it| it.column.is_some())
}

/// A function of a field that it does not take.
pub(crate) fn unsuited(function: &str, leaf: &Leaf<'_>, span: Span) -> Error {
    let (function, field) = (function.to_owned(), leaf.name().to_owned());
    Error::at(span, ErrorKind::FunctionField { function, field })
}

/// The labels of a picklist's values, by their folded names.
pub(crate) fn labels(leaf: &Leaf<'_>) -> Option<Vec<(String, String)>> {
    let picklist = leaf.field()?.picklist.as_ref()?;
    let label = |it: &schema::PicklistValue| (base::fold(&it.name).into_owned(), it.label.clone());
    Some(picklist.values.iter().map(label).collect())
}

/// Whether `toLabel` takes the leaf: picklists have labels, and names of record types are some.
pub(crate) fn has_label(leaf: &Leaf<'_>) -> bool {
    let of_record_type = matches!(leaf, Leaf::Field { object, field, .. }
        if object.name == "RecordType" && field.name == "Name");
    of_record_type || labels(leaf).is_some()
}

/// `toLabel(path)` as text that is compared.
fn label<'s>(resolved: &Resolved<'s>, span: Span) -> Result<Leaf<'s>, Error> {
    let leaf = &resolved.leaf;
    if !has_label(leaf) || leaf.ty() == FieldType::MultiselectPicklist {
        return Err(unsuited("toLabel", leaf, span));
    }
    let folded = leaf.compared();
    let whens = labels(leaf).unwrap_or_default();
    let whens: Vec<(Value, Expr)> = whens
        .into_iter()
        .map(|(name, label)| (name, base::fold(&label).into_owned()))
        .filter(|(name, label)| name != label)
        .map(|(name, label)| (Value::Text(name), Expr::text(label)))
        .collect();
    let compared = match whens.is_empty() {
        true => folded,
        false => Expr::Switch(Box::new(folded.clone()), whens, Box::new(folded)),
    };
    Ok(Leaf::Computed(Box::new(Computed {
        name: leaf.name().to_owned(),
        ty: FieldType::Text,
        scale: 0,
        field: None,
        expr: leaf.expr(),
        null_of: leaf.null_of(),
        compared,
        measure: Measure::Plain,
    })))
}
