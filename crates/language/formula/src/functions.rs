//! The functions: one table of names, signatures, contexts and evaluators.
//!
//! | module       | functions                                                        |
//! |--------------|------------------------------------------------------------------|
//! | [`logic`]    | conditions, blanks, the record's state                           |
//! | [`math`]     | numbers                                                          |
//! | [`text`]     | texts, picklists                                                 |
//! | [`encode`]   | texts for HTML, JavaScript, URLs; links and images               |
//! | [`time`]     | dates, datetimes, times of day                                   |
//! | [`geo`]      | locations                                                        |
//! | [`currency`] | rates and formats of currencies                                  |
//! | [`json`]     | members of JSON texts                                            |
//! | [`pattern`]  | regular expressions                                              |
//!
//! **Invariant.** An evaluator is called with arguments of its parameters' types, or blank. It is
//! pure: what it knows of the record, the time and the org comes through [`Call`].

pub(crate) mod logic;
pub(crate) mod math;
pub(crate) mod text;
pub(crate) mod encode;
pub(crate) mod time;
pub(crate) mod geo;
pub(crate) mod currency;
pub(crate) mod json;
pub(crate) mod pattern;

use base::{Date, DateTime, Time};

use crate::context::Needs;
use crate::error::Cause;
use crate::eval::{Environment, Record};
use crate::types::{Type, TypeSet};
use crate::value::Location;
use crate::{Number, Value};

/// The longest text that an evaluation makes, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Function {
    pub name: &'static str,
    pub params: &'static [TypeSet],
    /// How many of the parameters must be given.
    pub required: usize,
    /// Whether the last parameter may be given again and again.
    pub repeats: bool,
    pub returns: Returns,
    pub needs: Needs,
    pub eval: Eval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Is(Type),
    /// The type of the first argument.
    First,
}

type Evaluator = fn(&Call<'_>) -> Result<Value, Cause>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Eval {
    /// All arguments are computed first.
    Strict(Evaluator),
    /// The checker makes an expression of its own of it.
    Form(Form),
}

/// The functions with rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    And,
    Or,
    If,
    Case,
    In,
    IfError,
    IsBlank,
    IsNull,
    BlankValue,
    NullValue,
    IsChanged,
    PriorValue,
    Regex,
    VLookup,
}

/// One call: the arguments, and what surrounds the formula.
pub(crate) struct Call<'a> {
    pub args: &'a [Value],
    pub environment: &'a Environment<'a>,
    pub record: &'a dyn Record,
}

/// Finds a function by its name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|it| it.name.eq_ignore_ascii_case(name))
}

/// Every function, in the order of the modules.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    [logic::TABLE, math::TABLE, text::TABLE, encode::TABLE, time::TABLE, geo::TABLE]
        .into_iter()
        .chain([currency::TABLE, json::TABLE, pattern::TABLE])
        .flatten()
}

impl Function {
    /// A function of which all parameters must be given.
    const fn new(
        name: &'static str,
        params: &'static [TypeSet],
        returns: Type,
        eval: Evaluator,
    ) -> Self {
        Self {
            name,
            params,
            required: params.len(),
            repeats: false,
            returns: Returns::Is(returns),
            needs: Needs::Nothing,
            eval: Eval::Strict(eval),
        }
    }

    /// A function with rules of its own; its parameters are the checker's.
    const fn form(name: &'static str, params: &'static [TypeSet], form: Form) -> Self {
        Self {
            name,
            params,
            required: params.len(),
            repeats: false,
            returns: Returns::First,
            needs: Needs::Nothing,
            eval: Eval::Form(form),
        }
    }

    /// A function of pages, reports and buttons: known, and refused.
    const fn elsewhere(name: &'static str) -> Self {
        let it = Self::new(name, &[], Type::Null, |_| Ok(Value::Blank));
        Self { repeats: true, ..it }.needs(Needs::Elsewhere)
    }

    const fn required(self, required: usize) -> Self {
        Self { required, ..self }
    }

    const fn repeats(self) -> Self {
        Self { repeats: true, ..self }
    }

    const fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    const fn returns_first(self) -> Self {
        Self { returns: Returns::First, ..self }
    }

    pub(crate) fn takes(&self, arguments: usize) -> bool {
        self.required <= arguments && (self.repeats || arguments <= self.params.len())
    }

    pub(crate) fn parameter(&self, idx: usize) -> TypeSet {
        self.params.get(idx).or(self.params.last()).copied().unwrap_or(TypeSet::of(&[]))
    }

    /// `FIND(Text, Text[, Number]) → Number`, and where it may stand if not everywhere.
    pub(crate) fn signature(&self) -> String {
        if self.needs == Needs::Elsewhere {
            return format!("{}(…); not in formulas", self.name);
        }
        let mut out = format!("{}(", self.name);
        for (idx, param) in self.params.iter().enumerate() {
            let between = if idx == 0 { "" } else { ", " };
            let types = param.to_string().replace(", ", " | ");
            let types = if types.is_empty() { "any" } else { &types };
            if idx < self.required {
                out.push_str(&format!("{between}{types}"));
            } else {
                out.push_str(&format!("[{between}{types}]"));
            }
        }
        out.push_str(if self.repeats { ", …)" } else { ")" });
        match self.returns {
            Returns::Is(ty) => out.push_str(&format!(" → {ty}")),
            Returns::First => {}
        }
        out.push_str(match self.needs {
            Needs::Nothing => "",
            Needs::Change => "; where a record changes",
            Needs::Save => "; where a record is saved",
            Needs::Validation => "; validation rules",
            Needs::Elsewhere => "",
        });
        out
    }

    /// How many arguments it takes, as a message says it.
    pub(crate) fn arity(&self) -> String {
        match (self.required, self.params.len(), self.repeats) {
            (required, _, true) => format!("at least {required}"),
            (required, max, _) if required < max => format!("{required} to {max}"),
            (required, ..) => required.to_string(),
        }
    }
}

impl Call<'_> {
    pub(crate) fn number(&self, idx: usize) -> Option<Number> {
        self.args.get(idx).and_then(Value::as_number)
    }

    /// The whole part of a number, towards zero.
    pub(crate) fn whole(&self, idx: usize) -> Option<i64> {
        self.number(idx).map(Number::to_i64)
    }

    pub(crate) fn text(&self, idx: usize) -> Option<&str> {
        self.args.get(idx).and_then(Value::as_text)
    }

    pub(crate) fn is_true(&self, idx: usize) -> bool {
        self.args.get(idx).is_some_and(Value::is_true)
    }

    pub(crate) fn time(&self, idx: usize) -> Option<Time> {
        match self.args.get(idx) {
            Some(Value::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// A date, or the date of an instant in UTC.
    pub(crate) fn day(&self, idx: usize) -> Option<Date> {
        match self.args.get(idx) {
            Some(Value::Date(date)) => Some(*date),
            Some(Value::DateTime(DateTime(ms))) => {
                crate::calendar::date(ms.div_euclid(crate::calendar::DAY_MS))
            }
            _ => None,
        }
    }

    pub(crate) fn location(&self, idx: usize) -> Option<Location> {
        match self.args.get(idx) {
            Some(Value::Location(location)) => Some(*location),
            _ => None,
        }
    }
}

/// A text that an evaluation made, where it is not too long.
pub(crate) fn made(text: String) -> Result<Value, Cause> {
    if TEXT_BYTES_MAX < text.len() { Err(Cause::TextTooLong) } else { Ok(Value::text(text)) }
}
