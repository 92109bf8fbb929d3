//! The text of a formula that makes links and images.
//!
//! In: text with what `HYPERLINK`, `IMAGE` and `BR` write in it. Out: links to where a page may
//! lead, the words that stand for an image, line breaks; every other sign is text. Images of other
//! places are not loaded: a page must not tell them who reads it.

use maud::{Markup, html};

use super::value::{decoded, link_target};

/// A part of such a text.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Link { target: String, label: String },
    Break,
}

pub(crate) fn linked_text(text: &str) -> Markup {
    html! {
        bdi {
            @for part in parts(text) {
                @match part {
                    Part::Text(text) => (text),
                    Part::Break => br;
                    Part::Link { target, label } => @match target_of(&target) {
                        Some(url) if url.starts_with('/') => a href=(url) { (label) },
                        Some(url) => {
                            a href=(url) target="_blank" rel="noopener noreferrer" { (label) }
                        }
                        None => (label),
                    }
                }
            }
        }
    }
}

/// A page of this site, or what a field of type URL may lead to.
fn target_of(url: &str) -> Option<String> {
    let own = url.starts_with('/') && !url.starts_with("//") && !url.contains(['\\', '\r', '\n']);
    if own { Some(url.to_owned()) } else { link_target(url) }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((part, after)) = element(rest) else {
            plain.push('<');
            rest = &rest[1..];
            continue;
        };
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(part);
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    parts
}

/// What a formula wrote at the beginning of `text`, and what comes after it.
fn element(text: &str) -> Option<(Part, &str)> {
    if let Some(rest) = text.strip_prefix("<a href=\"") {
        let (target, rest) = rest.split_once('"')?;
        let (_, rest) = rest.split_once('>')?;
        let (label, rest) = rest.split_once("</a>")?;
        return Some((Part::Link { target: decoded(target), label: decoded(label) }, rest));
    }
    if let Some(rest) = text.strip_prefix("<img src=\"") {
        let (_, rest) = rest.split_once("\" alt=\"")?;
        let (words, rest) = rest.split_once('"')?;
        let (_, rest) = rest.split_once("/>")?;
        return Some((Part::Text(decoded(words)), rest));
    }
    ["<br>", "<br/>"].iter().find_map(|it| Some((Part::Break, text.strip_prefix(it)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_of_what_formulas_write_and_lead_nowhere_else() {
        let link = |target: &str, label: &str| {
            format!("<a href=\"{target}\" target=\"_self\">{label}</a>")
        };
        let shown = |text: &str| linked_text(text).into_string();
        let own = shown(&format!("see {}!", link("/001A", "Big &lt;Deal&gt;")));
        assert_eq!(own, "<bdi>see <a href=\"/001A\">Big &lt;Deal&gt;</a>!</bdi>");
        let away = shown(&link("https://x.example/?a=1&amp;b=2", "x"));
        assert!(
            away.contains("href=\"https://x.example/?a=1&amp;b=2\" target=\"_blank\""),
            "{away}"
        );
        for bad in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x"]
        {
            assert_eq!(shown(&link(bad, "x")), "<bdi>x</bdi>", "{bad}");
        }
        let image = "<img src=\"https://x.example/a.png\" alt=\"red\" border=\"0\"/> 1 < 2<br>";
        assert_eq!(shown(image), "<bdi>red 1 &lt; 2<br></bdi>");
        let broken = "<a href=\"x<script>";
        assert_eq!(shown(broken), "<bdi>&lt;a href=&quot;x&lt;script&gt;</bdi>");
    }
}
