//! A field's value as a page shows it.
//!
//! Text is escaped by the template; links are made only of what can be nothing else: `http`,
//! `https`, `mailto`, `tel`, and pages of this site.

use base::Value;
use maud::{Markup, html};
use query::{Cell, Record};
use schema::{Field, FieldType, Object, Picklist};

use super::icon::{Icon, icon};
use super::linked_text::linked_text;
use crate::form;
use crate::names::Names;
use crate::sheet;
use crate::visit::Visit;

/// A record on its way to a page.
pub(crate) struct Shown<'a> {
    pub visit: &'a Visit,
    pub object: &'a Object,
    pub record: &'a Record,
    pub names: &'a Names,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A cell of a table, or a fact of a head: one or two lines.
    Tight,
    Full,
}

impl Shown<'_> {
    /// The value of `field`; none where there is nothing to show.
    pub(crate) fn field(&self, field: &Field, room: Room) -> Option<Markup> {
        if field.ty.is_compound() {
            return self.compound(field, room);
        }
        let value = self.record.value(&field.name);
        match value {
            Value::Null => None,
            Value::Bool(on) => Some(checkbox(*on)),
            Value::Id(id) if field.ty == FieldType::Id => Some(html! { code { (id) } }),
            Value::Id(id) => Some(self.names.link(self.visit, *id)),
            Value::Text(text) => Some(text_value(field, text, room)),
            _ => self.visit.style.show(field, value).map(|text| html! { (text) }),
        }
    }

    /// The value, or the sign for none.
    pub(crate) fn field_or_dash(&self, field: &Field, room: Room) -> Markup {
        self.field(field, room).unwrap_or_else(none)
    }

    fn part(&self, field: &Field, key: &str) -> Option<String> {
        let part = field.components.iter().find(|(it, _)| *it == key);
        let part = self.object.get(part?.1);
        self.visit.style.show(part, self.record.value(&part.name))
    }

    fn compound(&self, field: &Field, room: Room) -> Option<Markup> {
        if field.ty == FieldType::Location {
            let (latitude, longitude) =
                (self.part(field, "latitude")?, self.part(field, "longitude")?);
            return Some(html! { (latitude) ", " (longitude) });
        }
        let line = |keys: &[&str], glue: &str| {
            let parts: Vec<String> = keys.iter().filter_map(|key| self.part(field, key)).collect();
            (!parts.is_empty()).then(|| parts.join(glue))
        };
        let region = line(&["state", "postalCode"], " ");
        let town: Vec<String> = line(&["city"], "").into_iter().chain(region).collect();
        let town = (!town.is_empty()).then(|| town.join(", "));
        let lines: Vec<String> =
            [line(&["street"], ""), town, line(&["country"], "")].into_iter().flatten().collect();
        match (lines.is_empty(), room) {
            (true, _) => None,
            (false, Room::Tight) => Some(html! { bdi { (lines.join(", ")) } }),
            (false, Room::Full) => Some(html! { address.lines dir="auto" { (lines.join("\n")) } }),
        }
    }
}

/// The name of a record: its name field, else the object's label.
pub(crate) fn record_name(visit: &Visit, object: &Object, record: &Record) -> String {
    let name = object.name_field().and_then(|it| visit.style.show(it, record.value(&it.name)));
    name.unwrap_or_else(|| object.label.clone())
}

/// What tells a record from others of its name: the first values that lists show beside it.
pub(crate) fn hint(visit: &Visit, object: &Object, record: &Record) -> String {
    let columns = sheet::columns(visit, object);
    let telling = columns.iter().filter(|it| !it.name_field);
    let texts = telling.filter_map(|field| match record.value(&field.name) {
        Value::Bool(_) => None,
        Value::Text(text) => Some(label_of(field.picklist.as_ref(), text).to_owned()),
        value => visit.style.show(field, value),
    });
    texts.take(3).collect::<Vec<_>>().join(", ")
}

pub(crate) fn none() -> Markup {
    html! { span.empty aria-hidden="true" { "\u{2014}" } span.sr { "none" } }
}

pub(crate) fn checkbox(on: bool) -> Markup {
    html! {
        @if on {
            span.check { (icon(Icon::Check)) } span.sr { "Yes" }
        } @else {
            span.check.check-off { (icon(Icon::Box)) } span.sr { "No" }
        }
    }
}

fn text_value(field: &Field, text: &str, room: Room) -> Markup {
    match field.ty {
        FieldType::Email => {
            let address = form::encode(text).replace("%40", "@");
            html! { a href={ "mailto:" (address) } { (text) } }
        }
        FieldType::Phone => phone(text),
        FieldType::Url => match link_target(text) {
            Some(url) => {
                html! { a href=(url) target="_blank" rel="noopener noreferrer" { (text) } }
            }
            None => html! { (text) },
        },
        FieldType::Picklist => picklist_value(field.picklist.as_ref(), text),
        FieldType::MultiselectPicklist => {
            let picklist = field.picklist.as_ref();
            let labels: Vec<&str> = text.split(';').map(|it| label_of(picklist, it)).collect();
            html! { (labels.join(", ")) }
        }
        FieldType::EncryptedText => html! { "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}" },
        FieldType::Html => long_text(&without_tags(text), room),
        _ if field.formula().is_some_and(schema::FormulaField::makes_html) => linked_text(text),
        FieldType::TextArea | FieldType::LongTextArea => long_text(text, room),
        _ => html! { bdi { (text) } },
    }
}

fn long_text(text: &str, room: Room) -> Markup {
    match room {
        Room::Tight => html! { bdi { (text) } },
        Room::Full => html! { div.lines dir="auto" { (text) } },
    }
}

fn phone(text: &str) -> Markup {
    let number: String =
        text.chars().filter(|it| it.is_ascii_digit() || "+*#".contains(*it)).collect();
    html! {
        @if number.len() < 3 {
            (text)
        } @else {
            a.nowrap href={ "tel:" (number) } { (text) }
        }
    }
}

/// Where a URL field leads: `http` and `https` as they are, a bare host by `https`.
pub(crate) fn link_target(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let plain = !text.chars().any(|it| it.is_whitespace() || it.is_control());
    if !plain {
        None
    } else if lower.starts_with("https://") || lower.starts_with("http://") {
        Some(text.to_owned())
    } else {
        let host = text.split(['/', '?', '#']).next().unwrap_or_default();
        let bare =
            host.contains('.') && host.chars().all(|it| it.is_alphanumeric() || ".-".contains(it));
        bare.then(|| format!("https://{text}"))
    }
}

pub(crate) fn label_of<'a>(picklist: Option<&'a Picklist>, name: &'a str) -> &'a str {
    picklist.and_then(|it| it.value(name)).map_or(name, |it| &it.label)
}

/// A value with a meaning (closed, won, urgent) is a chip in the color of that meaning.
fn picklist_value(picklist: Option<&Picklist>, text: &str) -> Markup {
    let label = label_of(picklist, text);
    let Some(picklist) = picklist else { return html! { (label) } };
    let has_won = picklist.values.iter().any(|it| it.won);
    let is_stage = picklist.values.iter().any(|it| it.closed || it.won || it.converted);
    let is_priority = picklist.values.iter().any(|it| it.high_priority);
    let value = picklist.value(text);
    let class = match value {
        Some(it) if it.won || it.converted => "chip chip-good",
        Some(it) if it.closed && has_won => "chip chip-lost",
        Some(it) if it.closed => "chip chip-plain",
        Some(it) if it.high_priority => "chip chip-lost",
        _ if is_stage => "chip",
        _ if is_priority => "chip chip-plain",
        _ => return html! { (label) },
    };
    html! { span class=(class) { (label) } }
}

/// The text of rich text. Its tags are not rendered: they are somebody else's.
fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let after = &rest[at..];
        let end = after.find('>').map_or(after.len(), |it| it + 1);
        let tag = after[1..end].trim_end_matches('>').trim().to_ascii_lowercase();
        if tag.starts_with("br") || tag.starts_with("/p") || tag.starts_with("/li") {
            out.push('\n');
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    decoded(&out).trim().to_owned()
}

/// Text without the entities that HTML writes for its signs.
pub(crate) fn decoded(html: &str) -> String {
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The ids that a record's lookups hold, for their names.
pub(crate) fn ids<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<base::RecordId> {
    let fields = records.into_iter().flat_map(|it| &it.fields);
    let ids = fields.filter_map(|(key, cell)| match cell {
        Cell::Value(Value::Id(id)) if key != "Id" => Some(*id),
        _ => None,
    });
    ids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        for (text, url) in [
            ("https://a.example/x?y=1", Some("https://a.example/x?y=1")),
            ("HTTP://a.example", Some("HTTP://a.example")),
            ("www.a.example/x", Some("https://www.a.example/x")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)//a.b", None),
            ("data:text/html,x", None),
            ("java\nscript:alert(1)", None),
            ("//evil.example", None),
            ("just words", None),
            ("word", None),
        ] {
            assert_eq!(link_target(text).as_deref(), url, "{text}");
        }
    }

    #[test]
    fn rich_text_loses_its_tags() {
        assert_eq!(without_tags("<p>One &amp; two</p><b>three"), "One & two\nthree");
        assert_eq!(without_tags("a < b"), "a");
        assert_eq!(without_tags("&amp;lt;script>"), "&lt;script>");
    }
}
