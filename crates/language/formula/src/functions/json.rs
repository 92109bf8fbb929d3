//! Members of JSON texts: JSONVALUE by name, JSONPATHVALUE by a path such as `$.lines[0].sku`.
//!
//! A reader of its own, because it only has to walk past what it does not return: no tree is
//! built, depth is bounded, numbers keep their digits.

use super::{Function, made};
use crate::Value;
use crate::error::Cause;
use crate::types::{Type, TypeSet};

const T: TypeSet = TypeSet::TEXT;
const DEPTH_MAX: usize = 64;

pub(crate) static TABLE: &[Function] = &[
    Function::new("JSONVALUE", &[T, T], Type::Text, |call| {
        let (Some(text), Some(name)) = (call.text(0), call.text(1)) else {
            return Ok(Value::Blank);
        };
        find(text, &[Part::Name(name)])
    }),
    Function::new("JSONPATHVALUE", &[T, T], Type::Text, |call| {
        let (Some(text), Some(path)) = (call.text(0), call.text(1)) else {
            return Ok(Value::Blank);
        };
        find(text, &parts(path).ok_or(Cause::Json)?)
    }),
];

enum Part<'a> {
    Name(&'a str),
    Index(usize),
}

/// `$`, then `.name`, `[0]`, `["name"]`.
fn parts(path: &str) -> Option<Vec<Part<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return None;
            }
            out.push(Part::Name(name));
            rest = after;
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = |quote: char| inside.strip_prefix(quote)?.strip_suffix(quote);
            match quoted('\'').or_else(|| quoted('"')) {
                Some(name) => out.push(Part::Name(name)),
                None => out.push(Part::Index(inside.parse().ok()?)),
            }
            rest = after;
        }
    }
    Some(out)
}

/// The scalar at the path as text; blank where there is none, or an object or array.
fn find(text: &str, path: &[Part<'_>]) -> Result<Value, Cause> {
    let mut reader = Reader { text, at: 0 };
    let found = reader.value(Some(path), 0).ok_or(Cause::Json)?;
    reader.space();
    if reader.at != text.len() {
        return Err(Cause::Json);
    }
    made(found.unwrap_or_default())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == byte).then(|| self.at += 1)
    }

    /// Reads a value; none where it is not JSON. What is returned is the text at `path`.
    fn value(&mut self, path: Option<&[Part<'_>]>, depth: usize) -> Option<Option<String>> {
        if DEPTH_MAX < depth {
            return None;
        }
        self.space();
        let here = path.is_some_and(<[_]>::is_empty);
        match self.peek() {
            b'{' => self.members(path, depth),
            b'[' => self.elements(path, depth),
            b'"' => self.string().map(|it| here.then_some(it)),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                let scalar = &rest[..end];
                self.at += end;
                match scalar {
                    "null" => Some(None),
                    "true" | "false" => Some(here.then(|| scalar.to_owned())),
                    _ => is_number(scalar).then(|| here.then(|| scalar.to_owned())),
                }
            }
        }
    }

    fn members(&mut self, path: Option<&[Part<'_>]>, depth: usize) -> Option<Option<String>> {
        self.take(b'{')?;
        let mut found = None;
        if self.take(b'}').is_some() {
            return Some(None);
        }
        loop {
            self.space();
            let name = self.string()?;
            self.take(b':')?;
            let below = match path.and_then(<[_]>::split_first) {
                Some((Part::Name(wanted), below)) if *wanted == name => Some(below),
                _ => None,
            };
            let value = self.value(below, depth + 1)?;
            if below.is_some() {
                found = value;
            }
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(found);
            }
        }
    }

    fn elements(&mut self, path: Option<&[Part<'_>]>, depth: usize) -> Option<Option<String>> {
        self.take(b'[')?;
        let (mut found, mut idx) = (None, 0);
        if self.take(b']').is_some() {
            return Some(None);
        }
        loop {
            let below = match path.and_then(<[_]>::split_first) {
                Some((Part::Index(wanted), below)) if *wanted == idx => Some(below),
                _ => None,
            };
            let value = self.value(below, depth + 1)?;
            if below.is_some() {
                found = value;
            }
            idx += 1;
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(found);
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut out = String::new();
        loop {
            let it = self.text[self.at..].chars().next()?;
            self.at += it.len_utf8();
            match it {
                '"' => return Some(out),
                '\\' => out.push(self.escape()?),
                it if it < ' ' => return None,
                _ => out.push(it),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let it = self.peek();
        self.at += 1;
        Some(match it {
            b'"' | b'\\' | b'/' => char::from(it),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit()?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high);
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return None;
                }
                self.at += 2;
                let low = self.unit()?.checked_sub(0xDC00).filter(|it| *it < 0x400)?;
                return char::from_u32(0x10000 + ((high - 0xD800) << 10) + low);
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    }
}

/// A number by JSON's grammar.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if whole == 0 || (1 < whole && text.starts_with('0')) {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = &fraction[n..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let n = digits(exponent);
        return n != 0 && n == exponent.len();
    }
    rest.is_empty()
}
