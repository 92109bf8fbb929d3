//! Metadata files as trees of elements.
//!
//! In: untrusted text. Out: [`Element`]s, which hold what source format can say: a name, and
//! either text or children. [`print()`] writes the one canonical form, and
//! `parse(print(element))` is the element again, its lines apart.
//!
//! Bounds: [`SIZE_MAX`] bytes, [`DEPTH_MAX`] levels, [`ELEMENTS_MAX`] elements. Entities are the
//! five of XML and character references; a document type declaration is refused, so nothing
//! outside the text is ever read.
//!
//! **Absent on purpose.** Attributes: the format has none that carry meaning, so they are
//! checked and dropped. Of namespaces only one matters, that of the extension elements with
//! which shipped files say what the format cannot; their names start with `c:`.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The namespace of every metadata file.
pub const METADATA_NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// The namespace of the elements that only shipped files may use.
pub const EXTENSION_NAMESPACE: &str = "urn:candor:metadata:1";

/// How the names of extension elements start in a tree.
pub const EXTENSION_PREFIX: &str = "c:";

pub const SIZE_MAX: usize = 10_000_000;
pub const DEPTH_MAX: usize = 64;
pub const ELEMENTS_MAX: usize = 300_000;

/// One element: text, or children, or neither.
#[derive(Debug, Clone, Default)]
pub struct Element {
    /// Without its namespace's prefix, except for [`EXTENSION_PREFIX`].
    pub name: String,
    /// Empty where there are children.
    pub text: String,
    pub children: Vec<Self>,
    /// The line of the start tag, from 1; 0 for an element that no file holds.
    pub line: usize,
}

/// Equality of content: where a file holds an element does not matter.
impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text && self.children == other.children
    }
}

impl Eq for Element {}

impl Element {
    pub fn leaf(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), children: Vec::new(), line: 0 }
    }

    pub fn branch(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), text: String::new(), children, line: 0 }
    }

    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }

    /// Every child of this name, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// The text of the first child of this name, where it is not blank.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.trim()).filter(|it| !it.is_empty())
    }
}

/// Why a text is not a metadata file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct XmlError {
    pub line: usize,
    pub kind: XmlErrorKind,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlErrorKind {
    #[error("the file is larger than {SIZE_MAX} bytes")]
    Size,
    #[error("elements nest deeper than {DEPTH_MAX} levels")]
    Depth,
    #[error("the file has more than {ELEMENTS_MAX} elements")]
    Count,
    #[error("the file holds no element")]
    Empty,
    #[error("there is something after the end of the root element")]
    Trailing,
    #[error("a document type declaration is not accepted")]
    DocumentType,
    #[error("the entity `&{0};` is not known")]
    Entity(String),
    #[error("`{0}` is not a name that metadata uses")]
    Name(String),
    #[error("the element `{0}` is not closed")]
    Unclosed(String),
    #[error("the element `{0}` holds both text and elements")]
    Mixed(String),
    #[error("the character U+{0:04X} is not allowed in XML")]
    Character(u32),
    /// What the reader says of a text that is not well-formed.
    #[error("{0}")]
    Malformed(String),
}

/// Reads one file.
pub fn parse(text: &str) -> Result<Element, XmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if SIZE_MAX < text.len() {
        return Err(XmlError { line: 1, kind: XmlErrorKind::Size });
    }
    let mut parser = Parser {
        lines: Lines { text, offset: 0, line: 1 },
        open: Vec::new(),
        root: None,
        extensions: Vec::new(),
        n_elements: 0,
    };
    let mut reader = Reader::from_str(text);
    loop {
        let line = parser.lines.at(reader.buffer_position() as usize);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let line = parser.lines.at(reader.error_position() as usize);
                return Err(XmlError { line, kind: XmlErrorKind::Malformed(error.to_string()) });
            }
        };
        if matches!(event, Event::Eof) {
            return parser.finish().map_err(|kind| XmlError { line, kind });
        }
        parser.event(event, line).map_err(|kind| XmlError { line, kind })?;
    }
}

/// Writes the canonical form: four blanks a level, the metadata namespace on the root.
///
/// Characters that XML cannot hold are replaced by U+FFFD; parsed elements have none.
pub fn print(root: &Element) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut namespaces = format!(" xmlns=\"{METADATA_NAMESPACE}\"");
    if has_extension(root) {
        let _infallible = write!(namespaces, " xmlns:c=\"{EXTENSION_NAMESPACE}\"");
    }
    print_element(&mut out, root, 0, &namespaces);
    out
}

struct Parser<'a> {
    lines: Lines<'a>,
    open: Vec<Open>,
    root: Option<Element>,
    /// The prefixes bound to [`EXTENSION_NAMESPACE`].
    extensions: Vec<String>,
    n_elements: usize,
}

struct Open {
    element: Element,
    /// Whether blanks in the text were written on purpose: as references or CDATA.
    explicit: bool,
}

impl Parser<'_> {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), XmlErrorKind> {
        match event {
            Event::Start(tag) => self.start(&tag, line),
            Event::Empty(tag) => {
                self.start(&tag, line)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content(), false),
            Event::CData(text) => self.text(&text.xml10_content(), true),
            Event::GeneralRef(reference) => {
                let char = resolve_reference(&reference)?;
                self.text(char.encode_utf8(&mut [0; 4]), true)
            }
            Event::DocType(_) => Err(XmlErrorKind::DocumentType),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: usize) -> Result<(), XmlErrorKind> {
        if self.root.is_some() {
            return Err(XmlErrorKind::Trailing);
        }
        if DEPTH_MAX <= self.open.len() {
            return Err(XmlErrorKind::Depth);
        }
        self.n_elements += 1;
        if ELEMENTS_MAX < self.n_elements {
            return Err(XmlErrorKind::Count);
        }
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|it| XmlErrorKind::Malformed(it.to_string()))?;
            let prefix = attribute.key.as_ref().strip_prefix("xmlns:");
            if let Some(prefix) = prefix.filter(|_| attribute.value == EXTENSION_NAMESPACE) {
                self.extensions.push(prefix.to_owned());
            }
        }
        let name = self.name(tag.name().as_ref())?;
        let element = Element { name, line, ..Element::default() };
        self.open.push(Open { element, explicit: false });
        Ok(())
    }

    fn name(&self, qualified: &str) -> Result<String, XmlErrorKind> {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let starts = local.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        let plain = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
        if !starts || !local.chars().all(plain) || !prefix.chars().all(plain) {
            return Err(XmlErrorKind::Name(qualified.chars().take(80).collect()));
        }
        if self.extensions.iter().any(|it| it == prefix) {
            return Ok(format!("{EXTENSION_PREFIX}{local}"));
        }
        Ok(local.to_owned())
    }

    fn text(&mut self, text: &str, explicit: bool) -> Result<(), XmlErrorKind> {
        if let Some(bad) = text.chars().find(|it| !is_xml_char(*it)) {
            return Err(XmlErrorKind::Character(bad as u32));
        }
        let Some(open) = self.open.last_mut() else {
            let blank = !explicit && text.trim().is_empty();
            return if blank {
                Ok(())
            } else if self.root.is_some() {
                Err(XmlErrorKind::Trailing)
            } else {
                Err(XmlErrorKind::Malformed("there is text before the root element".to_owned()))
            };
        };
        open.element.text.push_str(text);
        open.explicit |= explicit;
        Ok(())
    }

    fn end(&mut self) -> Result<(), XmlErrorKind> {
        let Some(Open { mut element, explicit }) = self.open.pop() else {
            return Err(XmlErrorKind::Trailing);
        };
        if !explicit && element.text.trim().is_empty() {
            element.text.clear();
        }
        if !element.children.is_empty() && !element.text.is_empty() {
            return Err(XmlErrorKind::Mixed(element.name));
        }
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlErrorKind> {
        if let Some(open) = self.open.into_iter().next_back() {
            return Err(XmlErrorKind::Unclosed(open.element.name));
        }
        self.root.ok_or(XmlErrorKind::Empty)
    }
}

fn resolve_reference(reference: &BytesRef<'_>) -> Result<char, XmlErrorKind> {
    let name: &str = reference;
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    match reference.resolve_char_ref() {
        Ok(Some(char)) => Ok(char),
        Ok(None) => Err(XmlErrorKind::Entity(name.chars().take(80).collect())),
        Err(error) => Err(XmlErrorKind::Malformed(error.to_string())),
    }
}

fn is_xml_char(it: char) -> bool {
    matches!(it, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Counts lines forwards, so that a whole file costs one pass.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        if self.offset < offset {
            let passed = &self.text.as_bytes()[self.offset..offset];
            self.line += passed.iter().filter(|it| **it == b'\n').count();
            self.offset = offset;
        }
        self.line
    }
}

fn has_extension(element: &Element) -> bool {
    element.name.starts_with(EXTENSION_PREFIX) || element.children.iter().any(has_extension)
}

fn print_element(out: &mut String, element: &Element, depth: usize, namespaces: &str) {
    let indent = depth * 4;
    let name = &element.name;
    let _infallible = write!(out, "{:indent$}<{name}{namespaces}", "");
    if element.children.is_empty() && element.text.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push('>');
    if element.children.is_empty() {
        escape(out, &element.text);
    } else {
        out.push('\n');
        for child in &element.children {
            print_element(out, child, depth + 1, "");
        }
        let _infallible = write!(out, "{:indent$}", "");
    }
    let _infallible = writeln!(out, "</{name}>");
}

/// Text that is all blanks is written as references, for the reader to see that it is meant.
fn escape(out: &mut String, text: &str) {
    let blank = text.trim().is_empty();
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            // XML 1.1 readers take these two for line ends.
            '\u{85}' | '\u{2028}' => {
                let _infallible = write!(out, "&#{};", char as u32);
            }
            _ if blank => {
                let _infallible = write!(out, "&#{};", char as u32);
            }
            _ if is_xml_char(char) => out.push(char),
            _ => out.push('\u{fffd}'),
        }
    }
}

#[cfg(test)]
mod tests;
