//! The text of rich text: tags away, the common entities read.

/// Entities that stand for a letter's sign or a blank; others are left as words, which finds them
/// by their names and does no harm.
const ENTITIES: [(&str, &str); 6] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&nbsp;", " "),
];

/// The text of `html`. What is no markup stays as it is.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
        if let Some((name, meaning)) = entity {
            out.push_str(meaning);
            rest = &rest[name.len()..];
        } else if let Some(end) = tag_end(rest) {
            // A tag ends a word, except where it only changes how a part of it looks.
            if !is_inline(&rest[..end]) {
                out.push(' ');
            }
            rest = &rest[end..];
        } else {
            // Both are one byte.
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Longer tags are taken for text, so that a lone `<` costs little.
const TAG_LEN_MAX: usize = 4096;

/// Where the tag ends with which `text` begins; none where it begins with none.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let opens = bytes.first() == Some(&b'<')
        && bytes.get(1).is_some_and(|it| it.is_ascii_alphabetic() || b"/!".contains(it));
    let reach = &bytes[..bytes.len().min(TAG_LEN_MAX)];
    let close = reach.iter().position(|it| *it == b'>').filter(|_| opens)?;
    Some(close + 1)
}

fn is_inline(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(name.len());
    let inline = ["b", "i", "u", "s", "em", "strong", "span", "font", "a", "sub", "sup", "mark"];
    inline.iter().any(|it| it.eq_ignore_ascii_case(&name[..end]))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn tags_go_and_text_stays() {
        for (html, plain) in [
            ("<p>Hot <b>wa</b>ter</p><p>Cold</p>", " Hot water  Cold "),
            ("a&nbsp;&amp;&lt;b", "a &<b"),
            ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
            ("<br/>x<unclosed", " x<unclosed"),
            ("é<日", "é<日"),
        ] {
            assert_eq!(text(html), plain);
        }
    }
}
