//! Which function is lowered how.

use sql::{Expr as E, Scalar};

use super::number::Num;
use super::text::{filled, length, text_of, truth};
use super::tree::{
    add, and, at_most, call, case, check_depth, coalesce, div, int_null, less, lit, mul, or, real,
    sub,
};
use super::{Lowering, NotInSql, Part, Typed, condition};
use crate::Number;
use crate::calendar::DAY_MS;
use crate::expr::{Expr, ExprKind};
use crate::number::Rounding;

/// Functions whose value no row and no environment decides alone.
const OF_THE_RECORD: &[&str] =
    &["ISNEW", "ISCLONE", "CURRENCYRATE", "CONVERTCURRENCY", "GETSESSIONID", "VLOOKUP"];

/// Whether an expression has the same value for every record.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) => false,
        _ => holds_no_field(expr),
    }
}

fn holds_no_field(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) => true,
        ExprKind::Field(_) | ExprKind::Prior(_) | ExprKind::Changed(_) | ExprKind::Lookup(..) => {
            false
        }
        ExprKind::Negate(it) | ExprKind::Not(it) | ExprKind::IsBlank(it) => holds_no_field(it),
        ExprKind::Matches(it, _) => holds_no_field(it),
        ExprKind::Chain(first, steps) => {
            holds_no_field(first) && steps.iter().all(|it| holds_no_field(&it.operand))
        }
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().all(holds_no_field),
        ExprKind::If(branches, otherwise) | ExprKind::Case(_, branches, otherwise) => {
            let subject = match &expr.kind {
                ExprKind::Case(subject, ..) => holds_no_field(subject),
                _ => true,
            };
            subject
                && holds_no_field(otherwise)
                && branches.iter().all(|(a, b)| holds_no_field(a) && holds_no_field(b))
        }
        ExprKind::In(subject, values) => {
            holds_no_field(subject) && values.iter().all(holds_no_field)
        }
        ExprKind::IfError(a, b) | ExprKind::Substitute(a, b) => {
            holds_no_field(a) && holds_no_field(b)
        }
        ExprKind::Call(function, args) => {
            !OF_THE_RECORD.contains(&function.name) && args.iter().all(holds_no_field)
        }
    }
}

/// Arguments of a call, lowered.
struct Args {
    values: std::vec::IntoIter<Typed>,
}

impl Args {
    fn next(&mut self) -> Typed {
        self.values.next().unwrap_or(Typed::Null)
    }

    fn text(&mut self) -> E {
        text_of(self.next())
    }

    fn number(&mut self, lowering: &Lowering<'_>) -> Num {
        match self.next() {
            Typed::Number(it) => it,
            _ => lowering.null_number(),
        }
    }

    fn more_text(&mut self) -> Option<E> {
        self.values.next().map(text_of)
    }
}

impl Lowering<'_> {
    pub(super) fn call(&mut self, name: &'static str, args: &[Expr]) -> Result<Part, NotInSql> {
        let mut values = Vec::with_capacity(args.len());
        let mut faults = None;
        for (n, arg) in args.iter().enumerate() {
            check_depth(n, faults.iter())?;
            let part = self.part(arg)?;
            faults = or([faults, part.fault]);
            values.push(part.value);
        }
        let args = Args { values: values.into_iter() };
        let made = match self.number_function(name, args)? {
            Made::Part(part) => part,
            Made::Other(args) => match self.text_function(name, args)? {
                Made::Part(part) => part,
                Made::Other(args) => self.time_function(name, args)?,
            },
        };
        Ok(Part { value: made.value, fault: or([faults, made.fault]) })
    }

    fn number_function(&mut self, name: &'static str, mut args: Args) -> Result<Made, NotInSql> {
        let number = |it: Num| Ok(Made::Part(Typed::Number(it).into()));
        match name {
            "ABS" => {
                let it = args.number(self);
                number(self.absolute(it)?)
            }
            "FLOOR" | "CEILING" | "MFLOOR" | "MCEILING" => {
                let rounding = match name {
                    "FLOOR" => Rounding::Down,
                    "CEILING" => Rounding::Up,
                    "MFLOOR" => Rounding::Floor,
                    _ => Rounding::Ceiling,
                };
                let it = args.number(self);
                number(self.whole_value(it, rounding)?)
            }
            "ROUND" | "TRUNC" => {
                let rounding = if name == "ROUND" { Rounding::HalfUp } else { Rounding::Down };
                let it = args.number(self);
                let places = match args.values.next() {
                    None => Some(self.literal(Number::ZERO)),
                    Some(Typed::Number(places)) => Some(places),
                    Some(_) => None,
                };
                let Some(places) = places else { return number(self.null_number()) };
                match literal_places(&places) {
                    Some(places) => number(self.rounded(it, places, rounding)?),
                    None => number(self.rounded_by(it, places, rounding)?),
                }
            }
            "MOD" => {
                let (a, b) = (args.number(self), args.number(self));
                Ok(Made::Part(self.modulo(a, b)?))
            }
            "MAX" | "MIN" => {
                let numbers: Vec<Num> = args
                    .values
                    .map(|it| match it {
                        Typed::Number(it) => it,
                        _ => self.null_number(),
                    })
                    .collect();
                number(self.extreme(numbers, name == "MAX")?)
            }
            "SQRT" | "EXP" | "LN" | "LOG" | "SIN" | "COS" | "TAN" | "ASIN" | "ACOS" | "ATAN" => {
                let it = args.number(self);
                Ok(Made::Part(self.real_function(name, it)?))
            }
            "ATAN2" => {
                let (y, x) = (args.number(self), args.number(self));
                let (y, x) = (self.as_real(y)?, self.as_real(x)?);
                number(self.computed_real(call(Scalar::Atan2, [y, x]), false))
            }
            "GEOLOCATION" => {
                let (latitude, longitude) = (args.number(self), args.number(self));
                Ok(Made::Part(self.location(latitude, longitude)?))
            }
            "DISTANCE" => {
                let (a, b, unit) = (args.next(), args.next(), args.next());
                Ok(Made::Part(self.distance(a, b, unit)?))
            }
            _ => Ok(Made::Other(args)),
        }
    }

    /// A function of reals, null and a fault outside of its domain.
    fn real_function(&mut self, name: &'static str, it: Num) -> Result<Part, NotInSql> {
        let value = self.as_real(it)?;
        let again = self.copy(&value)?;
        let outside = |it: &E| match name {
            "SQRT" => Some(less(it.clone(), real(0.0))),
            "LN" | "LOG" => Some(at_most(it.clone(), real(0.0))),
            "EXP" => Some(less(real(709.782_712_893_384), it.clone())),
            "ASIN" | "ACOS" => {
                Some(E::Or(vec![less(real(1.0), it.clone()), less(it.clone(), real(-1.0))]))
            }
            _ => None,
        };
        let apply = |it: E| match name {
            "SQRT" => call(Scalar::Sqrt, [it]),
            "LN" => call(Scalar::Ln, [it]),
            "LOG" => div(call(Scalar::Ln, [it]), real(std::f64::consts::LN_10)),
            // An engine may take underflow for an error.
            "EXP" => case([(less(it.clone(), real(-700.0)), real(0.0))], call(Scalar::Exp, [it])),
            "SIN" => call(Scalar::Sin, [it]),
            "COS" => call(Scalar::Cos, [it]),
            "TAN" => call(Scalar::Tan, [it]),
            "ASIN" => call(Scalar::Asin, [it]),
            "ACOS" => call(Scalar::Acos, [it]),
            _ => call(Scalar::Atan, [it]),
        };
        let null = E::AsReal(Box::new(E::Value(sql::Value::Null)));
        let expr = self.bind(value, |_, it| {
            Ok(match outside(&it) {
                Some(outside) => case([(outside, null)], apply(it)),
                None => apply(it),
            })
        })?;
        let fault = match outside(&again) {
            Some(_) => Some(self.bind(again, |_, it| Ok(outside(&it).unwrap_or(E::False)))?),
            None => None,
        };
        Ok(Part { value: Typed::Number(self.computed_real(expr, false)), fault })
    }

    fn location(&mut self, latitude: Num, longitude: Num) -> Result<Part, NotInSql> {
        let ends = [(latitude.clone(), 90), (longitude.clone(), 180)];
        let mut outside = Vec::new();
        for (number, end) in ends {
            let number = Num { expr: self.copy(&number.expr)?, kind: number.kind };
            let end = self.literal(Number::from(end));
            let size = self.absolute(number)?;
            let (size, end) = self.aligned(size, end)?;
            outside.push(less(end.expr, size.expr));
        }
        for (a, b) in [(&latitude, &longitude), (&longitude, &latitude)] {
            let (a, b) = (self.copy(&a.expr)?, self.copy(&b.expr)?);
            outside.push(and([a.is_null(), E::IsNotNull(Box::new(b))]));
        }
        let value = Typed::Location(Box::new((latitude, longitude)));
        Ok(Part { value, fault: Some(E::Or(outside)) })
    }

    fn distance(&mut self, a: Typed, b: Typed, unit: Typed) -> Result<Part, NotInSql> {
        let (Typed::Location(a), Typed::Location(b)) = (a, b) else {
            return Ok(Typed::Number(self.null_number()).into());
        };
        let Typed::Text(E::Value(sql::Value::Text(unit))) = unit else {
            return Err(NotInSql::Function("DISTANCE"));
        };
        let diameter = crate::functions::geo::unit(&unit).ok_or(NotInSql::Function("DISTANCE"))?;
        let (from, to) = (self.on_sphere(*a)?, self.on_sphere(*b)?);
        let mut squares = real(0.0);
        for (a, b) in from.into_iter().zip(to) {
            let square = self.bind(sub(a, b), |_, it| Ok(mul(it.clone(), it)))?;
            squares = add(squares, square);
        }
        let half = div(call(Scalar::Sqrt, [squares]), real(2.0));
        let angle = self.bind(half, |_, it| {
            let capped = case([(less(real(1.0), it.clone()), real(1.0))], it);
            Ok(call(Scalar::Asin, [capped]))
        })?;
        let value = self.computed_real(mul(angle, real(diameter)), false);
        Ok(Typed::Number(value).into())
    }

    fn on_sphere(&mut self, (latitude, longitude): (Num, Num)) -> Result<[E; 3], NotInSql> {
        let radians = real(std::f64::consts::PI / 180.0);
        let latitude = mul(self.as_real(latitude)?, radians.clone());
        let longitude = mul(self.as_real(longitude)?, radians);
        let again = (self.copy(&latitude)?, self.copy(&longitude)?);
        let radius = call(Scalar::Cos, [self.copy(&latitude)?]);
        let second = call(Scalar::Cos, [again.0]);
        Ok([
            mul(call(Scalar::Sin, [longitude]), radius),
            mul(call(Scalar::Cos, [again.1]), second),
            call(Scalar::Sin, [latitude]),
        ])
    }

    fn text_function(&mut self, name: &'static str, mut args: Args) -> Result<Made, NotInSql> {
        let text = |it: E| Ok(Made::Part(Typed::Text(it).into()));
        let boolean = |it: E| Ok(Made::Part(Typed::Boolean(it).into()));
        match name {
            "BEGINS" | "ENDS" | "CONTAINS" => {
                let (a, b) = (args.text(), args.text());
                boolean(self.found(name, a, b)?)
            }
            "FIND" => {
                let (part, within) = (args.text(), args.text());
                let start = match args.values.next() {
                    None => None,
                    Some(Typed::Number(it)) => Some(it),
                    Some(_) => Some(self.null_number()),
                };
                let at = self.find(part, within, start)?;
                Ok(Made::Part(Typed::Number(self.small(at)).into()))
            }
            "LEFT" | "RIGHT" => {
                let (it, count) = (args.text(), args.number(self));
                text(if name == "LEFT" { self.left(it, count)? } else { self.right(it, count)? })
            }
            "MID" => {
                let (it, start, count) = (args.text(), args.number(self), args.number(self));
                text(self.middle(it, start, count)?)
            }
            "SUBSTR" => {
                let (it, start) = (args.text(), args.number(self));
                let count = match args.values.next() {
                    None => None,
                    Some(Typed::Number(it)) => Some(it),
                    Some(_) => Some(self.null_number()),
                };
                text(self.substring(it, start, count)?)
            }
            "LEN" => {
                let count = coalesce(length(args.text()), lit(0));
                Ok(Made::Part(Typed::Number(self.small(count)).into()))
            }
            "UPPER" | "LOWER" => {
                let it = args.text();
                text(self.cased(it, name == "UPPER")?)
            }
            "TRIM" => {
                let blanks: String = ('\u{1}'..='\u{20}').collect();
                text(filled(call(Scalar::Trim, [args.text(), E::text(blanks)])))
            }
            "REVERSE" => text(call(Scalar::Reverse, [args.text()])),
            "LPAD" | "RPAD" => {
                let (it, count, fill) = (args.text(), args.number(self), args.more_text());
                Ok(Made::Part(self.padded(it, count, fill, name == "LPAD")?))
            }
            "SUBSTITUTE" => {
                let (it, old, new) = (args.text(), args.text(), args.text());
                let new = coalesce(new, E::text(""));
                text(filled(call(Scalar::Replace, [it, old, new])))
            }
            _ => self.more_text_function(name, args),
        }
    }

    fn more_text_function(&mut self, name: &'static str, mut args: Args) -> Result<Made, NotInSql> {
        let text = |it: E| Ok(Made::Part(Typed::Text(it).into()));
        let boolean = |it: E| Ok(Made::Part(Typed::Boolean(it).into()));
        match name {
            "TEXT" => text(match args.next() {
                Typed::Number(it) => return Ok(Made::Part(self.number_text(it)?)),
                Typed::Text(it) => it,
                Typed::Date(it) => call(Scalar::DayText, [it]),
                Typed::DateTime(it) => self.datetime_text(it)?,
                Typed::Time(it) => self.time_text(it)?,
                _ => super::text_null(),
            }),
            "VALUE" => {
                let it = args.text();
                Ok(Made::Part(self.parsed_number(it)?))
            }
            "ISNUMBER" => {
                let it = args.text();
                boolean(coalesce(self.is_number(it)?, E::False))
            }
            "ASCII" => {
                let code = call(Scalar::CharCode, [args.text()]);
                Ok(Made::Part(Typed::Number(self.small(code)).into()))
            }
            "CHR" => {
                let it = args.number(self);
                Ok(Made::Part(self.code(it)?))
            }
            "ISPICKVAL" => {
                let (a, b) = (args.text(), args.text());
                boolean(self.is_same(a, b))
            }
            "INCLUDES" => {
                let (values, wanted) = (args.text(), args.text());
                boolean(self.includes(values, wanted))
            }
            "PICKLISTCOUNT" => {
                let it = args.text();
                let count = self.picklist_count(it)?;
                Ok(Made::Part(Typed::Number(self.small(count)).into()))
            }
            "FORMATCURRENCY" => {
                let (code, amount) = (args.text(), args.number(self));
                Ok(Made::Part(self.currency_text(code, amount)?))
            }
            _ => self.encode_function(name, args),
        }
    }

    fn encode_function(&mut self, name: &'static str, mut args: Args) -> Result<Made, NotInSql> {
        let text = |it: E| Ok(Made::Part(Typed::Text(it).into()));
        match name {
            "HTMLENCODE" => {
                let it = args.text();
                text(self.replaced(it, HTML))
            }
            "JSENCODE" => {
                let it = args.text();
                text(self.replaced(it, SCRIPT))
            }
            "JSINHTMLENCODE" => {
                let it = args.text();
                let html = self.replaced(it, HTML);
                text(self.replaced(html, SCRIPT))
            }
            "HYPERLINK" => {
                let (url, label) = (args.text(), args.text());
                let target = args.more_text().unwrap_or_else(|| E::text("_blank"));
                let encoded = |this: &mut Self, it: E, empty: &str| {
                    coalesce(this.replaced(it, HTML), E::text(empty))
                };
                let (url, label) = (encoded(self, url, ""), encoded(self, label, ""));
                let target = encoded(self, target, "_blank");
                text(E::Concat(vec![
                    E::text("<a href=\""),
                    url,
                    E::text("\" target=\""),
                    target,
                    E::text("\">"),
                    label,
                    E::text("</a>"),
                ]))
            }
            _ => Ok(Made::Other(args)),
        }
    }

    fn time_function(&mut self, name: &'static str, mut args: Args) -> Result<Part, NotInSql> {
        let of_day = |this: &Self, scalar: Scalar, day: E| {
            Ok(Typed::Number(this.small(call(scalar, [day]))).into())
        };
        match name {
            "DATE" => {
                let parts = [args.number(self), args.number(self), args.number(self)];
                self.date_of(parts)
            }
            "DATEVALUE" => match args.next() {
                Typed::Text(it) => self.parsed_date(it),
                Typed::DateTime(it) => Ok(Typed::Date(self.local_day(it)?).into()),
                other => Ok(other.into()),
            },
            "DATETIMEVALUE" => match args.next() {
                Typed::Text(it) => self.parsed_datetime(it),
                Typed::Date(it) => Ok(Typed::DateTime(mul(it, lit(DAY_MS))).into()),
                other => Ok(other.into()),
            },
            "TIMEVALUE" => match args.next() {
                Typed::Text(it) => self.parsed_time(it),
                Typed::DateTime(it) => Ok(Typed::Time(self.utc_time(it)?).into()),
                other => Ok(other.into()),
            },
            "YEAR" | "MONTH" | "DAY" | "WEEKDAY" | "DAYOFYEAR" | "ISOWEEK" | "ISOYEAR" => {
                let day = match args.next() {
                    Typed::Date(it) => it,
                    Typed::DateTime(it) => self.utc_day(it)?,
                    _ => int_null(),
                };
                match name {
                    "YEAR" => of_day(self, Scalar::Year, day),
                    "MONTH" => of_day(self, Scalar::Month, day),
                    "DAY" => of_day(self, Scalar::DayOfMonth, day),
                    "DAYOFYEAR" => of_day(self, Scalar::DayOfYear, day),
                    "ISOWEEK" => of_day(self, Scalar::IsoWeek, day),
                    "ISOYEAR" => of_day(self, Scalar::IsoYear, day),
                    _ => {
                        let weekday = self.weekday(day);
                        Ok(Typed::Number(self.small(weekday)).into())
                    }
                }
            }
            "HOUR" | "MINUTE" | "SECOND" | "MILLISECOND" => {
                let Typed::Time(it) = args.next() else {
                    return Ok(Typed::Number(self.null_number()).into());
                };
                let part = match name {
                    "HOUR" => div(it, lit(3_600_000)),
                    "MINUTE" => super::tree::rem(div(it, lit(60_000)), lit(60)),
                    "SECOND" => super::tree::rem(div(it, lit(1000)), lit(60)),
                    _ => super::tree::rem(it, lit(1000)),
                };
                Ok(Typed::Number(self.small(part)).into())
            }
            "ADDMONTHS" => {
                let (from, months) = (args.next(), args.number(self));
                self.add_months(from, months)
            }
            _ => self.stamp_function(name, args),
        }
    }

    fn stamp_function(&mut self, name: &'static str, mut args: Args) -> Result<Part, NotInSql> {
        match name {
            "UNIXTIMESTAMP" => {
                let seconds = match args.next() {
                    Typed::Date(it) => mul(it, lit(DAY_MS / 1000)),
                    Typed::DateTime(it) | Typed::Time(it) => div(it, lit(1000)),
                    _ => int_null(),
                };
                Ok(Typed::Number(self.small(seconds)).into())
            }
            "FROMUNIXTIME" => {
                let seconds = args.number(self);
                let thousand = self.literal(Number::from(1000));
                let ms = self.times(seconds, thousand)?;
                let ms = self.whole(ms)?;
                let again = self.copy(&ms)?;
                let bounds = (-62_135_596_800_000, 253_402_300_799_999);
                let outside = |it: &E| {
                    E::Or(vec![less(it.clone(), lit(bounds.0)), less(lit(bounds.1), it.clone())])
                };
                let fault = self.bind(again, |_, it| Ok(outside(&it)))?;
                let value = self.bind(ms, |_, it| Ok(case([(outside(&it), int_null())], it)))?;
                Ok(Part { value: Typed::DateTime(value), fault: Some(fault) })
            }
            "FORMATDURATION" => {
                let (first, second) = (args.next(), args.values.next());
                let (seconds, days) = match (first, second) {
                    (Typed::Number(it), days) => {
                        let days = days.map_or(E::False, condition);
                        (self.whole(it)?, truth(days))
                    }
                    (Typed::Time(a), Some(Typed::Time(b))) => (div(sub(b, a), lit(1000)), E::False),
                    (Typed::DateTime(a), Some(Typed::DateTime(b))) => {
                        (div(sub(b, a), lit(1000)), E::True)
                    }
                    _ => (int_null(), E::False),
                };
                Ok(Typed::Text(self.duration_text(seconds, days)?).into())
            }
            _ => Err(NotInSql::Function(name)),
        }
    }
}

enum Made {
    Part(Part),
    /// No function of this group: the arguments again.
    Other(Args),
}

const HTML: &[(&str, &str)] =
    &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];

const SCRIPT: &[(&str, &str)] = &[
    ("\\", "\\\\"),
    ("'", "\\'"),
    ("\"", "\\\""),
    ("/", "\\/"),
    ("\n", "\\n"),
    ("\r", "\\r"),
    ("\t", "\\t"),
    ("<", "\\u003C"),
    (">", "\\u003E"),
    ("\u{2028}", "\\u2028"),
    ("\u{2029}", "\\u2029"),
];

/// Decimal places that are a literal.
fn literal_places(number: &Num) -> Option<i64> {
    let value = match &number.expr {
        E::Literal(it) => match number.kind {
            super::number::Kind::Scaled { scale, .. } => it / 10_i64.pow(scale),
            _ => return None,
        },
        E::Decimal { digits, scale } => {
            i64::try_from(digits / 10_i128.checked_pow(*scale)?).ok()?
        }
        _ => return None,
    };
    Some(value.clamp(-300, 300))
}
