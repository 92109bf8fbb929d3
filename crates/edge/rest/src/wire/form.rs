//! Forms and query strings: `a=1&b=x+y%20z`.
//!
//! In forms a `+` is a blank; in the segments of a path it is a plus. An escape that is none
//! stays as it was written, and bytes that are not UTF-8 become U+FFFD.

/// Decoded names and values, in their order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Form(pub Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|it| !it.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, Plus::Blank), decode(value, Plus::Blank))
        });
        Self(pairs.collect())
    }

    /// The first value under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Whether the first value under a name says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }
}

/// What a `+` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    Blank,
    Literal,
}

/// Resolves percent escapes.
pub(crate) fn decode(text: &str, plus: Plus) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1).zip(bytes.get(at + 2)).and_then(|(high, low)| {
            Some(hex(*high)? * 16 + hex(*low)?).filter(|_| bytes[at] == b'%')
        });
        match (escaped, bytes[at]) {
            (Some(byte), _) => {
                out.push(byte);
                at += 2;
            }
            (None, b'+') if plus == Plus::Blank => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = Form::parse("q=SELECT+Id%20FROM%0aX&b&c=%zz%4&%41=%e4&q=2&&t=TRUE");
        assert_eq!(form.get("q"), Some("SELECT Id FROM\nX"));
        assert_eq!(form.get("b"), Some(""));
        assert_eq!(form.get("c"), Some("%zz%4"));
        assert_eq!(form.get("A"), Some("\u{fffd}"));
        assert_eq!(form.get("d"), None);
        assert!(form.flag("t") && !form.flag("b"));
    }

    #[test]
    fn paths_keep_their_plus() {
        assert_eq!(decode("a+b%2Fc%2B", Plus::Literal), "a+b/c+");
        assert_eq!(decode("%C3%A4%2F%20b%25", Plus::Literal), "ä/ b%");
    }
}
