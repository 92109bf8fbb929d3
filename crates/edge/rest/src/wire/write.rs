//! JSON bodies, written from left to right into one buffer: no tree in between.
//!
//! The writer puts the commas; whoever calls it closes what it opens.

use base::RecordId;
use query::shape::write_string;

use crate::error::Item;

/// A JSON text that grows.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Separates what comes from the value before it.
    pub(crate) fn next(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    pub(crate) fn open(&mut self, bracket: u8) {
        self.next();
        self.out.push(bracket);
    }

    pub(crate) fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
    }

    /// Writes an object whose members `members` writes.
    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.open(b'{');
        members(self);
        self.close(b'}');
    }

    /// Writes an array whose elements `elements` writes.
    pub(crate) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.open(b'[');
        elements(self);
        self.close(b']');
    }

    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.next();
        write_string(key, &mut self.out);
        self.out.push(b':');
        self
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.next();
        write_string(text, &mut self.out);
    }

    pub(crate) fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    pub(crate) fn bool(&mut self, bool: bool) {
        self.raw(if bool { b"true" } else { b"false" });
    }

    pub(crate) fn int(&mut self, int: i64) {
        self.raw(int.to_string().as_bytes());
    }

    pub(crate) fn null(&mut self) {
        self.raw(b"null");
    }

    pub(crate) fn id(&mut self, id: RecordId) {
        self.next();
        self.out.push(b'"');
        self.out.extend_from_slice(&id.chars());
        self.out.push(b'"');
    }

    pub(crate) fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.array(|w| texts.into_iter().for_each(|it| w.text(it)));
    }

    /// Writes a value that is JSON already.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.next();
        self.out.extend_from_slice(json);
    }
}

/// Writes the array that every refused REST request gets.
pub(crate) fn errors(items: &[Item]) -> Vec<u8> {
    let mut w = Writer::default();
    w.array(|w| {
        for item in items {
            w.object(|w| {
                w.key("message").text(&item.message);
                w.key("errorCode").text(item.code.name());
                if let Some(fields) = &item.fields {
                    w.key("fields").texts(fields.iter().map(String::as_str));
                }
            });
        }
    });
    w.finish()
}

/// Writes a record's errors as they stand in a result beside others.
pub(crate) fn status_codes(w: &mut Writer, items: &[Item]) {
    w.array(|w| {
        for item in items {
            w.object(|w| {
                w.key("statusCode").text(item.code.name());
                w.key("message").text(&item.message);
                let fields = item.fields.as_deref().unwrap_or_default();
                w.key("fields").texts(fields.iter().map(String::as_str));
            });
        }
    });
}

/// Indents a JSON text by two blanks a level, as `X-PrettyPrint: 1` asks for.
pub(crate) fn pretty(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() + json.len() / 4);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in json.iter().enumerate() {
        if in_string {
            out.push(*byte);
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'{' | b'[' => {
                out.push(*byte);
                depth += 1;
                // An empty one stays on its line.
                if !matches!(json.get(at + 1), Some(b'}' | b']')) {
                    new_line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(out.last(), Some(b'{' | b'[')) {
                    new_line(&mut out, depth);
                }
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                new_line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b" : "),
            b'"' => {
                in_string = true;
                out.push(b'"');
            }
            _ => out.push(*byte),
        }
    }
    out
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', depth * 2));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_values() {
        let mut w = Writer::default();
        w.object(|w| {
            w.key("a").texts(["x,", "\""]);
            w.key("b").object(|_| {});
            w.key("c").array(|w| {
                w.int(-1);
                w.bool(true);
                w.array(|w| w.null());
            });
            w.key("d").optional(None);
        });
        let json = String::from_utf8(w.finish()).unwrap();
        assert_eq!(json, r#"{"a":["x,","\""],"b":{},"c":[-1,true,[null]],"d":null}"#);
    }

    #[test]
    fn pretty_text_is_the_same_json() {
        let json = br#"{"a":["x,\"{","\\"],"b":{},"c":[]}"#;
        let pretty = pretty(json);
        assert_eq!(
            String::from_utf8(pretty.clone()).unwrap(),
            "{\n  \"a\" : [\n    \"x,\\\"{\",\n    \"\\\\\"\n  ],\n  \"b\" : {},\n  \"c\" : []\n}"
        );
        let tree = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        assert_eq!(tree(&pretty), tree(json));
    }
}
