//! Regular expressions: the syntax people write, on an engine whose time is linear.
//!
//! A pattern must match the whole text. Character classes are ASCII, as on the platform. What
//! needs backtracking (look-around, back-references) is refused where the pattern is written.

use regex::{Regex, RegexBuilder};

use super::{Form, Function};
use crate::Value;
use crate::context::Needs;
use crate::error::Cause;
use crate::types::TypeSet;

/// Memory of a compiled pattern.
const SIZE_MAX: usize = 1 << 20;
const PATTERN_CHARS_MAX: usize = 4_000;

pub(crate) static TABLE: &[Function] =
    &[Function::form("REGEX", &[TypeSet::TEXT, TypeSet::TEXT], Form::Regex).needs(Needs::Save)];

/// Compiles a pattern that must match the whole of a text.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    if PATTERN_CHARS_MAX < pattern.len() {
        return Err("it is too long".to_owned());
    }
    RegexBuilder::new(&format!("^(?:{})$", translated(pattern)))
        .size_limit(SIZE_MAX)
        .dfa_size_limit(SIZE_MAX)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::Syntax(text) => {
                // The last line says what is wrong; those before draw the pattern.
                text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
            _ => "it is too large".to_owned(),
        })
}

/// REGEX with a pattern that is known only now.
pub(crate) fn matches(text: &Value, pattern: &Value) -> Result<Value, Cause> {
    let regex = compile(pattern.as_text().unwrap_or_default()).map_err(Cause::Pattern)?;
    Ok(Value::Boolean(regex.is_match(text.as_text().unwrap_or_default())))
}

/// Writes the escapes that differ between the two syntaxes in the engine's.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    let mut class = 0_usize;
    while let Some(it) = chars.next() {
        match it {
            '\\' => match chars.next() {
                Some(escape) => out.push_str(&escaped(escape, 0 < class, &mut chars)),
                None => out.push('\\'),
            },
            '[' => {
                class += 1;
                out.push('[');
            }
            ']' => {
                class = class.saturating_sub(1);
                out.push(']');
            }
            _ => out.push(it),
        }
    }
    out
}

fn escaped(escape: char, in_class: bool, chars: &mut std::str::Chars<'_>) -> String {
    let (inside, negated) = match escape {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        'w' => ("0-9A-Za-z_", false),
        'W' => ("0-9A-Za-z_", true),
        's' => (" \\t\\n\\x0B\\f\\r", false),
        'S' => (" \\t\\n\\x0B\\f\\r", true),
        'h' => (" \\t\\u{A0}", false),
        'Z' if !in_class => return "\\z".to_owned(),
        'Q' => {
            let rest = chars.as_str();
            let (quoted, after) = rest.split_once("\\E").unwrap_or((rest, ""));
            *chars = after.chars();
            return regex::escape(quoted);
        }
        'E' => return String::new(),
        // A control character the engine does not know by letter.
        'e' => return "\\x1B".to_owned(),
        other => return format!("\\{other}"),
    };
    match (in_class, negated) {
        (true, false) => inside.to_owned(),
        (false, false) => format!("[{inside}]"),
        (_, true) => format!("[^{inside}]"),
    }
}
