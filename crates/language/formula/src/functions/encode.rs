//! Texts for HTML, JavaScript and URLs; links and images.

use super::{Call, Function, made};
use crate::Value;
use crate::error::Cause;
use crate::types::{Type, TypeSet};

const N: TypeSet = TypeSet::NUMBER;
const T: TypeSet = TypeSet::TEXT;

pub(crate) static TABLE: &[Function] = &[
    Function::new("BR", &[], Type::Text, |_| Ok(Value::text("<br>"))),
    Function::new("HYPERLINK", &[T, T, T], Type::Text, |call| {
        let url = html(call.text(0).unwrap_or_default());
        let label = html(call.text(1).unwrap_or_default());
        let target = html(call.text(2).unwrap_or("_blank"));
        made(format!("<a href=\"{url}\" target=\"{target}\">{label}</a>"))
    })
    .required(2),
    Function::new("IMAGE", &[T, T, N, N], Type::Text, image).required(2),
    Function::new("HTMLENCODE", &[T], Type::Text, |call| encoded(call, html)),
    Function::new("JSENCODE", &[T], Type::Text, |call| encoded(call, script)),
    Function::new("JSINHTMLENCODE", &[T], Type::Text, |call| encoded(call, |it| script(&html(it)))),
    Function::new("URLENCODE", &[T], Type::Text, |call| encoded(call, url)),
    Function::new("GETSESSIONID", &[], Type::Text, |call| {
        Ok(Value::text(call.record.session_id()))
    }),
];

fn image(call: &Call<'_>) -> Result<Value, Cause> {
    let url = html(call.text(0).unwrap_or_default());
    let alternative = html(call.text(1).unwrap_or_default());
    let size = |idx: usize, name: &str| {
        call.whole(idx).map_or(String::new(), |it| format!("{name}:{it}px; "))
    };
    let style = size(2, "height") + &size(3, "width");
    let style = match style.trim_end() {
        "" => String::new(),
        style => format!(" style=\"{style}\""),
    };
    made(format!("<img src=\"{url}\" alt=\"{alternative}\"{style} border=\"0\"/>"))
}

fn encoded(call: &Call<'_>, encode: fn(&str) -> String) -> Result<Value, Cause> {
    call.text(0).map_or(Ok(Value::Blank), |it| made(encode(it)))
}

pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(it),
        }
    }
    out
}

/// A text for the inside of a JavaScript string, in either quotes and inside of a script element.
fn script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\\' | '\'' | '"' | '/' => {
                out.push('\\');
                out.push(it);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(it)));
            }
            _ => out.push(it),
        }
    }
    out
}

/// The form of query strings: a blank is `+`.
fn url(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
