//! Templates: text with `{!expression}` in it.
//!
//! In: the template and a [`Resolver`]. Out: a [`Template`] that [`Template::render`]s to text.
//! What a value looks like is the caller's, who knows the reader's locale and whether the text is
//! HTML; [`plain`] is the form of TEXT.
//!
//! A formula in a template sees blanks as blank. `{!` without a `}` behind it is an error, because
//! a letter with half a field in it must not be sent; everything else is text.

use base::Span;

use crate::eval::Fuel;
use crate::{
    Blanks, Cause, Context, Environment, Error, Fault, FieldType, Formula, Record, Reference,
    Resolver, Settings, Type, Value, compile,
};

/// The longest template, in characters.
pub const TEMPLATE_CHARS_MAX: usize = 1_000_000;

/// The longest text that a template becomes, in bytes.
pub const RENDERED_BYTES_MAX: usize = 8 << 20;

#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Field(Formula),
}

/// Compiles a template; spans of errors are in the template.
pub fn template(text: &str, resolver: &dyn Resolver) -> Result<Template, Error> {
    let chars = if TEMPLATE_CHARS_MAX < text.len() { text.chars().count() } else { 0 };
    if TEMPLATE_CHARS_MAX < chars {
        return Err(Error::TooLong { chars, max: TEMPLATE_CHARS_MAX });
    }
    let settings =
        Settings { context: Context::MergeField, returns: None, blanks: Blanks::AsBlank };
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{!").map(|it| at + it) {
        if at < open {
            parts.push(Part::Text(text[at..open].to_owned()));
        }
        let start = open + 2;
        let end = end_of_field(text, start)
            .ok_or(Error::UnterminatedField { span: Span::new(open, start) })?;
        let mut formula = compile(&text[start..end], &settings, resolver)
            .map_err(|error| error.moved(start as u32, Span::new(open, end + 1)))?;
        if formula.field_type() == Some(FieldType::Percent) {
            formula.settings.returns = Some(FieldType::Percent);
        }
        parts.push(Part::Field(formula));
        at = end + 1;
    }
    if at < text.len() {
        parts.push(Part::Text(text[at..].to_owned()));
    }
    Ok(Template { parts })
}

impl Template {
    /// The fields that the template refers to; a field may stand in it more than once.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.formulas().flat_map(Formula::references)
    }

    fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(formula) => Some(formula),
            Part::Text(_) => None,
        })
    }

    /// The text for `record`. `show` writes a value; it is told the type of the field where the
    /// expression is nothing but a field, and a percent is then in percent. `record` is asked with
    /// each expression's own indexes: it must go by the reference. All expressions together have
    /// the steps of one formula.
    pub fn render(
        &self,
        record: &dyn Record,
        environment: &Environment<'_>,
        show: &dyn Fn(&Value, Option<FieldType>) -> String,
    ) -> Result<String, Fault> {
        let mut out = String::new();
        let mut fuel = Fuel::default();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(formula) => {
                    let value = formula.evaluate_within(record, environment, &mut fuel)?;
                    out.push_str(&show(&value, formula.field_type()));
                    if RENDERED_BYTES_MAX < out.len() {
                        return Err(Fault { cause: Cause::TextTooLong, span: formula.root.span });
                    }
                }
            }
        }
        Ok(out)
    }
}

/// A value as TEXT writes it, and true and false as words.
pub fn plain(value: &Value) -> String {
    crate::functions::text::plain(value)
}

/// The `}` that ends the expression: not one inside of a text or a comment.
fn end_of_field(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (start, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'/') if bytes.get(at + 1) == Some(&b'*') => {
                at = start.max(at) + 2 + text.get(at + 2..)?.find("*/")? + 1;
            }
            (None, b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

impl Formula {
    /// The type of the field, where the formula is nothing else.
    fn field_type(&self) -> Option<FieldType> {
        match self.root.kind {
            crate::expr::ExprKind::Field(idx) if self.root.ty != Type::Null => {
                self.references.get(idx).map(|it| it.ty)
            }
            _ => None,
        }
    }
}
